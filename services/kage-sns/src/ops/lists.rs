//! `ListTopics`, `ListSubscriptions`, `ListSubscriptionsByTopic`.

use crate::subscription::Subscription;
use crate::topic::{self, Topic};
use crate::{errors, subscriptions, topics};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_api_sns::types::{
    self as api, ListSubscriptionsByTopicResponse, ListSubscriptionsResponse, ListTopicsResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Page, Result, Tx};

/// AWS: SNS API reference, `ListTopics`: 100 to a page.
const LIMIT: usize = 100;

fn cut<T>(items: Vec<T>, key: impl Fn(&T) -> String, token: Option<&str>) -> Result<Page<T>> {
    let after = token.filter(|token| !token.is_empty()).map(open).transpose()?;
    let mut page = kage_core::page(items, key, after.as_deref(), LIMIT);
    page.next = page.next.map(|next| URL_SAFE_NO_PAD.encode(next));
    Ok(page)
}

fn open(token: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| errors::invalid("NextToken"))
}

/// Lists the topics of the account.
pub struct ListTopics;

impl Operation for ListTopics {
    shape!(LIST_TOPICS: ListTopicsInput -> ListTopicsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("sns:ListTopics")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListTopicsResponse> {
        let all = topics::list(tx.reads(), &call.account, &call.region)?;
        let page = cut(all, |topic| topic.name.clone(), input.next_token.as_deref())?;
        let shown = page.items.iter().map(|topic| api::Topic { topic_arn: Some(topic.arn()) }).collect();
        Ok(ListTopicsResponse { topics: Some(shown), next_token: page.next })
    }
}

fn shown(subscription: &Subscription) -> api::Subscription {
    let pending = "PendingConfirmation".to_owned();
    api::Subscription {
        subscription_arn: Some(if subscription.is_pending() { pending } else { subscription.arn() }),
        owner: Some(subscription.owner.clone()),
        protocol: Some(subscription.protocol.clone()),
        endpoint: Some(subscription.endpoint.clone()),
        topic_arn: Some(subscription.topic.clone()),
    }
}

/// Lists the subscriptions of the account.
pub struct ListSubscriptions;

impl Operation for ListSubscriptions {
    shape!(LIST_SUBSCRIPTIONS: ListSubscriptionsInput -> ListSubscriptionsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("sns:ListSubscriptions")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListSubscriptionsResponse> {
        let all = subscriptions::of_owner(tx.reads(), &call.account, &call.region)?;
        let page = cut(all, Subscription::arn, input.next_token.as_deref())?;
        let subscriptions = Some(page.items.iter().map(shown).collect());
        Ok(ListSubscriptionsResponse { subscriptions, next_token: page.next })
    }
}

/// Lists the subscriptions of a topic.
pub struct ListSubscriptionsByTopic;

impl Operation for ListSubscriptionsByTopic {
    shape!(LIST_SUBSCRIPTIONS_BY_TOPIC: ListSubscriptionsByTopicInput -> ListSubscriptionsByTopicResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:ListSubscriptionsByTopic", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        topic: Topic,
        input: &Self::Input,
    ) -> Result<ListSubscriptionsByTopicResponse> {
        let all = subscriptions::of_topic(tx.reads(), &topic)?;
        let page = cut(all, Subscription::arn, input.next_token.as_deref())?;
        let subscriptions = Some(page.items.iter().map(shown).collect());
        Ok(ListSubscriptionsByTopicResponse { subscriptions, next_token: page.next })
    }
}
