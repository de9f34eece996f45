//! What is an expression and what is none.

use kage_schedule::{Dialect, Schedule, ScheduleError, Zone};

#[test]
fn the_documented_expressions_are_read() {
    // The examples of the EventBridge user guide, and those that LocalStack validated against AWS.
    for text in [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(12 hours)",
        "rate(1 day)",
        "rate(7 days)",
        "cron(0 10 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(*/15 * * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(5,35 14 * * ? *)",
        "cron(15 10 ? * 6L 2002-2005)",
        "cron(0 2 ? * SAT#3 *)",
        "cron(0/5 5 ? JAN 1-5 2022)",
        "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "cron(0-59/10 0-23/2 ? * * *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 15W * ? *)",
    ] {
        for dialect in [Dialect::Rules, Dialect::Scheduler] {
            assert!(Schedule::parse(text, dialect).is_ok(), "{text}");
        }
    }
    assert!(Schedule::parse("at(2022-11-20T13:00:00)", Dialect::Scheduler).is_ok());
    assert!(Schedule::parse("at(2022-11-20T13:00:00)", Dialect::Rules).is_err());
}

#[test]
fn what_aws_refuses_is_refused() {
    // Recorded by LocalStack in `test_events_schedule.py` and `test_scheduler.py`.
    for text in [
        "cron(0 1 * * * *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron()",
        "cron(0 0 ? * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 * * ? 1969)",
        "cron(0/0 0 * * ? *)",
        "cron(-1 0 * * ? *)",
        "rate(10 seconds)",
        "rate(10 years)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(-10 minutes)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "rate(99999999999999999999 days)",
        "rate(9223372036854775807 days)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-12-31)",
        "at(2021-02-30T00:00:00)",
        "",
        "(",
        "at(ääääääääää)",
    ] {
        assert_eq!(Schedule::parse(text, Dialect::Scheduler).map(|_| ()), Err(ScheduleError), "{text}");
    }
    assert!(Zone::find("Mars/Olympus").is_none());
}
