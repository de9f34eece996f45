//! Every error with AWS's text.
//!
//! Sources: the shapes are those of the API model. The texts are what CloudWatch answers, as recorded in moto's and
//! LocalStack's tests and in issue threads; where none was found the text follows the model's documentation.

use kage_api_cloudwatch::errors as model;
use kage_api_cloudwatch::types::{
    DashboardInvalidInputError, DashboardValidationMessage, ResourceNotFoundException,
};
use kage_core::{Error, Result};

/// A value that is refused.
pub fn value(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_VALUE_EXCEPTION, message)
}

/// A value that is refused, in the words for one parameter.
pub fn bad_value(value: impl std::fmt::Display, parameter: &str) -> Error {
    self::value(format!("The value {value} for parameter {parameter} is invalid."))
}

/// Parameters that do not go together.
pub fn combination(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_COMBINATION_EXCEPTION, message)
}

/// A parameter that is missing.
pub fn missing(parameter: &str) -> Error {
    Error::of(&model::MISSING_REQUIRED_PARAMETER_EXCEPTION, format!("The parameter {parameter} is required."))
}

/// A value that breaks a rule of operations whose model declares no such error.
pub fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationError", 400, message)
}

/// A page marker that this operation did not give out.
pub fn invalid_token() -> Error {
    Error::of(&model::INVALID_NEXT_TOKEN, "The specified next token is invalid.")
}

/// Something that is not there, for operations that say so by `ResourceNotFound`.
pub fn not_found(message: impl Into<String>) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND, message)
}

/// A resource of an ARN that is not there.
pub fn no_resource(kind: &str, id: &str) -> Error {
    let members =
        ResourceNotFoundException { resource_type: Some(kind.to_owned()), resource_id: Some(id.to_owned()) };
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, "Unknown").with_members(members)
}

/// Text that is no JSON.
pub fn invalid_format(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_FORMAT_FAULT, message)
}

/// A dashboard that is not there.
pub fn no_dashboard(name: &str) -> Error {
    Error::of(&model::DASHBOARD_NOT_FOUND_ERROR, format!("Dashboard {name} does not exist"))
}

/// A dashboard whose body is refused; without messages because it is no JSON object.
pub fn invalid_dashboard(messages: Vec<DashboardValidationMessage>) -> Error {
    let listed: Vec<serde_json::Value> = messages
        .iter()
        .map(|one| serde_json::json!({ "dataPath": one.data_path, "message": one.message }))
        .collect();
    let text = if messages.is_empty() {
        "The field DashboardBody must be a valid JSON object".to_owned()
    } else {
        let count = messages.len();
        let listed = serde_json::Value::from(listed);
        format!("The dashboard body is invalid, there are {count} validation errors: {listed}")
    };
    let members = DashboardInvalidInputError {
        message: Some(text.clone()),
        dashboard_validation_messages: Some(messages),
    };
    Error::of(&model::DASHBOARD_INVALID_INPUT_ERROR, text).with_members(members)
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}

/// Refuses a member that is set and not modelled.
///
/// # Errors
/// `NotImplemented` with the member's name.
pub fn refuse<T>(member: &Option<T>, name: &str) -> Result<()> {
    match member {
        Some(_) => Err(not_modelled(name)),
        None => Ok(()),
    }
}
