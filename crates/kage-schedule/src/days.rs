//! The two fields of days.

use crate::cron::{number, values};
use jiff::civil::{Date, Weekday};

const WEEK: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// `day-of-month`.
#[derive(Clone, Debug)]
pub enum MonthDays {
    /// These days.
    Days(Vec<u32>),
    /// `L`: the last day.
    Last,
    /// `15W`: the weekday nearest to a day, in the same month.
    Nearest(u32),
    /// `LW`: the last weekday.
    LastWeekday,
}

impl MonthDays {
    /// Reads the field.
    pub fn parse(text: &str) -> Option<MonthDays> {
        match text {
            "L" => return Some(MonthDays::Last),
            "LW" => return Some(MonthDays::LastWeekday),
            _ => {}
        }
        if let Some(day) = text.strip_suffix('W') {
            return number(day).filter(|day| (1..=31).contains(day)).map(MonthDays::Nearest);
        }
        values(text, (1, 31), &[]).map(MonthDays::Days)
    }

    /// Whether it names the day.
    pub fn holds(&self, day: Date) -> bool {
        let number = day_number(day);
        let last = u32::from(day.days_in_month().unsigned_abs());
        match self {
            MonthDays::Days(days) => days.contains(&number),
            MonthDays::Last => number == last,
            MonthDays::Nearest(wanted) => nearest_weekday(day, *wanted, last) == Some(number),
            MonthDays::LastWeekday => nearest_weekday(day, last, last) == Some(number),
        }
    }
}

/// The weekday nearest to day `wanted` of the month of `day`, without leaving the month.
fn nearest_weekday(day: Date, wanted: u32, last: u32) -> Option<u32> {
    if wanted > last {
        return None;
    }
    let at = day.with().day(i8::try_from(wanted).ok()?).build().ok()?;
    match at.weekday() {
        Weekday::Saturday if wanted == 1 => Some(3),
        Weekday::Saturday => wanted.checked_sub(1),
        Weekday::Sunday if wanted == last => wanted.checked_sub(2),
        Weekday::Sunday => wanted.checked_add(1),
        _ => Some(wanted),
    }
}

/// `day-of-week`; 1 is Sunday.
#[derive(Clone, Debug)]
pub enum WeekDays {
    /// These days.
    Days(Vec<u32>),
    /// `6L`: the last such day of the month.
    Last(u32),
    /// `3#2`: the second such day of the month.
    Nth(u32, u32),
}

impl WeekDays {
    /// Reads the field.
    pub fn parse(text: &str) -> Option<WeekDays> {
        let one = |text: &str| values(text, (1, 7), &WEEK).filter(|days| days.len() == 1)?.first().copied();
        if text == "L" {
            return Some(WeekDays::Days(vec![7]));
        }
        if let Some(day) = text.strip_suffix('L') {
            return one(day).map(WeekDays::Last);
        }
        if let Some((day, nth)) = text.split_once('#') {
            let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
            return one(day).map(|day| WeekDays::Nth(day, nth));
        }
        values(text, (1, 7), &WEEK).map(WeekDays::Days)
    }

    /// Whether it names the day.
    pub fn holds(&self, day: Date) -> bool {
        let weekday = u32::from(day.weekday().to_sunday_one_offset().unsigned_abs());
        let number = day_number(day);
        match self {
            WeekDays::Days(days) => days.contains(&weekday),
            WeekDays::Last(wanted) => {
                let last = u32::from(day.days_in_month().unsigned_abs());
                weekday == *wanted && number.saturating_add(7) > last
            }
            WeekDays::Nth(wanted, nth) => weekday == *wanted && number.div_ceil(7) == *nth,
        }
    }
}

fn day_number(day: Date) -> u32 {
    u32::from(day.day().unsigned_abs())
}
