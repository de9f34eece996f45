//! Aliases: made, moved, deleted, listed. Every change needs permission on the alias and on the keys (rule 141).

use crate::aliases::{self, Alias};
use crate::errors;
use crate::named::{self, Named, with_call_keys};
use crate::pages::{self, Asked};
use crate::view;
use kage_api_kms::types::{
    CreateAliasResponse, DeleteAliasResponse, ListAliasesResponse, UpdateAliasResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: KMS developer guide, "Resource quotas": aliases of one key.
const ALIASES_MAX: usize = 50;

fn on_alias(call: &Call<'_>, action: &str, name: &str) -> Access {
    with_call_keys(call, Access::to(action, aliases::arn(&call.account, &call.region, name)))
}

fn require_room(target: &Named) -> Result<()> {
    if target.aliases.len() >= ALIASES_MAX {
        return Err(errors::limit(format!(
            "{} has reached the limit of {ALIASES_MAX} aliases.",
            target.key.arn()
        )));
    }
    Ok(())
}

/// Gives a key another name.
pub struct CreateAlias;

impl Operation for CreateAlias {
    shape!(CREATE_ALIAS: CreateAliasRequest -> CreateAliasResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        aliases::require_name(&input.alias_name)?;
        named::lookup_key(call, tx, &input.target_key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        on_alias(call, "kms:CreateAlias", &input.alias_name).and(named::own_access(
            call,
            "kms:CreateAlias",
            target,
        ))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<CreateAliasResponse> {
        let name = &input.alias_name;
        if aliases::find(tx.reads(), &call.account, &call.region, name)?.is_some() {
            return Err(errors::alias_exists(&aliases::arn(&call.account, &call.region, name)));
        }
        target.key.require_kept()?;
        require_room(&target)?;
        let now = call.now.milliseconds();
        let alias = Alias {
            account: call.account.clone(),
            region: call.region.clone(),
            name: name.clone(),
            key: target.key.id,
            created: now,
            updated: now,
        };
        aliases::put(tx, &alias)?;
        Ok(CreateAliasResponse {})
    }
}

/// An alias with its key.
pub struct Bound {
    alias: Alias,
    key: Lookup<Named>,
}

fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Bound>> {
    Ok(match aliases::find(tx.reads(), &call.account, &call.region, name)? {
        Some(alias) => {
            let key = named::by_id(tx, &alias.account, &alias.region, &alias.key)?;
            Lookup::Found(Bound { alias, key })
        }
        None => {
            let arn = aliases::arn(&call.account, &call.region, name);
            Lookup::missing(arn.clone(), errors::no_alias(&arn))
        }
    })
}

/// Gives an alias another key.
pub struct UpdateAlias;

/// An alias with its key and the next one.
pub struct Move {
    bound: Bound,
    to: Lookup<Named>,
}

impl Operation for UpdateAlias {
    shape!(UPDATE_ALIAS: UpdateAliasRequest -> UpdateAliasResponse on Move);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Move>> {
        aliases::require_name(&input.alias_name)?;
        let to = named::lookup_key(call, tx, &input.target_key_id)?;
        Ok(lookup(call, tx, &input.alias_name)?.map(|bound| Move { bound, to }))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Move>) -> Access {
        let access = on_alias(call, "kms:UpdateAlias", &input.alias_name);
        let Some(found) = target.found() else { return access };
        access.and(named::own_access(call, "kms:UpdateAlias", &found.bound.key)).and(named::own_access(
            call,
            "kms:UpdateAlias",
            &found.to,
        ))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Move, _: &Self::Input) -> Result<UpdateAliasResponse> {
        let to = target.to.require()?;
        to.key.require_kept()?;
        if let Some(old) = target.bound.key.found() {
            old.key.require_kept()?;
        }
        let mut alias = target.bound.alias;
        if alias.key != to.key.id {
            require_room(&to)?;
        }
        alias.key = to.key.id;
        alias.updated = call.now.milliseconds();
        aliases::put(tx, &alias)?;
        Ok(UpdateAliasResponse {})
    }
}

/// Deletes an alias. Its key stays.
pub struct DeleteAlias;

impl Operation for DeleteAlias {
    shape!(DELETE_ALIAS: DeleteAliasRequest -> DeleteAliasResponse on Bound);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bound>> {
        aliases::require_name(&input.alias_name)?;
        lookup(call, tx, &input.alias_name)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Bound>) -> Access {
        let access = on_alias(call, "kms:DeleteAlias", &input.alias_name);
        match target.found() {
            Some(bound) => access.and(named::own_access(call, "kms:DeleteAlias", &bound.key)),
            None => access,
        }
    }

    fn run(_: &Call<'_>, tx: &mut Tx, bound: Bound, _: &Self::Input) -> Result<DeleteAliasResponse> {
        let Alias { account, region, name, .. } = &bound.alias;
        aliases::remove(tx, account, region, name);
        Ok(DeleteAliasResponse {})
    }
}

/// Lists aliases of the account, or of one key.
pub struct ListAliases;

impl Operation for ListAliases {
    shape!(LIST_ALIASES: ListAliasesRequest -> ListAliasesResponse on Option<Lookup<Named>>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Lookup<Named>>>> {
        let key = input.key_id.as_deref().map(|id| named::lookup_key(call, tx, id)).transpose()?;
        Ok(Lookup::Found(key))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<Option<Lookup<Named>>>) -> Access {
        // AWS: KMS API reference, ListAliases: `kms:ListAliases` in an IAM policy; it has no resource.
        with_call_keys(call, Access::any("kms:ListAliases"))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        key: Option<Lookup<Named>>,
        input: &Self::Input,
    ) -> Result<ListAliasesResponse> {
        let mut all = aliases::list(tx.reads(), &call.account, &call.region)?;
        if let Some(key) = key {
            let key = key.require()?.key;
            all.retain(|alias| alias.account == key.account && alias.key == key.id);
        }
        // AWS: KMS API reference, `Limit`: 50 unless told.
        let asked = Asked { marker: input.marker.as_deref(), limit: input.limit, default: 50 };
        let cut = pages::cut(call, all, |alias| alias.name.clone(), &asked)?;
        Ok(ListAliasesResponse {
            aliases: Some(cut.items.iter().map(view::alias).collect()),
            next_marker: cut.next_marker,
            truncated: cut.truncated,
        })
    }
}
