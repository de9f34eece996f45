//! Automatic rotation: switched on, switched off, shown.

use crate::key::{Rotation, State, days_after};
use crate::named::{self, Named};
use crate::{jobs, keys};
use kage_api_kms::types::{
    DisableKeyRotationResponse, EnableKeyRotationRequest, EnableKeyRotationResponse,
    GetKeyRotationStatusResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: KMS API reference, `RotationPeriodInDays`: 365 unless told; the model bounds it, 90 to 2560.
const PERIOD_DAYS: i32 = 365;

fn period(input: &EnableKeyRotationRequest, now: Option<Rotation>) -> i32 {
    input.rotation_period_in_days.unwrap_or_else(|| now.map_or(PERIOD_DAYS, |rotation| rotation.period_days))
}

/// Switches rotation on, or changes its period.
pub struct EnableKeyRotation;

impl Operation for EnableKeyRotation {
    shape!(ENABLE_KEY_ROTATION: EnableKeyRotationRequest -> EnableKeyRotationResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let now = target.found().and_then(|named| named.key.rotation);
        named::own_access(call, "kms:EnableKeyRotation", target)
            .key("kms:RotationPeriodInDays", period(input, now).to_string())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<EnableKeyRotationResponse> {
        let mut key = target.key;
        key.require_enabled()?;
        let period_days = period(input, key.rotation);
        if key.rotation.is_none_or(|rotation| rotation.period_days != period_days) {
            let next = days_after(call.now.milliseconds(), period_days);
            key.rotation = Some(Rotation { period_days, next });
            keys::put(tx, &key)?;
            jobs::plan_rotation(tx, &key)?;
        }
        Ok(EnableKeyRotationResponse {})
    }
}

/// Switches rotation off.
pub struct DisableKeyRotation;

impl Operation for DisableKeyRotation {
    shape!(DISABLE_KEY_ROTATION: DisableKeyRotationRequest -> DisableKeyRotationResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:DisableKeyRotation", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, _: &Self::Input) -> Result<DisableKeyRotationResponse> {
        let mut key = target.key;
        key.require_enabled()?;
        key.rotation = None;
        keys::put(tx, &key)?;
        Ok(DisableKeyRotationResponse {})
    }
}

/// Shows whether and when a key rotates.
pub struct GetKeyRotationStatus;

impl Operation for GetKeyRotationStatus {
    shape!(GET_KEY_ROTATION_STATUS: GetKeyRotationStatusRequest -> GetKeyRotationStatusResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::access(call, "kms:GetKeyRotationStatus", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, target: Named, _: &Self::Input) -> Result<GetKeyRotationStatusResponse> {
        let key = target.key;
        // AWS: KMS API reference, GetKeyRotationStatus: false while the key waits for deletion.
        let rotation = key.rotation.filter(|_| !matches!(key.state, State::PendingDeletion { .. }));
        Ok(GetKeyRotationStatusResponse {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: Some(key.id),
            rotation_period_in_days: rotation.map(|rotation| rotation.period_days),
            next_rotation_date: rotation.map(|rotation| Timestamp(rotation.next)),
            on_demand_rotation_start_date: None,
        })
    }
}
