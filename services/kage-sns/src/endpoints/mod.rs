//! How each kind of endpoint is reached.

pub mod functions;
pub mod mail;
pub mod queues;
pub mod web;

use crate::note::Note;
use crate::subscription::Subscription;
use kage_core::{Error, Forward};

/// One message for one subscription.
#[derive(Clone)]
pub struct Letter {
    /// ARN of the topic.
    pub topic: String,
    /// The account of the topic.
    pub account: String,
    /// To whom.
    pub subscription: Subscription,
    /// What.
    pub note: Note,
    /// The text for the protocol.
    pub text: String,
}

impl Letter {
    /// The topic as the one for whom SNS acts.
    pub fn sender(&self) -> Forward {
        sender(&self.topic, &self.account)
    }
}

/// SNS itself, for a topic.
pub fn sender(topic: &str, account: &str) -> Forward {
    Forward::AsService {
        name: "sns.amazonaws.com",
        source_arn: Some(topic.to_owned()),
        source_account: Some(account.to_owned()),
    }
}

/// Why a delivery failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether it may work later.
    pub is_passing: bool,
    /// The HTTP status or the code.
    pub code: String,
    /// What was said.
    pub message: String,
}

impl From<Error> for Failure {
    // AWS: SNS developer guide, "Amazon SNS message delivery retries": client-side errors are not tried again.
    fn from(error: Error) -> Failure {
        Failure {
            is_passing: matches!(error.status, 429 | 500 | 502..=599),
            code: error.status.to_string(),
            message: format!("{}: {}", error.code, error.message),
        }
    }
}
