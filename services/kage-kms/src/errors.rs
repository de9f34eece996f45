//! Every error with AWS's text.
//!
//! Sources: the shapes are those of the API model. The texts are what KMS answers, as recorded in LocalStack's
//! AWS-validated snapshots (`tests/aws/services/kms/test_kms.snapshot.json`), in moto's tests and in issue threads of
//! Terraform; where none was found the text follows the model's documentation of the error.

use kage_api_kms::errors as model;
use kage_core::Error;

/// A key that is not there.
pub fn no_key(arn: &str) -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, format!("Key '{arn}' does not exist"))
}

/// A text that is no key id.
pub fn invalid_key_id(text: &str) -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, format!("Invalid keyId '{text}'"))
}

/// An ARN of another Region.
pub fn other_region(region: &str) -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, format!("Invalid arn {region}"))
}

/// A text that begins like an ARN and names nothing in KMS.
pub fn invalid_arn(text: &str) -> Error {
    Error::of(&model::INVALID_ARN_EXCEPTION, format!("Invalid arn {text}"))
}

/// An alias that is not there.
pub fn no_alias(arn: &str) -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, format!("Alias {arn} is not found."))
}

/// An alias that is taken.
pub fn alias_exists(arn: &str) -> Error {
    Error::of(&model::ALREADY_EXISTS_EXCEPTION, format!("An alias with the name {arn} already exists"))
}

/// A name without the prefix of aliases.
pub fn alias_prefix() -> Error {
    validation(
        "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    )
}

/// An alias name with a colon or a slash too many.
pub fn alias_characters(name: &str) -> Error {
    validation(format!("{name} contains invalid characters for an alias"))
}

/// An alias without a name.
pub fn alias_empty() -> Error {
    Error::of(&model::INVALID_ALIAS_NAME_EXCEPTION, "The alias name is not valid.")
}

/// An alias of AWS's own. The code is not in the model; recorded in moto's tests, with an empty message.
pub fn reserved_alias() -> Error {
    Error::new("NotAuthorizedException", 400, "")
}

/// A key that is switched off.
pub fn disabled(arn: &str) -> Error {
    Error::of(&model::DISABLED_EXCEPTION, format!("{arn} is disabled."))
}

/// A key that waits for deletion.
pub fn pending_deletion(arn: &str) -> Error {
    Error::of(&model::KMS_INVALID_STATE_EXCEPTION, format!("{arn} is pending deletion."))
}

/// A key that does not wait for deletion.
pub fn not_pending_deletion(arn: &str) -> Error {
    Error::of(&model::KMS_INVALID_STATE_EXCEPTION, format!("{arn} is not pending deletion."))
}

/// A ciphertext that is none of ours, was changed, or has another encryption context. KMS says no more than the code.
pub fn invalid_ciphertext() -> Error {
    Error::of(&model::INVALID_CIPHERTEXT_EXCEPTION, "")
}

/// A ciphertext made under another key than the one that was named.
pub fn incorrect_key() -> Error {
    Error::of(
        &model::INCORRECT_KEY_EXCEPTION,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}

/// A ciphertext whose key cannot be reached from here.
pub fn unreachable_key() -> Error {
    Error::new(
        "AccessDeniedException",
        400,
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    )
}

/// An algorithm of another kind of key.
pub fn incompatible_algorithm(algorithm: &str) -> Error {
    Error::of(
        &model::INVALID_KEY_USAGE_EXCEPTION,
        format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT."),
    )
}

/// A policy document that is refused.
pub fn malformed_policy(message: impl Into<String>) -> Error {
    Error::of(&model::MALFORMED_POLICY_DOCUMENT_EXCEPTION, message)
}

/// A policy that would shut out whoever sets it.
pub fn lockout() -> Error {
    malformed_policy("The new key policy will not allow you to update the key policy in the future.")
}

/// A policy name other than `default`.
pub fn no_policy() -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, "No such policy exists")
}

/// A grant that is not there.
pub fn no_grant(id: &str) -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, format!("Grant ID {id} not found"))
}

/// A grant token that this double did not give out, or whose grant is gone.
pub fn invalid_grant_token() -> Error {
    Error::of(&model::INVALID_GRANT_TOKEN_EXCEPTION, "The specified grant token is not valid.")
}

/// A principal of a grant that is not there.
pub fn invalid_principal(arn: &str) -> Error {
    Error::of(&model::INVALID_ARN_EXCEPTION, format!("ARN does not refer to a valid principal: {arn}"))
}

/// A page marker that this operation did not give out.
pub fn invalid_marker() -> Error {
    Error::of(&model::INVALID_MARKER_EXCEPTION, "Could not deserialize marker")
}

/// A quota.
pub fn limit(message: impl Into<String>) -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, message)
}

/// Tags that are refused.
pub fn tag(message: impl Into<String>) -> Error {
    Error::of(&model::TAG_EXCEPTION, message)
}

/// A call that would have worked.
pub fn dry_run() -> Error {
    Error::of(
        &model::DRY_RUN_OPERATION_EXCEPTION,
        "The request would have succeeded, but the DryRun option is set.",
    )
}

/// A value that breaks a rule that the model does not state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationException", 400, message)
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}

/// Refuses a member that is set and not modelled.
///
/// # Errors
/// `NotImplemented` with the member's name.
pub fn refuse<T>(member: &Option<T>, name: &str) -> kage_core::Result<()> {
    match member {
        Some(_) => Err(not_modelled(name)),
        None => Ok(()),
    }
}
