//! Reading the generated data.
//!
//! The data is part of the build, so there is nobody to report an error to; the tests read all of it and compare the
//! counts with the text.

use crate::template::Template;
use crate::{OperationRoute, ServiceRoutes, Table};
use kage_schema::Protocol;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) fn service(text: &'static str) -> ServiceRoutes {
    let (head, text) = text.split_once("\n\n").unwrap_or((text, ""));
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    ServiceRoutes {
        name: value("name").unwrap_or_default(),
        service_id: value("id").unwrap_or_default(),
        signing_name: value("signing").unwrap_or_default(),
        endpoint_prefix: value("endpoint").unwrap_or_default(),
        target_prefix: value("target"),
        api_version: value("version").unwrap_or_default(),
        xml_namespace: value("namespace"),
        protocols: value("protocols").unwrap_or_default().split(' ').filter_map(protocol).collect(),
        query_compatible: value("compatible").is_some(),
        text,
        table: OnceLock::new(),
    }
}

fn protocol(name: &str) -> Option<Protocol> {
    Some(match name {
        "AwsJson10" => Protocol::AwsJson10,
        "AwsJson11" => Protocol::AwsJson11,
        "RestJson" => Protocol::RestJson,
        "RestXml" => Protocol::RestXml,
        "Query" => Protocol::Query,
        "Ec2Query" => Protocol::Ec2Query,
        "RpcV2Cbor" => Protocol::RpcV2Cbor,
        _ => return None,
    })
}

pub(crate) fn table(text: &'static str) -> Table {
    let operations: Vec<OperationRoute> = text.lines().map(operation).collect();
    let by_name = operations.iter().enumerate().map(|(index, operation)| (operation.name, index)).collect();
    let mut by_method: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (index, operation) in operations.iter().enumerate() {
        by_method.entry(operation.method).or_default().push(index);
    }
    for indexes in by_method.values_mut() {
        // Stable: of equal ones the model's first stays first, but what is deprecated steps back.
        indexes.sort_by_key(|index| {
            operations.get(*index).map(|operation| (Reverse(operation.template.rank()), operation.deprecated))
        });
    }
    Table { operations, by_name, by_method }
}

fn operation(line: &'static str) -> OperationRoute {
    let mut words = line.split(' ').peekable();
    let name = words.next().unwrap_or_default();
    let is_method = |word: &&str| word.bytes().all(|b| b.is_ascii_uppercase());
    let (method, uri) = match words.next_if(is_method) {
        Some(method) => (method, words.next().unwrap_or("/")),
        None => ("POST", "/"),
    };
    let words: Vec<&'static str> = words.collect();
    let all = |prefix: &str| words.iter().filter_map(|word| word.strip_prefix(prefix)).collect();
    OperationRoute {
        name,
        method,
        uri,
        host_prefix: words.iter().find_map(|word| word.strip_prefix("host:")),
        unsigned: words.contains(&"unsigned"),
        readonly: words.contains(&"readonly"),
        deprecated: words.contains(&"deprecated"),
        template: Template::new(uri, all("query:"), all("header:")),
    }
}
