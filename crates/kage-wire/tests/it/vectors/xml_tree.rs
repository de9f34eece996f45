//! XML in a canonical form, made independently of the crate under test.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    pub name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Node>,
}

/// Envelope facts that differ by nature: ids of the request.
const IDS: &[&str] = &["requestId", "RequestId", "RequestID", "ResponseMetadata"];

fn start(tag: &BytesStart<'_>) -> Node {
    let mut attributes: Vec<(String, String)> = tag
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key: &str = attribute.key.as_ref();
            (key.to_owned(), attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
        })
        .collect();
    attributes.sort();
    let name = tag.name();
    let name: &str = name.as_ref();
    Node { name: name.to_owned(), attributes, ..Node::default() }
}

pub fn parse(text: &str) -> Node {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(start(&tag)),
            Event::Empty(tag) => {
                let node = start(&tag);
                open.last_mut().unwrap().children.push(node);
            }
            Event::End(_) => {
                let node = open.pop().unwrap();
                open.last_mut().unwrap().children.push(node);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut().unwrap().text.push_str(&text),
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref().unwrap().unwrap_or_else(|| match &*name {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    other => panic!("&{other};"),
                });
                open.last_mut().unwrap().text.push(character);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut root = open.pop().unwrap().children.remove(0);
    // AWS declares a namespace here; the suites do not.
    if root.name == "ErrorResponse" {
        root.attributes.clear();
    }
    canonical(&mut root);
    root
}

/// Order counts among siblings of one name only, and not among entries of a map: those have a key and a value.
fn canonical(node: &mut Node) {
    node.children.retain(|child| !IDS.contains(&child.name.as_str()));
    node.children.iter_mut().for_each(canonical);
    if !node.children.is_empty() || node.text.trim().is_empty() && node.text.contains('\n') {
        node.text.clear();
    }
    let is_entry = |node: &Node| node.children.len() == 2 && !matches!(node.name.as_str(), "member" | "item");
    node.children.sort_by(|a, b| {
        a.name
            .cmp(&b.name)
            .then_with(|| if is_entry(a) && is_entry(b) { a.cmp(b) } else { std::cmp::Ordering::Equal })
    });
}
