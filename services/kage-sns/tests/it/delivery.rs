//! Deliveries that fail: refused, tried again, buried.

use crate::kit::{
    body, call, publish, queue, queue_arn, receive, received, services, subscribe, text, topic, world,
};
use kage_core::{
    Access, Call, Error, Lookup, Operation, Resource, ResourcePolicy, Result, Semantics, Service, Tx,
};
use kage_schema::OperationModel;
use kage_test::{MANAGEMENT, World};
use serde_json::{Value, json};

#[test]
fn a_queue_policy_can_refuse_and_the_refusal_is_recorded() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let input = json!({"QueueName": "closed"});
    let closed = text(&world.call(&admin, "sqs", "CreateQueue", input).ok()["QueueUrl"]);
    let dead = queue(&world, &admin, "dead", json!({}));
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("closed"), json!({"RedrivePolicy": redrive}));
    let sent = publish(&world, &admin, &arn, "x", json!({}));
    assert!(receive(&world, &admin, &closed).is_empty());
    let buried = receive(&world, &admin, &dead).remove(0);
    assert_eq!(body(&buried)["MessageId"], sent["MessageId"]);
    let told = |name: &str| text(&buried["MessageAttributes"][name]["StringValue"]);
    assert_eq!(told("ErrorCode"), "403");
    assert!(told("ErrorMessage").starts_with("AccessDenied: "), "{}", told("ErrorMessage"));
    let stream = kage_record::stream_name(MANAGEMENT, "us-east-1", false);
    let events = world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 100));
    let refused =
        events.iter().map(|stored| &stored.event).find(|event| event["errorCode"] == "AccessDenied").unwrap();
    assert_eq!(
        (&refused["eventName"], &refused["userIdentity"]["invokedBy"]),
        (&json!("SendMessage"), &json!("sns.amazonaws.com"))
    );
    // A policy for another topic refuses too.
    let other = topic(&world, &admin, "other");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn("closed"), "Condition": {"ArnEquals": {"aws:SourceArn": other}},
        }],
    });
    let set = json!({"QueueUrl": closed, "Attributes": {"Policy": policy.to_string()}});
    world.call(&admin, "sqs", "SetQueueAttributes", set).ok();
    publish(&world, &admin, &arn, "y", json!({}));
    assert!(receive(&world, &admin, &closed).is_empty());
    subscribe(&world, &admin, &other, "sqs", &queue_arn("closed"), json!({}));
    publish(&world, &admin, &other, "z", json!({}));
    assert_eq!(received(&world, &admin, &closed), ["z"]);
}

#[test]
fn a_queue_that_is_gone_loses_messages_without_a_dead_letter_queue() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("none"), json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    publish(&world, &admin, &arn, "x", json!({}));
    // The other subscription is served all the same, once.
    assert_eq!(received(&world, &admin, &url), ["x"]);
    world.advance(86_400_000);
    let again = json!({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]});
    let count = world.call(&admin, "sqs", "GetQueueAttributes", again).ok();
    assert_eq!(count["Attributes"]["ApproximateNumberOfMessages"], "1");
}

#[test]
fn an_encrypted_queue_takes_a_key_policy_for_the_topic() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let made = world.call(&admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"].clone();
    let (key, id) = (made["Arn"].clone(), made["KeyId"].clone());
    let url = queue(&world, &admin, "q", json!({"KmsMasterKeyId": key}));
    let dead = queue(&world, &admin, "dead", json!({}));
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({"RedrivePolicy": redrive}));
    publish(&world, &admin, &arn, "one", json!({}));
    let buried = receive(&world, &admin, &dead).remove(0);
    let why = text(&buried["MessageAttributes"]["ErrorMessage"]["StringValue"]);
    assert!(why.starts_with("KMS.AccessDeniedException: "), "{why}");
    // AWS: SNS developer guide, "Configuring permissions for an encrypted SQS queue".
    let allow_as = |source: &str| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "kms:*", "Resource": "*"},
            {
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "*",
                "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Condition": {"ArnLike": {"aws:SourceArn": source}},
            },
        ]});
        let input = json!({"KeyId": id, "Policy": policy.to_string()});
        world.call(&admin, "kms", "PutKeyPolicy", input).ok();
    };
    allow_as("arn:aws:sns:us-east-1:111111111111:other");
    publish(&world, &admin, &arn, "two", json!({}));
    assert_eq!(received(&world, &admin, &dead), ["two"]);
    allow_as(&arn);
    publish(&world, &admin, &arn, "three", json!({}));
    assert_eq!(received(&world, &admin, &url), ["three"]);
}

#[test]
fn an_ended_subscription_gets_no_more() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    let subscription = subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    call(&world, &admin, "Publish", json!({"TopicArn": arn, "Message": "on its way"})).ok();
    call(&world, &admin, "Unsubscribe", json!({"SubscriptionArn": subscription})).ok();
    world.advance(0);
    assert!(receive(&world, &admin, &url).is_empty());
}

static MODELS: &[&kage_schema::ServiceModel] = &[&kage_api_lambda::SERVICE];

/// A function that SNS may invoke for one topic. It fails until the double's clock has moved on by 1.5 seconds.
struct Invoke;

struct Function {
    arn: String,
}

impl Resource for Function {
    fn arn(&self) -> String {
        self.arn.clone()
    }
    fn owner(&self) -> Option<String> {
        Some(MANAGEMENT.to_owned())
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let topic = format!("arn:aws:sns:us-east-1:{MANAGEMENT}:t");
        let text = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction",
                "Resource": self.arn, "Condition": {"ArnLike": {"aws:SourceArn": topic}},
            }],
        });
        Some(ResourcePolicy { text: text.to_string().into(), semantics: Semantics::Generic })
    }
}

impl Operation for Invoke {
    const MODEL: &'static OperationModel = &kage_api_lambda::operations::INVOKE;
    type Input = kage_api_lambda::types::InvocationRequest;
    type Output = kage_api_lambda::types::InvocationResponse;
    type Target = Function;

    fn resolve(_: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Function>> {
        Ok(Lookup::Found(Function { arn: input.function_name.clone() }))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Function>) -> Access {
        Access::on("lambda:InvokeFunction", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, _: Function, input: &Self::Input) -> Result<Self::Output> {
        if call.now.milliseconds() % 60_000 < 6_500 {
            return Err(Error::new("ServiceException", 500, "not yet"));
        }
        assert_eq!(input.invocation_type.as_deref(), Some("Event"));
        let event: Value = serde_json::from_slice(&input.payload.as_ref().unwrap().0).unwrap();
        tx.emit("test/invocations", &event)?;
        Ok(Self::Output { status_code: Some(202), ..Self::Output::default() })
    }
}

fn invocations(world: &World) -> Vec<Value> {
    let entries = world.write(|tx| Ok(tx.reads().stream_read("test/invocations", 0, 100)?));
    entries.iter().map(|(_, bytes)| serde_json::from_slice(bytes).unwrap()).collect()
}

#[test]
fn a_function_gets_the_event_when_it_can_and_may() {
    let mut all = services();
    all.push(Service {
        models: MODELS,
        event_source: "lambda.amazonaws.com",
        operations: vec![kage_core::operation::<Invoke>()],
        jobs: Vec::new(),
        ..kage_sns::service()
    });
    let world = World::new(all);
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let function = format!("arn:aws:lambda:us-east-1:{MANAGEMENT}:function:f");
    let subscription = subscribe(&world, &admin, &arn, "lambda", &function, json!({}));
    let sent = publish(&world, &admin, &arn, "hello", json!({}));
    // Three retries at once and one after a second fail; the one after two seconds works.
    assert!(invocations(&world).is_empty());
    world.advance(1_000);
    assert!(invocations(&world).is_empty());
    world.advance(1_000);
    let unsubscribe =
        format!("https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}");
    assert_eq!(
        invocations(&world),
        [json!({"Records": [{
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription,
            "Sns": {
                "Type": "Notification", "MessageId": sent["MessageId"], "TopicArn": arn, "Subject": null,
                "Message": "hello", "Timestamp": "2026-01-02T03:04:05.000Z", "MessageAttributes": {},
                "UnsubscribeUrl": unsubscribe,
            },
        }]})]
    );
    // The function's policy names another topic.
    let other = topic(&world, &admin, "other");
    subscribe(&world, &admin, &other, "lambda", &function, json!({}));
    publish(&world, &admin, &other, "x", json!({}));
    world.advance(3_600_000);
    assert_eq!(invocations(&world).len(), 1);
}
