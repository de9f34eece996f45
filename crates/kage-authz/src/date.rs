//! Instants for the Date operators (rule 103): W3C profiles of ISO 8601, or seconds since 1970.

/// Nanoseconds since 1970-01-01T00:00:00Z.
pub(crate) type Instant = i128;

const NANOS: i128 = 1_000_000_000;

/// Reads an instant. None for text of another form. A time without an offset is UTC.
// AWS: reference_policies_elements_condition_operators, date condition operators; W3C NOTE-datetime.
pub(crate) fn parse(text: &str) -> Option<Instant> {
    let four_digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !four_digits && let Some(seconds) = epoch(text) {
        return Some(seconds);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let complete = date.len() == 10;
    if parts.next().is_some() || (time.is_some() && !complete) {
        return None;
    }
    let seconds = days(year, month, day)?.checked_mul(86_400)?;
    let (within_day, fraction) = time.map_or(Some((0, 0)), time_of_day)?;
    Some(i128::from(seconds.checked_add(within_day)?) * NANOS + fraction)
}

fn epoch(text: &str) -> Option<Instant> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let seconds = i128::from(number(whole, whole.len())?);
    let magnitude = seconds * NANOS + nanos(fraction)?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Seconds since midnight in UTC, and nanoseconds.
fn time_of_day(text: &str) -> Option<(i64, i128)> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |part| number(part, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = hour * 3_600 + minute * 60 + second;
    Some((local - offset_seconds(offset)?, nanos(fraction)?))
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// The digits behind a decimal point as nanoseconds; more than nine digits are cut.
fn nanos(digits: &str) -> Option<i128> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(padded.fold(0, |sum, byte| sum * 10 + i128::from(byte - b'0')))
}

/// A number of exactly this many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// Days since 1970-01-01 in the Gregorian calendar. None for a date that does not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant's days_from_civil; years start in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(era * 146_097 + of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_one_instant_are_equal() {
        let instant = parse("1577836800").unwrap();
        for text in [
            "2020",
            "2020-01",
            "2020-01-01",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00Z",
            "2020-01-01T00:00:00.000Z",
            "2020-01-01T02:00:00+02:00",
            "2019-12-31T19:30:00-04:30",
            "1577836800.0",
        ] {
            assert_eq!(parse(text), Some(instant), "{text}");
        }
        assert_eq!(parse("2020-01-01T00:00:00.5Z"), Some(instant + NANOS / 2));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Some(-NANOS));
        assert_eq!(parse("2024-02-29"), Some(1_709_164_800 * NANOS));
    }

    #[test]
    fn what_is_no_date_does_not_read() {
        for text in [
            "",
            "now",
            "2020-13-01",
            "2023-02-29",
            "2020-1-1",
            "2020-01-01T24:00Z",
            "2020-01T00:00Z",
            "2020-01-01T",
            "2020-01-01 00:00",
            "1e9",
            "--1",
            "99999999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
