//! What a block is expected to do, and the language of ```expect blocks, one expectation a line.
//!
//! ```text
//! exit 0                      exit 255                    exit nonzero
//! output contains "text"      stdout is "text"            stderr does not contain "text"
//! output matches /regex/      output does not match /regex/
//! error AccessDenied when calling CreateUser contains "explicit deny"
//! json Users[0].UserName == "bob"          json length(Events) >= 3
//! event CreateAccessKey by "bob" in app within 5m with error AccessDenied
//! no event DeleteTrail by "bob"
//! ```

use regex::Regex;
use serde_json::Value;

/// One checkable sentence.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// The exit status of the block.
    Exit(ExitStatus),
    /// Something about the text that it wrote.
    Text {
        /// Which text.
        stream: Stream,
        /// What it must be like.
        test: TextTest,
    },
    /// An AWS error, as the AWS CLI prints it; the block must also fail.
    AwsError {
        /// The error code, such as `AccessDenied`.
        code: String,
        /// The operation that answered it.
        operation: Option<String>,
        /// What the message must be like.
        message: Option<TextTest>,
    },
    /// The standard output, read as JSON and asked with JMESPath.
    Json {
        /// The JMESPath expression, before variables are put in.
        expression: String,
        /// How the two are compared.
        comparison: Comparison,
        /// The right-hand side; `$NAME` in its strings is replaced.
        value: Value,
    },
    /// A CloudTrail event in the event history of an account.
    Event(EventTest),
    /// The whole standard output, line by line; `…` stands for any lines or any text within one.
    Transcript(Vec<String>),
}

/// The expected exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Exactly this one.
    Code(i32),
    /// Anything but 0.
    Nonzero,
}

/// Which text of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, then standard error.
    Both,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A test of a text.
#[derive(Debug, Clone)]
pub enum TextTest {
    /// It holds this text; `$NAME` is replaced.
    Contains(String),
    /// It does not hold this text.
    Lacks(String),
    /// It is this text, white space at both ends aside.
    Is(String),
    /// The expression is found in it. `^` and `$` match at lines.
    Matches(Regex),
    /// The expression is not found in it.
    MatchesNot(Regex),
}

/// A comparison of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`, of numbers
    AtLeast,
    /// `<=`, of numbers
    AtMost,
    /// `>`, of numbers
    More,
    /// `<`, of numbers
    Less,
    /// An array holds the value, or a string the text.
    Contains,
}

/// A test of the event history, as `aws cloudtrail lookup-events` shows it to an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTest {
    /// Whether such an event must be there or must not.
    pub present: bool,
    /// The event name.
    pub name: String,
    /// User name, role session name, access key id, or ARN of the caller; `$NAME` is replaced.
    pub by: String,
    /// The account whose history is read, by its name in `accounts:`; else the account of the block's profile.
    pub account: Option<String>,
    /// The greatest age in seconds, by the double's clock.
    pub within: Option<i64>,
    /// The error code in the record.
    pub error: Option<String>,
}

impl Expectation {
    /// Whether this one already says how the block must end.
    pub fn tells_exit(&self) -> bool {
        matches!(self, Self::Exit(_) | Self::AwsError { .. })
    }

    /// Why this check cannot fail, when it cannot.
    pub fn vacuous(&self) -> Option<String> {
        match self {
            Self::Text { test, .. } | Self::AwsError { message: Some(test), .. } => test.vacuous(),
            Self::Json { comparison: Comparison::AtLeast, value, expression }
                if expression.trim_start().starts_with("length(") && value.as_f64() <= Some(0.0) =>
            {
                Some("a length is never below 0".to_owned())
            }
            Self::Transcript(lines)
                if lines.iter().all(|line| line.trim().is_empty() || line.trim() == "…") =>
            {
                Some("it matches every output".to_owned())
            }
            _ => None,
        }
    }
}

impl TextTest {
    fn vacuous(&self) -> Option<String> {
        match self {
            Self::Contains(text) if text.is_empty() => {
                Some("every output contains the empty text".to_owned())
            }
            Self::Matches(regex) if regex.is_match("") => {
                Some(format!("/{regex}/ is found in every output, also in an empty one"))
            }
            _ => None,
        }
    }
}
