//! The double's clock.

use super::Failure;
use kage_core::ClockState;
use kage_pipeline::Pipeline;
use kage_schema::Timestamp;
use serde_json::{Value, json};

const HINT: &str =
    r#"one of {"advance":"31d"}, {"set":"2027-01-01T00:00:00Z"}, {"freeze":true}, {"resume":true}"#;

/// What the clock shows and how.
pub fn show(pipeline: &Pipeline) -> Value {
    let clock = &pipeline.world().clock;
    let (state, wall, now) = (clock.state(), clock.wall(), clock.now());
    json!({
        "now": now.iso8601(),
        "wall": wall.iso8601(),
        "frozen": matches!(state, ClockState::Frozen { .. }),
        "offset_ms": now.0.saturating_sub(wall.0),
        "next_job": pipeline.next_job_at().map(Timestamp::iso8601),
    })
}

/// Moves, stops or starts the clock. Jobs that come due on the way run before this answers.
pub fn change(pipeline: &Pipeline, request: &Value) -> Result<Value, Failure> {
    let clock = &pipeline.world().clock;
    let members = request.as_object().filter(|members| members.len() == 1);
    let Some((what, value)) = members.and_then(|members| members.iter().next()) else {
        return Err(Failure::bad("the request says not exactly one thing", HINT));
    };
    let ran = match (what.as_str(), value) {
        ("advance", Value::String(by)) => {
            let by = milliseconds(by).ok_or_else(|| {
                Failure::bad(
                    format!("{by:?} is no duration"),
                    "write it as 90s, 15m, 12h, 31d or 2w, or as 1d12h",
                )
            })?;
            pipeline.advance_clock(clock.now().plus_ms(by))?
        }
        ("set", Value::String(to)) => set(pipeline, to)?,
        ("freeze", Value::Bool(true)) => {
            pipeline.set_clock(ClockState::Frozen { at_ms: clock.now().0 })?;
            0
        }
        ("resume", Value::Bool(true)) => {
            let offset_ms = clock.now().0.saturating_sub(clock.wall().0);
            pipeline.set_clock(ClockState::Running { offset_ms })?;
            0
        }
        _ => return Err(Failure::bad(format!("the clock cannot do {request}"), HINT)),
    };
    let mut shown = show(pipeline);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("jobs_run".to_owned(), json!(ran));
    }
    Ok(shown)
}

fn set(pipeline: &Pipeline, to: &str) -> Result<usize, Failure> {
    let clock = &pipeline.world().clock;
    let to = Timestamp::parse_iso8601(to)
        .ok_or_else(|| Failure::bad(format!("{to:?} is no time"), "write it as 2027-01-01T00:00:00Z"))?;
    if to >= clock.now() {
        return Ok(pipeline.advance_clock(to)?);
    }
    // Backwards nothing comes due, and nothing is undone.
    pipeline.set_clock(clock.state_at(to))?;
    Ok(0)
}

/// `31d`, `1d12h`, `90s`: milliseconds. Not more than ten thousand years.
fn milliseconds(text: &str) -> Option<i64> {
    const LIMIT: i64 = 315_360_000_000_000;
    let mut total = 0_i64;
    let mut digits = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            'w' => 604_800_000,
            _ => return None,
        };
        let count: i64 = std::mem::take(&mut digits).parse().ok()?;
        total = total.checked_add(count.checked_mul(unit)?)?;
    }
    (!text.is_empty() && digits.is_empty() && total <= LIMIT).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, expected) in [
            ("90s", Some(90_000)),
            ("15m", Some(900_000)),
            ("31d", Some(31 * 86_400_000)),
            ("1d12h", Some(36 * 3_600_000)),
            ("2w", Some(14 * 86_400_000)),
            ("0s", Some(0)),
            ("", None),
            ("31", None),
            ("d", None),
            ("-1d", None),
            ("1.5d", None),
            ("1d5", None),
            ("99999999999999999999d", None),
            ("99999999999d", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
