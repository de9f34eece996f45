//! Notifications: who may be told, and what they are told.

use crate::rest::{Reply, S3};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// An archive of a function that does nothing.
const CODE: &str = "UEsDBBQAAAAAAAAAIQBqMiAxDwAAAA8AAAAEAAAAbS5weWRlZiBoKGUsYyk6cGFzc1BLAQIUAxQAAAAAAAAAIQBqMiAxDwAAAA8AAAAEAAAAAAAAAAAAAACAAQAAAABtLnB5UEsFBgAAAAABAAEAMgAAADEAAAAAAA==";

fn double() -> S3 {
    S3::with(vec![
        kage_sts::service(),
        kage_sqs::service(),
        kage_sns::service(),
        kage_lambda::service(),
        kage_events::service(),
    ])
}

fn document(rules: &str) -> String {
    format!(
        "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</NotificationConfiguration>"
    )
}

/// A rule for one destination.
fn rule(kind: &str, arn: &str, events: &[&str], filter: &[(&str, &str)]) -> String {
    let outer = if kind == "CloudFunction" { "CloudFunction" } else { kind };
    let events: String = events.iter().map(|event| format!("<Event>{event}</Event>")).collect();
    let filter: String = filter
        .iter()
        .map(|(name, value)| format!("<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"))
        .collect();
    let filter = match filter.as_str() {
        "" => String::new(),
        rules => format!("<Filter><S3Key>{rules}</S3Key></Filter>"),
    };
    format!("<{outer}Configuration><{kind}>{arn}</{kind}>{events}{filter}</{outer}Configuration>")
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:us-east-1:{MANAGEMENT}:{name}")
}

/// A policy that lets S3 do this for one bucket.
fn lets(action: &str, resource: &str, bucket: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": action, "Resource": resource,
    "Condition": {
        "ArnLike": {"aws:SourceArn": format!("arn:aws:s3:::{bucket}")},
        "StringEquals": {"aws:SourceAccount": MANAGEMENT},
    }}]})
    .to_string()
}

impl S3 {
    fn notify(&self, bucket: &str, rules: &str) -> Reply {
        self.put(&format!("/{bucket}?notification"), document(rules).as_bytes())
    }

    /// A queue to which S3 may send for the bucket: its URL.
    fn queue(&self, name: &str, bucket: &str) -> String {
        let policy = lets("sqs:SendMessage", &arn("sqs", name), bucket);
        let input = json!({"QueueName": name, "Attributes": {"Policy": policy}});
        let made = self.world.call(&self.admin, "sqs", "CreateQueue", input).ok();
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// Takes all messages of a queue.
    fn take(&self, url: &str) -> Vec<Value> {
        let mut out = Vec::new();
        loop {
            let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
            let got = self.world.call(&self.admin, "sqs", "ReceiveMessage", input).ok();
            let Some(messages) = got["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                return out;
            };
            out.extend(
                messages
                    .iter()
                    .map(|message| serde_json::from_str::<Value>(message["Body"].as_str().unwrap()).unwrap()),
            );
        }
    }

    /// What came to a queue since, in the order of events: names of events and their records.
    fn told(&self, url: &str) -> Vec<(String, Value)> {
        self.world.advance(0);
        let mut records: Vec<Value> =
            self.take(url).into_iter().map(|message| message["Records"][0].clone()).collect();
        records.sort_by_key(|record| record["s3"]["object"]["sequencer"].to_string());
        records.into_iter().map(|r| (r["eventName"].as_str().unwrap().to_owned(), r)).collect()
    }
}

#[test]
fn queues_are_told_what_happens_to_objects() {
    let s3 = double();
    s3.put("/b-queue", b"").ok();
    let url = s3.queue("q", "b-queue");
    let all = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"];
    s3.notify("b-queue", &rule("Queue", &arn("sqs", "q"), &all, &[])).ok();
    let test = s3.take(&url);
    assert_eq!(test.len(), 1);
    assert_eq!(
        (&test[0]["Service"], &test[0]["Event"], &test[0]["Bucket"]),
        (&json!("Amazon S3"), &json!("s3:TestEvent"), &json!("b-queue"))
    );
    let put = s3.put("/b-queue/a%20b%40c/d", b"body").ok();
    let told = s3.told(&url);
    let [(name, record)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(name, "ObjectCreated:Put");
    assert_eq!(
        (&record["eventSource"], &record["awsRegion"], &record["eventVersion"]),
        (&json!("aws:s3"), &json!("us-east-1"), &json!("2.6"))
    );
    assert_eq!(record["eventTime"], "2026-01-02T03:04:05.000Z");
    assert!(record["userIdentity"]["principalId"].as_str().unwrap().starts_with("AWS:AIDA"));
    // The ids are those of the answer.
    let ids = &record["responseElements"];
    assert_eq!(ids["x-amz-request-id"].as_str(), put.header("x-amz-request-id"));
    assert_eq!(ids["x-amz-id-2"].as_str(), put.header("x-amz-id-2"));
    let bucket = &record["s3"]["bucket"];
    assert_eq!((&bucket["name"], &bucket["arn"]), (&json!("b-queue"), &json!("arn:aws:s3:::b-queue")));
    let object = &record["s3"]["object"];
    assert_eq!((&object["key"], &object["size"]), (&json!("a+b%40c/d"), &json!(4)));
    assert_eq!(format!("\"{}\"", object["eTag"].as_str().unwrap()), put.header("etag").unwrap());
    assert_eq!(object.get("versionId"), None);
    assert_eq!(object["sequencer"].as_str().unwrap().len(), 18);
    let copy = [("x-amz-copy-source", "b-queue/a%20b%40c/d")];
    s3.send(Some(&s3.admin), "PUT", "/b-queue/copy", &copy, b"").ok();
    let tags = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
    s3.put("/b-queue/copy?tagging", tags).ok();
    s3.delete("/b-queue/copy").ok();
    // Deleting what is not there is an event too.
    s3.delete("/b-queue/never").ok();
    let mut names: Vec<String> = s3.told(&url).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(
        names,
        ["ObjectCreated:Copy", "ObjectRemoved:Delete", "ObjectRemoved:Delete", "ObjectTagging:Put"]
    );
    // SendMessage is recorded as S3's own call for the bucket.
    let sent = s3.data_events(MANAGEMENT).into_iter().rfind(|e| e["eventName"] == "SendMessage").unwrap();
    assert_eq!(sent["userIdentity"], json!({"type": "AWSService", "invokedBy": "s3.amazonaws.com"}));
    // An empty configuration ends it.
    s3.notify("b-queue", "").ok();
    s3.put("/b-queue/late", b"1").ok();
    assert!(s3.told(&url).is_empty());
}

#[test]
fn versions_and_markers_have_their_ids() {
    let s3 = double();
    s3.put("/b-marks", b"").ok();
    s3.put("/b-marks?versioning", b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>").ok();
    let url = s3.queue("q", "b-marks");
    s3.notify(
        "b-marks",
        &rule("Queue", &arn("sqs", "q"), &["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], &[]),
    )
    .ok();
    s3.take(&url);
    let made = s3.put("/b-marks/a", b"1").ok().header("x-amz-version-id").unwrap().to_owned();
    let marker = s3.delete("/b-marks/a").ok().header("x-amz-version-id").unwrap().to_owned();
    s3.delete(&format!("/b-marks/a?versionId={made}")).ok();
    let told = s3.told(&url);
    let short: Vec<(&str, Option<&str>, Option<&str>)> = told
        .iter()
        .map(|(name, record)| {
            let object = &record["s3"]["object"];
            (name.as_str(), object["versionId"].as_str(), object["eTag"].as_str())
        })
        .collect();
    assert_eq!(
        short,
        [
            ("ObjectCreated:Put", Some(made.as_str()), Some("c4ca4238a0b923820dcc509a6f75849b")),
            (
                "ObjectRemoved:DeleteMarkerCreated",
                Some(marker.as_str()),
                Some("d41d8cd98f00b204e9800998ecf8427e")
            ),
            ("ObjectRemoved:Delete", Some(made.as_str()), None),
        ]
    );
}

#[test]
fn filters_choose_keys_and_are_shown() {
    let s3 = double();
    s3.put("/b-filter", b"").ok();
    let url = s3.queue("q", "b-filter");
    let filter = [("prefix", "in/"), ("Suffix", ".jpg")];
    s3.notify("b-filter", &rule("Queue", &arn("sqs", "q"), &["s3:ObjectCreated:Put"], &filter)).ok();
    s3.take(&url);
    for key in ["in/a.jpg", "in/a.png", "out/a.jpg"] {
        s3.put(&format!("/b-filter/{key}"), b"1").ok();
    }
    let told = s3.told(&url);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["s3"]["object"]["key"], "in/a.jpg");
    let shown = s3.get("/b-filter?notification").ok();
    assert_eq!(shown.elements("Name"), ["Prefix", "Suffix"]);
    assert_eq!(shown.elements("Value"), ["in/", ".jpg"]);
    assert_eq!(shown.element("Queue"), Some(arn("sqs", "q")));
    assert_eq!(told[0].1["s3"]["configurationId"].as_str(), shown.element("Id").as_deref());
}

#[test]
fn topics_and_functions_are_told_too() {
    let s3 = double();
    s3.put("/b-fan", b"").ok();
    let queue = s3.world.call(&s3.admin, "sqs", "CreateQueue", json!({"QueueName": "behind"})).ok();
    let url = queue["QueueUrl"].as_str().unwrap();
    let topic = s3.world.call(&s3.admin, "sns", "CreateTopic", json!({"Name": "t"})).ok();
    let topic = topic["TopicArn"].as_str().unwrap();
    let attributes = |name: &str, value: String| {
        let input = json!({"TopicArn": topic, "AttributeName": name, "AttributeValue": value});
        s3.world.call(&s3.admin, "sns", "SetTopicAttributes", input).ok();
    };
    attributes("Policy", lets("sns:Publish", topic, "b-fan"));
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]});
    let input = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    s3.world.call(&s3.admin, "sqs", "SetQueueAttributes", input).ok();
    let input = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn("sqs", "behind")});
    s3.world.call(&s3.admin, "sns", "Subscribe", input).ok();
    let role = json!({"RoleName": "f", "AssumeRolePolicyDocument": json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}).to_string()});
    let role = s3.world.call(&s3.admin, "iam", "CreateRole", role).ok();
    let function = json!({"FunctionName": "f", "Role": role["Role"]["Arn"], "Code": {"ZipFile": CODE}, "Handler": "m.h", "Runtime": "python3.13"});
    s3.world.call(&s3.admin, "lambda", "CreateFunction", function).ok();
    let rules = [
        rule("Topic", topic, &["s3:ObjectCreated:*"], &[]),
        rule("CloudFunction", &arn("lambda", "function:f"), &["s3:ObjectRemoved:*"], &[]),
    ]
    .concat();
    let refused = s3.notify("b-fan", &rules);
    assert_eq!(
        refused.element("ArgumentName1"),
        Some(format!("{}, null", arn("lambda", "function:f"))),
        "{}",
        refused.text()
    );
    let permission = json!({
        "FunctionName": "f", "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::b-fan", "SourceAccount": MANAGEMENT,
    });
    s3.world.call(&s3.admin, "lambda", "AddPermission", permission).ok();
    s3.notify("b-fan", &rules).ok();
    s3.world.advance(0);
    let test: Vec<Value> = s3.take(url);
    assert_eq!(test.len(), 1, "the refused configuration left no test message: {test:?}");
    assert_eq!(test[0]["Subject"], "Amazon S3 Notification");
    assert!(test[0]["Message"].as_str().unwrap().contains("s3:TestEvent"));
    s3.put("/b-fan/a", b"1").ok();
    s3.delete("/b-fan/a").ok();
    s3.world.advance(0);
    let got: Vec<Value> = s3.take(url);
    let message: Value = serde_json::from_str(got[0]["Message"].as_str().unwrap()).unwrap();
    assert_eq!((got.len(), &message["Records"][0]["eventName"]), (1, &json!("ObjectCreated:Put")));
    let events = s3.data_events(MANAGEMENT);
    let invoked: Vec<&Value> = events
        .iter()
        .filter(|e| e["eventName"] == "Invoke" && e["requestParameters"]["invocationType"] == "Event")
        .collect();
    assert_eq!(invoked.len(), 1);
    assert_eq!(invoked[0]["userIdentity"]["invokedBy"], "s3.amazonaws.com");
}

#[test]
fn eventbridge_has_every_event() {
    let s3 = double();
    s3.put("/b-bus", b"").ok();
    let url = s3.queue("q", "b-bus");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]});
    let input = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    s3.world.call(&s3.admin, "sqs", "SetQueueAttributes", input).ok();
    let events = |operation: &str, input: Value| s3.world.call(&s3.admin, "events", operation, input).ok();
    let pattern = json!({"source": ["aws.s3"], "detail": {"bucket": {"name": ["b-bus"]}}});
    events("PutRule", json!({"Name": "r", "EventPattern": pattern.to_string()}));
    events("PutTargets", json!({"Rule": "r", "Targets": [{"Id": "1", "Arn": arn("sqs", "q")}]}));
    s3.put("/b-bus/before", b"1").ok();
    s3.notify("b-bus", "<EventBridgeConfiguration/>").ok();
    assert!(s3.get("/b-bus?notification").ok().text().contains("EventBridgeConfiguration"));
    let put = s3.put("/b-bus/a%20b", b"1").ok();
    s3.delete("/b-bus/a%20b").ok();
    s3.world.advance(1000);
    let mut got = s3.take(&url);
    got.sort_by_key(|event| event["detail"]["object"]["sequencer"].to_string());
    let [created, deleted] = got.as_slice() else { panic!("{got:?}") };
    assert_eq!(
        (&created["detail-type"], &created["resources"], &created["account"]),
        (&json!("Object Created"), &json!(["arn:aws:s3:::b-bus"]), &json!(MANAGEMENT))
    );
    let detail = &created["detail"];
    assert_eq!((&detail["reason"], &detail["requester"]), (&json!("PutObject"), &json!(MANAGEMENT)));
    assert_eq!(detail["request-id"].as_str(), put.header("x-amz-request-id"));
    assert_eq!((&detail["object"]["key"], &detail["object"]["size"]), (&json!("a b"), &json!(1)));
    assert_eq!(detail["object"]["etag"], "c4ca4238a0b923820dcc509a6f75849b");
    let detail = &deleted["detail"];
    assert_eq!(
        (&deleted["detail-type"], &detail["reason"], &detail["deletion-type"]),
        (&json!("Object Deleted"), &json!("DeleteObject"), &json!("Permanently Deleted"))
    );
    assert_eq!((detail["object"].get("etag"), detail["object"].get("size")), (None, None));
}

#[test]
fn destinations_must_let_s3_send() {
    let s3 = double();
    s3.put("/b-lets", b"").ok();
    let url = s3.queue("other", "b-another");
    let put = |arn: &str| s3.notify("b-lets", &rule("Queue", arn, &["s3:ObjectCreated:*"], &[]));
    let refused = put(&arn("sqs", "other"));
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidArgument"));
    assert_eq!(
        refused.element("Message").as_deref(),
        Some("Unable to validate the following destination configurations")
    );
    assert_eq!(refused.element("ArgumentName1"), Some(arn("sqs", "other")));
    assert_eq!(
        refused.element("ArgumentValue1").as_deref(),
        Some(
            "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
        )
    );
    assert!(s3.take(&url).is_empty());
    assert!(s3.get("/b-lets?notification").ok().elements("Queue").is_empty());
    // The refusal is recorded with the queue.
    let denied = s3.data_events(MANAGEMENT).into_iter().rfind(|e| e["eventName"] == "SendMessage").unwrap();
    assert_eq!(denied["errorCode"], "AccessDenied");
    assert_eq!(put(&arn("sqs", "nowhere")).code(), "InvalidArgument");
    let body = document(&rule("Queue", &arn("sqs", "nowhere"), &["s3:ObjectCreated:*"], &[]));
    let skip = [("x-amz-skip-destination-validation", "true")];
    s3.send(Some(&s3.admin), "PUT", "/b-lets?notification", &skip, body.as_bytes()).ok();
    // What a destination refuses later is lost and holds up nothing.
    s3.put("/b-lets/a", b"1").ok();
    s3.world.advance(0);
    // A queue that changed its mind.
    let mine = s3.queue("mine", "b-lets");
    put(&arn("sqs", "mine")).ok();
    s3.take(&mine);
    let policy = lets("sqs:SendMessage", &arn("sqs", "mine"), "b-another");
    let input = json!({"QueueUrl": mine, "Attributes": {"Policy": policy}});
    s3.world.call(&s3.admin, "sqs", "SetQueueAttributes", input).ok();
    s3.put("/b-lets/b", b"1").ok();
    assert!(s3.told(&mine).is_empty());
}

#[test]
fn configurations_that_cannot_be_are_refused() {
    let s3 = double();
    s3.put("/b-wrong", b"").ok();
    let said = |rules: &str| {
        let reply = s3.notify("b-wrong", rules);
        assert_eq!((reply.status, reply.code().as_str()), (400, "InvalidArgument"), "{rules}");
        (reply.element("Message").unwrap(), reply.element("ArgumentName"), reply.element("ArgumentValue"))
    };
    let some = |text: &str| Some(text.to_owned());
    let created = ["s3:ObjectCreated:*"];
    for kind in ["Queue", "Topic", "CloudFunction"] {
        let wanted = ("The ARN could not be parsed".to_owned(), some(kind), some("nonsense"));
        assert_eq!(said(&rule(kind, "nonsense", &created, &[])), wanted);
    }
    let queue = |events: &[&str], filter: &[(&str, &str)]| rule("Queue", &arn("sqs", "q"), events, filter);
    assert_eq!(
        said(&rule("Queue", &arn("sqs", "q.fifo"), &created, &[])).0,
        "FIFO SQS queues are not supported."
    );
    let far = "arn:aws:sqs:eu-west-1:111111111111:q";
    assert_eq!(
        said(&rule("Queue", far, &created, &[])).0,
        "The notification destination service region is not valid for the bucket location constraint"
    );
    assert_eq!(said(&queue(&["s3:Nonsense"], &[])).0, "The event is not supported for notifications");
    let middle = said(&queue(&created, &[("middle", "x")]));
    assert_eq!(middle.0, "filter rule name must be either prefix or suffix");
    assert_eq!((middle.1, middle.2), (some("FilterRule.Name"), some("middle")));
    let twice = said(&queue(&created, &[("prefix", "x"), ("prefix", "y")]));
    assert_eq!(twice.0, "Cannot specify more than one prefix rule in a filter.");
    let long = said(&queue(&created, &[("suffix", &"x".repeat(1025))]));
    assert_eq!(long.0, "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation");
    let same = [queue(&created, &[]), queue(&["s3:ObjectCreated:Put"], &[])].concat();
    assert_eq!(
        said(&same).0,
        "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    );
    let near = [queue(&created, &[("prefix", "a")]), queue(&created, &[("prefix", "ab")])].concat();
    assert!(said(&near).0.starts_with("Configuration is ambiguously defined."));
    let named = |event: &str| queue(&[event], &[]).replace("<Queue>", "<Id>one</Id><Queue>");
    let ids = [named("s3:ObjectCreated:Put"), named("s3:ObjectCreated:Copy")].concat();
    assert_eq!(said(&ids).0, "Same ID used for multiple configurations. IDs must be unique.");
}

#[test]
fn notifications_are_the_owners_affair() {
    let s3 = double();
    s3.put("/b-affair", b"").ok();
    let allow = json!({"Effect": "Allow", "Action": "s3:GetBucketNotification", "Resource": "*"});
    let reader = s3.user("reader", allow);
    s3.send(Some(&reader), "GET", "/b-affair?notification", &[], b"").ok();
    let denied = s3.send(Some(&reader), "PUT", "/b-affair?notification", &[], document("").as_bytes());
    assert_eq!(denied.code(), "AccessDenied");
    let event = s3.world.events(MANAGEMENT).pop().unwrap();
    // AWS: S3 user guide, "Amazon S3 CloudTrail events": the record has another name than the operation.
    assert_eq!(
        (&event["eventName"], &event["errorCode"]),
        (&json!("PutBucketNotification"), &json!("AccessDenied"))
    );
    s3.notify("b-affair", "<EventBridgeConfiguration/>").ok();
    // Nothing of it stays when the bucket goes.
    s3.delete("/b-affair").ok();
    s3.put("/b-affair", b"").ok();
    assert!(!s3.get("/b-affair?notification").ok().text().contains("EventBridgeConfiguration"));
}
