//! What the tests of this crate share: records from and to JSON.

use kage_schema::{Body, DynamicRecord, Kind, Record, Scalar, Schema, Slot, Timestamp, View};
use serde_json::{Map, Value, json};

/// The record as botocore writes parameters: blobs as plain text, times as seconds, NaN as text.
pub fn to_json(record: &dyn Record) -> Value {
    let mut out = Map::new();
    for (index, member) in record.schema().members().iter().enumerate() {
        if let Some(value) = record.slot(index).and_then(|slot| slot_to_json(slot, member.target)) {
            out.insert(member.name.to_owned(), value);
        }
    }
    Value::Object(out)
}

fn bytes(bytes: &[u8]) -> Value {
    Value::String(String::from_utf8_lossy(bytes).into_owned())
}

fn slot_to_json(slot: &dyn Slot, schema: &Schema) -> Option<Value> {
    let inner = |slot: &dyn Slot| {
        let schema = schema.members().last().unwrap().target;
        slot_to_json(slot, schema).unwrap_or_default()
    };
    Some(match slot.view() {
        View::Absent => return None,
        View::Bool(v) => json!(v),
        View::Int(v) => json!(v),
        View::Float(v) if v.is_nan() => json!("NaN"),
        View::Float(v) if v.is_infinite() => json!(if v > 0.0 { "Infinity" } else { "-Infinity" }),
        // 32 bits have fewer digits, however a record holds them.
        View::Float(v) if schema.kind == Kind::Float => json!((v as f32).to_string().parse::<f64>().unwrap()),
        View::Float(v) => json!(v),
        View::Str(v) => json!(v),
        View::Blob(v) => bytes(v),
        View::Time(v) => json!(v.milliseconds() as f64 / 1000.0),
        View::Record(v) => to_json(v),
        View::List(v) => Value::Array((0..v.len()).map(|i| inner(v.at(i).unwrap())).collect()),
        View::Map(v) => Value::Object(v.entries().map(|(key, slot)| (key.to_owned(), inner(slot))).collect()),
        View::Document(v) => v.clone(),
        View::Body(Body::Empty) => return None,
        View::Body(v) => bytes(v.bytes().unwrap()),
    })
}

/// Fills a record from the same form. Nulls are left out.
pub fn from_json(schema: &'static Schema, value: &Value) -> DynamicRecord {
    let mut record = DynamicRecord::new(schema);
    fill(&mut record, value);
    record
}

fn fill(record: &mut dyn Record, value: &Value) {
    for (name, value) in value.as_object().expect("an object of parameters") {
        let (index, member) = record
            .schema()
            .member(name)
            .unwrap_or_else(|| panic!("no member `{name}` in {}", record.schema().name));
        if !value.is_null() {
            fill_slot(record.slot_mut(index).unwrap(), member.target, value);
        }
    }
}

fn fill_slot(slot: &mut dyn Slot, schema: &'static Schema, value: &Value) {
    let scalar = match (schema.kind, value) {
        (Kind::Structure | Kind::Union, _) => return fill(slot.record_mut().unwrap(), value),
        (Kind::List, _) => {
            let list = slot.list_mut().unwrap();
            for value in value.as_array().unwrap() {
                fill_slot(list.push(), schema.element().unwrap().target, value);
            }
            return;
        }
        (Kind::Map, _) => {
            let map = slot.map_mut().unwrap();
            for (key, value) in value.as_object().unwrap() {
                fill_slot(map.entry(key.clone()), schema.entry().unwrap().1.target, value);
            }
            return;
        }
        (Kind::Document, value) => Scalar::Document(value.clone()),
        (Kind::Timestamp, value) => {
            Scalar::Time(Timestamp::from_seconds_f64(value.as_f64().unwrap()).unwrap())
        }
        (Kind::Blob, Value::String(text)) => Scalar::Blob(text.as_bytes().to_vec()),
        (Kind::Float | Kind::Double, Value::String(text)) => Scalar::Float(match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        }),
        (_, Value::String(text)) => Scalar::Str(text.clone()),
        (_, Value::Bool(v)) => Scalar::Bool(*v),
        (Kind::Float | Kind::Double, Value::Number(v)) => Scalar::Float(v.as_f64().unwrap()),
        (_, Value::Number(v)) => Scalar::Int(v.as_i64().unwrap()),
        other => panic!("{other:?}"),
    };
    slot.set(scalar).expect("the value fits its schema");
}
