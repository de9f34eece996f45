//! Records and slots: a structure's values without its Rust type.

use crate::{Body, Schema, Timestamp};
use std::any::Any;

/// A structure or union whose members can be reached by position.
pub trait Record: Any + Send + Sync {
    /// The description of the shape. Position `i` of its members is slot `i`.
    fn schema(&self) -> &'static Schema;
    /// The value of member `index`; `None` past the end, and for the members that a union does not hold.
    fn slot(&self, index: usize) -> Option<&dyn Slot>;
    /// The place of member `index`, to be filled. A union becomes that variant. `None` past the end.
    fn slot_mut(&mut self, index: usize) -> Option<&mut dyn Slot>;
}

/// One value that can be read and filled without knowing its Rust type.
pub trait Slot: Send + Sync {
    /// The value as it is now.
    fn view(&self) -> View<'_>;
    /// Stores a scalar.
    ///
    /// # Errors
    /// [`Mismatch`] when the slot holds another kind of value.
    fn set(&mut self, scalar: Scalar) -> Result<(), Mismatch> {
        let _ = scalar;
        Err(Mismatch)
    }
    /// Makes the value present and returns it as a structure or union.
    fn record_mut(&mut self) -> Option<&mut dyn Record> {
        None
    }
    /// Makes the value present and returns it as a list.
    fn list_mut(&mut self) -> Option<&mut dyn List> {
        None
    }
    /// Makes the value present and returns it as a map.
    fn map_mut(&mut self) -> Option<&mut dyn Map> {
        None
    }
    /// Forgets what was filled in: absent, or empty where it cannot be absent. A scalar that cannot be absent keeps
    /// its value. Readers call this when a document names a list or structure twice: the last one counts.
    fn clear(&mut self) {}
}

/// The kind of the slot is not the kind of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

/// Values of one shape, in order.
pub trait List: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The value at `index`.
    fn at(&self, index: usize) -> Option<&dyn Slot>;
    /// Adds one at the end and returns its place. Left unfilled it is null where the list is sparse, else the default.
    fn push(&mut self) -> &mut dyn Slot;
}

/// Values of one shape under string keys, in the order of the keys.
pub trait Map: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// All entries.
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &dyn Slot)> + '_>;
    /// The place for `key`, made when absent.
    fn entry(&mut self, key: String) -> &mut dyn Slot;
}

/// What a slot holds, for reading.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// Nothing, or null.
    Absent,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// A point in time.
    Time(Timestamp),
    /// A structure or union.
    Record(&'a dyn Record),
    /// A list.
    List(&'a dyn List),
    /// A map.
    Map(&'a dyn Map),
    /// Free JSON.
    Document(&'a serde_json::Value),
    /// A streaming body.
    Body(&'a Body),
}

/// A scalar value on its way into a slot.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A point in time.
    Time(Timestamp),
    /// Free JSON.
    Document(serde_json::Value),
    /// A streaming body.
    Body(Body),
}
