//! Member accounts.

use crate::place::{self, Kind, Place};
use crate::scope::{self, Scoped, Who};
use crate::{errors, jobs, pages, view};
use kage_api_organizations::types::{
    CloseAccountResponse, DescribeAccountResponse, ListAccountsResponse, MoveAccountResponse,
    RemoveAccountFromOrganizationResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::{accounts, organization};

/// AWS: Organizations API reference, RemoveAccountFromOrganization, WAIT_PERIOD_ACTIVE: "you must wait until at least four
/// days after the account was created"; in milliseconds.
const WAIT_MS: i64 = 4 * 86_400_000;

fn account(call: &Call<'_>, tx: &Tx, who: Who, id: &str) -> Result<Lookup<Scoped<Place>>> {
    place::named(call, tx, who, id, &[Kind::Account], errors::no_account)
}

/// Lists all accounts of the organization.
pub struct ListAccounts;

impl Operation for ListAccounts {
    shape!(LIST_ACCOUNTS: ListAccountsRequest -> ListAccountsResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListAccounts", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListAccountsResponse> {
        let mut all = organization::nodes(tx.reads(), &scoped.organization.id)?;
        all.retain(|node| Kind::of(&node.id) == Kind::Account);
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |node| node.id.clone(), token, input.max_results)?;
        let shown = page.items.iter().map(|node| view::account(tx, &scoped.organization, node));
        Ok(ListAccountsResponse { accounts: Some(shown.collect::<Result<_>>()?), next_token: page.next })
    }
}

/// Shows an account.
pub struct DescribeAccount;

impl Operation for DescribeAccount {
    shape!(DESCRIBE_ACCOUNT: DescribeAccountRequest -> DescribeAccountResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Administrators, &input.account_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:DescribeAccount", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        _: &Self::Input,
    ) -> Result<DescribeAccountResponse> {
        let shown = view::account(tx, &scoped.organization, &scoped.item.node)?;
        Ok(DescribeAccountResponse { account: Some(shown) })
    }
}

/// What a move names: the account, where it is, and where it goes.
pub struct Move {
    account: Lookup<Place>,
    source: Lookup<Place>,
    destination: Lookup<Place>,
}

/// Moves an account to another parent.
pub struct MoveAccount;

impl Operation for MoveAccount {
    shape!(MOVE_ACCOUNT: MoveAccountRequest -> MoveAccountResponse on Scoped<Move>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Move>>> {
        scope::within(call, tx, Who::Management, &input.account_id, errors::no_account, |organization| {
            let find = |id: &str, kinds: &[Kind], missing: fn() -> kage_core::Error| {
                let found = place::find(tx, organization, id)?;
                Ok::<_, kage_core::Error>(
                    match found.filter(|place| kinds.contains(&Kind::of(&place.node.id))) {
                        Some(place) => Lookup::Found(place),
                        None => Lookup::missing(place::arn(organization, id), missing()),
                    },
                )
            };
            let parents = [Kind::Root, Kind::Unit];
            Ok(Some(Move {
                account: find(&input.account_id, &[Kind::Account], errors::no_account)?,
                source: find(&input.source_parent_id, &parents, errors::no_source)?,
                destination: find(&input.destination_parent_id, &parents, errors::no_destination)?,
            }))
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Move>>) -> Access {
        let action = "organizations:MoveAccount";
        match target {
            Lookup::Found(Scoped { item, .. }) => Access::on(action, &item.account)
                .and(Access::on(action, &item.source))
                .and(Access::on(action, &item.destination)),
            Lookup::Missing { arn, .. } => Access::to(action, arn.clone()),
        }
    }

    fn run(_: &Call<'_>, tx: &mut Tx, scoped: Scoped<Move>, _: &Self::Input) -> Result<MoveAccountResponse> {
        let mut node = scoped.item.account.require()?.node;
        let source = scoped.item.source.require()?.node.id;
        let destination = scoped.item.destination.require()?.node.id;
        if node.parent.as_ref() == Some(&destination) {
            return Err(errors::duplicate_account());
        }
        if node.parent.as_ref() != Some(&source) {
            return Err(errors::no_source());
        }
        node.parent = Some(destination);
        organization::put_node(tx, &node)?;
        Ok(MoveAccountResponse {})
    }
}

/// Closes a member account.
pub struct CloseAccount;

impl Operation for CloseAccount {
    shape!(CLOSE_ACCOUNT: CloseAccountRequest -> CloseAccountResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Management, &input.account_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:CloseAccount", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<CloseAccountResponse> {
        if input.account_id == scoped.organization.management {
            return Err(errors::constraint(
                "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
                "You attempted to close the management account.",
            ));
        }
        let Some(mut account) = accounts::find(tx.reads(), &input.account_id)? else {
            return Err(errors::no_account());
        };
        if account.status != "ACTIVE" {
            return Err(errors::already_closed());
        }
        account.status = "PENDING_CLOSURE".to_owned();
        accounts::put(tx, &account)?;
        jobs::plan_closure(tx, &account.id, call.now)?;
        Ok(CloseAccountResponse {})
    }
}

/// Takes a member account out of the organization.
pub struct RemoveAccountFromOrganization;

impl Operation for RemoveAccountFromOrganization {
    shape!(REMOVE_ACCOUNT_FROM_ORGANIZATION: RemoveAccountFromOrganizationRequest -> RemoveAccountFromOrganizationResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Management, &input.account_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:RemoveAccountFromOrganization", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<RemoveAccountFromOrganizationResponse> {
        let Scoped { organization, item: Place { node, .. } } = scoped;
        if input.account_id == organization.management {
            return Err(errors::master_cannot_leave());
        }
        if organization.delegated.contains_key(&input.account_id) {
            return Err(errors::constraint(
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                "You attempted to remove an account that is registered as a delegated administrator for a service integrated with your organization.",
            ));
        }
        let young = |(joined, how): &(i64, String)| {
            how == "CREATED" && call.now.milliseconds().saturating_sub(*joined) < WAIT_MS
        };
        if node.joined.as_ref().is_some_and(young) {
            return Err(errors::constraint(
                "WAIT_PERIOD_ACTIVE",
                "After you create an AWS account, you must wait until at least four days after the account was created.",
            ));
        }
        organization::remove_node(tx, &node.id)?;
        kage_record::logging::leave(tx, &node.id)?;
        Ok(RemoveAccountFromOrganizationResponse {})
    }
}
