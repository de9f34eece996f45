//! Topic policies: the default one, what is refused, how principals are kept and shown, the statements of `AddPermission`.
//!
//! AWS: SNS developer guide, "Example cases for Amazon SNS access control".

use crate::errors;
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Arn, Error, Result};
use kage_identity::{accounts, roles, users};
use kage_store::Reads;
use serde_json::{Value, json};
use std::collections::HashMap;

const KIND: PolicyKind = PolicyKind::Resource(ResourceService::Generic);
/// AWS: SNS developer guide, "Quotas": 30 KB.
const MAX: usize = 30_720;

/// The policy as it is stored: users and roles by their unique ids.
///
/// # Errors
/// `InvalidParameter`.
pub fn stored(reads: &dyn Reads, text: &str) -> Result<String> {
    let policy = Policy::parse(text, KIND).map_err(|error| refused(error.message()))?;
    if text.len() > MAX {
        return Err(refused("policy is too long"));
    }
    let all = policy.statements().iter();
    if all.flat_map(|statement| &statement.action.patterns).any(|action| !is_action(action)) {
        return Err(out_of_scope());
    }
    let mut kept = HashMap::new();
    for principal in policy.aws_principals() {
        let found = kept_form(reads, principal)?
            .ok_or_else(|| refused(format!("Invalid principal in policy: \"AWS\" : \"{principal}\"")))?;
        kept.insert(principal.to_owned(), found);
    }
    let replaced = policy.with_principals(|name| kept.get(name).cloned().unwrap_or_else(|| name.to_owned()));
    Ok(replaced.map_err(|error| refused(error.message()))?.text().to_owned())
}

fn refused(reason: impl AsRef<str>) -> Error {
    errors::invalid(format!("Policy Error: {}", reason.as_ref()))
}

/// The policy as it is shown: unique ids of principals that still exist as ARNs.
///
/// # Errors
/// Those of the store.
pub fn shown(reads: &dyn Reads, text: &str) -> Result<String> {
    let Ok(policy) = Policy::parse_stored(text, KIND) else { return Ok(text.to_owned()) };
    let mut names = HashMap::new();
    for id in policy.aws_principals() {
        let arn = if id.starts_with("AIDA") {
            users::find_by_id(reads, id)?.map(|user| user.arn())
        } else if id.starts_with("AROA") {
            roles::find_by_id(reads, id)?.map(|role| role.arn())
        } else {
            None
        };
        names.extend(arn.map(|arn| (id.to_owned(), arn)));
    }
    let replaced = policy.with_principals(|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()));
    Ok(replaced.map_or_else(|_| text.to_owned(), |policy| policy.text().to_owned()))
}

/// `None` for a principal that does not exist.
fn kept_form(reads: &dyn Reads, principal: &str) -> Result<Option<String>> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if principal == "*" {
        return Ok(Some(principal.to_owned()));
    }
    if is_account(principal) {
        return Ok(Some(format!("arn:aws:iam::{principal}:root")));
    }
    if principal.starts_with("AIDA") {
        return Ok(users::find_by_id(reads, principal)?.map(|user| user.id));
    }
    if principal.starts_with("AROA") {
        return Ok(roles::find_by_id(reads, principal)?.map(|role| role.id));
    }
    let Some(arn) = Arn::parse(principal) else { return Ok(None) };
    // Accounts outside the double may be trusted as a whole; nothing is known of who is in them.
    if arn.resource == "root" {
        return Ok(is_account(&arn.account).then(|| principal.to_owned()));
    }
    let last = arn.resource.rsplit('/').next().unwrap_or_default();
    Ok(match arn.resource.split('/').next().unwrap_or_default() {
        "user" => {
            users::find(reads, &arn.account, last)?.filter(|user| user.arn() == principal).map(|user| user.id)
        }
        "role" => {
            roles::find(reads, &arn.account, last)?.filter(|role| role.arn() == principal).map(|role| role.id)
        }
        "assumed-role" => {
            let role = arn.resource.split('/').nth(1).unwrap_or_default();
            roles::find(reads, &arn.account, role)?.map(|_| principal.to_owned())
        }
        "federated-user" | "assumed-root" => {
            accounts::find(reads, &arn.account)?.map(|_| principal.to_owned())
        }
        _ => None,
    })
}

/// Actions of topic policies. AWS: SNS developer guide, "Amazon SNS API permissions".
const ACTIONS: [&str; 9] = [
    "addpermission",
    "deletetopic",
    "gettopicattributes",
    "listsubscriptionsbytopic",
    "publish",
    "receive",
    "removepermission",
    "settopicattributes",
    "subscribe",
];

fn is_action(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    let name = lower.strip_prefix("sns:");
    name.is_some_and(|name| name.contains(['*', '?']) || ACTIONS.contains(&name))
}

/// The policy of a topic that was made without one.
// AWS: as recorded in LocalStack's validated test_create_topic_test_arn.
pub fn default(topic: &str, account: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": topic,
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    })
    .to_string()
}

/// The policy with one more statement.
///
/// # Errors
/// `InvalidParameter`.
pub fn with_permission(
    text: &str,
    topic: &str,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String> {
    let named: Vec<String> = actions.iter().map(|action| format!("SNS:{action}")).collect();
    if named.iter().any(|action| !is_action(action)) {
        return Err(out_of_scope());
    }
    let mut document = document(text)?;
    let mut statements = statements(&document);
    if statements.iter().any(|statement| statement["Sid"] == label) {
        return Err(errors::invalid("Statement already exists"));
    }
    let one_or_many = |mut values: Vec<Value>| match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    };
    let principals = accounts.iter().map(|account| json!(format!("arn:aws:iam::{account}:root"))).collect();
    statements.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_many(principals) },
        "Action": one_or_many(named.into_iter().map(Value::String).collect()),
        "Resource": topic,
    }));
    document["Statement"] = Value::Array(statements);
    Ok(document.to_string())
}

/// The policy without the statement of this label. A label that is not there changes nothing.
///
/// # Errors
/// HTTP 500 when the stored policy cannot be read.
pub fn without_permission(text: &str, label: &str) -> Result<String> {
    let mut document = document(text)?;
    let mut statements = statements(&document);
    statements.retain(|statement| statement["Sid"] != label);
    document["Statement"] = Value::Array(statements);
    Ok(document.to_string())
}

fn out_of_scope() -> Error {
    errors::invalid("Policy statement action out of service scope!")
}

fn document(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| Error::internal("a stored topic policy is no JSON"))
}

fn statements(document: &Value) -> Vec<Value> {
    match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}
