//! A target of a rule.

use crate::bus::Place;
use crate::errors;
use kage_api_events::types;
use kage_core::{Arn, Error, Result};
use kage_pattern::{InputPath, Transformer, TransformerError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// AWS: PutTargets, `RetryPolicy`: 185 attempts within 24 hours unless told.
pub const ATTEMPTS: u32 = 185;
/// The same, in seconds.
pub const AGE_SECONDS: u32 = 86_400;

/// What a rule sends events to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Its name within the rule.
    pub id: String,
    /// The resource.
    pub arn: String,
    /// The role that is assumed to reach it.
    pub role: Option<String>,
    /// What it is sent.
    pub input: Input,
    /// The path of a Kinesis partition key.
    pub partition_key_path: Option<String>,
    /// The message group of a FIFO queue.
    pub message_group: Option<String>,
    /// The queue for events that could not be delivered.
    pub dead_letters: Option<String>,
    /// How often a failed delivery is tried again.
    pub attempts: Option<u32>,
    /// For how many seconds.
    pub age_seconds: Option<u32>,
}

/// What a target is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The whole event.
    #[default]
    Event,
    /// A constant.
    Constant(String),
    /// A part of the event.
    Path(String),
    /// A template.
    Template {
        /// Variables and where they come from.
        paths: BTreeMap<String, String>,
        /// The template.
        template: String,
    },
}

/// The kinds of targets that can be delivered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Lambda function.
    Lambda,
    /// A queue.
    Sqs,
    /// A topic.
    Sns,
    /// A data stream.
    Kinesis,
    /// A log group.
    Logs {
        /// Its name.
        group: String,
    },
    /// Another bus.
    Bus(Place),
}

/// The kind of an ARN.
///
/// # Errors
/// `NotImplemented` for services that are not modelled as targets, by name; `ValidationException` for what is no ARN.
pub fn kind(arn_text: &str) -> Result<Kind> {
    let invalid = || errors::parameter("Arn", "Provided Arn is not in correct format.");
    let arn = Arn::parse(arn_text).ok_or_else(invalid)?;
    match arn.service.as_str() {
        "lambda" if arn.of("function").is_some() => Ok(Kind::Lambda),
        "sqs" => Ok(Kind::Sqs),
        "sns" => Ok(Kind::Sns),
        "kinesis" if arn.of("stream").is_some() => Ok(Kind::Kinesis),
        "logs" => {
            let group = arn.of("log-group").ok_or_else(invalid)?;
            let group = group.strip_suffix(":*").unwrap_or(group);
            Ok(Kind::Logs { group: group.to_owned() })
        }
        "events" if arn.of("event-bus").is_some() => {
            Place::of_arn(arn_text).map(Kind::Bus).ok_or_else(invalid)
        }
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
    /// `ValidationException` with AWS's texts; `NotImplemented` for members that are not modelled, by name.
    pub fn read(given: &types::Target, rule: &Place) -> Result<Target> {
        refuse_members(given)?;
        let kind = kind(&given.arn)?;
        let input = read_input(given)?;
        if let Kind::Bus(bus) = &kind
            && bus.account != rule.account
            && input != Input::Event
        {
            // AWS: PutTargets: these are not available for the bus of another account.
            let text =
                "InputPath, Input and InputTransformer are not allowed for targets in another account.";
            return Err(errors::validation(text));
        }
        if kind == Kind::Kinesis && given.role_arn.is_none() {
            return Err(errors::validation(format!("RoleArn is required for target {}.", given.arn)));
        }
        if given.arn.ends_with(".fifo") && kind == Kind::Sqs && given.sqs_parameters.is_none() {
            // Recorded in moto's tests of PutTargets.
            let text = format!("Parameter(s) SqsParameters must be specified for target: {}.", given.id);
            return Err(errors::validation(text));
        }
        let retry = given.retry_policy.clone().unwrap_or_default();
        Ok(Target {
            id: given.id.clone(),
            arn: given.arn.clone(),
            role: given.role_arn.clone(),
            input,
            partition_key_path: given
                .kinesis_parameters
                .as_ref()
                .map(|found| found.partition_key_path.clone()),
            message_group: given.sqs_parameters.as_ref().and_then(|found| found.message_group_id.clone()),
            dead_letters: dead_letters(given)?,
            attempts: retry.maximum_retry_attempts.and_then(|count| u32::try_from(count).ok()),
            age_seconds: retry.maximum_event_age_in_seconds.and_then(|count| u32::try_from(count).ok()),
        })
    }

    /// The target as the API shows it.
    pub fn view(&self) -> types::Target {
        let mut out = types::Target {
            id: self.id.clone(),
            arn: self.arn.clone(),
            role_arn: self.role.clone(),
            ..types::Target::default()
        };
        match &self.input {
            Input::Event => {}
            Input::Constant(text) => out.input = Some(text.clone()),
            Input::Path(path) => out.input_path = Some(path.clone()),
            Input::Template { paths, template } => {
                let input_paths_map = (!paths.is_empty()).then(|| paths.clone());
                out.input_transformer =
                    Some(types::InputTransformer { input_paths_map, input_template: template.clone() });
            }
        }
        let path = self.partition_key_path.clone();
        out.kinesis_parameters =
            path.map(|partition_key_path| types::KinesisParameters { partition_key_path });
        let group = self.message_group.clone();
        out.sqs_parameters = group.map(|id| types::SqsParameters { message_group_id: Some(id) });
        let queue = self.dead_letters.clone();
        out.dead_letter_config = queue.map(|arn| types::DeadLetterConfig { arn: Some(arn) });
        if self.attempts.is_some() || self.age_seconds.is_some() {
            out.retry_policy = Some(types::RetryPolicy {
                maximum_retry_attempts: self.attempts.and_then(|count| i32::try_from(count).ok()),
                maximum_event_age_in_seconds: self.age_seconds.and_then(|count| i32::try_from(count).ok()),
            });
        }
        out
    }
}

fn dead_letters(given: &types::Target) -> Result<Option<String>> {
    let Some(arn) = given.dead_letter_config.as_ref().and_then(|found| found.arn.clone()) else {
        return Ok(None);
    };
    if Arn::parse(&arn).is_some_and(|arn| arn.service == "sqs") {
        return Ok(Some(arn));
    }
    Err(errors::parameter("DeadLetterConfig.Arn", "Provided Arn is not a valid SQS queue Arn."))
}

fn refuse_members(given: &types::Target) -> Result<()> {
    errors::refuse(given.run_command_parameters.as_ref(), "RunCommandParameters")?;
    errors::refuse(given.ecs_parameters.as_ref(), "EcsParameters")?;
    errors::refuse(given.batch_parameters.as_ref(), "BatchParameters")?;
    errors::refuse(given.http_parameters.as_ref(), "HttpParameters")?;
    errors::refuse(given.redshift_data_parameters.as_ref(), "RedshiftDataParameters")?;
    errors::refuse(given.sage_maker_pipeline_parameters.as_ref(), "SageMakerPipelineParameters")?;
    errors::refuse(given.app_sync_parameters.as_ref(), "AppSyncParameters")
}

fn read_input(given: &types::Target) -> Result<Input> {
    let id = &given.id;
    match (&given.input, &given.input_path, &given.input_transformer) {
        (None, None, None) => Ok(Input::Event),
        (Some(text), None, None) => {
            // AWS: PutTargets, `Input`: valid JSON text.
            if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
                return Err(errors::validation(format!("Invalid Input for target {id}.")));
            }
            Ok(Input::Constant(text.clone()))
        }
        (None, Some(path), None) => {
            InputPath::parse(path)
                .map_err(|_| errors::validation(format!("Invalid InputPath for target {id}.")))?;
            Ok(Input::Path(path.clone()))
        }
        (None, None, Some(found)) => {
            let paths = found.input_paths_map.clone().unwrap_or_default();
            transformer(&paths, &found.input_template).map_err(|error| refused(id, &error))?;
            Ok(Input::Template { paths, template: found.input_template.clone() })
        }
        _ => Err(errors::validation(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        ))),
    }
}

/// The compiled transformer.
///
/// # Errors
/// [`TransformerError`].
pub fn transformer(
    paths: &BTreeMap<String, String>,
    template: &str,
) -> std::result::Result<Transformer, TransformerError> {
    Transformer::parse(paths.iter().map(|(name, path)| (name.as_str(), path.as_str())), template)
}

fn refused(id: &str, error: &TransformerError) -> Error {
    errors::validation(match error {
        TransformerError::Placeholder(name) => {
            format!("InputTemplate for target {id} contains invalid placeholder {name}.")
        }
        TransformerError::Path(name) => format!("Invalid InputPathsMap for target {id}: {name}."),
    })
}
