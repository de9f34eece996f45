//! Writing JSON from slots.

use crate::base64;
use crate::place::{Scope, epoch, is_present, present};
use crate::scalar::{float_text, time_text};
use kage_schema::{Body, Member, Record, Slot, TimestampFormat, View};
use std::fmt::Write as _;

/// Writes the present members, `"name":value` with commas between; `first` says that none stands before them.
pub(crate) fn write_members(out: &mut String, record: &dyn Record, scope: Scope, mut first: bool) {
    for (member, slot) in present(record, scope) {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        write_string(out, member.wire_or_name());
        out.push(':');
        write_value(out, slot, member);
    }
}

/// Writes one value; `null` for an absent one.
pub(crate) fn write_value(out: &mut String, slot: &dyn Slot, member: &Member) {
    match slot.view() {
        View::Absent | View::Body(Body::Attached(_)) => out.push_str("null"),
        View::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        View::Int(value) => {
            let _ = write!(out, "{value}");
        }
        View::Float(value) if value.is_finite() => out.push_str(&float_text(value, member.target.kind)),
        View::Float(value) => write_string(out, &float_text(value, member.target.kind)),
        View::Str(value) => write_string(out, value),
        View::Blob(value) => write_blob(out, value),
        View::Body(body) => write_blob(out, body.bytes().unwrap_or_default()),
        View::Time(value) => match member.timestamp_format(TimestampFormat::Epoch) {
            TimestampFormat::Epoch => out.push_str(&epoch(value)),
            format => write_string(out, &time_text(value, format)),
        },
        View::Document(value) => {
            let _ = write!(out, "{value}");
        }
        View::Record(record) => {
            out.push('{');
            write_members(out, record, Scope::All, true);
            out.push('}');
        }
        View::List(list) => {
            let Some(element) = member.target.element() else { return out.push_str("null") };
            out.push('[');
            for index in 0..list.len() {
                if index > 0 {
                    out.push(',');
                }
                match list.at(index) {
                    Some(inner) => write_value(out, inner, element),
                    None => out.push_str("null"),
                }
            }
            out.push(']');
        }
        View::Map(map) => {
            let Some((_, value)) = member.target.entry() else { return out.push_str("null") };
            out.push('{');
            let mut first = true;
            for (key, inner) in map.entries().filter(|(_, inner)| is_present(*inner)) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_value(out, inner, value);
            }
            out.push('}');
        }
    }
}

fn write_blob(out: &mut String, bytes: &[u8]) {
    out.push('"');
    base64::encode_into(bytes, out);
    out.push('"');
}

/// Writes a string with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(text.get(from..at).unwrap_or_default());
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        from = at + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}
