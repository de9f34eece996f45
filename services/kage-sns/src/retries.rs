//! Delivery policies: how often and when a failed delivery is tried again.
//!
//! AWS: SNS developer guide, "Amazon SNS message delivery retries".

use crate::errors;
use kage_core::{Millis, Result};
use serde_json::{Value, json};

/// The policy of an HTTP subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The retry policy as JSON, complete.
    retry: Value,
    /// The request policy: content type.
    request: Value,
}

/// What holds where nothing is said.
fn usual() -> Value {
    json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
        },
    })
}

/// Refuses a policy that is no JSON, or whose numbers are out of range. An empty text removes the policy.
///
/// # Errors
/// `InvalidParameter`.
pub fn check(name: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| errors::invalid(format!("{name}: failed to parse JSON.")))?;
    let retry = match value.get("http") {
        Some(http) => http["defaultHealthyRetryPolicy"].clone(),
        None => value["healthyRetryPolicy"].clone(),
    };
    for (member, min, max) in
        [("minDelayTarget", 1, 3600), ("maxDelayTarget", 1, 3600), ("numRetries", 0, 100)]
    {
        let fits = |number: &Value| number.as_i64().is_some_and(|number| (min..=max).contains(&number));
        if retry.get(member).is_some_and(|number| !fits(number)) {
            return Err(errors::invalid(format!("{name}: {member} must be between {min} and {max}")));
        }
    }
    Ok(())
}

/// `EffectiveDeliveryPolicy` of a topic.
pub fn effective(topic: Option<&str>) -> Value {
    let mut policy = usual();
    let given = topic.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(given) = given {
        merge(&mut policy["http"], &given["http"]);
    }
    policy
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (into, from) => *into = from.clone(),
    }
}

/// The policy of a subscription on a topic.
pub fn of(topic: Option<&str>, subscription: Option<&str>) -> Policy {
    let topic = effective(topic);
    let http = &topic["http"];
    let mut retry = http["defaultHealthyRetryPolicy"].clone();
    let mut request = http["defaultRequestPolicy"].clone();
    let own = subscription.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(own) = own.filter(|_| http["disableSubscriptionOverrides"] != true) {
        merge(&mut retry, &own["healthyRetryPolicy"]);
        merge(&mut request, &own["requestPolicy"]);
    }
    Policy { retry, request }
}

impl Policy {
    /// As `GetSubscriptionAttributes` shows it.
    pub fn shown(&self) -> Value {
        json!({
            "healthyRetryPolicy": self.retry, "sicklyRetryPolicy": null, "throttlePolicy": null,
            "requestPolicy": self.request, "guaranteed": false,
        })
    }

    /// The content type of its requests.
    pub fn content_type(&self) -> &str {
        self.request["headerContentType"].as_str().unwrap_or("text/plain; charset=UTF-8")
    }

    /// How long to wait before retry `number`, counted from 0, in milliseconds; `None` when there is none.
    pub fn delay(&self, number: u32) -> Option<Millis> {
        let of =
            |name: &str| self.retry[name].as_u64().and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
        let (at_once, least, most) =
            (of("numNoDelayRetries"), of("numMinDelayRetries"), of("numMaxDelayRetries"));
        let (min, max) = (f64::from(of("minDelayTarget")), f64::from(of("maxDelayTarget")));
        let all = of("numRetries");
        if number >= all {
            return None;
        }
        let early = at_once.saturating_add(least);
        let backoff = all.saturating_sub(early).saturating_sub(most);
        let seconds = if number < at_once {
            0.0
        } else if number < early {
            min
        } else if number >= early.saturating_add(backoff) {
            max
        } else {
            let steps = f64::from(backoff.saturating_sub(1).max(1));
            let share = f64::from(number.saturating_sub(early)) / steps;
            match self.retry["backoffFunction"].as_str() {
                Some("exponential" | "geometric") if min > 0.0 => min * (max / min).powf(share),
                Some("arithmetic") => min + (max - min) * share * share,
                _ => min + (max - min) * share,
            }
        };
        Some((seconds * 1000.0) as Millis)
    }
}

/// How long to wait before retry `number` of a delivery to a queue or function; `None` when there is none.
// AWS: the same page, "AWS managed endpoints": 3 at once, 2 after 1 s, 10 from 1 s to 20 s, 100,000 after 20 s.
pub fn delay_to_services(number: u32) -> Option<Millis> {
    match number {
        0..=2 => Some(0),
        3 | 4 => Some(1_000),
        5..=14 => {
            let share = f64::from(number.saturating_sub(5)) / 9.0;
            Some((1_000.0 * 20.0_f64.powf(share)) as Millis)
        }
        15..=100_014 => Some(20_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_follow_the_policy() {
        let usual = of(None, None);
        let delays: Vec<_> = (0..4).map(|number| usual.delay(number)).collect();
        assert_eq!(delays, [Some(20_000), Some(20_000), Some(20_000), None]);
        let own = r#"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":5,"numRetries":8,"numNoDelayRetries":1,"numMinDelayRetries":1,"numMaxDelayRetries":1}}"#;
        let policy = of(None, Some(own));
        let delays: Vec<_> = (0..9).filter_map(|number| policy.delay(number)).collect();
        assert_eq!(delays, [0, 1_000, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000]);
        let fixed = r#"{"http":{"disableSubscriptionOverrides":true}}"#;
        assert_eq!(of(Some(fixed), Some(own)).delay(0), Some(20_000));
        assert_eq!((delay_to_services(14), delay_to_services(100_015)), (Some(20_000), None));
        assert!(check("DeliveryPolicy", r#"{"healthyRetryPolicy":{"numRetries":101}}"#).is_err());
    }
}
