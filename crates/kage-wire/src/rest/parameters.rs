//! Query parameters.

use crate::error::Fault;
use crate::place::Place;
use crate::scalar;
use kage_schema::{Kind, Location, Member, Record, TimestampFormat};

/// Query parameters that carry a presigned request's signature and are no input.
const SIGNATURE: &[&str] = &[
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Region-Set",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// The parameters of one request, against one operation's template.
pub(super) struct Parameters<'a> {
    pairs: &'a [(String, String)],
    /// The constant part of the template: `uploads` in `/{Bucket}?uploads`.
    constant: &'a str,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(pairs: &'a [(String, String)], template: &'a str) -> Parameters<'a> {
        Parameters { pairs, constant: template.split_once('?').map_or("", |(_, query)| query) }
    }

    /// Fills a member from its parameter. False when there is none.
    pub(super) fn read(
        &self,
        record: &mut dyn Record,
        index: usize,
        member: &'static Member,
    ) -> Result<bool, Fault> {
        let place_of = |record| Place::Member(record, index, false);
        match member.target.kind {
            Kind::Map => self.rest(record, index, member),
            Kind::List => {
                let element = member.target.element().ok_or_else(|| unfit(member))?;
                let mut values = self.named(member.wire_or_name()).peekable();
                if values.peek().is_none() {
                    return Ok(false);
                }
                let list =
                    place_of(record).open().and_then(|slot| slot.list_mut()).ok_or_else(|| unfit(member))?;
                for text in values {
                    set(text, element, member.wire_or_name(), Place::Element(list))?;
                }
                Ok(true)
            }
            _ => {
                let Some(text) = self.named(member.wire_or_name()).next() else { return Ok(false) };
                if text.is_empty() && member.target.kind != Kind::String {
                    return Ok(false);
                }
                set(text, member, member.wire_or_name(), place_of(record)).map(|()| true)
            }
        }
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A map takes all parameters that have no other place.
    fn rest(&self, record: &mut dyn Record, index: usize, member: &'static Member) -> Result<bool, Fault> {
        let members = record.schema().members();
        let has_place = |name: &str| {
            let named = |other: &Member| {
                other.location == Location::Query
                    && other.target.kind != Kind::Map
                    && other.wire_or_name() == name
            };
            members.iter().any(named)
                || SIGNATURE.iter().any(|known| known.eq_ignore_ascii_case(name))
                || self.constant.split('&').any(|part| part.split('=').next() == Some(name))
        };
        let (_, value) = member.target.entry().ok_or_else(|| unfit(member))?;
        let mut pairs = self.pairs.iter().filter(|(name, _)| !has_place(name)).peekable();
        if pairs.peek().is_none() {
            return Ok(false);
        }
        let map = record.slot_mut(index).and_then(|slot| slot.map_mut()).ok_or_else(|| unfit(member))?;
        for (name, text) in pairs {
            let slot = map.entry(name.clone());
            match value.target.element() {
                Some(element) => {
                    let list = slot.list_mut().ok_or_else(|| unfit(member))?;
                    set(text, element, name, Place::Element(list))?;
                }
                None => set(text, value, name, Place::Slot(slot))?,
            }
        }
        Ok(true)
    }
}

fn set(text: &str, member: &'static Member, name: &str, place: Place<'_>) -> Result<(), Fault> {
    let scalar = scalar::parse(text, member, TimestampFormat::Iso8601).ok_or_else(|| Fault::Text {
        name: format!(":{name}"),
        value: text.to_owned(),
        wanted: member.target.kind,
    })?;
    place.open().and_then(|slot| slot.set(scalar).ok()).ok_or_else(|| unfit(member))
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}
