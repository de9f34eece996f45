//! Console passwords.

use crate::entity;
use crate::password::PasswordPolicy;
use crate::{bearer, errors, password, view};
use kage_api_iam::types::{
    ChangePasswordResponse, CreateLoginProfileResponse, DeleteLoginProfileResponse, GetLoginProfileResponse,
    LoginProfile, UpdateLoginProfileResponse,
};
use kage_core::{Access, Call, CallerKind, Error, Lookup, Operation, Result, Tx};
use kage_identity::users::{self, User};

fn profile_view(user: &User) -> Result<LoginProfile> {
    let profile = user.login.as_ref().ok_or_else(|| errors::no_login_profile(&user.name))?;
    Ok(LoginProfile {
        user_name: user.name.clone(),
        create_date: view::time(profile.created),
        password_reset_required: Some(profile.reset_required),
    })
}

/// Gives a user a password.
pub struct CreateLoginProfile;

impl Operation for CreateLoginProfile {
    shape!(CREATE_LOGIN_PROFILE: CreateLoginProfileRequest -> CreateLoginProfileResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        bearer::lookup_user(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:CreateLoginProfile", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut user: User,
        input: &Self::Input,
    ) -> Result<CreateLoginProfileResponse> {
        if user.login.is_some() {
            return Err(errors::exists(format!("Login Profile for user {} already exists.", user.name)));
        }
        let Some(new) = &input.password else {
            return Err(errors::validation(
                "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
            ));
        };
        password::set(call, tx, &mut user, new)?;
        if let Some(profile) = &mut user.login {
            profile.created = call.now.milliseconds();
            profile.reset_required = input.password_reset_required.unwrap_or(false);
        }
        users::put(tx, &user)?;
        Ok(CreateLoginProfileResponse { login_profile: profile_view(&user)? })
    }
}

/// Tells whether a user has a password.
pub struct GetLoginProfile;

impl Operation for GetLoginProfile {
    shape!(GET_LOGIN_PROFILE: GetLoginProfileRequest -> GetLoginProfileResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        bearer::lookup_user(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:GetLoginProfile", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, user: User, _: &Self::Input) -> Result<GetLoginProfileResponse> {
        Ok(GetLoginProfileResponse { login_profile: profile_view(&user)? })
    }
}

/// Sets another password of a user.
pub struct UpdateLoginProfile;

impl Operation for UpdateLoginProfile {
    shape!(UPDATE_LOGIN_PROFILE: UpdateLoginProfileRequest -> UpdateLoginProfileResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        bearer::lookup_user(call, tx, Some(&input.user_name))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:UpdateLoginProfile", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut user: User,
        input: &Self::Input,
    ) -> Result<UpdateLoginProfileResponse> {
        profile_view(&user)?;
        if let Some(new) = &input.password {
            password::set(call, tx, &mut user, new)?;
        }
        if let (Some(profile), Some(reset)) = (&mut user.login, input.password_reset_required) {
            profile.reset_required = reset;
        }
        users::put(tx, &user)?;
        Ok(UpdateLoginProfileResponse {})
    }
}

/// Takes the password of a user away.
pub struct DeleteLoginProfile;

impl Operation for DeleteLoginProfile {
    shape!(DELETE_LOGIN_PROFILE: DeleteLoginProfileRequest -> DeleteLoginProfileResponse on User);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<User>> {
        bearer::lookup_user(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<User>) -> Access {
        entity::access("iam:DeleteLoginProfile", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut user: User, _: &Self::Input) -> Result<DeleteLoginProfileResponse> {
        profile_view(&user)?;
        user.login = None;
        users::put(tx, &user)?;
        Ok(DeleteLoginProfileResponse {})
    }
}

/// Changes the password of the calling user.
pub struct ChangePassword;

impl Operation for ChangePassword {
    shape!(CHANGE_PASSWORD: ChangePasswordRequest -> ChangePasswordResponse on (User, Option<PasswordPolicy>));

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Self::Target>> {
        if !matches!(call.caller.kind, CallerKind::User { .. }) {
            let model = &kage_api_iam::errors::INVALID_USER_TYPE_EXCEPTION;
            return Err(Error::of(model, "Only IAM Users can change their own password"));
        }
        let policy = password::find(tx.reads(), &call.account)?;
        Ok(bearer::lookup_user(call, tx, None)?.map(|user| (user, policy)))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<(User, Option<PasswordPolicy>)>) -> Access {
        let (user, policy) = match target {
            Lookup::Found((user, policy)) => (Lookup::Found(user.clone()), policy.as_ref()),
            Lookup::Missing { arn, .. } => return Access::to("iam:ChangePassword", arn),
        };
        password::allowed_to_users(call, policy, entity::access("iam:ChangePassword", &user))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (mut user, _): (User, Option<PasswordPolicy>),
        input: &Self::Input,
    ) -> Result<ChangePasswordResponse> {
        let profile = user.login.as_ref().ok_or_else(|| errors::no_login_profile(&user.name))?;
        if !password::is_right(profile, &input.old_password) {
            return Err(Error::new("AccessDenied", 403, "The old password was incorrect."));
        }
        password::set(call, tx, &mut user, &input.new_password)?;
        if let Some(profile) = &mut user.login {
            profile.reset_required = false;
        }
        users::put(tx, &user)?;
        Ok(ChangePasswordResponse {})
    }
}
