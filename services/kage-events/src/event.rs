//! Events as rules match them and targets receive them.

use crate::bus::Place;
use kage_api_events::types::PutEventsRequestEntry;
use kage_core::{Call, Millis};
use kage_schema::Timestamp;
use serde_json::{Map, Value, json};

/// An error of one entry of `PutEvents`: code and text. AWS: EventBridge API reference, `PutEventsResultEntry`; texts recorded
/// by LocalStack in `test_events.snapshot.json`.
pub type Refused = (&'static str, String);

/// Size of an entry in bytes. AWS: EventBridge user guide, "Calculating PutEvents event entry size".
pub fn size(entry: &PutEventsRequestEntry) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let time = if entry.time.is_some() { 14 } else { 0 };
    let resources = entry.resources.iter().flatten().map(String::len).sum::<usize>();
    [text(&entry.source), text(&entry.detail_type), text(&entry.detail), resources]
        .into_iter()
        .fold(time, usize::saturating_add)
}

/// The event of an entry.
///
/// # Errors
/// [`Refused`].
pub fn of_entry(call: &Call<'_>, entry: &PutEventsRequestEntry, bus: &Place) -> Result<Value, Refused> {
    let source = required(entry.source.as_deref(), "Source")?;
    let detail_type = required(entry.detail_type.as_deref(), "DetailType")?;
    let detail = required(entry.detail.as_deref(), "Detail")?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    let Ok(detail @ Value::Object(_)) = serde_json::from_str::<Value>(detail) else {
        return Err(("MalformedDetail", "Detail is malformed.".to_owned()));
    };
    let time = entry.time.unwrap_or(call.now);
    Ok(json!({
        "version": "0",
        "id": call.ids().uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": call.account,
        "time": time.whole_seconds().iso8601(),
        "region": bus.region,
        "resources": entry.resources.clone().unwrap_or_default(),
        "detail": detail,
    }))
}

fn required<'t>(text: Option<&'t str>, name: &str) -> Result<&'t str, Refused> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| {
        let text = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
        ("InvalidArgument", text)
    })
}

/// The event of a schedule. AWS: EventBridge user guide, "Creating a rule that runs on a schedule".
pub fn scheduled(call: &Call<'_>, rule_arn: &str, at: Millis) -> Value {
    json!({
        "version": "0",
        "id": call.ids().uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": call.account,
        "time": Timestamp(at).whole_seconds().iso8601(),
        "region": call.region,
        "resources": [rule_arn],
        "detail": {},
    })
}

/// The event as a replay sends it. AWS: EventBridge user guide, "Archiving and replaying events": `replay-name`.
pub fn replayed(event: &Value, replay: &str) -> Value {
    let mut out = Map::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        out.insert(name.clone(), value.clone());
        if name == "region" {
            out.insert("replay-name".to_owned(), Value::from(replay));
        }
    }
    out.entry("replay-name").or_insert_with(|| Value::from(replay));
    Value::Object(out)
}

/// Whether it is a management event of an API call that only reads: rules see it in one state only.
pub fn is_reading_call(event: &Value) -> bool {
    let detail = &event["detail"];
    event["detail-type"] == "AWS API Call via CloudTrail"
        && detail["readOnly"] == true
        && detail["managementEvent"] != false
}
