//! Temporary credentials.

use kage_core::{Caller, Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// Temporary credentials and who they make their bearer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSession {
    /// `ASIA…`.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
    /// The session token that must come with it.
    pub token: String,
    /// Who the bearer is.
    pub caller: Caller,
    /// When they end.
    pub expires: Millis,
}

impl std::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredSession({} for {})", self.access_key, self.caller.arn)
    }
}

const SESSIONS: Table<StoredSession> = Table::new("sts.sessions");

/// The session with this access key.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, access_key: &str) -> Result<Option<StoredSession>> {
    Ok(SESSIONS.get(reads, &row(&[access_key]))?)
}

/// Writes the session.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, session: &StoredSession) -> Result<()> {
    Ok(SESSIONS.put(tx.writer(), &row(&[&session.access_key]), session)?)
}
