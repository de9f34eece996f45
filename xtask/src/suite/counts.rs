//! How many passed, failed and were skipped, as the runners print it.

use crate::workspace::Outcome;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The counts of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests, rehearsed sections, or checks that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that did not run.
    pub skipped: u64,
}

impl Counts {
    /// Both together.
    pub fn plus(self, other: Counts) -> Counts {
        Counts {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Finds counts in one line of output; `None` when it has none.
pub type Reader = fn(&str) -> Option<Counts>;

/// `test result: ok. 5 passed; 0 failed; 1 ignored; …`: each such line counts.
pub fn cargo(line: &str) -> Option<Counts> {
    line.strip_prefix("test result: ").and_then(any)
}

/// A line with `N passed` or `N failed`, as pytest, rehearsals and plain scripts close with.
pub fn any(line: &str) -> Option<Counts> {
    let words: Vec<&str> =
        line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let of = |names: &[&str]| -> Option<u64> {
        words.windows(2).find(|pair| names.contains(&pair[1])).and_then(|pair| pair[0].parse().ok())
    };
    let (passed, failed) = (of(&["passed"]), of(&["failed"]));
    passed.or(failed)?;
    let wrong = failed.unwrap_or(0) + of(&["error", "errors"]).unwrap_or(0) + of(&["refused"]).unwrap_or(0);
    let skipped = of(&["skipped"]).unwrap_or(0) + of(&["ignored"]).unwrap_or(0);
    // Rehearsals say so of the sections behind one that failed.
    let not_run =
        words.windows(3).find(|three| three[1..] == ["not", "run"]).and_then(|three| three[0].parse().ok());
    Some(Counts { passed: passed.unwrap_or(0), failed: wrong, skipped: skipped + not_run.unwrap_or(0) })
}

/// Runs a command, shows what it prints, and sums what the reader finds in all lines. A command that fails without
/// saying which test did counts as one failure.
pub fn watch(command: &mut Command, read: Reader) -> Outcome<Counts> {
    let (sum, _) = run(command, read)?;
    Ok(sum)
}

/// The same for runners that close with one line: the last line with counts is the one that counts. A runner without
/// such a line has failed.
pub fn watch_last(command: &mut Command) -> Outcome<Counts> {
    let (sum, last) = run(command, any)?;
    match last {
        Some(last) if sum.failed == 0 || last.failed > 0 => Ok(last),
        Some(last) => Ok(Counts { failed: 1, ..last }),
        None => Err(format!("{command:?} closed without counts")),
    }
}

fn run(command: &mut Command, read: Reader) -> Outcome<(Counts, Option<Counts>)> {
    let shown = format!("{command:?}");
    let failed = |error: std::io::Error| format!("cannot run {shown}: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut sum = Counts::default();
    let mut last = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(failed)?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            if let Some(counts) = read(&line) {
                sum = sum.plus(counts);
                last = Some(counts);
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() && sum.failed == 0 {
        println!("{shown}: {status}");
        sum.failed = 1;
    }
    Ok((sum, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Option<Counts> {
        Some(Counts { passed, failed, skipped })
    }

    #[test]
    fn closing_lines_are_read() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s";
        assert_eq!(cargo(line), counts(5, 2, 1));
        assert_eq!(cargo("5 passed; 2 failed"), None);
        assert_eq!(any("== 2 failed, 10 passed, 3 skipped, 1 error in 4.20s =="), counts(10, 3, 3));
        assert_eq!(
            any("3 files, 5 passed, 1 failed, 2 not run, 1 refused, 10 checks, claims 1 of 2 proven"),
            counts(5, 2, 2)
        );
        assert_eq!(any("acceptance: 7 passed, 0 failed"), counts(7, 0, 0));
        assert_eq!(any("everything passed"), None);
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_is_never_lost() {
        assert_eq!(watch(&mut shell("echo 'test result: ok. 2 passed'"), cargo).ok(), counts(2, 0, 0));
        assert_eq!(
            watch(&mut shell("echo 'test result: ok. 2 passed'; exit 3"), cargo).ok(),
            counts(2, 1, 0)
        );
        assert_eq!(watch_last(&mut shell("echo 1 passed; echo 4 passed")).ok(), counts(4, 0, 0));
        assert_eq!(watch_last(&mut shell("echo 4 passed; exit 1")).ok(), counts(4, 1, 0));
        assert!(watch_last(&mut shell("echo nothing")).is_err());
    }
}
