//! Key policies: the default one, what may be stored, and what is shown.

use crate::{errors, named, principals};
use kage_authz::{
    Context, Effect, NamedPolicy, Policy, PolicyKind, PolicySet, Principal, Request, ResourcePolicy,
    ResourceRef, ResourceService, Semantics, decide,
};
use kage_core::{Call, CallerKind, Result};
use kage_store::Reads;
use std::collections::HashMap;

/// The only name that a key policy can have. AWS: KMS API reference, `PutKeyPolicy`.
pub const NAME: &str = "default";
/// Characters of a key policy. AWS: KMS developer guide, "Resource quotas": 32 KB (32,768 bytes).
const MAX: usize = 32_768;
const KIND: PolicyKind = PolicyKind::Resource(ResourceService::Kms);
const ANYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The policy of a key that was made without one: the account decides by identity policies.
// AWS: KMS developer guide, "Default key policy".
pub fn default(account: &str) -> String {
    format!(
        "{{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {{\n    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : {{\n      \"AWS\" : \"arn:aws:iam::{account}:root\"\n    }},\n    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  }} ]\n}}"
    )
}

/// The policy as it is stored: users and roles by their unique ids.
///
/// # Errors
/// `MalformedPolicyDocumentException` for a broken document, a principal that does not exist, or a policy under which
/// the caller could not set the next one (rule 142), unless `bypass`; `LimitExceededException` for its size.
pub fn stored(call: &Call<'_>, reads: &dyn Reads, arn: &str, text: &str, bypass: bool) -> Result<String> {
    if text.len() > MAX {
        return Err(errors::limit("The key policy exceeds the limit of 32768 bytes."));
    }
    let policy = Policy::parse(text, KIND).map_err(|error| errors::malformed_policy(error.message()))?;
    let mut names = HashMap::new();
    for principal in policy.aws_principals() {
        let kept = match principal {
            "*" => principal.to_owned(),
            account if principals::is_account(account) => format!("arn:aws:iam::{account}:root"),
            other => match principals::find(reads, other)? {
                Some(principals::Known::Id(kept) | principals::Known::Name(kept)) => kept,
                None => {
                    let text = "Policy contains a statement with one or more invalid principals.";
                    return Err(errors::malformed_policy(text));
                }
            },
        };
        names.insert(principal.to_owned(), kept);
    }
    let kept = policy
        .with_principals(|name| names.get(name).cloned().unwrap_or_else(|| name.to_owned()))
        .map_err(|error| errors::malformed_policy(error.message()))?;
    if !bypass && !lets_caller_update(call, arn, &kept)? {
        return Err(errors::lockout());
    }
    Ok(kept.text().to_owned())
}

/// The policy as it is shown: users and roles that still exist by their ARNs.
///
/// # Errors
/// Those of the store.
pub fn shown(reads: &dyn Reads, text: &str) -> Result<String> {
    let Ok(policy) = Policy::parse_stored(text, KIND) else { return Ok(text.to_owned()) };
    let mut names = HashMap::new();
    for id in policy.aws_principals() {
        if let Some(arn) = principals::arn_of(reads, id)? {
            names.insert(id.to_owned(), arn);
        }
    }
    let shown = policy.with_principals(|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()));
    Ok(shown.map_or_else(|_| text.to_owned(), |policy| policy.text().to_owned()))
}

/// Whether the key policy lets the caller put the next one. That identity policies allow it is taken for granted.
// AWS: KMS API reference, `BypassPolicyLockoutSafetyCheck`.
fn lets_caller_update(call: &Call<'_>, arn: &str, policy: &Policy) -> Result<bool> {
    let anything = Policy::parse(ANYTHING, PolicyKind::Identity)
        .map_err(|error| kage_core::Error::internal(error.message()))?;
    let set = PolicySet {
        identity: vec![NamedPolicy::inline("anything", anything)],
        resource: Some(ResourcePolicy {
            policy: NamedPolicy::inline("key policy", policy.clone()),
            semantics: Semantics::Key,
        }),
        ..PolicySet::default()
    };
    let Some(principal) = principal(call) else { return Ok(false) };
    let resource = ResourceRef { arn: arn.to_owned(), account: Some(call.account.clone()) };
    let mut request = Request::new(principal, "kms:PutKeyPolicy", resource);
    request.context = context(call);
    Ok(decide(&request, &set).effect == Effect::Allow)
}

fn context(call: &Call<'_>) -> Context {
    let mut context = Context::new();
    let principal = match &call.caller.kind {
        CallerKind::Role { role_arn, .. } => role_arn,
        _ => &call.caller.arn,
    };
    context.insert("aws:PrincipalArn", principal);
    context.insert("aws:PrincipalAccount", &call.caller.account);
    context.insert("kms:CallerAccount", &call.caller.account);
    if let Some(via) = named::via_service(call) {
        context.insert("kms:ViaService", &via);
    }
    context
}

fn principal(call: &Call<'_>) -> Option<Principal> {
    let (account, arn, id) = (call.caller.account.clone(), call.caller.arn.clone(), call.caller.id.clone());
    Some(match &call.caller.kind {
        CallerKind::Root => Principal::Root { account },
        CallerKind::User { .. } => Principal::User { account, arn, id },
        CallerKind::Role { role_arn, role_id, session_name, .. } => Principal::RoleSession {
            account,
            role_arn: role_arn.clone(),
            role_id: role_id.clone(),
            session_arn: arn,
            session_name: session_name.clone(),
        },
        CallerKind::Federated { issuer_arn, issuer_id, .. } => Principal::FederatedUser {
            account,
            arn,
            id,
            user_arn: issuer_arn.clone(),
            user_id: issuer_id.clone(),
        },
        CallerKind::Service { .. } | CallerKind::Anonymous => return None,
    })
}
