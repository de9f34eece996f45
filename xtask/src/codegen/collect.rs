//! Which shapes the listed operations need, and what they are called in Rust.

use super::model::{Model, Object, inner, strings, target, text, yes};
use super::names;
use crate::registry;
use crate::workspace::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One operation on its way to Rust.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the model.
    pub name: String,
    /// The shape of its input; made up when the model has none.
    pub input: String,
    /// The shape of its output; made up when the model has none.
    pub output: String,
    /// The error shapes that it declares.
    pub errors: Vec<String>,
    /// Its entry in the model.
    pub entry: Object,
}

/// The part of a model that becomes Rust.
#[derive(Debug)]
pub struct Selection {
    /// The whole model, with made-up empty shapes added.
    pub model: Model,
    /// The listed operations in the order of their names.
    pub operations: Vec<Operation>,
    /// Structures and unions that become types.
    pub typed: BTreeSet<String>,
    /// Every shape that becomes a schema.
    pub shapes: BTreeSet<String>,
    /// Every error shape that an operation declares.
    pub errors: BTreeSet<String>,
    /// Names of statics for shapes.
    pub statics: BTreeMap<String, String>,
    /// Names of types for structures and unions.
    pub types: BTreeMap<String, String>,
    /// Names of modules for enumerations.
    pub enums: BTreeMap<String, String>,
    /// Structure to structures that it holds directly, neither in a list nor in a map.
    holds: BTreeMap<String, BTreeSet<String>>,
}

impl Selection {
    /// Takes from the model what the listed operations need.
    pub fn new(mut model: Model, listed: &registry::Model) -> Outcome<Selection> {
        let mut operations = Vec::new();
        for entry in &listed.operations {
            operations.push(operation(&mut model, &entry.name)?);
        }
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        let mut typed = BTreeSet::new();
        let mut errors = BTreeSet::new();
        for operation in &operations {
            reach(&model, &operation.input, &mut typed)?;
            reach(&model, &operation.output, &mut typed)?;
            errors.extend(operation.errors.iter().cloned());
        }
        for error in &errors {
            if has_more_than_a_message(model.shape(error)?) {
                reach(&model, error, &mut typed)?;
            }
        }
        let mut shapes = typed.clone();
        for error in &errors {
            reach(&model, error, &mut shapes)?;
        }
        typed.retain(|name| model.shape(name).is_ok_and(is_record));
        let statics = names::assign(model.shapes.keys().map(String::as_str), names::constant);
        let types = names::assign(those(&model, is_record), names::type_name);
        let enums = names::assign(those(&model, |shape| shape.contains_key("enum")), names::field);
        let holds =
            typed.iter().map(|name| Ok((name.clone(), held(&model, name)?))).collect::<Outcome<_>>()?;
        Ok(Selection { operations, typed, shapes, errors, statics, types, enums, holds, model })
    }

    /// Whether a value of `inside`, held directly by `outside`, can hold an `outside` again.
    pub fn is_recursive(&self, outside: &str, inside: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![inside];
        while let Some(name) = open.pop() {
            if name == outside {
                return true;
            }
            if seen.insert(name) {
                open.extend(self.holds.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        false
    }
}

/// The names of the shapes that pass the test. All of the model's, so that names do not depend on the selection.
fn those(model: &Model, test: fn(&Object) -> bool) -> impl Iterator<Item = &str> {
    let passes = move |shape: &Value| shape.as_object().is_some_and(test);
    model.shapes.iter().filter(move |(_, shape)| passes(shape)).map(|(name, _)| name.as_str())
}

fn operation(model: &mut Model, name: &str) -> Outcome<Operation> {
    let entry =
        inner(&model.operations, name).ok_or_else(|| format!("the model has no operation `{name}`"))?.clone();
    let errors = entry.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors = errors.map(|error| target(error).map(str::to_owned)).collect::<Outcome<_>>()?;
    Ok(Operation {
        name: name.to_owned(),
        input: body(model, &entry, "input", &format!("{name}Request"))?,
        output: body(model, &entry, "output", &format!("{name}Response"))?,
        errors,
        entry,
    })
}

fn body(model: &mut Model, entry: &Object, key: &str, made_up: &str) -> Outcome<String> {
    if let Some(reference) = entry.get(key) {
        return Ok(target(reference)?.to_owned());
    }
    if model.shapes.contains_key(made_up) {
        return Err(format!("`{made_up}` is taken, and an operation without {key} needs it"));
    }
    model.shapes.insert(made_up.to_owned(), json!({ "type": "structure", "members": {} }));
    Ok(made_up.to_owned())
}

/// Structures and unions, but not documents.
pub fn is_record(shape: &Object) -> bool {
    text(shape, "type") == Some("structure") && !yes(shape, "document")
}

/// Errors that say more than a text have a type, so that a service can fill them.
fn has_more_than_a_message(error: &Object) -> bool {
    references(error).iter().any(|(name, _)| !name.eq_ignore_ascii_case("message"))
}

/// The references of a shape, with the names that the schema gives them.
pub fn references(shape: &Object) -> Vec<(&str, &Value)> {
    match text(shape, "type") {
        Some("list") => shape.get("member").map(|member| ("member", member)).into_iter().collect(),
        Some("map") => ["key", "value"].into_iter().filter_map(|key| Some((key, shape.get(key)?))).collect(),
        Some("structure") if is_record(shape) => {
            let members = inner(shape, "members");
            members.into_iter().flatten().map(|(name, member)| (name.as_str(), member)).collect()
        }
        _ => Vec::new(),
    }
}

fn reach(model: &Model, name: &str, seen: &mut BTreeSet<String>) -> Outcome {
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if seen.insert(name.to_owned()) {
            for (_, reference) in references(model.shape(name)?) {
                open.push(target(reference)?);
            }
        }
    }
    Ok(())
}

fn held(model: &Model, name: &str) -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for (_, reference) in references(model.shape(name)?) {
        let inside = target(reference)?;
        if is_record(model.shape(inside)?) {
            found.insert(inside.to_owned());
        }
    }
    Ok(found)
}

/// The names that the shape lists as required.
pub fn required(shape: &Object) -> BTreeSet<&str> {
    strings(shape, "required").into_iter().collect()
}
