//! `AddPermission` and `RemovePermission`.

use crate::topic::{self, Topic};
use crate::{policy, topics};
use kage_api_sns::types::{AddPermissionResponse, RemovePermissionResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Adds a statement to the policy of a topic.
pub struct AddPermission;

impl Operation for AddPermission {
    shape!(ADD_PERMISSION: AddPermissionInput -> AddPermissionResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:AddPermission", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut topic: Topic,
        input: &Self::Input,
    ) -> Result<AddPermissionResponse> {
        let (arn, accounts, actions) = (topic.arn(), &input.aws_account_id, &input.action_name);
        let text = policy::with_permission(&topic.policy, &arn, &input.label, accounts, actions)?;
        topic.policy = policy::stored(tx.reads(), &text)?;
        topics::put(tx, &topic)?;
        Ok(AddPermissionResponse {})
    }
}

/// Removes a statement from the policy of a topic.
pub struct RemovePermission;

impl Operation for RemovePermission {
    shape!(REMOVE_PERMISSION: RemovePermissionInput -> RemovePermissionResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        topics::lookup(call, tx, "TopicArn", &input.topic_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:RemovePermission", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut topic: Topic,
        input: &Self::Input,
    ) -> Result<RemovePermissionResponse> {
        topic.policy = policy::without_permission(&topic.policy, &input.label)?;
        topics::put(tx, &topic)?;
        Ok(RemovePermissionResponse {})
    }
}
