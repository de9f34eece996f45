//! `Publish` and `PublishBatch`.

use crate::draft::Draft;
use crate::topic::{self, Topic};
use crate::{errors, publishing, topics};
use kage_api_sns::types::{
    BatchResultErrorEntry, PublishBatchInput, PublishBatchResponse, PublishBatchResultEntry, PublishInput,
    PublishResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// AWS: SNS developer guide, "Logging Amazon SNS API calls using CloudTrail": publishing is a data event.
const DATA: Recording = Recording::data("AWS::SNS::Topic");
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Publishes a message.
pub struct Publish;

impl Operation for Publish {
    shape!(PUBLISH: PublishInput -> PublishResponse on Topic);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        let (parameter, arn) = destination(input)?;
        if parameter == "TargetArn" && arn.contains(":endpoint/") {
            return Err(errors::invalid("TargetArn Reason: No endpoint found for the target arn specified"));
        }
        topics::lookup(call, tx, parameter, arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:Publish", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut topic: Topic, input: &Self::Input) -> Result<PublishResponse> {
        let published = publishing::publish(call, tx, &mut topic, &Draft::from(input))?;
        Ok(PublishResponse { message_id: Some(published.id), sequence_number: published.sequence })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        hide_messages(event);
    }
}

/// What a message is published to. Telephone numbers are refused by name.
fn destination(input: &PublishInput) -> Result<(&'static str, &str)> {
    match (&input.topic_arn, &input.target_arn, &input.phone_number) {
        (Some(arn), None, None) => Ok(("TopicArn", arn)),
        (None, Some(arn), None) => Ok(("TargetArn", arn)),
        (None, None, Some(_)) => Err(errors::not_modelled("PhoneNumber")),
        (None, None, None) => {
            Err(errors::invalid("TopicArn or TargetArn Reason: no value for required parameter"))
        }
        _ => {
            Err(errors::invalid("TopicArn, TargetArn and PhoneNumber Reason: only one of them can be given"))
        }
    }
}

/// Hides messages and attributes.
fn hide_messages(event: &mut Map<String, Value>) {
    let Some(parameters) = event.get_mut("requestParameters") else { return };
    hide(parameters);
    if let Some(Value::Array(entries)) = parameters.get_mut("publishBatchRequestEntries") {
        entries.iter_mut().for_each(hide);
    }
}

fn hide(message: &mut Value) {
    for member in ["message", "subject", "messageAttributes"] {
        if let Some(value) = message.get_mut(member) {
            *value = json!(HIDDEN);
        }
    }
}

/// Publishes up to ten messages.
pub struct PublishBatch;

impl Operation for PublishBatch {
    shape!(PUBLISH_BATCH: PublishBatchInput -> PublishBatchResponse on Topic);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:Publish", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut topic: Topic,
        input: &Self::Input,
    ) -> Result<PublishBatchResponse> {
        require_entries(&topic, input)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in &input.publish_batch_request_entries {
            match publishing::publish(call, tx, &mut topic, &Draft::from(entry)) {
                Ok(published) => successful.push(PublishBatchResultEntry {
                    id: Some(entry.id.clone()),
                    message_id: Some(published.id),
                    sequence_number: published.sequence,
                }),
                Err(error) if error.status >= 500 || error.code.starts_with("KMS") => return Err(error),
                Err(error) => failed.push(BatchResultErrorEntry {
                    id: entry.id.clone(),
                    code: error.code.into_owned(),
                    message: Some(error.message),
                    sender_fault: true,
                }),
            }
        }
        Ok(PublishBatchResponse { successful: Some(successful), failed: Some(failed) })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        hide_messages(event);
    }
}

/// AWS: SNS API reference, `PublishBatch`.
fn require_entries(topic: &Topic, input: &PublishBatchInput) -> Result<()> {
    let entries = &input.publish_batch_request_entries;
    if entries.is_empty() {
        return Err(errors::empty_batch());
    }
    if entries.len() > 10 {
        return Err(errors::too_many_entries());
    }
    let is_id = |id: &str| {
        (1..=80).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if let Some(wrong) = entries.iter().find(|entry| !is_id(&entry.id)) {
        return Err(errors::entry_id(&wrong.id));
    }
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    if ids.len() < entries.len() {
        return Err(errors::repeated_entry());
    }
    let size = entries.iter().map(|entry| Draft::from(entry).size()).fold(0, usize::saturating_add);
    if size > topic.size_max() { Err(errors::batch_too_long()) } else { Ok(()) }
}
