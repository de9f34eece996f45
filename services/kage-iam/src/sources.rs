//! The policies of an identity with the names that simulations give them.

use kage_authz::{Policy, PolicyKind};
use kage_core::{Arn, Error, Result, Tx};
use kage_identity::groups::{self, Group};
use kage_identity::policies;
use kage_identity::roles::{self, Role};
use kage_identity::users::{self, User};

use crate::entity::Entity;

/// One policy of an identity.
#[derive(Clone, Debug)]
pub struct Source {
    /// What simulations call it: a managed policy's name, `user_bob_name` for an inline one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// On what it hangs: `user`, `group`, `role`.
    pub kind: &'static str,
    /// The name of that.
    pub entity: String,
    /// The policy.
    pub policy: Policy,
}

/// A user, a group or a role, by its ARN.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A user.
    User(Box<User>),
    /// A group.
    Group(Group),
    /// A role.
    Role(Box<Role>),
}

impl Identity {
    /// ARN of its permissions boundary.
    #[must_use]
    pub fn boundary(&self) -> Option<&str> {
        match self {
            Identity::User(user) => user.boundary.as_deref(),
            Identity::Group(_) => None,
            Identity::Role(role) => role.boundary.as_deref(),
        }
    }
}

/// The identity of this ARN in the account.
///
/// # Errors
/// Those of the store.
pub fn find(tx: &Tx, account: &str, arn: &str) -> Result<Option<Identity>> {
    let Some(parsed) = Arn::parse(arn).filter(|parsed| parsed.service == "iam" && parsed.account == account)
    else {
        return Ok(None);
    };
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    Ok(match parsed.resource.split('/').next().unwrap_or_default() {
        "user" => users::find(tx.reads(), account, name)?
            .filter(|user| user.arn() == arn)
            .map(|user| Identity::User(Box::new(user))),
        "group" => {
            groups::find(tx.reads(), account, name)?.filter(|group| group.arn() == arn).map(Identity::Group)
        }
        "role" => roles::find(tx.reads(), account, name)?
            .filter(|role| role.arn() == arn)
            .map(|role| Identity::Role(Box::new(role))),
        _ => None,
    })
}

/// All identity-based policies of an identity; those of a user's groups included.
///
/// # Errors
/// Those of the store.
pub fn of(tx: &Tx, identity: &Identity) -> Result<Vec<Source>> {
    let mut out = Vec::new();
    match identity {
        Identity::User(user) => {
            add(tx, user.as_ref(), &mut out)?;
            for name in &user.groups {
                if let Some(group) = groups::find(tx.reads(), &user.account, name)? {
                    add(tx, &group, &mut out)?;
                }
            }
        }
        Identity::Group(group) => add(tx, group, &mut out)?,
        Identity::Role(role) => add(tx, role.as_ref(), &mut out)?,
    }
    Ok(out)
}

/// All identity-based policies of the identity with this ARN; `None` when there is no such identity.
///
/// # Errors
/// Those of the store.
pub fn of_arn(tx: &Tx, account: &str, arn: &str) -> Result<Option<Vec<Source>>> {
    find(tx, account, arn)?.map(|identity| of(tx, &identity)).transpose()
}

/// The managed policy of this ARN, read as one of this kind; `None` when it is gone.
///
/// # Errors
/// HTTP 500 when it cannot be read: no policy is ever dropped (law 11).
pub fn managed(tx: &Tx, arn: &str, kind: PolicyKind) -> Result<Option<Policy>> {
    policies::document(tx.reads(), arn)?.map(|text| read(&text, kind)).transpose()
}

/// A stored policy.
///
/// # Errors
/// HTTP 500 when it cannot be read: no policy is ever dropped (law 11).
pub fn read(text: &str, kind: PolicyKind) -> Result<Policy> {
    Policy::parse_stored(text, kind)
        .map_err(|error| Error::internal(format!("a stored policy cannot be read: {error}")))
}

fn add<E: Entity>(tx: &Tx, entity: &E, out: &mut Vec<Source>) -> Result<()> {
    let (attached, inline) = entity.policies();
    for (name, text) in inline {
        out.push(Source {
            id: format!("{}_{}_{name}", E::KIND, entity.name()),
            name: name.clone(),
            arn: None,
            kind: E::KIND,
            entity: entity.name().to_owned(),
            policy: read(text, PolicyKind::Identity)?,
        });
    }
    for arn in attached {
        let name = crate::managed::name_of(arn).to_owned();
        if let Some(policy) = managed(tx, arn, PolicyKind::Identity)? {
            let (id, arn, entity) = (name.clone(), Some(arn.clone()), entity.name().to_owned());
            out.push(Source { id, name, arn, kind: E::KIND, entity, policy });
        }
    }
    Ok(())
}
