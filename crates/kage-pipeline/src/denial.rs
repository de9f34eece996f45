//! How a service says no. Rules 170 to 176 of `authorization.md`.

use crate::decisions::Judgement;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, DenialStyle, Error, World};
use kage_identity::organization;
use kage_store::Reads;
use serde_json::{Value, json};

/// The error for a refused evaluation.
#[must_use]
pub fn error(call: &Call<'_>, reads: &dyn Reads, style: DenialStyle, judgement: &Judgement) -> Error {
    let message = || judgement.explain().denial_message(&judgement.request);
    match style {
        DenialStyle::AccessDenied => Error::new("AccessDenied", 403, message()),
        DenialStyle::AuthorizationError => Error::new("AuthorizationError", 403, message()),
        DenialStyle::AccessDeniedException => Error::new("AccessDeniedException", 400, message()),
        DenialStyle::AccessDeniedExceptionForbidden => Error::new("AccessDeniedException", 403, message()),
        DenialStyle::S3 => {
            // Rule 174: the reason is told inside one account or organization only.
            let text =
                if tells_reason(call, reads, judgement) { message() } else { "Access Denied".to_owned() };
            Error::new("AccessDenied", 403, text)
        }
        DenialStyle::UnauthorizedOperation => {
            let encoded = encode(call.world, &authorization_message(judgement));
            let text = format!(
                "You are not authorized to perform this operation. {} Encoded authorization failure message: {encoded}",
                message()
            );
            Error::new("UnauthorizedOperation", 403, text)
        }
    }
}

fn tells_reason(call: &Call<'_>, reads: &dyn Reads, judgement: &Judgement) -> bool {
    if call.caller.is_anonymous() || call.caller.service_name().is_some() {
        return false;
    }
    let owner = judgement.request.resource.account.as_deref().unwrap_or(&call.account);
    if owner == call.caller.account {
        return true;
    }
    let of = |account: &str| organization::of_account(reads, account).ok().flatten().map(|found| found.id);
    let mine = of(&call.caller.account);
    mine.is_some() && mine == of(owner)
}

/// What `sts:DecodeAuthorizationMessage` shows (rule 176).
#[must_use]
pub fn authorization_message(judgement: &Judgement) -> Value {
    let decision = judgement.explain();
    let request = &judgement.request;
    let conditions: Vec<Value> = request
        .context
        .iter()
        .map(|(key, value)| {
            let values: Vec<Value> = value.as_slice().iter().map(|value| json!({ "value": value })).collect();
            json!({ "key": key, "values": { "items": values } })
        })
        .collect();
    let matched: Vec<Value> = decision
        .matched_statements()
        .map(|(_, trace)| json!({ "statementId": trace.statement.sid, "effect": format!("{:?}", trace.effect).to_uppercase(), "policy": trace.statement.policy }))
        .collect();
    json!({
        "allowed": decision.effect == kage_authz::Effect::Allow,
        "explicitDeny": decision.effect == kage_authz::Effect::ExplicitDeny,
        "matchedStatements": { "items": matched },
        "failures": { "items": [] },
        "context": {
            "principal": {
                "id": principal_id(&request.principal),
                "name": request.principal.arn().rsplit('/').next().unwrap_or_default(),
                "arn": request.principal.arn(),
            },
            "action": request.action.as_str(),
            "resource": request.resource.arn,
            "conditions": { "items": conditions },
        },
    })
}

fn principal_id(principal: &kage_authz::Principal) -> String {
    use kage_authz::Principal as P;
    match principal {
        P::User { id, .. } | P::FederatedUser { id, .. } => id.clone(),
        P::RoleSession { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        P::Root { account } => account.clone(),
        other => other.arn(),
    }
}

/// Seals a message so that only this double can read it.
fn encode(world: &World, message: &Value) -> String {
    match kage_core::seal_message(world, message.to_string().as_bytes()) {
        Some(sealed) => STANDARD.encode(sealed),
        None => String::new(),
    }
}
