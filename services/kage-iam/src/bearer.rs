//! Whose credentials a call is about when it leaves the user's name out: the caller's own.

use crate::entity::Entity;
use crate::errors;
use kage_core::{Call, CallerKind, Lookup, Resource, Result, Tx};
use kage_identity::users::User;

/// A user, or the root user of the account.
#[derive(Clone, Debug)]
pub enum Bearer {
    /// An IAM user.
    User(Box<User>),
    /// The root user of this account.
    Root(String),
}

impl Resource for Bearer {
    fn arn(&self) -> String {
        match self {
            Bearer::User(user) => user.arn(),
            Bearer::Root(account) => format!("arn:aws:iam::{account}:root"),
        }
    }
    fn owner(&self) -> Option<String> {
        match self {
            Bearer::User(user) => Some(user.account.clone()),
            Bearer::Root(account) => Some(account.clone()),
        }
    }
    fn tags(&self) -> Vec<(String, String)> {
        match self {
            Bearer::User(user) => user.tags.0.clone(),
            Bearer::Root(_) => Vec::new(),
        }
    }
}

impl Bearer {
    /// The user's name; `None` for the root user.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Bearer::User(user) => Some(&user.name),
            Bearer::Root(_) => None,
        }
    }
}

/// The user of this name, or the caller itself.
///
/// # Errors
/// `ValidationError` when no name is given and the caller is no user.
pub fn lookup(call: &Call<'_>, tx: &Tx, name: Option<&str>) -> Result<Lookup<Bearer>> {
    let user = |name: &str| Ok(User::lookup(call, tx, name)?.map(|user| Bearer::User(Box::new(user))));
    match (name, &call.caller.kind) {
        (Some(name), _) => user(name),
        (None, CallerKind::User { name }) => user(name),
        (None, CallerKind::Root) => Ok(Lookup::Found(Bearer::Root(call.account.clone()))),
        (None, _) => Err(errors::validation("Must specify userName when calling with non-User credentials")),
    }
}

/// The user of this name, or the calling user; never the root user.
///
/// # Errors
/// `ValidationError` when no name is given and the caller is no user.
pub fn lookup_user(call: &Call<'_>, tx: &Tx, name: Option<&str>) -> Result<Lookup<User>> {
    match (name, &call.caller.kind) {
        (Some(name), _) => User::lookup(call, tx, name),
        (None, CallerKind::User { name }) => User::lookup(call, tx, name),
        (None, _) => Err(errors::validation("Must specify userName when calling with non-User credentials")),
    }
}
