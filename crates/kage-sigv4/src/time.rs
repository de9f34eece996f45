//! Dates of signatures. Unix seconds in UTC inside, text at the edges.

/// The last second of the year 9999; later times are printed as this one.
const LAST_SECOND: i64 = 253_402_300_799;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads `20150830T123600Z`, the basic format of ISO 8601, to unix seconds.
#[must_use]
pub fn parse_basic(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    unix(
        digits(date.get(0..4)?)?,
        digits(date.get(4..6)?)?,
        digits(date.get(6..8)?)?,
        digits(time.get(0..2)?)?,
        digits(time.get(2..4)?)?,
        digits(time.get(4..6)?)?,
    )
}

/// Reads the `Date` header of HTTP: `Mon, 09 Sep 2011 23:36:00 GMT`.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split_ascii_whitespace();
    let day = digits(words.next()?)?;
    let month_name = words.next()?;
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month_name))?;
    let year_text = words.next()?;
    let mut clock = words.next()?.split(':');
    let zone = words.next()?;
    if year_text.len() != 4 || !matches!(zone, "GMT" | "UTC" | "+0000") || words.next().is_some() {
        return None;
    }
    let (hour, minute, second) = (digits(clock.next()?)?, digits(clock.next()?)?, digits(clock.next()?)?);
    unix(digits(year_text)?, i64::try_from(month).ok()?.checked_add(1)?, day, hour, minute, second)
}

/// Reads `2015-12-30T12:00:00.000Z`, the form of a POST policy's expiration. The fraction may be absent.
pub(crate) fn parse_extended(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    digits(fraction.get(..fraction.len().min(9))?)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || date.len() != 10 || time.len() != 8 {
        return None;
    }
    let mut date = date.split('-');
    let mut clock = time.split(':');
    unix(
        digits(date.next()?)?,
        digits(date.next()?)?,
        digits(date.next()?)?,
        digits(clock.next()?)?,
        digits(clock.next()?)?,
        digits(clock.next()?)?,
    )
}

/// Prints unix seconds as `20150830T123600Z`. Times before 1970 print as 1970, after 9999 as 9999.
#[must_use]
pub fn format_basic(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Prints unix seconds as `2015-08-30T12:36:00Z`. The same bounds as [`format_basic`].
#[must_use]
pub fn format_extended(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

// Days from the civil calendar: Howard Hinnant, "chrono-compatible low-level date algorithms". The fields are
// bounded before the arithmetic, so nothing can overflow.
fn unix(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn civil(seconds: i64) -> (i64, i64, i64, i64, i64, i64) {
    let seconds = seconds.clamp(0, LAST_SECOND);
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_round_trip_over_many_days() {
        for day in (0..2_932_896_i64).step_by(97) {
            let seconds = day * 86_400 + 45_296;
            assert_eq!(parse_basic(&format_basic(seconds)), Some(seconds));
            assert_eq!(parse_extended(&format_extended(seconds)), Some(seconds));
        }
        assert_eq!(parse_basic("20150830T123600Z"), Some(1_440_938_160));
        assert_eq!(format_extended(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(format_basic(-5), "19700101T000000Z");
    }

    #[test]
    fn wrong_dates_are_refused() {
        let wrong =
            ["", "201", "20150830T123600", "20150230T123600Z", "20151330T123600Z", "20150830T246000Z"];
        for text in wrong {
            assert_eq!(parse_basic(text), None, "{text}");
        }
        assert_eq!(parse_basic("+0150830T123600Z"), None);
        assert_eq!(parse_basic("2015083éT12360Z"), None);
    }

    #[test]
    fn http_and_policy_dates() {
        assert_eq!(parse_http_date("Mon, 09 Sep 2011 23:36:00 GMT"), parse_basic("20110909T233600Z"));
        assert_eq!(parse_http_date("Mon, 09 Sep 2011 23:36:00 CET"), None);
        assert_eq!(parse_extended("2015-12-30T12:00:00.000Z"), parse_basic("20151230T120000Z"));
        assert_eq!(parse_extended("2015-12-30 12:00"), None);
    }
}
