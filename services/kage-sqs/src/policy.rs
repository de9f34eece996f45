//! Queue policies: what is refused, how principals are kept and shown, and the statements of `AddPermission`.
//!
//! AWS: SQS developer guide, "Custom policies with the Amazon SQS access policy language".

use crate::errors;
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Arn, Error, Result};
use kage_identity::{accounts, roles, users};
use kage_store::Reads;
use serde_json::{Value, json};
use std::collections::HashMap;

const KIND: PolicyKind = PolicyKind::Resource(ResourceService::Generic);
/// AWS: SQS developer guide, "Quotas related to policies": statements of one policy.
const STATEMENTS_MAX: usize = 20;
/// AWS: the same page: actions of one statement.
const ACTIONS_MAX: usize = 7;

/// The policy as it is stored: users and roles by their unique ids.
///
/// # Errors
/// `InvalidAttributeValue`, `OverLimit`.
pub fn stored(reads: &dyn Reads, text: &str) -> Result<String> {
    let policy = Policy::parse(text, KIND).map_err(|error| refused(error.message()))?;
    if policy.statements().len() > STATEMENTS_MAX {
        return Err(errors::over_limit(format!("{STATEMENTS_MAX} statements are allowed in a policy.")));
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
    errors::attribute_value("Policy", Some(reason.as_ref()))
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

/// Actions that only the owner of a queue may do. AWS: SQS developer guide, "Grant cross-account permissions to a role
/// and a username".
const OWNERS_ONLY: [&str; 12] = [
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];
/// Actions that may be given to others.
const FOR_OTHERS: [&str; 8] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

/// The policy with one more statement.
///
/// # Errors
/// `InvalidParameterValue`, `OverLimit`.
pub fn with_permission(
    text: Option<&str>,
    queue: &str,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String> {
    if actions.len() > ACTIONS_MAX {
        let text = format!("{} Actions were found, maximum allowed is {ACTIONS_MAX}.", actions.len());
        return Err(errors::over_limit(text));
    }
    for action in actions {
        let shown = format!("SQS:{action}");
        if OWNERS_ONLY.contains(&action.as_str()) {
            let reason = "Only the queue owner is allowed to invoke this action.";
            return Err(errors::invalid_value(shown, "ActionName", reason));
        }
        if !FOR_OTHERS.contains(&action.as_str()) && action != "ListDeadLetterSourceQueues" {
            let reason = "Please refer to the appropriate WSDL for a list of valid actions.";
            return Err(errors::invalid_value(shown, "ActionName", reason));
        }
    }
    let mut document = match text {
        Some(text) => document(text)?,
        None => {
            json!({ "Version": "2008-10-17", "Id": format!("{queue}/SQSDefaultPolicy"), "Statement": [] })
        }
    };
    let mut statements = statements(&document);
    if statements.iter().any(|statement| statement["Sid"] == label) {
        return Err(errors::invalid_value(label, "Label", "Already exists."));
    }
    let one_or_many = |mut values: Vec<Value>| match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    };
    let principals = accounts.iter().map(|account| json!(format!("arn:aws:iam::{account}:root"))).collect();
    let actions = actions.iter().map(|action| json!(format!("SQS:{action}"))).collect();
    statements.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_many(principals) },
        "Action": one_or_many(actions),
        "Resource": queue,
    }));
    document["Statement"] = Value::Array(statements);
    Ok(document.to_string())
}

/// The policy without the statement of this label; `None` when nothing is left.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn without_permission(text: Option<&str>, label: &str) -> Result<Option<String>> {
    let unknown = || errors::invalid_value(label, "Label", "can't find label.");
    let mut document = document(text.ok_or_else(unknown)?)?;
    let mut statements = statements(&document);
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != label);
    if statements.len() == before {
        return Err(unknown());
    }
    let is_empty = statements.is_empty();
    document["Statement"] = Value::Array(statements);
    Ok((!is_empty).then(|| document.to_string()))
}

fn document(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| Error::internal("a stored queue policy is no JSON"))
}

fn statements(document: &Value) -> Vec<Value> {
    match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}
