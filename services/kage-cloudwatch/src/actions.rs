//! What an alarm does: notifications and functions.

use crate::alarm::{Alarm, State};
use crate::{alarms, errors, moments, notice};
use kage_api_lambda::types::{InvocationRequest, InvocationResponse};
use kage_api_sns::types::{PublishInput, PublishResponse};
use kage_core::{Arn, Call, Forward, Resource, Result, Tx};
use serde_json::json;

/// The principal that publishes notifications.
const PRINCIPAL: &str = "cloudwatch.amazonaws.com";
/// The principal that calls functions. AWS: CloudWatch user guide, "Invoke a Lambda function from an alarm".
const FUNCTIONS_PRINCIPAL: &str = "lambda.alarms.cloudwatch.amazonaws.com";

/// Refuses actions that are no ARNs, are in another Region, or are not modelled.
///
/// # Errors
/// `ValidationError`, `NotImplemented`.
pub fn require_valid(call: &Call<'_>, actions: &[&String]) -> Result<()> {
    for action in actions {
        let arn = Arn::parse(action)
            .filter(|arn| arn.partition == kage_core::PARTITION && !arn.resource.is_empty())
            .ok_or_else(|| errors::validation(format!("Invalid arn syntax: {action}")))?;
        match arn.service.as_str() {
            "sns" | "lambda" if arn.region != call.region => {
                return Err(errors::validation(format!(
                    "Invalid region {} specified. Only {} is supported.",
                    arn.region, call.region
                )));
            }
            "sns" => {}
            "lambda" if arn.resource.starts_with("function:") => {}
            "aiops" | "automate" | "autoscaling" | "ssm" | "ssm-incidents" | "swf" => {
                return Err(errors::not_modelled(&format!("The alarm action {action}")));
            }
            _ => {
                return Err(errors::validation(format!(
                    "Invalid use of EC2 or other service in action: {action}"
                )));
            }
        }
    }
    Ok(())
}

/// Does the actions of the alarm's state. One that fails is written into the history and holds up nothing.
///
/// # Errors
/// Those of the store.
pub fn perform(call: &Call<'_>, tx: &mut Tx, alarm: &Alarm, old: &State) -> Result<()> {
    if !alarm.actions_enabled {
        return Ok(());
    }
    for action in alarm.actions(&alarm.state.value) {
        let outcome = if action.contains(":lambda:") {
            invoke(call, tx, alarm, old, action)
        } else {
            notify(call, tx, alarm, old, action)
        };
        let now = call.now.milliseconds();
        let (state, summary) = match &outcome {
            Ok(()) => ("Succeeded", format!("Successfully executed action {action}")),
            Err(error) => (
                "Failed",
                format!("Failed to execute action {action}. Received error: \"{}\"", error.message),
            ),
        };
        let mut data = json!({
            "actionState": state,
            "notificationResource": action,
            "stateUpdateTimestamp": alarm.state.updated,
            "timestamp": moments::iso(now),
        });
        if let Err(error) = outcome {
            data["error"] = json!(error.message);
        }
        alarms::remember(tx, alarm, now, ("Action", summary), &data)?;
    }
    Ok(())
}

/// As CloudWatch, for this alarm.
fn on_behalf(alarm: &Alarm, name: &'static str) -> Forward {
    let (source_arn, source_account) = (Some(alarm.arn()), Some(alarm.account.clone()));
    Forward::AsService { name, source_arn, source_account }
}

/// Calls a function without waiting for it.
fn invoke(call: &Call<'_>, tx: &mut Tx, alarm: &Alarm, old: &State, function: &str) -> Result<()> {
    let input = InvocationRequest {
        function_name: function.to_owned(),
        invocation_type: Some("Event".to_owned()),
        payload: Some(notice::function_event(alarm, old).to_string().into_bytes().into()),
        ..InvocationRequest::default()
    };
    let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
    call.forward::<InvocationResponse>(tx, on_behalf(alarm, FUNCTIONS_PRINCIPAL), target, input).map(|_| ())
}

fn notify(call: &Call<'_>, tx: &mut Tx, alarm: &Alarm, old: &State, topic: &str) -> Result<()> {
    let how = on_behalf(alarm, PRINCIPAL);
    let (subject, message) = notice::message(alarm, old);
    let input = PublishInput {
        topic_arn: Some(topic.to_owned()),
        subject: Some(subject),
        message,
        ..PublishInput::default()
    };
    let target = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
    call.forward::<PublishResponse>(tx, how, target, input).map(|_| ())
}
