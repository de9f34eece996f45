//! Patterns over JSON: `{ ($.errorCode = "AccessDenied*") && ($.bytes > 1e3) || $.user.id NOT EXISTS }`.

use super::columns::{Order, number};
use super::scan::Scan;
use super::{DEPTH, PatternError, require_regexes};
use crate::glob::Glob;
use crate::prune::Wanted;
use memchr::memmem::Finder;
use regex::bytes::Regex;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pattern over JSON.
#[derive(Clone, Debug)]
pub struct Json {
    condition: Condition,
    /// What a message must hold as plain bytes, so that most of those that cannot match are never read as JSON.
    need: Need,
    /// What of a message is looked at.
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Path, Test),
}

#[derive(Clone, Debug)]
enum Test {
    Text { glob: Glob, negated: bool },
    Regex { regex: Regex, negated: bool },
    Number { order: Order, value: f64, glob: Glob },
    IsTrue,
    IsFalse,
    IsNull,
    NotExists,
}

/// `$.a.b[0]`, as it was written and taken apart.
#[derive(Clone, Debug)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Element(usize),
    Every,
}

#[derive(Clone, Debug)]
enum Need {
    Nothing,
    Bytes(Box<Finder<'static>>),
    All(Vec<Need>),
    Any(Vec<Need>),
}

impl Need {
    fn is_met(&self, message: &[u8]) -> bool {
        match self {
            Need::Nothing => true,
            Need::Bytes(finder) => finder.find(message).is_some(),
            Need::All(parts) => parts.iter().all(|part| part.is_met(message)),
            Need::Any(parts) => parts.iter().any(|part| part.is_met(message)),
        }
    }

    fn of(condition: &Condition) -> Need {
        match condition {
            Condition::All(parts) => Need::All(parts.iter().map(Need::of).collect()),
            Condition::Any(parts) => Need::Any(parts.iter().map(Need::of).collect()),
            Condition::Test(_, Test::NotExists) => Need::Nothing,
            Condition::Test(path, test) => {
                let mut parts: Vec<Need> = path.steps.iter().filter_map(Need::of_step).collect();
                if let Test::Text { glob, negated: false } = test {
                    parts.extend(Need::of_bytes(glob.longest()));
                }
                Need::All(parts)
            }
        }
    }

    fn of_step(step: &Step) -> Option<Need> {
        match step {
            Step::Member(name) => Need::of_bytes(name.as_bytes()),
            Step::Element(_) | Step::Every => None,
        }
    }

    /// Bytes that JSON must write as they are, if it writes no escapes.
    fn of_bytes(bytes: &[u8]) -> Option<Need> {
        let plain = !bytes.is_empty() && bytes.iter().all(|byte| *byte >= b' ' && !b"\"\\/".contains(byte));
        plain.then(|| Need::Bytes(Box::new(Finder::new(bytes).into_owned())))
    }
}

impl Json {
    /// Reads it.
    pub fn parse(pattern: &str) -> Result<Json, PatternError> {
        let mut scan = Scan::new(pattern);
        scan.expect("{")?;
        let condition = any(&mut scan, 0)?;
        scan.space();
        scan.expect("}")?;
        scan.space();
        if !scan.rest().is_empty() {
            return Err(scan.error("unexpected text"));
        }
        let mut wanted = Wanted::default();
        each(&condition, &mut |path, _| wanted.add(path.members()));
        let json = Json { need: Need::of(&condition), condition, wanted };
        require_regexes(json.regexes())?;
        Ok(json)
    }

    /// How many regular expressions it holds.
    pub fn regexes(&self) -> usize {
        let mut count = 0_usize;
        each(&self.condition, &mut |_, test| count += usize::from(matches!(test, Test::Regex { .. })));
        count
    }

    /// Whether a message matches. What is no JSON object matches nothing.
    pub fn matches(&self, message: &[u8]) -> bool {
        if message.trim_ascii_start().first() != Some(&b'{') {
            return false;
        }
        // An escape could hide what is looked for.
        if !self.need.is_met(message) && memchr::memchr(b'\\', message).is_none() {
            return false;
        }
        self.wanted.read(message, true).is_some_and(|value| holds(&self.condition, &value))
    }

    /// The values that it names in a message.
    pub fn extract(&self, message: &[u8]) -> BTreeMap<String, String> {
        let Some(value) = self.wanted.read(message, true) else { return BTreeMap::new() };
        let mut out = BTreeMap::new();
        each(&self.condition, &mut |path, _| {
            if let Some(text) = path.find(&value).and_then(scalar) {
                out.insert(path.text.clone(), text);
            }
        });
        out
    }
}

fn each(condition: &Condition, see: &mut impl FnMut(&Path, &Test)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each(part, see)),
        Condition::Test(path, test) => see(path, test),
    }
}

/// Whether this text is a selector.
pub fn is_selector(text: &str) -> bool {
    let mut scan = Scan::new(text);
    path(&mut scan).is_ok() && scan.rest().is_empty()
}

/// The scalar that a selector finds in a message.
pub fn field(message: &[u8], selector: &str) -> Option<String> {
    let mut scan = Scan::new(selector);
    let path = path(&mut scan).ok().filter(|_| scan.rest().is_empty())?;
    let mut wanted = Wanted::default();
    wanted.add(path.members());
    let value = wanted.read(message, true)?;
    path.find(&value).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Path {
    /// Its members up to the first element of a list.
    fn members(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map_while(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Element(_) | Step::Every => None,
        })
    }

    /// The first value that it leads to.
    fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        let mut found = None;
        walk(&self.steps, value, &mut |value| {
            found = Some(value);
            true
        });
        found
    }
}

/// Shows what a path leads to until `see` is content.
fn walk<'v>(steps: &[Step], value: &'v Value, see: &mut impl FnMut(&'v Value) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else { return see(value) };
    match step {
        Step::Member(name) => value.get(name).is_some_and(|inner| walk(rest, inner, see)),
        Step::Element(index) => value.get(*index).is_some_and(|inner| walk(rest, inner, see)),
        Step::Every => match value {
            Value::Array(all) => all.iter().any(|inner| walk(rest, inner, see)),
            _ => false,
        },
    }
}

fn holds(condition: &Condition, value: &Value) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, value)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, value)),
        Condition::Test(path, Test::NotExists) => path.find(value).is_none(),
        Condition::Test(path, test) => walk(&path.steps, value, &mut |found| passes(test, found)),
    }
}

fn passes(test: &Test, found: &Value) -> bool {
    let text = || match found {
        Value::String(text) => Some(std::borrow::Cow::Borrowed(text.as_str())),
        Value::Number(number) => Some(std::borrow::Cow::Owned(number.to_string())),
        _ => None,
    };
    match test {
        Test::Text { glob, negated } => {
            text().map_or(*negated, |text| glob.matches(text.as_bytes()) != *negated)
        }
        Test::Regex { regex, negated } => {
            text().map_or(*negated, |text| regex.is_match(text.as_bytes()) != *negated)
        }
        Test::Number { order, value, glob } => match found {
            Value::Number(number) => number.as_f64().is_some_and(|number| order.holds(number, *value)),
            Value::String(text) if *order == Order::Equal => glob.matches(text.as_bytes()),
            Value::String(text) if *order == Order::NotEqual => !glob.matches(text.as_bytes()),
            _ => *order == Order::NotEqual,
        },
        Test::IsTrue => *found == Value::Bool(true),
        Test::IsFalse => *found == Value::Bool(false),
        Test::IsNull => found.is_null(),
        Test::NotExists => false,
    }
}

fn any(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    let mut parts = vec![all(scan, depth)?];
    loop {
        scan.space();
        if !scan.take("||") {
            break;
        }
        parts.push(all(scan, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
}

fn all(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    let mut parts = vec![one(scan, depth)?];
    loop {
        scan.space();
        if !scan.take("&&") {
            break;
        }
        parts.push(one(scan, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
}

fn one(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    scan.space();
    if depth > DEPTH {
        return Err(scan.error("too many parentheses"));
    }
    if scan.take("(") {
        let inner = any(scan, depth.saturating_add(1))?;
        scan.space();
        scan.expect(")")?;
        return Ok(inner);
    }
    let path = path(scan)?;
    scan.space();
    let test = test(scan)?;
    Ok(Condition::Test(path, test))
}

fn test(scan: &mut Scan<'_>) -> Result<Test, PatternError> {
    if scan.word("IS") {
        scan.space();
        let known = [("TRUE", Test::IsTrue), ("FALSE", Test::IsFalse), ("NULL", Test::IsNull)];
        for (word, test) in known {
            if scan.word(word) {
                return Ok(test);
            }
        }
        return Err(scan.error("expected TRUE, FALSE or NULL"));
    }
    if scan.word("NOT") {
        scan.space();
        return if scan.word("EXISTS") { Ok(Test::NotExists) } else { Err(scan.error("expected EXISTS")) };
    }
    let order = Order::take(scan).ok_or_else(|| scan.error("expected an operator"))?;
    scan.space();
    let negated = order == Order::NotEqual;
    let is_equality = matches!(order, Order::Equal | Order::NotEqual);
    match scan.peek() {
        Some('%') if is_equality => Ok(Test::Regex { regex: scan.regex()?, negated }),
        Some('"') if is_equality => Ok(Test::Text { glob: Glob::new(&scan.quoted()?), negated }),
        _ => {
            let text = scan.while_(|next| {
                !next.is_whitespace() && !matches!(next, '(' | ')' | '}' | '&' | '|' | '"' | '=')
            });
            match number(text) {
                Some(value) => Ok(Test::Number { order, value, glob: Glob::new(text) }),
                None if is_equality && !text.is_empty() => Ok(Test::Text { glob: Glob::new(text), negated }),
                None => Err(scan.error("expected a value")),
            }
        }
    }
}

fn path(scan: &mut Scan<'_>) -> Result<Path, PatternError> {
    let before = scan.rest();
    scan.expect("$")?;
    let mut steps = Vec::new();
    loop {
        if scan.take(".[") || scan.take("[") {
            steps.push(bracket(scan)?);
        } else if scan.take(".") {
            let name = scan.while_(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '@' | ':'));
            if name.is_empty() {
                return Err(scan.error("expected the name of a property"));
            }
            steps.push(Step::Member(name.to_owned()));
        } else {
            break;
        }
    }
    if steps.is_empty() {
        return Err(scan.error("expected a property selector"));
    }
    let used = before.len().saturating_sub(scan.rest().len());
    Ok(Path { text: before.get(..used).unwrap_or_default().to_owned(), steps })
}

/// What stands in brackets: an index, `*`, or a quoted name.
fn bracket(scan: &mut Scan<'_>) -> Result<Step, PatternError> {
    let step = match scan.peek() {
        Some('*') => {
            scan.next();
            Step::Every
        }
        Some('"') => Step::Member(scan.quoted()?),
        Some('\'') => {
            scan.next();
            let name = scan.while_(|next| next != '\'').to_owned();
            scan.expect("'")?;
            Step::Member(name)
        }
        _ => {
            let digits = scan.while_(|next| next.is_ascii_digit());
            Step::Element(digits.parse().map_err(|_| scan.error("expected an index"))?)
        }
    };
    scan.expect("]")?;
    Ok(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The event of the user guide.
    const EVENT: &str = r#"{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true, "cluster.name": "c",
        "bandwidth": 75, "latency": 1200.5, "code": "404", "errorMessage": "say \"no\"", "nested": {"deep": {"x": "y"}}}"#;

    fn matches(pattern: &str, message: &str) -> bool {
        Json::parse(pattern).unwrap().matches(message.as_bytes())
    }

    #[test]
    fn conditions_as_in_the_guide() {
        for (pattern, wanted) in [
            ("{ $.eventType = \"UpdateTrail\" }", true),
            ("{ $.eventType = UpdateTrail }", true),
            ("{$.eventType=Update*}", true),
            ("{ $.eventType != \"UpdateTrail\" }", false),
            ("{ $.eventType = \"*Trail\" }", true),
            ("{ $.sourceIPAddress != 123.123.* }", true),
            ("{ $.sourceIPAddress = 111.111.* }", true),
            ("{ $.arrayKey[0] = \"value\" }", true),
            ("{ $.arrayKey[1] = value }", false),
            ("{ $.arrayKey[*] = \"another value\" }", true),
            ("{ $.objectList[1].id = 2 }", true),
            ("{ $.objectList[*].id = 3 }", false),
            ("{ $.SomeObject IS NULL }", true),
            ("{ $.SomeOtherObject NOT EXISTS }", true),
            ("{ $.SomeObject NOT EXISTS }", false),
            ("{ $.ThisFlag IS TRUE }", true),
            ("{ $.ThisFlag IS FALSE }", false),
            ("{ $.bandwidth > 75 }", false),
            ("{ $.bandwidth >= 75 }", true),
            ("{ $.latency > 1.2e3 }", true),
            ("{ $.latency < -1e3 }", false),
            ("{ $.bandwidth = 7.5e1 }", true),
            ("{ $.code = 404 }", true),
            ("{ $.code = 4* }", true),
            ("{ $.eventType = %Update[A-Z]rail% }", true),
            ("{ $.eventType != %^U% }", false),
            ("{ $.['cluster.name'] = \"c\" }", true),
            ("{ $.errorMessage = \"say \\\"no\\\"\" }", true),
            ("{ $.nested.deep.x = y }", true),
            ("{ ($.bandwidth < 10 || $.bandwidth > 70) && $.eventType = \"U*\" }", true),
            ("{ $.bandwidth < 10 || $.bandwidth > 70 && $.eventType = \"X*\" }", false),
            ("{ $.eventType = \"UpdateTrail\" || $.bandwidth < 10 && $.eventType = \"X*\" }", true),
            ("{ $.missing != \"x\" }", false),
            ("{ $.missing = \"*\" }", false),
            ("{ $.eventType = \"*\" }", true),
        ] {
            assert_eq!(matches(pattern, EVENT), wanted, "{pattern}");
        }
    }

    // claims: LOG-CWLOGS-02
    #[test]
    fn patterns_of_the_cis_benchmark() {
        let denied = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }";
        assert!(matches(denied, r#"{"errorCode":"Client.UnauthorizedOperation"}"#));
        assert!(matches(denied, r#"{"errorCode":"AccessDeniedException"}"#));
        assert!(!matches(denied, r#"{"errorCode":"NoSuchEntity"}"#));
        assert!(!matches(denied, r#"{"eventName":"x"}"#));
        let root = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }";
        assert!(matches(root, r#"{"userIdentity":{"type":"Root"},"eventType":"AwsApiCall"}"#));
        assert!(!matches(
            root,
            r#"{"userIdentity":{"type":"Root","invokedBy":"x"},"eventType":"AwsApiCall"}"#
        ));
        let keys = "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }";
        assert!(matches(keys, r#"{"eventSource":"kms.amazonaws.com","eventName":"DisableKey"}"#));
        assert!(!matches(keys, r#"{"eventSource":"kms.amazonaws.com","eventName":"EnableKey"}"#));
    }

    #[test]
    fn an_escape_hides_nothing_from_the_prefilter() {
        assert!(matches("{ $.a = \"Denied\" }", r#"{"\u0061":"D\u0065nied"}"#));
        assert!(!matches("{ $.a = \"Denied\" }", "no json: a Denied"));
        assert!(!matches("{ $.a = \"Denied\" }", "[\"a\", \"Denied\"]"));
    }

    #[test]
    fn values_are_extracted_by_selector() {
        let json =
            Json::parse("{ $.eventType = \"*\" && $.bandwidth > 1 && $.nested.deep NOT EXISTS }").unwrap();
        let values = json.extract(EVENT.as_bytes());
        assert_eq!(values["$.eventType"], "UpdateTrail");
        assert_eq!(values["$.bandwidth"], "75");
        assert_eq!(values.len(), 2);
        assert_eq!(field(EVENT.as_bytes(), "$.objectList[1].name").as_deref(), Some("b"));
        assert_eq!(field(EVENT.as_bytes(), "$.objectList"), None);
        assert!(is_selector("$.a[0].b") && !is_selector("$.a = 1") && !is_selector("$"));
    }

    #[test]
    fn what_is_no_pattern() {
        for bad in [
            "{",
            "{}",
            "{ }",
            "{ $. = 1 }",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a = 1",
            "{ $.a = 1 } x",
            "{ a = 1 }",
            "{ $.a == 1 }",
            "{ $.a > x }",
            "{ $.a = 1 && }",
            "{ ($.a = 1 }",
            "{ $.a IS NOT }",
            "{ $.a[x] = 1 }",
            "{ $.a = \"x }",
            "{ $.a[99999999999999999999999] = 1}",
        ] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
    }
}
