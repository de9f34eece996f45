//! Delivery to CloudWatch Logs: one log event for each event, written by a session of the trail's role.
//! AWS: CloudTrail user guide, "Sending events to CloudWatch Logs" and "Role policy document for CloudTrail to use
//! CloudWatch Logs for monitoring".

use crate::delivery::time_of;
use crate::errors;
use crate::object::{PRINCIPAL, elsewhere};
use crate::trail::{LogGroup, Trail};
use kage_api_logs::types as api;
use kage_core::{Arn, Call, Error, Forward, Millis, Resource as _, Result, ServiceRole, Tx};
use kage_store::table::{Table, key as row};
use serde_json::Value;

/// Bytes of one PutLogEvents, each event counted with 26 more. AWS: CloudWatch Logs API reference, PutLogEvents.
const BATCH_BYTES: usize = 1_048_576;
const EVENT_OVERHEAD: usize = 26;
/// Events of one PutLogEvents. AWS: the same.
const BATCH_EVENTS: usize = 10_000;

/// How long a session is used: it ends after an hour.
const SESSION_MS: i64 = 50 * 60_000;
/// Sessions by trail and role: access key id, and until when it is used.
const SESSIONS: Table<(String, Millis)> = Table::new("cloudtrail.log-sessions");

/// What a trail is given: both members, or neither.
///
/// # Errors
/// `InvalidCloudWatchLogsLogGroupArnException`, `InvalidCloudWatchLogsRoleArnException`.
pub fn read(arn: Option<String>, role: Option<String>) -> Result<Option<LogGroup>> {
    match (arn, role) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(errors::log_role("You must specify a role ARN along with a log group ARN.")),
        (None, Some(_)) => Err(errors::log_group("You must specify a log group ARN along with a role ARN.")),
        (Some(arn), Some(role)) => {
            let group = LogGroup { arn, role };
            if place(&group).is_none() {
                return Err(errors::no_log_group());
            }
            let of_role = Arn::parse(&group.role).filter(|arn| arn.service == "iam");
            if of_role.and_then(|arn| arn.of("role").map(str::to_owned)).is_none() {
                return Err(errors::log_role("The specified role ARN is not valid."));
            }
            Ok(Some(group))
        }
    }
}

/// Region and name of a log group.
fn place(group: &LogGroup) -> Option<(String, String)> {
    let arn = Arn::parse(&group.arn).filter(|arn| arn.service == "logs")?;
    let name = arn.resource.strip_prefix("log-group:")?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    (!name.is_empty()).then(|| (arn.region.clone(), name.to_owned()))
}

/// Checks that the role lets CloudTrail write to the log group, by making the stream of the trail's own account.
///
/// # Errors
/// `InvalidCloudWatchLogsLogGroupArnException`, `InvalidCloudWatchLogsRoleArnException`.
pub fn check(call: &Call<'_>, tx: &mut Tx, trail: &Trail, group: &LogGroup) -> Result<()> {
    let (region, name) = place(group).ok_or_else(errors::no_log_group)?;
    let here = elsewhere(call, &region);
    let key = here
        .assume(tx, &role(trail, group))
        // AWS: texts of issue threads.
        .map_err(|_| errors::log_role("Access denied. Check the trust relationships for your role."))?;
    make_stream(&here, tx, session(key), &name, &stream(trail, &trail.account)).map_err(|error| {
        match error.code.as_ref() {
            "AccessDeniedException" => {
                errors::log_group("Access denied. Check the permissions for your role.")
            }
            "ResourceNotFoundException" => errors::no_log_group(),
            _ => error,
        }
    })
}

/// Delivers events of an account.
///
/// # Errors
/// Those of AssumeRole and of CloudWatch Logs.
pub fn deliver(
    call: &Call<'_>,
    tx: &mut Tx,
    trail: &Trail,
    group: &LogGroup,
    events: &[Value],
) -> Result<()> {
    let (region, name) = place(group).ok_or_else(errors::no_log_group)?;
    let here = elsewhere(call, &region);
    let key = kept_session(&here, tx, trail, group)?;
    let stream = stream(trail, &call.account);
    let mut all: Vec<api::InputLogEvent> = events
        .iter()
        .map(|event| api::InputLogEvent {
            timestamp: time_of(event).unwrap_or(call.now).milliseconds(),
            message: event.to_string(),
        })
        .collect();
    all.sort_by_key(|event| event.timestamp);
    for batch in batches(all) {
        let done = put(&here, tx, &key, (&name, &stream), batch.clone()).or_else(|error| {
            if error.code != "ResourceNotFoundException" {
                return Err(error);
            }
            make_stream(&here, tx, session(key.clone()), &name, &stream)?;
            put(&here, tx, &key, (&name, &stream), batch)
        });
        if let Err(error) = done {
            SESSIONS.delete(tx.writer(), &session_key(trail, group));
            return Err(error);
        }
    }
    Ok(())
}

fn put(
    call: &Call<'_>,
    tx: &mut Tx,
    key: &str,
    (group, stream): (&str, &str),
    log_events: Vec<api::InputLogEvent>,
) -> Result<()> {
    let target = (&kage_api_logs::SERVICE, &kage_api_logs::operations::PUT_LOG_EVENTS);
    let input = api::PutLogEventsRequest {
        log_group_name: group.to_owned(),
        log_stream_name: stream.to_owned(),
        log_events,
        ..api::PutLogEventsRequest::default()
    };
    call.forward::<api::PutLogEventsResponse>(tx, session(key.to_owned()), target, input).map(|_| ())
}

/// A session of the role. It is used for most of its hour: were a role assumed for each delivery, the event of that would be
/// the next thing to deliver, without end.
fn kept_session(call: &Call<'_>, tx: &mut Tx, trail: &Trail, group: &LogGroup) -> Result<String> {
    let place = session_key(trail, group);
    let kept = SESSIONS.get(tx.reads(), &place)?;
    if let Some((key, _)) = kept.filter(|(_, until)| *until > call.now.milliseconds()) {
        return Ok(key);
    }
    let key = call.assume(tx, &role(trail, group))?;
    let until = call.now.plus_ms(SESSION_MS).milliseconds();
    SESSIONS.put(tx.writer(), &place, &(key.clone(), until))?;
    Ok(key)
}

fn session_key(trail: &Trail, group: &LogGroup) -> kage_store::Key {
    row(&[&trail.arn(), &group.role])
}

fn batches(all: Vec<api::InputLogEvent>) -> Vec<Vec<api::InputLogEvent>> {
    let mut out = Vec::new();
    let mut batch: Vec<api::InputLogEvent> = Vec::new();
    let mut bytes = 0_usize;
    for event in all {
        let more = event.message.len().saturating_add(EVENT_OVERHEAD);
        if !batch.is_empty() && (bytes.saturating_add(more) > BATCH_BYTES || batch.len() >= BATCH_EVENTS) {
            out.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes = bytes.saturating_add(more);
        batch.push(event);
    }
    out.push(batch);
    out
}

/// `111111111111_CloudTrail_us-east-1`: account, and the trail's home Region. An organization trail's begin with the
/// organization. AWS: the role policies of the user guide.
fn stream(trail: &Trail, account: &str) -> String {
    let organization = trail.organization.as_ref().map(|id| format!("{id}_")).unwrap_or_default();
    format!("{organization}{account}_CloudTrail_{}", trail.region)
}

fn role(trail: &Trail, group: &LogGroup) -> ServiceRole {
    ServiceRole {
        service: PRINCIPAL,
        role_arn: group.role.clone(),
        session_name: "CLOUDTRAIL".to_owned(),
        source_arn: Some(trail.arn()),
        source_account: Some(trail.account.clone()),
    }
}

fn session(access_key: String) -> Forward {
    Forward::AsSession { access_key, via: PRINCIPAL }
}

fn make_stream(call: &Call<'_>, tx: &mut Tx, how: Forward, group: &str, stream: &str) -> Result<()> {
    let target = (&kage_api_logs::SERVICE, &kage_api_logs::operations::CREATE_LOG_STREAM);
    let input =
        api::CreateLogStreamRequest { log_group_name: group.to_owned(), log_stream_name: stream.to_owned() };
    let made = call.forward::<api::CreateLogStreamResponse>(tx, how, target, input).map(|_| ());
    made.or_else(
        |error: Error| if error.code == "ResourceAlreadyExistsException" { Ok(()) } else { Err(error) },
    )
}
