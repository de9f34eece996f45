//! Records as JSON documents for people and programs: CloudTrail's `requestParameters`, traces, tests.

use crate::{Flags, REDACTED, Record, Schema, Slot, View};
use serde_json::{Map as JsonMap, Value};

/// The name with its first letter in lower case, as CloudTrail and validation messages write members.
#[must_use]
pub fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// The record as a JSON object: present members under the names that `rename` gives, sensitive ones as [`REDACTED`],
/// blobs through `blob` (absent when it gives `None`), times as ISO 8601, bodies left out.
#[must_use]
pub fn to_json(
    record: &dyn Record,
    rename: &dyn Fn(&Schema, &str) -> String,
    blob: &dyn Fn(&[u8]) -> Option<Value>,
) -> JsonMap<String, Value> {
    let schema = record.schema();
    let mut out = JsonMap::new();
    for (index, member) in schema.members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        let value = if member.has(Flags::SENSITIVE) && !matches!(slot.view(), View::Absent) {
            Some(Value::String(REDACTED.to_owned()))
        } else {
            slot_to_json(slot, rename, blob)
        };
        if let Some(value) = value {
            out.insert(rename(schema, member.name), value);
        }
    }
    out
}

fn slot_to_json(
    slot: &dyn Slot,
    rename: &dyn Fn(&Schema, &str) -> String,
    blob: &dyn Fn(&[u8]) -> Option<Value>,
) -> Option<Value> {
    Some(match slot.view() {
        View::Absent | View::Body(_) => return None,
        View::Bool(v) => Value::Bool(v),
        View::Int(v) => Value::from(v),
        View::Float(v) => Value::from(v),
        View::Str(v) => Value::from(v),
        View::Blob(v) => return blob(v),
        View::Time(v) => Value::String(v.iso8601()),
        View::Document(v) => v.clone(),
        View::Record(v) => Value::Object(to_json(v, rename, blob)),
        View::List(v) => Value::Array(
            (0..v.len())
                .filter_map(|index| v.at(index))
                .map(|inner| slot_to_json(inner, rename, blob).unwrap_or(Value::Null))
                .collect(),
        ),
        View::Map(v) => Value::Object(
            v.entries()
                .filter_map(|(key, inner)| Some((key.to_owned(), slot_to_json(inner, rename, blob)?)))
                .collect(),
        ),
    })
}
