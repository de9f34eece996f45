//! A policy: its text, its syntax tree and its compiled form, shared and cheap to clone.

use std::sync::Arc;

use crate::compile::CompiledPolicy;
use crate::document::{Document, PrincipalEntryKind, Statement, Version};
use crate::error::PolicyError;
use crate::{parse, validate};

/// The kind of a policy. It decides which elements are allowed and which texts errors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum PolicyKind {
    /// Attached to a user, group or role.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// Passed to STS for one session.
    Session,
    /// Attached to a resource.
    Resource(ResourceService),
    /// The trust policy of a role.
    Trust,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// The policy of a VPC endpoint.
    Endpoint,
}

/// Whose resource policy it is, where services differ in what they accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum ResourceService {
    /// An S3 bucket or access point policy.
    S3,
    /// A KMS key policy.
    Kms,
    /// Any other.
    Generic,
}

/// A policy, read and compiled. Clones share everything.
#[derive(Clone)]
pub struct Policy(Arc<Inner>);

struct Inner {
    text: String,
    kind: PolicyKind,
    document: Document,
    compiled: CompiledPolicy,
}

impl Policy {
    /// Reads a policy as the API that stores it does: everything that AWS refuses is refused.
    ///
    /// # Errors
    /// The text is not a valid policy of this kind. Sizes are not checked: see [`policy_size`].
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, PolicyError> {
        let document = parse::document(text, kind)?;
        validate::written(&document, kind)?;
        Self::build(text, kind, document)
    }

    /// Reads a policy that has been accepted before, maybe by older rules or by AWS itself for its managed
    /// policies: the grammar holds, the rules for new documents (version, ids, ARN forms) do not.
    ///
    /// # Errors
    /// The text cannot be evaluated without doubt.
    pub fn parse_stored(text: &str, kind: PolicyKind) -> Result<Self, PolicyError> {
        let document = parse::document(text, kind)?;
        Self::build(text, kind, document)
    }

    fn build(text: &str, kind: PolicyKind, document: Document) -> Result<Self, PolicyError> {
        let compiled = CompiledPolicy::new(&document, kind)?;
        Ok(Self(Arc::new(Inner { text: text.to_owned(), kind, document, compiled })))
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The kind it was read as.
    pub fn kind(&self) -> PolicyKind {
        self.0.kind
    }

    /// The syntax tree.
    pub fn document(&self) -> &Document {
        &self.0.document
    }

    /// The language version.
    pub fn version(&self) -> Version {
        self.0.document.version
    }

    /// The statements in order.
    pub fn statements(&self) -> &[Statement] {
        &self.0.document.statements
    }

    pub(crate) fn compiled(&self) -> &CompiledPolicy {
        &self.0.compiled
    }

    /// Every principal named in `Principal` and `NotPrincipal` elements, of all kinds, in order.
    pub fn principals(&self) -> Vec<&str> {
        self.entries().map(|entry| entry.value.as_str()).collect()
    }

    /// The principals of kind AWS: accounts, ARNs, unique ids and `*`.
    pub fn aws_principals(&self) -> Vec<&str> {
        self.entries()
            .filter(|entry| entry.kind == PrincipalEntryKind::Aws)
            .map(|entry| entry.value.as_str())
            .collect()
    }

    fn entries(&self) -> impl Iterator<Item = &crate::document::PrincipalEntry> {
        self.statements()
            .iter()
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|element| &element.entries)
    }

    /// The same policy with its AWS principals replaced, all other text kept as it is. IAM stores unique ids
    /// in place of user and role ARNs and shows ARNs when read (rule 53).
    ///
    /// # Errors
    /// A replacement is not a principal.
    pub fn with_principals(&self, mut replace: impl FnMut(&str) -> String) -> Result<Self, PolicyError> {
        let mut text = String::with_capacity(self.text().len());
        let mut copied = 0;
        let mut entries: Vec<_> =
            self.entries().filter(|entry| entry.kind == PrincipalEntryKind::Aws).collect();
        entries.sort_by_key(|entry| entry.span.start);
        for entry in entries {
            let value = replace(&entry.value);
            if value == entry.value {
                continue;
            }
            text.push_str(self.text().get(copied..entry.span.start).unwrap_or_default());
            text.push_str(&serde_json::Value::String(value).to_string());
            copied = entry.span.end;
        }
        text.push_str(self.text().get(copied..).unwrap_or_default());
        Self::parse_stored(&text, self.kind())
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.text() == other.text()
    }
}

impl Eq for Policy {}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("kind", &self.kind()).field("text", &self.text()).finish()
    }
}

/// The size of a policy as IAM counts it: characters without white space (rule 165).
// AWS: IAM User Guide, reference_iam-quotas: "IAM doesn't count white space when calculating the size".
pub fn policy_size(text: &str) -> usize {
    text.chars().filter(|character| !matches!(character, ' ' | '\t' | '\n' | '\r')).count()
}
