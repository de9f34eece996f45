//! Points in time.

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, which is as fine as AWS answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

const DAY_MS: i64 = 86_400_000;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A timestamp taken apart in the UTC calendar.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millisecond: i64,
    weekday: usize,
}

impl Timestamp {
    /// From whole seconds since 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds.saturating_mul(1000))
    }

    /// From seconds with a fraction; rounded to milliseconds, `None` when out of range or not a number.
    #[must_use]
    pub fn from_seconds_f64(seconds: f64) -> Option<Timestamp> {
        let ms = (seconds * 1000.0).round();
        (ms.is_finite() && ms.abs() < 9.0e15).then_some(Timestamp(ms as i64))
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// The same moment without its milliseconds.
    #[must_use]
    pub const fn whole_seconds(self) -> Timestamp {
        Timestamp(self.seconds().saturating_mul(1000))
    }

    /// This moment moved by `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// This moment moved by `seconds`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Timestamp {
        self.plus_ms(seconds.saturating_mul(1000))
    }

    // Days to civil date after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    fn civil(self) -> Civil {
        let days = self.0.div_euclid(DAY_MS);
        let ms = self.0.rem_euclid(DAY_MS);
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Civil {
            year: yoe + era * 400 + i64::from(month <= 2),
            month,
            day: doy - (153 * mp + 2) / 5 + 1,
            hour: ms / 3_600_000,
            minute: ms / 60_000 % 60,
            second: ms / 1000 % 60,
            millisecond: ms % 1000,
            weekday: days.rem_euclid(7) as usize,
        }
    }

    /// `2015-01-25T08:00:00Z`, with `.123` before the `Z` where there are milliseconds.
    #[must_use]
    pub fn iso8601(self) -> String {
        let c = self.civil();
        let base = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        );
        if c.millisecond == 0 { format!("{base}Z") } else { format!("{base}.{:03}Z", c.millisecond) }
    }

    /// `20150125T080000Z`, as in signatures and CloudTrail file names.
    #[must_use]
    pub fn basic(self) -> String {
        let c = self.civil();
        format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// `Sun, 25 Jan 2015 08:00:00 GMT`. Milliseconds are dropped.
    #[must_use]
    pub fn rfc822(self) -> String {
        let c = self.civil();
        let weekday = WEEKDAYS.get(c.weekday).copied().unwrap_or_default();
        let month =
            usize::try_from(c.month - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default();
        format!(
            "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
            c.day, c.year, c.hour, c.minute, c.second
        )
    }

    /// From a calendar date and time in UTC. `None` when a field is out of its range.
    #[must_use]
    pub fn from_civil(date: (i64, i64, i64), time: (i64, i64, i64), ms: i64) -> Option<Timestamp> {
        let (year, month, day) = date;
        let (hour, minute, second) = time;
        let in_range = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && (0..1000).contains(&ms);
        if !in_range {
            return None;
        }
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let days = era * 146_097 + doe - 719_468;
        Some(Timestamp(days * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000 + ms))
    }

    /// Reads `2015-01-25T08:00:00Z`, fractions, offsets such as `+01:00`, and a bare date.
    #[must_use]
    pub fn parse_iso8601(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let date = (number(bytes, 0, 4)?, number(bytes, 5, 2)?, number(bytes, 8, 2)?);
        if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        if bytes.len() == 10 {
            return Timestamp::from_civil(date, (0, 0, 0), 0);
        }
        if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) || bytes.get(13) != Some(&b':') {
            return None;
        }
        let mut at = 16;
        let mut second = 0;
        if bytes.get(at) == Some(&b':') {
            second = number(bytes, 17, 2)?;
            at = 19;
        }
        let mut ms = 0;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            let mut scale = 100;
            while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
                ms += i64::from(digit - b'0') * scale;
                scale /= 10;
                at += 1;
            }
        }
        let time = (number(bytes, 11, 2)?, number(bytes, 14, 2)?, second);
        let local = Timestamp::from_civil(date, time, ms)?;
        let offset_minutes = match (bytes.get(at), bytes.len() - at.min(bytes.len())) {
            (Some(b'Z' | b'z'), 1) => 0,
            (Some(sign @ (b'+' | b'-')), 6) if bytes.get(at + 3) == Some(&b':') => {
                let minutes = number(bytes, at + 1, 2)? * 60 + number(bytes, at + 4, 2)?;
                if *sign == b'+' { minutes } else { -minutes }
            }
            _ => return None,
        };
        Some(local.plus_ms(-offset_minutes * 60_000))
    }

    /// Reads `Sun, 25 Jan 2015 08:00:00 GMT`, also with a fraction of a second.
    #[must_use]
    pub fn parse_rfc822(text: &str) -> Option<Timestamp> {
        let rest = text.split_once(", ").map_or(text, |(_, rest)| rest);
        let mut words = rest.split(' ');
        let day = words.next()?.parse().ok()?;
        let month_name = words.next()?;
        let month = MONTHS.iter().position(|m| *m == month_name)? as i64 + 1;
        let year = words.next()?.parse().ok()?;
        let clock = words.next()?;
        if words.next()? != "GMT" {
            return None;
        }
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut fields = whole.split(':');
        let hour = fields.next()?.parse().ok()?;
        let minute = fields.next()?.parse().ok()?;
        let second = fields.next()?.parse().ok()?;
        let ms = if fraction.is_empty() { 0 } else { format!("{fraction:0<3}").get(..3)?.parse().ok()? };
        Timestamp::from_civil((year, month, day), (hour, minute, second), ms)
    }
}

fn number(bytes: &[u8], at: usize, digits: usize) -> Option<i64> {
    let slice = bytes.get(at..at + digits)?;
    slice.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso8601())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_the_same_moment() {
        let t = Timestamp(1_422_172_800_123);
        assert_eq!(t.iso8601(), "2015-01-25T08:00:00.123Z");
        assert_eq!(t.basic(), "20150125T080000Z");
        assert_eq!(t.rfc822(), "Sun, 25 Jan 2015 08:00:00 GMT");
        assert_eq!(Timestamp::parse_iso8601(&t.iso8601()), Some(t));
        assert_eq!(Timestamp::parse_rfc822(&t.rfc822()), Some(t.whole_seconds()));
        assert_eq!(Timestamp::parse_rfc822("Sun, 25 Jan 2015 08:00:00.123 GMT"), Some(t));
        assert_eq!(Timestamp::parse_iso8601("2015-01-25T09:00:00.123+01:00"), Some(t));
    }

    #[test]
    fn every_day_of_eight_centuries_reads_back() {
        for day in -80_000..220_000_i64 {
            let t = Timestamp(day * DAY_MS + 86_399_999);
            assert_eq!(Timestamp::parse_iso8601(&t.iso8601()), Some(t));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2015",
            "2015-02-29",
            "2015-01-25T08:00:00",
            "2015-01-25T25:00:00Z",
            "2015-01-25T08:00:00+1:00",
            "é015-01-25",
        ] {
            assert_eq!(Timestamp::parse_iso8601(text), None, "{text}");
        }
        assert_eq!(Timestamp::parse_rfc822("Sun, 25 Foo 2015 08:00:00 GMT"), None);
    }
}
