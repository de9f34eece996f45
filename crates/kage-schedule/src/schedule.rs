//! The three kinds of expressions.

use crate::cron::Cron;
use crate::zone::Zone;
use jiff::civil::DateTime;
use std::fmt;

/// Who reads the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Rules of EventBridge: `rate` and `cron`.
    Rules,
    /// EventBridge Scheduler: `rate`, `cron` and `at`.
    Scheduler,
}

/// An expression that is none. Each service says so in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleError;

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a schedule expression")
    }
}

impl std::error::Error for ScheduleError {}

/// A compiled schedule expression.
#[derive(Clone, Debug)]
pub struct Schedule(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Every so many milliseconds.
    Rate(i64),
    Cron(Box<Cron>),
    /// Once, when clocks show this.
    At(DateTime),
}

const MINUTE_MS: i64 = 60_000;

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ScheduleError`]. AWS: EventBridge user guide, "Setting a schedule pattern"; what is refused was recorded by
    /// LocalStack in `test_events_schedule.py` and `test_scheduler.py`.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Schedule, ScheduleError> {
        let (kind, inside) =
            text.strip_suffix(')').and_then(|text| text.split_once('(')).ok_or(ScheduleError)?;
        let kind = match kind {
            "rate" => Kind::Rate(rate(inside).ok_or(ScheduleError)?),
            "cron" => Kind::Cron(Box::new(Cron::parse(inside).ok_or(ScheduleError)?)),
            "at" if dialect == Dialect::Scheduler => Kind::At(at(inside).ok_or(ScheduleError)?),
            _ => return Err(ScheduleError),
        };
        Ok(Schedule(kind))
    }

    /// Whether it fires once only.
    #[must_use]
    pub fn is_once(&self) -> bool {
        matches!(self.0, Kind::At(_))
    }

    /// Whether it is a `rate`, whose times are counted from an origin.
    #[must_use]
    pub fn is_rate(&self) -> bool {
        matches!(self.0, Kind::Rate(_))
    }

    /// The first time after `after` at which it fires; `None` when there is none. A rate fires at its origin and every
    /// period from there.
    #[must_use]
    pub fn next(&self, after: i64, origin: i64, zone: &Zone) -> Option<i64> {
        match &self.0 {
            Kind::Rate(_) if after < origin => Some(origin),
            Kind::Rate(period) => {
                let passed = after.checked_sub(origin)?.checked_div(*period)?;
                origin.checked_add(passed.checked_add(1)?.checked_mul(*period)?)
            }
            Kind::Cron(cron) => cron.next(after, zone),
            Kind::At(civil) => zone.instant(*civil).filter(|at| *at > after),
        }
    }
}

/// `5 minutes`: one of something takes the singular, more the plural.
fn rate(text: &str) -> Option<i64> {
    let (value, unit) = text.split_once(' ')?;
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = value.parse().ok().filter(|value| *value > 0)?;
    let minutes: i64 = match (unit, value) {
        ("minute", 1) | ("minutes", 2..) => 1,
        ("hour", 1) | ("hours", 2..) => 60,
        ("day", 1) | ("days", 2..) => 1440,
        _ => return None,
    };
    value.checked_mul(minutes)?.checked_mul(MINUTE_MS)
}

/// `yyyy-mm-ddThh:mm:ss`, without zone.
fn at(text: &str) -> Option<DateTime> {
    let has_form = text.len() == 19
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if has_form { text.parse().ok() } else { None }
}
