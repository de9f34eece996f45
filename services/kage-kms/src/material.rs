//! Key material: made, wrapped and unwrapped. It is in the clear only while one call uses it.

use crate::key::Backing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, Error, Result, Tx};

/// The name of the double's secret that wraps all key material.
const MASTER: &str = "kms-master";

/// Makes new key material.
///
/// # Errors
/// Those of the store.
pub fn generate(call: &Call<'_>, tx: &mut Tx) -> Result<Backing> {
    let master = kage_core::secret(tx, call.world, MASTER)?;
    let wrapped = kage_core::seal(&master, call.rng().bytes(), &call.rng().bytes::<32>())
        .ok_or_else(|| Error::internal("key material could not be wrapped"))?;
    Ok(Backing {
        id: call.ids().hex(64),
        wrapped: STANDARD.encode(wrapped),
        created: call.now.milliseconds(),
    })
}

/// Unwraps key material.
///
/// # Errors
/// HTTP 500 when it was changed behind the double's back.
pub fn open(call: &Call<'_>, tx: &mut Tx, backing: &Backing) -> Result<[u8; 32]> {
    let master = kage_core::secret(tx, call.world, MASTER)?;
    STANDARD
        .decode(&backing.wrapped)
        .ok()
        .and_then(|sealed| kage_core::open(&master, &sealed))
        .and_then(|plain| plain.try_into().ok())
        .ok_or_else(|| Error::internal("key material could not be unwrapped"))
}
