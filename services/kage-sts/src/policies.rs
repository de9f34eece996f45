//! Session policies, and how much room they and the session tags take.

use crate::errors;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use kage_api_sts::types::PolicyDescriptorType;
use kage_authz::{Policy, PolicyKind};
use kage_core::{Arn, Error, Result, Tx};
use kage_identity::policies;
use std::io::Write as _;

/// AWS: STS API reference, AssumeRole, PolicyArns: "You can provide up to 10 managed policy ARNs."
const ARNS_MAX: usize = 10;
/// The room for packed policies and tags in bytes. AWS does not publish how it packs; this is an estimate.
const PACKED_MAX: usize = 1_024;

/// The session policies of a request, checked.
#[derive(Default)]
pub struct SessionPolicies {
    /// The inline document, if there is one.
    pub texts: Vec<String>,
    /// ARNs of managed policies.
    pub arns: Vec<String>,
}

/// Checks the session policies of a request for a session in `account`.
///
/// # Errors
/// `MalformedPolicyDocument` for a broken document, `ValidationError` for ARNs that name no policy or are too many.
pub fn checked(
    tx: &Tx,
    account: &str,
    text: Option<&String>,
    arns: Option<&Vec<PolicyDescriptorType>>,
) -> Result<SessionPolicies> {
    if let Some(text) = text {
        Policy::parse(text, PolicyKind::Session)
            .map_err(|error| errors::malformed_policy(error.message()))?;
    }
    let arns: Vec<String> = arns.into_iter().flatten().filter_map(|policy| policy.arn.clone()).collect();
    if arns.len() > ARNS_MAX {
        // The text is that of the pipeline for a list that is too long; AWS's own is not recorded.
        return Err(errors::validation(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to {ARNS_MAX}"
        )));
    }
    for arn in &arns {
        let known = if policies::is_aws_managed(arn) {
            kage_iam_data::is_managed_policy(arn)
        } else {
            let own = Arn::parse(arn).is_some_and(|arn| arn.account == account);
            own && policies::find(tx.reads(), arn)?.is_some()
        };
        if !known {
            // IAM's text for the same mistake; STS's own is not recorded.
            return Err(errors::validation(format!("Policy {arn} does not exist or is not attachable.")));
        }
    }
    Ok(SessionPolicies { texts: text.cloned().into_iter().collect(), arns })
}

/// How much of the room for policies and tags is taken, in percent; `None` when there are neither.
///
/// # Errors
/// `PackedPolicyTooLarge` for more than there is.
pub fn packed_percent(policies: &SessionPolicies, tags: &[(String, String)]) -> Result<Option<i32>> {
    if policies.texts.is_empty() && policies.arns.is_empty() && tags.is_empty() {
        return Ok(None);
    }
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    let tags = tags.iter().flat_map(|(key, value)| [key, value]);
    for text in policies.texts.iter().chain(&policies.arns).chain(tags) {
        packer.write_all(text.as_bytes()).map_err(|error| Error::internal(error.to_string()))?;
    }
    let size = packer.finish().map_err(|error| Error::internal(error.to_string()))?.len();
    let percent = size.saturating_mul(100).div_ceil(PACKED_MAX);
    let percent = i32::try_from(percent).unwrap_or(i32::MAX);
    if percent > 100 { Err(errors::too_large(percent)) } else { Ok(Some(percent)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_by_what_is_there() {
        assert_eq!(packed_percent(&SessionPolicies::default(), &[]).unwrap(), None);
        let one = [("team".to_owned(), "blue".to_owned())];
        let little = packed_percent(&SessionPolicies::default(), &one).unwrap().unwrap();
        assert!(little > 0 && little < 10, "{little}");
        let many: Vec<_> = (0..400_u32)
            .map(|i| {
                (format!("{:x}", i.wrapping_mul(2_654_435_761)), format!("{:x}", i.wrapping_mul(40_503)))
            })
            .collect();
        assert_eq!(
            packed_percent(&SessionPolicies::default(), &many).unwrap_err().code,
            "PackedPolicyTooLarge"
        );
    }
}
