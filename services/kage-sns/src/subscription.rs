//! A subscription: endpoint, filter, and what becomes of messages that cannot be delivered.
//!
//! AWS: SNS API reference, `Subscribe` and `SetSubscriptionAttributes`.

use crate::topic::{Topic, flag};
use crate::{errors, retries};
use kage_core::{Arn, Millis, Result};
use kage_pattern::{FilterPolicy, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// Its id, a UUID.
    pub id: String,
    /// ARN of its topic.
    pub topic: String,
    /// The account that subscribed.
    pub owner: String,
    /// ARN of who subscribed.
    pub principal: String,
    /// `sqs`, `lambda`, `http`, `https`, `email`, `email-json`.
    pub protocol: String,
    /// The endpoint.
    pub endpoint: String,
    /// When it was made.
    pub created: Millis,
    /// The token that confirms it; `None` once it is confirmed.
    pub token: Option<String>,
    /// Whether it was confirmed by a signed call.
    pub authenticated: bool,
    /// Whether only its owner and the topic's may end it.
    pub guarded: bool,
    /// `RawMessageDelivery`.
    pub raw: bool,
    /// `FilterPolicy`.
    pub filter: Option<String>,
    /// `FilterPolicyScope`.
    pub scope: Option<String>,
    /// `RedrivePolicy`.
    pub redrive: Option<String>,
    /// `DeliveryPolicy`.
    pub delivery: Option<String>,
}

impl Subscription {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("{}:{}", self.topic, self.id)
    }

    /// Whether it waits to be confirmed.
    pub fn is_pending(&self) -> bool {
        self.token.is_some()
    }

    /// Its dead-letter queue.
    pub fn dead_letter_queue(&self) -> Option<String> {
        let value: Value = serde_json::from_str(self.redrive.as_deref()?).ok()?;
        value["deadLetterTargetArn"].as_str().map(str::to_owned)
    }

    /// Its filter; `None` accepts every message.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn compiled_filter(&self) -> Result<Option<FilterPolicy>> {
        let scope = match self.scope.as_deref() {
            Some("MessageBody") => Scope::MessageBody,
            _ => Scope::MessageAttributes,
        };
        let Some(text) = &self.filter else { return Ok(None) };
        let policy = FilterPolicy::parse(text, scope).map_err(errors::invalid)?;
        Ok(Some(policy))
    }

    /// Sets an attribute. False for one that subscriptions do not have.
    ///
    /// # Errors
    /// `InvalidParameter` for the value; `NotImplemented` for what is not modelled.
    pub fn set(&mut self, topic: &Topic, name: &str, value: &str) -> Result<bool> {
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "RawMessageDelivery" => self.raw = flag(name, value)?,
            "FilterPolicy" => {
                // AWS: SNS developer guide, "Remove a subscription filter policy": an empty object.
                self.filter = text().filter(|text| text != "{}");
                self.compiled_filter()?;
            }
            "FilterPolicyScope" => {
                if !matches!(value, "MessageBody" | "MessageAttributes") {
                    return Err(errors::invalid(format!(
                        "{name}: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
                    )));
                }
                self.scope = text();
                self.compiled_filter()?;
            }
            "RedrivePolicy" => {
                if !value.is_empty() {
                    require_redrive(topic, self, value)?;
                }
                self.redrive = text();
            }
            "DeliveryPolicy" => {
                retries::check(name, value)?;
                self.delivery = text();
            }
            "SubscriptionRoleArn" | "ReplayPolicy" => return Err(errors::not_modelled(name)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The attributes as they are shown.
    pub fn shown(&self, topic: Option<&Topic>) -> Vec<(&'static str, String)> {
        let mut out = vec![
            ("SubscriptionArn", self.arn()),
            ("TopicArn", self.topic.clone()),
            ("Owner", self.owner.clone()),
            ("SubscriptionPrincipal", self.principal.clone()),
            ("Protocol", self.protocol.clone()),
            ("Endpoint", self.endpoint.clone()),
            ("PendingConfirmation", self.is_pending().to_string()),
            ("ConfirmationWasAuthenticated", self.authenticated.to_string()),
            ("RawMessageDelivery", self.raw.to_string()),
        ];
        if let Some(filter) = &self.filter {
            out.push(("FilterPolicy", filter.clone()));
            out.push((
                "FilterPolicyScope",
                self.scope.clone().unwrap_or_else(|| "MessageAttributes".to_owned()),
            ));
        }
        if let Some(redrive) = &self.redrive {
            out.push(("RedrivePolicy", redrive.clone()));
        }
        if let Some(delivery) = &self.delivery {
            out.push(("DeliveryPolicy", delivery.clone()));
        }
        if self.protocol.starts_with("http") {
            let policy =
                retries::of(topic.and_then(|topic| topic.delivery.as_deref()), self.delivery.as_deref());
            out.push(("EffectiveDeliveryPolicy", policy.shown().to_string()));
        }
        out
    }
}

fn require_redrive(topic: &Topic, subscription: &Subscription, text: &str) -> Result<()> {
    let value: Value =
        serde_json::from_str(text).map_err(|_| errors::invalid("RedrivePolicy: failed to parse JSON."))?;
    let target = value["deadLetterTargetArn"].as_str().and_then(Arn::parse);
    let Some(target) = target.filter(|arn| arn.service == "sqs") else {
        return Err(errors::invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn"));
    };
    let is_fifo = |name: &str| name.ends_with(".fifo");
    if topic.fifo && is_fifo(&subscription.endpoint) && !is_fifo(&target.resource) {
        return Err(errors::invalid(
            "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
        ));
    }
    Ok(())
}

/// Refuses an endpoint that does not fit its protocol, or the topic. Gives the account of the endpoint where it has one.
///
/// # Errors
/// `InvalidParameter`; `NotImplemented` for protocols that are not modelled.
pub fn require_endpoint(topic: &Topic, protocol: &str, endpoint: &str) -> Result<Option<String>> {
    let arn_of = |service: &str, words: &str| {
        let arn = Arn::parse(endpoint).filter(|arn| arn.service == service && !arn.resource.is_empty());
        arn.ok_or_else(|| errors::invalid(words))
    };
    let account = match protocol {
        "sqs" => {
            let arn = arn_of("sqs", "SQS endpoint ARN")?;
            if arn.resource.ends_with(".fifo") && !topic.fifo {
                return Err(errors::invalid(
                    "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
                ));
            }
            Some(arn.account)
        }
        "lambda" => Some(arn_of("lambda", "Lambda endpoint ARN")?.account),
        "http" | "https" if endpoint.starts_with(&format!("{protocol}://")) => None,
        "http" | "https" => return Err(errors::invalid("Endpoint must match the specified protocol")),
        "email" | "email-json" if endpoint.contains('@') && !endpoint.contains(char::is_whitespace) => None,
        "email" | "email-json" => return Err(errors::invalid("Email address")),
        "sms" | "application" | "firehose" => {
            return Err(errors::not_modelled(&format!("the protocol {protocol}")));
        }
        other => {
            return Err(errors::invalid(format!(
                "Amazon SNS does not support this protocol string: {other}"
            )));
        }
    };
    if topic.fifo && protocol != "sqs" {
        // AWS: SNS developer guide, "Message delivery for FIFO topics": only queues can be subscribed.
        return Err(errors::invalid(format!(
            "Invalid parameter: Endpoint Reason: Please use FIFO SQS queue; {protocol} can not be subscribed to FIFO topics"
        )));
    }
    Ok(account)
}
