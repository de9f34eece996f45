//! Every error with AWS's text.
//!
//! Sources: the error shapes are those of the API model; the texts are those that Organizations answers, as recorded in
//! public test suites (moto's tests and its successors) and issue threads, or else those of the API reference.

use kage_api_organizations::errors as model;
use kage_api_organizations::types::{ConstraintViolationException, InvalidInputException};
use kage_core::Error;

/// The caller's account is in no organization.
pub fn not_in_use() -> Error {
    Error::of(
        &model::AWS_ORGANIZATIONS_NOT_IN_USE_EXCEPTION,
        "Your account is not a member of an organization.",
    )
}

/// The caller's account is a member that may not do this.
pub fn no_access() -> Error {
    Error::of(&model::ACCESS_DENIED_EXCEPTION, "You don't have permissions to access this resource.")
}

/// The caller's account is in an organization already.
pub fn already_in_organization() -> Error {
    let text = "The provided account is already a member of an organization.";
    Error::of(&model::ALREADY_IN_ORGANIZATION_EXCEPTION, text)
}

/// There are members left.
pub fn organization_not_empty() -> Error {
    let text = "To delete an organization you must first remove all member accounts (except the master).";
    Error::of(&model::ORGANIZATION_NOT_EMPTY_EXCEPTION, text)
}

/// A value that makes no sense here.
pub fn invalid(reason: &str, message: &str) -> Error {
    let members =
        InvalidInputException { message: Some(message.to_owned()), reason: Some(reason.to_owned()) };
    Error::of(&model::INVALID_INPUT_EXCEPTION, message).with_members(members)
}

/// A limit.
pub fn constraint(reason: &str, message: &str) -> Error {
    let members =
        ConstraintViolationException { message: Some(message.to_owned()), reason: Some(reason.to_owned()) };
    Error::of(&model::CONSTRAINT_VIOLATION_EXCEPTION, message).with_members(members)
}

/// An account that is not in the organization.
pub fn no_account() -> Error {
    Error::of(&model::ACCOUNT_NOT_FOUND_EXCEPTION, "You specified an account that doesn't exist.")
}

/// An account that was closed before.
pub fn already_closed() -> Error {
    Error::of(&model::ACCOUNT_ALREADY_CLOSED_EXCEPTION, "The provided account is already closed.")
}

/// The management account stays.
pub fn master_cannot_leave() -> Error {
    let text = "You can't remove the master account from the organization.";
    Error::of(&model::MASTER_CANNOT_LEAVE_ORGANIZATION_EXCEPTION, text)
}

/// An organizational unit that is not there.
pub fn no_unit() -> Error {
    let text = "You specified an organizational unit that doesn't exist.";
    Error::of(&model::ORGANIZATIONAL_UNIT_NOT_FOUND_EXCEPTION, text)
}

/// A unit with something in it.
pub fn unit_not_empty() -> Error {
    let text = "The specified organizational unit is not empty.";
    Error::of(&model::ORGANIZATIONAL_UNIT_NOT_EMPTY_EXCEPTION, text)
}

/// A name that a sibling has.
pub fn duplicate_unit() -> Error {
    Error::of(&model::DUPLICATE_ORGANIZATIONAL_UNIT_EXCEPTION, "An OU with the same name already exists.")
}

/// A parent that is not there.
pub fn no_parent() -> Error {
    Error::of(&model::PARENT_NOT_FOUND_EXCEPTION, "You specified parent that doesn't exist.")
}

/// A child that is not there.
pub fn no_child() -> Error {
    Error::of(&model::CHILD_NOT_FOUND_EXCEPTION, "You specified child that doesn't exist.")
}

/// A parent from which the account does not come.
pub fn no_source() -> Error {
    Error::of(&model::SOURCE_PARENT_NOT_FOUND_EXCEPTION, "You specified a source parent that doesn't exist.")
}

/// A parent to which the account cannot go.
pub fn no_destination() -> Error {
    let text = "You specified a destination parent that doesn't exist.";
    Error::of(&model::DESTINATION_PARENT_NOT_FOUND_EXCEPTION, text)
}

/// An account that is there already.
pub fn duplicate_account() -> Error {
    let text = "That account is already present in the specified destination.";
    Error::of(&model::DUPLICATE_ACCOUNT_EXCEPTION, text)
}

/// A root that is not there.
pub fn no_root() -> Error {
    Error::of(&model::ROOT_NOT_FOUND_EXCEPTION, "You specified a root that doesn't exist.")
}

/// A target that is not there.
pub fn no_target() -> Error {
    Error::of(&model::TARGET_NOT_FOUND_EXCEPTION, "You specified a target that doesn't exist.")
}

/// A policy that is not there.
pub fn no_policy() -> Error {
    Error::of(&model::POLICY_NOT_FOUND_EXCEPTION, "You specified a policy that doesn't exist.")
}

/// A policy of the same name.
pub fn duplicate_policy() -> Error {
    Error::of(&model::DUPLICATE_POLICY_EXCEPTION, "A policy with the same name already exists.")
}

/// A policy that hangs somewhere.
pub fn policy_in_use() -> Error {
    let text = "You cannot perform the operation on a policy that is attached to one or more entities.";
    Error::of(&model::POLICY_IN_USE_EXCEPTION, text)
}

/// A document that is refused.
pub fn malformed(message: impl Into<String>) -> Error {
    Error::of(&model::MALFORMED_POLICY_DOCUMENT_EXCEPTION, message)
}

/// A policy that hangs there already.
pub fn duplicate_attachment() -> Error {
    let text = "The selected policy is already attached to the specified target.";
    Error::of(&model::DUPLICATE_POLICY_ATTACHMENT_EXCEPTION, text)
}

/// A policy that does not hang there.
pub fn not_attached() -> Error {
    let text = "The specified policy isn't attached to the specified target.";
    Error::of(&model::POLICY_NOT_ATTACHED_EXCEPTION, text)
}

/// A type that is enabled.
pub fn type_enabled() -> Error {
    let text = "The specified policy type is already enabled.";
    Error::of(&model::POLICY_TYPE_ALREADY_ENABLED_EXCEPTION, text)
}

/// A type that is not enabled.
pub fn type_not_enabled() -> Error {
    let text = "This operation can be performed only for enabled policy types.";
    Error::of(&model::POLICY_TYPE_NOT_ENABLED_EXCEPTION, text)
}

/// A type that an organization for billing alone does not have.
pub fn type_not_available() -> Error {
    let text = "The specified policy type is not available for this organization.";
    Error::of(&model::POLICY_TYPE_NOT_AVAILABLE_FOR_ORGANIZATION_EXCEPTION, text)
}

/// A request for an account that was never made.
pub fn no_creation() -> Error {
    let text = "You specified a create account request that doesn't exist.";
    Error::of(&model::CREATE_ACCOUNT_STATUS_NOT_FOUND_EXCEPTION, text)
}

/// An account that administers the service already.
pub fn already_registered() -> Error {
    let text = "The provided account is already a delegated administrator for your organization.";
    Error::of(&model::ACCOUNT_ALREADY_REGISTERED_EXCEPTION, text)
}

/// An account that administers nothing of the kind.
pub fn not_registered() -> Error {
    let text = "The provided account is not a registered delegated administrator for your organization.";
    Error::of(&model::ACCOUNT_NOT_REGISTERED_EXCEPTION, text)
}

/// Something that the double does not model (law 7).
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("kage does not model {what}."))
}
