//! Bucket policies: what is refused, how principals are kept and shown.
//!
//! AWS: S3 user guide, "Policies and permissions in Amazon S3"; IAM user guide, "AWS JSON policy elements: Principal".

use crate::errors;
use kage_authz::document::{PrincipalEntryKind, Statement};
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Arn, Error, Result};
use kage_identity::{accounts, roles, users};
use kage_store::Reads;
use std::collections::HashMap;

const KIND: PolicyKind = PolicyKind::Resource(ResourceService::S3);
/// AWS: S3 user guide, "Bucket policies": 20 KB.
const MAX: usize = 20_480;

/// The policy as it is stored: users and roles by their unique ids.
///
/// # Errors
/// `MalformedPolicy`, `PolicyTooLarge`.
pub fn stored(reads: &dyn Reads, bucket: &str, text: &str) -> Result<String> {
    let policy = Policy::parse(text, KIND).map_err(|error| errors::malformed_policy(error.message()))?;
    if text.len() > MAX {
        let text = format!("Normalized policy document exceeds the maximum allowed size of {MAX} bytes.");
        return Err(Error::new("PolicyTooLarge", 400, text));
    }
    for statement in policy.statements() {
        require_resources(bucket, statement)?;
    }
    let mut kept = HashMap::new();
    for principal in policy.aws_principals() {
        let found = kept_form(reads, principal)?.ok_or_else(|| invalid_principal("AWS", principal))?;
        kept.insert(principal.to_owned(), found);
    }
    for entry in policy.statements().iter().filter_map(|s| s.principal.as_ref()).flat_map(|p| &p.entries) {
        let known = || accounts::list(reads).map(|all| all.iter().any(|a| a.canonical_id == entry.value));
        if entry.kind == PrincipalEntryKind::CanonicalUser && !known()? {
            return Err(invalid_principal("CanonicalUser", &entry.value));
        }
    }
    let replaced = policy.with_principals(|name| kept.get(name).cloned().unwrap_or_else(|| name.to_owned()));
    let replaced = replaced.map_err(|error| errors::malformed_policy(error.message()))?;
    Ok(replaced.text().to_owned())
}

fn invalid_principal(kind: &str, value: &str) -> Error {
    errors::malformed_policy("Invalid principal in policy")
        .with("Detail", format!("\"{kind}\" : \"{value}\""))
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

/// Every resource lies in the bucket, and every action applies to one of them.
fn require_resources(bucket: &str, statement: &Statement) -> Result<()> {
    let Some(resource) = statement.resource.as_ref() else { return Ok(()) };
    let own = |pattern: &String| {
        let name =
            pattern.strip_prefix("arn:aws:s3:::").map(|rest| rest.split('/').next().unwrap_or_default());
        name.is_some_and(|name| matches(name, bucket))
    };
    if !resource.patterns.iter().all(own) {
        return Err(errors::malformed_policy("Policy has invalid resource"));
    }
    if resource.negated || statement.action.negated {
        return Ok(());
    }
    let rest = |pattern: &str| pattern.strip_prefix("arn:aws:s3:::").unwrap_or(pattern).to_owned();
    let on_objects = resource.patterns.iter().any(|p| rest(p).contains('/') || p.ends_with('*'));
    let on_bucket = resource.patterns.iter().any(|p| !rest(p).contains('/'));
    for action in &statement.action.patterns {
        if action.contains(['*', '?']) {
            continue;
        }
        if if is_about_objects(action) { !on_objects } else { !on_bucket } {
            return Err(errors::malformed_policy("Action does not apply to any resource(s) in statement"));
        }
    }
    Ok(())
}

/// AWS: Service Authorization Reference, "Actions defined by Amazon S3", resource type `object`.
fn is_about_objects(action: &str) -> bool {
    const STARTS: [&str; 14] = [
        "s3:abortmultipartupload",
        "s3:bypassgovernanceretention",
        "s3:deleteobject",
        "s3:getobject",
        "s3:initiatereplication",
        "s3:listmultipartuploadparts",
        "s3:objectowneroverridetobucketowner",
        "s3:putobject",
        "s3:replicatedelete",
        "s3:replicateobject",
        "s3:replicatetags",
        "s3:restoreobject",
        "s3:updateobject",
        "s3:getobjectattributes",
    ];
    let action = action.to_ascii_lowercase();
    STARTS.iter().any(|start| action.starts_with(start))
}

/// Whether a pattern with `*` and `?` matches.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // reachable[i]: the pattern so far matches the first i characters.
    let mut reachable = vec![false; text.len().saturating_add(1)];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for sign in pattern {
        let mut next = vec![false; reachable.len()];
        let mut any = false;
        for (place, slot) in next.iter_mut().enumerate() {
            let here = reachable.get(place).copied().unwrap_or(false);
            any |= here;
            let before = place.checked_sub(1);
            let previous = before.and_then(|p| reachable.get(p)).copied().unwrap_or(false);
            let same = before.and_then(|p| text.get(p)).is_some_and(|c| sign == '?' || *c == sign);
            *slot = if sign == '*' { any } else { previous && same };
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

/// `None` for a principal that does not exist.
fn kept_form(reads: &dyn Reads, principal: &str) -> Result<Option<String>> {
    if principal == "*" {
        return Ok(Some(principal.to_owned()));
    }
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("b*", "bucket", true),
            ("*", "b", true),
            ("b?c", "bac", true),
            ("b?c", "bc", false),
            ("x*", "b", false),
            ("a*c", "abbc", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
