//! What a call names: a log group by name or identifier, a stream in it.

use crate::group::{self, Group, Named};
use crate::streams::Stream;
use crate::{errors, groups, policies, streams};
use kage_core::{Access, Call, Lookup, Resource, ResourcePolicy, Result, Semantics, Tx};
use std::sync::Arc;

impl Resource for Group {
    fn arn(&self) -> String {
        group::policy_arn(&self.region, &self.account, &self.name)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// The group of this name in the call's account and Region.
///
/// # Errors
/// Those of the store.
pub fn by_name(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Group>> {
    Ok(match groups::find(tx.reads(), &call.account, &call.region, name)? {
        Some(group) => Lookup::Found(group),
        None => Lookup::missing(group::policy_arn(&call.region, &call.account, name), errors::no_group()),
    })
}

/// The group that a name or an ARN says.
///
/// # Errors
/// `InvalidParameterException` for ARNs of other things or of another Region.
pub fn by_identifier(call: &Call<'_>, tx: &Tx, identifier: &str) -> Result<Lookup<Group>> {
    let named = Named::parse(call, identifier)
        .filter(|named| named.region == call.region)
        .ok_or_else(|| errors::invalid("Invalid log group identifier"))?;
    Ok(match groups::find(tx.reads(), &named.account, &named.region, &named.name)? {
        Some(group) => Lookup::Found(group),
        None => Lookup::Missing {
            arn: group::policy_arn(&named.region, &named.account, &named.name),
            owner: Some(named.account),
            error: errors::no_group(),
        },
    })
}

/// The group that exactly one of two members names.
///
/// # Errors
/// `ValidationException` for both, `InvalidParameterException` for none or an ARN that is refused.
// AWS: model, GetLogEvents: "You must include either logGroupIdentifier or logGroupName, but not both."
pub fn by_either(
    call: &Call<'_>,
    tx: &Tx,
    name: Option<&String>,
    identifier: Option<&String>,
) -> Result<Lookup<Group>> {
    match (name, identifier) {
        (Some(name), None) => by_name(call, tx, name),
        (None, Some(identifier)) => by_identifier(call, tx, identifier),
        (Some(_), Some(_)) => Err(errors::both_names()),
        (None, None) => Err(errors::invalid("One of logGroupName or logGroupIdentifier must be provided.")),
    }
}

/// A stream that is to be written, with the policies that let services do so.
pub struct Writing {
    /// Its group.
    pub group: Group,
    /// Its name.
    pub name: String,
    /// The stream, if it is there.
    pub stream: Option<Stream>,
    /// The account's resource policies as one document; for calls of AWS services only.
    pub policy: Option<Arc<str>>,
}

impl Resource for Writing {
    fn arn(&self) -> String {
        group::stream_arn(&self.group.region, &self.group.account, &self.group.name, &self.name)
    }
    fn owner(&self) -> Option<String> {
        Some(self.group.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.group.tags()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.clone()?;
        Some(ResourcePolicy { text, semantics: Semantics::Generic })
    }
}

/// A stream of a group in the call's account and Region, to be written or made.
///
/// # Errors
/// Those of the store.
pub fn writing(call: &Call<'_>, tx: &Tx, group: &str, stream: &str) -> Result<Lookup<Writing>> {
    let Some(group) = groups::find(tx.reads(), &call.account, &call.region, group)? else {
        let arn = group::stream_arn(&call.region, &call.account, group, stream);
        return Ok(Lookup::missing(arn, errors::no_group()));
    };
    // AWS: model, PutResourcePolicy: only principals that are AWS services are judged by these policies.
    let policy = match call.caller.service_name() {
        Some(_) => policies::combined(tx.reads(), &group)?,
        None => None,
    };
    let found = streams::find(tx.reads(), &group, stream)?;
    Ok(Lookup::Found(Writing { group, name: stream.to_owned(), stream: found, policy }))
}

/// One action on the account's log groups in general.
pub fn on_account(call: &Call<'_>, action: &str) -> Access {
    Access::to(action, group::account_arn(call))
}

/// Requires what the standard class has and others lack.
///
/// # Errors
/// `InvalidOperationException`.
// AWS: user guide, "Log classes": the table of supported features.
pub fn require_standard(group: &Group) -> Result<()> {
    match group.class {
        group::Class::Standard => Ok(()),
        group::Class::InfrequentAccess => Err(errors::invalid_operation(
            "This operation is not supported for log groups of the Infrequent Access log class.",
        )),
    }
}

/// The same for operations whose model declares no `InvalidOperationException`.
///
/// # Errors
/// `InvalidParameterException`.
pub fn require_readable(group: &Group) -> Result<()> {
    require_standard(group).map_err(|error| errors::invalid(error.message))
}
