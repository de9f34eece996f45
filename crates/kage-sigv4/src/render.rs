//! How each failure reads in each family of services. S3's own texts are in `render_s3`.
//!
//! Sources of the texts:
//! - dynalite `index.js`, which records DynamoDB: missing parts, scope, skew, canonical string, order of checks.
//! - scratchstack-aws-signature `constants.rs`: the same for IAM and STS; `'Host' or ':authority'`.
//! - aws-sdk-js issues 254 and 2565, aws-sdk-go issue 2194: `Signature expired`, `Signature not yet current`.
//! - aws-sdk-ruby issue 431, aws-sdk-js-v3 issue 5576: `Credential should be scoped to …` with a space at the end.
//! - aws-samples/sigv4-signing-examples pull request 14: the long form with the canonical string (execute-api).
//! - awsteele.com "AWS SigV4 caching": the short form (STS).
//! - chalice issue 828 and Bold payments support log: API Gateway's texts for foreign `Authorization` headers,
//!   today with the header hashed.
//! - terraform-provider-aws issue 1102, haproxy-autoscale issue 20: EC2 `AuthFailure`, 401.
//! - EC2 API Reference, "Error codes": `RequestExpired`. aws-doc-sdk-examples issue 4026: EC2 `MissingParameter`.
//! - IAM, STS and DynamoDB API References, "Common Errors": codes and statuses.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{AuthError, IncompleteHeader, Mismatch, ScopeProblem, SkewProblem};
use crate::render_s3;
use crate::time::format_basic;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
                        Check your AWS Secret Access Key and signing method. \
                        Consult the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid";
const EXPIRED_TOKEN: &str = "The security token included in the request is expired";
const MISSING_TOKEN: &str = "Request is missing Authentication Token";

/// A family of services that words its errors alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Query protocol and REST-XML outside S3 (IAM, STS, SNS, CloudFront, Route 53).
    Query,
    /// EC2.
    Ec2,
    /// JSON 1.0 and 1.1, CBOR (DynamoDB, KMS, Organizations, CloudTrail): statuses 400.
    Json,
    /// REST-JSON (Lambda, API Gateway, EKS): statuses 403.
    RestJson,
    /// S3.
    S3,
}

/// The kinds of failure that services outside S3 tell apart by code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    MissingToken,
    Incomplete,
    WrongSignature,
    WrongTime,
    UnknownKey,
    ExpiredToken,
    Validation,
    Internal,
}

impl AuthError {
    /// The error code: `<Code>`, `__type` or `x-amzn-ErrorType`.
    #[must_use]
    pub fn code(&self, dialect: Dialect) -> &'static str {
        if dialect == Dialect::S3 { render_s3::code(self) } else { self.row(dialect).0 }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self, dialect: Dialect) -> u16 {
        if dialect == Dialect::S3 { render_s3::status(self) } else { self.row(dialect).1 }
    }

    /// The text.
    #[must_use]
    pub fn message(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::S3 => render_s3::message(self),
            Dialect::Ec2 => self.ec2_message(),
            _ => self.generic_message(dialect),
        }
    }

    /// Further members of the error document in their order; only S3 has some.
    #[must_use]
    pub fn members(&self, dialect: Dialect) -> Vec<(&'static str, String)> {
        if dialect == Dialect::S3 { render_s3::members(self) } else { Vec::new() }
    }

    fn class(&self) -> Class {
        match self {
            Self::MissingToken | Self::SignatureVersion2(None) | Self::IncompleteQueryVersion2 => {
                Class::MissingToken
            }
            Self::UnsupportedAuthorization(_)
            | Self::SignatureVersion2(Some(_))
            | Self::IncompleteHeader(_)
            | Self::NotKeyValue { .. }
            | Self::IncompleteQuery(_)
            | Self::UnsupportedAlgorithm { .. }
            | Self::BadDate { .. }
            | Self::MalformedCredential { .. } => Class::Incomplete,
            Self::TwoMechanisms(_)
            | Self::Scope(_)
            | Self::HostNotSigned
            | Self::HeadersNotSigned(_)
            | Self::MissingContentSha256
            | Self::InvalidContentSha256(_)
            | Self::ContentSha256Mismatch { .. }
            | Self::SignatureMismatch(_) => Class::WrongSignature,
            Self::Expired(_)
            | Self::NotYetCurrent(_)
            | Self::PresignedExpired { .. }
            | Self::PresignedNotYetValid { .. } => Class::WrongTime,
            Self::UnknownAccessKey(_) | Self::InactiveAccessKey(_) | Self::InvalidToken(_) => {
                Class::UnknownKey
            }
            Self::ExpiredToken(_) => Class::ExpiredToken,
            Self::BodyNotHashed => Class::Internal,
            _ => Class::Validation,
        }
    }

    fn row(&self, dialect: Dialect) -> (&'static str, u16) {
        let class = self.class();
        let json_status = if dialect == Dialect::RestJson { 403 } else { 400 };
        match (dialect, class) {
            (Dialect::Query | Dialect::Ec2, Class::Internal) => ("InternalFailure", 500),
            (_, Class::Internal) => ("InternalServerError", 500),
            (Dialect::Query, Class::MissingToken) => ("MissingAuthenticationToken", 403),
            (Dialect::Query, Class::Incomplete) => ("IncompleteSignature", 400),
            (Dialect::Query, Class::WrongSignature | Class::WrongTime) => ("SignatureDoesNotMatch", 403),
            (Dialect::Query, Class::UnknownKey) => ("InvalidClientTokenId", 403),
            (Dialect::Query, Class::ExpiredToken) => ("ExpiredToken", 403),
            (Dialect::Query, Class::Validation) => ("ValidationError", 400),
            (Dialect::Ec2, Class::MissingToken) => ("MissingParameter", 400),
            (Dialect::Ec2, Class::WrongTime | Class::ExpiredToken) => ("RequestExpired", 400),
            (Dialect::Ec2, _) => ("AuthFailure", 401),
            (_, Class::MissingToken) => ("MissingAuthenticationTokenException", json_status),
            (_, Class::Incomplete) => ("IncompleteSignatureException", json_status),
            (_, Class::WrongSignature | Class::WrongTime) => ("InvalidSignatureException", json_status),
            (_, Class::UnknownKey) => ("UnrecognizedClientException", json_status),
            (_, Class::ExpiredToken) => ("ExpiredTokenException", json_status),
            (_, Class::Validation) => ("ValidationException", 400),
        }
    }

    fn ec2_message(&self) -> String {
        match self.class() {
            Class::MissingToken => "The request must contain the parameter AWSAccessKeyId".to_owned(),
            Class::WrongTime | Class::ExpiredToken => "Request has expired.".to_owned(),
            Class::Internal => self.generic_message(Dialect::Query),
            _ => "AWS was not able to validate the provided access credentials".to_owned(),
        }
    }

    fn generic_message(&self, dialect: Dialect) -> String {
        match self {
            // Lambda and API Gateway say it shorter.
            Self::MissingToken if dialect == Dialect::RestJson => "Missing Authentication Token".to_owned(),
            // What services outside S3 say to Signature Version 2 in a query was not observed. They do not know
            // its parameters, so the request has no token.
            Self::MissingToken | Self::SignatureVersion2(None) | Self::IncompleteQueryVersion2 => {
                MISSING_TOKEN.to_owned()
            }
            Self::UnsupportedAuthorization(header) | Self::SignatureVersion2(Some(header)) => {
                foreign_authorization(header)
            }
            Self::TwoMechanisms(_) => "Found both 'X-Amz-Algorithm' as a query-string param and \
                                       'Authorization' as HTTP header."
                .to_owned(),
            Self::IncompleteHeader(parts) => incomplete_header(parts),
            Self::NotKeyValue { authorization, .. } => not_key_value(authorization),
            Self::IncompleteQuery(missing) => {
                let sentences: String = missing
                    .iter()
                    .map(|name| format!("AWS query-string parameters must include '{name}'. "))
                    .collect();
                format!("{sentences}Re-examine the query-string parameters.")
            }
            Self::UnsupportedAlgorithm { algorithm, .. } => {
                format!("Unsupported AWS 'algorithm': '{algorithm}'")
            }
            Self::BadDate { value, .. } => format!(
                "Date must be in ISO-8601 'basic format'. Got '{value}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::MalformedCredential { credential, elements: 4, .. } => format!(
                "Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, \
                 got '{credential}'"
            ),
            Self::MalformedCredential { credential, .. } => format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
                 got '{credential}'"
            ),
            Self::Scope(problem) => scope(problem),
            Self::Expired(skew) | Self::PresignedExpired { skew } => expired(skew),
            Self::NotYetCurrent(skew) | Self::PresignedNotYetValid { skew, .. } => not_yet_current(skew),
            Self::HostNotSigned => {
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()
            }
            Self::HeadersNotSigned(names) => {
                let sentence = |name: &String| {
                    let name = if name == "x-amz-date" { "x-amz-date' or 'date" } else { name };
                    format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
                };
                names.iter().map(sentence).collect::<Vec<_>>().join(" ")
            }
            Self::SignatureMismatch(mismatch) => signature_mismatch(mismatch, dialect),
            // These services compare no hash: another body is another canonical request.
            Self::ContentSha256Mismatch { .. } => MISMATCH.to_owned(),
            Self::UnknownAccessKey(_) | Self::InactiveAccessKey(_) => format!("{INVALID_TOKEN}."),
            Self::InvalidToken(_) => INVALID_TOKEN.to_owned(),
            Self::ExpiredToken(_) => EXPIRED_TOKEN.to_owned(),
            Self::BodyNotHashed => "Internal Service Error".to_owned(),
            // Only S3 has the rest; its text is the best there is.
            _ => render_s3::message(self),
        }
    }
}

fn hashed(header: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, header.as_bytes()))
}

fn not_key_value(header: &str) -> String {
    format!(
        "Invalid key=value pair (missing equal-sign) in Authorization header \
         (hashed with SHA-256 and encoded with Base64): '{}'.",
        hashed(header)
    )
}

// A header that is not ours is read by AWS like one of its own: the first word is the algorithm, the rest pairs.
fn foreign_authorization(header: &str) -> String {
    let mut words = header.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    if words.next().is_some_and(|name| name.contains('=')) {
        return "Authorization header must begin with the algorithm name, which cannot include an equal-sign"
            .to_owned();
    }
    if words.any(|word| !word.contains('=')) {
        return not_key_value(header);
    }
    incomplete_header(&IncompleteHeader {
        credential: true,
        signature: true,
        signed_headers: true,
        date: true,
        authorization: header.to_owned(),
    })
}

fn incomplete_header(parts: &IncompleteHeader) -> String {
    let mut text = String::new();
    let parameters = [
        (parts.credential, "Credential"),
        (parts.signature, "Signature"),
        (parts.signed_headers, "SignedHeaders"),
    ];
    for (_, name) in parameters.iter().filter(|(missing, _)| *missing) {
        text.push_str(&format!("Authorization header requires '{name}' parameter. "));
    }
    if parts.date {
        text.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    text.push_str("(Hashed with SHA-256 and encoded with Base64) Authorization=");
    text.push_str(&hashed(&parts.authorization));
    text
}

fn scope(problem: &ScopeProblem) -> String {
    let mut text = String::new();
    if problem.region.is_some() {
        text.push_str("Credential should be scoped to a valid region. ");
    }
    if let Some((_, expected)) = &problem.service {
        text.push_str(&format!("Credential should be scoped to correct service: '{expected}'. "));
    }
    if let Some(received) = &problem.terminator {
        text.push_str(&format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{received}'. "
        ));
    }
    if let Some(date) = &problem.date {
        let timestamp = &problem.timestamp;
        let day = timestamp.get(..8).unwrap_or(timestamp);
        text.push_str(&format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{date}' != '{day}', from '{timestamp}'."
        ));
    }
    text
}

fn expired(skew: &SkewProblem) -> String {
    let earliest = format_basic(skew.now.saturating_sub(skew.allowed_seconds));
    let (time, now, span) = (&skew.timestamp, format_basic(skew.now), span(skew.allowed_seconds));
    format!("Signature expired: {time} is now earlier than {earliest} ({now} - {span})")
}

fn not_yet_current(skew: &SkewProblem) -> String {
    let latest = format_basic(skew.now.saturating_add(skew.allowed_seconds));
    let (time, now, span) = (&skew.timestamp, format_basic(skew.now), span(skew.allowed_seconds));
    format!("Signature not yet current: {time} is still later than {latest} ({now} + {span})")
}

fn span(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min.", seconds / 60) } else { format!("{seconds} sec.") }
}

fn signature_mismatch(mismatch: &Mismatch, dialect: Dialect) -> String {
    if dialect != Dialect::RestJson {
        return MISMATCH.to_owned();
    }
    format!(
        "{MISMATCH}\n\nThe Canonical String for this request should have been\n'{}'\n\n\
         The String-to-Sign should have been\n'{}'\n",
        mismatch.canonical_request, mismatch.string_to_sign
    )
}
