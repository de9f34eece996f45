//! The public keys of digests.

use crate::{errors, signing_keys};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::{Blob, Timestamp};

/// The keys of this Region that were in use during a time; without one, the key of now.
/// AWS: API reference, ListPublicKeys.
pub struct ListPublicKeys;

impl Operation for ListPublicKeys {
    shape!(LIST_PUBLIC_KEYS: ListPublicKeysRequest -> ListPublicKeysResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:ListPublicKeys")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        if input.next_token.is_some() {
            return Err(errors::token());
        }
        let start = input.start_time.unwrap_or(call.now).milliseconds();
        let end = input.end_time.unwrap_or(call.now).milliseconds();
        if start > end {
            return Err(errors::time_range());
        }
        // A Region has a key before its first digest.
        signing_keys::current(call, tx, &call.region)?;
        let keys = signing_keys::of_region(tx.reads(), &call.region)?;
        let list = keys.into_iter().filter(|key| key.from <= end && start < key.until);
        let list = list.map(|key| api::PublicKey {
            value: Some(Blob(key.public)),
            validity_start_time: Some(Timestamp(key.from)),
            validity_end_time: Some(Timestamp(key.until)),
            fingerprint: Some(key.fingerprint),
        });
        Ok(api::ListPublicKeysResponse { public_key_list: Some(list.collect()), next_token: None })
    }
}
