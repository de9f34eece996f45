//! Redrive policies: which queue takes what cannot be processed, and which queues may send it there.
//!
//! AWS: SQS API reference, `SetQueueAttributes`; texts as recorded in LocalStack's provider and moto's tests.

use crate::errors;
use crate::queue::Queue;
use kage_core::{Arn, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest `maxReceiveCount`.
const RECEIVES_MAX: u64 = 1000;
/// The largest number of `sourceQueueArns`.
const SOURCES_MAX: usize = 10;

/// `RedrivePolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub target: String,
    /// How often a message is received before it goes there.
    pub receives: u32,
    /// The policy as it was given, without white space.
    pub text: String,
}

/// `RedriveAllowPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RedriveAllow {
    /// `allowAll`, `denyAll` or `byQueue`.
    pub permission: String,
    /// ARNs of the queues that may name this one.
    pub sources: Vec<String>,
    /// The policy as it was given, without white space.
    pub text: String,
}

/// Reads a redrive policy.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn parse(text: &str) -> Result<Redrive> {
    let refuse = |reason: &str| errors::invalid_value(text, "RedrivePolicy", reason);
    let value: Value =
        serde_json::from_str(text).map_err(|_| refuse("Redrive policy is not a valid JSON map."))?;
    let map = value.as_object().ok_or_else(|| refuse("Redrive policy is not a valid JSON map."))?;
    let lacks = |name: &str| refuse(&format!("Redrive policy does not contain mandatory attribute: {name}."));
    let target = map.get("deadLetterTargetArn").and_then(Value::as_str);
    let target = target.ok_or_else(|| lacks("deadLetterTargetArn"))?;
    let given = map.get("maxReceiveCount").ok_or_else(|| lacks("maxReceiveCount"))?;
    let number = given.as_u64().or_else(|| given.as_str().and_then(|text| text.trim().parse().ok()));
    let receives = number.filter(|number| (1..=RECEIVES_MAX).contains(number)).ok_or_else(|| {
        let shown = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        refuse(&format!(
            "Invalid value for maxReceiveCount: {shown}, valid values are from 1 to 1000 both inclusive."
        ))
    })?;
    if Arn::parse(target).is_none_or(|arn| arn.service != "sqs") {
        return Err(refuse("Invalid value for deadLetterTargetArn."));
    }
    Ok(Redrive {
        target: target.to_owned(),
        receives: u32::try_from(receives).unwrap_or(u32::MAX),
        text: value.to_string(),
    })
}

/// Reads a redrive allow policy.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn parse_allow(text: &str) -> Result<RedriveAllow> {
    let refuse = |reason: &str| errors::invalid_value(text, "RedriveAllowPolicy", reason);
    let value: Value =
        serde_json::from_str(text).map_err(|_| refuse("Redrive allow policy is not a valid JSON map."))?;
    let permission = value["redrivePermission"].as_str().unwrap_or_default();
    if !matches!(permission, "allowAll" | "denyAll" | "byQueue") {
        return Err(refuse("redrivePermission must be one of allowAll, denyAll, byQueue."));
    }
    let given = value["sourceQueueArns"].as_array().cloned().unwrap_or_default();
    let sources: Vec<String> = given.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let by_queue = permission == "byQueue";
    if by_queue == sources.is_empty() || sources.len() != given.len() {
        return Err(refuse("sourceQueueArns must be given with byQueue and only then."));
    }
    if sources.len() > SOURCES_MAX {
        return Err(refuse("sourceQueueArns can hold up to 10 ARNs."));
    }
    Ok(RedriveAllow { permission: permission.to_owned(), sources, text: value.to_string() })
}

/// Refuses a redrive policy that `source` may not have.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn require_possible(source: &Queue, redrive: &Redrive, target: Option<&Queue>) -> Result<()> {
    let refuse = |reason: &str| Err(errors::invalid_value(&redrive.text, "RedrivePolicy", reason));
    let near = Arn::parse(&redrive.target)
        .is_some_and(|arn| arn.account == source.account && arn.region == source.region);
    let Some(target) = target.filter(|_| near) else {
        return refuse("Dead letter target does not exist.");
    };
    if target.settings.fifo != source.settings.fifo {
        return refuse("Dead-letter queue must be same type of queue as the source.");
    }
    if !allows(target, &source.arn()) {
        return refuse("Dead-letter queue does not permit this queue to use it.");
    }
    Ok(())
}

fn allows(target: &Queue, source: &str) -> bool {
    match &target.settings.redrive_allow {
        None => true,
        Some(allow) => match allow.permission.as_str() {
            "denyAll" => false,
            "byQueue" => allow.sources.iter().any(|arn| arn == source),
            _ => true,
        },
    }
}
