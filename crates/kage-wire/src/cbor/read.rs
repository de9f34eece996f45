//! Reading CBOR straight into slots.

use super::decode::{Decoder, Item, MAX_DEPTH};
use crate::error::{Fault, Token};
use crate::json::null_element;
use crate::place::Place;
use kage_schema::{Kind, Member, Problems, Record, Scalar, Seen, Timestamp};

/// Reads a document into the outermost structure and marks the members that it holds.
pub(crate) fn read_structure(
    bytes: &[u8],
    into: &mut dyn Record,
    seen: &mut Seen,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let mut reader = Reader { decoder: Decoder::new(bytes), problems, depth: 0 };
    let Item::Map(left) = reader.decoder.item()? else { return Err(Fault::Malformed) };
    reader.members(left, into, seen)?;
    if reader.decoder.is_at_end() { Ok(()) } else { Err(Fault::Malformed) }
}

struct Reader<'a, 'p> {
    decoder: Decoder<'a>,
    problems: &'p mut Problems,
    depth: usize,
}

impl Reader<'_, '_> {
    fn members(
        &mut self,
        mut left: Option<u64>,
        record: &mut dyn Record,
        seen: &mut Seen,
    ) -> Result<usize, Fault> {
        let members = record.schema().members();
        let mut count = 0;
        while self.decoder.more(&mut left)? {
            let Item::Text(length) = self.decoder.item()? else { return Err(Fault::Malformed) };
            let key = self.decoder.text(length)?;
            let found = members.iter().enumerate().find(|(_, member)| member.wire_or_name() == key);
            let Some((index, member)) = found else {
                self.decoder.skip(self.depth)?;
                continue;
            };
            let deep = !member.target.kind.is_scalar();
            if deep {
                self.problems.enter(member.name);
            }
            let again = seen.has(index);
            let present = self.value(member, Place::Member(record, index, again))?;
            if deep {
                self.problems.leave();
            }
            if present {
                count += usize::from(!again);
                seen.mark(index);
            }
        }
        Ok(count)
    }

    /// Reads one value; true when it is not null.
    fn value(&mut self, member: &'static Member, place: Place<'_>) -> Result<bool, Fault> {
        let mut item = self.decoder.item()?;
        let mut is_time = false;
        // Tag 1 is a time; the others add nothing to what the schema says.
        while let Item::Tag(tag) = item {
            is_time = tag == 1;
            item = self.decoder.item()?;
            if let Item::Tag(_) = item {
                return Err(Fault::Malformed);
            }
        }
        if item == Item::Null {
            return Ok(false);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::Malformed);
        }
        if member.target.kind.is_scalar() {
            let scalar = self.scalar(item, is_time, member.target.kind)?;
            place.open().and_then(|slot| slot.set(scalar).ok()).ok_or_else(|| unfit(member))?;
        } else {
            self.container(item, member, place)?;
        }
        self.depth -= 1;
        Ok(true)
    }

    fn scalar(&mut self, item: Item, is_time: bool, wanted: Kind) -> Result<Scalar, Fault> {
        let wrong = |found| Err(Fault::Type { found, wanted });
        match (item, wanted) {
            (Item::Bool(value), Kind::Boolean) => Ok(Scalar::Bool(value)),
            (Item::Text(length), Kind::String) => Ok(Scalar::Str(self.decoder.text(length)?.into_owned())),
            (Item::Bytes(length), Kind::Blob) => Ok(Scalar::Blob(self.decoder.bytes(length)?.into_owned())),
            (Item::Float(value), Kind::Float | Kind::Double) => Ok(Scalar::Float(value)),
            (Item::Float(value), Kind::Timestamp) if is_time => {
                Timestamp::from_seconds_f64(value).map(Scalar::Time).ok_or(Fault::Malformed)
            }
            (Item::Unsigned(_) | Item::Negative(_), _) => self.integer(item, is_time, wanted),
            (Item::Bool(true), _) => wrong(Token::True),
            (Item::Bool(false), _) => wrong(Token::False),
            (Item::Text(_), _) => wrong(Token::String),
            (Item::Bytes(_), _) => wrong(Token::Blob),
            (Item::Float(_), _) => wrong(if is_time { Token::Time } else { Token::Decimal }),
            (Item::Array(_), _) => wrong(Token::List),
            (Item::Map(_), _) => wrong(Token::Structure),
            (Item::Tag(_) | Item::Null | Item::Break, _) => Err(Fault::Malformed),
        }
    }

    fn integer(&self, item: Item, is_time: bool, wanted: Kind) -> Result<Scalar, Fault> {
        let value = match item {
            Item::Unsigned(n) => i64::try_from(n).ok(),
            Item::Negative(n) => i64::try_from(n).ok().map(|n| -1 - n),
            _ => None,
        };
        match (value, wanted) {
            (Some(value), Kind::Integer) if i32::try_from(value).is_ok() => Ok(Scalar::Int(value)),
            (Some(value), Kind::Long) => Ok(Scalar::Int(value)),
            (Some(value), Kind::Float | Kind::Double) => Ok(Scalar::Float(value as f64)),
            (Some(value), Kind::Timestamp) if is_time => Ok(Scalar::Time(Timestamp::from_seconds(value))),
            _ => Err(Fault::Type { found: Token::Number, wanted }),
        }
    }

    fn container(&mut self, item: Item, member: &'static Member, place: Place<'_>) -> Result<(), Fault> {
        let wanted = member.target.kind;
        match (item, wanted) {
            (Item::Map(left), Kind::Structure | Kind::Union) => {
                let record = place.open().and_then(|slot| slot.record_mut()).ok_or_else(|| unfit(member))?;
                let mut seen = Seen::new();
                let count = self.members(left, record, &mut seen)?;
                if wanted == Kind::Structure {
                    seen.finish(member.target, self.problems);
                } else if count != 1 {
                    return Err(Fault::Union { name: member.target.name });
                }
                Ok(())
            }
            (Item::Map(left), Kind::Map) => self.map(left, member, place),
            (Item::Array(left), Kind::List) => self.list(left, member, place),
            (Item::Array(_), _) => Err(Fault::Type { found: Token::List, wanted }),
            (Item::Map(_), _) => Err(Fault::Type { found: Token::Structure, wanted }),
            (Item::Break, _) => Err(Fault::Malformed),
            (Item::Text(_), _) => Err(Fault::Type { found: Token::String, wanted }),
            _ => Err(Fault::Type { found: Token::Number, wanted }),
        }
    }

    fn map(&mut self, mut left: Option<u64>, member: &'static Member, place: Place<'_>) -> Result<(), Fault> {
        let (_, value) = member.target.entry().ok_or_else(|| unfit(member))?;
        let entries = place.open().and_then(|slot| slot.map_mut()).ok_or_else(|| unfit(member))?;
        let deep = !value.target.kind.is_scalar();
        while self.decoder.more(&mut left)? {
            let Item::Text(length) = self.decoder.item()? else { return Err(Fault::Malformed) };
            let key = self.decoder.text(length)?.into_owned();
            if deep {
                self.problems.enter_key(&key);
                self.problems.enter("member");
            }
            self.value(value, Place::Entry(entries, key))?;
            if deep {
                self.problems.leave();
                self.problems.leave();
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        mut left: Option<u64>,
        member: &'static Member,
        place: Place<'_>,
    ) -> Result<(), Fault> {
        let element = member.target.element().ok_or_else(|| unfit(member))?;
        let list = place.open().and_then(|slot| slot.list_mut()).ok_or_else(|| unfit(member))?;
        let deep = !element.target.kind.is_scalar();
        let mut position = 0_usize;
        while self.decoder.more(&mut left)? {
            position += 1;
            if deep {
                self.problems.enter(&position.to_string());
                self.problems.enter("member");
            }
            let present = self.value(element, Place::Element(list))?;
            if deep {
                self.problems.leave();
                self.problems.leave();
            }
            if !present {
                null_element(list, element, position, self.problems);
            }
        }
        Ok(())
    }
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}
