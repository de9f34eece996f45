//! `PutResourcePolicy`, `GetResourcePolicy`, `DeleteResourcePolicy`.

use crate::errors;
use crate::shared::{self, Shared, own_access};
use kage_api_kinesis::types::{
    DeleteResourcePolicyResponse, GetResourcePolicyOutput, PutResourcePolicyResponse,
};
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Bytes of a policy. AWS: developer guide, "Sharing your data stream with another account": 20 KB.
const MAX: usize = 20_480;

/// Sets the resource policy of a stream or consumer.
pub struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    shape!(PUT_RESOURCE_POLICY: PutResourcePolicyInput -> PutResourcePolicyResponse on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Shared>) -> Access {
        own_access("kinesis:PutResourcePolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut target: Shared,
        input: &Self::Input,
    ) -> Result<PutResourcePolicyResponse> {
        target.require_active()?;
        if input.policy.len() > MAX {
            return Err(errors::limit(format!("The resource policy exceeds the limit of {MAX} bytes.")));
        }
        let kind = PolicyKind::Resource(ResourceService::Generic);
        let policy =
            Policy::parse(&input.policy, kind).map_err(|error| errors::validation(error.message()))?;
        *target.policy_mut() = Some(policy.text().to_owned());
        target.put(tx)?;
        Ok(PutResourcePolicyResponse {})
    }
}

/// Shows the resource policy.
pub struct GetResourcePolicy;

impl Operation for GetResourcePolicy {
    shape!(GET_RESOURCE_POLICY: GetResourcePolicyInput -> GetResourcePolicyOutput on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Shared>) -> Access {
        own_access("kinesis:GetResourcePolicy", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, mut target: Shared, _: &Self::Input) -> Result<GetResourcePolicyOutput> {
        // As moto has it: a resource without a policy answers an empty document.
        Ok(GetResourcePolicyOutput { policy: target.policy_mut().clone().unwrap_or_else(|| "{}".to_owned()) })
    }
}

/// Removes the resource policy.
pub struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    shape!(DELETE_RESOURCE_POLICY: DeleteResourcePolicyInput -> DeleteResourcePolicyResponse on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Shared>) -> Access {
        own_access("kinesis:DeleteResourcePolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut target: Shared,
        input: &Self::Input,
    ) -> Result<DeleteResourcePolicyResponse> {
        target.require_active()?;
        if target.policy_mut().take().is_none() {
            return Err(errors::no_policy(&input.resource_arn));
        }
        target.put(tx)?;
        Ok(DeleteResourcePolicyResponse {})
    }
}
