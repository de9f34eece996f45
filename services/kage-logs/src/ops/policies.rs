//! Resource policies: put, described, removed.

use crate::group::Group;
use crate::ops::destinations::require_policy;
use crate::pages::{self, Asked};
use crate::policies::{self, Policy};
use crate::{errors, named};
use kage_api_logs::types::{
    DeleteResourcePolicyResponse, DescribeResourcePoliciesResponse, PutResourcePolicyResponse, ResourcePolicy,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: model, PutResourcePolicy: "An account can have a maximum of 10 policies without resourceARN".
const MOST: usize = 10;

/// What a policy is of: a log group, or the account.
type Owner = Option<Group>;

fn owner(call: &Call<'_>, tx: &Tx, resource: Option<&String>) -> Result<Lookup<Owner>> {
    match resource {
        Some(arn) => Ok(named::by_identifier(call, tx, arn)?.map(Some)),
        None => Ok(Lookup::Found(None)),
    }
}

fn access(call: &Call<'_>, action: &str, target: &Lookup<Owner>) -> Access {
    match target {
        Lookup::Found(Some(group)) => Access::on_found(action, group),
        Lookup::Found(None) => named::on_account(call, action),
        Lookup::Missing { arn, owner, .. } => {
            let access = Access::to(action, arn.clone());
            match owner {
                Some(owner) => access.owned_by(owner.clone()),
                None => access,
            }
        }
    }
}

fn show(policy: Policy) -> ResourcePolicy {
    let of_group = !policy.resource.is_empty();
    ResourcePolicy {
        policy_name: (!of_group).then_some(policy.name),
        policy_document: Some(policy.document),
        last_updated_time: Some(policy.updated),
        policy_scope: Some(if of_group { "RESOURCE" } else { "ACCOUNT" }.to_owned()),
        revision_id: of_group.then_some(policy.revision),
        resource_arn: of_group.then_some(policy.resource),
    }
}

/// Lets AWS services write.
pub struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    shape!(PUT_RESOURCE_POLICY: PutResourcePolicyRequest -> PutResourcePolicyResponse on Owner);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Owner>> {
        owner(call, tx, input.resource_arn.as_ref())
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Owner>) -> Access {
        access(call, "logs:PutResourcePolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Owner,
        input: &Self::Input,
    ) -> Result<PutResourcePolicyResponse> {
        // AWS: model, PutResourcePolicy$policyDocument and $policyName: "This parameter is required."
        let document = input.policy_document.clone();
        let document = document.ok_or_else(|| errors::invalid("policyDocument is required."))?;
        require_policy(&document)?;
        let name = match (&group, &input.policy_name) {
            (_, Some(name)) if !name.is_empty() => name.clone(),
            (Some(_), _) => String::new(),
            (None, _) => return Err(errors::invalid("policyName is required.")),
        };
        let policy = Policy {
            name,
            resource: group.as_ref().map(Group::arn).unwrap_or_default(),
            document,
            updated: call.now.milliseconds(),
            revision: call.ids().uuid(),
        };
        let all = policies::list(tx.reads(), &call.account, &call.region)?;
        let before = all.iter().find(|other| other.id() == policy.id());
        if group.is_some() {
            require_revision(before, input.expected_revision_id.as_ref())?;
        } else if before.is_none() && all.iter().filter(|other| other.resource.is_empty()).count() >= MOST {
            return Err(errors::limit());
        }
        policies::put(tx, &call.account, &call.region, &policy)?;
        let shown = show(policy);
        Ok(PutResourcePolicyResponse { revision_id: shown.revision_id.clone(), resource_policy: Some(shown) })
    }
}

// AWS: model, PutResourcePolicy$expectedRevisionId: it prevents concurrent changes; none for the first time.
fn require_revision(before: Option<&Policy>, expected: Option<&String>) -> Result<()> {
    if before.map(|before| &before.revision) == expected {
        return Ok(());
    }
    Err(errors::aborted(
        "The expected revision ID does not match the current revision ID of the resource policy.",
    ))
}

/// Describes the policies of the account, or of a log group.
pub struct DescribeResourcePolicies;

impl Operation for DescribeResourcePolicies {
    shape!(DESCRIBE_RESOURCE_POLICIES: DescribeResourcePoliciesRequest -> DescribeResourcePoliciesResponse on Owner);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Owner>> {
        owner(call, tx, input.resource_arn.as_ref())
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Owner>) -> Access {
        access(call, "logs:DescribeResourcePolicies", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Owner,
        input: &Self::Input,
    ) -> Result<DescribeResourcePoliciesResponse> {
        let mut found = policies::list(tx.reads(), &call.account, &call.region)?;
        let of_groups = group.is_some() || input.policy_scope.as_deref() == Some("RESOURCE");
        found.retain(|policy| policy.resource.is_empty() != of_groups);
        if let Some(group) = group {
            found.retain(|policy| policy.resource == group.arn());
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |policy| policy.id().to_owned(), &asked)?;
        Ok(DescribeResourcePoliciesResponse {
            resource_policies: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}

/// Removes a policy.
pub struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    shape!(DELETE_RESOURCE_POLICY: DeleteResourcePolicyRequest -> DeleteResourcePolicyResponse on Owner);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Owner>> {
        owner(call, tx, input.resource_arn.as_ref())
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Owner>) -> Access {
        access(call, "logs:DeleteResourcePolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Owner,
        input: &Self::Input,
    ) -> Result<DeleteResourcePolicyResponse> {
        let id = match (&group, &input.policy_name) {
            (Some(group), _) => group.arn(),
            (None, Some(name)) => name.clone(),
            (None, None) => return Err(errors::invalid("policyName is required.")),
        };
        let before = policies::find(tx.reads(), &call.account, &call.region, &id)?;
        let before = before.ok_or_else(|| errors::no_policy(&id))?;
        if group.is_some() {
            require_revision(Some(&before), input.expected_revision_id.as_ref())?;
        }
        policies::remove(tx, &call.account, &call.region, &id);
        Ok(DeleteResourcePolicyResponse {})
    }
}
