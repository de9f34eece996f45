//! Compares what a block did with what was expected of it. Pure, but for the event history it is handed.

use regex::Regex;
use serde_json::Value;

use crate::expectation::{Comparison, EventTest, ExitStatus, Expectation, Stream, TextTest};
use crate::query;
use crate::shell::Outcome;
use crate::variables::{Variables, expand};

/// An AWS error as the AWS CLI prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// `AccessDenied`
    pub code: String,
    /// `ListUsers`
    pub operation: String,
    /// What the service said.
    pub message: String,
}

/// Looks into the event history. The answer is a sentence about what was found instead, when the test fails.
pub type Look<'a> = dyn FnMut(&EventTest) -> Result<(), String> + 'a;

/// Judges one expectation. `Err` is what came instead, in a few words.
pub fn judge(
    expectation: &Expectation,
    outcome: &Outcome,
    variables: &Variables,
    look: &mut Look<'_>,
) -> Result<(), String> {
    match expectation {
        Expectation::Exit(wanted) => exit(*wanted, outcome),
        Expectation::Text { stream, test } => text(test, &stream.of(outcome), variables),
        Expectation::AwsError { code, operation, message } => {
            aws_error(code, operation.as_deref(), message.as_ref(), outcome, variables)
        }
        Expectation::Json { expression, comparison, value } => {
            json(&expand(expression, variables)?, *comparison, &expand_value(value, variables)?, outcome)
        }
        Expectation::Event(test) => look(&EventTest { by: expand(&test.by, variables)?, ..test.clone() }),
        Expectation::Transcript(lines) => transcript(lines, &outcome.stdout, variables),
    }
}

/// The last AWS error that the AWS CLI printed. AWS: botocore.exceptions.ClientError.MSG_TEMPLATE.
pub fn last_aws_error(stderr: &str) -> Option<AwsError> {
    let template = r"An error occurred \(([^)]+)\) when calling the (\w+) operation(?: \([^)]*\))?: (.*)";
    let captures = Regex::new(template).ok()?.captures_iter(stderr).last()?;
    let part = |index: usize| captures.get(index).map(|found| found.as_str().to_owned());
    Some(AwsError { code: part(1)?, operation: part(2)?, message: part(3)? })
}

impl Stream {
    fn of(self, outcome: &Outcome) -> String {
        match self {
            Self::Both => format!("{}{}", outcome.stdout, outcome.stderr),
            Self::Stdout => outcome.stdout.clone(),
            Self::Stderr => outcome.stderr.clone(),
        }
    }
}

fn exit(wanted: ExitStatus, outcome: &Outcome) -> Result<(), String> {
    let good = match wanted {
        ExitStatus::Code(code) => outcome.exit == code,
        ExitStatus::Nonzero => outcome.exit != 0,
    };
    if good && !outcome.timed_out { Ok(()) } else { Err(came(outcome)) }
}

/// How the block ended, in a few words.
pub fn came(outcome: &Outcome) -> String {
    let end = if outcome.timed_out {
        "it took too long and was ended".to_owned()
    } else {
        format!("exit {}", outcome.exit)
    };
    match last_aws_error(&outcome.stderr) {
        Some(error) => format!("{end}, {} from {}", error.code, error.operation),
        None => end,
    }
}

fn text(test: &TextTest, text: &str, variables: &Variables) -> Result<(), String> {
    match test {
        TextTest::Contains(part) if text.contains(&expand(part, variables)?) => Ok(()),
        TextTest::Contains(_) => Err("it is not there".to_owned()),
        TextTest::Lacks(part) if text.contains(&expand(part, variables)?) => Err("it is there".to_owned()),
        TextTest::Lacks(_) => Ok(()),
        TextTest::Is(wanted) if text.trim() == expand(wanted, variables)?.trim() => Ok(()),
        TextTest::Is(_) => Err(format!("`{}`", text.trim())),
        TextTest::Matches(regex) if regex.is_match(text) => Ok(()),
        TextTest::Matches(_) => Err("nothing matches".to_owned()),
        TextTest::MatchesNot(regex) => match regex.find(text) {
            Some(found) => Err(format!("`{}` matches", found.as_str())),
            None => Ok(()),
        },
    }
}

fn aws_error(
    code: &str,
    operation: Option<&str>,
    message: Option<&TextTest>,
    outcome: &Outcome,
    variables: &Variables,
) -> Result<(), String> {
    let Some(error) = last_aws_error(&outcome.stderr) else {
        return Err(format!("{}, no AWS error", came(outcome)));
    };
    if outcome.exit == 0 {
        return Err(format!("{} from {}, but exit 0", error.code, error.operation));
    }
    if error.code != code || operation.is_some_and(|operation| operation != error.operation) {
        return Err(format!("{} from {}: {}", error.code, error.operation, error.message));
    }
    match message {
        Some(test) => {
            text(test, &error.message, variables).map_err(|why| format!("{why}: {}", error.message))
        }
        None => Ok(()),
    }
}

fn json(expression: &str, comparison: Comparison, wanted: &Value, outcome: &Outcome) -> Result<(), String> {
    let document: Value =
        serde_json::from_str(&outcome.stdout).map_err(|error| format!("stdout is not JSON: {error}"))?;
    let found = query::evaluate(expression, &document)?;
    let ordered = |good: fn(f64, f64) -> bool| match (found.as_f64(), wanted.as_f64()) {
        (Some(left), Some(right)) => good(left, right),
        _ => false,
    };
    let good = match comparison {
        Comparison::Equal => equal(&found, wanted),
        Comparison::NotEqual => !equal(&found, wanted),
        Comparison::AtLeast => ordered(|left, right| left >= right),
        Comparison::AtMost => ordered(|left, right| left <= right),
        Comparison::More => ordered(|left, right| left > right),
        Comparison::Less => ordered(|left, right| left < right),
        Comparison::Contains => match (&found, wanted) {
            (Value::Array(items), wanted) => items.iter().any(|item| equal(item, wanted)),
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            _ => false,
        },
    };
    if good { Ok(()) } else { Err(found.to_string()) }
}

/// JSON equality in which 2 and 2.0 are the same number.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

fn expand_value(value: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(expand(text, variables)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| expand_value(item, variables)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, item)| Ok((key.clone(), expand_value(item, variables)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// A line that is `…` alone stands for any number of lines; `…` within a line for any text. White space at line ends
/// and empty lines at the end are not compared.
fn transcript(wanted: &[String], stdout: &str, variables: &Variables) -> Result<(), String> {
    let mut pattern = String::from("^");
    for line in wanted.join("\n").trim_end().lines() {
        if line.trim() == "…" {
            pattern.push_str("(?:.*\n)*?");
            continue;
        }
        let line = expand(line.trim_end(), variables)?;
        let parts: Vec<String> = line.split('…').map(regex::escape).collect();
        pattern.push_str(&parts.join(".*"));
        pattern.push('\n');
    }
    pattern.push('$');
    let came: String = stdout.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let regex = Regex::new(&pattern).map_err(|error| error.to_string())?;
    if regex.is_match(&came) {
        return Ok(());
    }
    Err(first_difference(wanted, &came))
}

fn first_difference(wanted: &[String], came: &str) -> String {
    let mut lines = came.lines();
    for (index, wanted) in wanted.iter().enumerate() {
        if wanted.contains('…') {
            break;
        }
        let line = lines.next().unwrap_or("(no more output)");
        if line != wanted.trim_end() {
            return format!("line {} is `{line}`", index.saturating_add(1));
        }
    }
    "another output".to_owned()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
