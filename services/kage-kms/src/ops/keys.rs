//! Keys: shown, listed, enabled, disabled, described.

use crate::errors;
use crate::grant::Ask;
use crate::key::State;
use crate::named::{self, Named, with_call_keys};
use crate::pages::{self, Asked};
use crate::{grants, jobs, keys, view};
use kage_api_kms::types::{
    DescribeKeyResponse, DisableKeyResponse, EnableKeyResponse, KeyListEntry, ListKeysResponse,
    UpdateKeyDescriptionResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Shows a key.
pub struct DescribeKey;

impl Operation for DescribeKey {
    shape!(DESCRIBE_KEY: DescribeKeyRequest -> DescribeKeyResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        let access = named::access(call, "kms:DescribeKey", target);
        named::granted(access, call, target, Ask::Other("DescribeKey"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<DescribeKeyResponse> {
        grants::require_tokens(tx.reads(), input.grant_tokens.as_ref())?;
        let key = target.establish(call, tx)?;
        Ok(DescribeKeyResponse { key_metadata: Some(view::metadata(&key)) })
    }
}

/// Lists the keys of the account in the Region.
pub struct ListKeys;

impl Operation for ListKeys {
    shape!(LIST_KEYS: ListKeysRequest -> ListKeysResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        with_call_keys(call, Access::any("kms:ListKeys"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListKeysResponse> {
        let others =
            input.resource_owners.as_ref().filter(|owners| owners.iter().any(|owner| owner != "SELF"));
        errors::refuse(&others, "ResourceOwners OTHER_ACCOUNTS_VIA_RAM")?;
        let all = keys::list(tx.reads(), &call.account, &call.region)?;
        // AWS: KMS API reference, `Limit`: 100 unless told.
        let asked = Asked { marker: input.marker.as_deref(), limit: input.limit, default: 100 };
        let cut = pages::cut(call, all, |key| key.id.clone(), &asked)?;
        let entry =
            |key: &crate::key::Key| KeyListEntry { key_id: Some(key.id.clone()), key_arn: Some(key.arn()) };
        Ok(ListKeysResponse {
            keys: Some(cut.items.iter().map(entry).collect()),
            next_marker: cut.next_marker,
            truncated: cut.truncated,
        })
    }
}

/// Switches a key on.
pub struct EnableKey;

impl Operation for EnableKey {
    shape!(ENABLE_KEY: EnableKeyRequest -> EnableKeyResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:EnableKey", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, _: &Self::Input) -> Result<EnableKeyResponse> {
        let mut key = target.key;
        key.require_kept()?;
        key.state = State::Enabled;
        // A rotation that came due while the key was off takes place now.
        if let Some(rotation) = &mut key.rotation
            && rotation.next <= call.now.milliseconds()
        {
            rotation.next = call.now.milliseconds();
            jobs::plan_rotation(tx, &key)?;
        }
        keys::put(tx, &key)?;
        Ok(EnableKeyResponse {})
    }
}

/// Switches a key off.
pub struct DisableKey;

impl Operation for DisableKey {
    shape!(DISABLE_KEY: DisableKeyRequest -> DisableKeyResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:DisableKey", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, _: &Self::Input) -> Result<DisableKeyResponse> {
        let mut key = target.key;
        key.require_kept()?;
        key.state = State::Disabled;
        keys::put(tx, &key)?;
        Ok(DisableKeyResponse {})
    }
}

/// Says something else about a key.
pub struct UpdateKeyDescription;

impl Operation for UpdateKeyDescription {
    shape!(UPDATE_KEY_DESCRIPTION: UpdateKeyDescriptionRequest -> UpdateKeyDescriptionResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:UpdateKeyDescription", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<UpdateKeyDescriptionResponse> {
        let mut key = target.key;
        key.require_kept()?;
        key.description.clone_from(&input.description);
        keys::put(tx, &key)?;
        Ok(UpdateKeyDescriptionResponse {})
    }
}
