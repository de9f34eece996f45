//! Dates and times: of signatures and of protocols.

use kage_schema::Timestamp;
use kage_sigv4::{format_basic, format_extended, parse_basic};

use crate::source::Source;
use crate::target::Target;

/// The milliseconds of the years 0 to 9999, which all text forms can say.
const YEARS: std::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;

/// Every reader of times: what reads, prints and reads again as the same moment.
pub const TEXT: Target = Target {
    name: "time_text",
    law: "what reads as a time prints and reads again as the same time",
    check: text,
    seeds: &[
        b"20150830T123600Z",
        b"2015-12-30T12:00:00.000Z",
        b"2015-01-25T08:00:00+01:00",
        b"2016-02-29 23:59:60Z",
        b"2015-01-25",
        b"Sun, 25 Jan 2015 08:00:00 GMT",
        b"Sun, 25 Jan 2015 08:00:00.123 GMT",
        b"0000-01-01T00:00:00-23:59",
        b"9999-12-31T23:59:59.999Z",
    ],
    dictionary: &[
        b"T",
        b"Z",
        b"+00:00",
        b"-12:34",
        b" GMT",
        b"Feb",
        b"29",
        b"9999",
        b"0000",
        b".999",
        "é".as_bytes(),
    ],
    rounds: 100_000,
};

/// Every writer of times over all numbers.
pub const NUMBER: Target = Target {
    name: "time_number",
    law: "every number prints; within the years 0 to 9999 the text reads as the same moment",
    check: number,
    seeds: &[
        &[0; 8],
        &[0xff; 8],
        &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x80, 0, 0, 0, 0, 0, 0, 0],
        &[0, 0, 1, 0x4f, 0x7e, 0x82, 0x13, 0x80],
    ],
    dictionary: &[&[0; 4], &[0xff; 4], &[0, 0, 0xe6, 0x77]],
    rounds: 100_000,
};

fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(seconds) = parse_basic(&text) {
        assert_eq!(parse_basic(&format_basic(seconds)), Some(seconds), "basic form");
        if seconds >= 0 {
            // A leap second is the next minute's first, so the text may differ while the moment is the same.
            assert_eq!(
                Timestamp::parse_iso8601(&format_extended(seconds)),
                Some(Timestamp::from_seconds(seconds))
            );
        }
    }
    for time in [Timestamp::parse_iso8601(&text), Timestamp::parse_rfc822(&text)].into_iter().flatten() {
        reads_back(time);
    }
}

fn number(data: &[u8]) {
    let number = i64::from_be_bytes(Source::new(data).number().to_be_bytes());
    for number in [number, number >> 16] {
        reads_back(Timestamp(number));
        let seconds = number.div_euclid(1000);
        let last = 253_402_300_799;
        assert_eq!(parse_basic(&format_basic(seconds)), Some(seconds.clamp(0, last)), "{seconds} s");
        if (0..=last).contains(&seconds) {
            assert_eq!(
                format_basic(seconds),
                Timestamp::from_seconds(seconds).basic(),
                "two writers of one form"
            );
        }
    }
}

fn reads_back(time: Timestamp) {
    let (iso, rfc) = (time.iso8601(), time.rfc822());
    if YEARS.contains(&time.milliseconds()) {
        assert_eq!(Timestamp::parse_iso8601(&iso), Some(time), "{iso}");
        assert_eq!(Timestamp::parse_rfc822(&rfc), Some(time.whole_seconds()), "{rfc}");
    }
}
