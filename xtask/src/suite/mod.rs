//! `cargo xtask test`: everything that must hold, one part after the other, and one closing line.

mod clients;
mod counts;

use crate::claims::{self, Show};
use crate::codegen::{self, Mode};
use crate::scaffold::trial;
use crate::tidy;
use crate::workspace::{self, Outcome};
pub use clients::python;
use counts::Counts;
use std::process::Command;
use std::time::Instant;

type Part = fn() -> Outcome<Counts>;

/// In the order in which they run: what fails fast comes first.
const PARTS: &[(&str, Part)] = &[
    ("format", || check(workspace::run(workspace::cargo().args(["fmt", "--all", "--", "--check", "-l"])))),
    ("tidy", || check(tidy::run())),
    ("claims", || check(claims::run(Show::Sums))),
    ("codegen", || check(codegen::run(Mode::Check))),
    ("scaffold", || check(trial::run())),
    ("clippy", clippy),
    ("cargo", cargo_tests),
    ("acceptance", clients::acceptance),
    ("rehearsals", clients::rehearsals),
    ("fuzz", fuzz),
];

/// The parts that run no tests.
pub const CHECKS: &[&str] = &["format", "tidy", "claims", "codegen", "scaffold", "clippy"];

/// Runs the named parts, or all. Fails when one fails; what failed has been printed then.
pub fn run(names: &[&str]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|(part, _)| part != *name)) {
        let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no part `{unknown}`, but: {}", known.join(" ")));
    }
    let mut sum = Counts::default();
    let mut lines = Vec::new();
    for (name, part) in PARTS.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        println!("== {name}");
        let start = Instant::now();
        let counts = part().unwrap_or_else(|message| {
            println!("{message}");
            Counts { failed: 1, ..Counts::default() }
        });
        lines.push(format!("{name:<11} {counts}  ({} s)", start.elapsed().as_secs()));
        sum = sum.plus(counts);
    }
    println!("\n{}\n", lines.join("\n"));
    println!("kagemusha: {sum}");
    if sum.failed == 0 && sum.passed > 0 { Ok(()) } else { Err(String::new()) }
}

/// A check without a count of its own counts as one.
fn check(outcome: Outcome) -> Outcome<Counts> {
    outcome.map(|()| Counts { passed: 1, ..Counts::default() })
}

fn clippy() -> Outcome<Counts> {
    let mut command = workspace::cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]);
    check(workspace::run(&mut command))
}

fn cargo_tests() -> Outcome<Counts> {
    let mut command = workspace::cargo();
    command.args(["test", "--workspace", "--exclude", FUZZ, "--no-fail-fast", "--quiet"]);
    counts::watch(&mut command, counts::cargo)
}

/// The crate with the fuzz targets, each also a test that runs a fixed and short list of inputs.
const FUZZ: &str = "kage-fuzz";

fn fuzz() -> Outcome<Counts> {
    let metadata =
        workspace::output(workspace::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    if !metadata.contains(&format!("\"name\":\"{FUZZ}\"")) {
        println!("there are no fuzz targets yet");
        return Ok(Counts::default());
    }
    let mut command: Command = workspace::cargo();
    counts::watch(command.args(["test", "--package", FUZZ, "--quiet"]), counts::cargo)
}
