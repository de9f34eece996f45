//! A grant: who may do what with one key, under which encryption context. Rules 136 to 139 of `authorization.md`.

use crate::ciphertext::Context;
use kage_core::{Call, Caller, CallerKind, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One grant. It only ever allows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The account of the key.
    pub account: String,
    /// The Region of the key.
    pub region: String,
    /// The id of the key.
    pub key: String,
    /// 64 hexadecimal digits.
    pub id: String,
    /// The token that names it.
    pub token: String,
    /// The friendly name, if it has one.
    pub name: Option<String>,
    /// When it was made.
    pub created: Millis,
    /// The account under which it was made.
    pub issuer: String,
    /// Who may use it.
    pub grantee: Party,
    /// Who may retire it.
    pub retiring: Option<Party>,
    /// What it allows: `Decrypt`, `GenerateDataKey`, …
    pub operations: Vec<String>,
    /// Its limits.
    pub constraints: Constraints,
}

/// What must hold for a grant to count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// The encryption context must hold these pairs.
    pub subset: Option<BTreeMap<String, String>>,
    /// The encryption context must be these pairs.
    pub equals: Option<BTreeMap<String, String>>,
    /// The service must act for this resource.
    pub source_arn: Option<String>,
}

/// Someone that a grant names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Party {
    /// A principal of an account.
    Principal {
        /// Its ARN.
        arn: String,
        /// The unique id of a user or role, so that one made again under the same name is another one.
        id: Option<String>,
    },
    /// An AWS service.
    Service(String),
}

/// What a caller wants to do.
#[derive(Clone, Copy)]
pub enum Ask<'a> {
    /// Cryptography under this encryption context. Only here do constraints on the context count.
    // AWS: KMS API reference, GrantConstraints.
    Cryptography(&'a str, &'a Context),
    /// Anything else: `DescribeKey`, `RetireGrant`.
    Other(&'a str),
    /// A further grant.
    Child(&'a [String], &'a Constraints),
}

impl Grant {
    /// Whether it allows the caller of this call to do that.
    pub fn allows(&self, call: &Call<'_>, ask: Ask<'_>) -> bool {
        let allows = |operation: &str| self.operations.iter().any(|granted| granted == operation);
        let source = &self.constraints.source_arn;
        if !self.grantee.is(&call.caller, &self.account) || source.is_some() && *source != call.source_arn {
            return false;
        }
        match ask {
            Ask::Cryptography(operation, context) => allows(operation) && self.constraints.hold(context),
            Ask::Other(operation) => allows(operation),
            // AWS: KMS developer guide, "Creating grants": a child has no more operations and no weaker constraints.
            Ask::Child(operations, constraints) => {
                allows("CreateGrant")
                    && operations.iter().all(|operation| allows(operation))
                    && constraints.are_within(&self.constraints)
            }
        }
    }

    /// Whether the caller may retire it because of what the grant says.
    pub fn may_be_retired_by(&self, call: &Call<'_>) -> bool {
        let retiring = self.retiring.as_ref().is_some_and(|party| party.is(&call.caller, &self.account));
        let owner = call.caller.kind == CallerKind::Root && call.caller.account == self.account;
        retiring || owner || self.allows(call, Ask::Other("RetireGrant"))
    }
}

impl Constraints {
    /// Whether an encryption context satisfies them.
    pub fn hold(&self, context: &Context) -> bool {
        let contains = |pairs: &Context| pairs.iter().all(|(name, value)| context.get(name) == Some(value));
        self.equals.as_ref().is_none_or(|pairs| pairs == context) && self.subset.as_ref().is_none_or(contains)
    }

    /// Whether whatever satisfies these also satisfies `outer`.
    fn are_within(&self, outer: &Constraints) -> bool {
        let implied = |pairs: &Context| {
            let within = |own: &Context| pairs.iter().all(|(name, value)| own.get(name) == Some(value));
            self.equals.as_ref().is_some_and(within) || self.subset.as_ref().is_some_and(within)
        };
        outer.subset.as_ref().is_none_or(implied)
            && (outer.equals.is_none() || self.equals == outer.equals)
            && (outer.source_arn.is_none() || self.source_arn == outer.source_arn)
    }

    /// The constraints by name, for `kms:GrantConstraintType`.
    pub fn names(&self) -> Vec<&'static str> {
        let named = [
            ("EncryptionContextSubset", self.subset.is_some()),
            ("EncryptionContextEquals", self.equals.is_some()),
            ("SourceArn", self.source_arn.is_some()),
        ];
        named.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }

    /// The pairs that they speak of.
    pub fn pairs(&self) -> Context {
        self.equals.iter().chain(&self.subset).flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

impl Party {
    /// The ARN of the principal or the name of the service.
    pub fn name(&self) -> &str {
        match self {
            Party::Principal { arn, .. } => arn,
            Party::Service(name) => name,
        }
    }

    /// Whether the caller is this one.
    pub fn is(&self, caller: &Caller, key_account: &str) -> bool {
        match self {
            Party::Service(name) => caller.service_name() == Some(name),
            Party::Principal { arn, id: Some(id) } => match &caller.kind {
                CallerKind::User { .. } => caller.arn == *arn && caller.id == *id,
                CallerKind::Role { role_id, role_arn, .. } => role_arn == arn && role_id == id,
                _ => false,
            },
            Party::Principal { arn, id: None } => {
                let account = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
                match account {
                    // An account other than the key's decides itself, by identity policies, who in it may act.
                    Some(account) => {
                        caller.account == account
                            && (caller.kind == CallerKind::Root || account != key_account)
                    }
                    None => caller.arn == *arn,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Context {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn constraints_on_the_context() {
        let (a, ab) = (pairs(&[("a", "1")]), pairs(&[("a", "1"), ("b", "2")]));
        let subset = Constraints { subset: Some(a.clone()), ..Constraints::default() };
        assert!(subset.hold(&a) && subset.hold(&ab) && !subset.hold(&pairs(&[("a", "2")])));
        let equals = Constraints { equals: Some(a.clone()), ..Constraints::default() };
        assert!(equals.hold(&a) && !equals.hold(&ab) && !equals.hold(&pairs(&[])));
        let wider = Constraints { subset: Some(ab), ..Constraints::default() };
        assert!(wider.are_within(&subset) && equals.are_within(&subset) && !subset.are_within(&wider));
        assert!(!Constraints::default().are_within(&subset) && subset.are_within(&Constraints::default()));
        assert!(!subset.are_within(&equals));
    }
}
