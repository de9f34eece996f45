//! `PutLogEvents`.

use crate::group::{DAY, Group};
use crate::named::{self, Writing};
use crate::{errors, jobs, puts, streams};
use kage_api_logs::types::{
    Entity, InputLogEvent, PutLogEventsResponse, RejectedEntityInfo, RejectedLogEventsInfo,
};
use kage_core::{Access, Call, Lookup, Millis, Operation, Recording, Result, Tx};
use serde_json::{Map, Value};
use std::ops::Range;

/// AWS: model, PutLogEvents: "The maximum batch size is 1,048,576 bytes."
const BATCH_BYTES: usize = 1_048_576;
/// AWS: model, PutLogEvents: "Each log event can be no larger than 1 MB." It counts as in the batch.
const EVENT_BYTES: usize = 1_048_576;
/// AWS: model, PutLogEvents: "older than 14 days".
const OLDEST: Millis = 14 * DAY;
/// AWS: model, PutLogEvents: "more than 2 hours in the future".
const NEWEST: Millis = 2 * 3_600_000;
/// What stands where sequence tokens stood. They are ignored.
pub const SEQUENCE_TOKEN: &str = "49039859627988362708578325420899240126461158330221400658";

/// Writes events to a stream.
pub struct PutLogEvents;

impl Operation for PutLogEvents {
    shape!(PUT_LOG_EVENTS: PutLogEventsRequest -> PutLogEventsResponse on Writing);
    // AWS: user guide, "Logging CloudWatch Logs API and console operations": PutLogEvents is no management event.
    const RECORDING: Recording = Recording::data("AWS::Logs::LogGroup");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Writing>> {
        named::writing(call, tx, &input.log_group_name, &input.log_stream_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Writing>) -> Access {
        Access::on("logs:PutLogEvents", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Writing,
        input: &Self::Input,
    ) -> Result<PutLogEventsResponse> {
        let mut stream = target.stream.ok_or_else(errors::no_stream)?;
        let mut group = target.group;
        require_sizes(&input.log_events)?;
        let (kept, rejected) = sort_out(&group, call.now.milliseconds(), &input.log_events)?;
        let kept = input.log_events.get(kept).unwrap_or_default();
        if !kept.is_empty() {
            let events: Vec<(Millis, &str)> =
                kept.iter().map(|event| (event.timestamp, event.message.as_str())).collect();
            let number = puts::append(call, tx, &group, &mut stream, &events)?;
            streams::put(tx, &group, &stream)?;
            if let (Some((first, _)), Some((last, _))) = (events.first(), events.last()) {
                jobs::after_put(call, tx, &mut group, (&stream.name, number), (*first, *last))?;
            }
            tx.wake(crate::live::topic(&group.account, &group.region));
        }
        Ok(PutLogEventsResponse {
            next_sequence_token: Some(SEQUENCE_TOKEN.to_owned()),
            rejected_log_events_info: rejected,
            rejected_entity_info: rejected_entity(input.entity.as_ref()),
        })
    }

    // Events are no part of the record: they may be secret, and stand under the group's key only.
    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        if let Some(parameters) = event.get_mut("requestParameters").and_then(Value::as_object_mut) {
            parameters.remove("logEvents");
        }
    }
}

/// Entities are not modelled. AWS, too, keeps the events of a call whose entity it rejects; agents go on.
// AWS: model, PutLogEventsResponse$rejectedEntityInfo: "When the entity is rejected, the events may still be accepted."
fn rejected_entity(entity: Option<&Entity>) -> Option<RejectedEntityInfo> {
    entity.map(|_| RejectedEntityInfo { error_type: "UnsupportedLogGroupType".to_owned() })
}

fn require_sizes(events: &[InputLogEvent]) -> Result<()> {
    let size = |event: &InputLogEvent| event.message.len().saturating_add(puts::OVERHEAD);
    if let Some(event) = events.iter().find(|event| size(event) > EVENT_BYTES) {
        return Err(errors::invalid(format!(
            "Log event too large: {} bytes exceeds limit of {EVENT_BYTES}",
            size(event)
        )));
    }
    let total: usize = events.iter().map(size).sum();
    if total > BATCH_BYTES {
        return Err(errors::invalid(format!(
            "Upload too large: {total} bytes exceeds limit of {BATCH_BYTES}"
        )));
    }
    Ok(())
}

/// Which events are kept, and what is said of the others.
fn sort_out(
    group: &Group,
    now: Millis,
    events: &[InputLogEvent],
) -> Result<(Range<usize>, Option<RejectedLogEventsInfo>)> {
    if events.windows(2).any(|pair| matches!(pair, [one, next] if one.timestamp > next.timestamp)) {
        return Err(errors::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let before = |time: Millis| events.partition_point(|event| event.timestamp < time);
    let too_old = before(now.saturating_sub(OLDEST));
    let expired = before(group.expired_before(now));
    let too_new = events.partition_point(|event| event.timestamp <= now.saturating_add(NEWEST));
    let kept = too_old.max(expired).min(too_new)..too_new;
    if let Some([first, .., last]) = events.get(kept.clone())
        && last.timestamp.saturating_sub(first.timestamp) > DAY
    {
        return Err(errors::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    let end = |count: usize| (count > 0).then(|| i32::try_from(count).unwrap_or(i32::MAX));
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: (too_new < events.len())
            .then(|| i32::try_from(too_new).unwrap_or(i32::MAX)),
        too_old_log_event_end_index: end(too_old),
        expired_log_event_end_index: end(expired),
    };
    let all = kept.len() == events.len();
    Ok((kept, (!all).then_some(rejected)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_767_323_045_000;

    fn events(times: &[Millis]) -> Vec<InputLogEvent> {
        times.iter().map(|time| InputLogEvent { timestamp: NOW + time, message: "x".to_owned() }).collect()
    }

    #[test]
    fn events_too_old_expired_and_too_new_are_rejected() {
        let keeps = Group::default();
        let week = Group { retention: Some(7), ..Group::default() };
        let times = [-14 * DAY - 1, -7 * DAY - 1, -1, 0, NEWEST, NEWEST + 1];
        let (kept, rejected) = sort_out(&week, NOW, &events(&times)).unwrap();
        let rejected = rejected.unwrap();
        assert_eq!(kept, 2..5);
        assert_eq!(rejected.too_old_log_event_end_index, Some(1));
        assert_eq!(rejected.expired_log_event_end_index, Some(2));
        assert_eq!(rejected.too_new_log_event_start_index, Some(5));
        let (kept, rejected) = sort_out(&keeps, NOW, &events(&[-DAY, 0])).unwrap();
        assert!(rejected.is_none() && kept == (0..2));
        assert!(sort_out(&keeps, NOW, &events(&[-DAY - 1, 0])).is_err());
        assert!(sort_out(&keeps, NOW, &events(&[0, -1])).is_err());
        let (kept, rejected) = sort_out(&keeps, NOW, &events(&[-30 * DAY, NEWEST + 1])).unwrap();
        assert!(kept.is_empty() && rejected.is_some());
    }
}
