//! `CreateQueue`.

use crate::queue::Queue;
use crate::settings::Settings;
use crate::{address, errors, policy, queues, redrive};
use kage_api_sqs::types::{CreateQueueRequest, CreateQueueResult, queue_attribute_name as name};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};
use std::collections::BTreeMap;

/// AWS: SQS API reference, `CreateQueue`: how long a name rests after its queue was deleted.
const REST_MS: Millis = 60_000;
/// AWS: SQS developer guide, "Quotas related to queues": tags of one queue.
const TAGS_MAX: usize = 50;

/// Makes a queue, or finds the one that is just like it.
pub struct CreateQueue;

impl Operation for CreateQueue {
    shape!(CREATE_QUEUE: CreateQueueRequest -> CreateQueueResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = address::arn(&call.region, &call.account, &input.queue_name);
        let tags = given_tags(input);
        let with_tags = |action: &str| Access::to(action, arn.clone()).request_tags(tags.clone());
        let create = with_tags("sqs:CreateQueue");
        // AWS: SQS developer guide, "Amazon SQS cost allocation tags": tagging on creation takes sqs:TagQueue too.
        if tags.is_empty() { create } else { create.and(with_tags("sqs:TagQueue")) }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateQueueResult> {
        let given = input.attributes.clone().unwrap_or_default();
        let mut settings = Settings { fifo: is_fifo(input, &given)?, ..Settings::default() };
        settings.set(&given)?;
        let now = call.now.milliseconds();
        let mut queue = Queue {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.queue_name.clone(),
            id: call.ids().hex(16),
            created: now,
            modified: now,
            settings,
            ..Queue::default()
        };
        let url = address::url(call, &queue.account, &queue.name);
        if let Some(existing) = queues::find(tx.reads(), &queue.account, &queue.region, &queue.name)? {
            require_same(tx, &existing, &queue, &given)?;
            return Ok(CreateQueueResult { queue_url: Some(url) });
        }
        let deleted = queues::deleted_at(tx.reads(), &queue.account, &queue.region, &queue.name)?;
        if deleted.is_some_and(|at| at.saturating_add(REST_MS) > now) {
            return Err(errors::deleted_recently());
        }
        require_redrive(tx, &queue)?;
        if let Some(text) = given.get(name::POLICY).filter(|text| !text.is_empty()) {
            queue.policy = Some(policy::stored(tx.reads(), text)?);
        }
        add_tags(&mut queue, input.tags.as_ref())?;
        queues::put(tx, &queue)?;
        Ok(CreateQueueResult { queue_url: Some(url) })
    }
}

fn given_tags(input: &CreateQueueRequest) -> Vec<(&str, &str)> {
    let tags = input.tags.iter().flatten();
    tags.map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// Whether the queue is to be FIFO; its name must say the same.
fn is_fifo(input: &CreateQueueRequest, given: &BTreeMap<String, String>) -> Result<bool> {
    let asked = given.get(name::FIFO_QUEUE).map(String::as_str);
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let name = input.queue_name.as_str();
    if asked == Some("true") {
        if name.len() > 80 || !name.strip_suffix(".fifo").is_some_and(is_name) {
            return Err(errors::invalid(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
            ));
        }
        return Ok(true);
    }
    if name.len() > 80 || !is_name(name) {
        return Err(errors::invalid(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    Ok(false)
}

/// AWS: SQS API reference, `CreateQueue`: the same name with other attributes is an error.
fn require_same(tx: &Tx, existing: &Queue, wanted: &Queue, given: &BTreeMap<String, String>) -> Result<()> {
    let (has, wants) = (existing.settings.shown(), wanted.settings.shown());
    let of = |shown: &[(&str, String)], name: &str| {
        shown.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
    };
    for (attribute, value) in given {
        let is_same = match attribute.as_str() {
            name::POLICY if value.is_empty() => existing.policy.is_none(),
            name::POLICY => existing.policy == Some(policy::stored(tx.reads(), value)?),
            attribute => of(&has, attribute) == of(&wants, attribute),
        };
        if !is_same {
            return Err(errors::queue_exists(attribute));
        }
    }
    Ok(())
}

/// Refuses a redrive policy that the queue may not have.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn require_redrive(tx: &Tx, queue: &Queue) -> Result<()> {
    let Some(wanted) = &queue.settings.redrive else { return Ok(()) };
    let target =
        if wanted.target == queue.arn() { Some(queue.clone()) } else { address::by_arn(tx, &wanted.target)? };
    redrive::require_possible(queue, wanted, target.as_ref())
}

/// Adds tags to those that are there.
///
/// # Errors
/// `InvalidParameterValue` for reserved keys and for too many.
pub fn add_tags(queue: &mut Queue, tags: Option<&BTreeMap<String, String>>) -> Result<()> {
    for (key, value) in tags.into_iter().flatten() {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(errors::invalid("Tag keys are 1 to 128 and tag values 0 to 256 characters long."));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::invalid("aws: prefixed tag key names are not allowed for external use."));
        }
        queue.tags.insert(key.clone(), value.clone());
    }
    if queue.tags.len() > TAGS_MAX {
        return Err(errors::invalid(format!("Too many tags added for queue {}.", queue.name)));
    }
    Ok(())
}
