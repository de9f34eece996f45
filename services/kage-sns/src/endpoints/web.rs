//! HTTP endpoints: a POST by the courier, outside any transaction.

use super::{Failure, Letter};
use crate::{envelope, retries};
use kage_core::{Errand, Parcel};
use std::time::Duration;

/// AWS: SNS developer guide, "HTTP/S": an endpoint has 15 seconds to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What is posted.
pub struct Post {
    /// `Notification` or `SubscriptionConfirmation`.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// `Content-Type`.
    pub content_type: String,
}

/// The post of a message.
pub fn notification(letter: &Letter, topic_policy: Option<&str>) -> Post {
    let Letter { topic, subscription, note, text, .. } = letter;
    let policy = retries::of(topic_policy, subscription.delivery.as_deref());
    let body =
        if subscription.raw { text.clone() } else { envelope::notification(topic, subscription, note, text) };
    Post { kind: "Notification", body, content_type: policy.content_type().to_owned() }
}

/// Posts it.
///
/// # Errors
/// Why it failed: no answer, or one that is not 2xx.
// AWS: SNS developer guide, "Parsing message formats", headers; "Message delivery retries": statuses that are tried again.
pub fn post(errand: &Errand<'_>, letter: &Letter, post: &Post) -> Result<(), Failure> {
    let unreachable = |message: String| Failure { is_passing: true, code: "0".to_owned(), message };
    let Some(courier) = &errand.world.outside.courier else {
        return Err(unreachable("this double has no way to HTTP endpoints".to_owned()));
    };
    let mut headers = vec![
        ("x-amz-sns-message-type".to_owned(), post.kind.to_owned()),
        ("x-amz-sns-message-id".to_owned(), letter.note.id.clone()),
        ("x-amz-sns-topic-arn".to_owned(), letter.topic.clone()),
        ("Content-Type".to_owned(), post.content_type.clone()),
        ("User-Agent".to_owned(), "Amazon Simple Notification Service Agent".to_owned()),
    ];
    if post.kind == "Notification" {
        headers.push(("x-amz-sns-subscription-arn".to_owned(), letter.subscription.arn()));
        if letter.subscription.raw {
            headers.push(("x-amz-sns-rawdelivery".to_owned(), "true".to_owned()));
        }
    }
    let parcel = Parcel {
        method: "POST".to_owned(),
        url: letter.subscription.endpoint.clone(),
        headers,
        body: post.body.clone().into_bytes(),
        timeout: TIMEOUT,
    };
    let receipt = courier.deliver(&parcel).map_err(unreachable)?;
    match receipt.status {
        200..=299 => Ok(()),
        status => Err(Failure {
            is_passing: status == 429 || status >= 500,
            code: status.to_string(),
            message: format!("Endpoint answered with HTTP status {status}"),
        }),
    }
}
