//! What Lambda writes to CloudWatch Logs about an invocation.
//!
//! AWS: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs" and "Understanding the Lambda execution
//! environment lifecycle", log lines START, END, REPORT.

use crate::running::{PRINCIPAL, Plan};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_api_logs::types::{
    CreateLogGroupRequest, CreateLogStreamRequest, InputLogEvent, PutLogEventsRequest, PutLogEventsResponse,
};
use kage_core::{Call, Forward, InvocationResult, LogLine, Millis, Outcome, Result, Tx};
use kage_schema::{Record, Timestamp};

// AWS: Lambda API reference, Invoke, `LogType`: the last 4 KB.
const TAIL: usize = 4096;
// AWS: CloudWatch Logs API reference, PutLogEvents: 1,048,576 bytes with 26 for each event; 10,000 events.
const BATCH_BYTES: usize = 1_048_576;
const BATCH_EVENTS: usize = 10_000;
const OVERHEAD: usize = 26;

/// Where a log goes.
pub struct Log<'a> {
    /// The group.
    pub group: &'a str,
    /// The stream.
    pub stream: &'a str,
    /// The session of the execution role.
    pub access_key: &'a str,
    /// Whether the execution environment is new, and so its stream.
    pub is_new: bool,
}

/// `2026/01/02/[$LATEST]` and 32 hexadecimal digits.
pub fn stream_name(call: &Call<'_>, version: &str) -> String {
    let day: String = call.now.iso8601().chars().take(10).collect();
    format!("{}/[{version}]{}", day.replace('-', "/"), hex::encode(call.rng().bytes::<16>()))
}

/// All lines of an invocation, in order. No line is of a time that the double's clock has not reached: it may stand still.
pub fn lines(plan: &Plan, result: &InvocationResult, now: Millis) -> Vec<LogLine> {
    let invocation = &plan.invocation;
    let id = &invocation.request_id;
    let ms = |micros: u64| i64::try_from(micros / 1000).unwrap_or(i64::MAX);
    let start = invocation.started.saturating_add(ms(result.init_us.unwrap_or(0)));
    let end = start.saturating_add(ms(result.duration_us));
    let line = |at: i64, text: String| LogLine { at: at.min(now).max(invocation.started), text };
    let own = |lines: &[LogLine]| -> Vec<LogLine> {
        lines.iter().map(|own| line(own.at, format!("{}\n", own.text))).collect()
    };
    let mut all = own(&result.init_logs);
    all.push(line(start, format!("START RequestId: {id} Version: {}\n", plan.function.version)));
    all.extend(own(&result.logs));
    let mut status = String::new();
    if let Outcome::Failed { payload, error_type } = &result.outcome {
        let message = serde_json::from_slice::<serde_json::Value>(payload).unwrap_or_default();
        let message = message["errorMessage"].as_str().unwrap_or_default().to_owned();
        match error_type.as_str() {
            "Sandbox.Timedout" => {
                let what = message.rsplit("Error: ").next().unwrap_or_default();
                all.push(line(end, format!("{} {id} {what}\n\n", Timestamp(end).iso8601())));
                status = "Status: timeout\t".to_owned();
            }
            "Runtime.ExitError" => {
                all.push(line(end, format!("{message}\nRuntime.ExitError\n")));
                status = format!("Status: error\tError Type: {error_type}\t");
            }
            _ => {}
        }
    }
    all.push(line(end, format!("END RequestId: {id}\n")));
    let part = |micros: u64| format!("{}.{:02}", micros / 1000, micros % 1000 / 10);
    // AWS: since August 2025 the start of an environment is billed too.
    let billed = result.duration_us.saturating_add(result.init_us.unwrap_or(0)).div_ceil(1000);
    let init =
        result.init_us.map(|micros| format!("Init Duration: {} ms\t", part(micros))).unwrap_or_default();
    let used = result.max_memory_mb.min(invocation.memory_mb);
    all.push(line(
        end,
        format!(
            "REPORT RequestId: {id}\tDuration: {} ms\tBilled Duration: {billed} ms\tMemory Size: {} MB\tMax Memory Used: {used} MB\t{init}{status}\n",
            part(result.duration_us),
            invocation.memory_mb,
        ),
    ));
    // The clocks of the parts may differ by a moment; their order does not.
    for at in 1..all.len() {
        let before = all.get(at.saturating_sub(1)).map_or(0, |line| line.at);
        if let Some(line) = all.get_mut(at) {
            line.at = line.at.max(before);
        }
    }
    all
}

/// The end of the log in Base64.
pub fn tail(lines: &[LogLine]) -> String {
    let text: String = lines.iter().map(|line| line.text.as_str()).collect();
    let bytes = text.as_bytes();
    STANDARD.encode(bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default())
}

/// Writes lines as the execution role. What the role may not do is not done, as on AWS.
pub fn write(call: &Call<'_>, tx: &mut Tx, log: &Log<'_>, lines: &[LogLine]) {
    if log.is_new {
        let stream = || CreateLogStreamRequest {
            log_group_name: log.group.to_owned(),
            log_stream_name: log.stream.to_owned(),
        };
        let create = (&kage_api_logs::SERVICE, &kage_api_logs::operations::CREATE_LOG_STREAM);
        let made: Result<kage_api_logs::types::CreateLogStreamResponse> =
            forward(call, tx, log, create, stream());
        if made.is_err_and(|error| error.code == "ResourceNotFoundException") {
            let group = CreateLogGroupRequest { log_group_name: log.group.to_owned(), ..Default::default() };
            let make = (&kage_api_logs::SERVICE, &kage_api_logs::operations::CREATE_LOG_GROUP);
            let grouped: Result<kage_api_logs::types::CreateLogGroupResponse> =
                forward(call, tx, log, make, group);
            if grouped.is_ok() {
                let _: Result<kage_api_logs::types::CreateLogStreamResponse> =
                    forward(call, tx, log, create, stream());
            }
        }
    }
    for batch in batches(lines) {
        let event = |line: &LogLine| InputLogEvent { timestamp: line.at, message: line.text.clone() };
        let input = PutLogEventsRequest {
            log_group_name: log.group.to_owned(),
            log_stream_name: log.stream.to_owned(),
            log_events: batch.iter().map(event).collect(),
            ..Default::default()
        };
        let put = (&kage_api_logs::SERVICE, &kage_api_logs::operations::PUT_LOG_EVENTS);
        let done: Result<PutLogEventsResponse> = forward(call, tx, log, put, input);
        if done.is_err() {
            return;
        }
    }
}

fn forward<O: Record>(
    call: &Call<'_>,
    tx: &mut Tx,
    log: &Log<'_>,
    target: (&'static kage_schema::ServiceModel, &'static kage_schema::OperationModel),
    input: impl Record,
) -> Result<O> {
    let how = Forward::AsSession { access_key: log.access_key.to_owned(), via: PRINCIPAL };
    call.forward(tx, how, target, input)
}

/// Lines in batches that PutLogEvents takes.
fn batches(lines: &[LogLine]) -> Vec<&[LogLine]> {
    let mut batches = Vec::new();
    let mut from = 0;
    let mut bytes = 0_usize;
    for (at, line) in lines.iter().enumerate() {
        let size = line.text.len().saturating_add(OVERHEAD);
        if at > from && (bytes.saturating_add(size) > BATCH_BYTES || at.saturating_sub(from) >= BATCH_EVENTS)
        {
            batches.extend(lines.get(from..at));
            (from, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(size);
    }
    batches.extend(lines.get(from..).filter(|rest| !rest.is_empty()));
    batches
}
