//! An event as fields: every value that is no object or array, under the names on its way joined by dots.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// A value of an event, with the elements of arrays in which it stands.
#[derive(Debug)]
pub struct Found<'e> {
    /// The value: text, number, `true`, `false` or `null`.
    pub value: &'e Value,
    /// Which array (numbered in order) and which of its elements. Values that one rule matches must agree
    /// (event-ruler, "array consistency").
    pub elements: Vec<(u32, u32)>,
}

/// Which fields are wanted. What no pattern names is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Every path and every beginning of one; the paths have numbers.
    paths: HashMap<String, Option<usize>>,
    count: usize,
}

impl Wanted {
    /// Adds a path: names joined by dots, whether a dot stands in a name or between two. Gives its number.
    pub fn add(&mut self, path: &str) -> usize {
        for (dot, _) in path.match_indices('.') {
            self.paths.entry(path.get(..dot).unwrap_or_default().to_owned()).or_default();
        }
        let number = *self.paths.entry(path.to_owned()).or_default().get_or_insert(self.count);
        self.count = self.count.max(number.saturating_add(1));
        number
    }

    /// The values of the wanted fields, by the number of the field.
    pub fn values<'e>(&self, event: &'e Map<String, Value>) -> Vec<Vec<Found<'e>>> {
        let mut walk = Walk {
            wanted: self,
            path: String::new(),
            arrays: 0,
            elements: Vec::new(),
            out: (0..self.count).map(|_| Vec::new()).collect(),
        };
        walk.object(event);
        walk.out
    }
}

struct Walk<'w, 'e> {
    wanted: &'w Wanted,
    path: String,
    arrays: u32,
    elements: Vec<(u32, u32)>,
    out: Vec<Vec<Found<'e>>>,
}

impl<'e> Walk<'_, 'e> {
    fn object(&mut self, object: &'e Map<String, Value>) {
        for (name, value) in object {
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            if let Some(number) = self.wanted.paths.get(self.path.as_str()) {
                self.value(value, *number);
            }
            self.path.truncate(length);
        }
    }

    fn value(&mut self, value: &'e Value, number: Option<usize>) {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(array) => self.array(array, number),
            leaf => {
                if let Some(out) = number.and_then(|number| self.out.get_mut(number)) {
                    out.push(Found { value: leaf, elements: self.elements.clone() });
                }
            }
        }
    }

    fn array(&mut self, array: &'e [Value], number: Option<usize>) {
        let id = self.arrays;
        self.arrays = self.arrays.saturating_add(1);
        for (index, value) in array.iter().enumerate() {
            // Plain values belong to no element: any of them may stand for the array.
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                self.elements.push((id, u32::try_from(index).unwrap_or(u32::MAX)));
                self.value(value, number);
                self.elements.pop();
            } else {
                self.value(value, number);
            }
        }
    }
}

/// The elements of both, or `None` when they name different elements of one array.
pub fn together(a: &[(u32, u32)], b: &[(u32, u32)]) -> Option<Vec<(u32, u32)>> {
    let mut out = a.to_vec();
    for (array, element) in b {
        match a.iter().find(|(id, _)| id == array) {
            Some((_, other)) if other != element => return None,
            Some(_) => {}
            None => out.push((*array, *element)),
        }
    }
    Some(out)
}
