//! Who calls.

use kage_schema::Timestamp;
use serde::{Deserialize, Serialize};

/// An authenticated (or anonymous) principal, with the facts that policies and records need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    /// What it is.
    pub kind: CallerKind,
    /// Its account: twelve digits; `anonymous` for unsigned calls; empty for AWS services.
    pub account: String,
    /// Its ARN as errors and records show it: of the user, of the role *session*, of the account root.
    pub arn: String,
    /// `aws:userid`: `AIDA…`, `AROA…:session`, `account:name` for federated users, the account for root.
    pub id: String,
    /// The access key that signed the call.
    pub access_key: Option<String>,
    /// Facts of its temporary credentials, if it has such.
    pub session: Option<Session>,
}

/// The kinds of principals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallerKind {
    /// An unsigned call.
    Anonymous,
    /// The root user of the account.
    Root,
    /// An IAM user.
    User {
        /// Its name without path.
        name: String,
    },
    /// A session of a role.
    Role {
        /// ARN of the role, path included.
        role_arn: String,
        /// Unique id of the role: `AROA…`.
        role_id: String,
        /// Name of the role.
        role_name: String,
        /// Name of the session.
        session_name: String,
    },
    /// A federated user (GetFederationToken).
    Federated {
        /// The name it was given.
        name: String,
        /// ARN of the user (or root) that called GetFederationToken.
        issuer_arn: String,
        /// Unique id of that user; the account for root.
        issuer_id: String,
    },
    /// An AWS service on its own behalf.
    Service {
        /// `cloudtrail.amazonaws.com`.
        name: String,
    },
}

/// Facts of temporary credentials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When they were issued, on the double's clock.
    pub issued: Millis,
    /// When they end.
    pub expires: Millis,
    /// When multi-factor authentication took place, if it did.
    pub mfa_at: Option<Millis>,
    /// The session's source identity.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// Keys of session tags that pass on to chained sessions.
    pub transitive_tags: Vec<String>,
    /// Texts of inline session policies.
    pub policies: Vec<String>,
    /// ARNs of managed session policies.
    pub policy_arns: Vec<String>,
    /// Whether it was made with a role session (role chaining).
    pub chained: bool,
}

/// A point in time in stored form: milliseconds since 1970.
pub type Millis = i64;

impl Session {
    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        Timestamp(self.issued)
    }
}

impl Caller {
    /// The caller of an unsigned call.
    #[must_use]
    pub fn anonymous() -> Caller {
        Caller {
            kind: CallerKind::Anonymous,
            account: "anonymous".to_owned(),
            arn: String::new(),
            id: String::new(),
            access_key: None,
            session: None,
        }
    }

    /// An AWS service, by its principal name.
    #[must_use]
    pub fn service(name: &str) -> Caller {
        Caller {
            kind: CallerKind::Service { name: name.to_owned() },
            account: String::new(),
            arn: name.to_owned(),
            id: name.to_owned(),
            access_key: None,
            session: None,
        }
    }

    /// Whether it is an unsigned call.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.kind == CallerKind::Anonymous
    }

    /// The name of the service, when it is one.
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        match &self.kind {
            CallerKind::Service { name } => Some(name),
            _ => None,
        }
    }
}
