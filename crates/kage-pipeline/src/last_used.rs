//! When a key or a role was last used, which `GetAccessKeyLastUsed`, `GetRole` and the credential report show.

use kage_core::{Call, CallerKind, Result, Tx};
use kage_identity::{credentials, roles};

/// A key that is used again within this time, for the same service and Region, is not written again, in milliseconds.
/// AWS itself says that the value lags (IAM API reference, GetAccessKeyLastUsed).
const GRAIN_MS: i64 = 60_000;

/// Notes that the caller's key was used by this call.
///
/// # Errors
/// Those of the store.
pub fn note(call: &Call<'_>, tx: &mut Tx) -> Result<()> {
    let now = call.now.milliseconds();
    if let CallerKind::Role { role_id, .. } = &call.caller.kind {
        if let Some(mut role) = roles::find_by_id(tx.reads(), role_id)? {
            let known = role.last_used.as_ref();
            if known.is_none_or(|(at, region)| now - at >= GRAIN_MS || *region != call.region) {
                role.last_used = Some((now, call.region.clone()));
                roles::put(tx, &role)?;
            }
        }
        return Ok(());
    }
    let Some(id) = call.caller.access_key.as_deref().filter(|id| id.starts_with("AKIA")) else {
        return Ok(());
    };
    let Some(mut key) = credentials::find(tx.reads(), id)? else { return Ok(()) };
    let service = call.service.signing_name;
    let known = key.last_used.as_ref();
    let fresh = |(at, known_service, region): &(i64, String, String)| {
        now - at < GRAIN_MS && known_service == service && *region == call.region
    };
    if !known.is_some_and(fresh) {
        key.last_used = Some((now, service.to_owned(), call.region.clone()));
        credentials::put(tx, &key)?;
    }
    Ok(())
}
