//! `AddPermission` and `RemovePermission`.

use crate::queue::{Queue, own_access};
use crate::{address, policy, queues};
use kage_api_sqs::types::{AddPermissionResponse, RemovePermissionResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Adds a statement to the policy of a queue.
pub struct AddPermission;

impl Operation for AddPermission {
    shape!(ADD_PERMISSION: AddPermissionRequest -> AddPermissionResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:AddPermission", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut queue: Queue,
        input: &Self::Input,
    ) -> Result<AddPermissionResponse> {
        let (accounts, actions) = (&input.aws_account_ids, &input.actions);
        let text =
            policy::with_permission(queue.policy.as_deref(), &queue.arn(), &input.label, accounts, actions)?;
        queue.policy = Some(policy::stored(tx.reads(), &text)?);
        queue.modified = call.now.milliseconds();
        queues::put(tx, &queue)?;
        Ok(AddPermissionResponse {})
    }
}

/// Removes a statement from the policy of a queue.
pub struct RemovePermission;

impl Operation for RemovePermission {
    shape!(REMOVE_PERMISSION: RemovePermissionRequest -> RemovePermissionResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:RemovePermission", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut queue: Queue,
        input: &Self::Input,
    ) -> Result<RemovePermissionResponse> {
        queue.policy = policy::without_permission(queue.policy.as_deref(), &input.label)?;
        queue.modified = call.now.milliseconds();
        queues::put(tx, &queue)?;
        Ok(RemovePermissionResponse {})
    }
}
