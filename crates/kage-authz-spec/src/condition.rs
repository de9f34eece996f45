//! Conditions: operators, quantifiers, missing keys (rules 87-109).

use kage_authz::document::{Condition, Version};
use kage_authz::{Context, switches};

use crate::text::{self, Piece};
use crate::value;

/// Whether one operator and key of a `Condition` block holds.
pub fn holds(condition: &Condition, version: Version, context: &Context) -> bool {
    let seen: Option<Vec<String>> = context.get(&condition.key).map(|values| values.as_slice().to_vec());
    let name = condition.operator.as_str();
    // Rule 108.
    if name == "Null" {
        return condition.values.iter().any(|value| value.eq_ignore_ascii_case("true") == seen.is_none());
    }
    let (quantifier, name) = match name.split_once(':') {
        Some((quantifier, name)) => (Some(quantifier), name),
        None => (None, name),
    };
    let (name, if_exists) = match name.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (name, negated) = positive_name(name);
    let Some(seen) = seen else {
        // Rules 88, 89, 93.
        return if_exists
            || match quantifier {
                Some("ForAllValues") => true,
                Some(_) => false,
                None => negated,
            };
    };
    let some_value_matches = |request: &str| {
        condition.values.iter().any(|policy| compare(name, policy, request, version, context))
    };
    match (quantifier, negated) {
        // Rule 94: some value of the request matches.
        (None, false) => seen.iter().any(|request| some_value_matches(request)),
        // Rule 87: none matches.
        (None, true) => !seen.iter().any(|request| some_value_matches(request)),
        // Rule 91.
        (Some("ForAnyValue"), false) => seen.iter().any(|request| some_value_matches(request)),
        // Rule 92.
        (Some("ForAnyValue"), true) => seen.iter().any(|request| !some_value_matches(request)),
        // Rule 90: empty strings only are a null data set.
        _ if seen.iter().all(|request| request.is_empty()) => true,
        (Some(_), false) => seen.iter().all(|request| some_value_matches(request)),
        (Some(_), true) => seen.iter().all(|request| !some_value_matches(request)),
    }
}

/// The operator that a negated one denies.
fn positive_name(name: &str) -> (&str, bool) {
    match name {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        "NotIpAddress" => ("IpAddress", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "ArnEquals" => ("ArnLike", false),
        other => (other, false),
    }
}

/// Whether one value of the policy matches one value of the request under a positive operator.
fn compare(name: &str, policy: &str, request: &str, version: Version, context: &Context) -> bool {
    let expand = |wildcards| text::expand(policy, version == Version::V2012, wildcards, context);
    match name {
        "StringEquals" => expand(false).is_some_and(|pieces| text::matches(&pieces, request)),
        "StringLike" => expand(true).is_some_and(|pieces| text::matches(&pieces, request)),
        "StringEqualsIgnoreCase" => {
            expand(false).is_some_and(|pieces| value::fold(&text::plain(&pieces)) == value::fold(request))
        }
        "ArnLike" => expand(true).is_some_and(|pieces| arn_like(&pieces, request)),
        // Rule 79.
        "Bool" => {
            let policy = if switches::VARIABLES_IN_BOOL {
                expand(false).map(|pieces| text::plain(&pieces))
            } else {
                Some(policy.to_owned())
            };
            let request = request.to_ascii_lowercase();
            ["true", "false"].contains(&request.as_str())
                && policy.is_some_and(|policy| policy.to_ascii_lowercase() == request)
        }
        "BinaryEquals" => value::is_base64(request) && policy == request,
        "IpAddress" => value::in_range(policy, request),
        name => match name.strip_prefix("Numeric") {
            Some(relation) => related(relation, value::number(request), value::number(policy)),
            None => related(name.trim_start_matches("Date"), value::date(request), value::date(policy)),
        },
    }
}

fn related<T: Ord>(relation: &str, request: Option<T>, policy: Option<T>) -> bool {
    let (Some(request), Some(policy)) = (request, policy) else { return false };
    match relation {
        "Equals" => request == policy,
        "LessThan" => request < policy,
        "LessThanEquals" => request <= policy,
        "GreaterThan" => request > policy,
        "GreaterThanEquals" => request >= policy,
        _ => false,
    }
}

/// Rule 107: six components, each on its own.
fn arn_like(pattern: &[Piece], arn: &str) -> bool {
    let mut components: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in pattern {
        if *piece == Piece::Exactly(':') && components.len() < 6 {
            components.push(Vec::new());
        } else if let Some(last) = components.last_mut() {
            last.push(*piece);
        }
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    components.len() == 6
        && parts.len() == 6
        && parts.first() == Some(&"arn")
        && components.iter().zip(parts).all(|(component, part)| text::matches(component, part))
}
