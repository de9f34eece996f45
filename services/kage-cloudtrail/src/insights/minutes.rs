//! Goes through the minutes that are over, one after the other.

use super::tally::{self, Burst, Subject, Tally};
use super::{MINUTE_MS, minute_of, record};
use crate::delivery::time_of;
use kage_api_cloudtrail::types::insight_type;
use kage_core::{Call, Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use serde_json::Value;
use std::collections::BTreeMap;

/// The number of the next event to look at, by account, Region and category.
const CURSORS: Table<u64> = Table::new("cloudtrail.insights-cursors");
/// How many events are read at a time.
const BATCH: usize = 5000;

type Counts = BTreeMap<Subject, Tally>;

/// What is looked for.
pub struct Asked<'a> {
    /// Whether management events are looked at, or data events.
    pub management: bool,
    /// Minutes before are only counted.
    pub since: Millis,
    /// The kinds of Insights events that some trail asks for.
    pub kinds: Vec<&'a str>,
}

/// Looks at all events of minutes that are over. True when there is something to look
/// at in a minute: events of the present minute, or a burst that goes on.
///
/// # Errors
/// Those of the store.
pub fn look(call: &Call<'_>, tx: &mut Tx, asked: &Asked<'_>) -> Result<bool> {
    let management = asked.management;
    let category = if management { "management" } else { "data" };
    let place = row(&[&call.account, &call.region, category]);
    let stream = kage_record::stream_name(&call.account, &call.region, management);
    let present = minute_of(call.now.milliseconds());
    let mut cursor = CURSORS.get(tx.reads(), &place)?.unwrap_or(0);
    let mut minute = None;
    let mut counts = Counts::new();
    let mut waiting = false;
    'stream: loop {
        let read = kage_record::read(tx.reads(), &stream, cursor, BATCH)?;
        if read.is_empty() {
            break;
        }
        for stored in read {
            let of_event = minute_of(time_of(&stored.event).unwrap_or(call.now).milliseconds());
            if of_event >= present {
                waiting = true;
                break 'stream;
            }
            if let Some(over) = minute.filter(|over| *over != of_event) {
                judge(call, tx, asked, over, std::mem::take(&mut counts))?;
            }
            minute = Some(of_event);
            for subject in subjects(&stored.event, management) {
                counts.entry(subject).or_default().count(&stored.event);
            }
            cursor = stored.number.saturating_add(1);
        }
    }
    if let Some(over) = minute {
        judge(call, tx, asked, over, counts)?;
    }
    CURSORS.put(tx.writer(), &place, &cursor)?;
    end_before(call, tx, management, present)?;
    let going_on = tally::bursts(tx.reads(), &call.account, &call.region, management)?;
    Ok(waiting || !going_on.is_empty())
}

/// What an event counts for. AWS: user guide: call rates of writes, error rates of all; of data events both count all.
fn subjects(event: &Value, management: bool) -> Vec<Subject> {
    let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let subject = |kind: &str, error: String| Subject {
        management,
        kind: kind.to_owned(),
        source: text("eventSource"),
        name: text("eventName"),
        error,
    };
    let mut out = Vec::new();
    let reads = event.get("readOnly").and_then(Value::as_bool).unwrap_or(false);
    if !(management && reads) {
        out.push(subject(insight_type::API_CALL_RATE_INSIGHT, String::new()));
    }
    let error = text("errorCode");
    if !error.is_empty() {
        out.push(subject(insight_type::API_ERROR_RATE_INSIGHT, error));
    }
    out
}

fn judge(call: &Call<'_>, tx: &mut Tx, asked: &Asked<'_>, minute: Millis, counts: Counts) -> Result<()> {
    let (account, region) = (call.account.as_str(), call.region.as_str());
    end_before(call, tx, asked.management, minute)?;
    let mut going_on: BTreeMap<Subject, Burst> =
        tally::bursts(tx.reads(), account, region, asked.management)?
            .into_iter()
            .map(|burst| (burst.subject.clone(), burst))
            .collect();
    for (subject, counted) in counts {
        match going_on.remove(&subject) {
            Some(mut burst) if burst.baseline.makes_unusual(counted.count) => {
                burst.last = minute;
                burst.tally.add(&counted);
                tally::put_burst(tx, account, region, &burst)?;
            }
            Some(burst) => end(call, tx, &burst)?,
            None if minute >= asked.since && asked.kinds.contains(&subject.kind.as_str()) => {
                let baseline = tally::baseline(tx.reads(), account, region, &subject, minute)?;
                if baseline.makes_unusual(counted.count) {
                    let burst = Burst {
                        subject: subject.clone(),
                        id: call.ids().uuid(),
                        start: minute,
                        last: minute,
                        baseline,
                        tally: counted.clone(),
                    };
                    record::emit(call, tx, &burst, record::State::Start)?;
                    tally::put_burst(tx, account, region, &burst)?;
                }
            }
            None => {}
        }
        tally::remember(tx, (account, region), &subject, minute, &counted)?;
    }
    Ok(())
}

/// Ends the bursts that had no unusual minute directly before this one.
fn end_before(call: &Call<'_>, tx: &mut Tx, management: bool, minute: Millis) -> Result<()> {
    for burst in tally::bursts(tx.reads(), &call.account, &call.region, management)? {
        if burst.last.saturating_add(MINUTE_MS) < minute {
            end(call, tx, &burst)?;
        }
    }
    Ok(())
}

fn end(call: &Call<'_>, tx: &mut Tx, burst: &Burst) -> Result<()> {
    record::emit(call, tx, burst, record::State::End)?;
    tally::end_burst(tx, &call.account, &call.region, burst);
    Ok(())
}
