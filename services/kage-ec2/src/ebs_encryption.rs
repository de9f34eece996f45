//! Whether new EBS volumes are encrypted by default: a setting of an account in a Region.

use kage_core::{Call, Result, Tx};
use kage_store::table::{Table, key as row};

const ENCRYPTS: Table<bool> = Table::new("ec2.ebs-encryption");

/// Whether the call's account has it on in the call's Region. AWS: EBS User Guide, "Encryption by default": it is off until
/// somebody enables it.
pub fn is_on(call: &Call<'_>, tx: &Tx) -> Result<bool> {
    Ok(ENCRYPTS.get(tx.reads(), &row(&[&call.account, &call.region]))?.unwrap_or(false))
}

/// Turns it on or off.
pub fn set(call: &Call<'_>, tx: &mut Tx, on: bool) -> Result<()> {
    Ok(ENCRYPTS.put(tx.writer(), &row(&[&call.account, &call.region]), &on)?)
}
