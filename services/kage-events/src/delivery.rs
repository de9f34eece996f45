//! One event on its way to one target: tried, tried again, given to the dead-letter queue.
//!
//! AWS: EventBridge user guide, "How EventBridge retries delivering events" (24 hours and 185 times unless told, with
//! exponential back off; missing permissions and missing resources are not tried again) and "Using dead-letter queues to
//! process undelivered events" (the message attributes).

use crate::bus::Place;
use crate::metrics;
use crate::send::{self, Failure};
use crate::target::{AGE_SECONDS, ATTEMPTS, Input, Target, transformer};
use kage_core::{Call, Job, Millis, Result, Tx};
use kage_pattern::{Context, InputPath};
use kage_schema::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of job that tries a delivery.
pub const JOB: &str = "events.deliver";

/// One event for one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// The bus of the rule.
    pub bus: Place,
    /// The rule.
    pub rule: String,
    /// The target as it was when the event matched.
    pub target: Target,
    /// The event.
    pub event: Value,
    /// When EventBridge took it.
    pub taken: Millis,
    /// How often it was tried again.
    #[serde(default)]
    pub retries: u32,
    /// The bus from which the event came.
    #[serde(default)]
    pub from: Option<Place>,
}

impl Delivery {
    /// The ARN of the rule.
    pub fn rule_arn(&self) -> String {
        self.bus.rule_arn(&self.rule)
    }

    /// What the target is sent; `None` when the template makes no JSON of it.
    pub fn body(&self) -> Option<String> {
        match &self.target.input {
            Input::Event => Some(self.event.to_string()),
            Input::Constant(text) => Some(text.clone()),
            Input::Path(path) => {
                InputPath::parse(path).ok()?.find(&self.event).map(|found| found.to_string())
            }
            Input::Template { paths, template } => {
                let context = Context {
                    rule_arn: &self.rule_arn(),
                    rule_name: &self.rule,
                    ingestion_time: &Timestamp(self.taken).whole_seconds().iso8601(),
                };
                transformer(paths, template).ok()?.apply(&self.event, &context)
            }
        }
    }
}

/// Plans a try.
///
/// # Errors
/// Those of the store.
pub fn plan(tx: &mut Tx, delivery: &Delivery, at: Timestamp) -> Result<()> {
    let payload =
        serde_json::to_value(delivery).map_err(|error| kage_core::Error::internal(error.to_string()))?;
    let job = Job {
        kind: JOB.to_owned(),
        account: delivery.bus.account.clone(),
        region: delivery.bus.region.clone(),
        payload,
    };
    tx.schedule(at, &job)
}

/// Tries a delivery. A failure plans the next try, or ends in the dead-letter queue.
///
/// # Errors
/// Those of the store.
pub fn try_now(call: &Call<'_>, tx: &mut Tx, delivery: Delivery) -> Result<()> {
    let Err(failure) = send::send(call, tx, &delivery) else {
        metrics::count(call, tx, &delivery, &[metrics::INVOCATIONS]);
        return Ok(());
    };
    if !failure.is_transient {
        bury(call, tx, &delivery, &failure, None);
        return Ok(());
    }
    let age_ms = i64::from(delivery.target.age_seconds.unwrap_or(AGE_SECONDS)).saturating_mul(1000);
    let next = call.now.plus_ms(pause_ms(delivery.retries));
    if delivery.retries >= delivery.target.attempts.unwrap_or(ATTEMPTS) {
        bury(call, tx, &delivery, &failure, Some("MaximumRetryAttempts"));
        return Ok(());
    }
    if next.milliseconds().saturating_sub(delivery.taken) > age_ms {
        bury(call, tx, &delivery, &failure, Some("MaximumEventAgeInSeconds"));
        return Ok(());
    }
    let again = Delivery { retries: delivery.retries.saturating_add(1), ..delivery };
    plan(tx, &again, next)
}

/// How long to wait before the next try. AWS gives no numbers: doubled from one second, up to eight minutes, so that 185
/// tries fill about a day. There is no jitter, so that the same clock gives the same tries.
fn pause_ms(retries: u32) -> i64 {
    1000_i64.checked_shl(retries).filter(|ms| (1..480_000).contains(ms)).unwrap_or(480_000)
}

/// Gives the event to the dead-letter queue, if there is one; else it is lost.
fn bury(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, failure: &Failure, exhausted: Option<&str>) {
    let mut counted = vec![metrics::INVOCATIONS, metrics::FAILED];
    if let Some(queue) = &delivery.target.dead_letters {
        let mut attributes = vec![
            ("RULE_ARN", delivery.rule_arn()),
            ("TARGET_ARN", delivery.target.arn.clone()),
            ("ERROR_CODE", failure.code.to_owned()),
            ("ERROR_MESSAGE", failure.message.clone()),
        ];
        if let Some(condition) = exhausted {
            attributes.push(("EXHAUSTED_RETRY_CONDITION", condition.to_owned()));
            attributes.push(("RETRY_ATTEMPTS", delivery.retries.to_string()));
        }
        // A queue that refuses the message loses it; the refusal is recorded.
        let buried = send::dead_letter(call, tx, delivery, queue, attributes);
        counted.push(if buried.is_ok() { metrics::BURIED } else { metrics::NOT_BURIED });
    }
    metrics::count(call, tx, delivery, &counted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_eight_minutes() {
        let pauses: Vec<i64> = [0, 1, 2, 8, 9, 60, 63, 64, 185].into_iter().map(pause_ms).collect();
        let most = 480_000;
        assert_eq!(pauses, [1000, 2000, 4000, 256_000, most, most, most, most, most]);
    }
}
