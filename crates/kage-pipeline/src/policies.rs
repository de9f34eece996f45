//! Compiled policies by their text. Compiling costs more than judging, and the same few documents bind every call.

use kage_authz::{Policy, PolicyKind};
use kage_core::{Error, Result};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How many compiled policies are kept before the cache starts anew.
const CACHED_MAX: usize = 20_000;

/// A cache of compiled policies.
#[derive(Default)]
pub struct PolicyCache(RwLock<HashMap<(PolicyKind, Arc<str>), Policy>>);

impl PolicyCache {
    /// The policy of this kind and text.
    ///
    /// # Errors
    /// HTTP 500 when a stored policy cannot be parsed: law 11, such a policy is never dropped.
    pub fn compile(&self, kind: PolicyKind, text: &str) -> Result<Policy> {
        self.get(kind, text, || Ok(Policy::parse_stored(text, kind)))
    }

    /// One of AWS's own policies, by its ARN.
    ///
    /// # Errors
    /// HTTP 500 when there is none of that name.
    pub fn aws_managed(&self, kind: PolicyKind, arn: &str) -> Result<Policy> {
        self.get(kind, arn, || {
            let found = kage_iam_data::managed_policy(arn)
                .ok_or_else(|| Error::internal(format!("there is no AWS managed policy {arn}")))?;
            Ok(Policy::parse_stored(&found.document, kind))
        })
    }

    fn get(
        &self,
        kind: PolicyKind,
        key: &str,
        make: impl FnOnce() -> Result<std::result::Result<Policy, kage_authz::PolicyError>>,
    ) -> Result<Policy> {
        let key: (PolicyKind, Arc<str>) = (kind, Arc::from(key));
        if let Some(policy) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(policy.clone());
        }
        let policy =
            make()?.map_err(|error| Error::internal(format!("a stored policy cannot be parsed: {error}")))?;
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_MAX {
            cache.clear();
        }
        cache.insert(key, policy.clone());
        Ok(policy)
    }
}
