//! When expressions fire.

use crate::support::{ms, times};
use kage_schedule::{Dialect, Schedule, Zone};

fn utc(expression: &str, after: &str, count: usize) -> Vec<String> {
    times(expression, "UTC", after, count)
}

#[test]
fn rates_count_from_their_origin() {
    assert_eq!(
        utc("rate(5 minutes)", "2026-01-01T00:00:03Z", 2),
        ["2026-01-01T00:05:03Z", "2026-01-01T00:10:03Z"]
    );
    let rate = Schedule::parse("rate(1 day)", Dialect::Scheduler).unwrap();
    let origin = ms("2026-01-01T12:00:00Z");
    assert_eq!(rate.next(origin - 1, origin, &Zone::utc()), Some(origin));
    assert_eq!(rate.next(i64::MAX, origin, &Zone::utc()), None);
}

#[test]
fn fields_choose_times() {
    let after = "2026-01-01T00:00:00Z"; // a Thursday
    let all = [
        ("cron(0 10 * * ? *)", "2026-01-01T10:00:00Z"),
        ("cron(15 12 * * ? *)", "2026-01-01T12:15:00Z"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-01T18:00:00Z"),
        ("cron(0 18 ? * MON *)", "2026-01-05T18:00:00Z"),
        ("cron(0 0 L * ? *)", "2026-01-31T00:00:00Z"),
        ("cron(0 0 L 2 ? 2028)", "2028-02-29T00:00:00Z"),
        ("cron(0 0 31 * ? *)", "2026-01-31T00:00:00Z"),
        ("cron(0 0 3W * ? *)", "2026-01-02T00:00:00Z"),
        ("cron(0 0 4W * ? *)", "2026-01-05T00:00:00Z"),
        ("cron(0 0 LW * ? *)", "2026-01-30T00:00:00Z"),
        ("cron(15 10 ? * 6L *)", "2026-01-30T10:15:00Z"),
        ("cron(15 10 ? * FRIL *)", "2026-01-30T10:15:00Z"),
        ("cron(0 2 ? * SAT#3 *)", "2026-01-17T02:00:00Z"),
        ("cron(0 2 ? * L *)", "2026-01-03T02:00:00Z"),
        ("cron(0 0 1 MAR,JUN ? *)", "2026-03-01T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030/5)", "2030-01-01T00:00:00Z"),
        ("at(2026-05-01T10:00:00)", "2026-05-01T10:00:00Z"),
    ];
    for (expression, expected) in all {
        assert_eq!(utc(expression, after, 1), [expected], "{expression}");
    }
    // 1 August 2026 is a Saturday, 31 May 2026 a Sunday: the nearest weekday stays in the month.
    assert_eq!(utc("cron(0 0 1W 8 ? *)", after, 1), ["2026-08-03T00:00:00Z"]);
    assert_eq!(utc("cron(0 0 31W 5 ? *)", after, 1), ["2026-05-29T00:00:00Z"]);
    assert!(utc("cron(0 0 30 2 ? *)", after, 1).is_empty());
    assert!(utc("cron(0 0 * * ? 2025)", after, 1).is_empty());
    assert!(utc("at(2025-05-01T10:00:00)", after, 1).is_empty());
}

#[test]
fn zones_and_the_days_on_which_clocks_change() {
    let berlin = |expression, after, count| times(expression, "Europe/Berlin", after, count);
    assert_eq!(
        berlin("cron(0 9 * * ? *)", "2026-03-28T00:00:00Z", 2),
        ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"]
    );
    // 29 March 2026: there is no 02:30. That day is skipped.
    assert_eq!(
        berlin("cron(30 2 * * ? *)", "2026-03-28T00:00:00Z", 2),
        ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]
    );
    // 25 October 2026: 02:30 comes twice. It fires once.
    assert_eq!(
        berlin("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    assert_eq!(
        berlin("cron(0/30 * * * ? *)", "2026-10-25T00:00:00Z", 3),
        ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]
    );
    assert_eq!(
        times("at(2026-07-01T10:00:00)", "Asia/Tokyo", "2026-01-01T00:00:00Z", 1),
        ["2026-07-01T01:00:00Z"]
    );
    // Samoa had no 30 December 2011.
    assert_eq!(
        times("cron(0 12 * * ? *)", "Pacific/Apia", "2011-12-29T20:00:00Z", 2),
        ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"]
    );
}

#[test]
fn a_year_of_minutes_is_counted_to_the_end() {
    let every = Schedule::parse("cron(* * * * ? *)", Dialect::Rules).unwrap();
    let (start, end) = (ms("2026-01-01T00:00:00Z"), ms("2026-03-01T00:00:00Z"));
    let mut at = start;
    let mut count = 0;
    while let Some(next) = every.next(at, start, &Zone::utc()).filter(|next| *next <= end) {
        assert_eq!(next - at, 60_000);
        at = next;
        count += 1;
    }
    assert_eq!(count, 59 * 24 * 60);
}
