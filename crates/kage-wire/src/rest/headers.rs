//! Headers, one by one and by prefix.

use crate::base64;
use crate::error::Fault;
use crate::message::{Request, Response};
use crate::place::{Place, Scope, present};
use crate::scalar;
use kage_schema::{Flags, Kind, Location, Member, Record, Schema, TimestampFormat, View};
use std::collections::BTreeSet;

/// Fills a member from the header of its name. False when there is none.
pub(super) fn read_header(
    request: &Request<'_>,
    member: &'static Member,
    place: Place<'_>,
) -> Result<bool, Fault> {
    let name = member.wire_or_name();
    let Some(element) = member.target.element() else {
        let Some(text) = request.header(name) else { return Ok(false) };
        // AWS treats an empty number or time as absent; an empty string is a string.
        if text.trim().is_empty() && member.target.kind != Kind::String {
            return Ok(false);
        }
        let scalar = scalar::parse_header(text, member).ok_or_else(|| bad(member, text))?;
        return place
            .open()
            .and_then(|slot| slot.set(scalar).ok())
            .ok_or_else(|| unfit(member))
            .map(|()| true);
    };
    let mut values = request.headers_named(name).peekable();
    if values.peek().is_none() {
        return Ok(false);
    }
    let list = place.open().and_then(|slot| slot.list_mut()).ok_or_else(|| unfit(member))?;
    for text in values {
        for part in split(text, element) {
            let scalar = scalar::parse_header(&part, element).ok_or_else(|| bad(member, &part))?;
            list.push().set(scalar).map_err(|_| unfit(member))?;
        }
    }
    Ok(true)
}

/// Fills a map from all headers that start with the member's name; the keys are the rest of the names.
pub(super) fn read_prefixed(
    request: &Request<'_>,
    member: &'static Member,
    place: Place<'_>,
) -> Result<bool, Fault> {
    let prefix = member.wire_name.unwrap_or_default();
    let (_, value) = member.target.entry().ok_or_else(|| unfit(member))?;
    let rest = |name: &str| {
        let (head, rest) = name.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| rest.to_owned())
    };
    let mut found = request.headers.iter().filter_map(|(name, text)| Some((rest(name)?, text))).peekable();
    if found.peek().is_none() {
        return Ok(false);
    }
    let map = place.open().and_then(|slot| slot.map_mut()).ok_or_else(|| unfit(member))?;
    let mut seen = BTreeSet::new();
    for (key, text) in found {
        let is_again = !seen.insert(key.clone());
        let slot = map.entry(key);
        // AWS: S3 user guide, "Working with object metadata": headers of the same name become one list with commas.
        let joined = match slot.view() {
            View::Str(earlier) if is_again => Some(format!("{earlier},{}", text.trim())),
            _ => None,
        };
        let text = joined.as_deref().unwrap_or(text);
        let scalar = scalar::parse_header(text, value).ok_or_else(|| bad(member, text))?;
        slot.set(scalar).map_err(|_| unfit(member))?;
    }
    Ok(true)
}

fn bad(member: &Member, text: &str) -> Fault {
    // The colon marks what stands in the HTTP head: S3 has other words for it than for its XML.
    Fault::Text {
        name: format!(":{}", member.wire_or_name()),
        value: text.to_owned(),
        wanted: member.target.kind,
    }
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}

/// The values of a list in one header: separated by commas, quoted where they hold one; http-dates hold one each.
fn split(text: &str, element: &Member) -> Vec<String> {
    let is_date = element.target.kind == Kind::Timestamp
        && element.timestamp_format(TimestampFormat::Rfc822) == TimestampFormat::Rfc822;
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (value, left) = if let Some(inner) = rest.strip_prefix('"') {
            quoted(inner)
        } else {
            let commas = if is_date { 1 } else { 0 };
            let end = rest.match_indices(',').nth(commas).map_or(rest.len(), |(at, _)| at);
            (rest.get(..end).unwrap_or_default().trim().to_owned(), rest.get(end..).unwrap_or_default())
        };
        out.push(value);
        let left = left.trim_start();
        rest = left.strip_prefix(',').unwrap_or(left).trim_start();
    }
    out
}

/// A quoted value, without its opening quote; and what follows the closing one.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// Adds the record's headers to the answer.
pub(crate) fn write_headers(record: &dyn Record, response: &mut Response) {
    for (index, member) in record.schema().members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        match (member.location, slot.view()) {
            (Location::Header, View::List(list)) => {
                let Some(element) = member.target.element() else { continue };
                let values: Vec<String> = (0..list.len())
                    .filter_map(|index| list.at(index))
                    .filter_map(|slot| header_text(slot.view(), element))
                    .map(|text| if element.target.kind == Kind::String { quote(text) } else { text })
                    .collect();
                if !values.is_empty() {
                    response.push(member.wire_or_name(), values.join(", "));
                }
            }
            (Location::Header, view) => {
                if let Some(text) = header_text(view, member) {
                    response.push(member.wire_or_name(), text);
                }
            }
            (Location::Headers, View::Map(map)) => {
                let Some((_, value)) = member.target.entry() else { continue };
                for (key, slot) in map.entries() {
                    if let Some(text) = header_text(slot.view(), value) {
                        let name = format!("{}{key}", member.wire_name.unwrap_or_default());
                        response.push(&name, text);
                    }
                }
            }
            _ => {}
        }
    }
}

fn header_text(view: View<'_>, member: &Member) -> Option<String> {
    match view {
        View::Str(text) if member.has(Flags::JSON_VALUE) => Some(base64::encode(text.as_bytes())),
        // A line break would end the header.
        view => scalar::text(view, member, TimestampFormat::Rfc822)
            .map(|text| text.replace(['\r', '\n', '\0'], " ")),
    }
}

fn quote(text: String) -> String {
    if !text.contains(['"', ',']) && text.trim() == text {
        return text;
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether an answer of that shape has members in the body at all.
pub(super) fn has_body_members(schema: &Schema) -> bool {
    schema.members().iter().any(|member| Scope::Answer.holds(member))
}

/// The status that a member holds.
pub(super) fn status_member(record: &dyn Record) -> Option<u16> {
    present(record, Scope::All).find(|(member, _)| member.location == Location::Status).and_then(
        |(_, slot)| if let View::Int(status) = slot.view() { u16::try_from(status).ok() } else { None },
    )
}
