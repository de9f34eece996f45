//! The organization and its root.

use crate::place::{self, Kind};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, view};
use kage_api_organizations::types::{
    CreateOrganizationResponse, DeleteOrganizationResponse, DescribeOrganizationResponse, ListRootsResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::{genesis, organization};

/// Makes an organization of the caller's account.
pub struct CreateOrganization;

impl Operation for CreateOrganization {
    shape!(CREATE_ORGANIZATION: CreateOrganizationRequest -> CreateOrganizationResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("organizations:CreateOrganization")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateOrganizationResponse> {
        if organization::of_account(tx.reads(), &call.account)?.is_some() {
            return Err(errors::already_in_organization());
        }
        genesis::create_organization(tx, call.world, &call.account, call.now.milliseconds())?;
        let Some(mut made) = organization::of_account(tx.reads(), &call.account)? else {
            return Err(kage_core::Error::internal("the new organization is not there"));
        };
        if let Some(feature_set) = &input.feature_set {
            made.feature_set.clone_from(feature_set);
            organization::put(tx, &made)?;
        }
        Ok(CreateOrganizationResponse { organization: Some(view::organization(tx, &made)?) })
    }
}

/// Shows the organization of the caller's account.
pub struct DescribeOrganization;

impl Operation for DescribeOrganization {
    shape!(DESCRIBE_ORGANIZATION: DescribeOrganizationRequest -> DescribeOrganizationResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Anyone)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:DescribeOrganization", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        _: &Self::Input,
    ) -> Result<DescribeOrganizationResponse> {
        let shown = view::organization(tx, &scoped.organization)?;
        Ok(DescribeOrganizationResponse { organization: Some(shown) })
    }
}

/// Removes an organization without members.
pub struct DeleteOrganization;

impl Operation for DeleteOrganization {
    shape!(DELETE_ORGANIZATION: DeleteOrganizationRequest -> DeleteOrganizationResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Management)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:DeleteOrganization", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        _: &Self::Input,
    ) -> Result<DeleteOrganizationResponse> {
        let organization = scoped.organization;
        let nodes = organization::nodes(tx.reads(), &organization.id)?;
        let member = |id: &str| Kind::of(id) == Kind::Account && id != organization.management;
        if nodes.iter().any(|node| member(&node.id)) {
            return Err(errors::organization_not_empty());
        }
        for node in &nodes {
            organization::remove_node(tx, &node.id)?;
        }
        for policy in organization::policies(tx.reads(), &organization.id)? {
            organization::remove_policy(tx, &organization.id, &policy.id)?;
        }
        organization::remove(tx, &organization.id)?;
        Ok(DeleteOrganizationResponse {})
    }
}

/// Shows the root, with the policy types that are enabled.
pub struct ListRoots;

impl Operation for ListRoots {
    shape!(LIST_ROOTS: ListRootsRequest -> ListRootsResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListRoots", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListRootsResponse> {
        let found = place::find(tx, &scoped.organization, &scoped.organization.root)?;
        let key = |place: &place::Place| place.node.id.clone();
        let page = pages::cut(call, found, key, input.next_token.as_deref(), input.max_results)?;
        let shown = page.items.iter().map(|place| view::root(&scoped.organization, &place.node.name));
        Ok(ListRootsResponse { roots: Some(shown.collect()), next_token: page.next })
    }
}
