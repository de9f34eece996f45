//! Sessions of users.

use crate::{durations, errors, issue, mfa, who};
use kage_api_sts::types::GetSessionTokenResponse;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Session, Tx};
use kage_identity::mfa::Device;

/// Makes a session of the calling user.
pub struct GetSessionToken;

impl Operation for GetSessionToken {
    shape!(GET_SESSION_TOKEN: GetSessionTokenRequest -> GetSessionTokenResponse on Option<Device>);

    const RECORDING: Recording = crate::SESSION_RECORDING;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Device>>> {
        who::require_long_term(call)?;
        let device = mfa::accepted(call, tx, input.serial_number.as_ref(), input.token_code.as_ref())?;
        Ok(Lookup::Found(device))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<Option<Device>>) -> Access {
        Access::open("AWS: STS API reference, GetSessionToken, Permissions: no permissions are required")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        device: Option<Device>,
        input: &Self::Input,
    ) -> Result<GetSessionTokenResponse> {
        if input.minimum_session_token_size.is_some() {
            return Err(errors::not_modelled("MinimumSessionTokenSize"));
        }
        if let Some(device) = &device {
            kage_identity::mfa::put(tx, device)?;
        }
        let seconds = durations::of_user(call, input.duration_seconds);
        let facts = Session { mfa_at: device.map(|_| call.now.milliseconds()), ..Session::default() };
        let credentials = issue::credentials(call, tx, call.caller.clone(), seconds, facts)?;
        Ok(GetSessionTokenResponse { credentials: Some(credentials), ..GetSessionTokenResponse::default() })
    }
}
