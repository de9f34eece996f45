//! A document as a tree of elements, from foreign bytes.

use super::local;
use crate::error::Fault;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// How deep elements may nest.
const MAX_DEPTH: usize = 128;

/// One element. Prefixes are dropped: AWS's readers do not look at namespaces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    /// All character data directly inside, as it stood there.
    pub(crate) text: String,
}

/// Reads a document. Refused: DTDs (and so all entities but the five of XML), anything but UTF-8, elements that do
/// not match, more than one root, text outside of it, nesting deeper than 128.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Malformed)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut builder = Builder::default();
    loop {
        match reader.read_event().map_err(|_| Fault::Malformed)? {
            Event::Start(start) => builder.open(&start)?,
            Event::Empty(start) => {
                builder.open(&start)?;
                builder.close()?;
            }
            Event::End(_) => builder.close()?,
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(data) => builder.text(&data.xml10_content())?,
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref().map_err(|_| Fault::Malformed)? {
                    Some(character) => character,
                    None => named_entity(&name).ok_or(Fault::Malformed)?,
                };
                builder.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err(Fault::Malformed),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return builder.finish(),
        }
    }
}

fn named_entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Builder {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH || (self.open.is_empty() && self.root.is_some()) {
            return Err(Fault::Malformed);
        }
        let name = start.name();
        let mut element = Element { name: local(name.as_ref()).to_owned(), ..Element::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Fault::Malformed)?;
            let key: &str = attribute.key.as_ref();
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Fault::Malformed)?;
            element.attributes.push((local(key).to_owned(), value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let element = self.open.pop().ok_or(Fault::Malformed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(Fault::Malformed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, Fault> {
        if self.open.is_empty() { self.root.ok_or(Fault::Malformed) } else { Err(Fault::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_and_entities_are_resolved() {
        let root =
            parse(b"<?xml version='1.0'?><n:a x='1&lt;'> b&amp;&#65;<![CDATA[<c>]]>\r\n<d/></n:a>").unwrap();
        assert_eq!((root.name.as_str(), root.text.as_str()), ("a", " b&A<c>\n"));
        assert_eq!(root.attributes, [("x".to_owned(), "1<".to_owned())]);
        assert_eq!(root.children[0].name, "d");
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(200) + &"</a>".repeat(200);
        let dtd = "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>";
        for text in ["", "a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a>&x;</a>", "<a>&#0;</a>", dtd, &deep]
        {
            assert_eq!(parse(text.as_bytes()), Err(Fault::Malformed), "{text}");
        }
        assert_eq!(parse(b"<a>\xff</a>"), Err(Fault::Malformed));
    }
}
