//! `ScheduleKeyDeletion` and `CancelKeyDeletion`.

use crate::errors;
use crate::key::{State, days_after};
use crate::named::{self, Named};
use crate::{jobs, keys};
use kage_api_kms::types::{
    CancelKeyDeletionResponse, ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: KMS API reference, `PendingWindowInDays`: 7 to 30, 30 unless told.
const WINDOW_DAYS: std::ops::RangeInclusive<i32> = 7..=30;

/// Plans the deletion of a key.
pub struct ScheduleKeyDeletion;

impl Operation for ScheduleKeyDeletion {
    shape!(SCHEDULE_KEY_DELETION: ScheduleKeyDeletionRequest -> ScheduleKeyDeletionResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:ScheduleKeyDeletion", target)
            .key("kms:ScheduleKeyDeletionPendingWindowInDays", days(input).to_string())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<ScheduleKeyDeletionResponse> {
        let days = days(input);
        require_window(days)?;
        let mut key = target.key;
        key.require_kept()?;
        let at = days_after(call.now.milliseconds(), days);
        key.state = State::PendingDeletion { at };
        keys::put(tx, &key)?;
        jobs::plan_deletion(tx, &key, at)?;
        Ok(ScheduleKeyDeletionResponse {
            key_id: Some(key.arn()),
            deletion_date: Some(Timestamp(at)),
            key_state: Some("PendingDeletion".to_owned()),
            pending_window_in_days: Some(days),
        })
    }
}

fn days(input: &ScheduleKeyDeletionRequest) -> i32 {
    input.pending_window_in_days.unwrap_or(*WINDOW_DAYS.end())
}

fn require_window(days: i32) -> Result<()> {
    if WINDOW_DAYS.contains(&days) {
        return Ok(());
    }
    let bound = if days < *WINDOW_DAYS.start() {
        format!("greater than or equal to {}", WINDOW_DAYS.start())
    } else {
        format!("less than or equal to {}", WINDOW_DAYS.end())
    };
    Err(errors::validation(format!(
        "1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value {bound}"
    )))
}

/// Keeps a key that was to be deleted. It stays disabled.
pub struct CancelKeyDeletion;

impl Operation for CancelKeyDeletion {
    shape!(CANCEL_KEY_DELETION: CancelKeyDeletionRequest -> CancelKeyDeletionResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:CancelKeyDeletion", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, _: &Self::Input) -> Result<CancelKeyDeletionResponse> {
        let mut key = target.key;
        if !matches!(key.state, State::PendingDeletion { .. }) {
            return Err(errors::not_pending_deletion(&key.arn()));
        }
        key.state = State::Disabled;
        keys::put(tx, &key)?;
        Ok(CancelKeyDeletionResponse { key_id: Some(key.arn()) })
    }
}
