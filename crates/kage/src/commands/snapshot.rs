//! `kage snapshot`.

use super::{list, print_table, text};
use crate::cli::{Globals, SnapshotAction, SnapshotArguments};
use crate::client::segment;
use crate::discover;
use crate::failure::Failure;
use serde_json::{Value, json};

/// Saves, restores, lists or removes snapshots.
///
/// # Errors
/// When the double refuses, or none is running.
pub fn run(arguments: &SnapshotArguments, globals: &Globals) -> Result<(), Failure> {
    let client = discover::find(globals)?.client;
    let path = |name: &str| format!("/v1/snapshots/{}", segment(name));
    let (answer, said) = match &arguments.action {
        SnapshotAction::Save { name } => {
            (client.post("/v1/snapshots", &json!({ "save": name }))?, format!("saved {name}"))
        }
        SnapshotAction::Restore { name } => {
            (client.post(&format!("{}/restore", path(name)), &json!({}))?, format!("restored {name}"))
        }
        SnapshotAction::Remove { name } => (client.delete(&path(name))?, format!("removed {name}")),
        SnapshotAction::List => {
            let answer = client.get("/v1/snapshots")?;
            if !globals.json {
                print_list(&answer);
                return Ok(());
            }
            (answer, String::new())
        }
    };
    if globals.json {
        println!("{answer}");
    } else {
        println!("{said}");
    }
    Ok(())
}

fn print_list(answer: &Value) {
    let rows: Vec<Vec<String>> = list(answer, "snapshots")
        .iter()
        .map(|snapshot| {
            let commit = snapshot.get("commit").and_then(Value::as_u64).unwrap_or(0);
            vec![text(snapshot, "name").to_owned(), commit.to_string()]
        })
        .collect();
    print_table(&["SNAPSHOT", "COMMIT"], &rows);
}
