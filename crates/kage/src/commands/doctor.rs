//! `kage doctor`: what could stand in the way, on this machine and in the running double.
#![expect(clippy::disallowed_types, reason = "whether a port is free is told by taking it for a moment")]

use super::text;
use crate::cli::{DEFAULT_ADMIN_PORT, DEFAULT_PORT, Globals};
use crate::discover::{self, Double};
use crate::failure::Failure;
use crate::{files, run_file};
use kage_core::Sandbox as _;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Less free space than this is worth a warning, in KiB.
const LITTLE_SPACE: u64 = 1024 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Notice,
    Bad,
}

struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
    hint: String,
}

impl Finding {
    fn good(check: &'static str, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Good, detail: detail.into(), hint: String::new() }
    }

    fn notice(check: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Notice, detail: detail.into(), hint: hint.into() }
    }

    fn bad(check: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Bad, ..Finding::notice(check, detail, hint) }
    }
}

/// Checks everything. Exit code 1 when something is bad.
///
/// # Errors
/// None; what cannot be checked is a finding.
pub fn run(globals: &Globals) -> Result<ExitCode, Failure> {
    let double = discover::find(globals).ok();
    let data = discover::data_directory(globals);
    let mut findings = vec![Finding::good("version", format!("kage {}", env!("CARGO_PKG_VERSION")))];
    findings.extend(running(double.as_ref()));
    if double.is_none() {
        findings.push(port("AWS port", DEFAULT_PORT));
        findings.push(port("admin port", DEFAULT_ADMIN_PORT));
    }
    findings.push(data_directory(&data));
    findings.push(space(&data));
    findings.push(aws_cli());
    findings.extend(functions());
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    if globals.json {
        println!("{}", as_json(&findings, bad));
    } else {
        findings.iter().for_each(print);
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What Lambda functions are kept from on this machine.
fn functions() -> Vec<Finding> {
    let hint = "functions still run; they are kept from less";
    let probed = tempfile::tempdir().and_then(|folder| {
        let settings = kage_sandbox::Settings::new(folder.path().join("sandbox"));
        Ok(kage_sandbox::ProcessSandbox::new(settings)?.capabilities())
    });
    match probed {
        Ok(capabilities) => capabilities
            .into_iter()
            .map(|one| {
                let detail = format!("{}: {}", one.name, one.detail);
                if one.full {
                    Finding::good("functions", detail)
                } else {
                    Finding::notice("functions", detail, hint)
                }
            })
            .collect(),
        Err(error) => {
            vec![Finding::notice("functions", error.to_string(), "is there room for temporary files?")]
        }
    }
}

fn running(double: Option<&Double>) -> Vec<Finding> {
    let Some(double) = double else {
        return vec![Finding::notice("double", "none is running", "start one with: kage up")];
    };
    let mut findings = Vec::new();
    match &double.run_file {
        Some(run) if run.version != env!("CARGO_PKG_VERSION") => {
            let detail = format!("{} runs version {}", run.endpoint, run.version);
            findings.push(Finding::notice(
                "double",
                detail,
                "this kage has another version: restart the double",
            ));
        }
        Some(run) => {
            findings.push(Finding::good("double", format!("{} (process {})", run.endpoint, run.pid)))
        }
        None => findings.push(Finding::good("double", "it answers")),
    }
    match double.client.get("/v1/clock") {
        Ok(clock) => findings.push(clock_finding(&clock)),
        Err(_) => {
            let hint = "the token is not the one of this double: see --token and KAGE_TOKEN";
            findings.push(Finding::bad("admin endpoint", "it refuses", hint));
        }
    }
    findings
}

/// Signatures are judged by the wall clock and may be off by 15 minutes (AWS: "Elements of an AWS API request signature").
fn clock_finding(clock: &Value) -> Finding {
    let here = kage_core::Clock::system().wall();
    let there = kage_schema::Timestamp::parse_iso8601(text(clock, "wall")).unwrap_or(here);
    let apart = there.0.saturating_sub(here.0).saturating_abs() / 1000;
    let detail = format!("double at {}, machines {apart} s apart", text(clock, "now"));
    if apart < 300 {
        Finding::good("clock", detail)
    } else {
        Finding::bad(
            "clock",
            detail,
            "set the clock of the machine: signatures more than 15 minutes off are refused",
        )
    }
}

fn port(check: &'static str, port: u16) -> Finding {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Finding::good(check, format!("{port} is free")),
        Err(error) => Finding::notice(
            check,
            format!("{port}: {error}"),
            "choose others: kage up --port N --admin-port N",
        ),
    }
}

fn data_directory(data: &Path) -> Finding {
    let check = "data directory";
    let place = existing(data);
    if !place.is_dir() {
        let detail = format!("{} is no directory", place.display());
        return Finding::bad(check, detail, "choose another: kage up --data DIR, or kage up --ephemeral");
    }
    let probe = place.join(format!(".kage-doctor-{}", std::process::id()));
    match files::write_private(&probe, "") {
        Ok(()) => {
            let _ = std::fs::remove_file(&probe);
            let state = if place == data { "can be written" } else { "can be made" };
            if place == data && files::is_exposed(&data.join(run_file::NAME)) {
                return Finding::bad(
                    check,
                    "others may read its run file",
                    format!("chmod -R go-rwx {}", data.display()),
                );
            }
            Finding::good(check, format!("{} {state}", data.display()))
        }
        Err(error) => {
            let detail = format!("{} cannot be written: {error}", place.display());
            Finding::bad(check, detail, "choose another: kage up --data DIR, or kage up --ephemeral")
        }
    }
}

/// The directory, or the nearest thing above it that exists.
fn existing(directory: &Path) -> PathBuf {
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    match absolute.ancestors().find(|above| above.exists()) {
        Some(found) if found != absolute => found.to_owned(),
        _ => directory.to_owned(),
    }
}

fn space(data: &Path) -> Finding {
    let check = "disk space";
    // POSIX: `df -P -k` prints one line a file system; the fourth field is the space available in KiB.
    let output = Command::new("df").arg("-Pk").arg(existing(data)).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let free = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    match free {
        None => Finding::notice(check, "df does not say", "make sure that there is room"),
        Some(free) if free < LITTLE_SPACE => Finding::notice(
            check,
            format!("{} MiB free", free / 1024),
            "make room, or choose another --data DIR",
        ),
        Some(free) => Finding::good(check, format!("{} GiB free", free / 1024 / 1024)),
    }
}

fn aws_cli() -> Finding {
    let check = "aws command";
    let hint = "install it to call the double from a shell; SDKs need nothing";
    match Command::new("aws").arg("--version").output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let version = said.split_whitespace().next().unwrap_or_default().to_owned();
            let number = version.trim_start_matches("aws-cli/").to_owned();
            if knows_endpoint_variable(&number) {
                Finding::good(check, version)
            } else {
                Finding::notice(
                    check,
                    version,
                    "it does not read AWS_ENDPOINT_URL: update it, or use --endpoint-url",
                )
            }
        }
        Ok(_) => Finding::notice(check, "it does not work", hint),
        Err(_) => Finding::notice(check, "not found", hint),
    }
}

/// AWS: SDKs and Tools reference guide, "Service-specific endpoints": AWS CLI 1.29.0 and 2.13.0 and later.
fn knows_endpoint_variable(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    match (numbers.next(), numbers.next()) {
        (Some(1), Some(minor)) => minor >= 29,
        (Some(2), Some(minor)) => minor >= 13,
        (Some(major), _) => major > 2,
        _ => false,
    }
}

fn print(finding: &Finding) {
    let mark = match finding.verdict {
        Verdict::Good => "ok  ",
        Verdict::Notice => "note",
        Verdict::Bad => "BAD ",
    };
    println!("{mark}  {:15} {}", finding.check, finding.detail);
    if !finding.hint.is_empty() {
        println!("      {:15} {}", "", finding.hint);
    }
}

fn as_json(findings: &[Finding], bad: bool) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let verdict = match finding.verdict {
                Verdict::Good => "ok",
                Verdict::Notice => "notice",
                Verdict::Bad => "bad",
            };
            json!({
                "check": finding.check,
                "verdict": verdict,
                "detail": finding.detail,
                "hint": Some(&finding.hint).filter(|hint| !hint.is_empty()),
            })
        })
        .collect();
    json!({ "ok": !bad, "findings": findings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_clis_are_told_apart() {
        for (version, expected) in [
            ("1.46.3", true),
            ("1.28.9", false),
            ("2.13.0", true),
            ("2.12.99", false),
            ("3.0.0", true),
            ("", false),
        ] {
            assert_eq!(knows_endpoint_variable(version), expected, "{version}");
        }
    }
}
