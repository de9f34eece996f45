//! Input transformers: `InputPathsMap` and `InputTemplate`.
//!
//! How values are put in is what LocalStack recorded from AWS (`test_events_inputs.snapshot.json`): outside of quotes a
//! value stands as JSON (a missing one as `""`), inside of quotes a text stands without quotes, and in a template that is
//! itself a text (not an object) objects and arrays lose all their quotes. What is then no JSON is not delivered.

use crate::path::{InputPath, PathError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the reserved variables `<aws.events.…>` stand for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// `<aws.events.rule-arn>`.
    pub rule_arn: &'a str,
    /// `<aws.events.rule-name>`.
    pub rule_name: &'a str,
    /// `<aws.events.event.ingestion-time>`: when EventBridge took the event, ISO 8601.
    pub ingestion_time: &'a str,
}

/// Why a transformer is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransformerError {
    /// A path of `InputPathsMap`, by its key.
    Path(String),
    /// A variable that `InputPathsMap` does not have.
    Placeholder(String),
}

/// A compiled input transformer.
#[derive(Clone, Debug)]
pub struct Transformer {
    paths: BTreeMap<String, InputPath>,
    parts: Vec<Part>,
    is_text: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Variable { name: String, is_quoted: bool },
}

const EVENT: &str = "aws.events.event";
const EVENT_JSON: &str = "aws.events.event.json";
const RESERVED: [&str; 5] =
    [EVENT, EVENT_JSON, "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time"];

impl Transformer {
    /// Compiles a transformer.
    ///
    /// # Errors
    /// [`TransformerError`]: a path that cannot be read, or a variable that has none.
    pub fn parse<'p>(
        paths: impl IntoIterator<Item = (&'p str, &'p str)>,
        template: &str,
    ) -> Result<Transformer, TransformerError> {
        let paths = paths
            .into_iter()
            .map(|(name, path)| {
                let parsed = InputPath::parse(path);
                parsed
                    .map(|path| (name.to_owned(), path))
                    .map_err(|PathError| TransformerError::Path(name.to_owned()))
            })
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let parts = parts(template);
        for part in &parts {
            if let Part::Variable { name, .. } = part
                && !paths.contains_key(name)
                && !RESERVED.contains(&name.as_str())
            {
                return Err(TransformerError::Placeholder(name.clone()));
            }
        }
        Ok(Transformer { paths, parts, is_text: template.trim_start().starts_with('"') })
    }

    /// What a target is sent for this event; `None` when it is no JSON, which AWS does not deliver.
    #[must_use]
    pub fn apply(&self, event: &Value, context: &Context<'_>) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Variable { name, is_quoted } => {
                    let value = self.value(name, event, context);
                    if *is_quoted {
                        out.push_str(&inside_quotes(value.as_ref(), self.is_text));
                    } else {
                        out.push_str(&value.map_or_else(|| "\"\"".to_owned(), |value| value.to_string()));
                    }
                }
            }
        }
        // A template may be several JSON values one behind the other, as in the documented list of texts.
        let mut values = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
        values.all(|value| value.is_ok()).then_some(out)
    }

    fn value(&self, name: &str, event: &Value, context: &Context<'_>) -> Option<Value> {
        if let Some(path) = self.paths.get(name) {
            return path.find(event);
        }
        match name {
            EVENT => Some(summary(event)),
            EVENT_JSON => Some(event.clone()),
            "aws.events.rule-arn" => Some(json!(context.rule_arn)),
            "aws.events.rule-name" => Some(json!(context.rule_name)),
            "aws.events.event.ingestion-time" => Some(json!(context.ingestion_time)),
            _ => None,
        }
    }
}

/// `<aws.events.event>`: the event without its detail, in the names that AWS gives its members there.
fn summary(event: &Value) -> Value {
    let mut out = serde_json::Map::new();
    for (name, from) in [
        ("id", "id"),
        ("account", "account"),
        ("detailType", "detail-type"),
        ("time", "time"),
        ("source", "source"),
        ("region", "region"),
        ("resources", "resources"),
        ("version", "version"),
    ] {
        if let Some(value) = event.get(from) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(out)
}

fn inside_quotes(value: Option<&Value>, is_text: bool) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => {
            let quoted = json!(text).to_string();
            quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
        }
        Some(nested @ (Value::Object(_) | Value::Array(_))) if is_text => nested.to_string().replace('"', ""),
        Some(other) => other.to_string(),
    }
}

/// The template as literals and variables.
fn parts(template: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut literal = String::new();
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '<'
            && !is_escaped
            && let Some((name, behind)) = after.split_once('>')
            && is_name(name)
        {
            out.push(Part::Literal(std::mem::take(&mut literal)));
            out.push(Part::Variable { name: name.to_owned(), is_quoted });
            rest = behind;
            continue;
        }
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            // AWS: the same page: `\<` and `\>` stand for the brackets themselves.
            '<' | '>' if is_escaped => {
                literal.pop();
            }
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
        literal.push(c);
        rest = after;
    }
    out.push(Part::Literal(literal));
    out
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$'))
}
