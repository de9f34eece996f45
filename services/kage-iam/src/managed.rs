//! Managed policies: the customer's and AWS's own.

use crate::errors;
use kage_core::{Arn, Call, Lookup, Resource, Result, Tx};
use kage_iam_data::ManagedPolicyData;
use kage_identity::Tags;
use kage_identity::policies::{self, ManagedPolicy, PolicyVersion};
use kage_schema::Timestamp;
use std::sync::Arc;

/// A managed policy.
#[derive(Clone, Debug)]
pub enum Managed {
    /// Of the account.
    Customer(Box<ManagedPolicy>),
    /// Of AWS.
    Aws(Arc<ManagedPolicyData>),
}

impl Resource for Managed {
    fn arn(&self) -> String {
        match self {
            Managed::Customer(policy) => policy.arn(),
            Managed::Aws(data) => data.arn.to_string(),
        }
    }
    fn owner(&self) -> Option<String> {
        match self {
            Managed::Customer(policy) => Some(policy.account.clone()),
            // Anybody may read AWS's own policies: what counts is the reader's own permission.
            Managed::Aws(_) => None,
        }
    }
    fn tags(&self) -> Vec<(String, String)> {
        match self {
            Managed::Customer(policy) => policy.tags.0.clone(),
            Managed::Aws(_) => Vec::new(),
        }
    }
}

impl Managed {
    /// Its versions, newest first, and the id of the one in force. Of AWS's own only the one in force is known.
    #[must_use]
    pub fn versions(&self) -> (Vec<PolicyVersion>, String) {
        match self {
            Managed::Customer(policy) => {
                (policy.versions.iter().rev().cloned().collect(), policy.default_version.clone())
            }
            Managed::Aws(data) => {
                let version = PolicyVersion {
                    id: data.default_version.to_string(),
                    document: data.document.to_string(),
                    created: time(&data.updated).milliseconds(),
                };
                (vec![version], data.default_version.to_string())
            }
        }
    }

    /// Its tags.
    #[must_use]
    pub fn tag_set(&self) -> Tags {
        Tags(self.tags())
    }
}

/// A time of the data on AWS's policies.
#[must_use]
pub fn time(text: &str) -> Timestamp {
    Timestamp::parse_iso8601(text).unwrap_or_default()
}

/// The name at the end of a policy's ARN.
#[must_use]
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The path in a policy's ARN: `/` or `/division/`.
#[must_use]
pub fn path_of(arn: &str) -> &str {
    let path = arn.find(":policy/").and_then(|at| arn.get(at.saturating_add(7)..)).unwrap_or("/");
    path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or("/")
}

/// Refuses what is no ARN of a managed policy.
///
/// # Errors
/// `ValidationError`.
pub fn require_arn(arn: &str) -> Result<Arn> {
    // AWS: recorded in pulumi/pulumi-aws-apigateway issue 347, for a policy of another partition.
    if arn.strip_prefix("arn:").is_some_and(|rest| rest.starts_with("aws-")) {
        return Err(errors::validation("Invalid ARN partition"));
    }
    Arn::parse(arn)
        .filter(|parsed| parsed.service == "iam" && parsed.of("policy").is_some_and(|name| !name.is_empty()))
        .ok_or_else(errors::unparsable_arn)
}

/// The policy with this ARN, to be read.
///
/// # Errors
/// `ValidationError` for what is no ARN of a policy.
pub fn lookup(tx: &Tx, arn: &str) -> Result<Lookup<Managed>> {
    let parsed = require_arn(arn)?;
    if policies::is_aws_managed(arn) {
        return Ok(match kage_iam_data::managed_policy(arn) {
            Some(data) => Lookup::Found(Managed::Aws(data)),
            None => Lookup::missing(arn, errors::no_policy(arn)),
        });
    }
    Ok(match policies::find(tx.reads(), arn)? {
        Some(policy) => Lookup::Found(Managed::Customer(Box::new(policy))),
        None => Lookup::Missing {
            arn: arn.to_owned(),
            owner: Some(parsed.account),
            error: errors::no_policy(arn),
        },
    })
}

/// The policy with this ARN, to be changed. AWS's own belong to the account `aws`, so nobody else may change them.
///
/// # Errors
/// `ValidationError` for what is no ARN of a policy.
pub fn lookup_own(tx: &Tx, arn: &str) -> Result<Lookup<ManagedPolicy>> {
    let parsed = require_arn(arn)?;
    Ok(match policies::find(tx.reads(), arn)? {
        Some(policy) => Lookup::Found(policy),
        None => Lookup::Missing {
            arn: arn.to_owned(),
            owner: Some(parsed.account),
            error: errors::no_policy(arn),
        },
    })
}

/// Refuses a policy that cannot be attached to something of the caller's account.
///
/// # Errors
/// `ValidationError`, `NoSuchEntity`.
pub fn require_attachable(call: &Call<'_>, tx: &Tx, arn: &str) -> Result<()> {
    let parsed = require_arn(arn)?;
    let there = if policies::is_aws_managed(arn) {
        kage_iam_data::is_managed_policy(arn)
    } else {
        parsed.account == call.account && policies::find(tx.reads(), arn)?.is_some()
    };
    if there { Ok(()) } else { Err(errors::not_attachable(arn)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_path_and_name() {
        let arn = "arn:aws:iam::aws:policy/service-role/AWSConfigRole";
        assert_eq!((path_of(arn), name_of(arn)), ("/service-role/", "AWSConfigRole"));
        let arn = "arn:aws:iam::111122223333:policy/deny";
        assert_eq!((path_of(arn), name_of(arn)), ("/", "deny"));
        assert!(require_arn("arn:aws:iam::111122223333:role/deny").is_err());
        assert!(require_arn("deny").is_err());
    }
}
