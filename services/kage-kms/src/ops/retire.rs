//! The end of grants: `RetireGrant`, `RevokeGrant`, and `ListRetirableGrants`.

use super::crypto;
use super::grants::is_for_aws_resource;
use crate::grant::Grant;
use crate::named::{self, Named, with_call_keys};
use crate::pages::{self, Asked};
use crate::{errors, grants, view};
use kage_api_kms::types::{ListGrantsResponse, RetireGrantResponse, RevokeGrantResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};

/// A grant with its key.
pub struct Ending {
    key: Lookup<Named>,
    grant: Option<Grant>,
    id: String,
}

impl Ending {
    fn end(self, tx: &mut Tx, dry_run: Option<bool>) -> Result<()> {
        self.key.require()?;
        let missing = || -> Error { errors::no_grant(&self.id) };
        let grant = self.grant.as_ref().ok_or_else(missing)?;
        crypto::require_wet(dry_run)?;
        grants::remove(tx, grant);
        Ok(())
    }
}

fn lookup(call: &Call<'_>, tx: &Tx, key_id: &str, grant_id: &str) -> Result<Lookup<Ending>> {
    let key = named::lookup_key(call, tx, key_id)?;
    let grant = key.found().and_then(|named| named.grants.iter().find(|grant| grant.id == grant_id)).cloned();
    Ok(Lookup::Found(Ending { key, grant, id: grant_id.to_owned() }))
}

/// Ends a grant because it is no longer needed (rule 138).
pub struct RetireGrant;

impl Operation for RetireGrant {
    shape!(RETIRE_GRANT: RetireGrantRequest -> RetireGrantResponse on Ending);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Ending>> {
        match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => {
                let found = grants::by_token(tx.reads(), token)?.filter(|grant| grant.region == call.region);
                let grant = found.ok_or_else(errors::invalid_grant_token)?;
                let key = named::by_id(tx, &grant.account, &grant.region, &grant.key)?;
                Ok(Lookup::Found(Ending { key, id: grant.id.clone(), grant: Some(grant) }))
            }
            (None, Some(key), Some(grant)) => lookup(call, tx, key, grant),
            _ => Err(errors::validation("Specify a grant token, or both a key ID and a grant ID.")),
        }
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Ending>) -> Access {
        let Some(ending) = target.found() else { return Access::any("kms:RetireGrant") };
        let access = named::access(call, "kms:RetireGrant", &ending.key);
        match ending.grant.as_ref().filter(|grant| grant.may_be_retired_by(call)) {
            Some(grant) => access.extra_allow(format!("grant {}", grant.id)),
            None => access,
        }
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Ending, input: &Self::Input) -> Result<RetireGrantResponse> {
        target.end(tx, input.dry_run)?;
        Ok(RetireGrantResponse {})
    }
}

/// Ends a grant to stop its use.
pub struct RevokeGrant;

impl Operation for RevokeGrant {
    shape!(REVOKE_GRANT: RevokeGrantRequest -> RevokeGrantResponse on Ending);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Ending>> {
        lookup(call, tx, &input.key_id, &input.grant_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Ending>) -> Access {
        let Some(ending) = target.found() else { return Access::any("kms:RevokeGrant") };
        named::access(call, "kms:RevokeGrant", &ending.key)
            .key("kms:GrantIsForAWSResource", is_for_aws_resource(call))
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Ending, input: &Self::Input) -> Result<RevokeGrantResponse> {
        target.end(tx, input.dry_run)?;
        Ok(RevokeGrantResponse {})
    }
}

/// Lists the grants that a principal may retire.
pub struct ListRetirableGrants;

impl Operation for ListRetirableGrants {
    shape!(LIST_RETIRABLE_GRANTS: ListRetirableGrantsRequest -> ListGrantsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        with_call_keys(call, Access::any("kms:ListRetirableGrants"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListGrantsResponse> {
        let wanted = match (&input.retiring_principal, &input.retiring_service_principal) {
            (Some(name), None) | (None, Some(name)) => name,
            _ => return Err(errors::validation("A retiring principal must be specified.")),
        };
        let mut all = grants::in_region(tx.reads(), &call.region)?;
        // AWS: KMS API reference, ListRetirableGrants: the principal must be in the caller's account.
        let own = format!("::{}:", call.account);
        all.retain(|grant| {
            let retiring = grant.retiring.as_ref().map(crate::grant::Party::name);
            retiring == Some(wanted) && (wanted.contains(&own) || input.retiring_service_principal.is_some())
        });
        all.sort_by(|a, b| a.id.cmp(&b.id));
        // AWS: KMS API reference, `Limit`: 50 unless told.
        let asked = Asked { marker: input.marker.as_deref(), limit: input.limit, default: 50 };
        let cut = pages::cut(call, all, |grant| grant.id.clone(), &asked)?;
        Ok(ListGrantsResponse {
            grants: Some(cut.items.iter().map(view::grant).collect()),
            next_marker: cut.next_marker,
            truncated: cut.truncated,
        })
    }
}
