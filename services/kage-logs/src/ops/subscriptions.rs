//! Subscription filters: put, described, removed.

use crate::delivery::{self, Vendor};
use crate::destinations::{self, Destination};
use crate::errors;
use crate::filters::{self, SubscriptionFilter};
use crate::group::Group;
use crate::named;
use crate::ops::metric_filters::{read_pattern, require_regexes};
use crate::pages::{self, Asked};
use kage_api_logs::types::{
    DeleteSubscriptionFilterResponse, DescribeSubscriptionFiltersResponse, PutSubscriptionFilterResponse,
    SubscriptionFilter as Shown,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

/// AWS: model, PutSubscriptionFilter: "up to two subscription filters".
const MOST: usize = 2;

/// A group and the destination to which it is to be subscribed, if that is one of CloudWatch Logs.
pub struct Subscribing {
    group: Group,
    destination: Option<Destination>,
}

/// Makes or changes a subscription filter.
pub struct PutSubscriptionFilter;

impl Operation for PutSubscriptionFilter {
    shape!(PUT_SUBSCRIPTION_FILTER: PutSubscriptionFilterRequest -> PutSubscriptionFilterResponse on Subscribing);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Subscribing>> {
        let destination = match Arn::parse(&input.destination_arn) {
            Some(arn) if arn.service == "logs" => match arn.of("destination") {
                Some(name) => destinations::find(tx.reads(), &arn.account, &arn.region, name)?,
                None => None,
            },
            _ => None,
        };
        let group = named::by_name(call, tx, &input.log_group_name)?;
        Ok(group.map(|group| Subscribing { group, destination }))
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Subscribing>) -> Access {
        let action = "logs:PutSubscriptionFilter";
        let arn = Arn::parse(&input.destination_arn);
        let mut access = match target {
            Lookup::Found(found) => Access::on_found(action, &found.group),
            Lookup::Missing { arn, .. } => Access::to(action, arn.clone()),
        };
        access = access.key("logs:DestinationArn", input.destination_arn.clone());
        // AWS: user guide, "Cross-account subscriptions": the destination's policy lets the sender subscribe.
        let destination = match target {
            Lookup::Found(Subscribing { destination: Some(destination), .. }) => {
                Some(Access::on_found(action, destination))
            }
            _ => arn
                .filter(|arn| arn.service == "logs")
                .map(|arn| Access::to(action, input.destination_arn.clone()).owned_by(arn.account)),
        };
        if let Some(destination) = destination {
            access = access.and(destination);
        }
        // AWS: model, PutSubscriptionFilter: "for any destination except a Lambda function, you must also have the
        // iam:PassRole permission".
        match &input.role_arn {
            Some(role) => access.and(pass_role(role)),
            None => access,
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Subscribing,
        input: &Self::Input,
    ) -> Result<PutSubscriptionFilterResponse> {
        let group = target.group;
        named::require_standard(&group)?;
        errors::refuse_flag(input.apply_on_transformed_logs, "applyOnTransformedLogs")?;
        errors::refuse(&input.field_selection_criteria, "fieldSelectionCriteria")?;
        errors::refuse(&input.emit_system_fields, "emitSystemFields")?;
        let pattern = read_pattern(&input.filter_pattern)?;
        require_vendor(call, input.role_arn.as_ref(), &input.destination_arn, target.destination.as_ref())?;
        let others = filters::list_subscriptions(tx.reads(), &group)?;
        let before = others.iter().find(|other| other.name == input.filter_name);
        let created = before.map_or(call.now.milliseconds(), |before| before.created);
        if before.is_none() && others.len() >= MOST {
            return Err(errors::limit());
        }
        let patterns = others.iter().filter(|other| other.name != input.filter_name);
        require_regexes(&pattern, patterns.map(|other| other.pattern.as_str()))?;
        let filter = SubscriptionFilter {
            name: input.filter_name.clone(),
            pattern: input.filter_pattern.clone(),
            created,
            destination: input.destination_arn.clone(),
            role: input.role_arn.clone(),
            distribution: input.distribution.clone().unwrap_or_else(|| "ByLogStream".to_owned()),
        };
        delivery::test(call, tx, &group, &filter)?;
        filters::put_subscription(tx, &group, &filter)?;
        Ok(PutSubscriptionFilterResponse {})
    }
}

/// The permission to hand this role to CloudWatch Logs.
pub fn pass_role(role: &str) -> Access {
    let account = Arn::parse(role).map(|arn| arn.account);
    let access = Access::to("iam:PassRole", role).key("iam:PassedToService", "logs.amazonaws.com");
    match account {
        Some(account) => access.owned_by(account),
        None => access,
    }
}

/// Requires a destination of a kind that is served, and a role where it needs one.
fn require_vendor(
    call: &Call<'_>,
    role: Option<&String>,
    arn: &str,
    destination: Option<&Destination>,
) -> Result<()> {
    let (vendor, parsed) = Vendor::of(arn)?;
    match (vendor, role) {
        // Texts recorded in LocalStack's AWS-validated snapshots (test_logs_subscription_filters).
        (Vendor::Lambda, Some(_)) => {
            Err(errors::invalid("destinationArn for vendor lambda cannot be used with roleArn"))
        }
        (Vendor::Kinesis, None) => {
            Err(errors::invalid("destinationArn for vendor kinesis cannot be used without roleArn"))
        }
        (Vendor::Lambda, None) if parsed.account != call.account => Err(errors::denied(
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.",
        )),
        (Vendor::Kinesis, Some(_)) if parsed.account != call.account => Err(errors::denied(
            "Cross-account kinesis stream passing is not allowed. You must use DestinationPolicies to create cross account subscriptions.",
        )),
        (Vendor::Logs, _) if destination.is_none() => {
            Err(errors::invalid("The specified destination does not exist."))
        }
        _ => Ok(()),
    }
}

/// Removes a subscription filter.
pub struct DeleteSubscriptionFilter;

impl Operation for DeleteSubscriptionFilter {
    shape!(DELETE_SUBSCRIPTION_FILTER: DeleteSubscriptionFilterRequest -> DeleteSubscriptionFilterResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DeleteSubscriptionFilter", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<DeleteSubscriptionFilterResponse> {
        match filters::remove_subscription(tx, &group, &input.filter_name) {
            true => Ok(DeleteSubscriptionFilterResponse {}),
            false => Err(errors::missing("subscription filter")),
        }
    }
}

/// Describes the subscription filters of a group.
pub struct DescribeSubscriptionFilters;

impl Operation for DescribeSubscriptionFilters {
    shape!(DESCRIBE_SUBSCRIPTION_FILTERS: DescribeSubscriptionFiltersRequest -> DescribeSubscriptionFiltersResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DescribeSubscriptionFilters", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<DescribeSubscriptionFiltersResponse> {
        let mut found = filters::list_subscriptions(tx.reads(), &group)?;
        if let Some(prefix) = &input.filter_name_prefix {
            found.retain(|filter| filter.name.starts_with(prefix));
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |filter| filter.name.clone(), &asked)?;
        let show = |filter: SubscriptionFilter| Shown {
            filter_name: Some(filter.name),
            log_group_name: Some(group.name.clone()),
            filter_pattern: Some(filter.pattern),
            destination_arn: Some(filter.destination),
            role_arn: filter.role,
            distribution: Some(filter.distribution),
            apply_on_transformed_logs: Some(false),
            creation_time: Some(filter.created),
            ..Shown::default()
        };
        Ok(DescribeSubscriptionFiltersResponse {
            subscription_filters: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}
