//! Parts of dates, in UTC.

/// A part of the date of a time in milliseconds, by the name of its function.
// AWS: user guide, "Metric math syntax and functions": DAY is 1 (Monday) to 7.
#[expect(clippy::cast_precision_loss, reason = "parts of dates and seconds are far below 2^53")]
pub fn part(time: i64, name: &str) -> f64 {
    let seconds = time.div_euclid(1_000);
    let (year, month, date) = civil(seconds.div_euclid(86_400));
    let part = match name {
        "EPOCH" => seconds,
        "MINUTE" => seconds.rem_euclid(3_600) / 60,
        "HOUR" => seconds.rem_euclid(86_400) / 3_600,
        // 1970-01-01 was a Thursday.
        "DAY" => (seconds.div_euclid(86_400) + 3).rem_euclid(7) + 1,
        "DATE" => date,
        "MONTH" => month,
        _ => year,
    };
    part as f64
}

/// Year, month and date of a day counted from 1970-01-01, in the Gregorian calendar.
pub fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that the leap day is the last of a year; an era has 400 years.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_known_days() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_455), (2026, 1, 2));
        let friday = 20_455 * 86_400_000 + 3_723_000;
        let told = ["DAY", "HOUR", "MINUTE", "DATE", "MONTH", "YEAR"].map(|name| part(friday, name));
        assert_eq!(told, [5.0, 1.0, 2.0, 2.0, 1.0, 2026.0]);
    }
}
