//! Block public access for snapshots.

use crate::{access, errors, require_no_dry_run, snapshot_sharing};
use kage_api_ec2::types::{
    DisableSnapshotBlockPublicAccessResult, EnableSnapshotBlockPublicAccessResult,
    GetSnapshotBlockPublicAccessStateResult,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Says how far sharing is blocked.
pub struct GetSnapshotBlockPublicAccessState;

impl Operation for GetSnapshotBlockPublicAccessState {
    shape!(GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE: GetSnapshotBlockPublicAccessStateRequest -> GetSnapshotBlockPublicAccessStateResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:GetSnapshotBlockPublicAccessState")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;
        let state = snapshot_sharing::state(call, tx)?;
        // No organization of the double has declarative policies for EC2.
        let managed_by = Some("account".to_owned());
        Ok(GetSnapshotBlockPublicAccessStateResult { state: Some(state), managed_by })
    }
}

/// Blocks sharing with everybody.
pub struct EnableSnapshotBlockPublicAccess;

impl Operation for EnableSnapshotBlockPublicAccess {
    shape!(ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS: EnableSnapshotBlockPublicAccessRequest -> EnableSnapshotBlockPublicAccessResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:EnableSnapshotBlockPublicAccess")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;
        let state = input.state.as_str();
        // AWS: EC2 API reference, EnableSnapshotBlockPublicAccess: `unblocked` is not a valid value. The text is ours.
        if state == snapshot_sharing::UNBLOCKED {
            return Err(errors::invalid_value("Invalid value for State: unblocked"));
        }

        snapshot_sharing::set(call, tx, state)?;
        Ok(EnableSnapshotBlockPublicAccessResult { state: Some(state.to_owned()) })
    }
}

/// Blocks it no longer.
pub struct DisableSnapshotBlockPublicAccess;

impl Operation for DisableSnapshotBlockPublicAccess {
    shape!(DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS: DisableSnapshotBlockPublicAccessRequest -> DisableSnapshotBlockPublicAccessResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:DisableSnapshotBlockPublicAccess")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;
        snapshot_sharing::set(call, tx, snapshot_sharing::UNBLOCKED)?;
        Ok(DisableSnapshotBlockPublicAccessResult { state: Some(snapshot_sharing::UNBLOCKED.to_owned()) })
    }
}
