//! Sessions of federated users.

use crate::session_tags::{self, SessionTags};
use crate::{durations, errors, issue, policies, who};
use kage_api_sts::types::{FederatedUser, GetFederationTokenRequest, GetFederationTokenResponse};
use kage_core::{Access, Arn, Call, Caller, CallerKind, Lookup, Operation, Recording, Result, Session, Tx};

/// Makes a session for somebody whom the calling user vouches for.
pub struct GetFederationToken;

impl Operation for GetFederationToken {
    shape!(GET_FEDERATION_TOKEN: GetFederationTokenRequest -> GetFederationTokenResponse on ());

    const RECORDING: Recording = crate::SESSION_RECORDING;

    fn resolve(call: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        who::require_long_term(call)?;
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let judged = |action: &str| {
            let tags = input.tags.iter().flatten().map(|tag| (tag.key.as_str(), tag.value.as_str()));
            Access::to(action, arn(call, input)).request_tags(tags)
        };
        let access = judged("sts:GetFederationToken");
        match &input.tags {
            Some(tags) if !tags.is_empty() => access.and(judged("sts:TagSession")),
            _ => access,
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<GetFederationTokenResponse> {
        if input.minimum_session_token_size.is_some() {
            return Err(errors::not_modelled("MinimumSessionTokenSize"));
        }
        let SessionTags { all, .. } = session_tags::merged(&call.caller, input.tags.as_ref(), None)?;
        let given = policies::checked(tx, &call.account, input.policy.as_ref(), input.policy_arns.as_ref())?;
        let packed_policy_size = policies::packed_percent(&given, &all)?;
        let seconds = durations::of_user(call, input.duration_seconds);
        let caller = Caller {
            kind: CallerKind::Federated {
                name: input.name.clone(),
                issuer_arn: call.caller.arn.clone(),
                issuer_id: call.caller.id.clone(),
            },
            account: call.account.clone(),
            arn: arn(call, input),
            id: format!("{}:{}", call.account, input.name),
            access_key: None,
            session: None,
        };
        let user = FederatedUser { federated_user_id: caller.id.clone(), arn: caller.arn.clone() };
        let facts =
            Session { tags: all, policies: given.texts, policy_arns: given.arns, ..Session::default() };
        Ok(GetFederationTokenResponse {
            credentials: Some(issue::credentials(call, tx, caller, seconds, facts)?),
            federated_user: Some(user),
            packed_policy_size,
            ..GetFederationTokenResponse::default()
        })
    }
}

fn arn(call: &Call<'_>, input: &GetFederationTokenRequest) -> String {
    Arn::new("sts", "", &call.account, format!("federated-user/{}", input.name)).to_string()
}
