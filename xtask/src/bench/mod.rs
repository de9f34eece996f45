//! `cargo xtask bench`: the benches of all crates, or those whose name is given, and the comparison with peers.
//!
//! Beside the time of each step stands how many instructions it takes: that number is the same on a busy machine. `peer` is
//! a program of `benches/`: it compares the release build with other emulators, and takes minutes; `reflex` tells how long it is
//! from a call to what it causes.

mod counts;
mod managed;

use crate::suite;
use crate::workspace::{self, Outcome};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The benches that are no bench of a crate.
const PROGRAMS: [&str; 2] = ["peer", "reflex"];
/// The benches that can count, in the order of the road. What they do is told in `counts`.
const COUNTED: &[&str] = &["verify", "wire", "evaluate", "road"];

/// Runs the benches.
pub fn run(names: &[&str]) -> Outcome {
    let crates: Vec<&str> = names.iter().copied().filter(|name| !PROGRAMS.contains(name)).collect();
    if names.is_empty() || !crates.is_empty() {
        let mut benches = build(&crates)?;
        benches.sort_by_key(|bench| {
            COUNTED.iter().position(|name| *name == bench.name).unwrap_or(COUNTED.len())
        });
        let policies = managed::folder()?;
        let counting = counts::tool();
        if counting.is_none() {
            println!("valgrind is not here (Debian: apt-get install valgrind): instructions are not counted");
        }
        for bench in &benches {
            println!("\n== {}", bench.name);
            let counted = match &counting {
                Some(tool) if COUNTED.contains(&bench.name.as_str()) => tool.count(bench, &policies)?,
                _ => counts::Counted::default(),
            };
            measure(bench, &policies, &counted)?;
            counted.print_steps();
        }
    }
    for program in PROGRAMS.iter().filter(|program| names.is_empty() || names.contains(program)) {
        beside(program)?;
    }
    Ok(())
}

/// A bench that was built.
pub struct Bench {
    /// The name of its target.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// The folder of its crate.
    folder: PathBuf,
}

impl Bench {
    /// The program as cargo would start it.
    pub fn command(&self, program: &Path, policies: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("KAGE_MANAGED_POLICIES", policies);
        command
    }
}

fn build(names: &[&str]) -> Outcome<Vec<Bench>> {
    let mut command = workspace::cargo();
    command.args([
        "bench",
        "--workspace",
        "--no-run",
        "--quiet",
        "--message-format",
        "json-render-diagnostics",
    ]);
    for name in names {
        command.args(["--bench", name]);
    }
    let messages = workspace::output(&mut command)?;
    Ok(messages.lines().filter_map(|line| bench(&serde_json::from_str(line).ok()?)).collect())
}

fn bench(message: &Value) -> Option<Bench> {
    let target = message.get("target")?;
    let is_bench = target.get("kind")?.as_array()?.iter().any(|kind| kind == "bench");
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    is_bench.then_some(())?;
    Some(Bench {
        name: target.get("name")?.as_str()?.to_owned(),
        program: PathBuf::from(message.get("executable")?.as_str()?),
        folder: manifest.parent()?.to_path_buf(),
    })
}

/// Runs a bench and puts the counted instructions behind the lines of the same name.
fn measure(bench: &Bench, policies: &Path, counted: &counts::Counted) -> Outcome {
    let mut command = bench.command(&bench.program, policies);
    let failed = |error: std::io::Error| format!("{}: {error}", bench.name);
    let mut child = command.arg("--bench").stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(failed)?;
            let name = line.split("  ").next().unwrap_or_default();
            match counted.of(name) {
                Some(count) => println!("{line} {count:>12} instructions"),
                None => println!("{line}"),
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", bench.name)) }
}

fn beside(program: &str) -> Outcome {
    println!("\n== {program}");
    workspace::run(workspace::cargo().args(["build", "--release", "--package", "kage", "--quiet"]))?;
    let release = workspace::target().join("release").join("kage");
    let mut command = suite::python()?;
    workspace::run(
        command.env("KAGE", release).arg(workspace::root().join("benches").join(format!("{program}.py"))),
    )
}
