//! Policies themselves.

use crate::law::{self, Law};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, tagging, view};
use kage_api_organizations::types::{
    CreatePolicyResponse, DeletePolicyResponse, DescribePolicyResponse, ListPoliciesResponse,
    UpdatePolicyResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::organization::{self, OrganizationPolicy};

/// Makes a policy. It binds nobody before it is attached.
pub struct CreatePolicy;

impl Operation for CreatePolicy {
    shape!(CREATE_POLICY: CreatePolicyRequest -> CreatePolicyResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Management)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        let access =
            Access::on("organizations:CreatePolicy", target).key("organizations:PolicyType", &input.r#type);
        tagging::on_create(access, input.tags.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<CreatePolicyResponse> {
        let organization = scoped.organization;
        if organization.feature_set != "ALL" {
            return Err(errors::type_not_available());
        }
        law::require_document(&input.r#type, &input.content)?;
        law::require_free_name(tx, &organization, &input.name, "")?;
        let policy = OrganizationPolicy {
            id: format!("p-{}", call.ids().lower(8)),
            organization: organization.id.clone(),
            kind: input.r#type.clone(),
            name: input.name.clone(),
            description: input.description.clone(),
            content: input.content.clone(),
            aws_managed: false,
            tags: tagging::of_new(input.tags.as_ref())?,
        };
        organization::put_policy(tx, &policy)?;
        let law = Law { arn: policy.arn(&organization.management), policy };
        Ok(CreatePolicyResponse { policy: Some(view::policy(&organization, &law)) })
    }
}

/// Changes a policy, for all it is attached to.
pub struct UpdatePolicy;

impl Operation for UpdatePolicy {
    shape!(UPDATE_POLICY: UpdatePolicyRequest -> UpdatePolicyResponse on Scoped<Law>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Law>>> {
        law::named(call, tx, Who::Management, &input.policy_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Law>>) -> Access {
        law::access("organizations:UpdatePolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Law>,
        input: &Self::Input,
    ) -> Result<UpdatePolicyResponse> {
        let Scoped { organization, item: mut law } = scoped;
        law.require_own()?;
        if let Some(content) = &input.content {
            law::require_document(&law.policy.kind, content)?;
            law.policy.content.clone_from(content);
        }
        if let Some(name) = &input.name {
            law::require_free_name(tx, &organization, name, &law.policy.id)?;
            law.policy.name.clone_from(name);
        }
        if let Some(description) = &input.description {
            law.policy.description.clone_from(description);
        }
        organization::put_policy(tx, &law.policy)?;
        Ok(UpdatePolicyResponse { policy: Some(view::policy(&organization, &law)) })
    }
}

/// Shows a policy with its document.
pub struct DescribePolicy;

impl Operation for DescribePolicy {
    shape!(DESCRIBE_POLICY: DescribePolicyRequest -> DescribePolicyResponse on Scoped<Law>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Law>>> {
        law::named(call, tx, Who::Administrators, &input.policy_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Law>>) -> Access {
        law::access("organizations:DescribePolicy", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, scoped: Scoped<Law>, _: &Self::Input) -> Result<DescribePolicyResponse> {
        Ok(DescribePolicyResponse { policy: Some(view::policy(&scoped.organization, &scoped.item)) })
    }
}

/// Removes a policy that is attached nowhere.
pub struct DeletePolicy;

impl Operation for DeletePolicy {
    shape!(DELETE_POLICY: DeletePolicyRequest -> DeletePolicyResponse on Scoped<Law>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Law>>> {
        law::named(call, tx, Who::Management, &input.policy_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Law>>) -> Access {
        law::access("organizations:DeletePolicy", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, scoped: Scoped<Law>, _: &Self::Input) -> Result<DeletePolicyResponse> {
        let Scoped { organization, item: law } = scoped;
        law.require_own()?;
        let nodes = organization::nodes(tx.reads(), &organization.id)?;
        if nodes.iter().any(|node| node.policies.values().flatten().any(|id| *id == law.policy.id)) {
            return Err(errors::policy_in_use());
        }
        organization::remove_policy(tx, &organization.id, &law.policy.id)?;
        Ok(DeletePolicyResponse {})
    }
}

/// Lists the policies of one type.
pub struct ListPolicies;

impl Operation for ListPolicies {
    shape!(LIST_POLICIES: ListPoliciesRequest -> ListPoliciesResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListPolicies", target).key("organizations:PolicyType", &input.filter)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListPoliciesResponse> {
        let organization = scoped.organization;
        let mut all = organization::policies(tx.reads(), &organization.id)?;
        all.retain(|policy| policy.kind == input.filter);
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |policy| policy.id.clone(), token, input.max_results)?;
        let shown = page.items.iter().map(|policy| view::policy_summary(&organization, policy));
        Ok(ListPoliciesResponse { policies: Some(shown.collect()), next_token: page.next })
    }
}
