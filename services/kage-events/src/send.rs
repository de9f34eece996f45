//! What a delivery sends, by the kind of its target: real calls as `events.amazonaws.com` for the rule, or as the role of the
//! target, so that the policies of functions, queues, topics and roles decide, and every refusal is recorded.

use crate::bus::Place;
use crate::delivery::Delivery;
use crate::route::{self, Arrival};
use crate::target::{Kind, kind};
use crate::{buses, errors};
use kage_api_sqs::types::{MessageAttributeValue, SendMessageRequest, SendMessageResult};
use kage_core::{Access, Arn, Call, Caller, CallerKind, Error, Forward, ServiceRole, Tx};
use kage_identity::principal;
use kage_pattern::InputPath;
use kage_schema::Blob;
use serde_json::Value;

/// The service's principal.
pub const PRINCIPAL: &str = "events.amazonaws.com";

/// Why a delivery failed, in the words of a dead-letter message. AWS: EventBridge user guide, "Event delivery failure error
/// codes".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its code.
    pub code: &'static str,
    /// What the target said.
    pub message: String,
    /// Whether it is worth another try.
    pub is_transient: bool,
}

impl Failure {
    fn last(code: &'static str, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), is_transient: false }
    }

    fn of(error: &Error) -> Failure {
        let code = error.code.as_ref();
        let any = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
        if any(&["Throttl", "TooManyRequests", "ThroughputExceeded", "RequestLimit"]) {
            return Failure { code: "THROTTLING", message: error.message.clone(), is_transient: true };
        }
        let kind = if any(&["AccessDenied", "AuthorizationError", "UnauthorizedOperation"]) {
            if error.message.contains("sts:AssumeRole") { "FAILED_TO_ASSUME_ROLE" } else { "NO_PERMISSIONS" }
        } else if any(&["NotFound", "NonExistent", "NoSuch", "DoesNotExist"]) {
            "NO_RESOURCE"
        } else if error.status == 501 || error.status < 500 {
            "SDK_CLIENT_ERROR"
        } else {
            return Failure { code: "ERROR_FROM_TARGET", message: error.message.clone(), is_transient: true };
        };
        Failure::last(kind, error.message.clone())
    }
}

/// Sends an event to its target.
///
/// # Errors
/// [`Failure`].
pub fn send(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery) -> Result<(), Failure> {
    let kind = kind(&delivery.target.arn).map_err(|error| Failure::of(&error))?;
    let Some(body) = delivery.body() else {
        return Err(Failure::last("INVALID_JSON", "The input of the target is not valid JSON."));
    };
    let sent = match kind {
        Kind::Sqs => sqs(call, tx, delivery, body),
        Kind::Sns => sns(call, tx, delivery, body),
        Kind::Kinesis => kinesis(call, tx, delivery, body),
        Kind::Logs { group } => logs(call, tx, delivery, &group, body),
        Kind::Lambda => lambda(call, tx, delivery, body),
        Kind::Bus(place) => return bus(call, tx, delivery, &place, &body),
    };
    sent.map_err(|error| Failure::of(&error))
}

/// As whom a target is reached.
fn way(delivery: &Delivery) -> Forward {
    let (source_arn, source_account) = (Some(delivery.rule_arn()), Some(delivery.bus.account.clone()));
    match &delivery.target.role {
        Some(_) => Forward::AsRole(Box::new(role(delivery))),
        None => Forward::AsService { name: PRINCIPAL, source_arn, source_account },
    }
}

fn role(delivery: &Delivery) -> ServiceRole {
    // AWS names these sessions by 32 hexadecimal digits; the event's id has as many.
    let session_name = delivery.event["id"].as_str().unwrap_or_default().replace('-', "");
    ServiceRole {
        service: PRINCIPAL,
        role_arn: delivery.target.role.clone().unwrap_or_default(),
        session_name,
        source_arn: Some(delivery.rule_arn()),
        source_account: Some(delivery.bus.account.clone()),
    }
}

fn queue_url(arn: &str) -> kage_core::Result<String> {
    let arn = Arn::parse(arn).ok_or_else(|| errors::validation("not the ARN of a queue"))?;
    Ok(format!("https://sqs.{}.amazonaws.com/{}/{}", arn.region, arn.account, arn.resource))
}

fn sqs(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, body: String) -> kage_core::Result<()> {
    let input = SendMessageRequest {
        queue_url: queue_url(&delivery.target.arn)?,
        message_body: body,
        message_group_id: delivery.target.message_group.clone(),
        ..SendMessageRequest::default()
    };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    call.forward::<SendMessageResult>(tx, way(delivery), target, input).map(|_| ())
}

/// Sends the event itself to a dead-letter queue.
///
/// # Errors
/// Those of the queue.
pub fn dead_letter(
    call: &Call<'_>,
    tx: &mut Tx,
    delivery: &Delivery,
    queue: &str,
    attributes: Vec<(&str, String)>,
) -> kage_core::Result<()> {
    let attribute = |(name, value): (&str, String)| {
        let value = MessageAttributeValue {
            string_value: Some(value),
            data_type: "String".to_owned(),
            ..MessageAttributeValue::default()
        };
        (name.to_owned(), value)
    };
    let input = SendMessageRequest {
        queue_url: queue_url(queue)?,
        message_body: delivery.event.to_string(),
        message_attributes: Some(attributes.into_iter().map(attribute).collect()),
        ..SendMessageRequest::default()
    };
    let how = Forward::AsService {
        name: PRINCIPAL,
        source_arn: Some(delivery.rule_arn()),
        source_account: Some(delivery.bus.account.clone()),
    };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    call.forward::<SendMessageResult>(tx, how, target, input).map(|_| ())
}

fn sns(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, body: String) -> kage_core::Result<()> {
    let input = kage_api_sns::types::PublishInput {
        topic_arn: Some(delivery.target.arn.clone()),
        message: body,
        ..Default::default()
    };
    let target = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
    call.forward::<kage_api_sns::types::PublishResponse>(tx, way(delivery), target, input).map(|_| ())
}

fn kinesis(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, body: String) -> kage_core::Result<()> {
    // AWS: PutTargets, `KinesisParameters`: without a path the id of the event is the key.
    let path = delivery.target.partition_key_path.as_deref().unwrap_or("$.id");
    let found = InputPath::parse(path).ok().and_then(|path| path.find(&delivery.event));
    let key = match found {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => delivery.event["id"].as_str().unwrap_or_default().to_owned(),
    };
    let input = kage_api_kinesis::types::PutRecordInput {
        stream_arn: Some(delivery.target.arn.clone()),
        data: Blob(body.into_bytes()),
        partition_key: Some(key.chars().take(256).collect()),
        ..Default::default()
    };
    let target = (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::PUT_RECORD);
    call.forward::<kage_api_kinesis::types::PutRecordOutput>(tx, way(delivery), target, input).map(|_| ())
}

fn logs(
    call: &Call<'_>,
    tx: &mut Tx,
    delivery: &Delivery,
    group: &str,
    body: String,
) -> kage_core::Result<()> {
    use kage_api_logs::types::{
        CreateLogStreamRequest, InputLogEvent, PutLogEventsRequest, PutLogEventsResponse,
    };
    let now = call.now.milliseconds();
    // AWS: PutTargets: a template for a log group gives `timestamp` and `message`.
    let parsed: Option<Value> = match delivery.target.input {
        crate::target::Input::Event => None,
        _ => serde_json::from_str(&body).ok(),
    };
    let timestamp = parsed.as_ref().and_then(|value| value["timestamp"].as_i64()).unwrap_or(now);
    let message = match parsed.as_ref().and_then(|value| value.get("message")) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => body,
    };
    let stream = call.ids().uuid();
    let create = CreateLogStreamRequest { log_group_name: group.to_owned(), log_stream_name: stream.clone() };
    let target = (&kage_api_logs::SERVICE, &kage_api_logs::operations::CREATE_LOG_STREAM);
    call.forward::<kage_api_logs::types::CreateLogStreamResponse>(tx, way(delivery), target, create)?;
    let input = PutLogEventsRequest {
        log_group_name: group.to_owned(),
        log_stream_name: stream,
        log_events: vec![InputLogEvent { timestamp, message }],
        ..Default::default()
    };
    let target = (&kage_api_logs::SERVICE, &kage_api_logs::operations::PUT_LOG_EVENTS);
    call.forward::<PutLogEventsResponse>(tx, way(delivery), target, input).map(|_| ())
}

fn lambda(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, body: String) -> kage_core::Result<()> {
    use kage_api_lambda::types::{InvocationRequest, InvocationResponse, invocation_type};
    let input = InvocationRequest {
        function_name: delivery.target.arn.clone(),
        invocation_type: Some(invocation_type::EVENT.to_owned()),
        payload: Some(Blob(body.into_bytes())),
        ..Default::default()
    };
    let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
    call.forward::<InvocationResponse>(tx, way(delivery), target, input).map(|_| ())
}

/// Sends an event on to another bus. Its id stays within a Region.
fn bus(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, to: &Place, body: &str) -> Result<(), Failure> {
    let (own, from) = (&delivery.bus, delivery.from.as_ref());
    // AWS: EventBridge user guide, "Sending and receiving events between accounts" and "between Regions": an event goes
    // from one account (and Region) to one other, and not from there to a third.
    if from.is_some_and(|from| from.account != own.account) && to.account != own.account {
        return Err(Failure::last("THIRD_ACCOUNT_HOP_DETECTED", "The event came from another account."));
    }
    if from.is_some_and(|from| from.region != own.region) && to.region != own.region {
        return Err(Failure::last("THIRD_REGION_HOP_DETECTED", "The event came from another Region."));
    }
    let found = buses::find(tx.reads(), to).map_err(|error| Failure::of(&error))?;
    let Some(found) = found else {
        return Err(Failure::last("NO_RESOURCE", errors::no_bus(&to.name).message));
    };
    let caller = sender(call, tx, delivery).map_err(|error| Failure::of(&error))?;
    let Ok(mut event) = serde_json::from_str::<Value>(body) else {
        return Err(Failure::last("INVALID_JSON", "The input of the target is not valid JSON."));
    };
    let text = |key: &str| delivery.event[key].as_str().unwrap_or_default().to_owned();
    let access = Access::on_found("events:PutEvents", &found)
        .keys("events:source", [text("source")])
        .keys("events:detail-type", [text("detail-type")])
        .key("events:eventBusInvocation", "true");
    let put = as_caller(call, caller);
    put.require_allowed(tx, access).map_err(|error| Failure::of(&error))?;
    if to.region != own.region {
        event["id"] = Value::from(call.ids().uuid());
    }
    let arrival = Arrival {
        event: &event,
        bus: to,
        from: Some(own),
        only: &[],
        taken: call.now.milliseconds(),
        latency_ms: route::LATENCY_MS,
    };
    route::take(call, tx, &arrival).map_err(|error| Failure::of(&error))
}

/// Who puts the event on the other bus: the role of the target, or the account itself, which is what bus policies name.
fn sender(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery) -> kage_core::Result<Caller> {
    if delivery.target.role.is_none() {
        let account = &delivery.bus.account;
        return Ok(Caller {
            kind: CallerKind::Root,
            account: account.clone(),
            arn: format!("arn:aws:iam::{account}:root"),
            id: account.clone(),
            access_key: None,
            session: None,
        });
    }
    let key = call.assume(tx, &role(delivery))?;
    let session = principal::credential(tx.reads(), &key)?;
    session.map(|found| found.caller).ok_or_else(|| Error::internal("a session that STS made is not there"))
}

/// The same call by somebody else.
fn as_caller<'w>(call: &Call<'w>, caller: Caller) -> Call<'w> {
    Call {
        world: call.world,
        road: call.road,
        account: caller.account.clone(),
        caller,
        region: call.region.clone(),
        service: &kage_api_events::SERVICE,
        operation: &kage_api_events::operations::PUT_EVENTS,
        request_id: call.request_id.clone(),
        now: call.now,
        origin: call.origin.clone(),
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    }
}
