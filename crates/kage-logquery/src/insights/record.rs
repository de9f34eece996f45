//! One record on its way through the commands: an event with its fields, or a row of `stats`.

use super::LogEvent;
use super::parse::Command;
use super::value::Value;
use crate::prune::Wanted;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::cell::OnceCell;

/// A record.
pub struct Record<'e> {
    /// The event; `None` for rows.
    pub event: Option<&'e LogEvent<'e>>,
    /// Fields that commands made, in the order in which they were made.
    pub made: Vec<(String, Value)>,
    /// What of the message is looked at; `None` for rows.
    wanted: Option<&'e Wanted>,
    /// That part of the message as JSON, once a field of it was asked for.
    json: OnceCell<Option<Json>>,
}

impl<'e> Record<'e> {
    /// A record of an event.
    pub fn of(event: &'e LogEvent<'e>, wanted: &'e Wanted) -> Record<'e> {
        Record { event: Some(event), made: Vec::new(), wanted: Some(wanted), json: OnceCell::new() }
    }

    /// A record without event.
    pub fn row(made: Vec<(String, Value)>) -> Record<'static> {
        Record { event: None, made, wanted: None, json: OnceCell::new() }
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.made.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.made.push((name.to_owned(), value)),
        }
    }

    /// A field that a command made.
    pub fn made(&self, name: &str) -> Option<&Value> {
        self.made.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The time of the event; 0 for rows.
    pub fn at(&self) -> i64 {
        self.event.map_or(0, |event| event.timestamp)
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Value {
        if let Some(value) = self.made(name) {
            return value.clone();
        }
        let Some(event) = self.event else { return Value::Null };
        match name {
            "@timestamp" => Value::Time(event.timestamp),
            "@ingestionTime" => Value::Time(event.ingested),
            "@message" => Value::text(String::from_utf8_lossy(event.message)),
            "@logStream" => Value::text(event.stream),
            "@log" => Value::text(event.log),
            "@ptr" => Value::Text((event.pointer)()),
            _ => self.discovered(event, name),
        }
    }

    /// The text of a field, without a copy where that can be; `None` where there is none.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(value) = self.made(name) {
            return (!value.is_null()).then(|| value.shown());
        }
        match (name, self.event) {
            ("@message", Some(event)) => Some(String::from_utf8_lossy(event.message)),
            ("@logStream", Some(event)) => Some(Cow::Borrowed(event.stream)),
            ("@log", Some(event)) => Some(Cow::Borrowed(event.log)),
            _ => match self.field(name) {
                Value::Null => None,
                value => Some(Cow::Owned(value.shown().into_owned())),
            },
        }
    }

    fn discovered(&self, event: &LogEvent<'_>, name: &str) -> Value {
        let json = self.json.get_or_init(|| {
            // A message may have text before its JSON; AWS reads the first object in it.
            let at = memchr::memchr(b'{', event.message)?;
            self.wanted?.read(event.message.get(at..)?, false)
        });
        let found = json.as_ref().and_then(|json| find(json, name));
        found.map_or_else(|| layout(event, name), scalar)
    }
}

/// What of messages these commands look at.
pub fn wanted(commands: &[Command]) -> Wanted {
    let mut names = Vec::new();
    commands.iter().for_each(|command| command.fields(&mut names));
    let mut out = Wanted::default();
    for name in names.into_iter().filter(|name| !name.starts_with('@')) {
        // A name with dots is a path, or the name of one member; a number in a path is a place in a list.
        out.add([name]);
        out.add(name.split('.').take_while(|step| step.parse::<usize>().is_err()));
    }
    out
}

/// A member by its path: `userIdentity.type`, `items.0.name`, or a name that holds dots itself.
fn find<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    let step = |json: &'j Json, name: &str| match json {
        Json::Object(members) => members.get(name),
        Json::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    };
    if let Some(found) = step(json, path) {
        return Some(found);
    }
    path.split('.').try_fold(json, step)
}

fn scalar(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => value.as_f64().map_or(Value::Null, Value::Number),
        Json::String(text) => Value::text(text),
        Json::Array(_) | Json::Object(_) => Value::Text(json.to_string()),
    }
}

/// Fields of the default format of VPC flow logs.
// AWS: user guide, "Supported logs and discovered fields", VPC Flow Logs.
const FLOW: [&str; 14] = [
    "version",
    "accountId",
    "interfaceId",
    "srcAddr",
    "dstAddr",
    "srcPort",
    "dstPort",
    "protocol",
    "packets",
    "bytes",
    "startTime",
    "endTime",
    "action",
    "logStatus",
];

/// A field of a text whose layout is known: flow logs, and what Lambda writes about a run.
fn layout(event: &LogEvent<'_>, name: &str) -> Value {
    let Ok(text) = std::str::from_utf8(event.message) else { return Value::Null };
    if let Some(at) = FLOW.iter().position(|known| *known == name) {
        let parts: Vec<&str> = text.split_ascii_whitespace().take(FLOW.len() + 1).collect();
        let is_flow = parts.len() == FLOW.len() && parts.get(2).is_some_and(|part| part.starts_with("eni-"));
        let part = parts.get(at).filter(|part| is_flow && **part != "-");
        return part.map_or(Value::Null, |part| Value::text(*part));
    }
    if event.log.contains(":/aws/lambda/") { lambda(text, name) } else { Value::Null }
}

// AWS: user guide, "Supported logs and discovered fields", Lambda.
fn lambda(text: &str, name: &str) -> Value {
    let behind = |mark: &str| {
        let rest = text.split_once(mark)?.1.trim_start();
        Some(rest.split([' ', '\t', '\n']).next().unwrap_or_default())
    };
    let of_report = |mark: &str| text.starts_with("REPORT").then(|| behind(mark)).flatten().map(Value::text);
    let megabytes = |mark: &str| {
        let value = of_report(mark)?.number()?;
        Some(Value::Number(value * 1_000_000.0))
    };
    let found = match name {
        "@type" => ["START", "END", "REPORT"]
            .into_iter()
            .find(|kind| text.starts_with(&format!("{kind} ")))
            .map(Value::text),
        "@requestId" => behind("RequestId: ").map(Value::text),
        "@duration" => of_report("\tDuration: "),
        "@billedDuration" => of_report("\tBilled Duration: "),
        "@initDuration" => of_report("\tInit Duration: "),
        "@memorySize" => megabytes("\tMemory Size: "),
        "@maxMemoryUsed" => megabytes("\tMax Memory Used: "),
        _ => None,
    };
    found.unwrap_or(Value::Null)
}

/// The fields that a message has besides those that every event has, with their values as text; at most 200.
// AWS: user guide, "Supported logs and discovered fields": "a maximum of 200 log event fields".
#[must_use]
pub fn discover(message: &[u8]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(at) = memchr::memchr(b'{', message)
        && let Some(Ok(json)) = serde_json::Deserializer::from_slice(message.get(at..).unwrap_or_default())
            .into_iter::<Json>()
            .next()
    {
        flatten(&json, "", &mut out);
    }
    out
}

fn flatten(json: &Json, path: &str, out: &mut Vec<(String, String)>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match json {
        _ if out.len() >= MOST => {}
        Json::Object(members) => members.iter().for_each(|(name, inner)| flatten(inner, &join(name), out)),
        Json::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                flatten(inner, &join(&at.to_string()), out);
            }
        }
        Json::Null => {}
        scalar_of => out.push((path.to_owned(), scalar(scalar_of).shown().into_owned())),
    }
}

/// How many fields of a message are discovered.
const MOST: usize = 200;
