//! What a call must be allowed to do.

use crate::Error;
use std::sync::Arc;

/// What a call names: a resource that is there, or one that is not.
///
/// A missing resource is authorized by the ARN it would have; only then is its error said (DESIGN §1).
#[derive(Debug)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// It is not.
    Missing {
        /// The ARN it would have; `*` where none can be told.
        arn: String,
        /// The account that would own it; `None` for the caller's own.
        owner: Option<String>,
        /// What is said after the call was allowed.
        error: Error,
    },
}

impl<T> Lookup<T> {
    /// A missing resource of the caller's own account.
    #[must_use]
    pub fn missing(arn: impl Into<String>, error: Error) -> Lookup<T> {
        Lookup::Missing { arn: arn.into(), owner: None, error }
    }

    /// What was found.
    #[must_use]
    pub fn found(&self) -> Option<&T> {
        match self {
            Lookup::Found(found) => Some(found),
            Lookup::Missing { .. } => None,
        }
    }

    /// The same with what was found changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Lookup::Found(found) => Lookup::Found(f(found)),
            Lookup::Missing { arn, owner, error } => Lookup::Missing { arn, owner, error },
        }
    }

    /// What was found, or the error.
    ///
    /// # Errors
    /// The error of the missing resource.
    pub fn require(self) -> Result<T, Error> {
        match self {
            Lookup::Found(found) => Ok(found),
            Lookup::Missing { error, .. } => Err(error),
        }
    }
}

/// A resource that policies speak of.
pub trait Resource {
    /// Its ARN.
    fn arn(&self) -> String;
    /// The account that owns it; `None` for the caller's own.
    fn owner(&self) -> Option<String> {
        None
    }
    /// Its tags, for `aws:ResourceTag/…`.
    fn tags(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// The policy that is attached to it.
    fn policy(&self) -> Option<ResourcePolicy> {
        None
    }
}

impl Resource for () {
    fn arn(&self) -> String {
        "*".to_owned()
    }
}

/// A policy document attached to a resource.
#[derive(Clone, Debug)]
pub struct ResourcePolicy {
    /// The document.
    pub text: Arc<str>,
    /// How it combines with identity policies.
    pub semantics: Semantics,
}

/// How a resource policy combines with identity policies in the same account (rules 16 and 134 of `authorization.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// Identity or resource policy may allow.
    Generic,
    /// A KMS key policy: it must allow, itself or by delegating to the account.
    Key,
    /// A role trust policy: it must allow.
    Trust,
}

/// An allowance that is no policy: a KMS grant, an S3 ACL entry. It never outweighs a Deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraAllow {
    /// What to call it in explanations: `grant 0123…`, `bucket ACL (READ)`.
    pub label: String,
}

/// The value of a condition key. Whether a key is multivalued is a fact about the key, not about how many values it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// A single-valued key.
    One(String),
    /// A multivalued key.
    Many(Vec<String>),
}

/// One (action, resource) pair that policies are asked about.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// `s3:GetObject`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The account that owns the resource; `None` for the caller's own.
    pub owner: Option<String>,
    /// Condition keys of this evaluation with their values.
    pub keys: Vec<(String, KeyValue)>,
    /// The policy of the resource.
    pub policy: Option<ResourcePolicy>,
    /// Allowances that are no policies.
    pub extra_allows: Vec<ExtraAllow>,
    /// Whether resource control policies bind the resource (rule 45 exempts AWS managed KMS keys).
    pub resource_control: bool,
}

/// What an operation requires: every evaluation must be allowed.
#[derive(Clone, Debug)]
pub struct Access {
    /// The evaluations in the order in which they are judged. Empty only for [`Access::open`].
    pub evaluations: Vec<Evaluation>,
    /// Resources that the record names though nothing is asked about them here: ARN and owner.
    pub touched: Vec<(String, String)>,
    /// Headers on the answer of a denial.
    pub denial_headers: Vec<(&'static str, String)>,
}

impl Access {
    /// One action on the ARN of a resource of the caller's own account.
    #[must_use]
    pub fn to(action: impl Into<String>, arn: impl Into<String>) -> Access {
        let evaluation = Evaluation {
            action: action.into(),
            resource: arn.into(),
            owner: None,
            keys: Vec::new(),
            policy: None,
            extra_allows: Vec::new(),
            resource_control: true,
        };
        Access { evaluations: vec![evaluation], touched: Vec::new(), denial_headers: Vec::new() }
    }

    /// One action on what was looked up, with its policy and tags.
    #[must_use]
    pub fn on<R: Resource>(action: impl Into<String>, lookup: &Lookup<R>) -> Access {
        match lookup {
            Lookup::Found(resource) => Access::on_found(action, resource),
            Lookup::Missing { arn, owner, .. } => {
                let mut access = Access::to(action, arn.clone());
                access.edit(|e| e.owner.clone_from(owner));
                access
            }
        }
    }

    /// One action on a resource that is there, with its policy and tags.
    #[must_use]
    pub fn on_found<R: Resource + ?Sized>(action: impl Into<String>, resource: &R) -> Access {
        let mut access = Access::to(action, resource.arn());
        access.edit(|e| {
            e.owner = resource.owner();
            e.policy = resource.policy();
        });
        resource
            .tags()
            .into_iter()
            .fold(access, |access, (key, value)| access.key(format!("aws:ResourceTag/{key}"), value))
    }

    /// One action that has no resource (rule 4: it is judged against `*`).
    #[must_use]
    pub fn any(action: impl Into<String>) -> Access {
        Access::to(action, "*")
    }

    /// No permission is needed (rule 8). `source` says where AWS states that.
    #[must_use]
    pub fn open(source: &'static str) -> Access {
        let _ = source;
        Access { evaluations: Vec::new(), touched: Vec::new(), denial_headers: Vec::new() }
    }

    /// The same and also everything that `other` requires.
    #[must_use]
    pub fn and(mut self, other: Access) -> Access {
        self.evaluations.extend(other.evaluations);
        self.touched.extend(other.touched);
        self.denial_headers.extend(other.denial_headers);
        self
    }

    /// The same with a condition key on the evaluation added last.
    #[must_use]
    pub fn key(mut self, name: impl Into<String>, value: impl Into<String>) -> Access {
        self.edit(|e| e.keys.push((name.into(), KeyValue::One(value.into()))));
        self
    }

    /// The same with a condition key when there is a value.
    #[must_use]
    pub fn key_if(self, name: &str, value: Option<impl Into<String>>) -> Access {
        match value {
            Some(value) => self.key(name, value),
            None => self,
        }
    }

    /// The same with a multivalued condition key. Without values the key is absent.
    #[must_use]
    pub fn keys<I: IntoIterator<Item = V>, V: Into<String>>(mut self, name: &str, values: I) -> Access {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.edit(|e| e.keys.push((name.to_owned(), KeyValue::Many(values))));
        }
        self
    }

    /// The same with `aws:RequestTag/…` and `aws:TagKeys` for tags in the request.
    #[must_use]
    pub fn request_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Access {
        let tags: Vec<(&str, &str)> = tags.into_iter().collect();
        let with_keys = self.keys("aws:TagKeys", tags.iter().map(|(key, _)| *key));
        tags.iter()
            .fold(with_keys, |access, (key, value)| access.key(format!("aws:RequestTag/{key}"), *value))
    }

    /// The same for a resource of another account (or the caller's own, when equal).
    #[must_use]
    pub fn owned_by(mut self, account: impl Into<String>) -> Access {
        self.edit(|e| e.owner = Some(account.into()));
        self
    }

    /// The same with the policy of the resource.
    #[must_use]
    pub fn policy(mut self, policy: Option<ResourcePolicy>) -> Access {
        self.edit(|e| e.policy = policy);
        self
    }

    /// The same with an allowance that is no policy.
    #[must_use]
    pub fn extra_allow(mut self, label: impl Into<String>) -> Access {
        self.edit(|e| e.extra_allows.push(ExtraAllow { label: label.into() }));
        self
    }

    /// The same on a resource that no resource control policy binds.
    #[must_use]
    pub fn without_resource_control(mut self) -> Access {
        self.edit(|e| e.resource_control = false);
        self
    }

    /// The same, and the record names this resource of that account too.
    #[must_use]
    pub fn touching(mut self, arn: impl Into<String>, owner: impl Into<String>) -> Access {
        self.touched.push((arn.into(), owner.into()));
        self
    }

    /// The same, with a header on the answer if it is denied.
    #[must_use]
    pub fn denial_header(mut self, name: &'static str, value: impl Into<String>) -> Access {
        self.denial_headers.push((name, value.into()));
        self
    }

    fn edit(&mut self, change: impl FnOnce(&mut Evaluation)) {
        if let Some(last) = self.evaluations.last_mut() {
            change(last);
        }
    }
}
