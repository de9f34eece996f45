//! The part of JSONPath that EventBridge takes for `InputPath` and `InputPathsMap`.
//!
//! AWS: EventBridge user guide, "Using input transformers": dot notation only, `$.detail.a`, with indexes `[0]` and `[*]`;
//! names may hold letters, digits, `_`, `-` and (in brackets and quotes) anything.

use serde_json::Value;
use std::fmt;

/// A path that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError;

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a JSON path")
    }
}

impl std::error::Error for PathError {}

/// A compiled path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    All,
}

impl InputPath {
    /// Reads a path: `$`, `$.detail.items[0].id`, `$.resources[*]`, `$['a b']`.
    ///
    /// # Errors
    /// [`PathError`] for anything else.
    pub fn parse(text: &str) -> Result<InputPath, PathError> {
        let mut rest = text.strip_prefix('$').ok_or(PathError)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, more) = after.split_at_checked(end).ok_or(PathError)?;
                if name.is_empty() || name.contains([']', '\'', '"', ' ', '(', ')', '?', '@']) {
                    return Err(PathError);
                }
                steps.push(if name == "*" { Step::All } else { Step::Name(name.to_owned()) });
                rest = more;
            } else {
                let inside = rest.strip_prefix('[').ok_or(PathError)?;
                let (step, more) = bracket(inside)?;
                steps.push(step);
                rest = more;
            }
        }
        Ok(InputPath(steps))
    }

    /// What the path finds; `None` when there is nothing. With `*` in it, an array of all that it finds.
    #[must_use]
    pub fn find(&self, value: &Value) -> Option<Value> {
        let mut found = vec![value];
        for step in &self.0 {
            found = found.into_iter().flat_map(|value| step.take(value)).collect();
        }
        if self.0.contains(&Step::All) {
            return (!found.is_empty()).then(|| Value::Array(found.into_iter().cloned().collect()));
        }
        found.first().map(|value| (*value).clone())
    }
}

fn bracket(inside: &str) -> Result<(Step, &str), PathError> {
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (name, after) = quoted.split_once(quote).ok_or(PathError)?;
            return Ok((Step::Name(name.to_owned()), after.strip_prefix(']').ok_or(PathError)?));
        }
    }
    let (index, after) = inside.split_once(']').ok_or(PathError)?;
    let step = if index == "*" { Step::All } else { Step::Index(index.parse().map_err(|_| PathError)?) };
    Ok((step, after))
}

impl Step {
    fn take<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Step::Name(name), Value::Object(object)) => object.get(name).into_iter().collect(),
            (Step::Index(index), Value::Array(array)) => array.get(*index).into_iter().collect(),
            (Step::All, Value::Array(array)) => array.iter().collect(),
            (Step::All, Value::Object(object)) => object.values().collect(),
            _ => Vec::new(),
        }
    }
}
