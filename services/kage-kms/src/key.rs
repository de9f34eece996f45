//! A KMS key: what it is, in which state, and what that state allows.

use crate::errors;
use kage_core::{Arn, Millis, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its id, a UUID.
    pub id: String,
    /// What the owner says about it.
    pub description: String,
    /// Its policy as it is stored: users and roles by unique id.
    pub policy: String,
    /// Its state.
    pub state: State,
    /// When it was made.
    pub created: Millis,
    /// The AWS service for which it was made (`s3` of `alias/aws/s3`); `None` for a customer managed key.
    pub made_for: Option<String>,
    /// Automatic rotation, when it is on.
    pub rotation: Option<Rotation>,
    /// Its backing keys, oldest first. The last one encrypts; all decrypt.
    pub backing: Vec<Backing>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The states that are modelled. AWS: KMS developer guide, "Key states of AWS KMS keys".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Ready for use.
    Enabled,
    /// Switched off.
    Disabled,
    /// Waiting to be deleted at this time.
    PendingDeletion {
        /// When it will be deleted.
        at: Millis,
    },
}

/// Automatic rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Days between rotations, 90 to 2560.
    pub period_days: i32,
    /// When the next one is due.
    pub next: Millis,
}

/// One version of the key material, wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Backing {
    /// `KeyMaterialId`: 64 hexadecimal digits.
    pub id: String,
    /// The 32 bytes, sealed under the double's secret, in Base64.
    pub wrapped: String,
    /// When it was made.
    pub created: Millis,
}

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The moment `days` days after `from`.
pub fn days_after(from: Millis, days: i32) -> Millis {
    from.saturating_add(i64::from(days).saturating_mul(DAY_MS))
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> String {
        Arn::new("kms", &self.region, &self.account, format!("key/{}", self.id)).to_string()
    }

    /// The material that encrypts, with its version.
    pub fn current(&self) -> Option<(u32, &Backing)> {
        let version = u32::try_from(self.backing.len().checked_sub(1)?).ok()?;
        Some((version, self.backing.last()?))
    }

    /// The material of this version.
    pub fn version(&self, version: u32) -> Option<&Backing> {
        self.backing.get(usize::try_from(version).ok()?)
    }

    /// Refuses keys that are not ready for cryptography.
    ///
    /// # Errors
    /// `DisabledException`, `KMSInvalidStateException`.
    pub fn require_enabled(&self) -> Result<()> {
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(errors::disabled(&self.arn())),
            State::PendingDeletion { .. } => Err(errors::pending_deletion(&self.arn())),
        }
    }

    /// Refuses keys that wait for deletion.
    ///
    /// # Errors
    /// `KMSInvalidStateException`.
    pub fn require_kept(&self) -> Result<()> {
        match self.state {
            State::PendingDeletion { .. } => Err(errors::pending_deletion(&self.arn())),
            State::Enabled | State::Disabled => Ok(()),
        }
    }

    /// Refuses algorithms of other kinds of keys.
    ///
    /// # Errors
    /// `InvalidKeyUsageException`.
    pub fn require_algorithm(&self, algorithm: Option<&str>) -> Result<()> {
        match algorithm {
            None | Some("SYMMETRIC_DEFAULT") => Ok(()),
            Some(other) => Err(errors::incompatible_algorithm(other)),
        }
    }
}
