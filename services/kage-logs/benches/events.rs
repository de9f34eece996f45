//! A million events put and read through the whole road. `cargo bench -p kage-logs`.

use kage_test::World;
use serde_json::{Value, json};
use std::time::Instant;

const BATCHES: usize = 250;
const BATCH: usize = 4_000;

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

fn report(name: &str, bytes: usize, events: usize, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{name:<44} {seconds:>7.2} s {:>7.0} MB/s {:>10.0} events/s",
        bytes as f64 / 1e6 / seconds,
        events as f64 / seconds
    );
}

fn message(at: usize) -> String {
    let level = if at.is_multiple_of(1_000) { "ERROR" } else { "INFO" };
    format!(
        "{{\"level\":\"{level}\",\"request\":\"r-{at:08}\",\"path\":\"/item/{}\",\"ms\":{},\"user\":\"u{}\"}}",
        at % 97,
        at % 1_500,
        at % 512
    )
}

fn main() {
    let world = World::new(vec![kage_logs::service(), kage_iam::service()]);
    let admin = world.admin();
    let call = |operation: &str, input: Value| world.call(&admin, "logs", operation, input).ok();
    call("CreateLogGroup", json!({"logGroupName": "g"}));
    for stream in 0..10 {
        call("CreateLogStream", json!({"logGroupName": "g", "logStreamName": format!("s{stream}")}));
    }
    let start = world.now() - 1_000_000;
    let inputs: Vec<Value> = (0..BATCHES)
        .map(|batch| {
            let event = |at: usize| json!({"timestamp": start + (batch * BATCH + at) as i64, "message": message(batch * BATCH + at)});
            let events: Vec<Value> = (0..BATCH).map(event).collect();
            json!({"logGroupName": "g", "logStreamName": format!("s{}", batch % 10), "logEvents": events})
        })
        .collect();
    let events = BATCHES * BATCH;
    let bytes: usize = (0..events).map(|at| message(at).len()).sum();
    let begin = now();
    for input in inputs {
        call("PutLogEvents", input);
    }
    report("PutLogEvents, 4,000 events each", bytes, events, begin);
    for pattern in ["ERROR", "{ $.level = \"ERROR\" && $.ms > 100 }", "absent"] {
        let begin = now();
        let (mut input, mut found) = (json!({"logGroupName": "g", "filterPattern": pattern}), 0);
        loop {
            let page = call("FilterLogEvents", input.clone());
            found += page["events"].as_array().map_or(0, Vec::len);
            if page["nextToken"].is_null() {
                break;
            }
            input["nextToken"] = page["nextToken"].clone();
        }
        report(&format!("FilterLogEvents {pattern}: {found}"), bytes, events, begin);
    }
    for query in
        ["filter @message like /ERROR/ | stats count(*) by bin(1m)", "stats avg(ms), pct(ms, 99) by path"]
    {
        let begin = now();
        let seconds = world.now() / 1_000;
        let input = json!({"logGroupName": "g", "queryString": query, "startTime": seconds - 3_600, "endTime": seconds});
        let id = call("StartQuery", input)["queryId"].clone();
        world.advance(0);
        let answer = call("GetQueryResults", json!({"queryId": id}));
        report(&format!("{} {query}", answer["status"]), bytes, events, begin);
    }
}
