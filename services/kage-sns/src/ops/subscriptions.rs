//! `Subscribe`, `ConfirmSubscription`, `Unsubscribe`.

use crate::subscription::{Subscription, require_endpoint};
use crate::topic::{self, Topic};
use crate::{errors, jobs, subscriptions, topics};
use kage_api_sns::types::{
    ConfirmSubscriptionInput, ConfirmSubscriptionResponse, SubscribeInput, SubscribeResponse,
    UnsubscribeResponse,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

/// Length of the token that confirms a subscription, in hexadecimal digits.
const TOKEN: usize = 192;

/// Subscribes an endpoint.
pub struct Subscribe;

impl Operation for Subscribe {
    shape!(SUBSCRIBE: SubscribeInput -> SubscribeResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:Subscribe", target)
            .key("sns:Protocol", input.protocol.as_str())
            .key_if("sns:Endpoint", input.endpoint.as_deref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, topic: Topic, input: &Self::Input) -> Result<SubscribeResponse> {
        let endpoint = input.endpoint.as_deref().unwrap_or_default();
        let owner = require_endpoint(&topic, &input.protocol, endpoint)?;
        let wanted = wanted(call, &topic, input, endpoint)?;
        let all = subscriptions::of_topic(tx.reads(), &topic)?;
        let same =
            |known: &&Subscription| known.protocol == wanted.protocol && known.endpoint == wanted.endpoint;
        let subscription = match all.iter().find(same) {
            Some(existing) => {
                require_same(existing, &wanted, input)?;
                existing.clone()
            }
            None => {
                // AWS: SNS API reference, `Subscribe`: an endpoint of another account, and any that is not in AWS, must agree.
                let must_agree = owner.is_none_or(|owner| owner != call.account);
                let token = must_agree.then(|| call.ids().hex(TOKEN));
                let made = Subscription { authenticated: !must_agree, token, ..wanted };
                subscriptions::put(tx, &topic, &made)?;
                made
            }
        };
        if subscription.is_pending() {
            let url = confirmation_url(call, &subscription);
            jobs::plan_confirmation(tx, &topic, &subscription.id, &url, 0, call.now)?;
            jobs::plan_expiry(tx, &topic, &subscription.id, call.now)?;
        }
        let shows_arn = !subscription.is_pending() || input.return_subscription_arn == Some(true);
        let arn = if shows_arn { subscription.arn() } else { "pending confirmation".to_owned() };
        Ok(SubscribeResponse { subscription_arn: Some(arn) })
    }
}

fn wanted(call: &Call<'_>, topic: &Topic, input: &SubscribeInput, endpoint: &str) -> Result<Subscription> {
    let mut wanted = Subscription {
        id: call.ids().uuid(),
        topic: topic.arn(),
        owner: call.account.clone(),
        principal: call.caller.arn.clone(),
        protocol: input.protocol.clone(),
        endpoint: endpoint.to_owned(),
        created: call.now.milliseconds(),
        ..Subscription::default()
    };
    let given = input.attributes.clone().unwrap_or_default();
    // What a filter may hold depends on its scope.
    let scope_first = |name: &&String| name.as_str() != "FilterPolicyScope";
    let mut names: Vec<&String> = given.keys().collect();
    names.sort_by_key(scope_first);
    for name in names {
        let value = given.get(name).map_or("", String::as_str);
        let known = wanted.set(topic, name, value).map_err(in_attributes)?;
        if !known {
            return Err(errors::invalid(format!("Attributes Reason: Unknown attribute {name}")));
        }
    }
    Ok(wanted)
}

/// Errors of attributes in the words of `Subscribe`.
fn in_attributes(error: kage_core::Error) -> kage_core::Error {
    match error.message.strip_prefix("Invalid parameter: ") {
        // AWS: as recorded: the words about filter policies as a whole stand alone.
        Some(rest) if rest.starts_with("Filter policy scope") || rest.starts_with("FilterPolicyScope") => {
            error
        }
        Some(rest) => errors::invalid(format!("Attributes Reason: {rest}")),
        None => error,
    }
}

fn require_same(existing: &Subscription, wanted: &Subscription, input: &SubscribeInput) -> Result<()> {
    let given = input.attributes.clone().unwrap_or_default();
    let (has, wants) = (existing.shown(None), wanted.shown(None));
    let of = |shown: &[(&str, String)], name: &str| {
        shown.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
    };
    if given.keys().any(|name| of(&has, name) != of(&wants, name)) {
        let text = "Attributes Reason: Subscription already exists with different attributes";
        return Err(errors::invalid(text));
    }
    Ok(())
}

/// Where an endpoint confirms its subscription: at the host by which the double was called, or at AWS's own.
fn confirmation_url(call: &Call<'_>, subscription: &Subscription) -> String {
    let host = match call.origin.host.as_str() {
        "" => format!("https://sns.{}.amazonaws.com", call.region),
        host if call.origin.secure => format!("https://{host}"),
        host => format!("http://{host}"),
    };
    let token = subscription.token.as_deref().unwrap_or_default();
    let version = kage_api_sns::SERVICE.api_version;
    let topic = &subscription.topic;
    // AWS's own has no Version: there the host says which service is meant.
    format!("{host}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}&Version={version}")
}

/// Confirms a subscription.
pub struct ConfirmSubscription;

impl Operation for ConfirmSubscription {
    shape!(CONFIRM_SUBSCRIPTION: ConfirmSubscriptionInput -> ConfirmSubscriptionResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    // AWS: SNS API reference, `ConfirmSubscription`: the token is what counts; a signed call needs the action in its own
    // account, an unsigned one nothing.
    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        if call.caller.is_anonymous() {
            return Access::open("SNS API reference, ConfirmSubscription");
        }
        Access::to("sns:ConfirmSubscription", input.topic_arn.clone())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ConfirmSubscriptionResponse> {
        let arn = Arn::parse(&input.topic_arn).ok_or_else(|| errors::arn("TopicArn", &input.topic_arn))?;
        require_token(input)?;
        let topic = topics::find(tx.reads(), &arn.account, &arn.region, &arn.resource)?;
        let topic = topic.ok_or_else(|| errors::invalid("Token"))?;
        let all = subscriptions::of_topic(tx.reads(), &topic)?;
        let found = all.into_iter().find(|known| known.token.as_deref() == Some(input.token.as_str()));
        let mut subscription = found.ok_or_else(|| errors::invalid("Token"))?;
        let is_signed = !call.caller.is_anonymous();
        subscription.token = None;
        subscription.authenticated = is_signed;
        subscription.guarded = is_signed && input.authenticate_on_unsubscribe.as_deref() == Some("true");
        subscriptions::put(tx, &topic, &subscription)?;
        Ok(ConfirmSubscriptionResponse { subscription_arn: Some(subscription.arn()) })
    }
}

/// AWS: as recorded in LocalStack's validated test_sns_confirm_subscription_wrong_token.
fn require_token(input: &ConfirmSubscriptionInput) -> Result<()> {
    if input.token.is_empty() || !input.token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(errors::invalid_as("Invalid token"));
    }
    Ok(())
}

/// Ends a subscription. One that is not there has ended already.
pub struct Unsubscribe;

impl Operation for Unsubscribe {
    shape!(UNSUBSCRIBE: UnsubscribeInput -> UnsubscribeResponse on Option<(Topic, Subscription)>);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<(Topic, Subscription)>>> {
        Ok(Lookup::Found(subscriptions::by_arn(tx.reads(), &input.subscription_arn)?))
    }

    fn access(
        call: &Call<'_>,
        input: &Self::Input,
        target: &Lookup<Option<(Topic, Subscription)>>,
    ) -> Access {
        let pair = target.found().and_then(Option::as_ref);
        // AWS: SNS API reference, `Unsubscribe`: a signature is needed only where one confirmed the subscription.
        let is_open =
            pair.is_some_and(|(_, subscription)| !subscription.guarded && !subscription.authenticated);
        if call.caller.is_anonymous() && is_open {
            return Access::open("SNS API reference, Unsubscribe");
        }
        on_subscription(call, "sns:Unsubscribe", &input.subscription_arn, pair)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Option<(Topic, Subscription)>,
        _: &Self::Input,
    ) -> Result<UnsubscribeResponse> {
        if let Some((mut topic, subscription)) = target {
            if subscription.is_pending() {
                // AWS: as recorded in LocalStack: a subscription that waits for its confirmation cannot be ended.
                let text = "SubscriptionArn Reason: This subscription is pending confirmation";
                return Err(errors::invalid(text));
            }
            subscriptions::remove(tx, &topic, &subscription);
            topic.deleted = topic.deleted.saturating_add(1);
            topics::put(tx, &topic)?;
        }
        Ok(UnsubscribeResponse {})
    }
}

/// One action on a subscription. Policies speak of its topic; it is its owner's and the topic's owner's alone.
// AWS: Service Authorization Reference, "Actions defined by Amazon SNS": the resource type is `topic`.
pub fn on_subscription(
    call: &Call<'_>,
    action: &str,
    arn: &str,
    pair: Option<&(Topic, Subscription)>,
) -> Access {
    let Some((topic, subscription)) = pair else {
        return Access::to(action, arn.rsplit_once(':').map_or(arn, |(topic, _)| topic));
    };
    let tags = topic.tags.iter();
    let access = tags.fold(Access::to(action, topic.arn()), |access, (key, value)| {
        access.key(format!("aws:ResourceTag/{key}"), value.as_str())
    });
    if call.account == topic.account { access } else { access.owned_by(subscription.owner.clone()) }
}
