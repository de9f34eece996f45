//! Nouns as the API shows them.

use crate::acl::{Grant, Grantee};
use crate::bucket::Block;
use crate::listing::Page;
use crate::names;
use crate::object::Version;
use kage_api_s3::types;
use kage_core::Result;
use kage_schema::Timestamp;
use kage_store::Reads;
use std::collections::HashMap;

/// An owner. AWS answers no display names since November 2025 (S3 API reference, `Owner`).
pub fn owner(canonical_id: &str) -> types::Owner {
    types::Owner { display_name: None, id: Some(canonical_id.to_owned()) }
}

/// A grant.
pub fn grant(grant: &Grant) -> types::Grant {
    let grantee = match &grant.grantee {
        Grantee::Account(id) => types::Grantee {
            id: Some(id.clone()),
            r#type: "CanonicalUser".to_owned(),
            ..types::Grantee::default()
        },
        Grantee::Group(uri) => {
            types::Grantee { uri: Some(uri.clone()), r#type: "Group".to_owned(), ..types::Grantee::default() }
        }
    };
    types::Grant { grantee: Some(grantee), permission: Some(grant.permission.name().to_owned()) }
}

/// Block Public Access settings.
pub fn block(block: Block) -> types::PublicAccessBlockConfiguration {
    types::PublicAccessBlockConfiguration {
        block_public_acls: Some(block.block_acls),
        ignore_public_acls: Some(block.ignore_acls),
        block_public_policy: Some(block.block_policy),
        restrict_public_buckets: Some(block.restrict),
    }
}

/// Canonical ids of accounts, looked up once each.
pub struct Owners<'a> {
    reads: &'a dyn Reads,
    known: HashMap<String, String>,
}

impl<'a> Owners<'a> {
    /// Nothing looked up yet.
    pub fn new(reads: &'a dyn Reads) -> Owners<'a> {
        Owners { reads, known: HashMap::new() }
    }

    /// The account as an owner.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(&mut self, account: &str) -> Result<types::Owner> {
        if !self.known.contains_key(account) {
            let id = crate::scene::canonical_id(self.reads, account)?.unwrap_or_default();
            self.known.insert(account.to_owned(), id);
        }
        Ok(owner(self.known.get(account).map_or("", String::as_str)))
    }
}

/// Text of a list under its `encoding-type`.
pub fn listed(text: &str, encoding: Option<&str>) -> String {
    if encoding == Some("url") { names::encode(text) } else { text.to_owned() }
}

/// Parameters of a list are shown, even when empty.
pub fn listed_if(text: Option<&str>, encoding: Option<&str>) -> Option<String> {
    text.map(|text| listed(text, encoding))
}

/// The common prefixes of a page.
pub fn prefixes(page: &Page, encoding: Option<&str>) -> Option<Vec<types::CommonPrefix>> {
    let shown = |prefix: &String| types::CommonPrefix { prefix: Some(listed(prefix, encoding)) };
    let all: Vec<types::CommonPrefix> = page.prefixes().iter().map(shown).collect();
    (!all.is_empty()).then_some(all)
}

/// An object of a list.
pub fn object(version: &Version, encoding: Option<&str>, owner: Option<types::Owner>) -> types::Object {
    types::Object {
        key: Some(listed(&version.key, encoding)),
        last_modified: Some(Timestamp(version.modified)),
        e_tag: Some(version.quoted_etag()),
        checksum_algorithm: version.checksum.as_ref().map(|sum| vec![sum.algorithm.name().to_owned()]),
        checksum_type: version.checksum.as_ref().map(crate::checksums::Checksum::kind),
        size: Some(size(version.size)),
        storage_class: Some(version.about.storage_class.clone()),
        owner,
        restore_status: None,
    }
}

/// A size as the API has it.
pub fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
