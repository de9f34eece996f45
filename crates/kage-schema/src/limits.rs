//! What the model says about values, checked in one walk.
//!
//! Simple values in lists and maps are answered for by their container, with everything that holds for them:
//! `Value '[ccc]' at 'subjectAlternativeNames' failed to satisfy constraint: Member must satisfy constraint: [Member must
//! have length less than or equal to 253, Member must have length greater than or equal to 1, …]` (ACM), `Value '{…}' at
//! 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member
//! must have length less than or equal to 256, …]` (EventBridge), both as recorded in public issue threads.

use crate::pattern;
use crate::{Flags, Kind, Location, Member, Record, Schema, Slot, View, Violation, lower_first};
use std::fmt::Write as _;

/// Checks every present value of the record against its limits and adds what breaks them.
pub fn check_limits(record: &dyn Record, violations: &mut Vec<Violation>) {
    let mut path = String::new();
    walk_record(record, &mut path, violations);
}

fn walk_record(record: &dyn Record, path: &mut String, out: &mut Vec<Violation>) {
    for (index, member) in record.schema().members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&lower_first(member.name));
        walk_value(slot, member, path, out);
        path.truncate(length);
    }
}

fn walk_value(slot: &dyn Slot, member: &Member, path: &mut String, out: &mut Vec<Violation>) {
    let schema = member.target;
    match slot.view() {
        // A non-required empty header or query value is absent in AWS's eyes.
        View::Str("") if member.location != Location::Body && !member.is_required() => {}
        View::Record(record) => walk_record(record, path, out),
        View::List(list) => {
            let Some(element) = schema.element() else { return };
            let slots = || (0..list.len()).filter_map(|index| list.at(index));
            let shown = || shown_list(slots(), element);
            let hidden = is_hidden(member) || is_hidden(element);
            let mut report = |constraint| report(out, path, hidden, &shown, constraint);
            length_broken(list.len(), schema).for_each(&mut report);
            if element.target.kind.is_scalar() {
                if slots().any(|slot| is_broken(slot, element.target)) {
                    report(within("Member", element.target));
                }
                return;
            }
            for (index, inner) in slots().enumerate() {
                let length = path.len();
                let _ = write!(path, ".{}.member", index + 1);
                walk_value(inner, element, path, out);
                path.truncate(length);
            }
        }
        View::Map(map) => {
            let Some((key, value)) = schema.entry() else { return };
            let shown = || shown_map(map.entries(), value);
            let hidden = is_hidden(member) || is_hidden(value) || is_hidden(key);
            let mut report = |constraint| report(out, path, hidden, &shown, constraint);
            length_broken(map.len(), schema).for_each(&mut report);
            if map.entries().any(|(text, _)| !text_broken(text, key.target).is_empty()) {
                report(within("Map keys", key.target));
            }
            if value.target.kind.is_scalar() {
                if map.entries().any(|(_, inner)| is_broken(inner, value.target)) {
                    report(within("Map value", value.target));
                }
                return;
            }
            for (key, inner) in map.entries() {
                let length = path.len();
                let _ = write!(path, ".{key}.member");
                walk_value(inner, value, path, out);
                path.truncate(length);
            }
        }
        _ => {
            let shown = || shown(slot, member);
            let hidden = is_hidden(member);
            broken(slot, schema).into_iter().for_each(|text| report(out, path, hidden, &shown, text));
        }
    }
}

fn report(
    out: &mut Vec<Violation>,
    path: &str,
    hidden: bool,
    shown: &dyn Fn() -> String,
    constraint: String,
) {
    out.push(Violation { path: path.to_owned(), value: (!hidden).then(shown), constraint });
}

fn is_hidden(member: &Member) -> bool {
    member.has(Flags::SENSITIVE)
}

/// `Member must satisfy constraint: […]` with everything that the model asks of a value of this shape.
fn within(what: &str, schema: &Schema) -> String {
    let limits = &schema.limits;
    let mut all = Vec::new();
    if limits.values.is_empty() {
        all.extend(limits.max.map(|max| most(schema.kind, max)));
        all.extend(limits.min.map(|min| least(schema.kind, min)));
        all.extend(limits.pattern.map(fits));
    } else {
        all.push(one_of(limits.values));
    }
    format!("{what} must satisfy constraint: [{}]", all.join(", "))
}

/// What a simple value breaks.
fn broken(slot: &dyn Slot, schema: &Schema) -> Vec<String> {
    match slot.view() {
        View::Int(value) => range_broken(schema, |min| value < min, |max| value > max).collect(),
        View::Float(value) => {
            range_broken(schema, |min| value < min as f64, |max| value > max as f64).collect()
        }
        View::Str(text) => text_broken(text, schema),
        View::Blob(bytes) => length_broken(bytes.len(), schema).collect(),
        _ => Vec::new(),
    }
}

fn is_broken(slot: &dyn Slot, schema: &Schema) -> bool {
    !broken(slot, schema).is_empty()
}

fn text_broken(text: &str, schema: &Schema) -> Vec<String> {
    let limits = &schema.limits;
    if !limits.values.is_empty() {
        let known = limits.values.contains(&text);
        return if known { Vec::new() } else { vec![one_of(limits.values)] };
    }
    let unfit = limits.pattern.filter(|pattern| !pattern::matches(pattern, text));
    length_broken(text.chars().count(), schema).chain(unfit.map(fits)).collect()
}

fn length_broken(length: usize, schema: &Schema) -> impl Iterator<Item = String> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    range_broken(schema, move |min| length < min, move |max| length > max)
}

fn range_broken(
    schema: &Schema,
    below: impl Fn(i64) -> bool,
    above: impl Fn(i64) -> bool,
) -> impl Iterator<Item = String> {
    let (kind, limits) = (schema.kind, schema.limits);
    let min = limits.min.filter(|min| below(*min)).map(|min| least(kind, min));
    let max = limits.max.filter(|max| above(*max)).map(|max| most(kind, max));
    min.into_iter().chain(max)
}

fn measure(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer | Kind::Long | Kind::Float | Kind::Double => "value",
        _ => "length",
    }
}

fn least(kind: Kind, min: i64) -> String {
    format!("Member must have {} greater than or equal to {min}", measure(kind))
}

fn most(kind: Kind, max: i64) -> String {
    format!("Member must have {} less than or equal to {max}", measure(kind))
}

fn one_of(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

fn fits(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

/// A value as AWS's framework, which is written in Java, shows it. What has no short text there is only counted.
fn shown(slot: &dyn Slot, member: &Member) -> String {
    match slot.view() {
        View::Bool(value) => value.to_string(),
        View::Int(value) => value.to_string(),
        View::Float(value) => format!("{value:?}"),
        View::Str(text) => text.to_owned(),
        View::Blob(bytes) => format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len()),
        View::List(list) => match member.target.element() {
            Some(element) => shown_list((0..list.len()).filter_map(|index| list.at(index)), element),
            None => String::new(),
        },
        _ => "...".to_owned(),
    }
}

fn shown_list<'s>(slots: impl Iterator<Item = &'s dyn Slot>, element: &Member) -> String {
    if element.target.kind.is_scalar() {
        return format!("[{}]", slots.map(|slot| shown(slot, element)).collect::<Vec<_>>().join(", "));
    }
    match slots.count() {
        0 => "[]".to_owned(),
        count => format!("[{count} members]"),
    }
}

fn shown_map<'s>(entries: impl Iterator<Item = (&'s str, &'s dyn Slot)>, value: &Member) -> String {
    let entries: Vec<String> = entries.map(|(key, slot)| format!("{key}={}", shown(slot, value))).collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DynamicRecord, Limits, Scalar, validation_message};

    static NAME: Schema = Schema::new("Name", Kind::String, &[]).limits(Limits {
        min: Some(1),
        max: Some(3),
        pattern: Some("[a-z]*"),
        ..Limits::NONE
    });
    static COLOUR: Schema =
        Schema::new("Colour", Kind::String, &[]).limits(Limits { values: &["RED", "BLUE"], ..Limits::NONE });
    static SHARE: Schema =
        Schema::new("Share", Kind::Double, &[]).limits(Limits { min: Some(0), max: Some(1), ..Limits::NONE });
    static NAMES: Schema = Schema::new("Names", Kind::List, &[Member::new("member", &NAME)])
        .limits(Limits { max: Some(3), ..Limits::NONE });
    static COLOURS: Schema = Schema::new("Colours", Kind::List, &[Member::new("member", &COLOUR)]);
    static SHARES: Schema =
        Schema::new("Shares", Kind::Map, &[Member::new("key", &NAME), Member::new("value", &SHARE)]);
    static INPUT: Schema = Schema::new(
        "Input",
        Kind::Structure,
        &[
            Member::new("Names", &NAMES),
            Member::new("Colours", &COLOURS),
            Member::new("Shares", &SHARES),
            Member::new("Share", &SHARE),
        ],
    );

    fn said(fill: impl FnOnce(&mut DynamicRecord)) -> String {
        let mut record = DynamicRecord::new(&INPUT);
        fill(&mut record);
        let mut violations = Vec::new();
        check_limits(&record, &mut violations);
        validation_message(&violations)
    }

    fn list(record: &mut DynamicRecord, index: usize, texts: &[&str]) {
        let list = record.slot_mut(index).unwrap().list_mut().unwrap();
        for text in texts {
            list.push().set(Scalar::Str((*text).to_owned())).unwrap();
        }
    }

    #[test]
    fn a_list_answers_for_its_simple_values() {
        assert_eq!(said(|record| list(record, 0, &["a", "b"])), "0 validation errors detected: ");
        assert_eq!(
            said(|record| list(record, 0, &["a", "B", ""])),
            "1 validation error detected: Value '[a, B, ]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]*]"
        );
        assert_eq!(
            said(|record| list(record, 1, &["RED", "PINK"])),
            "1 validation error detected: Value '[RED, PINK]' at 'colours' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [RED, BLUE]]"
        );
        assert_eq!(
            said(|record| list(record, 0, &["a", "b", "c", "d"])),
            "1 validation error detected: Value '[a, b, c, d]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 3"
        );
    }

    #[test]
    fn a_map_answers_for_keys_and_simple_values() {
        let shares = |entries: &'static [(&str, f64)]| {
            said(|record| {
                let map = record.slot_mut(2).unwrap().map_mut().unwrap();
                for (key, share) in entries {
                    map.entry((*key).to_owned()).set(Scalar::Float(*share)).unwrap();
                }
            })
        };
        assert_eq!(shares(&[("a", 0.0), ("b", 1.0)]), "0 validation errors detected: ");
        assert_eq!(
            shares(&[("a", 0.5), ("LONG", 0.5)]),
            "1 validation error detected: Value '{LONG=0.5, a=0.5}' at 'shares' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]*]"
        );
        assert_eq!(
            shares(&[("a", 1.5)]),
            "1 validation error detected: Value '{a=1.5}' at 'shares' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1, Member must have value greater than or equal to 0]"
        );
    }

    #[test]
    fn fractions_are_compared_as_they_are() {
        let share =
            |value: f64| said(|record| record.slot_mut(3).unwrap().set(Scalar::Float(value)).unwrap());
        assert_eq!(share(0.999), "0 validation errors detected: ");
        for (value, says) in [(1.5, "less than or equal to 1"), (-0.5, "greater than or equal to 0")] {
            let expected = format!(
                "1 validation error detected: Value '{value}' at 'share' failed to satisfy constraint: Member must have value {says}"
            );
            assert_eq!(share(value), expected);
        }
    }
}
