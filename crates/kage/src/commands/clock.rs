//! `kage clock`.

use super::text;
use crate::cli::{ClockAction, ClockArguments, Globals};
use crate::discover;
use crate::failure::Failure;
use serde_json::{Value, json};

/// Shows or moves the clock.
///
/// # Errors
/// When the double refuses, or none is running.
pub fn run(arguments: &ClockArguments, globals: &Globals) -> Result<(), Failure> {
    let client = discover::find(globals)?.client;
    let request = match &arguments.action {
        None | Some(ClockAction::Show) => None,
        Some(ClockAction::Advance { by }) => Some(json!({ "advance": by })),
        Some(ClockAction::Set { to }) => Some(json!({ "set": to })),
        Some(ClockAction::Freeze) => Some(json!({ "freeze": true })),
        Some(ClockAction::Resume) => Some(json!({ "resume": true })),
    };
    let answer = match request {
        None => client.get("/v1/clock")?,
        Some(request) => client.post("/v1/clock", &request)?,
    };
    if globals.json {
        println!("{answer}");
    } else {
        println!("{}", describe(&answer));
    }
    Ok(())
}

fn describe(answer: &Value) -> String {
    let frozen = answer.get("frozen").and_then(Value::as_bool).unwrap_or(false);
    let offset = answer.get("offset_ms").and_then(Value::as_i64).unwrap_or(0);
    let state = match (frozen, offset) {
        (true, _) => "frozen".to_owned(),
        (false, 0) => "the wall clock".to_owned(),
        (false, offset) => {
            format!("{} {} the wall clock", span(offset), if offset < 0 { "behind" } else { "ahead of" })
        }
    };
    let mut lines = vec![format!("{}  ({state})", text(answer, "now"))];
    match answer.get("jobs_run").and_then(Value::as_u64) {
        Some(1) => lines.push("1 job ran".to_owned()),
        Some(count) if count > 1 => lines.push(format!("{count} jobs ran")),
        _ => {}
    }
    if let Some(next) = answer.get("next_job").and_then(Value::as_str) {
        lines.push(format!("next job at {next}"));
    }
    lines.join("\n")
}

/// Milliseconds as `31d 2h 0m 5s`.
fn span(ms: i64) -> String {
    let seconds = ms.unsigned_abs() / 1000;
    let parts =
        [(seconds / 86_400, 'd'), (seconds / 3600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let shown: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if shown.is_empty() { "less than a second".to_owned() } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_described_in_words() {
        let show = |frozen: bool, offset: i64, jobs: u64| {
            describe(
                &json!({ "now": "N", "frozen": frozen, "offset_ms": offset, "jobs_run": jobs, "next_job": null }),
            )
        };
        assert_eq!(show(false, 0, 0), "N  (the wall clock)");
        assert_eq!(show(false, 31 * 86_400_000, 1), "N  (31d ahead of the wall clock)\n1 job ran");
        assert_eq!(show(false, -3_661_000, 0), "N  (1h 1m 1s behind the wall clock)");
        assert_eq!(show(true, 5, 2), "N  (frozen)\n2 jobs ran");
    }
}
