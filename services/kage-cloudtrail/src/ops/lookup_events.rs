//! The event history.

use crate::{errors, history, insights};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_cloudtrail::types::{LookupEventsRequest, LookupEventsResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// How long events stay in the history. AWS: CloudTrail user guide, "Working with CloudTrail event history": 90 days.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
/// Events of a page when the caller says nothing; also the most. AWS: API reference, LookupEvents.
const PAGE: usize = 50;
/// How many events are read at a time.
const BATCH: usize = 500;

/// Looks up management events or Insights events of the last 90 days, newest first.
///
/// AWS allows two calls a second. The double does not count: on a clock that stands still a third call could never be made.
pub struct LookupEvents;

impl Operation for LookupEvents {
    shape!(LOOKUP_EVENTS: LookupEventsRequest -> LookupEventsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:LookupEvents")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        let attributes = input.lookup_attributes.as_deref().unwrap_or_default();
        if attributes.len() > 1 {
            return Err(errors::lookup_attributes());
        }
        let insights = input.event_category.is_some();
        if let Some(one) = attributes.iter().find(|one| insights && !history::is_of_insights(one)) {
            return Err(errors::insight_attribute(&one.attribute_key));
        }
        let oldest = call.now.plus_ms(-KEPT_MS);
        let start = input.start_time.map_or(oldest, |start| start.max(oldest));
        let end = input.end_time.unwrap_or(call.now);
        if input.start_time.is_some_and(|start| start > end) {
            return Err(errors::time_range());
        }
        let limit = input.max_results.and_then(|max| usize::try_from(max).ok()).unwrap_or(PAGE).min(PAGE);
        let mut before = match &input.next_token {
            Some(token) => place(token, input).ok_or_else(errors::next_token)?,
            None => u64::MAX,
        };
        let stream = if insights {
            insights::stream_name(&call.account, &call.region)
        } else {
            kage_record::stream_name(&call.account, &call.region, true)
        };
        let mut events = Vec::new();
        loop {
            let read = kage_record::read_back(tx.reads(), &stream, before, BATCH)?;
            let Some(last) = read.last() else { break };
            // The clock of a double only moves forward, so the order of the stream is the order of time.
            let done = history::time(&last.event) < start.whole_seconds();
            before = last.number;
            for stored in &read {
                let time = history::time(&stored.event);
                let wanted = time >= start.whole_seconds()
                    && time <= end
                    && attributes.iter().all(|attribute| history::has(&stored.event, attribute));
                if !wanted {
                    continue;
                }
                if events.len() == limit {
                    let next = token(stored.number.saturating_add(1), input);
                    return Ok(LookupEventsResponse { events: Some(events), next_token: Some(next) });
                }
                events.push(history::view(&stored.event));
            }
            if done {
                break;
            }
        }
        Ok(LookupEventsResponse { events: Some(events), next_token: None })
    }
}

/// A token says where the next page begins, and what was asked: it holds only for the same question.
fn token(before: u64, input: &LookupEventsRequest) -> String {
    STANDARD.encode(format!("{before}:{}", question(input)))
}

fn place(token: &str, input: &LookupEventsRequest) -> Option<u64> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (before, asked) = text.split_once(':')?;
    if asked == question(input) { before.parse().ok() } else { None }
}

fn question(input: &LookupEventsRequest) -> String {
    let attributes = input.lookup_attributes.iter().flatten();
    let attributes: Vec<_> = attributes.map(|one| (&one.attribute_key, &one.attribute_value)).collect();
    let times = [input.start_time, input.end_time].map(|time| time.map(Timestamp::milliseconds));
    let category = &input.event_category;
    let hash = digest(&SHA256, format!("{attributes:?}{times:?}{category:?}").as_bytes());
    hex::encode(hash.as_ref().get(..16).unwrap_or_default())
}
