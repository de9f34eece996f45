//! Who calls, whose key is this, and why was that refused.

use crate::{errors, who};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_sts::types::{
    DecodeAuthorizationMessageResponse, GetAccessKeyInfoResponse, GetCallerIdentityResponse,
};
use kage_core::{Access, Call, Ids, Lookup, Operation, Recording, Result, Tx};

/// Tells who calls.
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    shape!(GET_CALLER_IDENTITY: GetCallerIdentityRequest -> GetCallerIdentityResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::open(
            "AWS: STS API reference, GetCallerIdentity: no permissions are required, even against a Deny",
        )
    }

    fn run(call: &Call<'_>, _: &mut Tx, (): (), _: &Self::Input) -> Result<GetCallerIdentityResponse> {
        Ok(GetCallerIdentityResponse {
            user_id: Some(call.caller.id.clone()),
            account: Some(call.caller.account.clone()),
            arn: Some(call.caller.arn.clone()),
        })
    }
}

/// Tells the account of an access key, of any account.
pub struct GetAccessKeyInfo;

impl Operation for GetAccessKeyInfo {
    shape!(GET_ACCESS_KEY_INFO: GetAccessKeyInfoRequest -> GetAccessKeyInfoResponse on ());

    fn resolve(call: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        who::require_no_user_session(call)?;
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("sts:GetAccessKeyInfo")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<GetAccessKeyInfoResponse> {
        // AWS: STS API reference, GetAccessKeyInfo: keys of any state, of users (AKIA) and of sessions (ASIA).
        let id = &input.access_key_id;
        let is_key = id.starts_with("AKIA") || id.starts_with("ASIA");
        match Ids::account_of_key(id).filter(|_| is_key) {
            Some(account) => Ok(GetAccessKeyInfoResponse { account: Some(account) }),
            // The text is not recorded.
            None => Err(errors::validation(format!("Invalid access key ID: {id}"))),
        }
    }
}

/// Opens the encoded message of a refusal.
pub struct DecodeAuthorizationMessage;

impl Operation for DecodeAuthorizationMessage {
    shape!(DECODE_AUTHORIZATION_MESSAGE: DecodeAuthorizationMessageRequest -> DecodeAuthorizationMessageResponse on ());

    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        who::require_no_user_session(call)?;
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("sts:DecodeAuthorizationMessage")
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<DecodeAuthorizationMessageResponse> {
        let sealed = STANDARD.decode(&input.encoded_message).map_err(|_| errors::bad_message())?;
        let opened =
            kage_core::open_message(tx.reads(), &sealed).and_then(|text| String::from_utf8(text).ok());
        match opened {
            Some(text) => Ok(DecodeAuthorizationMessageResponse { decoded_message: Some(text) }),
            None => Err(errors::bad_message()),
        }
    }
}
