//! Principals in key policies and grants: users and roles are kept by unique id, so that one that is deleted and made
//! again is another one (rule 53 of `authorization.md`).

use kage_core::{Arn, Result};
use kage_identity::{accounts, roles, users};
use kage_store::Reads;

/// What a text names.
pub enum Known {
    /// A user or role with this unique id.
    Id(String),
    /// Something that is known by its name alone: an account, a session.
    Name(String),
}

/// Finds a principal; `None` when there is none.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, principal: &str) -> Result<Option<Known>> {
    if principal.starts_with("AIDA") {
        return Ok(users::find_by_id(reads, principal)?.map(|user| Known::Id(user.id)));
    }
    if principal.starts_with("AROA") {
        return Ok(roles::find_by_id(reads, principal)?.map(|role| Known::Id(role.id)));
    }
    let name = || Some(Known::Name(principal.to_owned()));
    let Some(arn) = Arn::parse(principal) else { return Ok(None) };
    // Accounts outside the double may be named as a whole; nothing is known of who is in them.
    if arn.resource == "root" && is_account(&arn.account) {
        return Ok(name());
    }
    if accounts::find(reads, &arn.account)?.is_none() {
        return Ok(None);
    }
    let last = arn.resource.rsplit('/').next().unwrap_or_default();
    Ok(match arn.resource.split('/').next().unwrap_or_default() {
        "user" => users::find(reads, &arn.account, last)?
            .filter(|user| user.arn() == principal)
            .map(|user| Known::Id(user.id)),
        "role" => roles::find(reads, &arn.account, last)?
            .filter(|role| role.arn() == principal)
            .map(|role| Known::Id(role.id)),
        "assumed-role" => {
            let role = arn.resource.split('/').nth(1).unwrap_or_default();
            roles::find(reads, &arn.account, role)?.and_then(|_| name())
        }
        "federated-user" => name(),
        _ => None,
    })
}

/// The ARN of the user or role with this unique id, while it exists.
///
/// # Errors
/// Those of the store.
pub fn arn_of(reads: &dyn Reads, id: &str) -> Result<Option<String>> {
    if id.starts_with("AIDA") {
        return Ok(users::find_by_id(reads, id)?.map(|user| user.arn()));
    }
    if id.starts_with("AROA") {
        return Ok(roles::find_by_id(reads, id)?.map(|role| role.arn()));
    }
    Ok(None)
}

/// Whether it is the number of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
