//! The function that a call names, with everything that decides about access to it.

use crate::errors;
use crate::function::{Alias, Function, Head, LATEST};
use crate::functions;
use crate::place::{self, Name, Place};
use kage_core::{Access, Call, Lookup, Resource, ResourcePolicy, Result, Semantics, Tx};

/// A function that a call names.
#[derive(Clone, Debug)]
pub struct Target {
    /// The version.
    pub function: Function,
    /// What all versions share.
    pub head: Head,
    /// The alias, when one was named.
    pub alias: Option<Alias>,
    /// The qualifier as named.
    pub qualifier: Option<String>,
    /// The policy of what was named.
    policy: Option<String>,
}

impl Target {
    /// Where the function is.
    pub fn place(&self) -> Place {
        Place::of(&self.function)
    }

    /// The function as it was named.
    pub fn name(&self) -> Name {
        Name { place: self.place(), qualifier: self.qualifier.clone() }
    }
}

impl Resource for Target {
    fn arn(&self) -> String {
        self.name().arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.function.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.head.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.as_deref()?;
        Some(ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
    }
}

/// Finds what a call names.
///
/// # Errors
/// For names that can name nothing.
pub fn lookup(call: &Call<'_>, tx: &Tx, text: &str, qualifier: Option<&str>) -> Result<Lookup<Target>> {
    let name = match place::parse(call, text, qualifier) {
        Ok(name) => name,
        Err(error) if error.status == 404 => return Ok(Lookup::missing(text, error)),
        Err(error) => return Err(error),
    };
    find(tx, &name)
}

/// Finds what a name names.
///
/// # Errors
/// Those of the store.
pub fn find(tx: &Tx, name: &Name) -> Result<Lookup<Target>> {
    let place = &name.place;
    let missing = |error| Lookup::Missing { arn: name.arn(), owner: Some(place.account.clone()), error };
    let Some(head) = functions::head(tx.reads(), place)? else {
        return Ok(missing(errors::no_function(&name.arn())));
    };
    let qualifier = name.qualifier.as_deref().unwrap_or(LATEST);
    let is_version = qualifier == LATEST || qualifier.bytes().all(|byte| byte.is_ascii_digit());
    let alias = if is_version { None } else { functions::alias(tx.reads(), place, qualifier)? };
    let version = match &alias {
        Some(alias) => &alias.version,
        None => qualifier,
    };
    let function =
        if is_version || alias.is_some() { functions::version(tx.reads(), place, version)? } else { None };
    let Some(function) = function else {
        return Ok(missing(errors::no_function(&name.arn())));
    };
    let policy = functions::policy(tx.reads(), place, name.qualifier.as_deref().unwrap_or(""))?;
    let policy = policy.map(|policy| policy.judged);
    Ok(Lookup::Found(Target { function, head, alias, qualifier: name.qualifier.clone(), policy }))
}

/// One action on a function.
pub fn access(action: &str, target: &Lookup<Target>) -> Access {
    Access::on(action, target)
}

/// Permission to hand a role to Lambda (rule 5 of `authorization.md`).
// AWS: Lambda developer guide, "Granting users permissions to pass a role"; `iam:PassedToService` is lambda.amazonaws.com.
pub fn pass_role(role: &str) -> Access {
    let account = kage_core::Arn::parse(role).map(|arn| arn.account).unwrap_or_default();
    Access::to("iam:PassRole", role).owned_by(account).key("iam:PassedToService", "lambda.amazonaws.com")
}
