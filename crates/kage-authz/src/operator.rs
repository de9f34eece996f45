//! The names of condition operators (rules 97, 89, 93, 101-108).

/// How a request's values are combined (rules 90-92, 94).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Quantifier {
    /// No prefix.
    Plain,
    /// `ForAllValues:`.
    ForAllValues,
    /// `ForAnyValue:`.
    ForAnyValue,
}

/// An order relation of numbers and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// What one request value is compared with one policy value by. Negation is apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    BinaryEquals,
    IpAddress,
    Arn,
    Null,
}

/// A condition operator, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Operator {
    pub quantifier: Quantifier,
    pub test: Test,
    /// `StringNotEquals` and the like: the values are NOR (rule 87).
    pub negated: bool,
    pub if_exists: bool,
}

// AWS: IAM User Guide, reference_policies_elements_condition_operators.
const NAMES: [(&str, Test, bool); 27] = [
    ("StringEquals", Test::StringEquals, false),
    ("StringNotEquals", Test::StringEquals, true),
    ("StringEqualsIgnoreCase", Test::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Test::StringEqualsIgnoreCase, true),
    ("StringLike", Test::StringLike, false),
    ("StringNotLike", Test::StringLike, true),
    ("NumericEquals", Test::Numeric(Relation::Equals), false),
    ("NumericNotEquals", Test::Numeric(Relation::Equals), true),
    ("NumericLessThan", Test::Numeric(Relation::LessThan), false),
    ("NumericLessThanEquals", Test::Numeric(Relation::LessThanEquals), false),
    ("NumericGreaterThan", Test::Numeric(Relation::GreaterThan), false),
    ("NumericGreaterThanEquals", Test::Numeric(Relation::GreaterThanEquals), false),
    ("DateEquals", Test::Date(Relation::Equals), false),
    ("DateNotEquals", Test::Date(Relation::Equals), true),
    ("DateLessThan", Test::Date(Relation::LessThan), false),
    ("DateLessThanEquals", Test::Date(Relation::LessThanEquals), false),
    ("DateGreaterThan", Test::Date(Relation::GreaterThan), false),
    ("DateGreaterThanEquals", Test::Date(Relation::GreaterThanEquals), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::BinaryEquals, false),
    ("IpAddress", Test::IpAddress, false),
    ("NotIpAddress", Test::IpAddress, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

impl Operator {
    /// Reads an operator name. Names are case-sensitive (rule 97). None for a name IAM does not know.
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Quantifier::ForAllValues, rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::ForAnyValue, rest)
        } else {
            (Quantifier::Plain, text)
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (_, test, negated) = NAMES.iter().copied().find(|(known, _, _)| *known == name)?;
        // Rule 89: every operator but Null takes IfExists.
        if test == Test::Null && (if_exists || quantifier != Quantifier::Plain) {
            return None;
        }
        Some(Self { quantifier, test, negated, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_with_every_prefix_and_suffix() {
        for (name, test, negated) in NAMES {
            let plain = Operator::parse(name).unwrap();
            assert_eq!((plain.test, plain.negated, plain.if_exists), (test, negated, false));
            for prefix in ["ForAllValues:", "ForAnyValue:"] {
                let long = Operator::parse(&format!("{prefix}{name}IfExists"));
                assert_eq!(long.is_some(), test != Test::Null, "{name}");
            }
        }
    }

    #[test]
    fn other_names_do_not_read() {
        for name in [
            "",
            "stringEquals",
            "StringMatches",
            "NullIfExists",
            "IfExists",
            "ForAnyValue:",
            "ForAnyvalue:Bool",
            "StringEqualsIfExistsIfExists",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
