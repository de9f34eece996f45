//! From a request into slots.

use super::headers::{read_header, read_prefixed};
use super::labels::labels;
use super::parameters::Parameters;
use crate::error::Fault;
use crate::message::Request;
use crate::place::{Place, Scope};
use crate::{form, json, s3, scalar, xml};
use bytes::Bytes;
use kage_schema::{
    Body, Flags, Kind, Location, Member, OperationModel, Problems, Protocol, Record, Scalar, Seen,
    ServiceModel, TimestampFormat,
};

/// Reads the input from path, query, headers and body.
pub(crate) fn read_input(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    request: &Request<'_>,
    into: &mut dyn Record,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let mut seen = Seen::new();
    read_head(operation, request, into, &mut seen)?;
    let schema = into.schema();
    if let Some((index, member)) = schema.payload() {
        let strict = (service.name == s3::NAME).then_some(operation);
        if read_payload(protocol, strict, request, member, into, index, problems)? {
            seen.mark(index);
        }
    } else if !request.body.trim_ascii().is_empty()
        && schema.members().iter().any(|member| member.location == Location::Body)
    {
        match protocol {
            Protocol::RestXml => xml::read_root(&xml::parse(request.body)?, into, &mut seen, problems)?,
            _ => json::read_structure(request.body, into, Scope::Body, &mut seen, problems)?,
        }
    }
    seen.finish(schema, problems);
    Ok(())
}

fn read_head(
    operation: &OperationModel,
    request: &Request<'_>,
    into: &mut dyn Record,
    seen: &mut Seen,
) -> Result<(), Fault> {
    let members = into.schema().members();
    if members.iter().all(|member| member.location == Location::Body) {
        return Ok(());
    }
    let labels = labels(operation.http.uri, request.path)?;
    let pairs = form::pairs(request.query)?;
    let parameters = Parameters::new(&pairs, operation.http.uri);
    for (index, member) in members.iter().enumerate() {
        let present = match member.location {
            Location::Body | Location::Status => false,
            Location::Header => read_header(request, member, Place::Member(into, index, false))?,
            Location::Headers => read_prefixed(request, member, Place::Member(into, index, false))?,
            Location::Query => parameters.read(into, index, member)?,
            Location::Uri => {
                let found = labels.iter().find(|(name, _)| *name == member.wire_or_name());
                let (_, text) = found.ok_or(Fault::Path)?;
                let scalar =
                    scalar::parse(text, member, TimestampFormat::Iso8601).ok_or_else(|| Fault::Text {
                        name: format!(":{}", member.wire_or_name()),
                        value: text.clone(),
                        wanted: member.target.kind,
                    })?;
                Place::Member(into, index, false)
                    .open()
                    .and_then(|slot| slot.set(scalar).ok())
                    .ok_or_else(|| unfit(member))?;
                true
            }
        };
        if present {
            seen.mark(index);
        }
    }
    Ok(())
}

/// Reads the member that is the whole body. False when there is none.
fn read_payload(
    protocol: Protocol,
    strict: Option<&OperationModel>,
    request: &Request<'_>,
    member: &'static Member,
    into: &mut dyn Record,
    index: usize,
    problems: &mut Problems,
) -> Result<bool, Fault> {
    if member.has(Flags::STREAMING) || member.has(Flags::EVENT_STREAM) {
        let body = request.streaming.clone().unwrap_or_else(|| match request.body {
            [] => Body::Empty,
            bytes => Body::Bytes(Bytes::copy_from_slice(bytes)),
        });
        let slot = into.slot_mut(index).ok_or_else(|| unfit(member))?;
        return slot.set(Scalar::Body(body)).map(|()| true).map_err(|_| unfit(member));
    }
    if request.body.is_empty() {
        return Ok(false);
    }
    let place = Place::Member(into, index, false);
    let scalar = match member.target.kind {
        Kind::Blob => Scalar::Blob(request.body.to_vec()),
        Kind::String => match std::str::from_utf8(request.body) {
            Ok(text) => Scalar::Str(text.to_owned()),
            Err(_) => return Err(Fault::Malformed),
        },
        _ if protocol == Protocol::RestXml => {
            let root = xml::parse(request.body)?;
            if strict.is_some() && !is_root(&root.name, member) {
                return Err(Fault::Malformed);
            }
            problems.enter(member.name);
            xml::read_value(&root, member, place, problems)?;
            problems.leave();
            return Ok(true);
        }
        _ => {
            problems.enter(member.name);
            let present = json::read_value(request.body, member, place, problems)?;
            problems.leave();
            return Ok(present);
        }
    };
    place.open().and_then(|slot| slot.set(scalar).ok()).ok_or_else(|| unfit(member)).map(|()| true)
}

/// S3 refuses a document with another root element.
fn is_root(name: &str, member: &Member) -> bool {
    [member.wire_name, member.target.xml_name, Some(member.target.name), Some(member.name)]
        .contains(&Some(name))
}

fn unfit(member: &Member) -> Fault {
    Fault::Slot { name: member.name.to_owned() }
}
