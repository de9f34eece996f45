//! What happens later.

use kage_core::{Job, JobHandler, Result, Tx};
use kage_identity::accounts;
use kage_schema::Timestamp;
use serde_json::json;

/// How long an account stays in `PENDING_CLOSURE`. AWS: Organizations API reference, CloseAccount: "a few minutes".
const CLOSING_MS: i64 = 120_000;

/// Ends the closing of an account.
pub const CLOSE_ACCOUNT: JobHandler = JobHandler {
    kind: "organizations.close-account",
    principal: "organizations.amazonaws.com",
    run: |call, tx, _| {
        if let Some(mut account) = accounts::find(tx.reads(), &call.account)?
            && account.status == "PENDING_CLOSURE"
        {
            account.status = "SUSPENDED".to_owned();
            accounts::put(tx, &account)?;
        }
        Ok(())
    },
};

/// Plans the end of the closing of an account.
pub fn plan_closure(tx: &mut Tx, account: &str, now: Timestamp) -> Result<()> {
    let job = Job {
        kind: CLOSE_ACCOUNT.kind.to_owned(),
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        payload: json!({}),
    };
    tx.schedule(now.plus_ms(CLOSING_MS), &job)
}
