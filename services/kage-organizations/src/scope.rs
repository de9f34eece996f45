//! Within which organization a call acts, and whether the caller's account may do that there.

use crate::{errors, place};
use kage_core::{Call, Error, Lookup, Resource, Result, Tx};
use kage_identity::organization::{self, Organization};

/// Which accounts may call an operation. AWS: Organizations API reference, the remark at every operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Every account of the organization.
    Anyone,
    /// The management account and delegated administrators.
    Administrators,
    /// The management account alone. (That of policies can be delegated by a resource policy, which is not modelled.)
    Management,
}

/// Something of the caller's organization.
pub struct Scoped<T> {
    /// The organization.
    pub organization: Organization,
    /// What the call names in it; `()` for operations that name nothing.
    pub item: T,
}

impl<T: Resource> Resource for Scoped<T> {
    fn arn(&self) -> String {
        self.item.arn()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.item.tags()
    }
}

/// The organization itself, for operations that name nothing in it.
pub fn whole(call: &Call<'_>, tx: &Tx, who: Who) -> Result<Lookup<Scoped<()>>> {
    within(call, tx, who, "*", errors::not_in_use, |_| Ok(Some(())))
}

/// What `find` finds in the caller's organization. `id` is its id, for the ARN of what is missing; `*` for none.
pub fn within<T>(
    call: &Call<'_>,
    tx: &Tx,
    who: Who,
    id: &str,
    missing: fn() -> Error,
    find: impl FnOnce(&Organization) -> Result<Option<T>>,
) -> Result<Lookup<Scoped<T>>> {
    let Some(organization) = organization::of_account(tx.reads(), &call.account)? else {
        return Ok(Lookup::missing("*", errors::not_in_use()));
    };
    let arn = || if id == "*" { "*".to_owned() } else { place::arn(&organization, id) };
    if !may(call, &organization, who) {
        return Ok(Lookup::missing(arn(), errors::no_access()));
    }
    match find(&organization)? {
        Some(item) => Ok(Lookup::Found(Scoped { organization, item })),
        None => Ok(Lookup::missing(arn(), missing())),
    }
}

fn may(call: &Call<'_>, organization: &Organization, who: Who) -> bool {
    match who {
        Who::Anyone => true,
        Who::Administrators => {
            organization.management == call.account || organization.delegated.contains_key(&call.account)
        }
        Who::Management => organization.management == call.account,
    }
}
