//! The query protocol of SQS, which its model no longer tells of.
//!
//! Since 2023 the model of SQS is that of its JSON protocol alone, marked `awsQueryCompatible`; older SDKs still speak the query
//! protocol. What they send and read follows few rules (AWS: SQS API reference of the years before, and the names that remain in
//! the model's shapes): lists and maps are flattened; a list goes by the name of its elements, `AttributeName.1`, a map by the
//! singular of its member, `Attribute.1.Name`; an answer stands in an element named as its shape.

use super::model::Object;
use serde_json::{Value, json};

/// AWS: the same reference.
const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// Adds to the parts of SQS's model what the query protocol needs.
pub fn add(metadata: &mut Object, operations: &mut Object, shapes: &mut Object) {
    metadata.insert("protocols".to_owned(), json!(["json", "query"]));
    metadata.insert("xmlNamespace".to_owned(), json!(NAMESPACE));
    for operation in operations.values_mut() {
        if let Some(output) = operation.get_mut("output").and_then(Value::as_object_mut)
            && let Some(shape) = output.get("shape").cloned()
        {
            output.insert("resultWrapper".to_owned(), shape);
        }
    }
    let kinds: Vec<(String, String)> = shapes
        .iter()
        .filter_map(|(name, shape)| Some((name.clone(), shape.get("type")?.as_str()?.to_owned())))
        .collect();
    for shape in shapes.values_mut() {
        name_members(shape, &kinds);
    }
    for (name, shape) in shapes.iter_mut() {
        name_entries(name, shape);
    }
}

fn name_members(shape: &mut Value, kinds: &[(String, String)]) {
    let Some(members) = shape.get_mut("members").and_then(Value::as_object_mut) else { return };
    for (name, member) in members {
        let Some(target) = member.get("shape").and_then(Value::as_str) else { continue };
        let kind = kinds.iter().find(|(shape, _)| shape == target).map(|(_, kind)| kind.as_str());
        let query = match kind {
            Some("list") => element(target),
            Some("map") => singular(name),
            _ => continue,
        };
        if let Some(member) = member.as_object_mut() {
            member.insert("queryName".to_owned(), Value::String(query));
        }
    }
}

/// `AttributeNameList` is a list of `AttributeName`.
fn element(list: &str) -> String {
    match list {
        "MessageSystemAttributeList" => "MessageSystemAttributeName".to_owned(),
        "StringList" | "BinaryList" => format!("{list}Value"),
        _ => list.trim_end_matches("List").to_owned(),
    }
}

/// `Attributes` is a map of `Attribute`, `tags` one of `Tag`.
fn singular(member: &str) -> String {
    let mut chars = member.trim_end_matches('s').chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn name_entries(name: &str, shape: &mut Value) {
    if shape.get("type").and_then(Value::as_str) != Some("map") {
        return;
    }
    let key = if name == "TagMap" { "Key" } else { "Name" };
    for (part, wire) in [("key", key), ("value", "Value")] {
        if let Some(part) = shape.get_mut(part).and_then(Value::as_object_mut) {
            part.insert("locationName".to_owned(), json!(wire));
        }
    }
}
