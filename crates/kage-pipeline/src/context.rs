//! The global condition keys of a call. Numbers in comments are rules of `authorization.md`, section J.
//!
//! AWS: IAM user guide, "AWS global condition context keys".

use kage_authz::Context;
use kage_core::{Call, Caller, CallerKind, Session};
use kage_identity::organization::Guardrails;
use kage_schema::Timestamp;

/// Keys that are the same for every evaluation of a call.
#[must_use]
pub fn of_call(call: &Call<'_>, tags: &[(String, String)], guardrails: &Guardrails) -> Context {
    let mut context = Context::new();
    of_principal(&mut context, &call.caller, tags, guardrails);
    if let Some(session) = &call.caller.session {
        of_session(&mut context, session, call.now);
    }
    of_request(&mut context, call);
    context
}

fn of_principal(context: &mut Context, caller: &Caller, tags: &[(String, String)], rails: &Guardrails) {
    let kind = match &caller.kind {
        CallerKind::Anonymous => "Anonymous",
        CallerKind::Root => "Account",
        CallerKind::User { .. } => "User",
        CallerKind::Role { .. } => "AssumedRole",
        CallerKind::Federated { .. } => "FederatedUser",
        CallerKind::Service { name } => {
            context.insert("aws:PrincipalIsAWSService", "true");
            context.insert("aws:PrincipalServiceName", name);
            context.insert_many("aws:PrincipalServiceNamesList", [name]);
            return;
        }
    };
    context.insert("aws:PrincipalIsAWSService", "false");
    context.insert("aws:PrincipalType", kind);
    context.insert("aws:PrincipalAccount", &caller.account);
    if caller.is_anonymous() {
        return;
    }
    let arn = match &caller.kind {
        CallerKind::Role { role_arn, .. } => role_arn,
        _ => &caller.arn,
    };
    context.insert("aws:PrincipalArn", arn);
    context.insert("aws:userid", &caller.id);
    if let CallerKind::User { name } = &caller.kind {
        context.insert("aws:username", name);
    }
    for (key, value) in tags {
        context.insert(format!("aws:PrincipalTag/{key}"), value);
    }
    if let Some((organization, _)) = &rails.organization {
        context.insert("aws:PrincipalOrgID", organization);
        context.insert_many("aws:PrincipalOrgPaths", [&rails.path]);
    }
}

fn of_session(context: &mut Context, session: &Session, now: Timestamp) {
    context.insert("aws:TokenIssueTime", Timestamp(session.issued).whole_seconds().iso8601());
    // 115: with long-term keys the key is absent; with temporary ones it tells whether MFA was used.
    let mfa = if session.mfa_at.is_some() { "true" } else { "false" };
    context.insert("aws:MultiFactorAuthPresent", mfa);
    if let Some(at) = session.mfa_at {
        let age = now.milliseconds().saturating_sub(at).max(0) / 1000;
        context.insert("aws:MultiFactorAuthAge", age.to_string());
    }
    if let Some(identity) = &session.source_identity {
        context.insert("aws:SourceIdentity", identity);
    }
}

fn of_request(context: &mut Context, call: &Call<'_>) {
    context.insert("aws:CurrentTime", call.now.whole_seconds().iso8601());
    context.insert("aws:EpochTime", call.now.seconds().to_string());
    context.insert("aws:RequestedRegion", &call.region);
    context.insert("aws:SecureTransport", if call.origin.secure { "true" } else { "false" });
    context.insert("aws:UserAgent", &call.origin.user_agent);
    if let Some(referer) = &call.origin.referer {
        context.insert("aws:Referer", referer);
    }
    let is_service = call.caller.service_name().is_some();
    // 117: through a VPC endpoint the caller has a VPC address and no public one. A service has none at all.
    match &call.origin.vpc_endpoint {
        Some(endpoint) => context.insert("aws:SourceVpce", endpoint),
        None if !is_service => context.insert("aws:SourceIp", &call.origin.source_ip),
        None => {}
    }
    // 118: only on direct calls of a service.
    if is_service {
        if let Some(arn) = &call.source_arn {
            context.insert("aws:SourceArn", arn);
        }
        if let Some(account) = &call.source_account {
            context.insert("aws:SourceAccount", account);
        }
    }
    // 119, 160: forward access sessions.
    let via = !call.called_via.is_empty();
    context.insert("aws:ViaAWSService", if via { "true" } else { "false" });
    if let (Some(first), Some(last)) = (call.called_via.first(), call.called_via.last()) {
        context.insert("aws:CalledViaFirst", first);
        context.insert("aws:CalledViaLast", last);
        context.insert_many("aws:CalledVia", &call.called_via);
    }
}

/// Adds the keys of the resource that one evaluation is about. 123.
pub fn of_resource(context: &mut Context, owner: &str, rails: &Guardrails) {
    if owner.is_empty() {
        return;
    }
    context.insert("aws:ResourceAccount", owner);
    if let Some((organization, _)) = &rails.organization {
        context.insert("aws:ResourceOrgID", organization);
        context.insert_many("aws:ResourceOrgPaths", [&rails.path]);
    }
}
