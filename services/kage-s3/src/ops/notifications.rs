//! PutBucketNotificationConfiguration and GetBucketNotificationConfiguration.
//!
//! AWS: S3 user guide, "Configuring event notifications using object key name filtering". The texts of refusals are recorded
//! answers: LocalStack's snapshots of S3 notifications, moto's tests, issues of Terraform.

use crate::bucket::Bucket;
use crate::destinations::{self, Note};
use crate::event::moment;
use crate::notifications::{self, Kind, Notifications, Rule};
use crate::{errors, host_id};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::types::{
    EventBridgeConfiguration, FilterRule, LambdaFunctionConfiguration, NotificationConfiguration,
    NotificationConfigurationFilter, PutBucketNotificationConfigurationResponse, QueueConfiguration,
    S3KeyFilter, TopicConfiguration, event,
};
use kage_core::{Arn, Call, Error, PARTITION, Recording, Result, Tx};
use serde_json::json;

/// AWS: the model, FilterRule: "The maximum length is 1,024 characters".
const FILTER_MAX: usize = 1024;

on_bucket!(
    /// Replaces the notification configuration.
    PutBucketNotificationConfiguration(PutBucketNotificationConfigurationRequest)
        -> PutBucketNotificationConfigurationResponse, PUT_BUCKET_NOTIFICATION_CONFIGURATION,
    "s3:PutBucketNotification", Recording::MANAGEMENT,
    |call, tx, scene, input| {
        let wanted = read(call, &scene.bucket, &input.notification_configuration)?;
        if input.skip_destination_validation != Some(true) {
            require_reachable(call, tx, &scene.bucket, &wanted.rules)?;
        }
        notifications::put(tx, &scene.bucket.name, &wanted)?;
        Ok(PutBucketNotificationConfigurationResponse {})
    }
);

on_bucket!(
    /// Shows the notification configuration; without one it is empty.
    GetBucketNotificationConfiguration(GetBucketNotificationConfigurationRequest) -> NotificationConfiguration,
    GET_BUCKET_NOTIFICATION_CONFIGURATION, "s3:GetBucketNotification", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        Ok(shown(notifications::find(tx.reads(), &scene.bucket.name)?.unwrap_or_default()))
    }
);

/// A rule as any of the three shapes gives it.
struct Given<'a> {
    kind: Kind,
    id: Option<&'a str>,
    arn: &'a str,
    events: &'a [String],
    filter: Option<&'a NotificationConfigurationFilter>,
}

macro_rules! given {
    ($kind:ident, $arn:ident, $list:expr) => {
        $list.iter().flatten().map(|one| Given {
            kind: Kind::$kind,
            id: one.id.as_deref(),
            arn: &one.$arn,
            events: &one.events,
            filter: one.filter.as_ref(),
        })
    };
}

/// Reads and judges a configuration without asking the destinations.
fn read(call: &Call<'_>, bucket: &Bucket, given: &NotificationConfiguration) -> Result<Notifications> {
    let all = given!(Topic, topic_arn, given.topic_configurations)
        .chain(given!(Queue, queue_arn, given.queue_configurations))
        .chain(given!(Function, lambda_function_arn, given.lambda_function_configurations));
    let mut rules: Vec<Rule> = Vec::new();
    for one in all {
        let rule = rule(call, bucket, &one)?;
        if rules.iter().any(|other| other.id == rule.id) {
            let text = "Same ID used for multiple configurations. IDs must be unique.";
            return Err(Error::new("InvalidArgument", 400, text));
        }
        if let Some(other) = rules.iter().find(|other| other.overlaps(&rule)) {
            let text = if other.is_filtered() || rule.is_filtered() {
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
            } else {
                "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            };
            return Err(Error::new("InvalidArgument", 400, text));
        }
        rules.push(rule);
    }
    Ok(Notifications { rules, event_bridge: given.event_bridge_configuration.is_some() })
}

fn rule(call: &Call<'_>, bucket: &Bucket, given: &Given<'_>) -> Result<Rule> {
    require_destination(bucket, given)?;
    for name in given.events {
        if !event::VALUES.contains(&name.as_str()) {
            let text = "The event is not supported for notifications";
            return Err(errors::invalid_argument(text, "Event", name));
        }
    }
    let (prefix, suffix) = filter(given.filter)?;
    // AWS: recorded ids are Base64 of a UUID.
    let id = given.id.filter(|id| !id.is_empty());
    let id = id.map_or_else(|| STANDARD.encode(call.ids().uuid()), str::to_owned);
    let (kind, arn, events) = (given.kind, given.arn.to_owned(), given.events.to_vec());
    Ok(Rule { id, kind, arn, events, prefix, suffix })
}

fn require_destination(bucket: &Bucket, given: &Given<'_>) -> Result<()> {
    let (service, name) = match given.kind {
        Kind::Topic => ("sns", "Topic"),
        Kind::Queue => ("sqs", "Queue"),
        Kind::Function => ("lambda", "CloudFunction"),
    };
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |arn: &Arn| {
        arn.partition == PARTITION
            && arn.service == service
            && is_account(&arn.account)
            && !arn.resource.is_empty()
            && (given.kind != Kind::Function || arn.resource.starts_with("function:"))
    };
    let arn = Arn::parse(given.arn)
        .filter(fits)
        .ok_or_else(|| errors::invalid_argument("The ARN could not be parsed", name, given.arn))?;
    if given.kind == Kind::Queue && arn.resource.ends_with(".fifo") {
        return Err(errors::invalid_argument("FIFO SQS queues are not supported.", name, given.arn));
    }
    if arn.region != bucket.region {
        let text =
            "The notification destination service region is not valid for the bucket location constraint";
        return Err(errors::invalid_argument(text, name, given.arn));
    }
    Ok(())
}

fn filter(given: Option<&NotificationConfigurationFilter>) -> Result<(Option<String>, Option<String>)> {
    let (mut prefix, mut suffix) = (None, None);
    let rules = given.and_then(|given| given.key.as_ref()).and_then(|key| key.filter_rules.as_ref());
    for rule in rules.into_iter().flatten() {
        let (Some(name), Some(value)) = (&rule.name, &rule.value) else {
            return Err(errors::malformed_xml());
        };
        let part = match name.to_ascii_lowercase().as_str() {
            "prefix" => &mut prefix,
            "suffix" => &mut suffix,
            _ => {
                let text = "filter rule name must be either prefix or suffix";
                return Err(errors::invalid_argument(text, "FilterRule.Name", name));
            }
        };
        if value.len() > FILTER_MAX {
            let text = "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation";
            return Err(errors::invalid_argument(text, "FilterRule.Value", value));
        }
        if part.replace(value.clone()).is_some() {
            let text =
                format!("Cannot specify more than one {} rule in a filter.", name.to_ascii_lowercase());
            return Err(errors::invalid_argument(text, "FilterRule.Name", name));
        }
    }
    Ok((prefix, suffix))
}

/// Asks every destination whether it takes messages of the bucket.
fn require_reachable(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, rules: &[Rule]) -> Result<()> {
    // AWS: S3 user guide, "Event message structure": the test message.
    let test = json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": moment(call.now),
        "Bucket": bucket.name,
        "RequestId": call.request_id,
        "HostId": host_id::of(&call.request_id),
    })
    .to_string();
    let mut wrong = Vec::new();
    for rule in rules {
        let note =
            Note { bucket: bucket.name.clone(), kind: rule.kind, arn: rule.arn.clone(), body: test.clone() };
        wrong.extend(destinations::test(call, tx, bucket, &note)?);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let text = "Unable to validate the following destination configurations";
    let mut error = Error::new("InvalidArgument", 400, text);
    for (place, (name, value)) in (1_usize..).zip(wrong) {
        error = error.with(format!("ArgumentName{place}"), name).with(format!("ArgumentValue{place}"), value);
    }
    Err(error)
}

fn shown(all: Notifications) -> NotificationConfiguration {
    let mut out = NotificationConfiguration {
        event_bridge_configuration: all.event_bridge.then_some(EventBridgeConfiguration {}),
        ..NotificationConfiguration::default()
    };
    for rule in all.rules {
        let filter = shown_filter(&rule);
        let (id, events) = (Some(rule.id), rule.events);
        match rule.kind {
            Kind::Topic => out.topic_configurations.get_or_insert_default().push(TopicConfiguration {
                id,
                topic_arn: rule.arn,
                events,
                filter,
            }),
            Kind::Queue => out.queue_configurations.get_or_insert_default().push(QueueConfiguration {
                id,
                queue_arn: rule.arn,
                events,
                filter,
            }),
            Kind::Function => out
                .lambda_function_configurations
                .get_or_insert_default()
                .push(LambdaFunctionConfiguration { id, lambda_function_arn: rule.arn, events, filter }),
        }
    }
    out
}

/// AWS: recorded answers write the names of filters with a capital.
fn shown_filter(rule: &Rule) -> Option<NotificationConfigurationFilter> {
    let one = |name: &str, value: &Option<String>| {
        let value = value.clone()?;
        Some(FilterRule { name: Some(name.to_owned()), value: Some(value) })
    };
    let rules: Vec<FilterRule> =
        [one("Prefix", &rule.prefix), one("Suffix", &rule.suffix)].into_iter().flatten().collect();
    (!rules.is_empty())
        .then_some(NotificationConfigurationFilter { key: Some(S3KeyFilter { filter_rules: Some(rules) }) })
}
