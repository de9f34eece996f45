//! `requestParameters` and `responseElements`: the call's input and output, without secrets and bulk.

use kage_schema::{Flags, Kind, Record, Schema, Slot, Timestamp, View, lower_first};
use serde_json::{Map, Value, json};

/// What stands in the place of a secret that was sent (AWS: CloudTrail records of IAM and Secrets Manager).
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The input as CloudTrail writes it; `null` when it has no members set. Secrets are hidden, blobs and bodies left out.
#[must_use]
pub fn request_parameters(input: &dyn Record) -> Value {
    object(input, true)
}

/// The output as CloudTrail writes it; `null` when it has no members set. Secrets, blobs and bodies are left out.
#[must_use]
pub fn response_elements(output: &dyn Record) -> Value {
    object(output, false)
}

fn object(record: &dyn Record, show_hidden: bool) -> Value {
    let map = members(record, show_hidden);
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

fn members(record: &dyn Record, show_hidden: bool) -> Map<String, Value> {
    let mut out = Map::new();
    for (index, member) in record.schema().members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        let absent = matches!(slot.view(), View::Absent);
        let secret = member.has(Flags::SENSITIVE) || is_secret(member.target, member.name);
        let value = match (absent, secret) {
            (true, _) => None,
            // Bulk is left out, hidden or not: a KMS plaintext leaves no trace at all.
            (false, true) if member.target.kind == Kind::Blob => None,
            (false, true) => show_hidden.then(|| json!(HIDDEN)),
            (false, false) => value(slot, show_hidden),
        };
        if let Some(value) = value {
            out.insert(lower_first(member.name), value);
        }
    }
    out
}

/// Secrets that the models do not mark.
fn is_secret(schema: &Schema, member: &str) -> bool {
    schema.kind == Kind::String && member == "SecretAccessKey"
}

fn value(slot: &dyn Slot, show_hidden: bool) -> Option<Value> {
    Some(match slot.view() {
        View::Absent | View::Blob(_) | View::Body(_) => return None,
        View::Bool(v) => json!(v),
        View::Int(v) => json!(v),
        View::Float(v) => json!(v),
        View::Str(v) => json!(v),
        View::Time(v) => json!(cloudtrail_time(v)),
        View::Document(v) => v.clone(),
        View::Record(v) => Value::Object(members(v, show_hidden)),
        View::List(v) => Value::Array(
            (0..v.len())
                .filter_map(|index| v.at(index))
                .filter_map(|inner| value(inner, show_hidden))
                .collect(),
        ),
        View::Map(v) => Value::Object(
            v.entries()
                .filter_map(|(key, inner)| Some((key.to_owned(), value(inner, show_hidden)?)))
                .collect(),
        ),
    })
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time inside parameters: `Aug 10, 2022, 10:38:27 PM`, as in AWS's published IAM, STS and KMS records.
#[must_use]
pub fn cloudtrail_time(time: Timestamp) -> String {
    let basic = time.basic();
    let number = |range: std::ops::Range<usize>| {
        basic.get(range).and_then(|digits| digits.parse::<usize>().ok()).unwrap_or_default()
    };
    let month = MONTHS.get(number(4..6).saturating_sub(1)).copied().unwrap_or_default();
    let hour = number(9..11);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let (year, day, minute, second) = (number(0..4), number(6..8), number(11..13), number(13..15));
    format!("{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_in_published_records() {
        let at = |text: &str| cloudtrail_time(Timestamp::parse_iso8601(text).unwrap());
        assert_eq!(at("2022-08-10T22:38:27Z"), "Aug 10, 2022, 10:38:27 PM");
        assert_eq!(at("2022-08-01T00:05:09Z"), "Aug 1, 2022, 12:05:09 AM");
        assert_eq!(at("2022-08-01T12:00:00Z"), "Aug 1, 2022, 12:00:00 PM");
    }
}
