//! Requests for new accounts, and what came of them.

use kage_core::{Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// A request for a new account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Creation {
    /// `car-…`.
    pub id: String,
    /// The organization.
    pub organization: String,
    /// Name of the account.
    pub name: String,
    /// When it was asked for. The account is made in the same moment.
    pub requested: Millis,
    /// The account; `None` when there is none.
    pub account: Option<String>,
    /// Why there is none: `EMAIL_ALREADY_EXISTS`.
    pub failure: Option<String>,
}

impl Creation {
    /// `SUCCEEDED` or `FAILED`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.failure.is_none() { "SUCCEEDED" } else { "FAILED" }
    }
}

const CREATIONS: Table<Creation> = Table::new("organizations.create-account");

/// The request with this id.
pub fn find(tx: &Tx, organization: &str, id: &str) -> Result<Option<Creation>> {
    Ok(CREATIONS.get(tx.reads(), &row(&[organization, id]))?)
}

/// All requests, by id.
pub fn list(tx: &Tx, organization: &str) -> Result<Vec<Creation>> {
    scan(&CREATIONS, tx.reads(), &row(&[organization]))
}

/// Writes a request.
pub fn put(tx: &mut Tx, creation: &Creation) -> Result<()> {
    Ok(CREATIONS.put(tx.writer(), &row(&[&creation.organization, &creation.id]), creation)?)
}
