//! Groups and who is in them.

use crate::entity::{self, Entity};
use crate::{errors, pages, view};
use kage_api_iam::types::{
    AddUserToGroupResponse, CreateGroupResponse, DeleteGroupResponse, GetGroupResponse,
    ListGroupsForUserResponse, ListGroupsResponse, RemoveUserFromGroupResponse, UpdateGroupResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::groups::{self, Group};
use kage_identity::users::{self, User};

/// AWS: IAM user guide, "IAM and AWS STS quotas": groups of one account.
const GROUPS_MAX: usize = 300;
/// AWS: the same page: groups of one user.
const GROUPS_PER_USER_MAX: usize = 10;

fn require_free(call: &Call<'_>, tx: &Tx, name: &str) -> Result<()> {
    match groups::find(tx.reads(), &call.account, name)? {
        Some(_) => Err(errors::exists(format!("Group with name {name} already exists."))),
        None => Ok(()),
    }
}

fn members(tx: &Tx, group: &Group) -> Result<Vec<User>> {
    let mut all = users::list(tx.reads(), &group.account)?;
    all.retain(|user| user.groups.iter().any(|name| name.eq_ignore_ascii_case(&group.name)));
    Ok(all)
}

/// Makes a group.
pub struct CreateGroup;

impl Operation for CreateGroup {
    shape!(CREATE_GROUP: CreateGroupRequest -> CreateGroupResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        Access::to("iam:CreateGroup", call.global_arn("iam", format!("group{path}{}", input.group_name)))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateGroupResponse> {
        require_free(call, tx, &input.group_name)?;
        if groups::list(tx.reads(), &call.account)?.len() >= GROUPS_MAX {
            return Err(errors::quota("GroupsPerAccount", GROUPS_MAX));
        }
        let group = Group {
            account: call.account.clone(),
            name: input.group_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: call.ids().principal_id("AGPA", &call.account),
            created: call.now.milliseconds(),
            ..Group::default()
        };
        groups::put(tx, &group)?;
        Ok(CreateGroupResponse { group: view::group(&group) })
    }
}

/// Shows a group and its users.
pub struct GetGroup;

impl Operation for GetGroup {
    shape!(GET_GROUP: GetGroupRequest -> GetGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        Group::lookup(call, tx, &input.group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("iam:GetGroup", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, group: Group, input: &Self::Input) -> Result<GetGroupResponse> {
        let key = |user: &User| user.name.to_lowercase();
        let cut = pages::by_name(call, members(tx, &group)?, key, input.marker.as_deref(), input.max_items)?;
        Ok(GetGroupResponse {
            group: view::group(&group),
            users: cut.items.iter().map(view::listed_user).collect(),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// Lists the groups of the account.
pub struct ListGroups;

impl Operation for ListGroups {
    shape!(LIST_GROUPS: ListGroupsRequest -> ListGroupsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListGroups")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListGroupsResponse> {
        let mut all = groups::list(tx.reads(), &call.account)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        all.retain(|group| group.path.starts_with(prefix));
        let key = |group: &Group| group.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let groups = cut.items.iter().map(view::group).collect();
        Ok(ListGroupsResponse { groups, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

/// Changes the name or the path of a group.
pub struct UpdateGroup;

impl Operation for UpdateGroup {
    shape!(UPDATE_GROUP: UpdateGroupRequest -> UpdateGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        Group::lookup(call, tx, &input.group_name)
    }

    /// AWS: IAM API reference, UpdateGroup: the permission is needed on the source and on the target.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Group>) -> Access {
        let access = Access::on("iam:UpdateGroup", target);
        let Some(group) = target.found() else { return access };
        let path = input.new_path.as_ref().unwrap_or(&group.path);
        let name = input.new_group_name.as_ref().unwrap_or(&group.name);
        let new = call.global_arn("iam", format!("group{path}{name}"));
        if new == group.arn() { access } else { access.and(Access::to("iam:UpdateGroup", new)) }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, group: Group, input: &Self::Input) -> Result<UpdateGroupResponse> {
        let name = input.new_group_name.as_ref().unwrap_or(&group.name).clone();
        if !name.eq_ignore_ascii_case(&group.name) {
            require_free(call, tx, &name)?;
        }
        for mut user in members(tx, &group)? {
            for known in &mut user.groups {
                if known.eq_ignore_ascii_case(&group.name) {
                    known.clone_from(&name);
                }
            }
            users::put(tx, &user)?;
        }
        groups::remove(tx, &group.account, &group.name)?;
        let path = input.new_path.as_ref().unwrap_or(&group.path).clone();
        groups::put(tx, &Group { name, path, ..group })?;
        Ok(UpdateGroupResponse {})
    }
}

/// Deletes a group that is empty.
pub struct DeleteGroup;

impl Operation for DeleteGroup {
    shape!(DELETE_GROUP: DeleteGroupRequest -> DeleteGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        Group::lookup(call, tx, &input.group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("iam:DeleteGroup", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, group: Group, _: &Self::Input) -> Result<DeleteGroupResponse> {
        if !members(tx, &group)?.is_empty() {
            return Err(errors::delete_conflict("remove users from group"));
        }
        entity::require_no_policies(&group)?;
        groups::remove(tx, &group.account, &group.name)?;
        Ok(DeleteGroupResponse {})
    }
}

/// Puts a user into a group. Doing it twice changes nothing.
pub struct AddUserToGroup;

impl Operation for AddUserToGroup {
    shape!(ADD_USER_TO_GROUP: AddUserToGroupRequest -> AddUserToGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        Group::lookup(call, tx, &input.group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("iam:AddUserToGroup", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<AddUserToGroupResponse> {
        let mut user = User::lookup(call, tx, &input.user_name)?.require()?;
        if !user.groups.iter().any(|name| name.eq_ignore_ascii_case(&group.name)) {
            if user.groups.len() >= GROUPS_PER_USER_MAX {
                return Err(errors::quota("GroupsPerUser", GROUPS_PER_USER_MAX));
            }
            user.groups.push(group.name);
            users::put(tx, &user)?;
        }
        Ok(AddUserToGroupResponse {})
    }
}

/// Takes a user out of a group.
pub struct RemoveUserFromGroup;

impl Operation for RemoveUserFromGroup {
    shape!(REMOVE_USER_FROM_GROUP: RemoveUserFromGroupRequest -> RemoveUserFromGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        Group::lookup(call, tx, &input.group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("iam:RemoveUserFromGroup", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<RemoveUserFromGroupResponse> {
        let mut user = User::lookup(call, tx, &input.user_name)?.require()?;
        // A user who is not in the group is no error: the outcome is the one that was asked for.
        user.groups.retain(|name| !name.eq_ignore_ascii_case(&group.name));
        users::put(tx, &user)?;
        Ok(RemoveUserFromGroupResponse {})
    }
}

/// Lists the groups of a user.
pub struct ListGroupsForUser;

impl Operation for ListGroupsForUser {
    shape!(LIST_GROUPS_FOR_USER: ListGroupsForUserRequest -> ListGroupsForUserResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        User::lookup(call, tx, &input.user_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:ListGroupsForUser", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        user: User,
        input: &Self::Input,
    ) -> Result<ListGroupsForUserResponse> {
        let mut found = Vec::new();
        for name in &user.groups {
            found.extend(groups::find(tx.reads(), &user.account, name)?);
        }
        found.sort_by_key(|group| group.name.to_lowercase());
        let key = |group: &Group| group.name.to_lowercase();
        let cut = pages::by_name(call, found, key, input.marker.as_deref(), input.max_items)?;
        let groups = cut.items.iter().map(view::group).collect();
        Ok(ListGroupsForUserResponse { groups, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}
