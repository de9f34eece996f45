//! Looks into CloudTrail's event history, as an administrator with the AWS CLI would, and asks the double why.

use serde_json::Value;

use crate::expectation::EventTest;

/// One record, as far as a rehearsal looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `requestID`
    pub request_id: String,
    /// `eventTime`, RFC 3339.
    pub time: String,
    /// `errorCode`
    pub error: Option<String>,
    /// Every name the caller goes by: user name, session name, access key id, ARN.
    pub callers: Vec<String>,
}

/// Reads the answer of `aws cloudtrail lookup-events`, newest first as it comes.
/// AWS: CloudTrail user guide, "CloudTrail record contents" and "userIdentity element".
pub fn records(answer: &str) -> Result<Vec<Record>, String> {
    let answer: Value = serde_json::from_str(answer).map_err(|error| format!("lookup-events: {error}"))?;
    let events = answer.get("Events").and_then(Value::as_array).ok_or("lookup-events answered no Events")?;
    events.iter().map(record).collect()
}

fn record(event: &Value) -> Result<Record, String> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let body = text(event, "CloudTrailEvent").ok_or("an event has no CloudTrailEvent")?;
    let body: Value = serde_json::from_str(&body).map_err(|error| format!("CloudTrailEvent: {error}"))?;
    let mut callers: Vec<String> = text(event, "Username").into_iter().collect();
    if let Some(identity) = body.get("userIdentity") {
        callers.extend(
            ["userName", "arn", "accessKeyId", "invokedBy"].iter().filter_map(|name| text(identity, name)),
        );
        if let Some((_, session)) = text(identity, "arn").as_deref().and_then(|arn| arn.rsplit_once('/')) {
            callers.push(session.to_owned());
        }
    }
    Ok(Record {
        request_id: text(&body, "requestID").unwrap_or_default(),
        time: text(&body, "eventTime").ok_or("an event has no eventTime")?,
        error: text(&body, "errorCode"),
        callers,
    })
}

/// Judges a test by the records of that event name. `now` is the double's time.
pub fn judge(test: &EventTest, records: &[Record], now: &str) -> Result<(), String> {
    let mut matching = 0_usize;
    for record in records {
        let young = match test.within {
            Some(seconds) => age(&record.time, now)? <= seconds,
            None => true,
        };
        let error = test.error.is_none() || test.error == record.error;
        if young && error && record.callers.contains(&test.by) {
            matching = matching.saturating_add(1);
        }
    }
    match (test.present, matching) {
        (true, 0) => Err(summary(&test.name, records)),
        (false, 1..) => Err(format!("{matching} of them are recorded")),
        _ => Ok(()),
    }
}

fn summary(name: &str, records: &[Record]) -> String {
    if records.is_empty() {
        return format!("no {name} is recorded");
    }
    let few: Vec<String> = records
        .iter()
        .take(5)
        .map(|record| {
            let caller = record.callers.first().map_or("nobody", String::as_str);
            let error = record.error.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
            format!("{} by {caller}{error}", record.time)
        })
        .collect();
    format!("{} recorded, but: {}", records.len(), few.join("; "))
}

fn age(time: &str, now: &str) -> Result<i64, String> {
    let second = |text: &str| {
        text.parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_second)
            .map_err(|error| format!("`{text}`: {error}"))
    };
    Ok(second(now)?.saturating_sub(second(time)?))
}

/// The request id of the newest refused call of an operation with this error code.
pub fn refused_request(records: &[Record], code: &str) -> Option<String> {
    // CloudTrail writes some codes with another ending than the wire: AccessDenied for AccessDeniedException and back.
    let stem = code.trim_end_matches("Exception");
    let same = |error: &str| error.rsplit('.').next().unwrap_or(error).trim_end_matches("Exception") == stem;
    let newest = records.iter().find(|record| record.error.as_deref().is_some_and(same))?;
    Some(newest.request_id.clone()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::Expectation;
    use crate::expectation_parser::parse;

    fn answer() -> String {
        let event = |time: &str, id: &str, error: Option<&str>, identity: Value| {
            let body = serde_json::json!({
                "eventTime": time, "requestID": id, "errorCode": error, "userIdentity": identity
            });
            serde_json::json!({"EventName": "CreateAccessKey", "Username": "x", "CloudTrailEvent": body.to_string()})
        };
        serde_json::json!({"Events": [
            event("2026-01-01T00:10:00Z", "r-2", Some("AccessDenied"), serde_json::json!({
                "type": "IAMUser", "userName": "bob", "accessKeyId": "AKIABOB", "arn": "arn:aws:iam::1:user/bob"})),
            event("2026-01-01T00:00:00Z", "r-1", None, serde_json::json!({
                "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ops/night"})),
        ]})
        .to_string()
    }

    fn verdict(line: &str) -> Result<(), String> {
        let Expectation::Event(test) = parse(line).expect(line) else { panic!("not an event") };
        judge(&test, &records(&answer()).expect("reads"), "2026-01-01T00:12:00Z")
    }

    #[test]
    fn callers_go_by_several_names() {
        for by in ["bob", "AKIABOB", "arn:aws:iam::1:user/bob", "night"] {
            verdict(&format!("event CreateAccessKey by \"{by}\"")).expect(by);
        }
        assert_eq!(
            verdict("event CreateAccessKey by \"eve\"").expect_err("eve did nothing"),
            "2 recorded, but: 2026-01-01T00:10:00Z by x (AccessDenied); 2026-01-01T00:00:00Z by x"
        );
    }

    #[test]
    fn age_error_and_absence_count() {
        verdict("event CreateAccessKey by \"bob\" within 5m with error AccessDenied").expect("young enough");
        assert!(verdict("event CreateAccessKey by \"night\" within 5m").is_err());
        assert!(verdict("event CreateAccessKey by \"night\" with error AccessDenied").is_err());
        assert_eq!(
            verdict("no event CreateAccessKey by \"bob\"").expect_err("there"),
            "1 of them are recorded"
        );
        verdict("no event CreateAccessKey by \"bob\" within 1m").expect("too old");
    }

    #[test]
    fn the_newest_refusal_is_the_one_to_explain() {
        let records = records(&answer()).expect("reads");
        assert_eq!(refused_request(&records, "AccessDeniedException"), Some("r-2".into()));
        assert_eq!(refused_request(&records, "NoSuchEntity"), None);
    }
}
