//! AWS accounts of the double.

use kage_core::{Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// E-mail address of its root user.
    pub email: String,
    /// The 64 hexadecimal digits by which S3 knows it.
    pub canonical_id: String,
    /// When it was made.
    pub created: Millis,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`.
    pub status: String,
    /// Alias for the sign-in page.
    pub alias: Option<String>,
}

const ACCOUNTS: Table<Account> = Table::new("kage.accounts");

/// The account with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, id: &str) -> Result<Option<Account>> {
    Ok(ACCOUNTS.get(reads, &row(&[id]))?)
}

/// All accounts, by id.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads) -> Result<Vec<Account>> {
    scan(&ACCOUNTS, reads, &Key::new())
}

/// Writes the account.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, account: &Account) -> Result<()> {
    Ok(ACCOUNTS.put(tx.writer(), &row(&[&account.id]), account)?)
}

/// Whether the account is closed: `SUSPENDED`.
///
/// # Errors
/// Those of the store.
pub fn is_closed(reads: &dyn Reads, id: &str) -> Result<bool> {
    Ok(find(reads, id)?.is_some_and(|account| account.status == "SUSPENDED"))
}
