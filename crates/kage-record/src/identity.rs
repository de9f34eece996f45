//! `userIdentity`: who made the call. AWS: CloudTrail user guide, "CloudTrail userIdentity element".

use kage_core::{Caller, CallerKind, Session};
use kage_schema::Timestamp;
use serde_json::{Map, Value, json};

/// The `userIdentity` of a caller; `invoked_by` names the service that forwarded the call.
#[must_use]
pub fn user_identity(caller: &Caller, invoked_by: Option<&str>) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    match &caller.kind {
        CallerKind::Service { name } => {
            put("type", json!("AWSService"));
            put("invokedBy", json!(name));
            return Value::Object(out);
        }
        CallerKind::Anonymous => {
            put("type", json!("AWSAccount"));
            put("principalId", json!(""));
            // As in recorded S3 events, and in the table of AWS: Macie Classic user guide, "macieUniqueId".
            put("accountId", json!("ANONYMOUS_PRINCIPAL"));
            return Value::Object(out);
        }
        CallerKind::Root => put("type", json!("Root")),
        CallerKind::User { .. } => put("type", json!("IAMUser")),
        CallerKind::Role { .. } => put("type", json!("AssumedRole")),
        CallerKind::Federated { .. } => put("type", json!("FederatedUser")),
    }
    put("principalId", json!(caller.id));
    put("arn", json!(caller.arn));
    put("accountId", json!(caller.account));
    if let Some(key) = &caller.access_key {
        put("accessKeyId", json!(key));
    }
    if let CallerKind::User { name } = &caller.kind {
        put("userName", json!(name));
    }
    if let Some(session) = &caller.session {
        put("sessionContext", session_context(caller, session));
    }
    if let Some(service) = invoked_by {
        put("invokedBy", json!(service));
    }
    Value::Object(out)
}

fn session_context(caller: &Caller, session: &Session) -> Value {
    let mut out = Map::new();
    match &caller.kind {
        CallerKind::Role { role_arn, role_id, role_name, .. } => {
            let issuer = json!({
                "type": "Role",
                "principalId": role_id,
                "arn": role_arn,
                "accountId": caller.account,
                "userName": role_name,
            });
            out.insert("sessionIssuer".to_owned(), issuer);
        }
        CallerKind::Federated { issuer_arn, issuer_id, .. } => {
            let user = issuer_arn.contains(":user/").then(|| issuer_arn.rsplit('/').next()).flatten();
            let mut issuer = json!({
                "type": if user.is_some() { "IAMUser" } else { "Root" },
                "principalId": issuer_id,
                "arn": issuer_arn,
                "accountId": caller.account,
            });
            if let (Some(user), Some(members)) = (user, issuer.as_object_mut()) {
                members.insert("userName".to_owned(), json!(user));
            }
            out.insert("sessionIssuer".to_owned(), issuer);
        }
        _ => {}
    }
    let attributes = json!({
        "creationDate": Timestamp(session.issued).whole_seconds().iso8601(),
        "mfaAuthenticated": if session.mfa_at.is_some() { "true" } else { "false" },
    });
    out.insert("attributes".to_owned(), attributes);
    if let Some(identity) = &session.source_identity {
        out.insert("sourceIdentity".to_owned(), json!(identity));
    }
    Value::Object(out)
}

/// The `userIdentity` as another account sees it in its own copy of the event: only that an account called.
#[must_use]
pub fn account_view(caller: &Caller) -> Value {
    match caller.kind {
        CallerKind::Service { .. } | CallerKind::Anonymous => user_identity(caller, None),
        _ => json!({ "type": "AWSAccount", "principalId": caller.id, "accountId": caller.account }),
    }
}
