//! Times as CloudWatch writes them.

use kage_core::Millis;
use kage_metricmath::civil;

struct Parts {
    year: i64,
    month: usize,
    date: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
    ms: i64,
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn parts(time: Millis) -> Parts {
    let seconds = time.div_euclid(1_000);
    let days = seconds.div_euclid(86_400);
    let (year, month, date) = civil(days);
    Parts {
        year,
        month: usize::try_from(month).unwrap_or(1),
        date,
        // 1970-01-01 was a Thursday.
        weekday: usize::try_from((days + 3).rem_euclid(7)).unwrap_or(0),
        hour: seconds.rem_euclid(86_400) / 3_600,
        minute: seconds.rem_euclid(3_600) / 60,
        second: seconds.rem_euclid(60),
        ms: time.rem_euclid(1_000),
    }
}

/// `2026-01-02T03:04:05.000+0000`: in reasons as data, in notifications.
pub fn iso(time: Millis) -> String {
    let Parts { year, month, date, hour, minute, second, ms, .. } = parts(time);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}+0000")
}

/// `02/01/26 03:04:05`: in reasons.
pub fn short(time: Millis) -> String {
    let Parts { year, month, date, hour, minute, second, .. } = parts(time);
    format!("{date:02}/{month:02}/{:02} {hour:02}:{minute:02}:{second:02}", year.rem_euclid(100))
}

/// `Friday 02 January, 2026 03:04:05 UTC`: in reasons of composite alarms.
pub fn long(time: Millis) -> String {
    let Parts { year, month, date, weekday, hour, minute, second, .. } = parts(time);
    let day = DAYS.get(weekday).copied().unwrap_or_default();
    let month = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
    format!("{day} {date:02} {month}, {year} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_three_forms() {
        let time = 1_767_323_045_678;
        assert_eq!(iso(time), "2026-01-02T03:04:05.678+0000");
        assert_eq!(short(time), "02/01/26 03:04:05");
        assert_eq!(long(time), "Friday 02 January, 2026 03:04:05 UTC");
    }
}
