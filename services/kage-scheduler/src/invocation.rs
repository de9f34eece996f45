//! One invocation of a target: tried, tried again, given to the dead-letter queue.
//!
//! AWS: EventBridge Scheduler user guide, "Configuring a schedule's dead-letter queue" (attributes; the queue is written to as
//! the execution role), "Adding context attributes", "Confused deputy prevention" (`aws:SourceArn` is the group's ARN).

use crate::group;
use crate::plan::{self, Plan};
use crate::target::{AGE_SECONDS, ATTEMPTS, Kind, Target, kind};
use kage_api_sqs::types::{MessageAttributeValue, SendMessageRequest, SendMessageResult};
use kage_core::{Arn, Call, Error, Forward, Job, Millis, Result, ServiceRole, Tx};
use kage_schema::{Blob, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The kind of job that tries again.
pub const JOB: &str = "scheduler.invoke";
/// The service's principal.
pub const PRINCIPAL: &str = "scheduler.amazonaws.com";

/// One invocation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invocation {
    account: String,
    region: String,
    group: String,
    name: String,
    target: Target,
    /// The time of the schedule.
    at: Millis,
    /// When it was tried first.
    first: Millis,
    /// How often it was tried again.
    retries: u32,
}

/// What went wrong.
struct Failure {
    code: String,
    message: String,
    is_transient: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let throttled = ["Throttl", "TooManyRequests", "ThroughputExceeded"];
        let is_transient = throttled.iter().any(|part| error.code.contains(part))
            || (error.status >= 500 && error.status != 501);
        Failure { code: error.code.into_owned(), message: error.message, is_transient }
    }
}

impl Invocation {
    /// The invocation of a schedule for this time.
    pub fn of(plan: &Plan, at: Millis, now: Millis) -> Invocation {
        Invocation {
            account: plan.account.clone(),
            region: plan.region.clone(),
            group: plan.group.clone(),
            name: plan.name.clone(),
            target: plan.target.clone(),
            at,
            first: now,
            retries: 0,
        }
    }

    fn schedule_arn(&self) -> String {
        plan::arn(&self.account, &self.region, &self.group, &self.name)
    }

    fn scheduled_time(&self) -> String {
        Timestamp(self.at).whole_seconds().iso8601()
    }

    /// What the target is sent.
    fn body(&self, call: &Call<'_>, execution: &str) -> String {
        let Some(input) = &self.target.input else {
            return json!({
                "version": "0",
                "id": call.ids().uuid(),
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": self.account,
                "time": self.scheduled_time(),
                "region": self.region,
                "resources": [self.schedule_arn()],
                "detail": "{}",
            })
            .to_string();
        };
        input
            .replace("<aws.scheduler.schedule-arn>", &self.schedule_arn())
            .replace("<aws.scheduler.scheduled-time>", &self.scheduled_time())
            .replace("<aws.scheduler.execution-id>", execution)
            .replace("<aws.scheduler.attempt-number>", &self.retries.saturating_add(1).to_string())
    }

    fn way(&self, execution: &str) -> Forward {
        Forward::AsRole(Box::new(ServiceRole {
            service: PRINCIPAL,
            role_arn: self.target.role.clone(),
            session_name: execution.to_owned(),
            source_arn: Some(group::arn(&self.account, &self.region, &self.group)),
            source_account: Some(self.account.clone()),
        }))
    }
}

/// Tries an invocation. A failure plans the next try, or ends in the dead-letter queue.
///
/// # Errors
/// Those of the store.
pub fn try_now(call: &Call<'_>, tx: &mut Tx, invocation: Invocation) -> Result<()> {
    let execution = call.ids().hex(16);
    let body = invocation.body(call, &execution);
    let Err(failure) = send(call, tx, &invocation, &execution, body.clone()).map_err(Failure::from) else {
        return Ok(());
    };
    let age_ms = i64::from(invocation.target.age_seconds.unwrap_or(AGE_SECONDS)).saturating_mul(1000);
    let next = call.now.plus_ms(pause_ms(invocation.retries));
    let is_last = invocation.retries >= invocation.target.attempts.unwrap_or(ATTEMPTS);
    let is_old = next.milliseconds().saturating_sub(invocation.first) > age_ms;
    if failure.is_transient && !is_last && !is_old {
        let again = Invocation { retries: invocation.retries.saturating_add(1), ..invocation };
        return plan_try(tx, &again, next);
    }
    let exhausted = match (failure.is_transient, is_last) {
        (false, _) => None,
        (true, true) => Some("MaximumRetryAttempts"),
        (true, false) => Some("MaximumEventAgeInSeconds"),
    };
    // A queue that refuses the message loses it; the refusal is recorded.
    let _ = bury(call, tx, &invocation, &execution, (body, failure, exhausted));
    Ok(())
}

fn plan_try(tx: &mut Tx, invocation: &Invocation, at: Timestamp) -> Result<()> {
    let payload = serde_json::to_value(invocation).map_err(|error| Error::internal(error.to_string()))?;
    let (account, region) = (invocation.account.clone(), invocation.region.clone());
    tx.schedule(at, &Job { kind: JOB.to_owned(), account, region, payload })
}

/// AWS gives no numbers: doubled from one second, up to eight minutes.
fn pause_ms(retries: u32) -> i64 {
    1000_i64.checked_shl(retries).filter(|ms| (1..480_000).contains(ms)).unwrap_or(480_000)
}

fn queue_url(arn: &str) -> Result<String> {
    let arn = Arn::parse(arn).ok_or_else(|| Error::internal("not the ARN of a queue"))?;
    Ok(format!("https://sqs.{}.amazonaws.com/{}/{}", arn.region, arn.account, arn.resource))
}

fn send(call: &Call<'_>, tx: &mut Tx, invocation: &Invocation, execution: &str, body: String) -> Result<()> {
    let (target, way) = (&invocation.target, invocation.way(execution));
    match kind(&target.arn)? {
        Kind::Lambda => {
            use kage_api_lambda::types::{InvocationRequest, InvocationResponse, invocation_type};
            let input = InvocationRequest {
                function_name: target.arn.clone(),
                invocation_type: Some(invocation_type::EVENT.to_owned()),
                payload: Some(Blob(body.into_bytes())),
                ..Default::default()
            };
            let to = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
            call.forward::<InvocationResponse>(tx, way, to, input).map(|_| ())
        }
        Kind::Sqs => {
            let input = SendMessageRequest {
                queue_url: queue_url(&target.arn)?,
                message_body: body,
                message_group_id: target.message_group.clone(),
                ..Default::default()
            };
            let to = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
            call.forward::<SendMessageResult>(tx, way, to, input).map(|_| ())
        }
        Kind::Sns => {
            let input = kage_api_sns::types::PublishInput {
                topic_arn: Some(target.arn.clone()),
                message: body,
                ..Default::default()
            };
            let to = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
            call.forward::<kage_api_sns::types::PublishResponse>(tx, way, to, input).map(|_| ())
        }
        Kind::Kinesis => {
            let input = kage_api_kinesis::types::PutRecordInput {
                stream_arn: Some(target.arn.clone()),
                data: Blob(body.into_bytes()),
                partition_key: target.partition_key.clone(),
                ..Default::default()
            };
            let to = (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::PUT_RECORD);
            call.forward::<kage_api_kinesis::types::PutRecordOutput>(tx, way, to, input).map(|_| ())
        }
        Kind::Events => put_event(call, tx, invocation, way, body),
    }
}

fn put_event(
    call: &Call<'_>,
    tx: &mut Tx,
    invocation: &Invocation,
    way: Forward,
    body: String,
) -> Result<()> {
    use kage_api_events::types::{PutEventsRequest, PutEventsRequestEntry, PutEventsResponse};
    let (detail_type, source) = invocation.target.event.clone().unwrap_or_default();
    let detail = invocation.target.input.as_ref().map_or_else(|| "{}".to_owned(), |_| body);
    let entry = PutEventsRequestEntry {
        event_bus_name: Some(invocation.target.arn.clone()),
        detail_type: Some(detail_type),
        source: Some(source),
        detail: Some(detail),
        resources: Some(vec![invocation.schedule_arn()]),
        ..Default::default()
    };
    let input = PutEventsRequest { entries: vec![entry], endpoint_id: None };
    let to = (&kage_api_events::SERVICE, &kage_api_events::operations::PUT_EVENTS);
    let out = call.forward::<PutEventsResponse>(tx, way, to, input)?;
    let failed =
        out.entries.into_iter().flatten().find_map(|entry| entry.error_code.zip(entry.error_message));
    failed.map_or(Ok(()), |(code, message)| Err(Error::new(code, 400, message)))
}

/// Gives the invocation to the dead-letter queue, if there is one.
fn bury(
    call: &Call<'_>,
    tx: &mut Tx,
    invocation: &Invocation,
    execution: &str,
    (body, failure, exhausted): (String, Failure, Option<&str>),
) -> Result<()> {
    let Some(queue) = &invocation.target.dead_letters else { return Ok(()) };
    let mut attributes = vec![
        ("SCHEDULE_ARN", invocation.schedule_arn()),
        ("TARGET_ARN", invocation.target.arn.clone()),
        ("SCHEDULED_TIME", invocation.scheduled_time()),
        ("EXECUTION_ID", execution.to_owned()),
        ("ERROR_CODE", failure.code),
        ("ERROR_MESSAGE", failure.message),
        ("RETRY_ATTEMPTS", invocation.retries.to_string()),
        ("IS_PAYLOAD_TRUNCATED", "false".to_owned()),
    ];
    attributes.extend(exhausted.map(|condition| ("EXHAUSTED_RETRY_CONDITION", condition.to_owned())));
    let attribute = |(name, value): (&str, String)| {
        let data_type = "String".to_owned();
        let value = MessageAttributeValue { string_value: Some(value), data_type, ..Default::default() };
        (name.to_owned(), value)
    };
    let input = SendMessageRequest {
        queue_url: queue_url(queue)?,
        message_body: body,
        message_attributes: Some(attributes.into_iter().map(attribute).collect()),
        ..Default::default()
    };
    let to = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    call.forward::<SendMessageResult>(tx, invocation.way(execution), to, input).map(|_| ())
}
