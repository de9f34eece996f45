//! Reading JSON straight into slots. The lexer is serde_json's: it limits the depth to 128 and refuses what follows
//! the document.

use crate::base64;
use crate::error::{Fault, Token};
use crate::place::{Place, Scope};
use crate::scalar::{parse_float, parse_time};
use kage_schema::{Flags, Kind, Member, Problems, Record, Scalar, Schema, Seen, Timestamp, TimestampFormat};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads a document into the outermost structure and marks the members that it holds.
pub(crate) fn read_structure(
    bytes: &[u8],
    into: &mut dyn Record,
    scope: Scope,
    seen: &mut Seen,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let mut walk = Walk { problems, fault: None };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let outcome = reader.deserialize_any(Root { record: into, scope, seen, walk: &mut walk });
    finish(outcome.and_then(|()| reader.end()), walk)
}

/// Reads a document that is one value: the payload of a REST operation. True when it is not null.
pub(crate) fn read_value(
    bytes: &[u8],
    member: &'static Member,
    place: Place<'_>,
    problems: &mut Problems,
) -> Result<bool, Fault> {
    let mut walk = Walk { problems, fault: None };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut present = false;
    let outcome =
        Value { member, place, walk: &mut walk }.deserialize(&mut reader).map(|found| present = found);
    finish(outcome.and_then(|()| reader.end()), walk)?;
    Ok(present)
}

fn finish(outcome: Result<(), serde_json::Error>, walk: Walk<'_>) -> Result<(), Fault> {
    match outcome {
        Ok(()) => Ok(()),
        Err(_) => Err(walk.fault.unwrap_or(Fault::Malformed)),
    }
}

/// What goes along with the walk. serde's errors are text; the fault itself is kept here.
struct Walk<'p> {
    problems: &'p mut Problems,
    fault: Option<Fault>,
}

impl Walk<'_> {
    fn fail<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }

    fn wrong<E: Error>(&mut self, found: Token, wanted: Kind) -> E {
        self.fail(Fault::Type { found, wanted })
    }

    fn unfit<E: Error>(&mut self, member: &Member) -> E {
        self.fail(Fault::Slot { name: member.name.to_owned() })
    }
}

struct Root<'a, 'w, 'p> {
    record: &'a mut dyn Record,
    scope: Scope,
    seen: &'a mut Seen,
    walk: &'w mut Walk<'p>,
}

impl<'de> Visitor<'de> for Root<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_members(map, self.record, self.scope, self.seen, self.walk).map(|_| ())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.walk.wrong(Token::List, Kind::Structure))
    }
}

/// Reads the members of a structure or union; how many were set.
fn read_members<'de, A: MapAccess<'de>>(
    mut map: A,
    record: &mut dyn Record,
    scope: Scope,
    seen: &mut Seen,
    walk: &mut Walk<'_>,
) -> Result<usize, A::Error> {
    let schema = record.schema();
    let mut count = 0;
    while let Some(found) = map.next_key_seed(MemberName { schema, scope })? {
        let Some((index, member)) = found else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        let deep = !member.target.kind.is_scalar();
        if deep {
            walk.problems.enter(member.name);
        }
        let again = seen.has(index);
        let place = Place::Member(record, index, again);
        let present = map.next_value_seed(Value { member, place, walk })?;
        if deep {
            walk.problems.leave();
        }
        if present {
            count += usize::from(!again);
            seen.mark(index);
        }
    }
    Ok(count)
}

/// Finds the member that a key names, without keeping the key.
struct MemberName {
    schema: &'static Schema,
    scope: Scope,
}

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Option<(usize, &'static Member)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Option<(usize, &'static Member)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        let mut members = self.schema.members().iter().enumerate();
        Ok(members.find(|(_, member)| self.scope.holds(member) && member.wire_or_name() == key))
    }
}

/// Reads one value; true when it is not null.
struct Value<'a, 'w, 'p> {
    member: &'static Member,
    place: Place<'a>,
    walk: &'w mut Walk<'p>,
}

impl Value<'_, '_, '_> {
    fn store<E: Error>(self, scalar: Scalar) -> Result<bool, E> {
        let stored = self.place.open().map(|slot| slot.set(scalar));
        if stored == Some(Ok(())) { Ok(true) } else { Err(self.walk.unfit(self.member)) }
    }

    fn wrong<E: Error>(self, found: Token) -> Result<bool, E> {
        Err(self.walk.wrong(found, self.member.target.kind))
    }

    fn integer<E: Error>(self, value: i64) -> Result<bool, E> {
        match self.member.target.kind {
            Kind::Integer if i32::try_from(value).is_ok() => self.store(Scalar::Int(value)),
            Kind::Long => self.store(Scalar::Int(value)),
            Kind::Float | Kind::Double => self.store(Scalar::Float(value as f64)),
            Kind::Timestamp if self.is_epoch() => self.store(Scalar::Time(Timestamp::from_seconds(value))),
            _ => self.wrong(Token::Number),
        }
    }

    fn is_epoch(&self) -> bool {
        self.member.timestamp_format(TimestampFormat::Epoch) == TimestampFormat::Epoch
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        if self.member.target.kind == Kind::Document {
            let document = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
            return if document.is_null() { Ok(false) } else { self.store(Scalar::Document(document)) };
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of {}", self.member.target.name)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        match self.member.target.kind {
            Kind::Boolean => self.store(Scalar::Bool(value)),
            _ => self.wrong(if value { Token::True } else { Token::False }),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<bool, E> {
        self.integer(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
        match i64::try_from(value) {
            Ok(value) => self.integer(value),
            Err(_) if matches!(self.member.target.kind, Kind::Float | Kind::Double) => {
                self.store(Scalar::Float(value as f64))
            }
            Err(_) => self.wrong(Token::Number),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<bool, E> {
        match self.member.target.kind {
            Kind::Float | Kind::Double => self.store(Scalar::Float(value)),
            Kind::Timestamp if self.is_epoch() => match Timestamp::from_seconds_f64(value) {
                Some(time) => self.store(Scalar::Time(time)),
                None => self.wrong(Token::Decimal),
            },
            // AWS drops what is behind the point (recorded by athena-local and kinesalite); above 2^53 a double no longer
            // says which whole number it is.
            Kind::Integer | Kind::Long if value.abs() <= 9_007_199_254_740_992.0 => {
                self.integer(value.trunc() as i64)
            }
            _ => self.wrong(Token::Number),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<bool, E> {
        let scalar = match self.member.target.kind {
            Kind::String => Some(Scalar::Str(value.to_owned())),
            Kind::Blob => base64::decode(value).map(Scalar::Blob),
            Kind::Float | Kind::Double if matches!(value, "NaN" | "Infinity" | "-Infinity") => {
                parse_float(value).map(Scalar::Float)
            }
            Kind::Timestamp if !self.is_epoch() => {
                parse_time(value, self.member.timestamp_format(TimestampFormat::Epoch)).map(Scalar::Time)
            }
            _ => None,
        };
        match scalar {
            Some(scalar) => self.store(scalar),
            // A secret is not repeated.
            None if self.member.target.kind == Kind::Blob && !self.member.has(Flags::SENSITIVE) => {
                let (text, reason) = (value.to_owned(), base64::fault(value));
                Err(self.walk.fail(Fault::Blob { text, reason }))
            }
            None => self.wrong(Token::String),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let Some(element) = self.member.target.element() else {
            return self.wrong(Token::List);
        };
        let Value { member, place, walk } = self;
        let Some(list) = place.open().and_then(|slot| slot.list_mut()) else {
            return Err(walk.unfit(member));
        };
        let deep = !element.target.kind.is_scalar();
        let mut position = 0_usize;
        loop {
            position += 1;
            if deep {
                walk.problems.enter(&position.to_string());
                walk.problems.enter("member");
            }
            let place = Place::Element(list);
            let found = seq.next_element_seed(Value { member: element, place, walk })?;
            if deep {
                walk.problems.leave();
                walk.problems.leave();
            }
            match found {
                None => return Ok(true),
                Some(true) => {}
                Some(false) => null_element(list, element, position, walk.problems),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Value { member, place, walk } = self;
        match member.target.kind {
            Kind::Structure | Kind::Union => {
                let Some(record) = place.open().and_then(|slot| slot.record_mut()) else {
                    return Err(walk.unfit(member));
                };
                let mut seen = Seen::new();
                let count = read_members(map, record, Scope::All, &mut seen, walk)?;
                if member.target.kind == Kind::Structure {
                    seen.finish(member.target, walk.problems);
                } else if count != 1 {
                    return Err(walk.fail(Fault::Union { name: member.target.name }));
                }
                Ok(true)
            }
            Kind::Map => {
                let Some((_, value)) = member.target.entry() else { return Err(walk.unfit(member)) };
                let Some(entries) = place.open().and_then(|slot| slot.map_mut()) else {
                    return Err(walk.unfit(member));
                };
                let deep = !value.target.kind.is_scalar();
                while let Some(key) = map.next_key::<String>()? {
                    if deep {
                        walk.problems.enter_key(&key);
                        walk.problems.enter("member");
                    }
                    let place = Place::Entry(entries, key);
                    map.next_value_seed(Value { member: value, place, walk })?;
                    if deep {
                        walk.problems.leave();
                        walk.problems.leave();
                    }
                }
                Ok(true)
            }
            wanted => Err(walk.wrong(Token::Structure, wanted)),
        }
    }
}

/// A null in a list keeps its position, and is reported: the models know no list that allows one.
pub(crate) fn null_element(
    list: &mut dyn kage_schema::List,
    element: &Member,
    position: usize,
    problems: &mut Problems,
) {
    list.push();
    if element.target.kind.is_scalar() {
        return problems.null_within();
    }
    problems.enter(&position.to_string());
    problems.enter("member");
    problems.null_here();
    problems.leave();
    problems.leave();
}
