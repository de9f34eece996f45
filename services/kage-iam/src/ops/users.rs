//! Users.

use crate::bearer::{self, Bearer};
use crate::entity::{self, Entity};
use crate::{errors, managed, pages, tagging, view};
use kage_api_iam::types::{
    CreateUserResponse, DeleteUserResponse, GetUserResponse, ListUsersResponse, UpdateUserResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::users::{self, User};
use kage_identity::{accounts, credentials, mfa};

/// AWS: IAM user guide, "IAM and AWS STS quotas": users of one account.
const USERS_MAX: usize = 5_000;

/// Makes a user.
pub struct CreateUser;

impl Operation for CreateUser {
    shape!(CREATE_USER: CreateUserRequest -> CreateUserResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = call.global_arn("iam", format!("user{path}{}", input.user_name));
        let access = Access::to("iam:CreateUser", &arn)
            .key_if("iam:PermissionsBoundary", input.permissions_boundary.as_ref());
        tagging::on_create(access, "iam:TagUser", &arn, input.tags.as_ref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateUserResponse> {
        require_free(call, tx, &input.user_name)?;
        if users::list(tx.reads(), &call.account)?.len() >= USERS_MAX {
            return Err(errors::quota("UsersPerAccount", USERS_MAX));
        }
        if let Some(arn) = &input.permissions_boundary {
            managed::require_attachable(call, tx, arn)?;
        }
        let user = User {
            account: call.account.clone(),
            name: input.user_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: call.ids().principal_id("AIDA", &call.account),
            created: call.now.milliseconds(),
            tags: tagging::of_new(input.tags.as_ref())?,
            boundary: input.permissions_boundary.clone(),
            ..User::default()
        };
        users::put(tx, &user)?;
        Ok(CreateUserResponse { user: Some(view::user(&user)) })
    }
}

fn require_free(call: &Call<'_>, tx: &Tx, name: &str) -> Result<()> {
    match users::find(tx.reads(), &call.account, name)? {
        Some(_) => Err(errors::exists(format!("User with name {name} already exists."))),
        None => Ok(()),
    }
}

/// Shows a user, or the caller.
pub struct GetUser;

impl Operation for GetUser {
    shape!(GET_USER: GetUserRequest -> GetUserResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:GetUser", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, bearer: Bearer, _: &Self::Input) -> Result<GetUserResponse> {
        let user = match &bearer {
            Bearer::User(user) => view::user(user),
            Bearer::Root(account) => {
                let found = accounts::find(tx.reads(), account)?.unwrap_or_default();
                kage_api_iam::types::User {
                    user_id: account.clone(),
                    user_name: found.alias.unwrap_or_default(),
                    arn: format!("arn:aws:iam::{account}:root"),
                    create_date: view::time(found.created),
                    ..Default::default()
                }
            }
        };
        Ok(GetUserResponse { user })
    }
}

/// Lists the users of the account.
pub struct ListUsers;

impl Operation for ListUsers {
    shape!(LIST_USERS: ListUsersRequest -> ListUsersResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListUsers")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListUsersResponse> {
        let mut all = users::list(tx.reads(), &call.account)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        all.retain(|user| user.path.starts_with(prefix));
        let key = |user: &User| user.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let users = cut.items.iter().map(view::listed_user).collect();
        Ok(ListUsersResponse { users, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

/// Changes the name or the path of a user.
pub struct UpdateUser;

impl Operation for UpdateUser {
    shape!(UPDATE_USER: UpdateUserRequest -> UpdateUserResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        User::lookup(call, tx, &input.user_name)
    }

    /// AWS: IAM API reference, UpdateUser: the permission is needed on the source and on the target.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<User>) -> Access {
        let access = entity::access("iam:UpdateUser", target);
        let Some(user) = target.found() else { return access };
        let path = input.new_path.as_ref().unwrap_or(&user.path);
        let name = input.new_user_name.as_ref().unwrap_or(&user.name);
        let new = call.global_arn("iam", format!("user{path}{name}"));
        if new == user.arn() { access } else { access.and(Access::to("iam:UpdateUser", new)) }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, user: User, input: &Self::Input) -> Result<UpdateUserResponse> {
        let name = input.new_user_name.as_ref().unwrap_or(&user.name).clone();
        if !name.eq_ignore_ascii_case(&user.name) {
            require_free(call, tx, &name)?;
        }
        let path = input.new_path.as_ref().unwrap_or(&user.path).clone();
        let renamed = User { name, path, ..user.clone() };
        users::remove(tx, &user.account, &user.name)?;
        users::put(tx, &renamed)?;
        for key in credentials::list(tx.reads(), &user.account, Some(&user.name))? {
            credentials::put(tx, &credentials::AccessKey { user: Some(renamed.name.clone()), ..key })?;
        }
        for (serial, _) in &user.mfa {
            if let Some(device) = mfa::find(tx.reads(), &user.account, serial)? {
                mfa::put(tx, &mfa::Device { user: Some(renamed.name.clone()), ..device })?;
            }
        }
        Ok(UpdateUserResponse {})
    }
}

/// Deletes a user on whom nothing hangs any more.
pub struct DeleteUser;

impl Operation for DeleteUser {
    shape!(DELETE_USER: DeleteUserRequest -> DeleteUserResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        User::lookup(call, tx, &input.user_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:DeleteUser", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, user: User, _: &Self::Input) -> Result<DeleteUserResponse> {
        if user.login.is_some() {
            return Err(errors::delete_conflict("delete login profile"));
        }
        if !credentials::list(tx.reads(), &user.account, Some(&user.name))?.is_empty() {
            return Err(errors::delete_conflict("delete access keys"));
        }
        if !user.mfa.is_empty() {
            return Err(errors::delete_conflict("delete MFA device"));
        }
        if !user.groups.is_empty() {
            return Err(errors::delete_conflict("remove users from group"));
        }
        entity::require_no_policies(&user)?;
        users::remove(tx, &user.account, &user.name)?;
        Ok(DeleteUserResponse {})
    }
}
