//! Managed policies and their versions.

use crate::entity::Usage;
use crate::managed::{self, Managed};
use crate::{documents, errors, pages, tagging, view};
use kage_api_iam::types::{
    self as api, CreatePolicyResponse, CreatePolicyVersionResponse, DeletePolicyResponse,
    DeletePolicyVersionResponse, GetPolicyResponse, GetPolicyVersionResponse, ListPoliciesResponse,
    ListPolicyVersionsResponse, SetDefaultPolicyVersionResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::policies::{self, ManagedPolicy, PolicyVersion};

/// AWS: IAM user guide, "IAM and AWS STS quotas": customer managed policies of one account.
pub const POLICIES_MAX: usize = 1_500;
/// AWS: the same page: versions of one policy.
pub const VERSIONS_MAX: usize = 5;

/// Makes a customer managed policy.
pub struct CreatePolicy;

impl Operation for CreatePolicy {
    shape!(CREATE_POLICY: CreatePolicyRequest -> CreatePolicyResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = call.global_arn("iam", format!("policy{path}{}", input.policy_name));
        tagging::on_create(Access::to("iam:CreatePolicy", &arn), "iam:TagPolicy", &arn, input.tags.as_ref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreatePolicyResponse> {
        documents::require_managed(&input.policy_document)?;
        let name = &input.policy_name;
        if policies::find_by_name(tx.reads(), &call.account, name)?.is_some() {
            return Err(errors::exists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        if policies::list(tx.reads(), &call.account)?.len() >= POLICIES_MAX {
            return Err(errors::quota("PoliciesPerAccount", POLICIES_MAX));
        }
        let now = call.now.milliseconds();
        let first =
            PolicyVersion { id: "v1".to_owned(), document: input.policy_document.clone(), created: now };
        let policy = ManagedPolicy {
            account: call.account.clone(),
            name: name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: call.ids().principal_id("ANPA", &call.account),
            description: input.description.clone(),
            created: now,
            updated: now,
            versions: vec![first],
            default_version: "v1".to_owned(),
            next_version: 2,
            tags: tagging::of_new(input.tags.as_ref())?,
        };
        policies::put(tx, &policy)?;
        let view = view::policy(&Managed::Customer(Box::new(policy)), &Usage::default(), true);
        Ok(CreatePolicyResponse { policy: Some(api::Policy { description: None, ..view }) })
    }
}

/// Shows a managed policy.
pub struct GetPolicy;

impl Operation for GetPolicy {
    shape!(GET_POLICY: GetPolicyRequest -> GetPolicyResponse on Managed);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Managed>> {
        managed::lookup(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Managed>) -> Access {
        Access::on("iam:GetPolicy", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, policy: Managed, _: &Self::Input) -> Result<GetPolicyResponse> {
        let usage = Usage::of(call, tx)?;
        Ok(GetPolicyResponse { policy: Some(view::policy(&policy, &usage, true)) })
    }
}

/// Lists managed policies.
pub struct ListPolicies;

impl Operation for ListPolicies {
    shape!(LIST_POLICIES: ListPoliciesRequest -> ListPoliciesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListPolicies")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListPoliciesResponse> {
        let usage = Usage::of(call, tx)?;
        let scope = input.scope.as_deref().unwrap_or(api::policy_scope_type::ALL);
        let mut all = Vec::new();
        if scope != api::policy_scope_type::AWS {
            for policy in policies::list(tx.reads(), &call.account)? {
                let view = view::policy(&Managed::Customer(Box::new(policy)), &usage, false);
                // AWS: IAM API reference, ListPolicies: the description is left out.
                all.push(api::Policy { description: None, ..view });
            }
        }
        if scope != api::policy_scope_type::LOCAL {
            all.extend(kage_iam_data::managed_policies().map(|summary| view::aws_policy(&summary, &usage)));
        }
        all.retain(|policy| wanted(policy, input));
        // Names of the account's own policies may repeat those of AWS's.
        let key = |policy: &api::Policy| {
            let name = policy.policy_name.as_deref().unwrap_or_default().to_lowercase();
            format!("{name}\n{}", policy.arn.as_deref().unwrap_or_default())
        };
        all.sort_by_key(key);
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        Ok(ListPoliciesResponse {
            policies: Some(cut.items),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

fn wanted(policy: &api::Policy, input: &api::ListPoliciesRequest) -> bool {
    let attached = policy.attachment_count.unwrap_or(0) > 0;
    let boundary = policy.permissions_boundary_usage_count.unwrap_or(0) > 0;
    let used = match input.policy_usage_filter.as_deref() {
        Some(api::policy_usage_type::PERMISSIONS_BOUNDARY) => boundary,
        Some(_) => attached,
        None => !input.only_attached.unwrap_or(false) || attached,
    };
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    used && policy.path.as_deref().is_some_and(|path| path.starts_with(prefix))
}

/// Deletes a customer managed policy that nothing uses and that has its default version only.
pub struct DeletePolicy;

impl Operation for DeletePolicy {
    shape!(DELETE_POLICY: DeletePolicyRequest -> DeletePolicyResponse on ManagedPolicy);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<ManagedPolicy>> {
        managed::lookup_own(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<ManagedPolicy>) -> Access {
        Access::on("iam:DeletePolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        policy: ManagedPolicy,
        _: &Self::Input,
    ) -> Result<DeletePolicyResponse> {
        let (attached, boundary) = Usage::of(call, tx)?.count(&policy.arn());
        if attached > 0 || boundary > 0 {
            return Err(errors::conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(errors::conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        policies::remove(tx, &policy)?;
        Ok(DeletePolicyResponse {})
    }
}

/// Adds a version to a customer managed policy.
pub struct CreatePolicyVersion;

impl Operation for CreatePolicyVersion {
    shape!(CREATE_POLICY_VERSION: CreatePolicyVersionRequest -> CreatePolicyVersionResponse on ManagedPolicy);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<ManagedPolicy>> {
        managed::lookup_own(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<ManagedPolicy>) -> Access {
        Access::on("iam:CreatePolicyVersion", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut policy: ManagedPolicy,
        input: &Self::Input,
    ) -> Result<CreatePolicyVersionResponse> {
        documents::require_managed(&input.policy_document)?;
        if policy.versions.len() >= VERSIONS_MAX {
            return Err(errors::limit(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            ));
        }
        let version = PolicyVersion {
            id: format!("v{}", policy.next_version),
            document: input.policy_document.clone(),
            created: call.now.milliseconds(),
        };
        policy.next_version = policy.next_version.saturating_add(1);
        policy.updated = version.created;
        if input.set_as_default.unwrap_or(false) {
            policy.default_version.clone_from(&version.id);
        }
        policy.versions.push(version.clone());
        policies::put(tx, &policy)?;
        let view = view::policy_version(&version, &policy.default_version, false);
        Ok(CreatePolicyVersionResponse { policy_version: Some(view) })
    }
}

/// Shows a version of a managed policy with its document.
pub struct GetPolicyVersion;

impl Operation for GetPolicyVersion {
    shape!(GET_POLICY_VERSION: GetPolicyVersionRequest -> GetPolicyVersionResponse on Managed);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Managed>> {
        managed::lookup(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Managed>) -> Access {
        Access::on("iam:GetPolicyVersion", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        policy: Managed,
        input: &Self::Input,
    ) -> Result<GetPolicyVersionResponse> {
        let (versions, default) = policy.versions();
        let version = versions.iter().find(|version| version.id == input.version_id);
        let version =
            version.ok_or_else(|| errors::no_policy_version(&input.policy_arn, &input.version_id))?;
        Ok(GetPolicyVersionResponse { policy_version: Some(view::policy_version(version, &default, true)) })
    }
}

/// Lists the versions of a managed policy, newest first.
pub struct ListPolicyVersions;

impl Operation for ListPolicyVersions {
    shape!(LIST_POLICY_VERSIONS: ListPolicyVersionsRequest -> ListPolicyVersionsResponse on Managed);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Managed>> {
        managed::lookup(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Managed>) -> Access {
        Access::on("iam:ListPolicyVersions", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        policy: Managed,
        input: &Self::Input,
    ) -> Result<ListPolicyVersionsResponse> {
        let (versions, default) = policy.versions();
        let cut = pages::by_place(call, versions, input.marker.as_deref(), input.max_items)?;
        let view = |version| view::policy_version(version, &default, false);
        Ok(ListPolicyVersionsResponse {
            versions: Some(cut.items.iter().map(view).collect()),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// Puts a version of a customer managed policy into force.
pub struct SetDefaultPolicyVersion;

impl Operation for SetDefaultPolicyVersion {
    shape!(SET_DEFAULT_POLICY_VERSION: SetDefaultPolicyVersionRequest ->
        SetDefaultPolicyVersionResponse on ManagedPolicy);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<ManagedPolicy>> {
        managed::lookup_own(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<ManagedPolicy>) -> Access {
        Access::on("iam:SetDefaultPolicyVersion", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut policy: ManagedPolicy,
        input: &Self::Input,
    ) -> Result<SetDefaultPolicyVersionResponse> {
        if policy.version(&input.version_id).is_none() {
            return Err(errors::no_policy_version(&input.policy_arn, &input.version_id));
        }
        policy.default_version.clone_from(&input.version_id);
        policy.updated = call.now.milliseconds();
        policies::put(tx, &policy)?;
        Ok(SetDefaultPolicyVersionResponse {})
    }
}

/// Deletes a version of a customer managed policy that is not in force.
pub struct DeletePolicyVersion;

impl Operation for DeletePolicyVersion {
    shape!(DELETE_POLICY_VERSION: DeletePolicyVersionRequest -> DeletePolicyVersionResponse on ManagedPolicy);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<ManagedPolicy>> {
        managed::lookup_own(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<ManagedPolicy>) -> Access {
        Access::on("iam:DeletePolicyVersion", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut policy: ManagedPolicy,
        input: &Self::Input,
    ) -> Result<DeletePolicyVersionResponse> {
        if policy.version(&input.version_id).is_none() {
            return Err(errors::no_policy_version(&input.policy_arn, &input.version_id));
        }
        if policy.default_version == input.version_id {
            return Err(errors::conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.retain(|version| version.id != input.version_id);
        policies::put(tx, &policy)?;
        Ok(DeletePolicyVersionResponse {})
    }
}
