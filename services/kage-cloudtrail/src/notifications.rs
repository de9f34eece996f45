//! Notifications: CloudTrail tells a topic of each log file. AWS: CloudTrail user guide, "Configuring Amazon SNS
//! notifications for CloudTrail" and "Amazon SNS topic policy for CloudTrail".

use crate::errors;
use crate::object::{as_cloudtrail, elsewhere};
use crate::trail::Trail;
use kage_api_sns::types::{PublishInput, PublishResponse};
use kage_core::{Arn, Call, Result, Tx};
use serde_json::json;

/// The ARN of a topic that is named by its ARN, or by its name in the call's account and Region.
///
/// # Errors
/// `InvalidSnsTopicNameException`.
pub fn topic(call: &Call<'_>, named: &str) -> Result<String> {
    if named.starts_with("arn:") {
        let valid = Arn::parse(named).is_some_and(|arn| arn.service == "sns" && is_name(&arn.resource));
        return if valid { Ok(named.to_owned()) } else { Err(errors::topic_name(named)) };
    }
    if is_name(named) { Ok(call.arn("sns", named)) } else { Err(errors::topic_name(named)) }
}

/// AWS: SNS API reference, CreateTopic, `Name`.
fn is_name(name: &str) -> bool {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !plain.is_empty() && name.len() <= 256 && plain.chars().all(allowed)
}

/// Checks that CloudTrail may publish to a topic, by doing so. AWS sends the same text.
///
/// # Errors
/// `InsufficientSnsTopicPolicyException`.
pub fn check(call: &Call<'_>, tx: &mut Tx, trail: &Trail, topic: &str) -> Result<()> {
    match publish(call, tx, trail, topic, "CloudTrail validation message.".to_owned()) {
        Err(error) if error.code == "NotImplemented" => Err(error),
        Err(_) => Err(errors::topic_policy()),
        Ok(()) => Ok(()),
    }
}

/// Tells the topic of a file.
///
/// # Errors
/// Those of SNS.
pub fn send(call: &Call<'_>, tx: &mut Tx, trail: &Trail, topic: &str, key: &str) -> Result<()> {
    publish(call, tx, trail, topic, json!({"s3Bucket": trail.bucket, "s3ObjectKey": [key]}).to_string())
}

fn publish(call: &Call<'_>, tx: &mut Tx, trail: &Trail, topic: &str, message: String) -> Result<()> {
    let region = Arn::parse(topic).map_or_else(|| trail.region.clone(), |arn| arn.region);
    let here = elsewhere(call, &region);
    let input = PublishInput { topic_arn: Some(topic.to_owned()), message, ..PublishInput::default() };
    let target = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
    here.forward::<PublishResponse>(tx, as_cloudtrail(trail), target, input).map(|_| ())
}
