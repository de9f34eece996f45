//! The query protocol from the client's side: forms out, XML in.

use kage_schema::{Kind, Schema, Timestamp};
use serde_json::{Map, Value, json};

/// Adds a value to a form as the query protocol does.
pub(crate) fn push(form: &mut String, path: &str, value: &Value) {
    let text = match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                push(form, &format!("{path}{dot}{name}"), member);
            }
            return;
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                push(form, &format!("{path}.member.{}", place + 1), item);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    form.push_str(&format!("&{path}={}", encode(&text)));
}

/// Percent-encodes everything but the unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let one = |byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// An element of an XML answer.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Its name.
    pub(crate) name: String,
    /// The text directly in it.
    pub(crate) text: String,
    children: Vec<Element>,
}

impl Element {
    /// The element without the children of that name.
    pub(crate) fn without(mut self, name: &str) -> Element {
        self.children.retain(|child| child.name != name);
        self
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads the plain XML that the query protocol answers with.
pub(crate) fn parse(text: &str) -> Element {
    let mut open = vec![Element::default()];
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        let plain = before.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let plain = plain.replace("&#39;", "'").replace("&apos;", "'").replace("&amp;", "&");
        open.last_mut().unwrap().text.push_str(&plain);
        let (tag, after) = behind.split_once('>').unwrap();
        rest = after;
        if tag.starts_with('?') {
            continue;
        }
        if tag.starts_with('/') {
            let done = open.pop().unwrap();
            open.last_mut().unwrap().children.push(done);
            continue;
        }
        let name = tag.trim_end_matches('/').split(' ').next().unwrap().to_owned();
        let element = Element { name, ..Element::default() };
        if tag.ends_with('/') {
            open.last_mut().unwrap().children.push(element);
        } else {
            open.push(element);
        }
    }
    open.remove(0).children.remove(0)
}

/// The element as JSON with the types of its schema.
pub(crate) fn typed(schema: &Schema, element: &Element) -> Value {
    match schema.kind {
        Kind::Structure | Kind::Union => {
            let mut out = Map::new();
            for child in &element.children {
                let named = |member: &&kage_schema::Member| {
                    member.wire_name.unwrap_or(member.name) == child.name || member.name == child.name
                };
                let member = schema.members().iter().find(named);
                let member = member.unwrap_or_else(|| panic!("no member {}", child.name));
                out.insert(member.name.to_owned(), typed(member.target, child));
            }
            Value::Object(out)
        }
        Kind::List => {
            let inner = schema.element().unwrap().target;
            element.children.iter().map(|child| typed(inner, child)).collect()
        }
        Kind::Map => {
            let inner = schema.entry().unwrap().1.target;
            let entry = |child: &Element| {
                (child.child("key").unwrap().text.clone(), typed(inner, child.child("value").unwrap()))
            };
            Value::Object(element.children.iter().map(entry).collect())
        }
        Kind::Boolean => json!(element.text == "true"),
        Kind::Integer | Kind::Long => json!(element.text.parse::<i64>().unwrap()),
        Kind::Timestamp => json!(Timestamp::parse_iso8601(&element.text).unwrap().seconds()),
        _ => json!(element.text),
    }
}
