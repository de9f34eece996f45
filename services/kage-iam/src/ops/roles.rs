//! Roles and their trust policies.

use crate::entity::{self, Entity};
use crate::view::Detail;
use crate::{errors, managed, pages, tagging, trust, view};
use kage_api_iam::types::{
    CreateRoleResponse, DeleteRoleResponse, GetRoleResponse, ListRolesResponse,
    UpdateAssumeRolePolicyResponse, UpdateRoleDescriptionResponse, UpdateRoleResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::instance_profiles;
use kage_identity::roles::{self, Role};

/// AWS: IAM user guide, "IAM and AWS STS quotas": roles of one account.
const ROLES_MAX: usize = 1_000;
/// AWS: IAM API reference, CreateRole: the longest session when none is given.
const SESSION_SECONDS: i32 = 3_600;

/// Makes a role.
pub struct CreateRole;

impl Operation for CreateRole {
    shape!(CREATE_ROLE: CreateRoleRequest -> CreateRoleResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = call.global_arn("iam", format!("role{path}{}", input.role_name));
        let access = Access::to("iam:CreateRole", &arn)
            .key_if("iam:PermissionsBoundary", input.permissions_boundary.as_ref());
        tagging::on_create(access, "iam:TagRole", &arn, input.tags.as_ref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateRoleResponse> {
        let path = input.path.clone().unwrap_or_else(|| "/".to_owned());
        if path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/") {
            // AWS: IAM user guide, "IAM identifiers": these paths are AWS's own.
            return Err(errors::invalid_input(format!(
                "The path {path} is reserved for roles that AWS makes."
            )));
        }
        if roles::find(tx.reads(), &call.account, &input.role_name)?.is_some() {
            return Err(errors::exists(format!("Role with name {} already exists.", input.role_name)));
        }
        if roles::list(tx.reads(), &call.account)?.len() >= ROLES_MAX {
            return Err(errors::quota("RolesPerAccount", ROLES_MAX));
        }
        if let Some(arn) = &input.permissions_boundary {
            managed::require_attachable(call, tx, arn)?;
        }
        let role = Role {
            account: call.account.clone(),
            name: input.role_name.clone(),
            path,
            id: call.ids().principal_id("AROA", &call.account),
            created: call.now.milliseconds(),
            description: input.description.clone(),
            trust: trust::stored(tx.reads(), &input.assume_role_policy_document)?,
            max_session_seconds: input.max_session_duration.unwrap_or(SESSION_SECONDS),
            tags: tagging::of_new(input.tags.as_ref())?,
            boundary: input.permissions_boundary.clone(),
            ..Role::default()
        };
        roles::put(tx, &role)?;
        Ok(CreateRoleResponse { role: view::role(tx, &role, Detail::Created)? })
    }
}

/// Shows a role.
pub struct GetRole;

impl Operation for GetRole {
    shape!(GET_ROLE: GetRoleRequest -> GetRoleResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access_within_boundary("iam:GetRole", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, role: Role, _: &Self::Input) -> Result<GetRoleResponse> {
        Ok(GetRoleResponse { role: view::role(tx, &role, Detail::Full)? })
    }
}

/// Lists the roles of the account.
pub struct ListRoles;

impl Operation for ListRoles {
    shape!(LIST_ROLES: ListRolesRequest -> ListRolesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListRoles")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListRolesResponse> {
        let mut all = roles::list(tx.reads(), &call.account)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        all.retain(|role| role.path.starts_with(prefix));
        let key = |role: &Role| role.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let roles =
            cut.items.iter().map(|role| view::role(tx, role, Detail::Listed)).collect::<Result<_>>()?;
        Ok(ListRolesResponse { roles, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

/// Changes the description and the longest session of a role.
pub struct UpdateRole;

impl Operation for UpdateRole {
    shape!(UPDATE_ROLE: UpdateRoleRequest -> UpdateRoleResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access_within_boundary("iam:UpdateRole", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut role: Role, input: &Self::Input) -> Result<UpdateRoleResponse> {
        // AWS: IAM user guide, "Edit a service-linked role": its description is changed by this operation.
        if input.max_session_duration.is_some() || input.description.is_none() {
            role.require_modifiable()?;
        }
        // AWS: IAM API reference, UpdateRole: a longest session that is left out becomes one hour again.
        role.max_session_seconds = input.max_session_duration.unwrap_or(SESSION_SECONDS);
        if input.description.is_some() {
            role.description.clone_from(&input.description);
        }
        roles::put(tx, &role)?;
        Ok(UpdateRoleResponse {})
    }
}

/// Changes the description of a role.
pub struct UpdateRoleDescription;

impl Operation for UpdateRoleDescription {
    shape!(UPDATE_ROLE_DESCRIPTION: UpdateRoleDescriptionRequest -> UpdateRoleDescriptionResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access_within_boundary("iam:UpdateRoleDescription", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut role: Role,
        input: &Self::Input,
    ) -> Result<UpdateRoleDescriptionResponse> {
        // AWS: IAM user guide, "Edit a service-linked role": the description is what may be changed.
        role.description = Some(input.description.clone());
        roles::put(tx, &role)?;
        Ok(UpdateRoleDescriptionResponse { role: Some(view::role(tx, &role, Detail::Full)?) })
    }
}

/// Replaces the trust policy of a role.
pub struct UpdateAssumeRolePolicy;

impl Operation for UpdateAssumeRolePolicy {
    shape!(UPDATE_ASSUME_ROLE_POLICY: UpdateAssumeRolePolicyRequest -> UpdateAssumeRolePolicyResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access_within_boundary("iam:UpdateAssumeRolePolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut role: Role,
        input: &Self::Input,
    ) -> Result<UpdateAssumeRolePolicyResponse> {
        role.require_modifiable()?;
        role.trust = trust::stored(tx.reads(), &input.policy_document)?;
        roles::put(tx, &role)?;
        Ok(UpdateAssumeRolePolicyResponse {})
    }
}

/// Deletes a role on which nothing hangs any more.
pub struct DeleteRole;

impl Operation for DeleteRole {
    shape!(DELETE_ROLE: DeleteRoleRequest -> DeleteRoleResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access_within_boundary("iam:DeleteRole", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, role: Role, _: &Self::Input) -> Result<DeleteRoleResponse> {
        role.require_modifiable()?;
        let held = |profile: &instance_profiles::InstanceProfile| {
            profile.role.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&role.name))
        };
        if instance_profiles::list(tx.reads(), &role.account)?.iter().any(held) {
            return Err(errors::delete_conflict("remove roles from instance profile"));
        }
        entity::require_no_policies(&role)?;
        roles::remove(tx, &role)?;
        Ok(DeleteRoleResponse {})
    }
}
