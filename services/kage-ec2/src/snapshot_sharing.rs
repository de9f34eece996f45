//! How far EBS snapshots may be shared with everybody: a setting of an account in a Region.

use kage_core::{Call, Result, Tx};
use kage_store::table::{Table, key as row};

const BLOCKED: Table<String> = Table::new("ec2.snapshot-sharing");

/// Nothing is blocked.
pub const UNBLOCKED: &str = "unblocked";

/// `block-all-sharing`, `block-new-sharing` or `unblocked`. AWS: EBS User Guide, "Block public access for snapshots": it is
/// off until somebody enables it.
pub fn state(call: &Call<'_>, tx: &Tx) -> Result<String> {
    let found = BLOCKED.get(tx.reads(), &row(&[&call.account, &call.region]))?;
    Ok(found.unwrap_or_else(|| UNBLOCKED.to_owned()))
}

/// Changes it.
pub fn set(call: &Call<'_>, tx: &mut Tx, state: &str) -> Result<()> {
    Ok(BLOCKED.put(tx.writer(), &row(&[&call.account, &call.region]), &state.to_owned())?)
}
