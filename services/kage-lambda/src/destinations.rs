//! Where results of asynchronous invocations go, as the execution role.
//!
//! AWS: Lambda developer guide, "Retaining records of asynchronous invocations" and "Adding a dead-letter queue".

use crate::events::Event;
use crate::function::LATEST;
use crate::running::{PRINCIPAL, Performed, Plan};
use crate::target::Target;
use kage_core::{Arn, Call, Forward, Result, Tx};
use kage_schema::{Blob, OperationModel, Record, ServiceModel, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How an event ended.
pub struct Ending<'a> {
    /// `Success`, `RetriesExhausted`, `EventAgeExceeded`, `ZeroReservedConcurrency`.
    pub condition: &'static str,
    /// The last run, when there was one.
    pub plan: Option<&'a Plan>,
    /// What came of it.
    pub performed: Option<&'a Performed>,
}

/// The way to another service as a session of the execution role.
struct Way<'a, 'w> {
    call: &'a Call<'w>,
    access_key: &'a str,
}

impl Way<'_, '_> {
    fn go<O: Record>(
        &self,
        tx: &mut Tx,
        target: (&'static ServiceModel, &'static OperationModel),
        input: impl Record,
    ) -> Result<O> {
        let how = Forward::AsSession { access_key: self.access_key.to_owned(), via: PRINCIPAL };
        self.call.forward(tx, how, target, input)
    }
}

/// Sends the record of an invocation. A destination that cannot be reached loses it, as on AWS; the attempt is recorded.
pub fn send(
    call: &Call<'_>,
    tx: &mut Tx,
    target: &Target,
    access_key: &str,
    to: &str,
    event: &Event,
    ending: &Ending<'_>,
) {
    let way = Way { call, access_key };
    let record = record(call, target, event, ending);
    let Some(arn) = Arn::parse(to) else { return };
    let text = record.to_string();
    match arn.service.as_str() {
        "sqs" => to_queue(&way, tx, &arn, text, None),
        "sns" => to_topic(&way, tx, to, text, None),
        "lambda" => to_function(&way, tx, to, text),
        "events" => to_bus(&way, tx, to, &target.function.arn(), ending.condition == "Success", text),
        _ => {}
    }
}

/// Sends a text that describes records which are given up.
pub fn send_record(call: &Call<'_>, tx: &mut Tx, access_key: &str, to: &str, text: String) {
    let way = Way { call, access_key };
    let Some(arn) = Arn::parse(to) else { return };
    match arn.service.as_str() {
        "sqs" => to_queue(&way, tx, &arn, text, None),
        "sns" => to_topic(&way, tx, to, text, None),
        _ => {}
    }
}

/// Sends an event itself, with what went wrong as attributes.
pub fn send_dead_letter(
    call: &Call<'_>,
    tx: &mut Tx,
    _: &Target,
    access_key: &str,
    to: &str,
    event: &Event,
    ending: &Ending<'_>,
) {
    let way = Way { call, access_key };
    let Some(arn) = Arn::parse(to) else { return };
    let payload: Value = ending
        .performed
        .and_then(|performed| serde_json::from_slice(&performed.payload).ok())
        .unwrap_or_default();
    let message = payload["errorMessage"].as_str().unwrap_or_default().to_owned();
    let attributes = vec![
        ("RequestID", "String", event.id.clone()),
        ("ErrorCode", "Number", if ending.performed.is_some() { "200" } else { "429" }.to_owned()),
        ("ErrorMessage", "String", message.chars().take(1024).collect()),
    ];
    let attributes = attributes.into_iter().filter(|(_, _, value)| !value.is_empty()).collect();
    match arn.service.as_str() {
        "sqs" => to_queue(&way, tx, &arn, event.payload.clone(), Some(attributes)),
        "sns" => to_topic(&way, tx, to, event.payload.clone(), Some(attributes)),
        _ => {}
    }
}

type Attributes = Vec<(&'static str, &'static str, String)>;

/// The invocation record.
fn record(call: &Call<'_>, target: &Target, event: &Event, ending: &Ending<'_>) -> Value {
    let value = |text: &[u8]| {
        serde_json::from_slice::<Value>(text).unwrap_or_else(|_| json!(String::from_utf8_lossy(text)))
    };
    let qualifier = target.qualifier.as_deref().unwrap_or(LATEST);
    let millis = Timestamp(call.now.milliseconds());
    let mut record = json!({
        "version": "1.0",
        "timestamp": with_millis(millis),
        "requestContext": {
            "requestId": event.id,
            "functionArn": format!("{}:{qualifier}", target.function.arn()),
            "condition": ending.condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": value(event.payload.as_bytes()),
    });
    if let (Some(plan), Some(performed)) = (ending.plan, ending.performed) {
        let mut context = json!({ "statusCode": 200, "executedVersion": plan.function.version });
        if performed.failed {
            context["functionError"] = json!("Unhandled");
        }
        record["responseContext"] = context;
        record["responsePayload"] = value(&performed.payload);
    }
    record
}

fn with_millis(at: Timestamp) -> String {
    let text = at.iso8601();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{seconds}.{:03}Z", at.milliseconds().rem_euclid(1000))
}

fn to_queue(way: &Way<'_, '_>, tx: &mut Tx, queue: &Arn, text: String, attributes: Option<Attributes>) {
    let attribute = |(name, kind, value): (&str, &str, String)| {
        let value = kage_api_sqs::types::MessageAttributeValue {
            data_type: kind.to_owned(),
            string_value: Some(value),
            ..Default::default()
        };
        (name.to_owned(), value)
    };
    let input = kage_api_sqs::types::SendMessageRequest {
        queue_url: format!("https://sqs.{}.amazonaws.com/{}/{}", queue.region, queue.account, queue.resource),
        message_body: text,
        message_attributes: attributes.map(|all| all.into_iter().map(attribute).collect::<BTreeMap<_, _>>()),
        ..Default::default()
    };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    let _: Result<kage_api_sqs::types::SendMessageResult> = way.go(tx, target, input);
}

fn to_topic(way: &Way<'_, '_>, tx: &mut Tx, topic: &str, text: String, attributes: Option<Attributes>) {
    let attribute = |(name, kind, value): (&str, &str, String)| {
        let value = kage_api_sns::types::MessageAttributeValue {
            data_type: kind.to_owned(),
            string_value: Some(value),
            ..Default::default()
        };
        (name.to_owned(), value)
    };
    let input = kage_api_sns::types::PublishInput {
        topic_arn: Some(topic.to_owned()),
        message: text,
        message_attributes: attributes.map(|all| all.into_iter().map(attribute).collect::<BTreeMap<_, _>>()),
        ..Default::default()
    };
    let target = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
    let _: Result<kage_api_sns::types::PublishResponse> = way.go(tx, target, input);
}

fn to_function(way: &Way<'_, '_>, tx: &mut Tx, function: &str, text: String) {
    let input = kage_api_lambda::types::InvocationRequest {
        function_name: function.to_owned(),
        invocation_type: Some("Event".to_owned()),
        payload: Some(Blob(text.into_bytes())),
        ..Default::default()
    };
    let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
    let _: Result<kage_api_lambda::types::InvocationResponse> = way.go(tx, target, input);
}

fn to_bus(way: &Way<'_, '_>, tx: &mut Tx, bus: &str, function: &str, success: bool, text: String) {
    let kind = if success { "Success" } else { "Failure" };
    let entry = kage_api_events::types::PutEventsRequestEntry {
        source: Some("lambda".to_owned()),
        detail_type: Some(format!("Lambda Function Invocation Result - {kind}")),
        resources: Some(vec![bus.to_owned(), function.to_owned()]),
        detail: Some(text),
        event_bus_name: Some(bus.to_owned()),
        ..Default::default()
    };
    let input = kage_api_events::types::PutEventsRequest { entries: vec![entry], ..Default::default() };
    let target = (&kage_api_events::SERVICE, &kage_api_events::operations::PUT_EVENTS);
    let _: Result<kage_api_events::types::PutEventsResponse> = way.go(tx, target, input);
}
