//! Snapshots of the whole double, and copies of it.

use super::Failure;
use crate::server::Control;
use serde_json::{Value, json};
use std::path::Path;

/// All snapshots by name.
pub fn list(control: &Control) -> Value {
    let snapshots: Vec<Value> = control
        .pipeline
        .world()
        .store
        .snapshots()
        .into_iter()
        .map(|snapshot| json!({ "name": snapshot.name, "commit": snapshot.number }))
        .collect();
    json!({ "snapshots": snapshots })
}

/// Saves the present, in place of an older snapshot of that name.
pub fn save(control: &Control, request: &Value) -> Result<Value, Failure> {
    let Some(name) = request.get("save").and_then(Value::as_str) else {
        return Err(Failure::bad("the request names no snapshot", r#"send {"save":"name"}"#));
    };
    // The first state is what a reset goes back to.
    if name == crate::GENESIS {
        return Err(Failure::new(409, "the snapshot genesis holds the first state", "choose another name"));
    }
    if name.contains('/') || name.chars().any(char::is_control) {
        return Err(Failure::bad(
            "a snapshot's name has no slash and no control character",
            "choose another name",
        ));
    }
    control.pipeline.world().store.save(name)?;
    Ok(json!({ "saved": name }))
}

/// Makes the present what the snapshot holds.
pub fn restore(control: &Control, name: &str) -> Result<Value, Failure> {
    control.restore(name)?;
    Ok(json!({ "restored": name }))
}

/// Removes a snapshot.
pub fn remove(control: &Control, name: &str) -> Result<Value, Failure> {
    control.pipeline.world().store.remove_snapshot(name)?;
    Ok(json!({ "removed": name }))
}

/// Copies the double into a new data directory, for another `kage up --data`.
pub fn fork(control: &Control, request: &Value) -> Result<Value, Failure> {
    let Some(directory) = request.get("dir").and_then(Value::as_str) else {
        return Err(Failure::bad("the request names no directory", r#"send {"dir":"/absolute/path"}"#));
    };
    let directory = Path::new(directory);
    // The server's working directory is not the caller's.
    if !directory.is_absolute() {
        return Err(Failure::bad("the directory is no absolute path", "send an absolute path"));
    }
    control.pipeline.world().store.fork(&directory.join(&control.store_folder))?;
    Ok(json!({ "forked": directory }))
}
