//! Sessions of roles.

use crate::session_tags::{self, SessionTags};
use crate::{durations, errors, issue, mfa, policies, who};
use kage_api_sts::types::{AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser};
use kage_core::{
    Access, Call, Lookup, Operation, Recording, Resource, ResourcePolicy, Result, Semantics, Session, Tx,
};
use kage_identity::mfa::Device;
use kage_identity::principal;
use kage_identity::roles::{self, Role};

/// Makes a session of a role.
pub struct AssumeRole;

/// A role that is to be assumed: its trust policy takes part.
pub struct Assumed {
    role: Role,
    device: Option<Device>,
}

impl Resource for Assumed {
    fn arn(&self) -> String {
        self.role.arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.role.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        Resource::tags(&self.role)
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        Some(ResourcePolicy { text: self.role.trust.as_str().into(), semantics: Semantics::Trust })
    }
}

impl Operation for AssumeRole {
    shape!(ASSUME_ROLE: AssumeRoleRequest -> AssumeRoleResponse on Assumed);

    const RECORDING: Recording = crate::SESSION_RECORDING;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Assumed>> {
        who::require_may_assume(call)?;
        let named = kage_core::Arn::parse(&input.role_arn).filter(|arn| arn.service == "iam");
        let Some((arn, path)) =
            named.and_then(|arn| arn.of("role").map(str::to_owned).map(|path| (arn, path)))
        else {
            return Err(errors::validation(format!("{} is invalid", input.role_arn)));
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let found = roles::find(tx.reads(), &arn.account, name)?.filter(|role| role.arn() == input.role_arn);
        let Some(role) = found else {
            return Ok(Lookup::Missing {
                arn: input.role_arn.clone(),
                owner: Some(arn.account),
                error: errors::no_role(&call.caller.arn, &input.role_arn),
            });
        };
        let device = mfa::accepted(call, tx, input.serial_number.as_ref(), input.token_code.as_ref())?;
        Ok(Lookup::Found(Assumed { role, device }))
    }

    /// AWS: IAM user guide, "Pass session tags in AWS STS" (sts:TagSession) and "Monitor and control actions taken with
    /// assumed roles" (sts:SetSourceIdentity, which a chained session needs too).
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Assumed>) -> Access {
        let judged = |action: &str| judged(call, input, target, action);
        let mut access = judged("sts:AssumeRole");
        if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            access = access.and(judged("sts:TagSession"));
        }
        if source_identity(call, input).is_some() {
            access = access.and(judged("sts:SetSourceIdentity"));
        }
        access
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Assumed, input: &Self::Input) -> Result<AssumeRoleResponse> {
        require_modelled(input)?;
        let Assumed { role, device } = target;
        let seconds = durations::of_role(call, &role, input.duration_seconds)?;
        let identity = source_identity(call, input).cloned();
        if input.source_identity.is_some() && input.source_identity != identity {
            // Rule 128. AWS: IAM user guide, "Monitor and control actions taken with assumed roles": a source identity
            // cannot be changed once it is set. The text is not recorded.
            return Err(errors::denied("The source identity of the calling session cannot be changed."));
        }
        let SessionTags { all, transitive } =
            session_tags::merged(&call.caller, input.tags.as_ref(), input.transitive_tag_keys.as_ref())?;
        let given = policies::checked(tx, &role.account, input.policy.as_ref(), input.policy_arns.as_ref())?;
        let packed_policy_size = policies::packed_percent(&given, &all)?;
        if let Some(device) = &device {
            kage_identity::mfa::put(tx, device)?;
        }
        let caller = principal::of_role(&role, &input.role_session_name);
        let user = AssumedRoleUser { assumed_role_id: caller.id.clone(), arn: caller.arn.clone() };
        let facts = Session {
            // AWS: IAM user guide, "Secure API access with MFA": credentials of AssumeRole hold no MFA information.
            mfa_at: None,
            source_identity: identity.clone(),
            tags: all,
            transitive_tags: transitive,
            policies: given.texts,
            policy_arns: given.arns,
            chained: matches!(call.caller.kind, kage_core::CallerKind::Role { .. }),
            ..Session::default()
        };
        Ok(AssumeRoleResponse {
            credentials: Some(issue::credentials(call, tx, caller, seconds, facts)?),
            assumed_role_user: Some(user),
            packed_policy_size,
            source_identity: identity,
            ..AssumeRoleResponse::default()
        })
    }
}

fn judged(call: &Call<'_>, input: &AssumeRoleRequest, target: &Lookup<Assumed>, action: &str) -> Access {
    let tags = input.tags.iter().flatten().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    let mut access = Access::on(action, target)
        .key("sts:RoleSessionName", &input.role_session_name)
        .key_if("sts:ExternalId", input.external_id.as_ref())
        .key_if("sts:SourceIdentity", source_identity(call, input))
        .request_tags(tags)
        .keys("sts:TransitiveTagKeys", input.transitive_tag_keys.iter().flatten());
    if let Lookup::Found(assumed) = target {
        for (key, value) in Resource::tags(&assumed.role) {
            access = access.key(format!("iam:ResourceTag/{key}"), value);
        }
    }
    mfa::keys(access, target.found().and_then(|assumed| assumed.device.as_ref()))
}

/// The source identity that the new session will have: that of the caller's session stays.
fn source_identity<'a>(call: &'a Call<'_>, input: &'a AssumeRoleRequest) -> Option<&'a String> {
    let kept = call.caller.session.as_ref().and_then(|session| session.source_identity.as_ref());
    kept.or(input.source_identity.as_ref())
}

fn require_modelled(input: &AssumeRoleRequest) -> Result<()> {
    if input.provided_contexts.as_ref().is_some_and(|contexts| !contexts.is_empty()) {
        return Err(errors::not_modelled("ProvidedContexts"));
    }
    if input.minimum_session_token_size.is_some() {
        return Err(errors::not_modelled("MinimumSessionTokenSize"));
    }
    Ok(())
}
