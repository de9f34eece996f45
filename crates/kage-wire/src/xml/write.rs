//! From slots to elements.

use super::element_name;
use crate::place::{Scope, is_present, present};
use crate::scalar;
use kage_schema::{Flags, Kind, Member, Record, Slot, TimestampFormat, View};
use std::fmt::Write as _;

/// A namespace declaration: prefix (empty for the default namespace) and URI.
pub(crate) type Namespace = Option<(&'static str, &'static str)>;

/// A document that grows.
#[derive(Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer::default()
    }

    /// Starts with `<?xml version="1.0" encoding="UTF-8"?>` and a line break, as S3 and EC2 do.
    pub(crate) fn declared() -> Writer {
        Writer { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    pub(crate) fn open(&mut self, name: &str, namespace: Namespace) {
        self.start(name, namespace);
        self.out.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// `<name>text</name>`
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name, None);
        self.text(text);
        self.close(name);
    }

    fn start(&mut self, name: &str, namespace: Namespace) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some((prefix, uri)) = namespace {
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            self.escape(uri, true);
            self.out.push('"');
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.escape(text, false);
    }

    fn escape(&mut self, text: &str, attribute: bool) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if attribute => self.out.push_str("&quot;"),
                '\n' | '\t' if !attribute => self.out.push(character),
                // S3 writes keys with control characters so too, though XML 1.0 has no name for most of them.
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    let _ = write!(self.out, "&#x{:X};", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
    }

    /// An element with the members of a record inside, those of the scope.
    pub(crate) fn record(&mut self, name: &str, namespace: Namespace, record: &dyn Record, scope: Scope) {
        self.start(name, namespace);
        for (member, slot) in present(record, scope).filter(|(member, _)| is_attribute(member)) {
            if let Some(text) = scalar::text(slot.view(), member, TimestampFormat::Iso8601) {
                self.out.push(' ');
                self.out.push_str(member.wire_or_name());
                self.out.push_str("=\"");
                self.escape(&text, true);
                self.out.push('"');
            }
        }
        self.out.push('>');
        self.members(record, scope, &[]);
        self.close(name);
    }

    /// The members of a record as elements, without those named in `except`.
    pub(crate) fn members(&mut self, record: &dyn Record, scope: Scope, except: &[&str]) {
        let wanted = |member: &Member| !is_attribute(member) && !except.contains(&member.name);
        for (member, slot) in present(record, scope).filter(|(member, _)| wanted(member)) {
            self.member(slot, member);
        }
    }

    fn member(&mut self, slot: &dyn Slot, member: &'static Member) {
        let name = element_name(member);
        match slot.view() {
            View::List(list) if member.has(Flags::FLATTENED) => {
                let Some(element) = member.target.element() else { return };
                for inner in (0..list.len()).filter_map(|index| list.at(index)) {
                    self.value(name, member.xml_namespace, inner, element);
                }
            }
            View::Map(map) if member.has(Flags::FLATTENED) => {
                for (key, inner) in map.entries().filter(|(_, inner)| is_present(*inner)) {
                    self.entry(name, member.xml_namespace, key, inner, member);
                }
            }
            _ => self.value(name, namespace(member), slot, member),
        }
    }

    /// One value in an element of that name.
    pub(crate) fn value(
        &mut self,
        name: &str,
        namespace: Namespace,
        slot: &dyn Slot,
        member: &'static Member,
    ) {
        match slot.view() {
            View::Record(record) => self.record(name, namespace, record, Scope::All),
            View::List(list) => {
                let Some(element) = member.target.element() else { return };
                self.open(name, namespace);
                for inner in (0..list.len()).filter_map(|index| list.at(index)) {
                    self.value(element.wire_or_name(), element.xml_namespace, inner, element);
                }
                self.close(name);
            }
            View::Map(map) => {
                self.open(name, namespace);
                for (key, inner) in map.entries().filter(|(_, inner)| is_present(*inner)) {
                    self.entry("entry", None, key, inner, member);
                }
                self.close(name);
            }
            view => {
                self.open(name, namespace);
                if let Some(text) = scalar::text(view, member, TimestampFormat::Iso8601) {
                    self.text(&text);
                }
                self.close(name);
            }
        }
    }

    fn entry(&mut self, name: &str, space: Namespace, key: &str, slot: &dyn Slot, map: &'static Member) {
        let Some((key_member, value)) = map.target.entry() else { return };
        self.open(name, space);
        self.open(key_member.wire_or_name(), key_member.xml_namespace);
        self.text(key);
        self.close(key_member.wire_or_name());
        self.value(value.wire_or_name(), namespace(value), slot, value);
        self.close(name);
    }
}

/// The namespace that a use of a shape declares, else the structure itself.
fn namespace(member: &Member) -> Namespace {
    match member.target.kind {
        Kind::Structure | Kind::Union => member.xml_namespace.or(member.target.xml_namespace),
        _ => member.xml_namespace,
    }
}

fn is_attribute(member: &Member) -> bool {
    member.has(Flags::XML_ATTRIBUTE)
}
