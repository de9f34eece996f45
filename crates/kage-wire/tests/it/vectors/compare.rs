//! When two sides say the same.

use super::model::Model;
use super::xml_tree;
use base64::Engine as _;
use kage_schema::{Kind, Location, Protocol, Schema};
use kage_wire::Response;
use serde_json::{Map, Value, json};

/// The body of a stated message; CBOR is in base64.
pub fn body(protocol: Protocol, message: &Value) -> Vec<u8> {
    let text = message["body"].as_str().unwrap_or_default();
    if protocol == Protocol::RpcV2Cbor {
        return base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    }
    text.as_bytes().to_vec()
}

/// Whether the read input is what the client was given.
pub fn input(model: &Model, actual: &Value, expected: &Value) -> Result<(), String> {
    let schema = model.operation.input;
    let (mut actual, mut expected) = (actual.clone(), expected.clone());
    // A client adds an idempotency token that it was not given.
    for member in schema.members() {
        if member.has(kage_schema::Flags::IDEMPOTENCY_TOKEN)
            && expected.get(member.name).is_none()
            && actual[member.name] == "00000000-0000-4000-8000-000000000000"
        {
            actual.as_object_mut().unwrap().remove(member.name);
        }
    }
    unsaid(model.protocol, schema, &mut actual);
    unsaid(model.protocol, schema, &mut expected);
    named_once(schema, &mut expected);
    same("params", &numbers(&actual), &numbers(&expected))
}

/// Removes what a request cannot say: null; empty lists and maps in the HTTP head and, but for awsQuery's
/// `List=`, in forms.
fn unsaid(protocol: Protocol, schema: &Schema, value: &mut Value) {
    let Value::Object(members) = value else { return };
    members.retain(|name, value| {
        let Some((_, member)) = schema.member(name) else { return true };
        let is_empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        let in_head = member.location != Location::Body;
        let in_form = match protocol {
            Protocol::Ec2Query => true,
            Protocol::Query => member.target.kind == Kind::Map,
            _ => false,
        };
        !(value.is_null() || is_empty && (in_head || in_form))
    });
}

/// A parameter that a member names does not also stand in the map of the others, whatever the client was given.
fn named_once(schema: &Schema, value: &mut Value) {
    let queries = || schema.members().iter().filter(|member| member.location == Location::Query);
    let Some(map) = queries().find(|member| member.target.kind == Kind::Map) else { return };
    let Some(entries) = value.get_mut(map.name).and_then(Value::as_object_mut) else { return };
    entries.retain(|name, _| {
        !queries().any(|member| member.target.kind != Kind::Map && member.wire_or_name() == name)
    });
    if entries.is_empty() {
        value.as_object_mut().unwrap().remove(map.name);
    }
}

/// All numbers as doubles, so that `1` and `1.0` are the same.
fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(values) => values.iter().map(numbers).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), numbers(value))).collect())
        }
        other => other.clone(),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, actual: &T, expected: &T) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("{what}:\n   is {actual:?}\n  not {expected:?}")) }
}

/// Whether the written answer says what the stated one does.
pub fn response(protocol: Protocol, response: &Response, stated: &Value) -> Result<(), String> {
    same("status", &u64::from(response.status), &stated["status_code"].as_u64().unwrap())?;
    let bytes = response.body.bytes().unwrap();
    for (name, value) in stated["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap();
        let actual = match name.to_ascii_lowercase().as_str() {
            // The sender's business; it counts the bytes.
            "content-length" => Some(bytes.len().to_string()),
            // Its value is random; it must be there.
            "x-amzn-requestid" => response.header(name).map(|_| value.to_owned()),
            // Parameters such as the charset do not matter.
            "content-type" => response
                .header(name)
                .map(|text| text.split(';').next().unwrap().to_owned())
                .filter(|text| *text != value.split(';').next().unwrap())
                .or_else(|| response.header(name).map(|_| value.to_owned())),
            _ => response.header(name).map(str::to_owned),
        };
        same(name, &actual.as_deref(), &Some(value))?;
    }
    if stated.get("body").is_none() {
        return Ok(());
    }
    let expected = body(protocol, stated);
    let is_document = stated["headers"]["Content-Type"].as_str().is_none_or(|text| text != "text/plain");
    match protocol {
        Protocol::RpcV2Cbor => same("body", &cbor_value(bytes)?, &cbor_value(&expected)?),
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson if is_document => {
            same("body", &json_value(bytes), &json_value(&expected))
        }
        Protocol::RestXml | Protocol::Query | Protocol::Ec2Query
            if is_document && expected.contains(&b'<') =>
        {
            let (actual, expected) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&expected));
            let found = xml_tree::parse(&actual);
            same("body", &found, &xml_tree::parse(&expected)).map_err(|why| format!("{why}\n  {actual}"))
        }
        _ => same("body", &String::from_utf8_lossy(bytes), &String::from_utf8_lossy(&expected)),
    }
}

/// An empty body says what `{}` says. The namespace before an error's name is the suite's own.
fn json_value(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return json!({});
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return json!(String::from_utf8_lossy(bytes));
    };
    bare_type(&mut value);
    numbers(&value)
}

fn bare_type(value: &mut Value) {
    if let Some(name) = value.get_mut("__type") {
        *name = json!(name.as_str().unwrap().rsplit('#').next().unwrap());
    }
}

/// CBOR as JSON, for comparison: bytes as `b:…`, times as `t:…`, NaN and infinities as text.
fn cbor_value(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    let mut rest = bytes;
    let mut value = cbor_item(&mut rest).ok_or("the body is no CBOR")?.ok_or("the body is a break")?;
    bare_type(&mut value);
    if rest.is_empty() { Ok(value) } else { Err("bytes after the CBOR document".to_owned()) }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8], width: usize) -> Option<u64> {
    Some(take(rest, width)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn float(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(format!("{value}")) }
}

/// One item; the inner `None` is a break.
fn cbor_item(rest: &mut &[u8]) -> Option<Option<Value>> {
    let first = number(rest, 1)?;
    let (major, low) = (first >> 5, first & 31);
    if major == 7 {
        return Some(match low {
            20 => Some(json!(false)),
            21 => Some(json!(true)),
            22 => Some(Value::Null),
            26 => Some(float(f64::from(f32::from_bits(number(rest, 4)? as u32)))),
            27 => Some(float(f64::from_bits(number(rest, 8)?))),
            25 => Some(half(number(rest, 2)?)),
            31 => None,
            _ => return None,
        });
    }
    let argument = match low {
        0..=23 => Some(low),
        24..=27 => Some(number(rest, 1 << (low - 24))?),
        _ => None,
    };
    let mut left = argument;
    let mut items = Vec::new();
    if matches!(major, 4 | 5) || argument.is_none() {
        let step = if major == 5 { 2 } else { 1 };
        while left != Some(0) {
            for _ in 0..step {
                match cbor_item(rest)? {
                    Some(item) => items.push(item),
                    None => left = Some(1),
                }
                if left == Some(1) && argument.is_none() {
                    break;
                }
            }
            left = left.map(|left| left - 1);
        }
    }
    Some(Some(match (major, argument) {
        (0, Some(n)) => json!(n as f64),
        (1, Some(n)) => json!(-1.0 - n as f64),
        (2, Some(n)) => json!(format!("b:{}", String::from_utf8_lossy(take(rest, n as usize)?))),
        (3, Some(n)) => json!(String::from_utf8(take(rest, n as usize)?.to_vec()).ok()?),
        (2 | 3, None) => json!(items.iter().map(|item| item.as_str().unwrap()).collect::<String>()),
        (4, _) => Value::Array(items),
        (5, _) => Value::Object(
            items.chunks(2).map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone())).collect(),
        ),
        (6, Some(1)) => json!(format!("t:{}", cbor_item(rest)??)),
        _ => return None,
    }))
}

fn half(bits: u64) -> Value {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = ((bits >> 10 & 31) as i32, (bits & 1023) as f64);
    float(match exponent {
        0 => sign * mantissa / 16_777_216.0,
        31 if mantissa == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + mantissa / 1024.0) * f64::powi(2.0, exponent - 15),
    })
}
