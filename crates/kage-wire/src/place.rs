//! Where a value goes, opened only once it is known not to be null.

use kage_schema::{List, Location, Map, Member, Record, Slot, Timestamp, View};

/// The place of a value. A union must not become a variant for a null, and a map must not get an entry for one.
pub(crate) enum Place<'a> {
    /// Member `1` of a record. The flag says that it was filled before, in the same document.
    Member(&'a mut dyn Record, usize, bool),
    /// A slot at hand.
    Slot(&'a mut dyn Slot),
    /// A new element of a list.
    Element(&'a mut dyn List),
    /// An entry of a map.
    Entry(&'a mut dyn Map, String),
}

impl<'a> Place<'a> {
    /// The slot to be filled. What an earlier mention of the same name left there is forgotten.
    pub(crate) fn open(self) -> Option<&'a mut dyn Slot> {
        match self {
            Place::Slot(slot) => Some(slot),
            Place::Element(list) => Some(list.push()),
            Place::Member(record, index, again) => {
                let slot = record.slot_mut(index)?;
                if again {
                    slot.clear();
                }
                Some(slot)
            }
            Place::Entry(map, key) => {
                let slot = map.entry(key);
                slot.clear();
                Some(slot)
            }
        }
    }
}

/// Which members of a structure belong to the document at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// Those of an input that have no place in the HTTP head (REST protocols, outermost structure).
    Body,
    /// Those of an output that have none: label and query say nothing there.
    /// AWS: smithy.io, HTTP binding traits, "httpQuery is ignored when resolving the bindings of an output".
    Answer,
}

impl Scope {
    pub(crate) fn holds(self, member: &Member) -> bool {
        match self {
            Scope::All => true,
            Scope::Body => member.location == Location::Body,
            Scope::Answer => matches!(member.location, Location::Body | Location::Uri | Location::Query),
        }
    }
}

/// Whether the slot holds something.
pub(crate) fn is_present(slot: &dyn Slot) -> bool {
    !matches!(slot.view(), View::Absent)
}

/// The present members of a record in the model's order.
pub(crate) fn present(
    record: &dyn Record,
    scope: Scope,
) -> impl Iterator<Item = (&'static Member, &dyn Slot)> {
    record.schema().members().iter().enumerate().filter(move |(_, member)| scope.holds(member)).filter_map(
        move |(index, member)| record.slot(index).filter(|slot| is_present(*slot)).map(|slot| (member, slot)),
    )
}

/// The one member of a union (or of an event stream, which botocore's models call a structure) that is present.
pub(crate) fn variant(record: &dyn Record) -> Option<(&'static Member, &dyn Slot)> {
    present(record, Scope::All).next()
}

/// Seconds since 1970 as a decimal number, with a fraction where there are milliseconds.
pub(crate) fn epoch(time: Timestamp) -> String {
    let ms = time.milliseconds();
    if ms % 1000 == 0 { time.seconds().to_string() } else { format!("{:?}", ms as f64 / 1000.0) }
}
