//! A million events through filter patterns and queries. `cargo bench -p kage-logquery`.

use kage_logquery::{FilterPattern, LogEvent, Query};
use std::time::Instant;

const EVENTS: usize = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

fn report(name: &str, bytes: usize, found: usize, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    println!("{name:<60} {seconds:>7.3} s {:>8.0} MB/s {found:>8} found", bytes as f64 / 1e6 / seconds);
}

/// The `at`-th event: CloudTrail-like JSON of about 600 bytes; one in a thousand was denied.
fn json(at: usize) -> String {
    let error = if at.is_multiple_of(1_000) { "\"errorCode\":\"AccessDeniedException\"," } else { "" };
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\"AROAEXAMPLE{at:08}:session\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/app/session\",\"accountId\":\"111122223333\"}},\"eventTime\":\"2026-01-02T03:04:05Z\",\"eventSource\":\"dynamodb.amazonaws.com\",\"eventName\":\"GetItem\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"10.0.{}.{}\",\"userAgent\":\"aws-sdk-rust/1.3\",{error}\"requestParameters\":{{\"tableName\":\"orders\",\"key\":{{\"id\":\"{at}\"}}}},\"bytes\":{},\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"managementEvent\":false}}",
        at / 256 % 256,
        at % 256,
        at % 5_000,
    )
}

/// The `at`-th line of a web server.
fn line(at: usize) -> String {
    let status = if at.is_multiple_of(1_000) { 503 } else { 200 };
    format!(
        "10.0.0.{} - frank [10/Oct/2026:13:25:15 -0700] \"GET /item/{at} HTTP/1.1\" {status} {}",
        at % 256,
        at % 9_000
    )
}

fn main() {
    let events: Vec<String> = (0..EVENTS).map(json).collect();
    let lines: Vec<String> = (0..EVENTS).map(line).collect();
    for (pattern, over) in [
        ("AccessDeniedException", &events),
        ("\"Access\" -GetObject", &events),
        ("%Access[A-Z][a-z]+Exception%", &events),
        ("{ $.errorCode = \"AccessDenied*\" }", &events),
        ("{ $.bytes > 4990 }", &events),
        ("[ip, id, user, time, request, status = 5*, bytes]", &lines),
        ("503", &lines),
    ] {
        let bytes: usize = over.iter().map(String::len).sum();
        let filter = FilterPattern::parse(pattern).unwrap_or_else(|error| {
            eprintln!("{error}");
            std::process::exit(1)
        });
        let begin = now();
        let found = over.iter().filter(|event| filter.matches(event.as_bytes())).count();
        report(pattern, bytes, found, begin);
    }
    for text in [
        "filter @message like /AccessDenied/ | stats count(*) as n by bin(5m)",
        "filter errorCode like 'AccessDenied' | stats count(*) by userIdentity.type",
        "stats avg(bytes), pct(bytes, 95) by eventName",
    ] {
        let query = Query::parse(text).unwrap_or_else(|error| {
            eprintln!("{error}");
            std::process::exit(1)
        });
        let bytes: usize = events.iter().map(String::len).sum();
        let begin = now();
        let mut run = query.start(None, 0);
        for (at, event) in (0_i64..).zip(&events) {
            let pointer = String::new;
            run.see(&LogEvent {
                timestamp: at,
                ingested: at,
                message: event.as_bytes(),
                stream: "s",
                log: "111122223333:g",
                pointer: &pointer,
            });
        }
        report(text, bytes, run.finish().matched as usize, begin);
    }
}
