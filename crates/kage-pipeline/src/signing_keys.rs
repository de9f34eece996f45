//! Signing keys of late. Deriving one is four rounds of HMAC, a fifth of the work of a small call, and it holds for a day.

use kage_sigv4::{AsymmetricKey, Claim, SigningKey};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// How many keys are kept; all are dropped when there are more.
const KEPT_MAX: usize = 1_024;

/// Access key id, date, Region, service.
type Scope = (String, String, String, String);

/// The keys of one double, in memory alone. A key is used only for the secret from which it was derived: an access key id can
/// come to have another secret when a snapshot is restored.
#[derive(Default)]
pub struct SigningKeys {
    symmetric: Kept<Scope, SigningKey>,
    asymmetric: Kept<String, AsymmetricKey>,
}

impl SigningKeys {
    /// The key that signs within the scope of the claim.
    #[must_use]
    pub fn symmetric(&self, claim: &Claim, secret: &str) -> Arc<SigningKey> {
        let scope =
            (claim.access_key.clone(), claim.date.clone(), claim.region.clone(), claim.service.clone());
        let derive = || Some(SigningKey::derive(secret, &claim.date, &claim.region, &claim.service));
        self.symmetric.get(scope, secret, derive).unwrap_or_else(|| {
            Arc::new(SigningKey::derive(secret, &claim.date, &claim.region, &claim.service))
        })
    }

    /// The Version 4A key of the access key; `None` for a secret that has none.
    #[must_use]
    pub fn asymmetric(&self, access_key: &str, secret: &str) -> Option<Arc<AsymmetricKey>> {
        self.asymmetric.get(access_key.to_owned(), secret, || AsymmetricKey::derive(access_key, secret))
    }
}

struct Kept<K, V>(Mutex<HashMap<K, (String, Arc<V>)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn get(&self, key: K, secret: &str, derive: impl FnOnce() -> Option<V>) -> Option<Arc<V>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept.get(&key).filter(|(known, _)| known == secret) {
            return Some(Arc::clone(found));
        }
        let derived = Arc::new(derive()?);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, (secret.to_owned(), Arc::clone(&derived)));
        Some(derived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_derived_once_for_each_secret() {
        let kept: Kept<u8, String> = Kept::default();
        let first = kept.get(1, "a", || Some("of a".to_owned())).unwrap();
        assert_eq!(*kept.get(1, "a", || None).unwrap(), *first, "the second time nothing is derived");
        assert_eq!(*kept.get(1, "b", || Some("of b".to_owned())).unwrap(), "of b");
        assert!(kept.get(1, "a", || None).is_none(), "the newer secret took its place");
    }
}
