//! What happens later: jobs that come due on the double's clock.

use crate::{Call, Result, Tx};
use serde::{Deserialize, Serialize};

/// Something to do at a time. Written with `tx.schedule`, run by the scheduler in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Which handler runs it: `kms.delete-key`.
    pub kind: String,
    /// The account in which it acts.
    pub account: String,
    /// The Region in which it acts.
    pub region: String,
    /// What the handler needs to know.
    pub payload: serde_json::Value,
}

/// Runs jobs of one kind. A job runs in one transaction, as its service; it must be safe to run twice.
pub struct JobHandler {
    /// The kind of job: `kms.delete-key`.
    pub kind: &'static str,
    /// The service principal under which it acts: `kms.amazonaws.com`.
    pub principal: &'static str,
    /// What to do. On an error nothing of the run is kept, and it is tried again later.
    pub run: fn(&Call<'_>, &mut Tx, &serde_json::Value) -> Result<()>,
}
