//! From a form into slots.
//!
//! AWS: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html> and `aws-ec2-query-protocol.html`.

use super::form::Node;
use crate::error::{Fault, Token};
use crate::form;
use crate::json::null_element;
use crate::message::Request;
use crate::place::Place;
use crate::scalar;
use kage_schema::{Flags, Kind, Member, Problems, Protocol, Record, Seen, TimestampFormat};
use std::borrow::Cow;

/// Reads the input from the body and the query string.
pub(crate) fn read_input(
    protocol: Protocol,
    request: &Request<'_>,
    into: &mut dyn Record,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let mut pairs = form::pairs(request.query)?;
    let body = std::str::from_utf8(request.body).map_err(|_| Fault::Encoding)?;
    pairs.extend(form::pairs(body.trim_end_matches(['\r', '\n']))?);
    let root = Node::of(&pairs)?;
    let mut reader = Reader { is_ec2: protocol == Protocol::Ec2Query, problems };
    let mut seen = Seen::new();
    reader.members(&root, into, &mut seen)?;
    seen.finish(into.schema(), reader.problems);
    Ok(())
}

struct Reader<'p> {
    is_ec2: bool,
    problems: &'p mut Problems,
}

impl Reader<'_> {
    fn members(&mut self, node: &Node<'_>, record: &mut dyn Record, seen: &mut Seen) -> Result<usize, Fault> {
        let mut count = 0;
        for (index, member) in record.schema().members().iter().enumerate() {
            let Some((name, found)) = self.find(node, member) else { continue };
            let deep = !member.target.kind.is_scalar();
            if deep {
                self.problems.enter(member.name);
            }
            let name = Name { own: &name, outer: None };
            self.value(found, &name, member, Place::Member(record, index, false))?;
            if deep {
                self.problems.leave();
            }
            seen.mark(index);
            count += 1;
        }
        Ok(count)
    }

    /// The form's part for a member. A flattened list may go by its own name or by that of its elements.
    fn find<'n, 'f>(
        &self,
        node: &'n Node<'f>,
        member: &'static Member,
    ) -> Option<(Cow<'static, str>, &'n Node<'f>)> {
        if self.is_ec2 {
            let name = match member.query_name {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(capitalised(member.wire_or_name())),
            };
            let found = node.child(&name)?;
            return Some((name, found));
        }
        // SQS's names in this protocol differ from those in JSON.
        let own = member.query_name.unwrap_or_else(|| member.wire_or_name());
        if let Some(found) = node.child(own) {
            return Some((Cow::Borrowed(own), found));
        }
        let name = member.target.element().filter(|_| member.has(Flags::FLATTENED))?.wire_name?;
        Some((Cow::Borrowed(name), node.child(name)?))
    }

    fn value(
        &mut self,
        node: &Node<'_>,
        name: &Name<'_>,
        member: &'static Member,
        place: Place<'_>,
    ) -> Result<(), Fault> {
        match member.target.kind {
            Kind::Structure | Kind::Union => {
                self.no_text(node, name, member)?;
                let record = place.open().and_then(|slot| slot.record_mut()).ok_or_else(|| unfit(member))?;
                let mut seen = Seen::new();
                let count = self.members(node, record, &mut seen)?;
                if member.target.kind == Kind::Structure {
                    seen.finish(member.target, self.problems);
                } else if count != 1 {
                    return Err(Fault::Union { name: member.target.name });
                }
                Ok(())
            }
            Kind::List => self.list(node, name, member, place),
            Kind::Map => self.map(node, name, member, place),
            _ => {
                let text = node.value.unwrap_or_default();
                let fault =
                    || Fault::Text { name: name.path(), value: text.to_owned(), wanted: member.target.kind };
                if !node.is_leaf() && node.value.is_none() {
                    return Err(Fault::Type { found: Token::Structure, wanted: member.target.kind });
                }
                let scalar = scalar::parse(text, member, TimestampFormat::Iso8601).ok_or_else(fault)?;
                place.open().and_then(|slot| slot.set(scalar).ok()).ok_or_else(|| unfit(member))
            }
        }
    }

    /// `Names=` is an empty list, map or structure; `Names=x` is none.
    fn no_text(&self, node: &Node<'_>, name: &Name<'_>, member: &Member) -> Result<(), Fault> {
        match node.value {
            None | Some("") => Ok(()),
            Some(value) => {
                Err(Fault::Text { name: name.path(), value: value.to_owned(), wanted: member.target.kind })
            }
        }
    }

    fn list(
        &mut self,
        node: &Node<'_>,
        name: &Name<'_>,
        member: &'static Member,
        place: Place<'_>,
    ) -> Result<(), Fault> {
        self.no_text(node, name, member)?;
        let element = member.target.element().ok_or_else(|| unfit(member))?;
        let list = place.open().and_then(|slot| slot.list_mut()).ok_or_else(|| unfit(member))?;
        let parent = if self.is_ec2 || member.has(Flags::FLATTENED) {
            Some(node)
        } else {
            node.child(element.wire_or_name())
        };
        let elements = match parent {
            None => Vec::new(),
            Some(parent) if self.is_ec2 => parent.numbered().into_iter().map(Some).collect(),
            Some(parent) => parent.elements()?,
        };
        for (index, found) in elements.into_iter().enumerate() {
            let Some(found) = found else {
                null_element(list, element, index + 1, self.problems);
                continue;
            };
            let position = (index + 1).to_string();
            self.problems.enter(&position);
            self.problems.enter("member");
            let name = Name { own: &position, outer: Some(name) };
            self.value(found, &name, element, Place::Element(list))?;
            self.problems.leave();
            self.problems.leave();
        }
        Ok(())
    }

    fn map(
        &mut self,
        node: &Node<'_>,
        name: &Name<'_>,
        member: &'static Member,
        place: Place<'_>,
    ) -> Result<(), Fault> {
        self.no_text(node, name, member)?;
        let (key, value) = member.target.entry().ok_or_else(|| unfit(member))?;
        let map = place.open().and_then(|slot| slot.map_mut()).ok_or_else(|| unfit(member))?;
        let entries = if member.has(Flags::FLATTENED) {
            node.numbered()
        } else {
            node.child("entry").map(Node::numbered).unwrap_or_default()
        };
        for entry in entries {
            let key = entry.child(key.wire_or_name()).and_then(|key| key.value).ok_or(Fault::Malformed)?;
            let Some(found) = entry.child(value.wire_or_name()) else { continue };
            self.problems.enter_key(key);
            self.problems.enter("member");
            let name = Name { own: key, outer: Some(name) };
            self.value(found, &name, value, Place::Entry(map, key.to_owned()))?;
            self.problems.leave();
            self.problems.leave();
        }
        Ok(())
    }
}

/// The name of a parameter, for messages; joined only when it is needed.
struct Name<'n> {
    own: &'n str,
    outer: Option<&'n Name<'n>>,
}

impl Name<'_> {
    fn path(&self) -> String {
        match self.outer {
            Some(outer) => format!("{}.{}", outer.path(), self.own),
            None => self.own.to_owned(),
        }
    }
}

/// EC2 writes parameters with a capital: `instanceId` is sent as `InstanceId`.
fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}
