//! Environment variables: checked, sealed under a key of their own, and that key wrapped by the customer's KMS key or by a
//! secret of the double.
//!
//! AWS: Lambda developer guide, "Securing Lambda environment variables": the context is `aws:lambda:FunctionArn`; whoever sets
//! variables under a customer managed key needs `kms:Encrypt` and `kms:CreateGrant`, whoever reads them `kms:Decrypt`; the
//! execution role decrypts by the grant.

use crate::errors;
use crate::function::{Function, SealedEnvironment};
use kage_api_kms::types::{CreateGrantRequest, CreateGrantResponse, DecryptRequest, DecryptResponse};
use kage_api_kms::types::{EncryptRequest, EncryptResponse, GrantConstraints};
use kage_api_lambda::types::{EnvironmentError, EnvironmentResponse};
use kage_core::{Call, Error, Forward, Result, Tx, open, seal, secret};
use kage_schema::Blob;
use std::collections::BTreeMap;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

const SECRET: &str = "lambda-environment";
const VIA: &str = "lambda.amazonaws.com";
// AWS: Lambda quotas, "Environment variables": 4 KB, for all of them together.
const SIZE_MAX: usize = 4096;
// AWS: Lambda developer guide, "Defined runtime environment variables": reserved ones.
const RESERVED: [&str; 17] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Refuses reserved names and too many bytes.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn require_fit(variables: &Variables) -> Result<()> {
    let taken: Vec<&str> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !taken.is_empty() {
        return Err(errors::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            taken.join(", ")
        )));
    }
    let text = serde_json::to_string(variables).map_err(|error| Error::internal(error.to_string()))?;
    if text.len() > SIZE_MAX {
        return Err(errors::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {text}"
        )));
    }
    Ok(())
}

/// Seals the variables of a function under its key.
///
/// # Errors
/// KMS's refusals in Lambda's words.
pub fn sealed(
    call: &Call<'_>,
    tx: &mut Tx,
    function: &Function,
    variables: &Variables,
) -> Result<SealedEnvironment> {
    let text = serde_json::to_vec(variables).map_err(|error| Error::internal(error.to_string()))?;
    let failed = || Error::internal("an environment could not be sealed");
    let key = call.rng().bytes::<32>();
    let sealed = seal(&key, call.rng().bytes(), &text).ok_or_else(failed)?;
    let Some(kms_key) = &function.settings.kms_key else {
        let outer = secret(tx, call.world, SECRET)?;
        let key = seal(&outer, call.rng().bytes(), &key).ok_or_else(failed)?;
        return Ok(SealedEnvironment { sealed, key, kms_key: None });
    };
    let input = EncryptRequest {
        key_id: kms_key.clone(),
        plaintext: Blob(key.to_vec()),
        encryption_context: Some(context(function)),
        ..EncryptRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::ENCRYPT);
    let answer: EncryptResponse = call
        .forward(tx, Forward::AsCaller { via: VIA }, target, input)
        .map_err(|error| refused(&error, "Encrypt"))?;
    let key = answer.ciphertext_blob.map(|blob| blob.0).ok_or_else(failed)?;
    grant(call, tx, function, kms_key)?;
    Ok(SealedEnvironment { sealed, key, kms_key: Some(kms_key.clone()) })
}

/// Lets the execution role decrypt the environment, by a grant of the caller.
///
/// # Errors
/// KMS's refusals in Lambda's words.
pub fn grant(call: &Call<'_>, tx: &mut Tx, function: &Function, kms_key: &str) -> Result<()> {
    let input = CreateGrantRequest {
        key_id: kms_key.to_owned(),
        grantee_principal: Some(function.settings.role.clone()),
        operations: vec!["Decrypt".to_owned(), "RetireGrant".to_owned()],
        constraints: Some(GrantConstraints {
            encryption_context_equals: Some(context(function)),
            ..GrantConstraints::default()
        }),
        ..CreateGrantRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::CREATE_GRANT);
    let answer: Result<CreateGrantResponse> = call.forward(tx, Forward::AsCaller { via: VIA }, target, input);
    answer.map(|_| ()).map_err(|error| refused(&error, "CreateGrant"))
}

/// Opens the variables of a function.
///
/// # Errors
/// What KMS said.
pub fn opened(call: &Call<'_>, tx: &mut Tx, function: &Function, how: Forward) -> Result<Variables> {
    let Some(environment) = &function.settings.environment else { return Ok(Variables::new()) };
    let broken = || Error::internal("an environment does not open");
    let key = if let Some(kms_key) = &environment.kms_key {
        let input = DecryptRequest {
            ciphertext_blob: Some(Blob(environment.key.clone())),
            key_id: Some(kms_key.clone()),
            encryption_context: Some(context(function)),
            ..DecryptRequest::default()
        };
        let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
        let answer: DecryptResponse = call.forward(tx, how, target, input)?;
        answer.plaintext.map(|blob| blob.0).ok_or_else(broken)?
    } else {
        let outer = secret(tx, call.world, SECRET)?;
        open(&outer, &environment.key).ok_or_else(broken)?
    };
    let key: [u8; 32] = key.try_into().map_err(|_| broken())?;
    let text = open(&key, &environment.sealed).ok_or_else(broken)?;
    serde_json::from_slice(&text).map_err(|_| broken())
}

/// The environment as configurations show it to the caller.
///
/// # Errors
/// Those of the store.
pub fn shown(call: &Call<'_>, tx: &mut Tx, function: &Function) -> Result<Option<EnvironmentResponse>> {
    if function.settings.environment.is_none() {
        return Ok(None);
    }
    Ok(Some(match opened(call, tx, function, Forward::AsCaller { via: VIA }) {
        Ok(variables) => EnvironmentResponse { variables: Some(variables), error: None },
        Err(error) if error.status < 500 => EnvironmentResponse {
            variables: None,
            error: Some(EnvironmentError {
                error_code: Some(error.code.to_string()),
                message: Some(format!(
                    "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: {} KMS Message: {}",
                    error.code, error.message
                )),
            }),
        },
        Err(error) => return Err(error),
    }))
}

fn context(function: &Function) -> BTreeMap<String, String> {
    BTreeMap::from([("aws:lambda:FunctionArn".to_owned(), function.arn())])
}

fn refused(error: &Error, what: &str) -> Error {
    errors::invalid(format!(
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for {what}. Please check your KMS key settings. KMS Exception: {} KMS Message: {}",
        error.code, error.message
    ))
}
