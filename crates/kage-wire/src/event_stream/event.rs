//! Events: a union of structures becomes a frame.

use super::frame::{Frame, HeaderValue};
use crate::error::WriteError;
use crate::place::{Scope, present, variant};
use crate::rest::payload_root;
use crate::xml::Writer;
use crate::{cbor, json};
use kage_schema::{Flags, Kind, Member, Protocol, Record, Slot, View};

/// Whether the member is an event stream.
pub(crate) fn is_stream(member: &Member) -> bool {
    member.has(Flags::EVENT_STREAM)
}

/// The media type of an event's document.
fn document_type(protocol: Protocol) -> &'static str {
    match protocol {
        // AWS: S3 API reference, SelectObjectContent, "Stats message": `:content-type` is `text/xml`.
        Protocol::RestXml | Protocol::Query | Protocol::Ec2Query => "text/xml",
        Protocol::RpcV2Cbor => "application/cbor",
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => "application/json",
    }
}

fn document(protocol: Protocol, root: &str, record: &dyn Record, scope: Scope) -> Vec<u8> {
    match protocol {
        Protocol::RestXml | Protocol::Query | Protocol::Ec2Query => {
            let mut writer = Writer::new();
            writer.record(root, None, record, scope);
            writer.finish()
        }
        Protocol::RpcV2Cbor => {
            let mut out = Vec::new();
            cbor::write_members(&mut out, record);
            out
        }
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
            let mut out = String::from("{");
            json::write_members(&mut out, record, scope, true);
            out.push('}');
            out.into_bytes()
        }
    }
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::Text(value.to_owned())
}

/// The frame of one event: `stream` is the event-stream union with the event (or modelled error) that happens.
///
/// # Errors
/// [`WriteError`] when no member is set, or one that is no structure.
pub fn write_event(protocol: Protocol, stream: &dyn Record) -> Result<Frame, WriteError> {
    let name = stream.schema().name;
    let (member, slot) =
        variant(stream).ok_or_else(|| WriteError(format!("the event stream {name} holds no event")))?;
    let View::Record(event) = slot.view() else {
        return Err(WriteError(format!("the event {name}.{} is no structure", member.name)));
    };
    let mut frame = Frame::default();
    let (message, kind) =
        if member.has(Flags::ERROR) { ("exception", ":exception-type") } else { ("event", ":event-type") };
    frame.headers.push((":message-type".to_owned(), text(message)));
    frame.headers.push((kind.to_owned(), text(member.wire_or_name())));
    let mut payload = None;
    let mut has_document = false;
    for (inner, slot) in present(event, Scope::All) {
        if inner.flags.has(Flags::EVENT_HEADER) {
            if let Some(value) = header(slot, inner) {
                frame.headers.push((inner.wire_or_name().to_owned(), value));
            }
        } else if inner.flags.has(Flags::EVENT_PAYLOAD) {
            payload = Some((inner, slot));
        } else {
            has_document = true;
        }
    }
    let content = match payload {
        Some((inner, slot)) => payload_of(protocol, slot, inner)?,
        // AWS: S3's `Cont` and `End` events have neither content type nor payload.
        None if !has_document && member.target.members().iter().all(|m| m.flags.has(Flags::EVENT_HEADER)) => {
            None
        }
        None => Some((document_type(protocol), document(protocol, payload_root(member), event, Scope::All))),
    };
    if let Some((content_type, bytes)) = content {
        frame.headers.push((":content-type".to_owned(), text(content_type)));
        frame.payload = bytes;
    }
    Ok(frame)
}

fn payload_of(
    protocol: Protocol,
    slot: &dyn Slot,
    member: &'static Member,
) -> Result<Option<(&'static str, Vec<u8>)>, WriteError> {
    Ok(match slot.view() {
        View::Absent => None,
        View::Blob(bytes) => Some(("application/octet-stream", bytes.to_vec())),
        View::Str(value) => Some(("text/plain", value.as_bytes().to_vec())),
        View::Record(record) => {
            Some((document_type(protocol), document(protocol, payload_root(member), record, Scope::All)))
        }
        _ => return Err(WriteError(format!("the event payload `{}` has no form", member.name))),
    })
}

fn header(slot: &dyn Slot, member: &Member) -> Option<HeaderValue> {
    Some(match slot.view() {
        View::Bool(value) => HeaderValue::Bool(value),
        View::Int(value) if member.target.kind == Kind::Long => HeaderValue::Long(value),
        View::Int(value) => HeaderValue::Integer(i32::try_from(value).ok()?),
        View::Blob(value) => HeaderValue::Bytes(value.to_vec()),
        View::Str(value) => text(value),
        View::Time(value) => HeaderValue::Time(value),
        _ => return None,
    })
}

/// The first frame of a stream over an RPC protocol: the output's members other than the stream itself. REST
/// protocols have none; their members are in the HTTP head.
#[must_use]
pub fn initial_response(protocol: Protocol, output: &dyn Record) -> Option<Frame> {
    if matches!(protocol, Protocol::RestJson | Protocol::RestXml) {
        return None;
    }
    let rest = Rest { output };
    let mut frame = Frame::default();
    frame.headers.push((":message-type".to_owned(), text("event")));
    frame.headers.push((":event-type".to_owned(), text("initial-response")));
    frame.headers.push((":content-type".to_owned(), text(document_type(protocol))));
    frame.payload = rest.document(protocol);
    Some(frame)
}

/// An output without its stream.
struct Rest<'a> {
    output: &'a dyn Record,
}

impl Rest<'_> {
    fn document(&self, protocol: Protocol) -> Vec<u8> {
        let members = || present(self.output, Scope::All).filter(|(member, _)| !is_stream(member));
        if protocol == Protocol::RpcV2Cbor {
            let mut out = Vec::new();
            cbor::write_head(&mut out, cbor::major::MAP, members().count() as u64);
            for (member, slot) in members() {
                cbor::write_text(&mut out, member.wire_or_name());
                cbor::write_value(&mut out, slot, member);
            }
            return out;
        }
        let mut out = String::from("{");
        for (index, (member, slot)) in members().enumerate() {
            if index > 0 {
                out.push(',');
            }
            json::write_string(&mut out, member.wire_or_name());
            out.push(':');
            json::write_value(&mut out, slot, member);
        }
        out.push('}');
        out.into_bytes()
    }
}

/// The frame that ends a stream with an error that the model does not name.
#[must_use]
pub fn write_error_event(code: &str, message: &str) -> Frame {
    let mut frame = Frame::default();
    frame.headers.push((":message-type".to_owned(), text("error")));
    frame.headers.push((":error-code".to_owned(), text(code)));
    frame.headers.push((":error-message".to_owned(), text(message)));
    frame
}
