//! Schemas built at run time from a service model in botocore's JSON form.
//!
//! Used where there are no generated types: the protocol vectors and tools. Loaded schemas live as long as the
//! process; load a model once.

use crate::{Flags, Kind, Limits, Location, Member, Members, Schema, TimestampFormat};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// The model cannot be understood: what, and in which shape.
#[derive(Debug, PartialEq, Eq)]
pub struct LoadError(String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

/// Builds schemas from the `shapes` of one model.
#[derive(Debug)]
pub struct Loader<'a> {
    shapes: &'a Map<String, Value>,
    done: BTreeMap<String, &'static Schema>,
}

impl<'a> Loader<'a> {
    /// A loader for these shapes.
    #[must_use]
    pub fn new(shapes: &'a Map<String, Value>) -> Loader<'a> {
        Loader { shapes, done: BTreeMap::new() }
    }

    /// The schema of the named shape and of all that it refers to.
    ///
    /// # Errors
    /// [`LoadError`] when a shape is absent or of an unknown type.
    pub fn schema(&mut self, name: &str) -> Result<&'static Schema, LoadError> {
        if let Some(schema) = self.done.get(name) {
            return Ok(schema);
        }
        let shape = self
            .shapes
            .get(name)
            .and_then(Value::as_object)
            .ok_or_else(|| LoadError(format!("no shape named `{name}`")))?;
        let schema: &'static Schema = Box::leak(Box::new(Schema {
            name: leak(name),
            kind: kind(name, shape)?,
            members: Members::Late(OnceLock::new()),
            limits: limits(shape),
            flags: shape_flags(shape),
            xml_name: text(shape, "locationName"),
            xml_namespace: namespace(shape),
            timestamp: timestamp(shape),
        }));
        self.done.insert(name.to_owned(), schema);
        let members: &'static [Member] = self.members(schema.kind, shape)?.leak();
        if let Members::Late(cell) = &schema.members {
            // Set once: `done` keeps a second caller out.
            let _ = cell.set(members);
        }
        Ok(schema)
    }

    fn members(&mut self, kind: Kind, shape: &Map<String, Value>) -> Result<Vec<Member>, LoadError> {
        match kind {
            Kind::List => Ok(vec![self.member("member", shape.get("member"), shape)?]),
            Kind::Map => Ok(vec![
                self.member("key", shape.get("key"), shape)?,
                self.member("value", shape.get("value"), shape)?,
            ]),
            Kind::Structure | Kind::Union => {
                let empty = Map::new();
                let members = shape.get("members").and_then(Value::as_object).unwrap_or(&empty);
                members.iter().map(|(name, reference)| self.member(name, Some(reference), shape)).collect()
            }
            _ => Ok(Vec::new()),
        }
    }

    fn member(
        &mut self,
        name: &str,
        reference: Option<&Value>,
        parent: &Map<String, Value>,
    ) -> Result<Member, LoadError> {
        let reference = reference
            .and_then(Value::as_object)
            .ok_or_else(|| LoadError(format!("member `{name}` is not an object")))?;
        let target =
            text(reference, "shape").ok_or_else(|| LoadError(format!("member `{name}` has no shape")))?;
        let listed = |key: &str| {
            parent.get(key).and_then(Value::as_array).is_some_and(|names| names.iter().any(|n| n == name))
        };
        let mut flags = reference_flags(reference);
        if listed("required") {
            flags = flags.with(Flags::REQUIRED);
        }
        if parent.get("payload").is_some_and(|payload| payload == name) {
            flags = flags.with(Flags::PAYLOAD);
        }
        Ok(Member {
            name: leak(name),
            wire_name: text(reference, "locationName"),
            query_name: text(reference, "queryName"),
            location: match text(reference, "location") {
                Some("header") => Location::Header,
                Some("headers") => Location::Headers,
                Some("uri") => Location::Uri,
                Some("querystring") => Location::Query,
                Some("statusCode") => Location::Status,
                _ => Location::Body,
            },
            flags,
            xml_namespace: namespace(reference),
            timestamp: timestamp(reference),
            target: self.schema(target)?,
        })
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn text(object: &Map<String, Value>, key: &str) -> Option<&'static str> {
    object.get(key).and_then(Value::as_str).map(leak)
}

fn yes(object: &Map<String, Value>, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn kind(name: &str, shape: &Map<String, Value>) -> Result<Kind, LoadError> {
    Ok(match shape.get("type").and_then(Value::as_str) {
        Some("structure") if yes(shape, "document") => Kind::Document,
        Some("structure") if yes(shape, "union") => Kind::Union,
        Some("structure") => Kind::Structure,
        Some("list") => Kind::List,
        Some("map") => Kind::Map,
        Some("string" | "character") => Kind::String,
        Some("integer" | "byte" | "short") => Kind::Integer,
        Some("long") => Kind::Long,
        Some("float") => Kind::Float,
        Some("double" | "bigdecimal") => Kind::Double,
        Some("boolean") => Kind::Boolean,
        Some("blob") => Kind::Blob,
        Some("timestamp") => Kind::Timestamp,
        other => return Err(LoadError(format!("shape `{name}` has the unknown type {other:?}"))),
    })
}

fn shape_flags(shape: &Map<String, Value>) -> Flags {
    let mut flags = reference_flags(shape);
    if yes(shape, "exception") {
        flags = flags.with(Flags::ERROR);
    }
    if yes(shape, "event") {
        flags = flags.with(Flags::EVENT);
    }
    if yes(shape, "eventstream") {
        flags = flags.with(Flags::EVENT_STREAM);
    }
    flags
}

fn reference_flags(reference: &Map<String, Value>) -> Flags {
    let named = [
        ("flattened", Flags::FLATTENED),
        ("xmlAttribute", Flags::XML_ATTRIBUTE),
        ("sensitive", Flags::SENSITIVE),
        ("streaming", Flags::STREAMING),
        ("idempotencyToken", Flags::IDEMPOTENCY_TOKEN),
        ("eventpayload", Flags::EVENT_PAYLOAD),
        ("eventheader", Flags::EVENT_HEADER),
        ("jsonvalue", Flags::JSON_VALUE),
        ("hostLabel", Flags::HOST_LABEL),
    ];
    named.iter().filter(|(key, _)| yes(reference, key)).fold(Flags::NONE, |all, (_, flag)| all.with(*flag))
}

fn limits(shape: &Map<String, Value>) -> Limits {
    let number = |key: &str| shape.get(key).and_then(Value::as_f64).map(|n| n as i64);
    let values: Vec<&'static str> = shape
        .get("enum")
        .and_then(Value::as_array)
        .map(|values| values.iter().filter_map(Value::as_str).map(leak).collect())
        .unwrap_or_default();
    Limits { min: number("min"), max: number("max"), pattern: text(shape, "pattern"), values: values.leak() }
}

fn namespace(object: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    match object.get("xmlNamespace")? {
        Value::String(uri) => Some(("", leak(uri))),
        Value::Object(parts) => Some((text(parts, "prefix").unwrap_or(""), text(parts, "uri")?)),
        _ => None,
    }
}

fn timestamp(object: &Map<String, Value>) -> Option<TimestampFormat> {
    match object.get("timestampFormat").and_then(Value::as_str)? {
        "iso8601" => Some(TimestampFormat::Iso8601),
        "rfc822" => Some(TimestampFormat::Rfc822),
        "unixTimestamp" => Some(TimestampFormat::Epoch),
        _ => None,
    }
}
