//! Policy documents on their way in and out.

use crate::errors;
use kage_authz::{Policy, PolicyKind, policy_size};
use kage_core::Result;

/// AWS: IAM user guide, "IAM and AWS STS quotas": characters of a managed policy without white space.
pub const MANAGED_POLICY_MAX: usize = 6_144;
/// AWS: the same page: characters of a role trust policy without white space.
pub const TRUST_POLICY_MAX: usize = 2_048;

/// Reads a document that is to be stored.
///
/// # Errors
/// `MalformedPolicyDocument` in AWS's words.
pub fn parse(text: &str, kind: PolicyKind) -> Result<Policy> {
    Policy::parse(text, kind).map_err(|error| errors::malformed_policy(error.message()))
}

/// Checks the document of a managed policy: its grammar and its size.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub fn require_managed(text: &str) -> Result<()> {
    parse(text, PolicyKind::Identity)?;
    if policy_size(text) > MANAGED_POLICY_MAX {
        return Err(errors::quota("PolicySize", MANAGED_POLICY_MAX));
    }
    Ok(())
}

/// The document as answers show it: percent-encoded as in RFC 3986.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_as_in_rfc_3986() {
        assert_eq!(encode("{\"a\": \"*-._~ü\"}"), "%7B%22a%22%3A%20%22%2A-._~%C3%BC%22%7D");
    }
}
