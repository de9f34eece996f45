//! kill -9 of the whole binary between any two steps of call, event, rule and target: what was answered reaches its target.
#![expect(clippy::disallowed_methods, reason = "a client of the binary under test")]

use crate::kage::Desk;
use crate::signed::{Connection, Keys, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_store::{Options, Store};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const ACCOUNT: &str = "111111111111";
/// How often the clock is moved on before something counts as lost.
const PATIENCE: usize = 20;

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}")
}

fn url(queue: &str) -> String {
    format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{queue}")
}

fn policy(principal: &str, action: &Value, resource: &str) -> String {
    let mut statement = json!({"Effect": "Allow", "Principal": {"Service": principal}, "Action": action, "Resource": resource});
    if resource.is_empty() {
        statement.as_object_mut().unwrap().remove("Resource");
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The administrator of one double.
struct Admin(Connection);

impl Admin {
    #[track_caller]
    fn call(&mut self, service: &str, target: &str, input: &Value) -> Value {
        self.0.json(service, target, input).unwrap().ok()
    }

    #[track_caller]
    fn iam(&mut self, fields: &[(&str, &str)]) {
        let encode = |byte: u8| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let fields = [&[("Version", "2010-05-08")], fields].concat();
        let pair = |(name, value): &(&str, &str)| {
            format!("{name}={}", value.bytes().map(encode).collect::<String>())
        };
        let form = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request =
            Request { service: "iam", method: "POST", path: "/", headers: &headers, body: form.as_bytes() };
        self.0.send(&request).unwrap().ok();
    }

    #[track_caller]
    fn rest(&mut self, service: &str, method: &str, path: &str, body: &str) -> Value {
        let headers: &[(&str, &str)] =
            if service == "s3" { &[] } else { &[("content-type", "application/json")] };
        let request = Request { service, method, path, headers, body: body.as_bytes() };
        self.0.send(&request).unwrap().ok()
    }

    /// A rule on the default bus with one target.
    fn rule(&mut self, name: &str, pattern: &Value, target: &str) {
        let rule = json!({"Name": name, "EventPattern": pattern.to_string()});
        self.call("events", "AWSEvents.PutRule", &rule);
        let targets = json!({"Rule": name, "Targets": [{"Id": "1", "Arn": target}]});
        assert_eq!(self.call("events", "AWSEvents.PutTargets", &targets)["FailedEntryCount"], 0);
    }

    /// A function with a role of the same name, which EventBridge may invoke.
    fn function(&mut self, name: &str, code: &str, actions: &Value) {
        let trust = policy("lambda.amazonaws.com", &json!("sts:AssumeRole"), "");
        self.iam(&[("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", &trust)]);
        let allowed = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        let allowed = allowed.to_string();
        let put = [
            ("Action", "PutRolePolicy"),
            ("RoleName", name),
            ("PolicyName", "p"),
            ("PolicyDocument", &allowed),
        ];
        self.iam(&put);
        let archive = kage_zip::pack(&[("index.py", 0o100_644, code.as_bytes())]).unwrap();
        let function = json!({
            "FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Timeout": 20,
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "Code": {"ZipFile": STANDARD.encode(archive)},
        });
        self.rest("lambda", "POST", "/2015-03-31/functions", &function.to_string());
        let permission = json!({"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"});
        let place = format!("/2015-03-31/functions/{name}/policy");
        self.rest("lambda", "POST", &place, &permission.to_string());
    }

    /// A queue to which EventBridge may send.
    fn queue(&mut self, name: &str) -> String {
        let queue = arn("sqs", name);
        let policy = policy("events.amazonaws.com", &json!("sqs:SendMessage"), &queue);
        self.call(
            "sqs",
            "AmazonSQS.CreateQueue",
            &json!({"QueueName": name, "Attributes": {"Policy": policy}}),
        );
        queue
    }

    /// Takes every message that is in a queue now.
    fn drain(&mut self, name: &str, mut each: impl FnMut(Value)) {
        loop {
            let input = json!({"QueueUrl": url(name), "MaxNumberOfMessages": 10});
            let found = self.call("sqs", "AmazonSQS.ReceiveMessage", &input);
            let Some(messages) = found["Messages"].as_array().filter(|all| !all.is_empty()) else { return };
            let entry = |(at, message): (usize, &Value)| json!({"Id": at.to_string(), "ReceiptHandle": message["ReceiptHandle"]});
            let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
            for message in messages {
                each(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
            }
            let input = json!({"QueueUrl": url(name), "Entries": entries});
            self.call("sqs", "AmazonSQS.DeleteMessageBatch", &input);
        }
    }
}

/// What one kind of event came to.
#[derive(Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn note(&mut self, name: &Value) {
        *self.0.entry(name.as_str().unwrap().to_owned()).or_default() += 1;
    }

    fn lacks<'a>(&self, answered: impl Iterator<Item = &'a String>) -> Vec<String> {
        answered.filter(|name| !self.0.contains_key(*name)).cloned().collect()
    }
}

/// Names of events by the request ids of their answers.
type Answered = Arc<Mutex<BTreeMap<String, String>>>;

/// Puts events until the connection breaks; every tenth is for the function.
fn load(keys: &Keys, prefix: &str, answered: &Answered, count: &AtomicUsize) {
    let Some(mut connection) = keys.connect() else { return };
    for number in 0.. {
        let (kind, name) = (if number % 10 == 0 { "f" } else { "q" }, format!("{prefix}-{number}"));
        let entry = json!({"Source": format!("load.{kind}"), "DetailType": "n", "Detail": json!({"name": name}).to_string()});
        let sent = connection.json("events", "AWSEvents.PutEvents", &json!({"Entries": [entry]}));
        let Some(answer) = sent else { return };
        let request_id = answer.request_id.clone();
        assert_eq!(answer.ok()["FailedEntryCount"], 0);
        answered.lock().unwrap().insert(request_id, format!("{kind}:{name}"));
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// The request ids of all records of an event name, in any stream of the account.
fn recorded(data: &std::path::Path, name: &str) -> BTreeSet<String> {
    let store = Store::open(&data.join("store"), Options::default()).unwrap();
    let reads = store.read();
    let mut ids = BTreeSet::new();
    for (region, management) in kage_record::streams_of(&reads, ACCOUNT) {
        let stream = kage_record::stream_name(ACCOUNT, &region, management);
        for stored in kage_record::read(&reads, &stream, 0, usize::MAX).unwrap() {
            if stored.event["eventName"] == name && stored.event.get("errorCode").is_none() {
                assert!(ids.insert(stored.event["requestID"].as_str().unwrap().to_owned()), "recorded twice");
            }
        }
    }
    ids
}

#[test]
fn what_was_answered_reaches_its_targets_across_kill_9() {
    // claims: LOG-EVENTBRIDGE-02
    let rounds = std::env::var("KAGE_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let desk = Desk::new();
    let data = desk.path().join("data");
    let path = data.to_str().unwrap().to_owned();
    let answered = Answered::default();
    let (mut queue, mut function) = (Seen::default(), Seen::default());
    for round in 0..=rounds {
        let up = desk.up(&["--data", &path]);
        let keys = Keys::of(&desk, &up, &path);
        let mut admin = Admin(keys.connect().unwrap());
        if round == 0 {
            let (target, done) = (admin.queue("q"), admin.queue("done"));
            admin.rule("to-queue", &json!({"source": ["load.q"]}), &target);
            admin.function(
                "f",
                "def handler(e, c): return e['detail']",
                &json!(["sqs:SendMessage", "logs:*"]),
            );
            let config = json!({"DestinationConfig": {"OnSuccess": {"Destination": done}}});
            admin.rest("lambda", "PUT", "/2019-09-25/functions/f/event-invoke-config", &config.to_string());
            admin.rule("to-function", &json!({"source": ["load.f"]}), &arn("lambda", "function:f"));
        }
        let names = |kind: &str| -> Vec<String> {
            let all = answered.lock().unwrap();
            all.values().filter_map(|name| name.strip_prefix(kind)).map(str::to_owned).collect()
        };
        let (for_queue, for_function) = (names("q:"), names("f:"));
        for turn in 0.. {
            admin.drain("q", |event| queue.note(&event["detail"]["name"]));
            admin.drain("done", |record| function.note(&record["responsePayload"]["name"]));
            let lost = [queue.lacks(for_queue.iter()), function.lacks(for_function.iter())].concat();
            if lost.is_empty() {
                break;
            }
            assert!(turn < PATIENCE, "round {round}: answered and lost: {lost:?}");
            desk.run(&["--data", &path, "clock", "advance", "30s"]).good();
        }
        if round == rounds {
            assert_eq!(up.signal("TERM"), Some(0));
            break;
        }
        let count = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let (keys, answered, count) = (keys.clone(), Arc::clone(&answered), Arc::clone(&count));
                let prefix = format!("{round}-{thread}");
                std::thread::spawn(move || load(&keys, &prefix, &answered, &count))
            })
            .collect();
        let enough = 20 + 61 * round % 90;
        while count.load(Ordering::SeqCst) < enough {
            assert!(!threads.iter().all(std::thread::JoinHandle::is_finished), "the load ended by itself");
            std::thread::yield_now();
        }
        assert_eq!(up.signal("KILL"), None);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let records = recorded(&data, "PutEvents");
        for (request, name) in answered.lock().unwrap().iter() {
            assert!(records.contains(request), "{name} was answered and has no record");
        }
    }
    // What arrived was sent by somebody: its call is recorded, also when its answer was lost with the connection.
    let all = answered.lock().unwrap().len();
    let arrived = queue.0.len() + function.0.len();
    let calls = recorded(&data, "PutEvents").len();
    assert!(all <= arrived && arrived <= calls, "{all} answered, {arrived} arrived, {calls} recorded");
    // Each message in the queue is one recorded call of EventBridge, and there is no other.
    let sends: usize = recorded(&data, "SendMessage").len();
    let messages: usize = queue.0.values().chain(function.0.values()).sum();
    assert_eq!(sends, messages, "messages without a record, or records without a message");
    eprintln!("{rounds} kills: {all} answered, {arrived} arrived, {messages} messages");
}

/// Starts the trail again, with what Python has by itself.
const RELOG: &str = r#"
import datetime, hashlib, hmac, json, os, urllib.request

def handler(event, context):
    name = event["detail"]["requestParameters"]["name"]
    body = json.dumps({"Name": name}).encode()
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    url = os.environ["AWS_ENDPOINT_URL"]
    headers = {
        "content-type": "application/x-amz-json-1.1", "host": url.split("//")[1], "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
        "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StartLogging",
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/us-east-1/cloudtrail/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    who = os.environ["AWS_ACCESS_KEY_ID"]
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={who}/{scope}, SignedHeaders={names}, Signature={signature}"
    urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)).read()
    return name
"#;

#[test]
fn a_stopped_trail_logs_again_although_the_double_is_killed_in_between() {
    // claims: LOG-EVENTBRIDGE-03
    let desk = Desk::new();
    let data = desk.path().join("data");
    let path = data.to_str().unwrap().to_owned();
    // How many calls are answered between StopLogging and the kill: other steps are under way each time.
    let moments = [0, 1, 8, 30];
    for round in 0..=moments.len() {
        let up = desk.up(&["--data", &path]);
        let mut admin = Admin(Keys::of(&desk, &up, &path).connect().unwrap());
        if round == 0 {
            admin.rest("s3", "PUT", "/trail-of-kills", "");
            let places = ["arn:aws:s3:::trail-of-kills", "arn:aws:s3:::trail-of-kills/*"];
            let statement = json!({
                "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": places,
            });
            let allowed = json!({"Version": "2012-10-17", "Statement": [statement]});
            admin.rest("s3", "PUT", "/trail-of-kills?policy", &allowed.to_string());
            let trail = json!({"Name": "audit", "S3BucketName": "trail-of-kills"});
            admin.call(
                "cloudtrail",
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CreateTrail",
                &trail,
            );
            admin.call(
                "cloudtrail",
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StartLogging",
                &json!({"Name": "audit"}),
            );
            admin.function("relog", RELOG, &json!(["cloudtrail:StartLogging", "logs:*"]));
            let pattern = json!({"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}});
            admin.rule("stopped", &pattern, &arn("lambda", "function:relog"));
        }
        let logs = |admin: &mut Admin| {
            let status = admin.call(
                "cloudtrail",
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrailStatus",
                &json!({"Name": "audit"}),
            );
            status["IsLogging"] == true
        };
        let mut turns = 0;
        while !logs(&mut admin) {
            assert!(turns < PATIENCE, "round {round}: the trail stays stopped");
            desk.run(&["--data", &path, "clock", "advance", "30s"]).good();
            turns += 1;
        }
        let Some(moment) = moments.get(round) else {
            assert_eq!(up.signal("TERM"), Some(0));
            break;
        };
        admin.call(
            "cloudtrail",
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StopLogging",
            &json!({"Name": "audit"}),
        );
        for _ in 0..*moment {
            logs(&mut admin);
        }
        assert_eq!(up.signal("KILL"), None);
    }
    assert_eq!(recorded(&data, "StopLogging").len(), moments.len());
    // At least once: a kill between the function's call and the end of its job makes the call again.
    assert!(recorded(&data, "StartLogging").len() > moments.len());
}
