//! Policies of the organization.

use crate::errors;
use crate::scope::{self, Scoped, Who};
use kage_authz::{Policy, PolicyKind};
use kage_core::{Access, Call, Lookup, Resource, Result, Tx};
use kage_identity::organization::{
    self, Organization, OrganizationPolicy, RESOURCE_CONTROL, SERVICE_CONTROL,
};

/// Limits of one type of policies. AWS: Organizations user guide, "Quotas for AWS Organizations", as of late 2026:
/// characters of a document (white space counts when it is sent), attachments to one root, unit or account.
struct Limits {
    size: usize,
    attached: usize,
    kind: PolicyKind,
    full_access: &'static str,
}

const SERVICE_CONTROL_LIMITS: Limits =
    Limits { size: 10_240, attached: 10, kind: PolicyKind::ServiceControl, full_access: "p-FullAWSAccess" };
const RESOURCE_CONTROL_LIMITS: Limits =
    Limits { size: 5_120, attached: 5, kind: PolicyKind::ResourceControl, full_access: "p-RCPFullAWSAccess" };

fn limits(kind: &str) -> Option<&'static Limits> {
    match kind {
        SERVICE_CONTROL => Some(&SERVICE_CONTROL_LIMITS),
        RESOURCE_CONTROL => Some(&RESOURCE_CONTROL_LIMITS),
        _ => None,
    }
}

/// AWS's own policy of this type that allows everything.
#[must_use]
pub fn full_access(kind: &str) -> Option<&'static str> {
    limits(kind).map(|limits| limits.full_access)
}

/// Refuses types of policies that the double does not know.
pub fn require_modelled(kind: &str) -> Result<()> {
    limits(kind).map(|_| ()).ok_or_else(|| errors::not_modelled(&format!("policies of type {kind}")))
}

/// Checks a document that is to be stored: its grammar and its size. Rules 40 and 47 of `authorization.md`.
pub fn require_document(kind: &str, content: &str) -> Result<()> {
    let Some(limits) = limits(kind) else { return require_modelled(kind) };
    if content.chars().count() > limits.size {
        return Err(errors::constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum policy size.",
        ));
    }
    Policy::parse(content, limits.kind).map(|_| ()).map_err(|error| errors::malformed(error.message()))
}

/// Refuses one more attachment than a target may have.
pub fn require_attachable(kind: &str, attached: usize) -> Result<()> {
    match limits(kind) {
        Some(limits) if attached >= limits.attached => Err(errors::constraint(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies to the specified target.",
        )),
        _ => Ok(()),
    }
}

/// A policy, with its ARN.
pub struct Law {
    /// The policy.
    pub policy: OrganizationPolicy,
    /// Its ARN.
    pub arn: String,
}

impl Resource for Law {
    fn arn(&self) -> String {
        self.arn.clone()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.policy.tags.0.clone()
    }
}

impl Law {
    /// Refuses a change of one of AWS's own policies.
    pub fn require_own(&self) -> Result<()> {
        if self.policy.aws_managed {
            return Err(errors::invalid(
                "IMMUTABLE_POLICY",
                "You specified a policy that is managed by AWS and can't be modified.",
            ));
        }
        Ok(())
    }
}

/// The policy with this id in the organization.
pub fn find(tx: &Tx, organization: &Organization, id: &str) -> Result<Option<Law>> {
    let found = organization::policy(tx.reads(), &organization.id, id)?;
    Ok(found.map(|policy| Law { arn: policy.arn(&organization.management), policy }))
}

/// The policy that a call names.
pub fn named(call: &Call<'_>, tx: &Tx, who: Who, id: &str) -> Result<Lookup<Scoped<Law>>> {
    scope::within(call, tx, who, id, errors::no_policy, |organization| find(tx, organization, id))
}

/// One action on a policy, with the condition key of its type.
#[must_use]
pub fn access(action: &str, target: &Lookup<Scoped<Law>>) -> Access {
    let kind = target.found().map(|scoped| scoped.item.policy.kind.clone());
    Access::on(action, target).key_if("organizations:PolicyType", kind)
}

/// Refuses a name that another policy of the organization has.
pub fn require_free_name(tx: &Tx, organization: &Organization, name: &str, but: &str) -> Result<()> {
    let all = organization::policies(tx.reads(), &organization.id)?;
    if all.iter().any(|policy| policy.id != but && policy.name == name) {
        return Err(errors::duplicate_policy());
    }
    Ok(())
}
