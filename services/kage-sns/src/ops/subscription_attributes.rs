//! `GetSubscriptionAttributes` and `SetSubscriptionAttributes`.

use super::subscriptions::on_subscription;
use crate::subscription::Subscription;
use crate::topic::Topic;
use crate::{errors, subscriptions};
use kage_api_sns::types::{GetSubscriptionAttributesResponse, SetSubscriptionAttributesResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// A subscription and its topic.
type Pair = (Topic, Subscription);

fn lookup(tx: &Tx, arn: &str) -> Result<Lookup<Pair>> {
    Ok(match subscriptions::by_arn(tx.reads(), arn)? {
        Some(pair) => Lookup::Found(pair),
        None => Lookup::missing("*", errors::no_subscription()),
    })
}

/// Shows attributes.
pub struct GetSubscriptionAttributes;

impl Operation for GetSubscriptionAttributes {
    shape!(GET_SUBSCRIPTION_ATTRIBUTES: GetSubscriptionAttributesInput -> GetSubscriptionAttributesResponse on Pair);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Pair>> {
        lookup(tx, &input.subscription_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Pair>) -> Access {
        on_subscription(call, "sns:GetSubscriptionAttributes", &input.subscription_arn, target.found())
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        (topic, subscription): Pair,
        _: &Self::Input,
    ) -> Result<GetSubscriptionAttributesResponse> {
        let shown = subscription.shown(Some(&topic));
        let shown = shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(GetSubscriptionAttributesResponse { attributes: Some(shown) })
    }
}

/// Sets one attribute.
pub struct SetSubscriptionAttributes;

impl Operation for SetSubscriptionAttributes {
    shape!(SET_SUBSCRIPTION_ATTRIBUTES: SetSubscriptionAttributesInput -> SetSubscriptionAttributesResponse on Pair);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Pair>> {
        lookup(tx, &input.subscription_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Pair>) -> Access {
        on_subscription(call, "sns:SetSubscriptionAttributes", &input.subscription_arn, target.found())
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        (topic, mut subscription): Pair,
        input: &Self::Input,
    ) -> Result<SetSubscriptionAttributesResponse> {
        let value = input.attribute_value.as_deref().unwrap_or_default();
        if !subscription.set(&topic, &input.attribute_name, value)? {
            return Err(errors::invalid("AttributeName"));
        }
        subscriptions::put(tx, &topic, &subscription)?;
        Ok(SetSubscriptionAttributesResponse {})
    }
}
