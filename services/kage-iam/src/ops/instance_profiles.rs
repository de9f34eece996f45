//! Instance profiles.

use crate::entity::{self, Entity};
use crate::{errors, pages, tagging, view};
use kage_api_iam::types::{
    AddRoleToInstanceProfileResponse, CreateInstanceProfileResponse, DeleteInstanceProfileResponse,
    GetInstanceProfileResponse, ListInstanceProfilesForRoleResponse, ListInstanceProfilesResponse,
    RemoveRoleFromInstanceProfileResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::instance_profiles::{self, InstanceProfile};
use kage_identity::roles::{self, Role};

/// AWS: IAM user guide, "IAM and AWS STS quotas": instance profiles of one account.
const PROFILES_MAX: usize = 1_000;

/// The instance profile of this name in the caller's account.
///
/// # Errors
/// Those of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<InstanceProfile>> {
    Ok(match instance_profiles::find(tx.reads(), &call.account, name)? {
        Some(profile) => Lookup::Found(profile),
        None => {
            let arn = call.global_arn("iam", format!("instance-profile/{name}"));
            Lookup::missing(arn, errors::no_instance_profile(name))
        }
    })
}

/// Makes an instance profile.
pub struct CreateInstanceProfile;

impl Operation for CreateInstanceProfile {
    shape!(CREATE_INSTANCE_PROFILE: CreateInstanceProfileRequest -> CreateInstanceProfileResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = call.global_arn("iam", format!("instance-profile{path}{}", input.instance_profile_name));
        let access = Access::to("iam:CreateInstanceProfile", &arn);
        tagging::on_create(access, "iam:TagInstanceProfile", &arn, input.tags.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<CreateInstanceProfileResponse> {
        let name = &input.instance_profile_name;
        if instance_profiles::find(tx.reads(), &call.account, name)?.is_some() {
            return Err(errors::exists(format!("Instance Profile {name} already exists.")));
        }
        if instance_profiles::list(tx.reads(), &call.account)?.len() >= PROFILES_MAX {
            return Err(errors::quota("InstanceProfilesPerAccount", PROFILES_MAX));
        }
        let profile = InstanceProfile {
            account: call.account.clone(),
            name: name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: call.ids().principal_id("AIPA", &call.account),
            created: call.now.milliseconds(),
            role: None,
            tags: tagging::of_new(input.tags.as_ref())?,
        };
        instance_profiles::put(tx, &profile)?;
        Ok(CreateInstanceProfileResponse { instance_profile: view::instance_profile(tx, &profile, true)? })
    }
}

/// Shows an instance profile and its role.
pub struct GetInstanceProfile;

impl Operation for GetInstanceProfile {
    shape!(GET_INSTANCE_PROFILE: GetInstanceProfileRequest -> GetInstanceProfileResponse on InstanceProfile);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<InstanceProfile>> {
        lookup(call, tx, &input.instance_profile_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<InstanceProfile>) -> Access {
        Access::on("iam:GetInstanceProfile", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        profile: InstanceProfile,
        _: &Self::Input,
    ) -> Result<GetInstanceProfileResponse> {
        Ok(GetInstanceProfileResponse { instance_profile: view::instance_profile(tx, &profile, true)? })
    }
}

/// Lists the instance profiles of the account.
pub struct ListInstanceProfiles;

impl Operation for ListInstanceProfiles {
    shape!(LIST_INSTANCE_PROFILES: ListInstanceProfilesRequest -> ListInstanceProfilesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListInstanceProfiles")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<ListInstanceProfilesResponse> {
        let mut all = instance_profiles::list(tx.reads(), &call.account)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        all.retain(|profile| profile.path.starts_with(prefix));
        let key = |profile: &InstanceProfile| profile.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let view = |profile| view::instance_profile(tx, profile, false);
        let instance_profiles = cut.items.iter().map(view).collect::<Result<_>>()?;
        Ok(ListInstanceProfilesResponse {
            instance_profiles,
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// Lists the instance profiles that carry a role.
pub struct ListInstanceProfilesForRole;

impl Operation for ListInstanceProfilesForRole {
    shape!(LIST_INSTANCE_PROFILES_FOR_ROLE: ListInstanceProfilesForRoleRequest ->
        ListInstanceProfilesForRoleResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, &input.role_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access("iam:ListInstanceProfilesForRole", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        role: Role,
        input: &Self::Input,
    ) -> Result<ListInstanceProfilesForRoleResponse> {
        let mut all = instance_profiles::list(tx.reads(), &role.account)?;
        all.retain(|profile| {
            profile.role.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&role.name))
        });
        let key = |profile: &InstanceProfile| profile.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let view = |profile| view::instance_profile(tx, profile, false);
        let instance_profiles = cut.items.iter().map(view).collect::<Result<_>>()?;
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles,
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// Puts a role into an instance profile, which holds one at most.
pub struct AddRoleToInstanceProfile;

impl Operation for AddRoleToInstanceProfile {
    shape!(ADD_ROLE_TO_INSTANCE_PROFILE: AddRoleToInstanceProfileRequest ->
        AddRoleToInstanceProfileResponse on (InstanceProfile, Role));

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<(InstanceProfile, Role)>> {
        let role = match Role::lookup(call, tx, &input.role_name)? {
            Lookup::Found(role) => role,
            Lookup::Missing { arn, owner, error } => return Ok(Lookup::Missing { arn, owner, error }),
        };
        Ok(lookup(call, tx, &input.instance_profile_name)?.map(|profile| (profile, role)))
    }

    /// Rule 5 of `authorization.md`: a role that is handed on needs `iam:PassRole`.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<(InstanceProfile, Role)>) -> Access {
        let (profile, role) = match target.found() {
            Some((profile, role)) => (profile.arn(), role.arn()),
            None => (
                call.global_arn("iam", format!("instance-profile/{}", input.instance_profile_name)),
                call.global_arn("iam", format!("role/{}", input.role_name)),
            ),
        };
        Access::to("iam:AddRoleToInstanceProfile", profile)
            .and(Access::to("iam:PassRole", role).key("iam:PassedToService", "ec2.amazonaws.com"))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        (mut profile, role): (InstanceProfile, Role),
        _: &Self::Input,
    ) -> Result<AddRoleToInstanceProfileResponse> {
        role.require_modifiable()?;
        if profile.role.is_some() {
            return Err(errors::quota("InstanceSessionsPerInstanceProfile", 1));
        }
        profile.role = Some(role.name);
        instance_profiles::put(tx, &profile)?;
        Ok(AddRoleToInstanceProfileResponse {})
    }
}

/// Takes the role out of an instance profile.
pub struct RemoveRoleFromInstanceProfile;

impl Operation for RemoveRoleFromInstanceProfile {
    shape!(REMOVE_ROLE_FROM_INSTANCE_PROFILE: RemoveRoleFromInstanceProfileRequest ->
        RemoveRoleFromInstanceProfileResponse on InstanceProfile);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<InstanceProfile>> {
        lookup(call, tx, &input.instance_profile_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<InstanceProfile>) -> Access {
        Access::on("iam:RemoveRoleFromInstanceProfile", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut profile: InstanceProfile,
        input: &Self::Input,
    ) -> Result<RemoveRoleFromInstanceProfileResponse> {
        let held = profile.role.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&input.role_name));
        if !held || roles::find(tx.reads(), &call.account, &input.role_name)?.is_none() {
            return Err(errors::no_role(&input.role_name));
        }
        profile.role = None;
        instance_profiles::put(tx, &profile)?;
        Ok(RemoveRoleFromInstanceProfileResponse {})
    }
}

/// Deletes an instance profile without role.
pub struct DeleteInstanceProfile;

impl Operation for DeleteInstanceProfile {
    shape!(DELETE_INSTANCE_PROFILE: DeleteInstanceProfileRequest ->
        DeleteInstanceProfileResponse on InstanceProfile);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<InstanceProfile>> {
        lookup(call, tx, &input.instance_profile_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<InstanceProfile>) -> Access {
        Access::on("iam:DeleteInstanceProfile", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        profile: InstanceProfile,
        _: &Self::Input,
    ) -> Result<DeleteInstanceProfileResponse> {
        if profile.role.is_some() {
            return Err(errors::delete_conflict("remove roles from instance profile"));
        }
        instance_profiles::remove(tx, &profile.account, &profile.name)?;
        Ok(DeleteInstanceProfileResponse {})
    }
}
