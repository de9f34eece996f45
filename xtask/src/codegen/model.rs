//! Reading botocore's service models.

use super::sqs_query;
use crate::workspace::{self, Outcome};
use flate2::read::GzDecoder;
use serde_json::{Map, Value};
use std::io::Read as _;
use std::path::Path;

/// A JSON object.
pub type Object = Map<String, Value>;

/// One service model.
#[derive(Debug)]
pub struct Model {
    /// botocore's folder name.
    pub name: String,
    /// `metadata`.
    pub metadata: Object,
    /// `operations`, by name.
    pub operations: Object,
    /// `shapes`, by name.
    pub shapes: Object,
}

impl Model {
    /// Reads the newest API version of the named service.
    pub fn read(data: &Path, name: &str) -> Outcome<Model> {
        let versions = workspace::list(&data.join(name))?;
        let newest = versions.iter().rev().map(|version| version.join("service-2.json.gz"));
        let file = newest.into_iter().find(|file| file.exists());
        let file = file.ok_or_else(|| format!("botocore has no service `{name}`"))?;
        let mut json = Vec::new();
        GzDecoder::new(workspace::read_bytes(&file)?.as_slice())
            .read_to_end(&mut json)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let value: Value =
            serde_json::from_slice(&json).map_err(|error| format!("{}: {error}", file.display()))?;
        let part = |key: &str| {
            let object = value.get(key).and_then(Value::as_object).cloned();
            object.ok_or_else(|| format!("{}: no `{key}`", file.display()))
        };
        let mut model = Model {
            name: name.to_owned(),
            metadata: part("metadata")?,
            operations: part("operations")?,
            shapes: part("shapes")?,
        };
        if name == "sqs" {
            sqs_query::add(&mut model.metadata, &mut model.operations, &mut model.shapes);
        }
        Ok(model)
    }

    /// The shape of this name.
    pub fn shape(&self, name: &str) -> Outcome<&Object> {
        let shape = self.shapes.get(name).and_then(Value::as_object);
        shape.ok_or_else(|| format!("{}: no shape `{name}`", self.name))
    }

    /// A text of the metadata.
    pub fn meta(&self, key: &str) -> Option<&str> {
        text(&self.metadata, key)
    }

    /// The service id, or what stood for it before there were ids.
    pub fn service_id(&self) -> &str {
        self.meta("serviceId").or_else(|| self.meta("serviceAbbreviation")).unwrap_or(&self.name)
    }

    /// The name in the credential scope of signatures.
    pub fn signing_name(&self) -> &str {
        self.meta("signingName").unwrap_or_else(|| self.endpoint_prefix())
    }

    /// The first label of the endpoint.
    pub fn endpoint_prefix(&self) -> &str {
        self.meta("endpointPrefix").unwrap_or(&self.name)
    }

    /// The protocols, as variants of `kage_schema::Protocol`, the preferred one first.
    pub fn protocols(&self) -> Outcome<Vec<&'static str>> {
        let listed = strings(&self.metadata, "protocols");
        let names = if listed.is_empty() { self.meta("protocol").into_iter().collect() } else { listed };
        let json = if self.meta("jsonVersion") == Some("1.0") { "AwsJson10" } else { "AwsJson11" };
        let protocols = names.into_iter().map(|name| match name {
            "json" => Ok(json),
            "rest-json" => Ok("RestJson"),
            "rest-xml" => Ok("RestXml"),
            "query" => Ok("Query"),
            "ec2" => Ok("Ec2Query"),
            "smithy-rpc-v2-cbor" => Ok("RpcV2Cbor"),
            other => Err(format!("{}: unknown protocol `{other}`", self.name)),
        });
        protocols.collect()
    }
}

/// A text of an object.
pub fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// A boolean of an object; absent is false.
pub fn yes(object: &Object, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The texts of a list of an object; absent is empty.
pub fn strings<'a>(object: &'a Object, key: &str) -> Vec<&'a str> {
    let list = object.get(key).and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// An object in an object.
pub fn inner<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

/// The shape that a reference names.
pub fn target(reference: &Value) -> Outcome<&str> {
    let shape = reference.get("shape").and_then(Value::as_str);
    shape.ok_or_else(|| format!("a reference names no shape: {reference}"))
}
