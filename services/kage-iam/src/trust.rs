//! Trust policies: who stands in them, as it is stored and as it is shown (rule 53 of `authorization.md`).
//!
//! AWS: IAM user guide, "AWS JSON policy elements: Principal": user and role ARNs are turned into unique ids when the
//! policy is saved, so a principal that is deleted and made again is another one.

use crate::{documents, errors};
use kage_authz::{Policy, PolicyKind, policy_size};
use kage_core::{Arn, Result};
use kage_identity::{accounts, roles, users};
use kage_store::Reads;
use std::collections::HashMap;

/// The trust policy as it is stored: users and roles by their unique ids, accounts by the ARN of their root.
///
/// # Errors
/// `MalformedPolicyDocument` for a broken document or a principal that does not exist, `LimitExceeded` for its size.
pub fn stored(reads: &dyn Reads, text: &str) -> Result<String> {
    let policy = documents::parse(text, PolicyKind::Trust)?;
    if policy_size(text) > documents::TRUST_POLICY_MAX {
        return Err(errors::quota("ACLSizePerRole", documents::TRUST_POLICY_MAX));
    }
    let mut names = HashMap::new();
    for principal in policy.aws_principals() {
        let Some(kept) = kept_form(reads, principal)? else {
            let text = format!("Invalid principal in policy: \"AWS\":\"{principal}\"");
            return Err(errors::malformed_policy(text));
        };
        names.insert(principal.to_owned(), kept);
    }
    let replaced = policy.with_principals(|name| names.get(name).cloned().unwrap_or_else(|| name.to_owned()));
    let replaced = replaced.map_err(|error| errors::malformed_policy(error.message()))?;
    Ok(replaced.text().to_owned())
}

/// The trust policy as it is shown: unique ids of principals that still exist as ARNs, others as they are.
///
/// # Errors
/// Those of the store.
pub fn shown(reads: &dyn Reads, text: &str) -> Result<String> {
    let Ok(policy) = Policy::parse_stored(text, PolicyKind::Trust) else { return Ok(text.to_owned()) };
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
    if principal == "*" {
        return Ok(Some(principal.to_owned()));
    }
    if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
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
        return Ok(Some(principal.to_owned()));
    }
    if accounts::find(reads, &arn.account)?.is_none() {
        return Ok(None);
    }
    let last = arn.resource.rsplit('/').next().unwrap_or_default();
    Ok(match arn.resource.split('/').next().unwrap_or_default() {
        "user" => {
            users::find(reads, &arn.account, last)?.filter(|user| user.arn() == principal).map(|user| user.id)
        }
        "role" => {
            roles::find(reads, &arn.account, last)?.filter(|role| role.arn() == principal).map(|role| role.id)
        }
        // A session is named by its role's name; sessions come and go, so the name itself is kept.
        "assumed-role" => {
            let role = arn.resource.split('/').nth(1).unwrap_or_default();
            roles::find(reads, &arn.account, role)?.map(|_| principal.to_owned())
        }
        "federated-user" | "assumed-root" => Some(principal.to_owned()),
        _ => None,
    })
}
