//! Writing CBOR from slots, with definite lengths.

use super::major;
use crate::place::{Scope, is_present, present};
use kage_schema::{Body, Kind, Member, Record, Slot, View};

/// Writes the head of an item: its major type and the shortest form of its argument.
pub(crate) fn write_head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let first = major << 5;
    if let Ok(byte) = u8::try_from(argument) {
        if byte < 24 {
            out.push(first | byte);
        } else {
            out.extend_from_slice(&[first | 24, byte]);
        }
    } else if let Ok(short) = u16::try_from(argument) {
        out.push(first | 25);
        out.extend_from_slice(&short.to_be_bytes());
    } else if let Ok(word) = u32::try_from(argument) {
        out.push(first | 26);
        out.extend_from_slice(&word.to_be_bytes());
    } else {
        out.push(first | 27);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Writes a text.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_head(out, major::TEXT, length(text.len()));
    out.extend_from_slice(text.as_bytes());
}

/// Writes the record as a map of its present members.
pub(crate) fn write_members(out: &mut Vec<u8>, record: &dyn Record) {
    write_head(out, major::MAP, length(present(record, Scope::All).count()));
    for (member, slot) in present(record, Scope::All) {
        write_text(out, member.wire_or_name());
        write_value(out, slot, member);
    }
}

fn write_integer(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => write_head(out, major::UNSIGNED, value),
        // -1 - n, which cannot overflow for a negative number.
        Err(_) => write_head(out, major::NEGATIVE, (!value).unsigned_abs()),
    }
}

fn write_float(out: &mut Vec<u8>, value: f64, kind: Kind) {
    if kind == Kind::Float {
        out.push(major::SIMPLE << 5 | 26);
        out.extend_from_slice(&(value as f32).to_be_bytes());
    } else {
        out.push(major::SIMPLE << 5 | 27);
        out.extend_from_slice(&value.to_be_bytes());
    }
}

const NULL: u8 = major::SIMPLE << 5 | 22;

fn write_blob(out: &mut Vec<u8>, bytes: &[u8]) {
    write_head(out, major::BYTES, length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Writes one value; null for an absent one.
pub(crate) fn write_value(out: &mut Vec<u8>, slot: &dyn Slot, member: &Member) {
    match slot.view() {
        View::Absent | View::Body(Body::Attached(_)) => out.push(NULL),
        View::Bool(value) => out.push(major::SIMPLE << 5 | if value { 21 } else { 20 }),
        View::Int(value) => write_integer(out, value),
        View::Float(value) => write_float(out, value, member.target.kind),
        View::Str(value) => write_text(out, value),
        View::Blob(value) => write_blob(out, value),
        View::Body(body) => write_blob(out, body.bytes().unwrap_or_default()),
        View::Time(time) => {
            write_head(out, major::TAG, 1);
            if time.milliseconds() % 1000 == 0 {
                write_integer(out, time.seconds());
            } else {
                write_float(out, time.milliseconds() as f64 / 1000.0, Kind::Double);
            }
        }
        // The protocol has no documents; their text is the closest.
        View::Document(value) => write_text(out, &value.to_string()),
        View::Record(record) => write_members(out, record),
        View::List(list) => {
            let Some(element) = member.target.element() else { return out.push(NULL) };
            write_head(out, major::ARRAY, length(list.len()));
            for index in 0..list.len() {
                match list.at(index) {
                    Some(inner) => write_value(out, inner, element),
                    None => out.push(NULL),
                }
            }
        }
        View::Map(map) => {
            let Some((_, value)) = member.target.entry() else { return out.push(NULL) };
            let count = map.entries().filter(|(_, inner)| is_present(*inner)).count();
            write_head(out, major::MAP, length(count));
            for (key, inner) in map.entries().filter(|(_, inner)| is_present(*inner)) {
                write_text(out, key);
                write_value(out, inner, value);
            }
        }
    }
}
