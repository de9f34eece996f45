//! `cargo xtask bench`: the benches of all crates, or those whose name is given.

use crate::workspace::{self, Outcome};

/// Runs the benches.
pub fn run(names: &[&str]) -> Outcome {
    let mut command = workspace::cargo();
    command.args(["bench", "--workspace", "--quiet"]);
    for name in names {
        command.args(["--bench", name]);
    }
    workspace::run(&mut command)
}
