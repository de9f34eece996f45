//! Every error with AWS's text.
//!
//! Sources: the error shapes are those of the API model; the texts are those that IAM answers, as recorded in public
//! test suites (LocalStack's AWS-validated snapshots, moto's tests, issue threads of Terraform and aws-nuke).

use kage_api_iam::errors as model;
use kage_core::Error;

/// A user that is not there.
pub fn no_user(name: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("The user with name {name} cannot be found."))
}

/// A group that is not there.
pub fn no_group(name: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("The group with name {name} cannot be found."))
}

/// A role that is not there.
pub fn no_role(name: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("The role with name {name} cannot be found."))
}

/// An instance profile that is not there.
pub fn no_instance_profile(name: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("Instance Profile {name} cannot be found."))
}

/// A managed policy that is not there.
pub fn no_policy(arn: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("Policy {arn} was not found."))
}

/// A managed policy that cannot be attached, because it is not there.
pub fn not_attachable(arn: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("Policy {arn} does not exist or is not attachable."))
}

/// A version of a policy that is not there.
pub fn no_policy_version(arn: &str, version: &str) -> Error {
    Error::of(
        &model::NO_SUCH_ENTITY_EXCEPTION,
        format!("Policy {arn} version {version} does not exist or is not attachable."),
    )
}

/// An inline policy that is not there.
pub fn no_inline_policy(kind: &str, name: &str) -> Error {
    Error::of(
        &model::NO_SUCH_ENTITY_EXCEPTION,
        format!("The {kind} policy with name {name} cannot be found."),
    )
}

/// An access key that the user does not have.
pub fn no_access_key(id: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("The Access Key with id {id} cannot be found."))
}

/// A console password that is not there.
pub fn no_login_profile(user: &str) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, format!("Login Profile for User {user} cannot be found."))
}

/// A password policy that was never set.
pub fn no_password_policy(account: &str) -> Error {
    Error::of(
        &model::NO_SUCH_ENTITY_EXCEPTION,
        format!("The Password Policy with domain name {account} cannot be found."),
    )
}

/// A virtual MFA device that is not there.
pub fn no_device(serial: &str) -> Error {
    Error::of(
        &model::NO_SUCH_ENTITY_EXCEPTION,
        format!("VirtualMFADevice with serial number {serial} does not exist."),
    )
}

/// An MFA device that the user does not have.
pub fn not_the_users_device() -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, "MFA Device invalid for user.")
}

/// Anything else that is not there.
pub fn no_such_entity(message: impl Into<String>) -> Error {
    Error::of(&model::NO_SUCH_ENTITY_EXCEPTION, message)
}

/// A name that is taken.
pub fn exists(message: impl Into<String>) -> Error {
    Error::of(&model::ENTITY_ALREADY_EXISTS_EXCEPTION, message)
}

/// Something that still hangs on the entity: `Cannot delete entity, must … first.`
pub fn delete_conflict(what: &str) -> Error {
    Error::of(&model::DELETE_CONFLICT_EXCEPTION, format!("Cannot delete entity, must {what} first."))
}

/// A deletion that is in conflict with something else.
pub fn conflict(message: impl Into<String>) -> Error {
    Error::of(&model::DELETE_CONFLICT_EXCEPTION, message)
}

/// A quota: `Cannot exceed quota for AccessKeysPerUser: 2`.
pub fn quota(name: &str, limit: usize) -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, format!("Cannot exceed quota for {name}: {limit}"))
}

/// Another limit.
pub fn limit(message: impl Into<String>) -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, message)
}

/// Input that makes no sense.
pub fn invalid_input(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_INPUT_EXCEPTION, message)
}

/// A policy document that is refused.
pub fn malformed_policy(message: impl Into<String>) -> Error {
    Error::of(&model::MALFORMED_POLICY_DOCUMENT_EXCEPTION, message)
}

/// A role that only its service may change.
pub fn protected_role(name: &str) -> Error {
    Error::of(
        &model::UNMODIFIABLE_ENTITY_EXCEPTION,
        format!(
            "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        ),
    )
}

/// One of AWS's policies for service-linked roles on a role of the customer.
pub fn service_role_policy() -> Error {
    Error::of(
        &model::POLICY_NOT_ATTACHABLE_EXCEPTION,
        "Cannot attach a Service Role Policy to a Customer Role.",
    )
}

/// A password that the policy of the account refuses.
pub fn weak_password(message: impl Into<String>) -> Error {
    Error::of(&model::PASSWORD_POLICY_VIOLATION_EXCEPTION, message)
}

/// Codes that are not those of the device.
pub fn wrong_codes() -> Error {
    Error::of(&model::INVALID_AUTHENTICATION_CODE_EXCEPTION, "Authentication code for device is not valid.")
}

/// A value that breaks a rule that the model does not state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationError", 400, message)
}

/// An ARN that is none.
pub fn unparsable_arn() -> Error {
    validation("Invalid ARN:  Could not be parsed!")
}

/// A member that the double does not model (law 7).
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("kage does not model {what}."))
}
