//! HTTP endpoints.

use crate::kit::{body, call, publish, queue, queue_arn, receive, services, subscribe, topic};
use kage_core::{Courier, Origin, Outside, Parcel, Receipt};
use kage_pipeline::{Head, Opening};
use kage_schema::Body;
use kage_test::{Caller, World};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A courier that keeps what it is given and answers with the next status; 200 when none is left.
#[derive(Default)]
struct Keeper {
    parcels: Mutex<Vec<Parcel>>,
    statuses: Mutex<Vec<u16>>,
}

impl Courier for Keeper {
    fn deliver(&self, parcel: &Parcel) -> Result<Receipt, String> {
        self.parcels.lock().unwrap().push(parcel.clone());
        match self.statuses.lock().unwrap().pop() {
            Some(0) => Err("connection refused".to_owned()),
            Some(status) => Ok(Receipt { status, body: Vec::new() }),
            None => Ok(Receipt { status: 200, body: Vec::new() }),
        }
    }
}

impl Keeper {
    fn count(&self) -> usize {
        self.parcels.lock().unwrap().len()
    }
    fn last(&self) -> (Value, Vec<(String, String)>) {
        let parcels = self.parcels.lock().unwrap();
        let parcel = parcels.last().unwrap();
        (serde_json::from_slice(&parcel.body).unwrap_or(Value::Null), parcel.headers.clone())
    }
    fn will_answer(&self, statuses: &[u16]) {
        *self.statuses.lock().unwrap() = statuses.iter().rev().copied().collect();
    }
}

fn world() -> (World, Arc<Keeper>, Caller) {
    let keeper = Arc::new(Keeper::default());
    let outside = Outside { courier: Some(keeper.clone()), ..Outside::default() };
    let world = World::with_outside(services(), outside);
    let admin = world.admin();
    (world, keeper, admin)
}

/// Moves the clock and waits for what was sent meanwhile.
fn advance(world: &World, ms: i64) {
    world.advance(ms);
    world.pipeline.wait_for_errands();
    world.advance(0);
}

/// A confirmed subscription of `http://127.0.0.1:9/hook`.
fn confirmed(world: &World, keeper: &Keeper, admin: &Caller, arn: &str, attributes: Value) {
    subscribe(world, admin, arn, "http", "http://127.0.0.1:9/hook", attributes);
    advance(world, 0);
    let (json, _) = keeper.last();
    let input = json!({"TopicArn": arn, "Token": json["Token"]});
    call(world, admin, "ConfirmSubscription", input).ok();
}

#[test]
fn an_endpoint_is_asked_and_then_served() {
    let (world, keeper, admin) = world();
    let arn = topic(&world, &admin, "t");
    confirmed(&world, &keeper, &admin, &arn, json!({}));
    let (asked, headers) = keeper.last();
    assert_eq!((&asked["Type"], &asked["TopicArn"]), (&json!("SubscriptionConfirmation"), &json!(arn)));
    assert!(asked["SubscribeURL"].as_str().unwrap().contains("Action=ConfirmSubscription"));
    assert!(headers.contains(&("x-amz-sns-message-type".to_owned(), "SubscriptionConfirmation".to_owned())));
    publish(&world, &admin, &arn, "hello", json!({}));
    advance(&world, 0);
    assert_eq!(keeper.count(), 2);
    let (json, headers) = keeper.last();
    assert_eq!((&json["Type"], &json["Message"]), (&json!("Notification"), &json!("hello")));
    assert!(headers.contains(&("x-amz-sns-topic-arn".to_owned(), arn)));
    assert!(headers.contains(&("Content-Type".to_owned(), "text/plain; charset=UTF-8".to_owned())));
}

/// An unsigned GET of a URL at the double; gives the status and the text of the answer.
fn get(world: &World, url: &str) -> (u16, String) {
    let (_, query) = url.split_once("/?").unwrap();
    let head = Head {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: query.to_owned(),
        headers: vec![("host".to_owned(), b"127.0.0.1:4566".to_vec())],
        origin: Origin { source_ip: "127.0.0.1".to_owned(), ..Origin::default() },
    };
    let answer = match world.pipeline.open(head) {
        Opening::Refused(answer) => answer,
        Opening::Body(intake) => intake.finish(),
    };
    let text = match answer.response.body {
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    };
    (answer.response.status, text)
}

#[test]
fn an_endpoint_confirms_and_ends_by_its_urls_without_a_signature() {
    let (world, keeper, admin) = world();
    let arn = topic(&world, &admin, "t");
    let subscription = subscribe(&world, &admin, &arn, "http", "http://127.0.0.1:9/hook", json!({}));
    advance(&world, 0);
    let url = keeper.last().0["SubscribeURL"].as_str().unwrap().to_owned();
    let (status, text) = get(&world, &url.replace("Token=", "Token=00"));
    assert!(status == 400 && text.contains("Invalid parameter: Token"), "{text}");
    let (status, text) = get(&world, &url);
    assert!(
        status == 200 && text.contains(&format!("<SubscriptionArn>{subscription}</SubscriptionArn>")),
        "{text}"
    );
    let shown =
        call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription})).ok();
    assert_eq!(shown["Attributes"]["ConfirmationWasAuthenticated"], "false");
    let end = |arn: &str| {
        get(&world, &format!("http://h/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn={arn}"))
    };
    assert_eq!(end(&subscription).0, 200);
    let gone = call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription}));
    assert_eq!(gone.code(), Some("NotFound"));
    // A subscription that was confirmed by a signed call ends by one only, and nothing else answers unsigned calls.
    let signed = subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    assert_eq!(end(&signed).0, 403);
    assert_eq!(get(&world, "http://h/?Action=ListTopics&Version=2010-03-31").0, 403);
}

#[test]
fn raw_delivery_posts_the_message_itself() {
    let (world, keeper, admin) = world();
    let arn = topic(&world, &admin, "t");
    let policy = json!({"requestPolicy": {"headerContentType": "application/json"}}).to_string();
    confirmed(&world, &keeper, &admin, &arn, json!({"RawMessageDelivery": "true", "DeliveryPolicy": policy}));
    publish(&world, &admin, &arn, r#"{"a": 1}"#, json!({}));
    advance(&world, 0);
    let (json, headers) = keeper.last();
    assert_eq!(json, json!({"a": 1}));
    assert!(headers.contains(&("x-amz-sns-rawdelivery".to_owned(), "true".to_owned())));
    assert!(headers.contains(&("Content-Type".to_owned(), "application/json".to_owned())));
}

#[test]
fn failures_are_tried_again_by_the_policy_and_then_buried() {
    let (world, keeper, admin) = world();
    let arn = topic(&world, &admin, "t");
    let dead = queue(&world, &admin, "dead", json!({}));
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    confirmed(&world, &keeper, &admin, &arn, json!({"RedrivePolicy": redrive}));
    // It works at the second try, 20 seconds later.
    keeper.will_answer(&[503, 200]);
    publish(&world, &admin, &arn, "one", json!({}));
    advance(&world, 0);
    assert_eq!(keeper.count(), 2);
    advance(&world, 19_999);
    assert_eq!(keeper.count(), 2);
    advance(&world, 1);
    assert_eq!(keeper.count(), 3);
    advance(&world, 3_600_000);
    assert_eq!(keeper.count(), 3);
    // Four tries in all, then the dead-letter queue.
    keeper.will_answer(&[500, 0, 429, 500]);
    publish(&world, &admin, &arn, "two", json!({}));
    for _ in 0..4 {
        advance(&world, 20_000);
    }
    assert_eq!(keeper.count(), 7);
    let buried = receive(&world, &admin, &dead);
    assert_eq!((buried.len(), &body(&buried[0])["Message"]), (1, &json!("two")));
    assert_eq!(buried[0]["MessageAttributes"]["ErrorCode"]["StringValue"], "500");
    // A client error is not tried again.
    keeper.will_answer(&[404]);
    publish(&world, &admin, &arn, "three", json!({}));
    advance(&world, 3_600_000);
    assert_eq!(keeper.count(), 8);
    assert_eq!(body(&receive(&world, &admin, &dead)[0])["Message"], "three");
}
