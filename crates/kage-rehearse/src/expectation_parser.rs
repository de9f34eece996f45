//! Reads the lines of an ```expect block.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::expectation::{Comparison, EventTest, ExitStatus, Expectation, Stream, TextTest};

const FORMS: &str = "exit, output, stdout, stderr, error, json, event, no event";

/// Parses one line. The error is one sentence that names what was not understood.
pub fn parse(line: &str) -> Result<Expectation, String> {
    let mut rest = Rest(line.trim());
    match rest.word() {
        "exit" => exit(rest),
        "output" => text(rest, Stream::Both),
        "stdout" => text(rest, Stream::Stdout),
        "stderr" => text(rest, Stream::Stderr),
        "error" => aws_error(rest),
        "json" => json(rest.0),
        "event" => event(rest, true),
        "no" if rest.take("event") => event(rest, false),
        other => Err(format!("`{other}` does not begin an expectation; known: {FORMS}")),
    }
}

/// Parses a duration such as `90s`, `5m`, `2h10m`, `1d`, `2w` into seconds.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a duration such as 90s, 5m, 2h10m or 1d");
    let mut total = 0_i64;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let factor = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(wrong()),
        };
        let number = std::mem::take(&mut digits).parse::<u32>().map_err(|_| wrong())?;
        let part = i64::from(number).checked_mul(factor).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
    }
    if text.is_empty() || !digits.is_empty() { Err(wrong()) } else { Ok(total) }
}

/// The part of a line that has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn word(&mut self) -> &'a str {
        let trimmed = self.0.trim_start();
        let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (word, after) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
        self.0 = after.trim_start();
        word
    }

    fn take(&mut self, words: &str) -> bool {
        match self.0.strip_prefix(words) {
            Some(after) if after.is_empty() || after.starts_with(char::is_whitespace) => {
                self.0 = after.trim_start();
                true
            }
            _ => false,
        }
    }

    /// A string in double quotes, with the escapes of JSON.
    fn string(&mut self) -> Result<String, String> {
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter::<Value>();
        let first = values.next().and_then(Result::ok);
        let read = values.byte_offset();
        match first {
            Some(Value::String(text)) => {
                self.0 = self.0.get(read..).unwrap_or_default().trim_start();
                Ok(text)
            }
            _ => Err(format!("a text in double quotes is expected where `{}` stands", self.0)),
        }
    }

    /// A regular expression between slashes; `\/` is a slash.
    fn regex(&mut self) -> Result<Regex, String> {
        let inner = self
            .0
            .strip_prefix('/')
            .ok_or_else(|| format!("a /regex/ is expected where `{}` stands", self.0))?;
        let mut escaped = false;
        for (index, c) in inner.char_indices() {
            match c {
                '\\' if !escaped => escaped = true,
                '/' if !escaped => {
                    let pattern = inner.get(..index).unwrap_or_default().replace("\\/", "/");
                    self.0 = inner.get(index.saturating_add(1)..).unwrap_or_default().trim_start();
                    return RegexBuilder::new(&pattern)
                        .multi_line(true)
                        .build()
                        .map_err(|error| format!("/{pattern}/ is not a regular expression: {error}"));
                }
                _ => escaped = false,
            }
        }
        Err("the /regex/ is never closed".to_owned())
    }

    fn end(&self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("`{}` is too much here", self.0)) }
    }
}

fn exit(mut rest: Rest<'_>) -> Result<Expectation, String> {
    let word = rest.word();
    rest.end()?;
    if word == "nonzero" {
        return Ok(Expectation::Exit(ExitStatus::Nonzero));
    }
    let code =
        word.parse::<u8>().map_err(|_| format!("`{word}` is not an exit status: 0 to 255, or nonzero"))?;
    Ok(Expectation::Exit(ExitStatus::Code(i32::from(code))))
}

fn text(mut rest: Rest<'_>, stream: Stream) -> Result<Expectation, String> {
    let test = text_test(&mut rest)?.ok_or(
        "contains, does not contain, matches, does not match or is must follow, then \"text\" or /regex/",
    )?;
    rest.end()?;
    Ok(Expectation::Text { stream, test })
}

fn text_test(rest: &mut Rest<'_>) -> Result<Option<TextTest>, String> {
    let test = if rest.take("contains") {
        TextTest::Contains(rest.string()?)
    } else if rest.take("does not contain") {
        TextTest::Lacks(rest.string()?)
    } else if rest.take("matches") {
        TextTest::Matches(rest.regex()?)
    } else if rest.take("does not match") {
        TextTest::MatchesNot(rest.regex()?)
    } else if rest.take("is") {
        TextTest::Is(rest.string()?)
    } else {
        return Ok(None);
    };
    Ok(Some(test))
}

fn aws_error(mut rest: Rest<'_>) -> Result<Expectation, String> {
    let code = rest.word().to_owned();
    if code.is_empty() || !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') {
        return Err("an error code such as AccessDenied must follow".to_owned());
    }
    let operation = rest.take("when calling").then(|| rest.word().to_owned());
    let message = text_test(&mut rest)?;
    rest.end()?;
    Ok(Expectation::AwsError { code, operation, message })
}

/// The right-hand side begins after the last operator that leaves JSON behind it, since JMESPath has operators too.
fn json(line: &str) -> Result<Expectation, String> {
    let operators = [
        (" == ", Comparison::Equal),
        (" != ", Comparison::NotEqual),
        (" >= ", Comparison::AtLeast),
        (" <= ", Comparison::AtMost),
        (" > ", Comparison::More),
        (" < ", Comparison::Less),
        (" contains ", Comparison::Contains),
    ];
    let mut best: Option<(usize, Comparison, Value)> = None;
    for (operator, comparison) in operators {
        for (index, _) in line.match_indices(operator) {
            let right = line.get(index.saturating_add(operator.len())..).unwrap_or_default();
            if let Ok(value) = serde_json::from_str::<Value>(right)
                && best.as_ref().is_none_or(|(found, _, _)| index > *found)
            {
                best = Some((index, comparison, value));
            }
        }
    }
    let (index, comparison, value) =
        best.ok_or("json <JMESPath> <== != >= <= > < contains> <JSON value> is expected")?;
    let expression = line.get(..index).unwrap_or_default().trim().to_owned();
    let sample = crate::query::with_any_variables(&expression);
    crate::query::compile(&sample)?;
    if crate::query::is_constant(&sample) {
        return Err(format!("`{expression}` does not look at the output"));
    }
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual | Comparison::Contains);
    if ordered && !value.is_number() {
        return Err(format!("{value} is not a number, and only numbers have an order"));
    }
    Ok(Expectation::Json { expression, comparison, value })
}

fn event(mut rest: Rest<'_>, present: bool) -> Result<Expectation, String> {
    let name = rest.word().to_owned();
    if name.is_empty() || !rest.take("by") {
        return Err("event <Name> by \"who\" is expected".to_owned());
    }
    let by = rest.string()?;
    if by.is_empty() {
        return Err("the caller must not be empty".to_owned());
    }
    let account = rest.take("in").then(|| rest.word().to_owned());
    let within = if rest.take("within") { Some(duration(rest.word())?) } else { None };
    let error = rest.take("with error").then(|| rest.word().to_owned());
    rest.end()?;
    Ok(Expectation::Event(EventTest { present, name, by, account, within, error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        parse(line).expect_err(line)
    }

    #[test]
    fn the_json_operator_is_the_last_one_with_json_behind_it() {
        let Expectation::Json { expression, comparison, value } =
            parse("json Users[?Path == '/'].UserName == [\"bob\"]").expect("parses")
        else {
            panic!("not json")
        };
        assert_eq!(expression, "Users[?Path == '/'].UserName");
        assert_eq!(comparison, Comparison::Equal);
        assert_eq!(value, serde_json::json!(["bob"]));
        let Expectation::Json { comparison, .. } = parse("json length(Events) >= 3").expect("parses") else {
            panic!("not json")
        };
        assert_eq!(comparison, Comparison::AtLeast);
        let Expectation::Json { expression, comparison, .. } =
            parse("json Statement contains \"a == b\"").expect("parses")
        else {
            panic!("not json")
        };
        assert_eq!((expression.as_str(), comparison), ("Statement", Comparison::Contains));
    }

    #[test]
    fn errors_and_events_have_all_their_parts() {
        let Expectation::AwsError { code, operation, message } =
            parse("error AccessDenied when calling ListUsers contains \"explicit deny\"").expect("parses")
        else {
            panic!("not an error")
        };
        assert_eq!((code.as_str(), operation.as_deref()), ("AccessDenied", Some("ListUsers")));
        assert!(matches!(message, Some(TextTest::Contains(text)) if text == "explicit deny"));
        let Expectation::Event(test) =
            parse("event CreateAccessKey by \"bob\" in app within 5m with error AccessDenied")
                .expect("parses")
        else {
            panic!("not an event")
        };
        assert_eq!(
            test,
            EventTest {
                present: true,
                name: "CreateAccessKey".into(),
                by: "bob".into(),
                account: Some("app".into()),
                within: Some(300),
                error: Some("AccessDenied".into()),
            }
        );
        assert!(
            matches!(parse("no event DeleteTrail by \"bob\""), Ok(Expectation::Event(test)) if !test.present)
        );
    }

    #[test]
    fn regular_expressions_may_hold_slashes_and_match_at_lines() {
        let Expectation::Text { test: TextTest::Matches(regex), .. } =
            parse(r"stdout matches /^a\/b$/").expect("parses")
        else {
            panic!("not a regex")
        };
        assert!(regex.is_match("x\na/b\ny"));
    }

    #[test]
    fn durations_may_have_several_parts() {
        assert_eq!(duration("90s"), Ok(90));
        assert_eq!(duration("2h10m"), Ok(7_800));
        assert_eq!(duration("1w"), Ok(604_800));
        for wrong in ["", "5", "m", "5m3", "-5m", "5y", "1.5h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(refused("prints \"x\"").starts_with("`prints` does not begin an expectation"));
        assert!(refused("exit 256").contains("`256` is not an exit status"));
        assert!(refused("exit 0 please").contains("`please` is too much"));
        assert!(refused("output contains x").contains("double quotes"));
        assert!(refused("output matches /(/").contains("not a regular expression"));
        assert!(refused("output matches /x").contains("never closed"));
        assert!(refused("error").contains("error code"));
        assert!(refused("json Users").contains("JMESPath"));
        assert!(refused("json Users[ == 1").contains("JMESPath"));
        assert!(refused("json length(a) >= \"3\"").contains("not a number"));
        assert!(refused("event X").contains("by"));
        assert!(refused("event X by \"bob\" within 5y").contains("not a duration"));
    }

    #[test]
    fn checks_that_cannot_fail_are_seen() {
        for line in [
            "output contains \"\"",
            "stdout matches /.*/",
            "error AccessDenied contains \"\"",
            "json length(Events) >= 0",
        ] {
            assert!(parse(line).expect(line).vacuous().is_some(), "{line}");
        }
        assert!(refused("json 'a' == \"a\"").contains("does not look at the output"));
        assert!(refused("json `1` == 1").contains("does not look at the output"));
        assert!(parse("json length(Events) >= 1").expect("parses").vacuous().is_none());
        assert!(parse("output does not contain \"x\"").expect("parses").vacuous().is_none());
    }
}
