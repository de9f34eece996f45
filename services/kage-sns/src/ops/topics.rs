//! `CreateTopic` and `DeleteTopic`.

use super::tags;
use crate::topic::{self, Topic};
use crate::{errors, notes, policy, subscriptions, topics};
use kage_api_sns::types::{CreateTopicInput, CreateTopicResponse, DeleteTopicResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use std::collections::BTreeMap;

/// Makes a topic, or finds the one that is just like it.
pub struct CreateTopic;

impl Operation for CreateTopic {
    shape!(CREATE_TOPIC: CreateTopicInput -> CreateTopicResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = topic::arn(&call.region, &call.account, &input.name);
        let given = input.tags.as_deref().unwrap_or_default();
        let create = tags::requested(Access::to("sns:CreateTopic", arn.clone()), given);
        // AWS: SNS API reference, `CreateTopic`: tags take sns:TagResource too.
        if given.is_empty() {
            create
        } else {
            create.and(tags::requested(Access::to("sns:TagResource", arn), given))
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateTopicResponse> {
        if input.data_protection_policy.is_some() {
            return Err(errors::not_modelled("DataProtectionPolicy"));
        }
        let given = input.attributes.clone().unwrap_or_default();
        let wanted = wanted(call, tx, input, &given)?;
        let arn = wanted.arn();
        if let Some(existing) = topics::find(tx.reads(), &call.account, &call.region, &input.name)? {
            require_same(&existing, &wanted, &given, input)?;
            return Ok(CreateTopicResponse { topic_arn: Some(arn) });
        }
        topics::put(tx, &wanted)?;
        Ok(CreateTopicResponse { topic_arn: Some(arn) })
    }
}

fn wanted(
    call: &Call<'_>,
    tx: &Tx,
    input: &CreateTopicInput,
    given: &BTreeMap<String, String>,
) -> Result<Topic> {
    let fifo = match given.get("FifoTopic") {
        Some(value) => topic::flag("FifoTopic", value)?,
        None => false,
    };
    require_name(&input.name, fifo)?;
    let mut wanted = Topic {
        account: call.account.clone(),
        region: call.region.clone(),
        name: input.name.clone(),
        id: call.ids().hex(16),
        created: call.now.milliseconds(),
        fifo,
        ..Topic::default()
    };
    let arn = wanted.arn();
    let text = match given.get("Policy") {
        Some(text) => policy::stored(tx.reads(), text)?,
        None => policy::default(&arn, &call.account),
    };
    wanted.policy = text;
    for (name, value) in given {
        let is_own = matches!(name.as_str(), "Policy" | "FifoTopic");
        if !is_own && !wanted.set(name, value)? {
            return Err(errors::invalid(format!("Attributes Reason: Unknown attribute {name}")));
        }
    }
    tags::add(&mut wanted.tags, input.tags.as_deref().unwrap_or_default())?;
    Ok(wanted)
}

/// AWS: SNS API reference, `CreateTopic`, `Name`.
fn require_name(name: &str, fifo: bool) -> Result<()> {
    let plain = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let is_name = plain.is_some_and(|plain| {
        !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    });
    if is_name && name.len() <= 256 { Ok(()) } else { Err(errors::invalid("Topic Name")) }
}

fn require_same(
    existing: &Topic,
    wanted: &Topic,
    given: &BTreeMap<String, String>,
    input: &CreateTopicInput,
) -> Result<()> {
    let (has, wants) = (existing.shown(), wanted.shown());
    let of = |shown: &[(&str, String)], name: &str| {
        shown.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
    };
    let differs = |name: &String| match name.as_str() {
        "Policy" => existing.policy != wanted.policy,
        "FifoTopic" => existing.fifo != wanted.fifo,
        name => of(&has, name) != of(&wants, name),
    };
    if given.keys().any(differs) {
        return Err(errors::invalid("Attributes Reason: Topic already exists with different attributes"));
    }
    if input.tags.is_some() && existing.tags != wanted.tags {
        return Err(errors::invalid("Tags Reason: Topic already exists with different tags"));
    }
    Ok(())
}

/// Deletes a topic with its subscriptions. A topic that is not there is deleted already.
pub struct DeleteTopic;

impl Operation for DeleteTopic {
    shape!(DELETE_TOPIC: DeleteTopicInput -> DeleteTopicResponse on Option<Topic>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Topic>>> {
        Ok(Lookup::Found(topics::lookup(call, tx, "TopicArn", &input.topic_arn)?.require().ok()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Option<Topic>>) -> Access {
        match target.found() {
            Some(Some(topic)) => topic::access(call, "sns:DeleteTopic", &Lookup::Found(topic.clone())),
            _ => Access::to("sns:DeleteTopic", input.topic_arn.clone()),
        }
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Option<Topic>, _: &Self::Input) -> Result<DeleteTopicResponse> {
        if let Some(topic) = target {
            for subscription in subscriptions::of_topic(tx.reads(), &topic)? {
                subscriptions::remove(tx, &topic, &subscription);
            }
            notes::clear(tx, &topic)?;
            topics::remove(tx, &topic);
        }
        Ok(DeleteTopicResponse {})
    }
}
