//! S3's wording.
//!
//! Sources of the texts:
//! - versitygw `s3err/` (`sigv4.go`, `presigned-urls.go`, `post-object.go`, `s3err.go`), recorded from S3.
//! - S3 API Reference, "Error responses": codes and statuses.
//! - minio issues 2696 and 2986: the members of `SignatureDoesNotMatch`. minio issue 2638: `Request is not yet valid`.
//! - react-slack-clone issue 27: the members of `Request has expired`.
//! - aws-sdk-js issue 120: the missing date. moodle-tool_objectfs issue 303: two mechanisms.
//! - arrow-rs-object-store issue 484: `HeadersNotSigned`, separated by commas.
//! - versitygw issues 1665 and 2085: `InvalidChunkSizeError`.

use crate::claim::Kind;
use crate::encode::spaced_hex;
use crate::error::{AuthError, Mismatch, ScopeProblem, SkewProblem};
use crate::time::format_extended;

const MISSING_DATE: &str = "AWS authentication requires a valid Date or x-amz-date header";
const CREDENTIAL_SHAPE: &str =
    "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
const QUERY_PARAMETERS: &str = "Query-string authentication version 4 requires the X-Amz-Algorithm, \
                                X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and \
                                X-Amz-Expires parameters.";
const CONTENT_SHA256: &str = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, \
                              STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
                              STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
                              STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, \
                              STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";

pub(crate) fn code(error: &AuthError) -> &'static str {
    use AuthError as E;
    match error {
        E::SignatureVersion2(_) | E::MissingContentSha256 => "InvalidRequest",
        E::UnsupportedAuthorization(_)
        | E::TwoMechanisms(_)
        | E::InvalidContentSha256(_)
        | E::PostMissingField(_) => "InvalidArgument",
        E::IncompleteHeader(parts) if only_date_is_missing(parts) => "AccessDenied",
        E::IncompleteHeader(_) | E::NotKeyValue { .. } => "AuthorizationHeaderMalformed",
        E::BadDate { kind: Kind::Header, .. } => "AccessDenied",
        E::UnsupportedAlgorithm { kind, .. }
        | E::BadDate { kind, .. }
        | E::MalformedCredential { kind, .. } => credential_code(*kind),
        E::Scope(problem) => credential_code(problem.kind),
        E::IncompleteQuery(_) | E::ExpiresNotNumber | E::ExpiresNegative | E::ExpiresTooLong => {
            "AuthorizationQueryParametersError"
        }
        E::Expired(_) | E::NotYetCurrent(_) => "RequestTimeTooSkewed",
        E::ContentSha256Mismatch { .. } => "XAmzContentSHA256Mismatch",
        E::SignatureMismatch(_) => "SignatureDoesNotMatch",
        E::BodyNotHashed => "InternalError",
        E::UnknownAccessKey(_) | E::InactiveAccessKey(_) => "InvalidAccessKeyId",
        E::ExpiredToken(_) => "ExpiredToken",
        E::InvalidToken(_) => "InvalidToken",
        E::IncompleteBody | E::ChunkTooLarge { .. } => "IncompleteBody",
        E::MalformedTrailer => "MalformedTrailerError",
        E::InvalidChunkSize { .. } => "InvalidChunkSizeError",
        E::PolicyInvalid(_) => "InvalidPolicyDocument",
        E::EntityTooLarge { .. } => "EntityTooLarge",
        E::EntityTooSmall { .. } => "EntityTooSmall",
        E::MissingToken
        | E::IncompleteQueryVersion2
        | E::PresignedExpired { .. }
        | E::PresignedNotYetValid { .. }
        | E::HostNotSigned
        | E::HeadersNotSigned(_)
        | E::PolicyConditionFailed(_)
        | E::PolicyExtraFields(_)
        | E::PolicyExpired => "AccessDenied",
    }
}

pub(crate) fn status(error: &AuthError) -> u16 {
    match code(error) {
        "AccessDenied" | "RequestTimeTooSkewed" | "SignatureDoesNotMatch" | "InvalidAccessKeyId" => 403,
        "InternalError" => 500,
        _ => 400,
    }
}

pub(crate) fn message(error: &AuthError) -> String {
    credential_text(error).or_else(|| request_text(error)).map_or_else(|| composed(error), str::to_owned)
}

/// Fixed texts about credentials that cannot be read or are not known.
fn credential_text(error: &AuthError) -> Option<&'static str> {
    use AuthError as E;
    let text = match error {
        E::MissingToken => "Access Denied",
        E::UnsupportedAuthorization(_) | E::UnsupportedAlgorithm { kind: Kind::Header, .. } => {
            "Unsupported Authorization Type"
        }
        E::SignatureVersion2(_) => {
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        }
        E::IncompleteQueryVersion2 => {
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        }
        E::TwoMechanisms(_) => {
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified"
        }
        E::IncompleteHeader(parts) if only_date_is_missing(parts) => MISSING_DATE,
        E::BadDate { kind: Kind::Header, .. } => MISSING_DATE,
        E::BadDate { kind: Kind::Post, .. } => "X-Amz-Date must be formated via ISO8601 Long format",
        E::BadDate { .. } => "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        E::IncompleteHeader(_) => {
            "The authorization header is malformed; the authorization header requires three components: \
             Credential, SignedHeaders, and Signature."
        }
        E::IncompleteQuery(_) => QUERY_PARAMETERS,
        // versitygw, `s3err/invalid-argument.go`, as S3 answers forms.
        E::UnsupportedAlgorithm { kind: Kind::Post, .. } => "Only AWS4-HMAC-SHA256 is supported",
        E::UnsupportedAlgorithm { .. } => {
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\""
        }
        E::ExpiresNotNumber => "X-Amz-Expires should be a number",
        E::ExpiresNegative => "X-Amz-Expires must be non-negative",
        E::ExpiresTooLong => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
             than 604800 seconds"
        }
        E::UnknownAccessKey(_) | E::InactiveAccessKey(_) => {
            "The AWS Access Key Id you provided does not exist in our records."
        }
        E::ExpiredToken(_) => "The provided token has expired.",
        E::InvalidToken(_) => "The provided token is malformed or otherwise invalid.",
        _ => return None,
    };
    Some(text)
}

/// Fixed texts about time, headers and body.
fn request_text(error: &AuthError) -> Option<&'static str> {
    use AuthError as E;
    let text = match error {
        E::Expired(_) | E::NotYetCurrent(_) => {
            "The difference between the request time and the current time is too large."
        }
        E::PresignedExpired { .. } => "Request has expired",
        E::PresignedNotYetValid { .. } => "Request is not yet valid",
        E::HostNotSigned | E::HeadersNotSigned(_) => {
            "There were headers present in the request which were not signed"
        }
        E::MissingContentSha256 => "Missing required header for this request: x-amz-content-sha256",
        E::InvalidContentSha256(_) => CONTENT_SHA256,
        E::ContentSha256Mismatch { .. } => {
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        }
        E::SignatureMismatch(_) => {
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method."
        }
        E::BodyNotHashed => "We encountered an internal error. Please try again.",
        E::IncompleteBody | E::ChunkTooLarge { .. } => "The request body terminated unexpectedly",
        E::MalformedTrailer => {
            "The request contained trailing data that was not well-formed or did not conform to our published \
             schema."
        }
        E::InvalidChunkSize { .. } => "Only the last chunk is allowed to have a size less than 8192 bytes",
        E::PolicyExpired => "Invalid according to Policy: Policy expired.",
        E::EntityTooLarge { .. } => "Your proposed upload exceeds the maximum allowed size",
        E::EntityTooSmall { .. } => "Your proposed upload is smaller than the minimum allowed size",
        _ => return None,
    };
    Some(text)
}

/// Texts with parts of the request in them.
fn composed(error: &AuthError) -> String {
    match error {
        AuthError::NotKeyValue { part, .. } => format!(
            "The authorization header is malformed; the authorization component \"{part}\" is malformed."
        ),
        AuthError::MalformedCredential { kind, .. } => {
            format!("{}{CREDENTIAL_SHAPE}", credential_prefix(*kind))
        }
        AuthError::Scope(problem) => {
            format!("{}{}", credential_prefix(problem.kind), scope_problem(problem))
        }
        AuthError::PostMissingField(name) => format!(
            "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the \
             fields."
        ),
        AuthError::PolicyInvalid(reason) => format!("Invalid Policy: {reason}"),
        AuthError::PolicyConditionFailed(condition) => {
            format!("Invalid according to Policy: Policy Condition failed: {condition}")
        }
        AuthError::PolicyExtraFields(names) => {
            format!("Invalid according to Policy: Extra input fields: {names}")
        }
        _ => String::new(),
    }
}

pub(crate) fn members(error: &AuthError) -> Vec<(&'static str, String)> {
    use AuthError as E;
    let argument = |name: &str, value: &str| {
        vec![("ArgumentName", name.to_owned()), ("ArgumentValue", value.to_owned())]
    };
    match error {
        E::UnsupportedAuthorization(header) | E::TwoMechanisms(header) => argument("Authorization", header),
        E::InvalidContentSha256(value) => argument("x-amz-content-sha256", value),
        E::PostMissingField(name) => argument(name, ""),
        E::UnsupportedAlgorithm { kind: Kind::Post, algorithm } => argument("X-Amz-Algorithm", algorithm),
        E::BadDate { kind: Kind::Post, value } => argument("X-Amz-Date", value),
        E::MalformedCredential { kind: Kind::Post, credential, .. } => {
            argument("x-amz-credential", credential)
        }
        E::Scope(problem) if problem.kind == Kind::Post => argument("x-amz-credential", &problem.credential),
        E::Scope(problem) => first_region(problem),
        E::Expired(skew) | E::NotYetCurrent(skew) => skew_members(skew),
        E::PresignedExpired { skew } => vec![
            ("X-Amz-Expires", skew.allowed_seconds.to_string()),
            ("Expires", format_extended(skew.signed_at.saturating_add(skew.allowed_seconds))),
            ("ServerTime", format_extended(skew.now)),
        ],
        E::PresignedNotYetValid { skew, expires_seconds } => {
            let life = i64::try_from(*expires_seconds).unwrap_or(i64::MAX);
            vec![
                ("X-Amz-Date", skew.signed_at.saturating_mul(1000).to_string()),
                ("Expires", format_extended(skew.signed_at.saturating_add(life))),
                ("ServerTime", format_extended(skew.now)),
            ]
        }
        E::HostNotSigned => vec![("HeadersNotSigned", "host".to_owned())],
        E::HeadersNotSigned(names) => vec![("HeadersNotSigned", names.join(", "))],
        E::ContentSha256Mismatch { declared, computed } => vec![
            ("ClientComputedContentSHA256", declared.clone()),
            ("S3ComputedContentSHA256", computed.clone()),
        ],
        E::SignatureMismatch(mismatch) => mismatch_members(mismatch),
        E::UnknownAccessKey(key) | E::InactiveAccessKey(key) => vec![("AWSAccessKeyId", key.clone())],
        E::ExpiredToken(token) | E::InvalidToken(token) => vec![("Token-0", token.clone())],
        E::InvalidChunkSize { chunk, size } => {
            vec![("Chunk", chunk.to_string()), ("BadChunkSize", size.to_string())]
        }
        E::EntityTooLarge { size, limit } => {
            vec![("ProposedSize", size.to_string()), ("MaxSizeAllowed", limit.to_string())]
        }
        E::EntityTooSmall { size, limit } => {
            vec![("ProposedSize", size.to_string()), ("MinSizeAllowed", limit.to_string())]
        }
        _ => Vec::new(),
    }
}

fn only_date_is_missing(parts: &crate::error::IncompleteHeader) -> bool {
    parts.date && !parts.credential && !parts.signature && !parts.signed_headers
}

const fn credential_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Header => "AuthorizationHeaderMalformed",
        Kind::Query => "AuthorizationQueryParametersError",
        Kind::Post => "InvalidArgument",
    }
}

const fn credential_prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Header => "The authorization header is malformed; ",
        Kind::Query => "Error parsing the X-Amz-Credential parameter; ",
        Kind::Post => "",
    }
}

// S3 names one problem only. The region stands in single quotes in S3's answers, all else in double quotes.
fn scope_problem(problem: &ScopeProblem) -> String {
    if let Some(received) = &problem.terminator {
        return format!("incorrect terminal \"{received}\". This endpoint uses \"aws4_request\".");
    }
    if let Some((received, expected)) = &problem.service {
        return format!("incorrect service \"{received}\". This endpoint belongs to \"{expected}\".");
    }
    if let Some(date) = &problem.date
        && (date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return format!(
            "incorrect date format \"{date}\". This date in the credential must be in the format \"yyyyMMdd\"."
        );
    }
    if let Some((received, expected)) = &problem.region {
        return format!("the region '{received}' is wrong; expecting '{expected}'");
    }
    let date = problem.date.as_deref().unwrap_or_default();
    let day = problem.timestamp.get(..8).unwrap_or(&problem.timestamp);
    format!("Invalid credential date \"{date}\". This date is not the same as X-Amz-Date: \"{day}\".")
}

fn first_region(problem: &ScopeProblem) -> Vec<(&'static str, String)> {
    let is_named = problem.terminator.is_none() && problem.service.is_none();
    match &problem.region {
        Some((_, expected)) if is_named => vec![("Region", expected.clone())],
        _ => Vec::new(),
    }
}

fn skew_members(skew: &SkewProblem) -> Vec<(&'static str, String)> {
    vec![
        ("RequestTime", skew.timestamp.clone()),
        ("ServerTime", format_extended(skew.now)),
        ("MaxAllowedSkewMilliseconds", skew.allowed_seconds.saturating_mul(1000).to_string()),
    ]
}

fn mismatch_members(mismatch: &Mismatch) -> Vec<(&'static str, String)> {
    let mut members = vec![
        ("AWSAccessKeyId", mismatch.access_key.clone()),
        ("StringToSign", mismatch.string_to_sign.clone()),
        ("SignatureProvided", mismatch.signature.clone()),
        ("StringToSignBytes", spaced_hex(mismatch.string_to_sign.as_bytes())),
    ];
    if !mismatch.canonical_request.is_empty() {
        members.push(("CanonicalRequest", mismatch.canonical_request.clone()));
        members.push(("CanonicalRequestBytes", spaced_hex(mismatch.canonical_request.as_bytes())));
    }
    members
}
