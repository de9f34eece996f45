//! Sessions of execution roles: real ones of STS, kept until shortly before they end.

use crate::errors;
use kage_core::{Call, Error, Result, SandboxCredentials, ServiceRole, Tx};
use kage_identity::sessions;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const SESSIONS: Table<Kept> = Table::new("lambda.sessions");
/// A session is used as long as it lasts this much longer, in milliseconds: the longest function fits in.
const LEFT_MIN: i64 = 16 * 60_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    access_key: String,
    role: String,
    /// Unique id of the role: a role made again is another one.
    role_id: String,
}

/// Refuses a role that Lambda may not assume for this function; its session is kept for the first invocation.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn require_assumable(call: &Call<'_>, tx: &mut Tx, role: &ServiceRole) -> Result<()> {
    assume(call, tx, role).map(|_| ()).map_err(|error| match error.status {
        500.. => error,
        _ => errors::role_not_assumable(),
    })
}

/// The access key of a session of the execution role.
///
/// # Errors
/// When Lambda may not assume the role (any more).
pub fn current(call: &Call<'_>, tx: &mut Tx, role: &ServiceRole) -> Result<String> {
    let function = role.source_arn.as_deref().unwrap_or_default();
    if let Some(kept) = SESSIONS.get(tx.reads(), &row(&[function]))?.filter(|kept| kept.role == role.role_arn)
        && let Some(session) = sessions::find(tx.reads(), &kept.access_key)?
        && session.expires.saturating_sub(call.now.milliseconds()) > LEFT_MIN
        && role_id(tx, &role.role_arn)?.as_deref() == Some(&kept.role_id)
    {
        return Ok(kept.access_key);
    }
    assume(call, tx, role).map_err(|error| match error.status {
        500.. => error,
        _ => errors::role_lost(),
    })
}

fn assume(call: &Call<'_>, tx: &mut Tx, role: &ServiceRole) -> Result<String> {
    let access_key = call.assume(tx, role)?;
    let role_id = role_id(tx, &role.role_arn)?.unwrap_or_default();
    let kept = Kept { access_key: access_key.clone(), role: role.role_arn.clone(), role_id };
    let function = role.source_arn.as_deref().unwrap_or_default();
    SESSIONS.put(tx.writer(), &row(&[function]), &kept)?;
    Ok(access_key)
}

fn role_id(tx: &Tx, arn: &str) -> Result<Option<String>> {
    let Some(arn) = kage_core::Arn::parse(arn) else { return Ok(None) };
    let name = arn.resource.rsplit('/').next().unwrap_or_default();
    Ok(kage_identity::roles::find(tx.reads(), &arn.account, name)?.map(|role| role.id))
}

/// The credentials of a session, for the function itself.
///
/// # Errors
/// Those of the store.
pub fn credentials(tx: &Tx, access_key: &str) -> Result<SandboxCredentials> {
    let session = sessions::find(tx.reads(), access_key)?;
    let session = session.ok_or_else(|| Error::internal("a session that STS made is not there"))?;
    Ok(SandboxCredentials { access_key: session.access_key, secret: session.secret, token: session.token })
}
