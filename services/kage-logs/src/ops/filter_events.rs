//! `FilterLogEvents`.

use crate::group::Group;
use crate::ops::get_events::{PAGE_BYTES, PAGE_EVENTS};
use crate::position::Position;
use crate::walk::{Path, Way};
use crate::{errors, named, pages, puts, streams};
use kage_api_logs::types::{FilterLogEventsRequest, FilterLogEventsResponse, FilteredLogEvent};
use kage_core::{Access, Call, Lookup, Millis, Operation, Recording, Result, Tx};
use kage_logquery::FilterPattern;
use std::ops::ControlFlow;

/// How many bytes one call searches. AWS, too, gives pages that are not full, or empty, with a token.
const SEARCHED_BYTES: usize = 32 * 1_048_576;
/// AWS: model, FilterLogEvents$startFromHead: false "is supported only when startTime is on or after Jan 1, 2024".
const DESCENDING_SINCE: Millis = 1_704_067_200_000;

/// Lists events of many streams that match a pattern.
pub struct FilterLogEvents;

impl Operation for FilterLogEvents {
    shape!(FILTER_LOG_EVENTS: FilterLogEventsRequest -> FilterLogEventsResponse on Group);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_either(call, tx, input.log_group_name.as_ref(), input.log_group_identifier.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:FilterLogEvents", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<FilterLogEventsResponse> {
        errors::refuse_flag(input.unmask, "unmask")?;
        named::require_readable(&group)?;
        let pattern = FilterPattern::parse(input.filter_pattern.as_deref().unwrap_or_default())
            .map_err(|error| errors::invalid(error.to_string()))?;
        let (way, start) = begin(call, input)?;
        let names = chosen(tx, &group, input)?;
        let path = Path {
            group: &group,
            streams: &names,
            from: input.start_time.unwrap_or(0),
            // Here, unlike in GetLogEvents, the end is included.
            // AWS: model, FilterLogEvents$endTime: "Events with a timestamp later than this time are not returned."
            to: input.end_time.map_or(Millis::MAX, |end| end.saturating_add(1)),
            way,
            start,
        };
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE_EVENTS);
        let (mut events, mut bytes, mut searched) = (Vec::new(), 0_usize, 0_usize);
        let stopped = path.walk(call, tx, |event| {
            let size = event.message.len().saturating_add(puts::OVERHEAD);
            if searched > SEARCHED_BYTES {
                return ControlFlow::Break(event.position);
            }
            searched = searched.saturating_add(size);
            if !pattern.matches(event.message) {
                return ControlFlow::Continue(());
            }
            let full = !events.is_empty() && bytes.saturating_add(size) > PAGE_BYTES;
            if events.len() >= limit || full {
                return ControlFlow::Break(event.position);
            }
            bytes = bytes.saturating_add(size);
            events.push(FilteredLogEvent {
                log_stream_name: Some(event.stream.to_owned()),
                timestamp: Some(event.timestamp),
                message: Some(event.text()),
                ingestion_time: Some(event.ingested),
                event_id: Some(event.position.digits()),
            });
            ControlFlow::Continue(())
        })?;
        let token = stopped.map(|position| match way {
            Way::Forward => pages::token(call, &format!("f{}", position.digits())),
            Way::Backward => pages::token(call, &format!("b{}", position.next().digits())),
        });
        Ok(FilterLogEventsResponse {
            events: Some(events),
            // AWS: API reference: "As of May 15, 2020, this parameter is no longer supported", it is empty.
            searched_log_streams: Some(Vec::new()),
            next_token: token,
        })
    }
}

/// Which way, and from where on: the token decides, then the call.
fn begin(call: &Call<'_>, input: &FilterLogEventsRequest) -> Result<(Way, Option<Position>)> {
    if let Some(token) = &input.next_token {
        let key = pages::read(call, token)?;
        let (way, digits) = match (key.strip_prefix('f'), key.strip_prefix('b')) {
            (Some(digits), _) => (Way::Forward, digits),
            (_, Some(digits)) => (Way::Backward, digits),
            _ => return Err(errors::invalid_token()),
        };
        let place = Position::parse(digits).ok_or_else(errors::invalid_token)?;
        return Ok((way, Some(place)));
    }
    if input.start_from_head != Some(false) {
        return Ok((Way::Forward, None));
    }
    if input.start_time.is_none_or(|start| start < DESCENDING_SINCE) {
        return Err(errors::invalid(
            "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.",
        ));
    }
    Ok((Way::Backward, None))
}

/// The streams that are searched.
fn chosen(tx: &Tx, group: &Group, input: &FilterLogEventsRequest) -> Result<Vec<String>> {
    // AWS: model, FilterLogEvents$logStreamNames: both are an InvalidParameterException.
    if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
        return Err(errors::invalid(
            "LogStream name prefix and LogStream names are mutually exclusive parameters.",
        ));
    }
    if let Some(names) = &input.log_stream_names {
        for name in names {
            streams::find(tx.reads(), group, name)?.ok_or_else(errors::no_stream)?;
        }
        let mut names = names.clone();
        names.sort();
        names.dedup();
        return Ok(names);
    }
    let prefix = input.log_stream_name_prefix.as_deref().unwrap_or_default();
    let from = input.start_time.unwrap_or(0);
    let all = streams::list(tx.reads(), group)?;
    let holds = |stream: &streams::Stream| {
        stream.name.starts_with(prefix) && stream.last.is_some_and(|last| last >= from)
    };
    Ok(all.into_iter().filter(holds).map(|stream| stream.name).collect())
}
