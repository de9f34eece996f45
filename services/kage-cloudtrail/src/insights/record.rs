//! Insights events. AWS: CloudTrail user guide, "CloudTrail record contents for Insights events for trails" and "CloudTrail
//! Insights insightDetails element".

use super::tally::{BASELINE_MINUTES, Burst};
use super::{MINUTE_MS, stream_name};
use kage_api_cloudtrail::types::insight_type;
use kage_core::{Call, Result, Tx};
use kage_record::bus::{self, Notice};
use kage_schema::Timestamp;
use serde_json::json;

/// Which of the two events of a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It began.
    Start,
    /// It is over.
    End,
}

/// Puts the Start or End event of a burst into the stream, and on the bus.
///
/// # Errors
/// Those of the store.
pub fn emit(call: &Call<'_>, tx: &mut Tx, burst: &Burst, state: State) -> Result<()> {
    let after = burst.last.saturating_add(MINUTE_MS);
    let (word, time) = match state {
        State::Start => ("Start", burst.start),
        State::End => ("End", after),
    };
    let minutes = u32::try_from(after.saturating_sub(burst.start) / MINUTE_MS).unwrap_or(u32::MAX).max(1);
    let is_call_rate = burst.subject.kind == insight_type::API_CALL_RATE_INSIGHT;
    let mut details = json!({
        "state": word,
        "eventSource": burst.subject.source,
        "eventName": burst.subject.name,
        "insightType": burst.subject.kind,
        "insightContext": {
            "statistics": {
                "baseline": {"average": burst.baseline.average(BASELINE_MINUTES)},
                "insight": {"average": burst.tally.average(minutes)},
                "insightDuration": minutes,
                "baselineDuration": BASELINE_MINUTES,
            },
            "attributions": burst.tally.attributions(minutes, &burst.baseline, is_call_rate),
        },
    });
    if let Some(details) = details.as_object_mut().filter(|_| !is_call_rate) {
        details.insert("errorCode".to_owned(), json!(burst.subject.error));
    }
    let event = json!({
        "eventVersion": "1.08",
        "eventTime": Timestamp(time).whole_seconds().iso8601(),
        "awsRegion": call.region,
        "eventID": call.ids().uuid(),
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": call.account,
        "sharedEventID": burst.id,
        "insightDetails": details,
        "eventCategory": "Insight",
    });
    tx.emit(&stream_name(&call.account, &call.region), &event)?;
    // AWS: EventBridge user guide: "AWS Insight via CloudTrail".
    let notice = Notice {
        source: "aws.cloudtrail",
        detail_type: "AWS Insight via CloudTrail",
        resources: Vec::new(),
        detail: event,
    };
    bus::publish(call, tx, &call.account, &call.region, notice)
}
