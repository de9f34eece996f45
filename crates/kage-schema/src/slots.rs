//! The Rust types that can stand in a slot.

use crate::{Body, List, Map, Mismatch, Record, Scalar, Slot, Timestamp, View};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

/// Bytes of a member. Their `Debug` form shows the length only: they may be secret.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub Vec<u8>);

impl Deref for Blob {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Blob {
        Blob(bytes)
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Blob {
        Blob(bytes.to_vec())
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

macro_rules! scalar_slot {
    ($type:ty, $view:expr, $($pattern:pat => $value:expr),+ $(,)?) => {
        impl Slot for $type {
            fn view(&self) -> View<'_> {
                let view: fn(&$type) -> View<'_> = $view;
                view(self)
            }
            fn set(&mut self, scalar: Scalar) -> Result<(), Mismatch> {
                *self = match scalar {
                    $($pattern => $value,)+
                    _ => return Err(Mismatch),
                };
                Ok(())
            }
        }
    };
}

scalar_slot!(bool, |v| View::Bool(*v), Scalar::Bool(v) => v);
scalar_slot!(i64, |v| View::Int(*v), Scalar::Int(v) => v);
scalar_slot!(i32, |v| View::Int(i64::from(*v)), Scalar::Int(v) => i32::try_from(v).map_err(|_| Mismatch)?);
scalar_slot!(f64, |v| View::Float(*v), Scalar::Float(v) => v, Scalar::Int(v) => v as f64);
scalar_slot!(f32, |v| View::Float(f64::from(*v)), Scalar::Float(v) => v as f32, Scalar::Int(v) => v as f32);
scalar_slot!(String, |v| View::Str(v), Scalar::Str(v) => v);
scalar_slot!(Blob, |v| View::Blob(&v.0), Scalar::Blob(v) => Blob(v));
scalar_slot!(Timestamp, |v| View::Time(*v), Scalar::Time(v) => v);
scalar_slot!(serde_json::Value, |v| View::Document(v), Scalar::Document(v) => v);
scalar_slot!(Body, |v| View::Body(v), Scalar::Body(v) => v, Scalar::Blob(v) => Body::from(v));

impl<R: Record> Slot for R {
    fn view(&self) -> View<'_> {
        View::Record(self)
    }
    fn record_mut(&mut self) -> Option<&mut dyn Record> {
        Some(self)
    }
    fn clear(&mut self) {
        for index in 0..self.schema().members().len() {
            if let Some(slot) = self.slot_mut(index) {
                slot.clear();
            }
        }
    }
}

impl<T: Slot + Default> Slot for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, Slot::view)
    }
    fn set(&mut self, scalar: Scalar) -> Result<(), Mismatch> {
        let mut value = T::default();
        value.set(scalar)?;
        *self = Some(value);
        Ok(())
    }
    fn record_mut(&mut self) -> Option<&mut dyn Record> {
        self.get_or_insert_default().record_mut()
    }
    fn list_mut(&mut self) -> Option<&mut dyn List> {
        self.get_or_insert_default().list_mut()
    }
    fn map_mut(&mut self) -> Option<&mut dyn Map> {
        self.get_or_insert_default().map_mut()
    }
    fn clear(&mut self) {
        *self = None;
    }
}

/// A structure that contains itself. (`Box` itself is a fundamental type, which the blanket `Slot for R: Record` forbids.)
#[derive(Clone, Default)]
pub struct Boxed<T>(pub Box<T>);

impl<T> Deref for Boxed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Slot> Slot for Boxed<T> {
    fn view(&self) -> View<'_> {
        self.0.view()
    }
    fn set(&mut self, scalar: Scalar) -> Result<(), Mismatch> {
        self.0.set(scalar)
    }
    fn record_mut(&mut self) -> Option<&mut dyn Record> {
        self.0.record_mut()
    }
    fn list_mut(&mut self) -> Option<&mut dyn List> {
        self.0.list_mut()
    }
    fn map_mut(&mut self) -> Option<&mut dyn Map> {
        self.0.map_mut()
    }
    fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T: Slot + Default> Slot for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(self)
    }
    fn clear(&mut self) {
        Vec::clear(self);
    }
}

impl<T: Slot + Default> List for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }
    fn at(&self, index: usize) -> Option<&dyn Slot> {
        self.get(index).map(|value| value as &dyn Slot)
    }
    fn push(&mut self) -> &mut dyn Slot {
        let index = Vec::len(self);
        Vec::push(self, T::default());
        &mut self[index]
    }
}

impl<T: Slot + Default> Slot for BTreeMap<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }
    fn map_mut(&mut self) -> Option<&mut dyn Map> {
        Some(self)
    }
    fn clear(&mut self) {
        BTreeMap::clear(self);
    }
}

impl<T: Slot + Default> Map for BTreeMap<String, T> {
    fn len(&self) -> usize {
        BTreeMap::len(self)
    }
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &dyn Slot)> + '_> {
        Box::new(self.iter().map(|(key, value)| (key.as_str(), value as &dyn Slot)))
    }
    fn entry(&mut self, key: String) -> &mut dyn Slot {
        BTreeMap::entry(self, key).or_default()
    }
}
