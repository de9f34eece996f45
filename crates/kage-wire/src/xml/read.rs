//! From elements into slots.

use super::local;
use super::tree::Element;
use crate::error::Fault;
use crate::place::{Place, Scope};
use crate::scalar;
use kage_schema::{Flags, Kind, Member, Problems, Record, Seen, TimestampFormat};

/// Reads the outermost element into the input and marks the members that it holds.
pub(crate) fn read_root(
    element: &Element,
    into: &mut dyn Record,
    seen: &mut Seen,
    problems: &mut Problems,
) -> Result<(), Fault> {
    read_members(element, into, Scope::Body, seen, problems).map(|_| ())
}

fn read_members(
    element: &Element,
    record: &mut dyn Record,
    scope: Scope,
    seen: &mut Seen,
    problems: &mut Problems,
) -> Result<usize, Fault> {
    let members = record.schema().members();
    let mut count = 0;
    for (name, value) in &element.attributes {
        let found = members.iter().enumerate().find(|(_, member)| {
            member.has(Flags::XML_ATTRIBUTE) && scope.holds(member) && local(member.wire_or_name()) == name
        });
        if let Some((index, member)) = found {
            set_text(value, member, Place::Member(record, index, false))?;
            seen.mark(index);
            count += 1;
        }
    }
    for child in &element.children {
        let found = members.iter().enumerate().find(|(_, member)| {
            !member.has(Flags::XML_ATTRIBUTE)
                && scope.holds(member)
                && local(member.wire_or_name()) == child.name
        });
        let Some((index, member)) = found else { continue };
        let again = seen.has(index);
        let place = Place::Member(record, index, again && !is_flat(member));
        problems.enter(member.name);
        if is_flat(member) {
            read_flat(child, member, place, problems)?;
        } else {
            read_value(child, member, place, problems)?;
        }
        problems.leave();
        count += usize::from(!again);
        seen.mark(index);
    }
    Ok(count)
}

fn is_flat(member: &Member) -> bool {
    matches!(member.target.kind, Kind::List | Kind::Map) && member.has(Flags::FLATTENED)
}

/// One element of a flattened list or map, which stands directly in the parent.
fn read_flat(
    child: &Element,
    member: &'static Member,
    place: Place<'_>,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let slot = place.open().ok_or_else(|| unfit(member))?;
    if let Some(element) = member.target.element() {
        let list = slot.list_mut().ok_or_else(|| unfit(member))?;
        problems.enter(&(list.len() + 1).to_string());
        problems.enter("member");
        read_value(child, element, Place::Element(list), problems)?;
        problems.leave();
        problems.leave();
        return Ok(());
    }
    let map = slot.map_mut().ok_or_else(|| unfit(member))?;
    read_entry(child, member, map, problems)
}

/// Reads one element as a value of the member's shape.
pub(crate) fn read_value(
    element: &Element,
    member: &'static Member,
    place: Place<'_>,
    problems: &mut Problems,
) -> Result<(), Fault> {
    match member.target.kind {
        Kind::Structure | Kind::Union => {
            let record = place.open().and_then(|slot| slot.record_mut()).ok_or_else(|| unfit(member))?;
            let mut seen = Seen::new();
            let count = read_members(element, record, Scope::All, &mut seen, problems)?;
            if member.target.kind == Kind::Structure {
                seen.finish(member.target, problems);
            } else if count != 1 {
                return Err(Fault::Union { name: member.target.name });
            }
            Ok(())
        }
        Kind::List => {
            let inner = member.target.element().ok_or_else(|| unfit(member))?;
            let list = place.open().and_then(|slot| slot.list_mut()).ok_or_else(|| unfit(member))?;
            let wanted = local(inner.wire_or_name());
            let children = element.children.iter().filter(|child| child.name == wanted);
            for (index, child) in children.enumerate() {
                problems.enter(&(index + 1).to_string());
                problems.enter("member");
                read_value(child, inner, Place::Element(list), problems)?;
                problems.leave();
                problems.leave();
            }
            Ok(())
        }
        Kind::Map => {
            let map = place.open().and_then(|slot| slot.map_mut()).ok_or_else(|| unfit(member))?;
            element
                .children
                .iter()
                .filter(|child| child.name == "entry")
                .try_for_each(|child| read_entry(child, member, map, problems))
        }
        _ => set_text(&element.text, member, place),
    }
}

fn read_entry(
    element: &Element,
    member: &'static Member,
    map: &mut dyn kage_schema::Map,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let (key, value) = member.target.entry().ok_or_else(|| unfit(member))?;
    let child = |name: &str| element.children.iter().find(|child| child.name == local(name));
    let key = child(key.wire_or_name()).ok_or(Fault::Malformed)?.text.clone();
    problems.enter_key(&key);
    problems.enter("member");
    if let Some(child) = child(value.wire_or_name()) {
        read_value(child, value, Place::Entry(map, key), problems)?;
    }
    problems.leave();
    problems.leave();
    Ok(())
}

fn set_text(text: &str, member: &'static Member, place: Place<'_>) -> Result<(), Fault> {
    let scalar = scalar::parse(text, member, TimestampFormat::Iso8601).ok_or_else(|| Fault::Text {
        name: member.wire_or_name().to_owned(),
        value: text.to_owned(),
        wanted: member.target.kind,
    })?;
    place.open().and_then(|slot| slot.set(scalar).ok()).ok_or_else(|| unfit(member))
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}
