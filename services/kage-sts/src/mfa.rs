//! Multi-factor authentication with a request for a session.

use crate::errors;
use kage_core::{Access, Call, CallerKind, Result, Tx};
use kage_identity::mfa::{self, Device};

/// The device whose code came with the request; it must be written back, for no code counts twice.
///
/// # Errors
/// `AccessDenied` for half of the parameters, a device of somebody else and a wrong code.
pub fn accepted(
    call: &Call<'_>,
    tx: &Tx,
    serial: Option<&String>,
    code: Option<&String>,
) -> Result<Option<Device>> {
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(None),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(errors::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ));
        }
    };
    let found = mfa::find(tx.reads(), &call.caller.account, serial)?;
    let owned = found.filter(|device| match &call.caller.kind {
        CallerKind::User { name } => device.enabled.is_some() && device.user.as_ref() == Some(name),
        _ => false,
    });
    let Some(mut device) = owned else {
        return Err(errors::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        ));
    };
    if !device.accept(code, call.now.milliseconds()) {
        return Err(errors::denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "));
    }
    Ok(Some(device))
}

/// The permission asked last, with the keys of a code that was accepted with this very request.
/// AWS: IAM user guide, "Secure API access with MFA".
#[must_use]
pub fn keys(access: Access, device: Option<&Device>) -> Access {
    match device {
        Some(_) => access.key("aws:MultiFactorAuthPresent", "true").key("aws:MultiFactorAuthAge", "0"),
        None => access,
    }
}
