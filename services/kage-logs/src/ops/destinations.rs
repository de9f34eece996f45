//! Destinations: put, opened to others, described, removed.

use crate::delivery::{self, Vendor};
use crate::destinations::{self, Destination};
use crate::ops::subscriptions::pass_role;
use crate::pages::{self, Asked};
use crate::{errors, named, tagging};
use kage_api_logs::types::{
    DeleteDestinationResponse, DescribeDestinationsResponse, Destination as Shown,
    PutDestinationPolicyResponse, PutDestinationResponse,
};
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Destination>> {
    Ok(match destinations::find(tx.reads(), &call.account, &call.region, name)? {
        Some(found) => Lookup::Found(found),
        None => Lookup::missing(
            destinations::arn(&call.region, &call.account, name),
            errors::missing("destination"),
        ),
    })
}

/// The destination's own policy speaks of subscribing only.
fn own_access(action: &str, target: &Lookup<Destination>) -> Access {
    Access::on(action, target).policy(None)
}

fn show(destination: Destination) -> Shown {
    Shown {
        arn: Some(kage_core::Resource::arn(&destination)),
        destination_name: Some(destination.name),
        target_arn: Some(destination.target),
        role_arn: Some(destination.role),
        access_policy: destination.policy,
        creation_time: Some(destination.created),
    }
}

/// Makes or changes a destination.
pub struct PutDestination;

impl Operation for PutDestination {
    shape!(PUT_DESTINATION: PutDestinationRequest -> PutDestinationResponse on Option<Destination>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Destination>>> {
        let found = destinations::find(tx.reads(), &call.account, &call.region, &input.destination_name)?;
        Ok(Lookup::Found(found))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<Option<Destination>>) -> Access {
        let arn = destinations::arn(&call.region, &call.account, &input.destination_name);
        let put = Access::to("logs:PutDestination", arn.clone()).and(pass_role(&input.role_arn));
        let Some(tags) = &input.tags else { return put };
        let pairs = || tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        put.and(Access::to("logs:TagResource", arn).request_tags(pairs()))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        before: Option<Destination>,
        input: &Self::Input,
    ) -> Result<PutDestinationResponse> {
        let (vendor, _) = Vendor::of(&input.target_arn)?;
        if vendor != Vendor::Kinesis {
            return Err(errors::invalid("The specified target ARN cannot be used with a destination."));
        }
        let fresh = Destination {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.destination_name.clone(),
            created: call.now.milliseconds(),
            ..Destination::default()
        };
        let mut destination = before.unwrap_or(fresh);
        destination.target.clone_from(&input.target_arn);
        destination.role.clone_from(&input.role_arn);
        if let Some(tags) = &input.tags {
            destination.tags.extend(tags.clone());
            tagging::require(&destination.tags)?;
        }
        delivery::test_destination(call, tx, &destination)?;
        destinations::put(tx, &destination)?;
        Ok(PutDestinationResponse { destination: Some(show(destination)) })
    }
}

/// Says who may subscribe to a destination.
pub struct PutDestinationPolicy;

impl Operation for PutDestinationPolicy {
    shape!(PUT_DESTINATION_POLICY: PutDestinationPolicyRequest -> PutDestinationPolicyResponse on Destination);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Destination>> {
        lookup(call, tx, &input.destination_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Destination>) -> Access {
        own_access("logs:PutDestinationPolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut destination: Destination,
        input: &Self::Input,
    ) -> Result<PutDestinationPolicyResponse> {
        require_policy(&input.access_policy)?;
        destination.policy = Some(input.access_policy.clone());
        destinations::put(tx, &destination)?;
        Ok(PutDestinationPolicyResponse {})
    }
}

/// Requires a document that the policy engine can read.
///
/// # Errors
/// `InvalidParameterException`.
pub fn require_policy(text: &str) -> Result<()> {
    match Policy::parse(text, PolicyKind::Resource(ResourceService::Generic)) {
        Ok(_) => Ok(()),
        Err(error) => Err(errors::invalid(error.message())),
    }
}

/// Describes destinations.
pub struct DescribeDestinations;

impl Operation for DescribeDestinations {
    shape!(DESCRIBE_DESTINATIONS: DescribeDestinationsRequest -> DescribeDestinationsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:DescribeDestinations")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<DescribeDestinationsResponse> {
        let mut found = destinations::list(tx.reads(), &call.account, &call.region)?;
        if let Some(prefix) = &input.destination_name_prefix {
            found.retain(|destination| destination.name.starts_with(prefix));
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |destination| destination.name.clone(), &asked)?;
        Ok(DescribeDestinationsResponse {
            destinations: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}

/// Removes a destination. Subscriptions to it lead nowhere then.
pub struct DeleteDestination;

impl Operation for DeleteDestination {
    shape!(DELETE_DESTINATION: DeleteDestinationRequest -> DeleteDestinationResponse on Destination);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Destination>> {
        lookup(call, tx, &input.destination_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Destination>) -> Access {
        own_access("logs:DeleteDestination", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        destination: Destination,
        _: &Self::Input,
    ) -> Result<DeleteDestinationResponse> {
        destinations::remove(tx, &destination);
        Ok(DeleteDestinationResponse {})
    }
}
