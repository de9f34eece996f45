//! Deliveries that fail for a while. The topic is a stand-in that answers 503 until a time in its name.

use crate::support::{Double, EAST};
use kage_api_sns::types::{PublishInput, PublishResponse};
use kage_core::{Access, Call, DenialStyle, Error, Lookup, Operation, Result, Service, Tx, operation};
use kage_schema::{OperationModel, ServiceModel};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

static MODELS: [&ServiceModel; 1] = [&kage_api_sns::SERVICE];

struct Flaky;

impl Operation for Flaky {
    type Input = PublishInput;
    type Output = PublishResponse;
    type Target = ();

    const MODEL: &'static OperationModel = &kage_api_sns::operations::PUBLISH;

    fn resolve(_: &Call<'_>, _: &Tx, _: &PublishInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, input: &PublishInput, _: &Lookup<()>) -> Access {
        Access::to("sns:Publish", input.topic_arn.clone().unwrap_or_default())
    }

    fn run(call: &Call<'_>, _: &mut Tx, (): (), input: &PublishInput) -> Result<PublishResponse> {
        let until = input.topic_arn.as_deref().and_then(|arn| arn.rsplit('-').next()?.parse::<i64>().ok());
        if call.now.milliseconds() < until.unwrap_or(0) {
            return Err(Error::new("ServiceUnavailable", 503, "Please try again."));
        }
        Ok(PublishResponse::default())
    }
}

/// A topic that works again after so many milliseconds.
fn topic() -> Service {
    Service {
        models: &MODELS,
        event_source: "sns.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "InvalidParameter",
        validation_first: false,
        operations: vec![operation::<Flaky>()],
        jobs: Vec::new(),
    }
}

struct Trouble {
    double: Double,
    dead_url: String,
    start: i64,
}

/// One event on its way to a topic that is down for a while.
fn trouble(down_ms: i64, policy: Value) -> Trouble {
    let double = Double::with(vec![topic()]);
    let start = double.world.now();
    let (dead_url, dead_arn) = double.open_queue("dead");
    let arn = format!("arn:aws:sns:{EAST}:{MANAGEMENT}:down-{}", start + down_ms);
    let role = double.role("sender", "events.amazonaws.com", "sns:Publish", "*");
    double.events("PutRule", json!({"Name": "r", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let mut target = json!({"Id": "t", "Arn": arn, "RoleArn": role, "DeadLetterConfig": {"Arn": dead_arn}});
    if policy.is_object() {
        target["RetryPolicy"] = policy;
    }
    double.events("PutTargets", json!({"Rule": "r", "Targets": [target]}));
    double.put("shop", &json!({}));
    Trouble { double, dead_url, start }
}

impl Trouble {
    /// When EventBridge tried, in seconds from the start, and whether it worked.
    fn tries(&self) -> Vec<(i64, bool)> {
        let stream = kage_record::stream_name(MANAGEMENT, EAST, true);
        let stored = self.double.world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 10_000));
        let publishes = stored.into_iter().map(|stored| stored.event);
        publishes
            .filter(|event| event["eventName"] == "Publish")
            .map(|event| {
                let time = event["eventTime"].as_str().unwrap();
                let at = kage_schema::Timestamp::parse_iso8601(time).unwrap().milliseconds();
                ((at - self.start) / 1000, event["errorCode"].is_null())
            })
            .collect()
    }

    fn dead(&self) -> Vec<Value> {
        self.double.take(&self.dead_url)
    }
}

#[test]
fn tries_come_at_doubled_distances_until_one_works() {
    // claims: LOG-EVENTBRIDGE-02
    let trouble = trouble(10_000, Value::Null);
    trouble.double.world.advance(3_600_000);
    let expected = [(0, false), (1, false), (3, false), (7, false), (15, true)];
    assert_eq!(trouble.tries(), expected);
    assert!(trouble.dead().is_empty());
}

#[test]
fn after_the_last_attempt_the_event_is_a_dead_letter() {
    let trouble = trouble(i64::MAX / 2, json!({"MaximumRetryAttempts": 2}));
    trouble.double.world.advance(3_600_000);
    assert_eq!(trouble.tries().len(), 3);
    let dead = trouble.dead();
    let attribute = |name: &str| dead[0]["MessageAttributes"][name]["StringValue"].clone();
    assert_eq!(dead.len(), 1);
    assert_eq!(attribute("ERROR_CODE"), "ERROR_FROM_TARGET");
    assert_eq!(attribute("ERROR_MESSAGE"), "Please try again.");
    assert_eq!(attribute("EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
    assert_eq!(attribute("RETRY_ATTEMPTS"), "2");
}

#[test]
fn an_event_gets_too_old() {
    let trouble = trouble(i64::MAX / 2, json!({"MaximumEventAgeInSeconds": 60}));
    trouble.double.world.advance(3_600_000);
    let dead = trouble.dead();
    let attribute = |name: &str| dead[0]["MessageAttributes"][name]["StringValue"].clone();
    assert_eq!(attribute("EXHAUSTED_RETRY_CONDITION"), "MaximumEventAgeInSeconds");
    assert_eq!(trouble.tries().last().unwrap().0, 31);
}

#[test]
fn without_a_policy_it_ends_after_a_day() {
    let trouble = trouble(i64::MAX / 2, Value::Null);
    trouble.double.world.advance(25 * 3_600_000);
    let tries = trouble.tries();
    assert!((170..=186).contains(&tries.len()), "{}", tries.len());
    assert_eq!(trouble.dead().len(), 1);
    trouble.double.world.advance(25 * 3_600_000);
    assert_eq!(trouble.tries().len(), tries.len());
}
