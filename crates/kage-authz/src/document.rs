//! The policy document as it was written: the syntax tree, before any compilation.
//!
//! Both evaluators start from these types; they share nothing behind them.

use std::ops::Range;

pub use crate::json::Position;

/// The policy language version (rule 163). A missing version is 2008-10-17.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
pub enum Version {
    /// 2008-10-17: no policy variables (rule 78).
    #[default]
    #[serde(rename = "2008-10-17")]
    V2008,
    /// 2012-10-17.
    #[serde(rename = "2012-10-17")]
    V2012,
}

/// What a matching statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum StatementEffect {
    /// Allows the request.
    Allow,
    /// Denies the request, whatever else allows it.
    Deny,
}

/// A whole policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The language version.
    pub version: Version,
    /// True when the document names its version.
    pub version_stated: bool,
    /// The optional identifier of the document.
    pub id: Option<String>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The optional name of the statement.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: StatementEffect,
    /// Who: `Principal` or `NotPrincipal`. None where the policy kind has no such element.
    pub principal: Option<PrincipalElement>,
    /// What is done: `Action` or `NotAction`.
    pub action: Element,
    /// On what: `Resource` or `NotResource`. None in trust policies.
    pub resource: Option<Element>,
    /// The conditions: one entry for each operator and key. All must hold.
    pub conditions: Vec<Condition>,
    /// Where the statement starts.
    pub position: Position,
}

/// A list of patterns, or its complement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// True for `NotAction` and `NotResource`.
    pub negated: bool,
    /// The patterns as written.
    pub patterns: Vec<String>,
}

/// A `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalElement {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// The principals named. The bare `"*"` is one entry of kind AWS.
    pub entries: Vec<PrincipalEntry>,
}

/// The kind of principal named in a `Principal` element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalEntryKind {
    /// `AWS`: accounts, users, roles, sessions, `*`.
    Aws,
    /// `Service`.
    Service,
    /// `Federated`: an identity provider.
    Federated,
    /// `CanonicalUser`: an S3 canonical user id.
    CanonicalUser,
}

impl PrincipalEntryKind {
    /// The member name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// One principal named in a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// Its kind.
    pub kind: PrincipalEntryKind,
    /// The text, unescaped.
    pub value: String,
    /// The bytes of the JSON string in the policy text, quotes included.
    pub span: Range<usize>,
}

/// One operator and key of a `Condition` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as written, for example `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The values as text. Numbers and booleans keep their JSON text (rule 98).
    pub values: Vec<String>,
    /// Where the key stands.
    pub position: Position,
}
