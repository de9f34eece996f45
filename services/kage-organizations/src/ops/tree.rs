//! The tree: who is under whom.

use crate::place::{self, Kind, Place};
use crate::scope::{Scoped, Who};
use crate::{errors, pages, view};
use kage_api_organizations::types::{
    Child, ListAccountsForParentResponse, ListChildrenResponse, ListOrganizationalUnitsForParentResponse,
    ListParentsResponse, Parent,
};
use kage_core::{Access, Call, Lookup, Operation, Page, Result, Tx};
use kage_identity::organization::Node;

fn parent(call: &Call<'_>, tx: &Tx, id: &str) -> Result<Lookup<Scoped<Place>>> {
    place::named(call, tx, Who::Administrators, id, &[Kind::Root, Kind::Unit], errors::no_parent)
}

fn under(
    call: &Call<'_>,
    tx: &Tx,
    scoped: &Scoped<Place>,
    kind: &str,
    token: Option<&str>,
    max: Option<i32>,
) -> Result<Page<Node>> {
    let mut all = place::children(tx, &scoped.organization, &scoped.item.node.id)?;
    all.retain(|node| Kind::of(&node.id).name() == kind);
    pages::cut(call, all, |node| node.id.clone(), token, max)
}

/// Lists the accounts directly under a root or unit.
pub struct ListAccountsForParent;

impl Operation for ListAccountsForParent {
    shape!(LIST_ACCOUNTS_FOR_PARENT: ListAccountsForParentRequest -> ListAccountsForParentResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        parent(call, tx, &input.parent_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListAccountsForParent", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListAccountsForParentResponse> {
        let page = under(call, tx, &scoped, "ACCOUNT", input.next_token.as_deref(), input.max_results)?;
        let shown = page.items.iter().map(|node| view::account(tx, &scoped.organization, node));
        Ok(ListAccountsForParentResponse {
            accounts: Some(shown.collect::<Result<_>>()?),
            next_token: page.next,
        })
    }
}

/// Lists the units directly under a root or unit.
pub struct ListOrganizationalUnitsForParent;

impl Operation for ListOrganizationalUnitsForParent {
    shape!(LIST_ORGANIZATIONAL_UNITS_FOR_PARENT: ListOrganizationalUnitsForParentRequest -> ListOrganizationalUnitsForParentResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        parent(call, tx, &input.parent_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListOrganizationalUnitsForParent", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListOrganizationalUnitsForParentResponse> {
        let token = input.next_token.as_deref();
        let page = under(call, tx, &scoped, "ORGANIZATIONAL_UNIT", token, input.max_results)?;
        let shown = page.items.iter().map(|node| view::unit(tx, &scoped.organization, node));
        Ok(ListOrganizationalUnitsForParentResponse {
            organizational_units: Some(shown.collect::<Result<_>>()?),
            next_token: page.next,
        })
    }
}

/// Lists ids of what is directly under a root or unit.
pub struct ListChildren;

impl Operation for ListChildren {
    shape!(LIST_CHILDREN: ListChildrenRequest -> ListChildrenResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        parent(call, tx, &input.parent_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListChildren", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListChildrenResponse> {
        let token = input.next_token.as_deref();
        let page = under(call, tx, &scoped, &input.child_type, token, input.max_results)?;
        let child = |node: Node| Child { id: Some(node.id), r#type: Some(input.child_type.clone()) };
        Ok(ListChildrenResponse {
            children: Some(page.items.into_iter().map(child).collect()),
            next_token: page.next,
        })
    }
}

/// Shows what an account or unit is directly under.
pub struct ListParents;

impl Operation for ListParents {
    shape!(LIST_PARENTS: ListParentsRequest -> ListParentsResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        let kinds = [Kind::Account, Kind::Unit];
        place::named(call, tx, Who::Administrators, &input.child_id, &kinds, errors::no_child)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListParents", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListParentsResponse> {
        let found = scoped.item.node.parent;
        let page = pages::cut(call, found, String::clone, input.next_token.as_deref(), input.max_results)?;
        let parent = |id: String| Parent { r#type: Some(Kind::of(&id).name().to_owned()), id: Some(id) };
        Ok(ListParentsResponse {
            parents: Some(page.items.into_iter().map(parent).collect()),
            next_token: page.next,
        })
    }
}
