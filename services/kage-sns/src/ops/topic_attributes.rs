//! `GetTopicAttributes` and `SetTopicAttributes`.

use crate::topic::{self, Topic};
use crate::{errors, policy, subscriptions, topics};
use kage_api_sns::types::{GetTopicAttributesResponse, SetTopicAttributesResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use std::collections::BTreeMap;

/// Shows attributes.
pub struct GetTopicAttributes;

impl Operation for GetTopicAttributes {
    shape!(GET_TOPIC_ATTRIBUTES: GetTopicAttributesInput -> GetTopicAttributesResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:GetTopicAttributes", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, topic: Topic, _: &Self::Input) -> Result<GetTopicAttributesResponse> {
        let all = subscriptions::of_topic(tx.reads(), &topic)?;
        let pending = all.iter().filter(|subscription| subscription.is_pending()).count();
        let mut out: BTreeMap<String, String> =
            topic.shown().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        out.insert("Policy".to_owned(), policy::shown(tx.reads(), &topic.policy)?);
        out.insert("SubscriptionsConfirmed".to_owned(), all.len().saturating_sub(pending).to_string());
        out.insert("SubscriptionsPending".to_owned(), pending.to_string());
        out.insert("SubscriptionsDeleted".to_owned(), topic.deleted.to_string());
        Ok(GetTopicAttributesResponse { attributes: Some(out) })
    }
}

/// Sets one attribute.
pub struct SetTopicAttributes;

impl Operation for SetTopicAttributes {
    shape!(SET_TOPIC_ATTRIBUTES: SetTopicAttributesInput -> SetTopicAttributesResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:SetTopicAttributes", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut topic: Topic,
        input: &Self::Input,
    ) -> Result<SetTopicAttributesResponse> {
        let value = input.attribute_value.as_deref().unwrap_or_default();
        match input.attribute_name.as_str() {
            "Policy" if value.is_empty() => topic.policy = policy::default(&topic.arn(), &topic.account),
            "Policy" => topic.policy = policy::stored(tx.reads(), value)?,
            name => {
                if !topic.set(name, value)? {
                    return Err(errors::invalid("AttributeName"));
                }
            }
        }
        topics::put(tx, &topic)?;
        Ok(SetTopicAttributesResponse {})
    }
}
