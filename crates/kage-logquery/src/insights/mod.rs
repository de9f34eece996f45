//! The query language of Logs Insights.
// AWS: CloudWatch Logs user guide, "CloudWatch Logs Insights language query syntax".

mod address;
mod aggregate;
mod evaluate;
mod expression;
mod function;
mod parse;
mod period;
mod record;
mod run;
mod scan;
mod time;
mod value;

pub use record::discover;
pub use run::{Results, Run};

use crate::prune::Wanted;
use std::fmt;

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    text: String,
    /// Where in the query it went wrong: a count of characters.
    pub offset: usize,
    /// Whether the query is right and uses something that is not modelled here.
    pub unmodelled: bool,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for QueryError {}

/// One log event as a query sees it.
pub struct LogEvent<'e> {
    /// `@timestamp` in milliseconds since 1970.
    pub timestamp: i64,
    /// `@ingestionTime` in milliseconds since 1970.
    pub ingested: i64,
    /// `@message`.
    pub message: &'e [u8],
    /// `@logStream`.
    pub stream: &'e str,
    /// `@log`: account, colon, name of the group.
    pub log: &'e str,
    /// Makes `@ptr`.
    pub pointer: &'e dyn Fn() -> String,
}

/// A query, ready to run.
#[derive(Clone, Debug)]
pub struct Query {
    commands: Vec<parse::Command>,
    /// What of messages that are JSON is looked at.
    wanted: Wanted,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let commands = parse::commands(text)?;
        let wanted = record::wanted(&commands);
        Ok(Query { commands, wanted })
    }

    /// Begins to run it. `limit` stands where the query itself has none; `now` is in milliseconds since 1970.
    #[must_use]
    pub fn start(&self, limit: Option<usize>, now: i64) -> Run<'_> {
        Run::new(&self.commands, &self.wanted, limit, now)
    }
}

#[cfg(test)]
mod tests;
