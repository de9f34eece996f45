//! `DeleteLogGroup` and `PutLogGroupDeletionProtection`.

use crate::group::Group;
use crate::{errors, filters, groups, keys, named, puts, streams};
use kage_api_logs::types::{DeleteLogGroupResponse, PutLogGroupDeletionProtectionResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Removes a log group with its streams, events and filters.
pub struct DeleteLogGroup;

impl Operation for DeleteLogGroup {
    shape!(DELETE_LOG_GROUP: DeleteLogGroupRequest -> DeleteLogGroupResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DeleteLogGroup", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, group: Group, _: &Self::Input) -> Result<DeleteLogGroupResponse> {
        if group.protected {
            return Err(errors::protected());
        }
        for stream in streams::list(tx.reads(), &group)? {
            puts::remove_all(tx, &group, &stream.name)?;
            streams::remove(tx, &group, &stream.name);
        }
        keys::remove_all(tx, &group)?;
        filters::remove_all(tx, &group)?;
        groups::remove(tx, &group);
        Ok(DeleteLogGroupResponse {})
    }
}

/// Protects a log group from deletion, or ends that.
pub struct PutLogGroupDeletionProtection;

impl Operation for PutLogGroupDeletionProtection {
    shape!(PUT_LOG_GROUP_DELETION_PROTECTION: PutLogGroupDeletionProtectionRequest -> PutLogGroupDeletionProtectionResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_identifier(call, tx, &input.log_group_identifier)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:PutLogGroupDeletionProtection", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        input: &Self::Input,
    ) -> Result<PutLogGroupDeletionProtectionResponse> {
        group.protected = input.deletion_protection_enabled;
        groups::put(tx, &group)?;
        Ok(PutLogGroupDeletionProtectionResponse {})
    }
}
