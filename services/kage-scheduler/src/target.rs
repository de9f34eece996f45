//! What a schedule invokes.

use crate::errors;
use kage_api_scheduler::types;
use kage_core::{Arn, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// AWS: CreateSchedule, `RetryPolicy`: 185 attempts within 24 hours unless told.
pub const ATTEMPTS: u32 = 185;
/// The same, in seconds.
pub const AGE_SECONDS: u32 = 86_400;

/// A templated target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// The resource.
    pub arn: String,
    /// The role as which it is invoked.
    pub role: String,
    /// What it is sent.
    pub input: Option<String>,
    /// The queue for what could not be delivered.
    pub dead_letters: Option<String>,
    /// How often a failed invocation is tried again.
    pub attempts: Option<u32>,
    /// For how many seconds.
    pub age_seconds: Option<u32>,
    /// `detail-type` and `source` of an event.
    pub event: Option<(String, String)>,
    /// The partition key of a record.
    pub partition_key: Option<String>,
    /// The message group of a FIFO queue.
    pub message_group: Option<String>,
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `lambda:Invoke`.
    Lambda,
    /// `sqs:SendMessage`.
    Sqs,
    /// `sns:Publish`.
    Sns,
    /// `kinesis:PutRecord`.
    Kinesis,
    /// `events:PutEvents`.
    Events,
}

/// The kind of an ARN.
///
/// # Errors
/// `NotImplemented` for targets that are not modelled, by name; `ValidationException` for what is no ARN.
pub fn kind(text: &str) -> Result<Kind> {
    let invalid = || errors::validation(format!("Provided Arn {text} is not in correct format."));
    let arn = Arn::parse(text).ok_or_else(invalid)?;
    match arn.service.as_str() {
        "lambda" if arn.of("function").is_some() => Ok(Kind::Lambda),
        "sqs" => Ok(Kind::Sqs),
        "sns" => Ok(Kind::Sns),
        "kinesis" if arn.of("stream").is_some() => Ok(Kind::Kinesis),
        "events" if arn.of("event-bus").is_some() => Ok(Kind::Events),
        "scheduler" => Err(errors::not_modelled(&format!("The universal target {}", arn.resource))),
        "" => Err(invalid()),
        other => {
            let what = arn.resource.split(['/', ':']).next().unwrap_or_default();
            Err(errors::not_modelled(&format!("A target of {other} ({what})")))
        }
    }
}

impl Target {
    /// Reads a target of a call.
    ///
    /// # Errors
    /// `ValidationException`; `NotImplemented` for members that are not modelled, by name.
    pub fn read(given: &types::Target) -> Result<Target> {
        errors::refuse(given.ecs_parameters.as_ref(), "EcsParameters")?;
        errors::refuse(given.sage_maker_pipeline_parameters.as_ref(), "SageMakerPipelineParameters")?;
        errors::refuse(
            given.event_bridge_put_events_v2_parameters.as_ref(),
            "EventBridgePutEventsV2Parameters",
        )?;
        errors::refuse(
            given.event_bridge_put_raw_events_parameters.as_ref(),
            "EventBridgePutRawEventsParameters",
        )?;
        let kind = kind(&given.arn)?;
        require_parameters(given, kind)?;
        let retry = given.retry_policy.clone().unwrap_or_default();
        Ok(Target {
            arn: given.arn.clone(),
            role: given.role_arn.clone(),
            input: given.input.clone(),
            dead_letters: given.dead_letter_config.as_ref().and_then(|found| found.arn.clone()),
            attempts: retry.maximum_retry_attempts.and_then(|count| u32::try_from(count).ok()),
            age_seconds: retry.maximum_event_age_in_seconds.and_then(|count| u32::try_from(count).ok()),
            event: given
                .event_bridge_parameters
                .as_ref()
                .map(|found| (found.detail_type.clone(), found.source.clone())),
            partition_key: given.kinesis_parameters.as_ref().map(|found| found.partition_key.clone()),
            message_group: given.sqs_parameters.as_ref().and_then(|found| found.message_group_id.clone()),
        })
    }

    /// The target as the API shows it.
    pub fn view(&self) -> types::Target {
        let number = |count: Option<u32>, otherwise: u32| i32::try_from(count.unwrap_or(otherwise)).ok();
        types::Target {
            arn: self.arn.clone(),
            role_arn: self.role.clone(),
            input: self.input.clone(),
            dead_letter_config: self
                .dead_letters
                .clone()
                .map(|arn| types::DeadLetterConfig { arn: Some(arn) }),
            // AWS shows the policy that is in force also when none was given.
            retry_policy: Some(types::RetryPolicy {
                maximum_event_age_in_seconds: number(self.age_seconds, AGE_SECONDS),
                maximum_retry_attempts: number(self.attempts, ATTEMPTS),
            }),
            event_bridge_parameters: self
                .event
                .clone()
                .map(|(detail_type, source)| types::EventBridgeParameters { detail_type, source }),
            kinesis_parameters: self
                .partition_key
                .clone()
                .map(|partition_key| types::KinesisParameters { partition_key }),
            sqs_parameters: self
                .message_group
                .clone()
                .map(|id| types::SqsParameters { message_group_id: Some(id) }),
            ..types::Target::default()
        }
    }
}

/// AWS: EventBridge Scheduler user guide, "Using templated targets": which parameters each one needs.
fn require_parameters(given: &types::Target, kind: Kind) -> Result<()> {
    let needs = |is_given: bool, name: &str| {
        if is_given {
            return Ok(());
        }
        Err(errors::validation(format!("{name} is required for target {}.", given.arn)))
    };
    let foreign = [
        (given.event_bridge_parameters.is_some() && kind != Kind::Events, "EventBridgeParameters"),
        (given.kinesis_parameters.is_some() && kind != Kind::Kinesis, "KinesisParameters"),
        (given.sqs_parameters.is_some() && kind != Kind::Sqs, "SqsParameters"),
    ];
    if let Some((_, name)) = foreign.iter().find(|(is_foreign, _)| *is_foreign) {
        return Err(errors::validation(format!("{name} is not supported for target {}.", given.arn)));
    }
    match kind {
        Kind::Events => {
            needs(given.event_bridge_parameters.is_some(), "EventBridgeParameters")?;
            let detail = given.input.as_deref().map(serde_json::from_str::<Value>);
            match detail {
                None | Some(Ok(Value::Object(_))) => Ok(()),
                Some(_) => Err(errors::validation("Input must be a JSON object for EventBridge PutEvents.")),
            }
        }
        Kind::Kinesis => needs(given.kinesis_parameters.is_some(), "KinesisParameters"),
        Kind::Sqs if given.arn.ends_with(".fifo") => needs(given.sqs_parameters.is_some(), "SqsParameters"),
        Kind::Lambda | Kind::Sqs | Kind::Sns => Ok(()),
    }
}
