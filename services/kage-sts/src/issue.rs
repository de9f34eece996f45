//! Making temporary credentials.

use kage_api_sts::types::Credentials;
use kage_core::{Call, Caller, Result, Session, Tx};
use kage_identity::sessions::{self, StoredSession};

/// How the token of every session begins.
const TOKEN_HEAD: &str = "FwoGZXIvYXdzE";
/// Length of the random rest. AWS: IAM user guide: the size of a token is not fixed; this is that of a short one.
const TOKEN_REST: usize = 343;

/// Makes credentials for `caller` that live for `seconds` from now, with these further facts.
///
/// # Errors
/// Those of the store.
pub fn credentials(
    call: &Call<'_>,
    tx: &mut Tx,
    caller: Caller,
    seconds: i32,
    facts: Session,
) -> Result<Credentials> {
    let issued = call.now.whole_seconds();
    let expires = issued.plus_ms(i64::from(seconds).saturating_mul(1_000));
    let access_key = call.ids().principal_id("ASIA", &caller.account);
    let session = Session { issued: issued.milliseconds(), expires: expires.milliseconds(), ..facts };
    let stored = StoredSession {
        access_key: access_key.clone(),
        secret: call.ids().secret_key(),
        token: format!("{TOKEN_HEAD}{}", call.ids().token(TOKEN_REST)),
        caller: Caller { access_key: Some(access_key.clone()), session: Some(session), ..caller },
        expires: expires.milliseconds(),
    };
    sessions::put(tx, &stored)?;
    Ok(Credentials {
        access_key_id: access_key,
        secret_access_key: stored.secret,
        session_token: stored.token,
        expiration: expires,
    })
}
