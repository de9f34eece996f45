//! Where a call acts: the bucket, whose it is, what blocks public access; and what that makes of the call's access.

use crate::acl::{self, Grant, Grantee, Permission};
use crate::bucket::{Block, Bucket};
use crate::object::Version;
use crate::{buckets, errors, names, public};
use kage_core::{Access, Call, CallerKind, Error, ResourcePolicy, Result, Semantics, Tx};
use kage_identity::accounts;
use kage_schema::Timestamp;
use kage_store::Reads;

/// The bucket of a call and what is around it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The bucket.
    pub bucket: Bucket,
    /// Block Public Access of bucket and account together.
    pub block: Block,
    /// Canonical id of the bucket's owner.
    pub owner_id: String,
    /// Canonical id of the caller's account, if it has one.
    pub caller_id: Option<String>,
}

/// The bucket that a call names.
///
/// A missing bucket is said to everybody, before any permission is judged, because S3 must know the bucket's Region and
/// owner before it can judge (AWS: S3 user guide, "How Amazon S3 authorizes a request").
///
/// # Errors
/// `NoSuchBucket`, `PermanentRedirect`, `AccessDenied` when the owner is not the expected one; those of a checksum that does
/// not fit the document of the call.
pub fn find(call: &Call<'_>, tx: &Tx, name: &str, expected_owner: Option<&str>) -> Result<Scene> {
    crate::body_checksum::require(call)?;
    let bucket = buckets::find(tx.reads(), name)?.ok_or_else(|| errors::no_such_bucket(name))?;
    require_region(call, &bucket)?;
    // AWS: S3 user guide, "Verifying bucket ownership with bucket owner condition".
    if expected_owner.is_some_and(|owner| owner != bucket.owner) {
        return Err(errors::access_denied());
    }
    let account = buckets::account_block(tx.reads(), &bucket.owner)?.unwrap_or_default();
    let block = bucket.block.unwrap_or_default().and(account);
    let owner_id = canonical_id(tx.reads(), &bucket.owner)?.unwrap_or_default();
    let caller_id = canonical_id(tx.reads(), &call.caller.account)?;
    Ok(Scene { bucket, block, owner_id, caller_id })
}

/// The canonical id of an account of this double.
///
/// # Errors
/// Those of the store.
pub fn canonical_id(reads: &dyn Reads, account: &str) -> Result<Option<String>> {
    Ok(accounts::find(reads, account)?.map(|account| account.canonical_id))
}

fn require_region(call: &Call<'_>, bucket: &Bucket) -> Result<()> {
    // Unsigned calls name no Region, and services reach every Region.
    let free =
        call.caller.is_anonymous() || call.caller.service_name().is_some() || !call.called_via.is_empty();
    if free || bucket.region == call.region {
        return Ok(());
    }
    // AWS: S3 API reference, error PermanentRedirect.
    let text = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
    Err(Error::new("PermanentRedirect", 301, text)
        .with("Endpoint", format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region))
        .with("Bucket", bucket.name.clone())
        .with("Region", bucket.region.clone())
        .header("x-amz-bucket-region", bucket.region.clone()))
}

impl Scene {
    /// Whether the call comes from the bucket owner's account.
    pub fn is_own(&self, call: &Call<'_>) -> bool {
        call.caller.account == self.bucket.owner
    }

    /// An action on the bucket.
    pub fn bucket_access(&self, call: &Call<'_>, action: &str) -> Access {
        let access =
            Access::to(action, self.bucket.arn()).owned_by(&self.bucket.owner).policy(self.policy(call));
        let label =
            self.acl_label(call, &self.bucket.grants, &self.bucket.owner, |p| p.allows_on_bucket(action));
        let access = keys(call, with_label(access, "bucket", label), &self.bucket.owner);
        // AWS: HeadBucket: the Region is told to those too who may not list; clients find buckets by it.
        if action == "s3:ListBucket" {
            return access.denial_header("x-amz-bucket-region", &self.bucket.region);
        }
        access
    }

    /// An action on the bucket's policy, which the root user of its owner can always do (rule 154).
    pub fn policy_access(&self, call: &Call<'_>, action: &str) -> Access {
        let access = self.bucket_access(call, action);
        if self.is_own(call) && call.caller.kind == CallerKind::Root { access.policy(None) } else { access }
    }

    /// An action on the keys of the bucket, or on an object that is there.
    pub fn object_access(
        &self,
        call: &Call<'_>,
        action: &str,
        key: &str,
        object: Option<&Version>,
    ) -> Access {
        let writes = matches!(action, "s3:PutObject" | "s3:DeleteObject");
        let owner = match object {
            // Rule 144: the bucket's owner can delete any object; writing is the bucket's affair.
            Some(object) if !writes && action != "s3:DeleteObjectVersion" => self.object_owner(object),
            _ => &self.bucket.owner,
        };
        let policy = if owner == self.bucket.owner { self.policy(call) } else { self.denials() };
        let access =
            Access::to(action, names::object_arn(&self.bucket.name, key)).owned_by(owner).policy(policy);
        let label = match object {
            _ if writes => {
                self.acl_label(call, &self.bucket.grants, &self.bucket.owner, |p| p.allows_on_bucket(action))
            }
            Some(object) => self.acl_label(call, &object.grants, owner, |p| p.allows_on_object(action)),
            None => None,
        };
        let access = with_label(access, if writes { "bucket" } else { "object" }, label);
        let access = keys(call, access, &self.bucket.owner);
        object
            .iter()
            .flat_map(|object| &object.tags)
            .fold(access, |access, (key, value)| access.key(format!("s3:ExistingObjectTag/{key}"), value))
    }

    /// Whose an object is: with ACLs disabled always the bucket owner's (rule 146).
    pub fn object_owner<'a>(&'a self, object: &'a Version) -> &'a str {
        if self.bucket.has_acls() { &object.owner } else { &self.bucket.owner }
    }

    fn policy(&self, call: &Call<'_>) -> Option<ResourcePolicy> {
        let text = self.bucket.policy.as_deref()?;
        // Rule 150: under a public policy, RestrictPublicBuckets leaves the owner's account and AWS services. Others need
        // an allow of the bucket; what the policy denies them makes no difference then.
        let foreign = !self.is_own(call) && call.caller.service_name().is_none();
        if self.block.restrict && foreign && public::is_public(text) {
            return None;
        }
        Some(ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
    }

    fn denials(&self) -> Option<ResourcePolicy> {
        let text = public::denials(self.bucket.policy.as_deref()?)?;
        Some(ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
    }

    /// The grants that count now (rule 150: IgnorePublicAcls).
    pub fn effective<'a>(&'a self, grants: &'a [Grant]) -> impl Iterator<Item = &'a Grant> {
        grants.iter().filter(|grant| self.bucket.has_acls() && !(self.block.ignore_acls && grant.is_public()))
    }

    /// The first grant that allows the call. Grants to the owner's own account delegate to its identity policies and so
    /// allow nothing themselves.
    fn acl_label(
        &self,
        call: &Call<'_>,
        grants: &[Grant],
        owner: &str,
        allows: impl Fn(Permission) -> bool,
    ) -> Option<&'static str> {
        let service = call.caller.service_name();
        let is_for = |grantee: &Grantee| match grantee {
            Grantee::Account(id) => call.caller.account != owner && self.caller_id.as_deref() == Some(id),
            Grantee::Group(uri) => match uri.as_str() {
                acl::ALL_USERS => true,
                acl::AUTHENTICATED_USERS => !call.caller.is_anonymous() && service.is_none(),
                acl::LOG_DELIVERY => service == Some("logging.s3.amazonaws.com"),
                _ => false,
            },
        };
        let mut found =
            self.effective(grants).filter(|grant| allows(grant.permission) && is_for(&grant.grantee));
        found.next().map(|grant| grant.permission.name())
    }

    /// Refuses a public ACL where Block Public Access forbids it, and every ACL where they are disabled.
    ///
    /// # Errors
    /// `AccessControlListNotSupported`, `AccessDenied`.
    pub fn require_acl(
        &self,
        call: &Call<'_>,
        asked: &acl::Asked<'_>,
        grants: &[Grant],
        action: &str,
        arn: &str,
    ) -> Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        if !self.bucket.has_acls() && !asked.is_bucket_owner_full_control() {
            return Err(errors::no_access_control_lists());
        }
        self.require_not_public(call, grants, action, arn)
    }

    /// Refuses public grants where Block Public Access forbids them.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub fn require_not_public(
        &self,
        call: &Call<'_>,
        grants: &[Grant],
        action: &str,
        arn: &str,
    ) -> Result<()> {
        if self.block.block_acls && grants.iter().any(Grant::is_public) {
            return Err(errors::public_access_blocked(call, action, arn, "ACLs", "BlockPublicAcls"));
        }
        Ok(())
    }
}

fn with_label(access: Access, what: &str, label: Option<&str>) -> Access {
    match label {
        Some(permission) => access.extra_allow(format!("{what} ACL ({permission})")),
        None => access,
    }
}

/// Condition keys of every S3 call (rules 155 and 158).
/// AWS: Service Authorization Reference, "Condition keys for Amazon S3".
pub fn keys(call: &Call<'_>, access: Access, owner: &str) -> Access {
    let kind = call.origin.authentication.map(|kind| match kind {
        "AuthHeader" => "REST-HEADER",
        "QueryString" => "REST-QUERY-STRING",
        other => other,
    });
    let version = call.origin.signature_version.map(|version| match version {
        "SigV4A" => "AWS4-ECDSA-P256-SHA256",
        _ => "AWS4-HMAC-SHA256",
    });
    let tls = call.origin.tls.as_ref().map(|(version, _)| version.trim_start_matches("TLSv"));
    access
        .key("s3:ResourceAccount", owner)
        .key_if("s3:authType", kind)
        .key_if("s3:signatureversion", version)
        .key_if("s3:signatureAge", signature_age(call).map(|age| age.to_string()))
        .key_if("s3:TlsVersion", tls)
        .key_if("s3:x-amz-content-sha256", call.header("x-amz-content-sha256"))
}

/// Milliseconds since the call was signed, by the wall clock as all questions of signatures.
fn signature_age(call: &Call<'_>) -> Option<i64> {
    let from_query = call.origin.query.split('&').find_map(|piece| piece.strip_prefix("X-Amz-Date="));
    let text = call.header("x-amz-date").or(from_query)?;
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let date = (number(0..4)?, number(4..6)?, number(6..8)?);
    let time = (number(9..11)?, number(11..13)?, number(13..15)?);
    let signed = Timestamp::from_civil(date, time, 0)?;
    Some(call.world.clock.wall().milliseconds().saturating_sub(signed.milliseconds()).max(0))
}
