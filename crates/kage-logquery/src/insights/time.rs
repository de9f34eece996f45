//! Dates of the Gregorian calendar, in UTC.

/// Milliseconds of a day.
pub const DAY: i64 = 86_400_000;

/// Year, month (1 to 12) and day of a number of days since 1970.
// The algorithm is "civil_from_days" of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days since 1970 of the first of a month; `month` counts from year 0, January being 0.
pub fn days_of_month(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The month of a time, counted from year 0, January being 0.
pub fn month_of(at: i64) -> i64 {
    let (year, month, _) = civil(at.div_euclid(DAY));
    year * 12 + month - 1
}

/// `2026-01-02 03:04:05.000`.
pub fn shown(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let of_day = at.rem_euclid(DAY);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, millisecond) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(shown(0), "1970-01-01 00:00:00.000");
        assert_eq!(shown(1_767_323_045_678), "2026-01-02 03:04:05.678");
        assert_eq!(shown(951_782_400_000), "2000-02-29 00:00:00.000");
        assert_eq!(shown(-1), "1969-12-31 23:59:59.999");
        for days in (-800_000..800_000).step_by(13) {
            let month = month_of(days * DAY);
            assert!(days_of_month(month) <= days && days < days_of_month(month + 1), "{days}");
        }
        let _ = shown(i64::MAX);
        let _ = shown(i64::MIN);
    }
}
