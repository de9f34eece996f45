//! `PutRetentionPolicy` and `DeleteRetentionPolicy`.

use crate::group::Group;
use crate::{errors, groups, jobs, named};
use kage_api_logs::types::{DeleteRetentionPolicyResponse, PutRetentionPolicyResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: API reference, PutRetentionPolicy, "Possible values".
const DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Says for how many days events are kept.
pub struct PutRetentionPolicy;

impl Operation for PutRetentionPolicy {
    shape!(PUT_RETENTION_POLICY: PutRetentionPolicyRequest -> PutRetentionPolicyResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:PutRetentionPolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        input: &Self::Input,
    ) -> Result<PutRetentionPolicyResponse> {
        let days = input.retention_in_days;
        if !DAYS.contains(&days) {
            let all: Vec<String> = DAYS.iter().map(ToString::to_string).collect();
            return Err(errors::invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                all.join(", ")
            )));
        }
        group.retention = Some(days);
        groups::put(tx, &group)?;
        jobs::plan_purge(call, tx, &mut group)?;
        Ok(PutRetentionPolicyResponse {})
    }
}

/// Keeps events for ever.
pub struct DeleteRetentionPolicy;

impl Operation for DeleteRetentionPolicy {
    shape!(DELETE_RETENTION_POLICY: DeleteRetentionPolicyRequest -> DeleteRetentionPolicyResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DeleteRetentionPolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        _: &Self::Input,
    ) -> Result<DeleteRetentionPolicyResponse> {
        group.retention = None;
        groups::put(tx, &group)?;
        Ok(DeleteRetentionPolicyResponse {})
    }
}
