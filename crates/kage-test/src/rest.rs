//! REST-JSON from the client's side: paths, queries, headers and bodies out, the same back.

use crate::form::encode;
use crate::world::Reply;
use kage_schema::{Flags, Kind, Location, OperationModel, Schema};
use serde_json::{Map, Value, json};

/// A request that is still to be signed.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Puts every member where the model says that it travels.
pub(crate) fn request(model: &OperationModel, input: &Value) -> Request {
    let (path, fixed) = model.http.uri.split_once('?').unwrap_or((model.http.uri, ""));
    let mut path = path.to_owned();
    let mut query: Vec<String> = Vec::new();
    if !fixed.is_empty() {
        query.push(fixed.to_owned());
    }
    let mut headers = Vec::new();
    let mut body = Map::new();
    let mut payload = None;
    for (name, value) in input.as_object().expect("an input is an object") {
        let found = model.input.member(name);
        let (_, member) = found.unwrap_or_else(|| panic!("{} has no member {name}", model.name));
        let wire = member.wire_or_name();
        if member.has(Flags::PAYLOAD) {
            payload = Some(value);
            continue;
        }
        match member.location {
            Location::Uri => {
                path = path.replace(&format!("{{{wire}}}"), &encode(&text(value)));
                path = path.replace(&format!("{{{wire}+}}"), &encode(&text(value)).replace("%2F", "/"));
            }
            Location::Query => match value {
                Value::Array(items) => {
                    query.extend(items.iter().map(|item| format!("{wire}={}", encode(&text(item)))));
                }
                value => query.push(format!("{wire}={}", encode(&text(value)))),
            },
            Location::Header => headers.push((wire.to_ascii_lowercase(), text(value))),
            _ => {
                body.insert(wire.to_owned(), renamed(member.target, value));
            }
        }
    }
    let has_payload = model.input.payload().is_some();
    let body = match payload {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None if has_payload || matches!(model.http.method, "GET" | "DELETE") && body.is_empty() => {
            String::new()
        }
        None => Value::Object(body).to_string(),
    };
    if !body.is_empty() && !has_payload {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Request { path, query: query.join("&"), headers, body }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value with the names of the wire.
fn renamed(schema: &Schema, value: &Value) -> Value {
    match (schema.kind, value) {
        (Kind::Structure | Kind::Union, Value::Object(members)) => members
            .iter()
            .map(|(name, value)| match schema.member(name) {
                Some((_, member)) => (member.wire_or_name().to_owned(), renamed(member.target, value)),
                None => (name.clone(), value.clone()),
            })
            .collect(),
        (Kind::List, Value::Array(items)) => match schema.element() {
            Some(element) => items.iter().map(|item| renamed(element.target, item)).collect(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

/// The answer's members under their names of the model.
pub(crate) fn answer(model: &OperationModel, reply: &Reply) -> Value {
    let mut out = Map::new();
    let mut rest = serde_json::from_str::<Value>(&reply.text).unwrap_or(Value::Null);
    for member in model.output.members() {
        let wire = member.wire_or_name();
        if member.has(Flags::PAYLOAD) {
            out.insert(member.name.to_owned(), json!(reply.text));
            continue;
        }
        match member.location {
            Location::Header => {
                if let Some(value) = reply.header(wire) {
                    out.insert(member.name.to_owned(), json!(value));
                }
            }
            Location::Status => {
                out.insert(member.name.to_owned(), json!(reply.status));
            }
            _ => {
                if let Some(value) = rest.get_mut(wire) {
                    out.insert(member.name.to_owned(), value.take());
                }
            }
        }
    }
    Value::Object(out)
}
