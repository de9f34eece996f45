//! One `Debug` for all records, which shows no secrets.

use crate::{Flags, Record, Slot, View};
use std::fmt;

/// What stands in the place of a sensitive value, as in CloudTrail.
pub const REDACTED: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Writes the record's present members; sensitive ones as [`REDACTED`]. Generated types call this from `Debug`.
///
/// # Errors
/// Those of the formatter.
pub fn fmt_record(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let schema = record.schema();
    let mut out = f.debug_struct(schema.name);
    for (index, member) in schema.members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        if matches!(slot.view(), View::Absent) {
            continue;
        }
        if member.has(Flags::SENSITIVE) {
            out.field(member.name, &REDACTED);
        } else {
            out.field(member.name, &Shown(slot));
        }
    }
    out.finish()
}

struct Shown<'a>(&'a dyn Slot);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.view() {
            View::Absent => f.write_str("null"),
            View::Bool(v) => write!(f, "{v}"),
            View::Int(v) => write!(f, "{v}"),
            View::Float(v) => write!(f, "{v}"),
            View::Str(v) => write!(f, "{v:?}"),
            View::Blob(v) => write!(f, "<{} bytes>", v.len()),
            View::Time(v) => write!(f, "{v}"),
            View::Document(v) => write!(f, "{v}"),
            View::Body(v) => write!(f, "{v:?}"),
            View::Record(v) => fmt_record(v, f),
            View::List(v) => f.debug_list().entries((0..v.len()).filter_map(|i| v.at(i)).map(Shown)).finish(),
            View::Map(v) => f.debug_map().entries(v.entries().map(|(k, s)| (k, Shown(s)))).finish(),
        }
    }
}
