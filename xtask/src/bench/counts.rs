//! Instructions, counted by valgrind's callgrind.
//!
//! A bench that is told `KAGE_BENCH_COUNT=n` does each of its steps `n` times in a function `counted`, and then prints
//! `counted: name`. Only what runs inside that function is collected, and each return from it writes one profile; so the
//! profiles and the names come in the same order.
//!
//! Callgrind has no SHA and no AVX-512 instructions: hashing and encrypting count more there than the machine executes. It
//! counts the thread that calls, and not what the kernel does.

use super::Bench;
use crate::workspace::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How often each step is done. The counts are divided by it.
const TIMES: u64 = 100;

/// The steps of the road within a whole call, by the functions that make them.
const STEPS: &[(&str, &[&str])] = &[
    ("route", &["kage_pipeline::intake::open"]),
    ("verify", &["kage_pipeline::authenticate::Presented::verify"]),
    ("decode", &["kage_wire::dispatch::read_input"]),
    ("resolve", &["Handler>::prepare"]),
    ("authorize", &["kage_pipeline::judge::Judge::ask"]),
    ("run", &["Handler>::run"]),
    ("record", &["kage_pipeline::call::record", "kage_record::stream::append"]),
    ("commit", &["kage_store::transaction::Transaction::commit"]),
    ("encode", &["kage_wire::dispatch::write_output"]),
];
/// Whole calls are called so.
const CALL: &str = "call ";

/// Valgrind.
#[derive(Debug)]
pub struct Tool(());

/// Valgrind, when it is on this machine.
pub fn tool() -> Option<Tool> {
    let mut command = Command::new("valgrind");
    let found = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success()).then_some(Tool(()))
}

/// What was counted in one bench: name, instructions, and for whole calls those of each step.
#[derive(Debug, Default)]
pub struct Counted(Vec<(String, u64, Vec<Option<u64>>)>);

impl Tool {
    /// Runs the bench once more, and counts.
    pub fn count(&self, bench: &Bench, policies: &Path) -> Outcome<Counted> {
        let folder = workspace::target().join("callgrind").join(&bench.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let profile = folder.join("profile");
        let mut command = bench.command(Path::new("valgrind"), policies);
        command.args(["--quiet", "--tool=callgrind", "--collect-atstart=no"]);
        command.args(["--toggle-collect=*::counted", "--dump-after=*::counted"]);
        command.arg(format!("--callgrind-out-file={}", profile.display())).arg(&bench.program);
        let said = workspace::output(command.env("KAGE_BENCH_COUNT", TIMES.to_string()))?;
        let mut counted = Counted::default();
        for (index, name) in said.lines().filter_map(|line| line.strip_prefix("counted: ")).enumerate() {
            let file = PathBuf::from(format!("{}.{}", profile.display(), index + 1));
            let total = total(&workspace::read(&file)?)
                .ok_or_else(|| format!("{} has no summary", file.display()))?;
            let steps = if name.starts_with(CALL) { steps(&file)? } else { Vec::new() };
            counted.0.push((name.to_owned(), total / TIMES, steps));
        }
        if counted.0.is_empty() {
            return Err(format!("the bench `{}` counted nothing", bench.name));
        }
        Ok(counted)
    }
}

impl Counted {
    /// The instructions of what has this name.
    pub fn of(&self, name: &str) -> Option<u64> {
        self.0.iter().find(|(known, ..)| known == name).map(|(_, count, _)| *count)
    }

    /// The steps of whole calls as a table. A dash: the compiler merged the step with another.
    pub fn print_steps(&self) {
        let calls: Vec<_> = self.0.iter().filter(|(_, _, steps)| !steps.is_empty()).collect();
        if calls.is_empty() {
            return;
        }
        let heads: Vec<String> = STEPS.iter().map(|(step, _)| format!("{step:>9}")).collect();
        println!("\ninstructions by step           {} {:>9}", heads.join(" "), "other");
        for (name, total, steps) in calls {
            let cells: Vec<String> =
                steps.iter().map(|step| step.map_or("-".to_owned(), |step| step.to_string())).collect();
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>9}")).collect();
            let other = total.saturating_sub(steps.iter().flatten().sum());
            println!("{:<30} {} {other:>9}", name.trim_start_matches(CALL), cells.join(" "));
        }
    }
}

/// The sum of a profile: `summary: 147012`.
fn total(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("summary: "))?.trim().parse().ok()
}

/// The instructions of each step of one call, what it calls included.
fn steps(profile: &Path) -> Outcome<Vec<Option<u64>>> {
    let mut command = Command::new("callgrind_annotate");
    let table = workspace::output(command.args(["--inclusive=yes", "--threshold=100"]).arg(profile))?;
    let of = |function: &str| table.lines().find_map(|line| inclusive(line, function));
    let step = |functions: &[&str]| {
        let found: Vec<u64> = functions.iter().filter_map(|function| of(function)).collect();
        (!found.is_empty()).then(|| found.iter().sum::<u64>() / TIMES)
    };
    Ok(STEPS.iter().map(|(_, functions)| step(functions)).collect())
}

/// `18,643,641 (37.40%)  ???:kage_pipeline::call::judge_and_run [/…/road]`: the number, when it is that function.
fn inclusive(line: &str, function: &str) -> Option<u64> {
    let (numbers, rest) = line.split_once("  ???:")?;
    let name = rest.split(" [").next()?;
    let is_it = name == function || (function.starts_with("Handler>") && name.ends_with(function));
    let number: String = numbers.split('(').next()?.chars().filter(char::is_ascii_digit).collect();
    if is_it { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read() {
        assert_eq!(total("version: 1\nsummary: 147012\ntotals: 147012\n"), Some(147_012));
        let line = "18,643,641 (37.40%)  ???:kage_pipeline::call::record [/x/road-1]";
        assert_eq!(inclusive(line, "kage_pipeline::call::record"), Some(18_643_641));
        assert_eq!(inclusive(line, "kage_pipeline::call::recorded"), None);
        let line = " 4,086 ( 8.20%)  ???:<kage_core::operation::Erased<O> as kage_core::operation::Handler>::run [/x]";
        assert_eq!(inclusive(line, "Handler>::run"), Some(4_086));
        assert_eq!(inclusive(line, "Handler>::prepare"), None);
    }
}
