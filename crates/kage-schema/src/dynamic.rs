//! Records whose shape is known at run time only: protocol vectors, operations without generated types.

use crate::{Blob, Body, Kind, List, Map, Mismatch, Record, Scalar, Schema, Slot, Timestamp, View};
use std::collections::BTreeMap;

/// A structure or union of any schema.
#[derive(Debug)]
pub struct DynamicRecord {
    schema: &'static Schema,
    slots: Vec<Dynamic>,
}

impl DynamicRecord {
    /// An empty record of this shape.
    #[must_use]
    pub fn new(schema: &'static Schema) -> DynamicRecord {
        let slots = schema.members().iter().map(|member| Dynamic::new(member.target)).collect();
        DynamicRecord { schema, slots }
    }
}

impl Record for DynamicRecord {
    fn schema(&self) -> &'static Schema {
        self.schema
    }
    fn slot(&self, index: usize) -> Option<&dyn Slot> {
        self.slots.get(index).map(|slot| slot as &dyn Slot)
    }
    fn slot_mut(&mut self, index: usize) -> Option<&mut dyn Slot> {
        if self.schema.kind == Kind::Union {
            for (other, slot) in self.slots.iter_mut().enumerate() {
                if other != index {
                    slot.value = Held::Absent;
                }
            }
        }
        self.slots.get_mut(index).map(|slot| slot as &mut dyn Slot)
    }
}

/// A value of any schema; absent at first.
#[derive(Debug)]
pub struct Dynamic {
    schema: &'static Schema,
    value: Held,
}

#[derive(Debug)]
enum Held {
    Absent,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Blob(Blob),
    Time(Timestamp),
    Document(serde_json::Value),
    Body(Body),
    Record(Box<DynamicRecord>),
    List(DynamicList),
    Map(DynamicMap),
}

impl Dynamic {
    /// An absent value of this shape.
    #[must_use]
    pub fn new(schema: &'static Schema) -> Dynamic {
        Dynamic { schema, value: Held::Absent }
    }
}

impl Slot for Dynamic {
    fn view(&self) -> View<'_> {
        match &self.value {
            Held::Absent => View::Absent,
            Held::Bool(v) => View::Bool(*v),
            Held::Int(v) => View::Int(*v),
            Held::Float(v) => View::Float(*v),
            Held::Str(v) => View::Str(v),
            Held::Blob(v) => View::Blob(v),
            Held::Time(v) => View::Time(*v),
            Held::Document(v) => View::Document(v),
            Held::Body(v) => View::Body(v),
            Held::Record(v) => View::Record(v.as_ref()),
            Held::List(v) => View::List(v),
            Held::Map(v) => View::Map(v),
        }
    }

    fn set(&mut self, scalar: Scalar) -> Result<(), Mismatch> {
        self.value = match (self.schema.kind, scalar) {
            (Kind::Boolean, Scalar::Bool(v)) => Held::Bool(v),
            (Kind::Integer, Scalar::Int(v)) if i32::try_from(v).is_ok() => Held::Int(v),
            (Kind::Long, Scalar::Int(v)) => Held::Int(v),
            (Kind::Float | Kind::Double, Scalar::Float(v)) => Held::Float(v),
            (Kind::Float | Kind::Double, Scalar::Int(v)) => Held::Float(v as f64),
            (Kind::String, Scalar::Str(v)) => Held::Str(v),
            (Kind::Blob, Scalar::Blob(v)) => Held::Blob(Blob(v)),
            (Kind::Blob, Scalar::Body(v)) => Held::Body(v),
            (Kind::Timestamp, Scalar::Time(v)) => Held::Time(v),
            (Kind::Document, Scalar::Document(v)) => Held::Document(v),
            _ => return Err(Mismatch),
        };
        Ok(())
    }

    fn record_mut(&mut self) -> Option<&mut dyn Record> {
        if !matches!(self.schema.kind, Kind::Structure | Kind::Union) {
            return None;
        }
        if !matches!(self.value, Held::Record(_)) {
            self.value = Held::Record(Box::new(DynamicRecord::new(self.schema)));
        }
        match &mut self.value {
            Held::Record(record) => Some(record.as_mut()),
            _ => None,
        }
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        let element = self.schema.element()?;
        if !matches!(self.value, Held::List(_)) {
            self.value = Held::List(DynamicList { element: element.target, values: Vec::new() });
        }
        match &mut self.value {
            Held::List(list) => Some(list),
            _ => None,
        }
    }

    fn map_mut(&mut self) -> Option<&mut dyn Map> {
        let (_, value) = self.schema.entry()?;
        if !matches!(self.value, Held::Map(_)) {
            self.value = Held::Map(DynamicMap { value: value.target, entries: BTreeMap::new() });
        }
        match &mut self.value {
            Held::Map(map) => Some(map),
            _ => None,
        }
    }

    fn clear(&mut self) {
        self.value = Held::Absent;
    }
}

#[derive(Debug)]
struct DynamicList {
    element: &'static Schema,
    values: Vec<Dynamic>,
}

impl List for DynamicList {
    fn len(&self) -> usize {
        self.values.len()
    }
    fn at(&self, index: usize) -> Option<&dyn Slot> {
        self.values.get(index).map(|value| value as &dyn Slot)
    }
    fn push(&mut self) -> &mut dyn Slot {
        let index = self.values.len();
        self.values.push(Dynamic::new(self.element));
        &mut self.values[index]
    }
}

#[derive(Debug)]
struct DynamicMap {
    value: &'static Schema,
    entries: BTreeMap<String, Dynamic>,
}

impl Map for DynamicMap {
    fn len(&self) -> usize {
        self.entries.len()
    }
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &dyn Slot)> + '_> {
        Box::new(self.entries.iter().map(|(key, value)| (key.as_str(), value as &dyn Slot)))
    }
    fn entry(&mut self, key: String) -> &mut dyn Slot {
        let schema = self.value;
        self.entries.entry(key).or_insert_with(|| Dynamic::new(schema))
    }
}
