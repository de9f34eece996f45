//! Patterns of fields between spaces: `[ip, user, ..., status = 4*, bytes > 1000]`.

use super::scan::Scan;
use super::{DEPTH, PatternError, require_regexes};
use crate::glob::Glob;
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// A pattern of fields.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Column>);

#[derive(Clone, Debug)]
enum Column {
    /// `...`: any number of fields.
    Rest,
    Field {
        name: Option<String>,
        condition: Option<Condition>,
    },
}

#[derive(Clone, Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Test),
}

#[derive(Clone, Debug)]
enum Test {
    Text { glob: Glob, negated: bool },
    Regex { regex: Regex, negated: bool },
    Number { order: Order, value: f64 },
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Order {
    /// Takes an operator.
    pub fn take(scan: &mut Scan<'_>) -> Option<Order> {
        [
            ("!=", Order::NotEqual),
            ("<=", Order::AtMost),
            (">=", Order::AtLeast),
            ("=", Order::Equal),
            ("<", Order::Less),
            (">", Order::Greater),
        ]
        .into_iter()
        .find(|(text, _)| scan.take(text))
        .map(|(_, order)| order)
    }

    /// Whether it holds.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Order::Equal => left == right,
            Order::NotEqual => left != right,
            Order::Less => left < right,
            Order::AtMost => left <= right,
            Order::Greater => left > right,
            Order::AtLeast => left >= right,
        }
    }
}

/// The number that a text is: decimal, with or without exponent.
pub fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if plain { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

impl Columns {
    /// Reads it.
    pub fn parse(pattern: &str) -> Result<Columns, PatternError> {
        let mut scan = Scan::new(pattern);
        scan.expect("[")?;
        let mut columns = Vec::new();
        loop {
            scan.space();
            columns.push(column(&mut scan)?);
            scan.space();
            if scan.take("]") {
                break;
            }
            scan.expect(",")?;
        }
        scan.space();
        if !scan.rest().is_empty() {
            return Err(scan.error("unexpected text"));
        }
        if columns.iter().filter(|column| matches!(column, Column::Rest)).count() > 1 {
            return Err(PatternError::new("Invalid filter pattern: '...' can be used only once"));
        }
        let columns = Columns(columns);
        require_regexes(columns.regexes())?;
        Ok(columns)
    }

    /// How many regular expressions it holds.
    pub fn regexes(&self) -> usize {
        fn count(condition: &Condition) -> usize {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => parts.iter().map(count).sum(),
                Condition::Test(test) => usize::from(matches!(test, Test::Regex { .. })),
            }
        }
        let conditions = self.0.iter().filter_map(|column| match column {
            Column::Field { condition, .. } => condition.as_ref(),
            Column::Rest => None,
        });
        conditions.map(count).sum()
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|column| match column {
            Column::Field { name, .. } => name.as_deref(),
            Column::Rest => None,
        })
    }

    /// Each field of the pattern with its field of the message; `None` when their number differs.
    fn pair<'a, 'm>(&'a self, message: &'m [u8]) -> Option<Vec<(&'a Column, &'m [u8])>> {
        let fields = split(message);
        let named = self.0.iter().filter(|column| !matches!(column, Column::Rest)).count();
        let more = fields.len().checked_sub(named)?;
        let has_rest = named < self.0.len();
        if more > 0 && !has_rest {
            return None;
        }
        let mut fields = fields.into_iter();
        let mut out = Vec::with_capacity(named);
        for column in &self.0 {
            match column {
                Column::Rest => fields.by_ref().take(more).for_each(drop),
                Column::Field { .. } => out.push((column, fields.next()?)),
            }
        }
        Some(out)
    }

    /// Whether a message matches.
    pub fn matches(&self, message: &[u8]) -> bool {
        self.pair(message).is_some_and(|pairs| {
            pairs.iter().all(|(column, field)| match column {
                Column::Field { condition: Some(condition), .. } => holds(condition, field),
                _ => true,
            })
        })
    }

    /// The values of its named fields.
    pub fn extract(&self, message: &[u8]) -> BTreeMap<String, String> {
        let pairs = self.pair(message).unwrap_or_default();
        let value = |(column, field): (&Column, &[u8])| match column {
            Column::Field { name: Some(name), .. } => {
                Some((format!("${name}"), String::from_utf8_lossy(field).into_owned()))
            }
            _ => None,
        };
        pairs.into_iter().filter_map(value).collect()
    }
}

/// The fields of a message: between white space, or in brackets or quotation marks, which do not belong to them.
fn split(message: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = message.trim_ascii_start();
    while let Some(first) = rest.first() {
        let close = match first {
            b'"' => Some(b'"'),
            b'[' => Some(b']'),
            _ => None,
        };
        let inner = rest.get(1..).unwrap_or_default();
        let closed = close.and_then(|close| memchr::memchr(close, inner));
        let (field, behind) = match closed {
            Some(end) => (inner.get(..end), inner.get(end.saturating_add(1)..)),
            None => {
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                (rest.get(..end), rest.get(end..))
            }
        };
        out.push(field.unwrap_or_default());
        rest = behind.unwrap_or_default().trim_ascii_start();
    }
    out
}

fn is_name(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | '/')
}

fn column(scan: &mut Scan<'_>) -> Result<Column, PatternError> {
    if scan.take("...") {
        return Ok(Column::Rest);
    }
    let mut name = None;
    if matches!(scan.peek(), Some(',' | ']')) {
        return Ok(Column::Field { name, condition: None });
    }
    // A name alone, or a condition that says it.
    let before = scan.clone();
    if !scan.rest().starts_with('(') {
        let plain = scan.while_(is_name);
        scan.space();
        if !plain.is_empty() && matches!(scan.peek(), Some(',' | ']')) {
            return Ok(Column::Field { name: Some(plain.to_owned()), condition: None });
        }
    }
    *scan = before;
    let condition = any(scan, &mut name, 0)?;
    Ok(Column::Field { name, condition: Some(condition) })
}

fn any(scan: &mut Scan<'_>, name: &mut Option<String>, depth: usize) -> Result<Condition, PatternError> {
    let mut parts = vec![all(scan, name, depth)?];
    loop {
        scan.space();
        if !scan.take("||") {
            break;
        }
        parts.push(all(scan, name, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
}

fn all(scan: &mut Scan<'_>, name: &mut Option<String>, depth: usize) -> Result<Condition, PatternError> {
    let mut parts = vec![one(scan, name, depth)?];
    loop {
        scan.space();
        if !scan.take("&&") {
            break;
        }
        parts.push(one(scan, name, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
}

fn one(scan: &mut Scan<'_>, name: &mut Option<String>, depth: usize) -> Result<Condition, PatternError> {
    scan.space();
    if depth > DEPTH {
        return Err(scan.error("too many parentheses"));
    }
    if scan.take("(") {
        let inner = any(scan, name, depth.saturating_add(1))?;
        scan.space();
        scan.expect(")")?;
        return Ok(inner);
    }
    let field = scan.while_(is_name);
    if field.is_empty() {
        return Err(scan.error("expected the name of a field"));
    }
    match name {
        Some(known) if known != field => return Err(scan.error("a condition names another field")),
        _ => *name = Some(field.to_owned()),
    }
    scan.space();
    let order = Order::take(scan).ok_or_else(|| scan.error("expected an operator"))?;
    scan.space();
    test(scan, order).map(Condition::Test)
}

fn test(scan: &mut Scan<'_>, order: Order) -> Result<Test, PatternError> {
    let negated = order == Order::NotEqual;
    let is_equality = matches!(order, Order::Equal | Order::NotEqual);
    match scan.peek() {
        Some('%') if is_equality => Ok(Test::Regex { regex: scan.regex()?, negated }),
        Some('"') if is_equality => Ok(Test::Text { glob: Glob::new(&scan.quoted()?), negated }),
        _ => {
            let text =
                scan.while_(|next| !next.is_whitespace() && !matches!(next, ',' | ']' | ')' | '&' | '|'));
            match number(text) {
                Some(value) => Ok(Test::Number { order, value }),
                None if is_equality && !text.is_empty() => Ok(Test::Text { glob: Glob::new(text), negated }),
                None => Err(scan.error("expected a value")),
            }
        }
    }
}

fn holds(condition: &Condition, field: &[u8]) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, field)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, field)),
        Condition::Test(Test::Text { glob, negated }) => glob.matches(field) != *negated,
        Condition::Test(Test::Regex { regex, negated }) => regex.is_match(field) != *negated,
        Condition::Test(Test::Number { order, value }) => {
            match std::str::from_utf8(field).ok().and_then(number) {
                Some(found) => order.holds(found, *value),
                None => *order == Order::NotEqual,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCESS: &str =
        "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";

    fn matches(pattern: &str, message: &str) -> bool {
        Columns::parse(pattern).unwrap().matches(message.as_bytes())
    }

    // The examples of the user guide.
    #[test]
    fn fields_as_in_the_guide() {
        for (pattern, wanted) in [
            ("[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]", true),
            ("[ip, user, username, timestamp, request, status_code = 5*, bytes]", false),
            ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", true),
            ("[ip, user, username, timestamp, request, status_code, bytes > 1.6e3]", false),
            ("[..., status_code = 404, bytes]", true),
            ("[ip, ..., bytes = 1534]", true),
            ("[ip, ...]", true),
            ("[...]", true),
            ("[ip, user]", false),
            ("[ip = 127.0.*, , , , , , ]", true),
            (
                "[ip, user, username, timestamp, request = *.html* && request != \"POST*\", status_code = 4* || status_code = 5*, bytes]",
                true,
            ),
            ("[ip, user = %Pro[a-d]%, ...]", true),
            ("[ip, user != %Pro[a-d]%, ...]", false),
            ("[ip, (user = Test || user = Prod) && user != P, ...]", true),
        ] {
            assert_eq!(matches(pattern, ACCESS), wanted, "{pattern}");
        }
        assert!(matches("[w1=ERROR, w2]", "ERROR 01"));
        assert!(!matches("[w1!=ERROR, w2]", "ERROR 01"));
    }

    // claims: LOG-FLOWLOGS-07
    #[test]
    fn rejected_connections_of_a_flow_log() {
        let pattern = "[version, account, eni, source, destination, srcport, destport=\"22\", protocol=\"6\", packets, bytes, windowstart, windowend, action=\"REJECT\", flowlogstatus]";
        let line = |port: u16, action: &str| {
            format!(
                "2 123456789010 eni-1 10.0.0.1 10.0.0.2 49761 {port} 6 20 4249 1418530010 1418530070 {action} OK"
            )
        };
        assert!(matches(pattern, &line(22, "REJECT")));
        assert!(!matches(pattern, &line(22, "ACCEPT")));
        assert!(!matches(pattern, &line(80, "REJECT")));
    }

    #[test]
    fn values_are_extracted_by_name() {
        let columns = Columns::parse("[ip, user, ..., request, status, bytes]").unwrap();
        let values = columns.extract(ACCESS.as_bytes());
        assert_eq!(values["$request"], "GET /index.html HTTP/1.0");
        assert_eq!(values["$status"], "404");
        assert_eq!(values.len(), 5);
    }

    #[test]
    fn what_is_no_pattern() {
        for bad in [
            "[",
            "[a",
            "[a,",
            "[a b]",
            "[a = ]",
            "[a > x]",
            "[a = 1 && b = 2]",
            "[..., a, ...]",
            "[a] x",
            "[(a = 1]",
            "[a = \"x]",
        ] {
            assert!(Columns::parse(bad).is_err(), "{bad}");
        }
    }
}
