//! Access control lists: grants, canned lists, and which action a permission allows (rule 147).
//!
//! AWS: S3 user guide, "Access control list (ACL) overview".

use crate::errors;
use kage_core::Result;
use kage_identity::accounts;
use kage_store::Reads;
use serde::{Deserialize, Serialize};

/// Everybody.
pub const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// Everybody who signs.
pub const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
/// The service that delivers access logs.
pub const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
/// AWS: the same page: "You can have up to 100 grants on an ACL".
const GRANTS_MAX: usize = 100;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// Who a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grantee {
    /// An account by its canonical id.
    Account(String),
    /// A group by its URI.
    Group(String),
}

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    FullControl,
    Write,
    WriteAcp,
    Read,
    ReadAcp,
}

impl Permission {
    /// Reads the name.
    pub fn parse(name: &str) -> Option<Permission> {
        Some(match name {
            "FULL_CONTROL" => Permission::FullControl,
            "WRITE" => Permission::Write,
            "WRITE_ACP" => Permission::WriteAcp,
            "READ" => Permission::Read,
            "READ_ACP" => Permission::ReadAcp,
            _ => return None,
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Permission::FullControl => "FULL_CONTROL",
            Permission::Write => "WRITE",
            Permission::WriteAcp => "WRITE_ACP",
            Permission::Read => "READ",
            Permission::ReadAcp => "READ_ACP",
        }
    }

    /// Whether a grant of this permission on a bucket allows the action.
    pub fn allows_on_bucket(self, action: &str) -> bool {
        let of = |permission: Permission| self == permission || self == Permission::FullControl;
        match action {
            "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => {
                of(Permission::Read)
            }
            "s3:PutObject" | "s3:DeleteObject" => of(Permission::Write),
            "s3:GetBucketAcl" => of(Permission::ReadAcp),
            "s3:PutBucketAcl" => of(Permission::WriteAcp),
            _ => false,
        }
    }

    /// Whether a grant of this permission on an object allows the action.
    pub fn allows_on_object(self, action: &str) -> bool {
        let of = |permission: Permission| self == permission || self == Permission::FullControl;
        match action {
            "s3:GetObject" | "s3:GetObjectVersion" => of(Permission::Read),
            "s3:GetObjectAcl" | "s3:GetObjectVersionAcl" => of(Permission::ReadAcp),
            "s3:PutObjectAcl" | "s3:PutObjectVersionAcl" => of(Permission::WriteAcp),
            _ => false,
        }
    }
}

impl Grant {
    /// A grant to an account.
    pub fn account(id: &str, permission: Permission) -> Grant {
        Grant { grantee: Grantee::Account(id.to_owned()), permission }
    }

    fn group(uri: &str, permission: Permission) -> Grant {
        Grant { grantee: Grantee::Group(uri.to_owned()), permission }
    }

    /// Whether it is for the public. AWS: S3 user guide, "The meaning of public", ACLs.
    pub fn is_public(&self) -> bool {
        matches!(&self.grantee, Grantee::Group(uri) if uri == ALL_USERS || uri == AUTHENTICATED_USERS)
    }
}

/// What a request says about an ACL.
#[derive(Default)]
pub struct Asked<'a> {
    /// A canned list.
    pub canned: Option<&'a str>,
    /// `x-amz-grant-…` headers.
    pub full_control: Option<&'a str>,
    /// The same.
    pub read: Option<&'a str>,
    /// The same.
    pub read_acp: Option<&'a str>,
    /// The same; buckets only.
    pub write: Option<&'a str>,
    /// The same.
    pub write_acp: Option<&'a str>,
}

impl Asked<'_> {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.canned.is_none() && self.headers().iter().all(|(_, value)| value.is_none())
    }

    /// Whether it says `bucket-owner-full-control`, which every bucket accepts.
    pub fn is_bucket_owner_full_control(&self) -> bool {
        self.canned == Some("bucket-owner-full-control")
    }

    /// The grant headers as condition keys name them, with their values.
    pub fn headers(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("full-control", self.full_control),
            ("read", self.read),
            ("read-acp", self.read_acp),
            ("write", self.write),
            ("write-acp", self.write_acp),
        ]
    }

    /// The grants that are asked for. `owner` owns the thing, `bucket_owner` the bucket it is in (canonical ids).
    ///
    /// # Errors
    /// `InvalidArgument`, `InvalidRequest`, `UnresolvableGrantByEmailAddress`.
    pub fn grants(&self, reads: &dyn Reads, owner: &str, bucket_owner: &str) -> Result<Vec<Grant>> {
        let permissions = [
            Permission::FullControl,
            Permission::Read,
            Permission::ReadAcp,
            Permission::Write,
            Permission::WriteAcp,
        ];
        let mut grants = Vec::new();
        for ((_, header), permission) in self.headers().into_iter().zip(permissions) {
            for grantee in header.map(|text| grantees(reads, text)).transpose()?.unwrap_or_default() {
                grants.push(Grant { grantee, permission });
            }
        }
        match self.canned {
            Some(_) if !grants.is_empty() => {
                Err(errors::invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"))
            }
            Some(canned) => self::canned(canned, owner, bucket_owner),
            None if grants.is_empty() => Ok(vec![Grant::account(owner, Permission::FullControl)]),
            None => Ok(grants),
        }
    }
}

fn canned(name: &str, owner: &str, bucket_owner: &str) -> Result<Vec<Grant>> {
    let mut grants = vec![Grant::account(owner, Permission::FullControl)];
    match name {
        "private" => {}
        "public-read" => grants.push(Grant::group(ALL_USERS, Permission::Read)),
        "public-read-write" => {
            grants.push(Grant::group(ALL_USERS, Permission::Read));
            grants.push(Grant::group(ALL_USERS, Permission::Write));
        }
        "authenticated-read" => grants.push(Grant::group(AUTHENTICATED_USERS, Permission::Read)),
        "log-delivery-write" => {
            grants.push(Grant::group(LOG_DELIVERY, Permission::Write));
            grants.push(Grant::group(LOG_DELIVERY, Permission::ReadAcp));
        }
        "bucket-owner-read" if owner != bucket_owner => {
            grants.push(Grant::account(bucket_owner, Permission::Read))
        }
        "bucket-owner-full-control" if owner != bucket_owner => {
            grants.push(Grant::account(bucket_owner, Permission::FullControl));
        }
        "bucket-owner-read" | "bucket-owner-full-control" => {}
        "aws-exec-read" => return Err(errors::not_implemented("x-amz-acl: aws-exec-read")),
        other => return Err(errors::invalid_argument("", "x-amz-acl", other)),
    }
    Ok(grants)
}

/// Reads the value of a grant header: `id="…", uri="…", emailAddress="…"`.
fn grantees(reads: &dyn Reads, text: &str) -> Result<Vec<Grantee>> {
    text.split(',')
        .map(|piece| {
            let (kind, value) = piece.trim().split_once('=').unwrap_or((piece.trim(), ""));
            grantee(reads, kind, value.trim().trim_matches('"'))
        })
        .collect()
}

/// A grantee that exists. `kind` is `id`, `uri` or `emailAddress`.
///
/// # Errors
/// `InvalidArgument`, `UnresolvableGrantByEmailAddress`.
pub fn grantee(reads: &dyn Reads, kind: &str, value: &str) -> Result<Grantee> {
    match kind {
        "id" => {
            if accounts::list(reads)?.iter().any(|account| account.canonical_id == value) {
                return Ok(Grantee::Account(value.to_owned()));
            }
            Err(errors::invalid_argument("Invalid id", "CanonicalUser/ID", value))
        }
        "uri" if matches!(value, ALL_USERS | AUTHENTICATED_USERS | LOG_DELIVERY) => {
            Ok(Grantee::Group(value.to_owned()))
        }
        "uri" => Err(errors::invalid_argument("Invalid group uri", "Group/URI", value)),
        "emailAddress" => {
            // AWS: the same page: an e-mail address is turned into the canonical id of its account.
            let found =
                accounts::list(reads)?.into_iter().find(|account| account.email.eq_ignore_ascii_case(value));
            let text = "The e-mail address you provided does not match any account on record.";
            found
                .map(|account| Grantee::Account(account.canonical_id))
                .ok_or_else(|| kage_core::Error::new("UnresolvableGrantByEmailAddress", 400, text))
        }
        other => Err(errors::invalid_argument("Argument format not recognized", "x-amz-grant", other)),
    }
}

/// Refuses a list that is too long.
///
/// # Errors
/// `MalformedACLError`.
pub fn require_size(grants: &[Grant]) -> Result<()> {
    if grants.len() <= GRANTS_MAX {
        return Ok(());
    }
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    Err(kage_core::Error::new("MalformedACLError", 400, text))
}
