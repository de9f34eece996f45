//! The AWS managed policies, each in its newest version.

use crate::archive::{Archive, Entry};
use std::sync::{Arc, LazyLock, OnceLock};

static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::read(include_bytes!("../data/policies.bin")));
static LOADED: LazyLock<Vec<OnceLock<Option<Arc<ManagedPolicyData>>>>> =
    LazyLock::new(|| ARCHIVE.entries.iter().map(|_| OnceLock::new()).collect());

/// The folder of ARNs that AWS's own policies have.
const PREFIX: &str = "arn:aws:iam::aws:policy";

/// One of AWS's own policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicyData {
    /// `arn:aws:iam::aws:policy/service-role/AWSConfigRole`.
    pub arn: String,
    /// `AWSConfigRole`.
    pub name: String,
    /// `/service-role/`.
    pub path: String,
    /// An id of the form that AWS gives (`ANPA…`). The data has none, so it is made from the name: always the same here,
    /// but not AWS's.
    pub id: String,
    /// `v27`.
    pub default_version: String,
    /// When the policy was made: `2015-02-06T18:39:46Z`.
    pub created: String,
    /// When its newest version was made.
    pub updated: String,
    /// The policy, as compact JSON.
    pub document: String,
}

/// What is known of a policy without its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedPolicySummary {
    /// As in [`ManagedPolicyData`].
    pub arn: &'static str,
    /// As in [`ManagedPolicyData`].
    pub name: &'static str,
    /// As in [`ManagedPolicyData`].
    pub path: &'static str,
    /// As in [`ManagedPolicyData`].
    pub default_version: &'static str,
    /// As in [`ManagedPolicyData`].
    pub created: &'static str,
    /// As in [`ManagedPolicyData`].
    pub updated: &'static str,
}

impl ManagedPolicySummary {
    /// As in [`ManagedPolicyData`].
    #[must_use]
    pub fn id(&self) -> String {
        id(self.name)
    }
}

/// All of them, in the order of their names, without unpacking any document.
pub fn managed_policies() -> impl ExactSizeIterator<Item = ManagedPolicySummary> {
    ARCHIVE.entries.iter().map(summary)
}

/// The policy with this ARN or name. The document is unpacked at the first call and then kept.
#[must_use]
pub fn managed_policy(arn_or_name: &str) -> Option<Arc<ManagedPolicyData>> {
    let (index, entry) = find(arn_or_name)?;
    let load = || {
        let summary = summary(entry);
        Some(Arc::new(ManagedPolicyData {
            arn: summary.arn.to_owned(),
            name: summary.name.to_owned(),
            path: summary.path.to_owned(),
            id: summary.id(),
            default_version: summary.default_version.to_owned(),
            created: summary.created.to_owned(),
            updated: summary.updated.to_owned(),
            document: entry.text()?,
        }))
    };
    LOADED.get(index)?.get_or_init(load).clone()
}

/// Whether there is one with this ARN, without reading its document.
#[must_use]
pub fn is_managed_policy(arn: &str) -> bool {
    arn.starts_with(PREFIX) && find(arn).is_some()
}

fn find(arn_or_name: &str) -> Option<(usize, &'static Entry)> {
    let is_arn = arn_or_name.starts_with("arn:");
    let name = if is_arn { arn_or_name.rsplit('/').next()? } else { arn_or_name };
    ARCHIVE.find(name).filter(|(_, entry)| !is_arn || entry.fact(0) == arn_or_name)
}

fn summary(entry: &'static Entry) -> ManagedPolicySummary {
    let arn = entry.fact(0);
    let below = arn.strip_prefix(PREFIX).unwrap_or("/");
    let path = below.strip_suffix(entry.name.as_str()).unwrap_or("/");
    ManagedPolicySummary {
        arn,
        name: &entry.name,
        path,
        default_version: entry.fact(1),
        created: entry.fact(2),
        updated: entry.fact(3),
    }
}

/// `ANPA` and 17 letters and digits from an FNV hash of the name.
fn id(name: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut state = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in name.bytes() {
        state = (state ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let letters = (0..17).map(|position| {
        let index = usize::try_from((state >> (position * 5 + 8)) & 31).unwrap_or_default();
        char::from(ALPHABET.get(index).copied().unwrap_or(b'A'))
    });
    "ANPA".chars().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_policy_can_be_read() {
        let mut ids = HashSet::new();
        for summary in managed_policies() {
            let policy = managed_policy(summary.arn).unwrap();
            assert_eq!(format!("{PREFIX}{}{}", policy.path, policy.name), policy.arn);
            assert!(policy.document.starts_with('{') && policy.document.ends_with('}'), "{}", policy.name);
            assert!(policy.document.contains("\"Statement\""), "{}", policy.name);
            assert!(policy.default_version.starts_with('v') && policy.created.ends_with('Z'), "{policy:?}");
            assert_eq!(managed_policy(&policy.name), Some(policy.clone()));
            assert_eq!(policy.id.len(), 21);
            assert!(ids.insert(policy.id.clone()), "{} has the id of another policy", policy.name);
        }
        assert!(managed_policies().len() > 1500);
    }

    #[test]
    fn policies_are_found_by_their_exact_arn() {
        let policy = managed_policy("AdministratorAccess").unwrap();
        assert_eq!(policy.path, "/");
        assert_eq!(policy.created, "2015-02-06T18:39:46Z");
        assert_eq!(
            policy.document,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        );
        assert!(is_managed_policy("arn:aws:iam::aws:policy/AdministratorAccess"));
        assert!(is_managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
        for no in [
            "AdministratorAccess",
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/NoSuchPolicy",
        ] {
            assert!(!is_managed_policy(no), "{no}");
        }
        assert_eq!(managed_policy("arn:aws:iam::111122223333:policy/AdministratorAccess"), None);
    }
}
