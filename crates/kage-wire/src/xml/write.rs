//! From slots to elements.

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
    /// Whether structures declare their own namespaces wherever they stand (restXml: S3's `Grantee`).
    own_namespaces: bool,
    /// Whether members go by their names of the query protocol where they have one (SQS).
    query_names: bool,
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer::default()
    }

    /// Starts with `<?xml version="1.0" encoding="UTF-8"?>` and a line break, as S3 and EC2 do.
    pub(crate) fn declared() -> Writer {
        Writer { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), ..Writer::default() }
    }

    /// Lets structures declare the namespaces of their shapes.
    pub(crate) fn with_own_namespaces(mut self) -> Writer {
        self.own_namespaces = true;
        self
    }

    /// Lets members go by their names of the query protocol.
    pub(crate) fn with_query_names(mut self) -> Writer {
        self.query_names = true;
        self
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
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let (escape, width) = match byte {
                b'&' => ("&amp;", 1),
                b'<' => ("&lt;", 1),
                b'>' => ("&gt;", 1),
                b'"' if attribute => ("&quot;", 1),
                b'\n' | b'\t' if !attribute => continue,
                0..=0x1f => ("", 1),
                // U+FFFE and U+FFFF, which no document may hold.
                0xef if bytes.get(at + 1) == Some(&0xbf) && bytes.get(at + 2) >= Some(&0xbe) => ("", 3),
                _ => continue,
            };
            self.out.push_str(text.get(from..at).unwrap_or_default());
            from = at + width;
            match text.get(at..from).and_then(|text| text.chars().next()) {
                // S3 writes keys with control characters so too, though XML 1.0 has no name for most of them.
                Some(character) if escape.is_empty() => {
                    let _ = write!(self.out, "&#x{:X};", u32::from(character));
                }
                _ => self.out.push_str(escape),
            }
        }
        self.out.push_str(text.get(from..).unwrap_or_default());
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
        // SimpleDB alone names the elements of a flattened list after the list's element; it is not modelled.
        let query_name = member.query_name.filter(|_| self.query_names);
        let name = query_name.unwrap_or_else(|| member.wire_or_name());
        match slot.view() {
            View::List(list) if member.has(Flags::FLATTENED) => {
                let Some(element) = member.target.element() else { return };
                for inner in (0..list.len()).filter_map(|index| list.at(index)) {
                    self.value(name, member.xml_namespace.or(element.xml_namespace), inner, element);
                }
            }
            View::Map(map) if member.has(Flags::FLATTENED) => {
                for (key, inner) in map.entries().filter(|(_, inner)| is_present(*inner)) {
                    self.entry(name, member.xml_namespace, key, inner, member);
                }
            }
            _ => self.value(name, self.namespace(member), slot, member),
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
        self.value(value.wire_or_name(), self.namespace(value), slot, value);
        self.close(name);
    }

    /// The namespace that a use of a shape declares, else the structure itself.
    fn namespace(&self, member: &Member) -> Namespace {
        match member.target.kind {
            Kind::Structure | Kind::Union if self.own_namespaces => {
                member.xml_namespace.or(member.target.xml_namespace)
            }
            _ => member.xml_namespace,
        }
    }
}

fn is_attribute(member: &Member) -> bool {
    member.has(Flags::XML_ATTRIBUTE)
}
