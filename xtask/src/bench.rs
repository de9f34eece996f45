//! `cargo xtask bench`: the benches of all crates, or those whose name is given.
//!
//! `peer` is a program of `benches/`: it compares the release build with other emulators, and takes minutes.

use crate::suite;
use crate::workspace::{self, Outcome};

/// The bench that is no bench of a crate.
const PEER: &str = "peer";

/// Runs the benches.
pub fn run(names: &[&str]) -> Outcome {
    let crates: Vec<&str> = names.iter().copied().filter(|name| *name != PEER).collect();
    if names.is_empty() || !crates.is_empty() {
        let mut command = workspace::cargo();
        command.args(["bench", "--workspace", "--quiet"]);
        for name in crates {
            command.args(["--bench", name]);
        }
        workspace::run(&mut command)?;
    }
    if names.is_empty() || names.contains(&PEER) { peer() } else { Ok(()) }
}

fn peer() -> Outcome {
    workspace::run(workspace::cargo().args(["build", "--release", "--package", "kage", "--quiet"]))?;
    let release = workspace::target().join("release").join("kage");
    let mut command = suite::python()?;
    workspace::run(command.env("KAGE", release).arg(workspace::root().join("benches").join("peer.py")))
}
