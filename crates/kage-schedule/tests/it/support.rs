//! Times as text.

use jiff::Timestamp;
use kage_schedule::{Dialect, Schedule, Zone};

/// Milliseconds of an ISO time.
pub fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// The first times of an expression after a time, in a zone.
pub fn times(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(expression, Dialect::Scheduler).unwrap();
    let zone = Zone::find(zone).unwrap();
    let origin = ms(after);
    let mut at = origin;
    let mut out = Vec::new();
    while out.len() < count
        && let Some(next) = schedule.next(at, origin, &zone)
    {
        assert!(next > at, "time goes forward");
        at = next;
        out.push(Timestamp::from_millisecond(at).unwrap().to_string());
    }
    out
}
