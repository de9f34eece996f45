//! Schedule expressions: rate, cron and at, with time zones: pure.
