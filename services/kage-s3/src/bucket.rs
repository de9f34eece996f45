//! Buckets and their settings.

use crate::acl::Grant;
use kage_core::Millis;
use serde::{Deserialize, Serialize};

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, unique in the whole double.
    pub name: String,
    /// The account that owns it.
    pub owner: String,
    /// Its Region.
    pub region: String,
    /// When it was made.
    pub created: Millis,
    /// Its versioning.
    pub versioning: Versioning,
    /// Its policy; users and roles stand in it by their unique ids.
    pub policy: Option<String>,
    /// Its Block Public Access settings.
    pub block: Option<Block>,
    /// Its object ownership; without one ACLs work as with `ObjectWriter`.
    pub ownership: Option<Ownership>,
    /// Its ACL.
    pub grants: Vec<Grant>,
    /// Its default encryption.
    pub encryption: DefaultEncryption,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Bucket {
    /// Its ARN.
    pub fn arn(&self) -> String {
        crate::names::bucket_arn(&self.name)
    }

    /// Whether ACLs count.
    pub fn has_acls(&self) -> bool {
        self.ownership != Some(Ownership::BucketOwnerEnforced)
    }
}

/// States of versioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Never enabled.
    Never,
    /// Every write makes a version.
    Enabled,
    /// Writes replace the null version; older versions stay.
    Suspended,
}

/// AWS: S3 user guide, "Controlling ownership of objects": rule 146.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    BucketOwnerEnforced,
    BucketOwnerPreferred,
    ObjectWriter,
}

impl Ownership {
    /// Reads the name.
    pub fn parse(name: &str) -> Option<Ownership> {
        match name {
            "BucketOwnerEnforced" => Some(Ownership::BucketOwnerEnforced),
            "BucketOwnerPreferred" => Some(Ownership::BucketOwnerPreferred),
            "ObjectWriter" => Some(Ownership::ObjectWriter),
            _ => None,
        }
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Ownership::BucketOwnerEnforced => "BucketOwnerEnforced",
            Ownership::BucketOwnerPreferred => "BucketOwnerPreferred",
            Ownership::ObjectWriter => "ObjectWriter",
        }
    }
}

/// Block Public Access settings of a bucket or an account. Rule 150.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Public ACLs are refused.
    pub block_acls: bool,
    /// Public ACLs are without effect.
    pub ignore_acls: bool,
    /// Public policies are refused.
    pub block_policy: bool,
    /// Under a public policy only the owner's account and AWS services have access.
    pub restrict: bool,
}

impl Block {
    /// All four on. AWS: S3 user guide, "Blocking public access": the default of new buckets since April 2023.
    pub const ALL: Block = Block { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };

    /// The most restrictive combination (rule 149).
    #[must_use]
    pub fn and(self, other: Block) -> Block {
        Block {
            block_acls: self.block_acls || other.block_acls,
            ignore_acls: self.ignore_acls || other.ignore_acls,
            block_policy: self.block_policy || other.block_policy,
            restrict: self.restrict || other.restrict,
        }
    }
}

/// How new objects are encrypted when the call does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultEncryption {
    /// `AES256`, `aws:kms`.
    pub algorithm: String,
    /// The KMS key.
    pub key_id: Option<String>,
    /// Whether a bucket key is used; `None` when nobody said.
    pub bucket_key: Option<bool>,
    /// Whether uploads with customer keys (SSE-C) are refused.
    pub blocks_customer_keys: bool,
}

impl Default for DefaultEncryption {
    /// AWS: S3 user guide, "Setting default server-side encryption behavior": SSE-S3 since January 2023; SSE-C is blocked
    /// for new buckets since April 2026.
    fn default() -> DefaultEncryption {
        DefaultEncryption {
            algorithm: "AES256".to_owned(),
            key_id: None,
            bucket_key: None,
            blocks_customer_keys: true,
        }
    }
}
