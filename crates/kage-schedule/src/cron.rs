//! `cron(minutes hours day-of-month month day-of-week year)`.
//!
//! AWS: EventBridge user guide, "Cron expressions": the wildcards of each field, and that one of the two fields of days, and
//! only one, is `?`.

use crate::days::{MonthDays, WeekDays};
use crate::zone::Zone;
use jiff::civil::{Date, DateTime, date, time};

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const YEAR_MIN: u32 = 1970;
const YEAR_MAX: u32 = 2199;

/// A compiled cron expression.
#[derive(Clone, Debug)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Days,
    months: Vec<u32>,
    years: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Days {
    OfMonth(MonthDays),
    OfWeek(WeekDays),
}

impl Cron {
    /// Reads the six fields.
    pub fn parse(text: &str) -> Option<Cron> {
        let mut fields = text.split_whitespace();
        let mut next = || fields.next();
        let (minutes, hours, month_days, months, week_days, years) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if next().is_some() {
            return None;
        }
        let days = match (month_days, week_days) {
            ("?", "?") => return None,
            (days, "?") => Days::OfMonth(MonthDays::parse(days)?),
            ("?", days) => Days::OfWeek(WeekDays::parse(days)?),
            _ => return None,
        };
        Some(Cron {
            minutes: values(minutes, (0, 59), &[])?,
            hours: values(hours, (0, 23), &[])?,
            days,
            months: values(months, (1, 12), &MONTHS)?,
            years: values(years, (YEAR_MIN, YEAR_MAX), &[])?,
        })
    }

    /// The first time after this one.
    pub fn next(&self, after: i64, zone: &Zone) -> Option<i64> {
        // Times that clocks show earlier never come later, because of a time that comes twice the first one counts.
        let from = zone.civil(after)?;
        let mut day = Some(from.date());
        while let Some(date) = day.and_then(|date| self.day_from(date)) {
            let first = if date == from.date() { from } else { date.to_datetime(time(0, 0, 0, 0)) };
            if let Some(at) = self.within(date, first, after, zone) {
                return Some(at);
            }
            day = date.tomorrow().ok();
        }
        None
    }

    /// The first day that matches, from this one on.
    fn day_from(&self, mut day: Date) -> Option<Date> {
        loop {
            let year = u32::try_from(day.year()).ok()?;
            let next_year = *self.years.iter().find(|known| **known >= year)?;
            let months = &self.months;
            let month = u32::try_from(day.month()).ok()?;
            if next_year > year {
                day = first_of(next_year, *months.first()?)?;
                continue;
            }
            match months.iter().find(|known| **known >= month) {
                None => day = first_of(year.checked_add(1)?, 1)?,
                Some(later) if *later > month => day = first_of(year, *later)?,
                Some(_) if self.is_day(day) => return Some(day),
                Some(_) => day = day.tomorrow().ok()?,
            }
        }
    }

    fn is_day(&self, day: Date) -> bool {
        match &self.days {
            Days::OfMonth(days) => days.holds(day),
            Days::OfWeek(days) => days.holds(day),
        }
    }

    /// The first time of this day after `after`; what clocks show is not before `first`.
    fn within(&self, day: Date, first: DateTime, after: i64, zone: &Zone) -> Option<i64> {
        for hour in &self.hours {
            let hour = i8::try_from(*hour).ok()?;
            if hour < first.hour() {
                continue;
            }
            for minute in &self.minutes {
                let minute = i8::try_from(*minute).ok()?;
                let civil = day.to_datetime(time(hour, minute, 0, 0));
                if civil >= first
                    && let Some(at) = zone.instant(civil).filter(|at| *at > after)
                {
                    return Some(at);
                }
            }
        }
        None
    }
}

fn first_of(year: u32, month: u32) -> Option<Date> {
    Some(date(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1))
}

/// The values of a field: lists of values, ranges and steps; in order. Names count from the smallest value.
pub fn values(text: &str, (low, high): (u32, u32), names: &[&str]) -> Option<Vec<u32>> {
    let one = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => low.checked_add(u32::try_from(index).ok()?)?,
            None => number(text)?,
        };
        (low..=high).contains(&value).then_some(value)
    };
    let mut out = Vec::new();
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
            None => (item, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (one(from)?, one(to)?),
            None if step.is_some() => (one(range)?, high),
            None => (one(range)?, one(range)?),
        };
        if from > to {
            return None;
        }
        out.extend((from..=to).step_by(usize::try_from(step.unwrap_or(1)).ok()?));
    }
    out.sort_unstable();
    out.dedup();
    Some(out)
}

/// Digits only: no sign.
pub fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
