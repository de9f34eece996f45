//! Groups under a KMS key.

use crate::kit::Logs;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

impl Logs {
    fn key(&self, statement: Value) -> String {
        let root = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [root, statement]});
        let made =
            self.world.call(&self.admin, "kms", "CreateKey", json!({"Policy": policy.to_string()})).ok();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }
}

fn statement(group: &str) -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": format!("arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:{group}")}},
    })
}

#[test]
fn events_are_encrypted_under_the_key_of_the_group() {
    let logs = Logs::new();
    let key = logs.key(statement("g"));
    logs.put(&[(-3_000, "in the clear")]);
    logs.ok("AssociateKmsKey", json!({"logGroupName": "g", "kmsKeyId": key}));
    assert_eq!(logs.ok("DescribeLogGroups", json!({}))["logGroups"][0]["kmsKeyId"], json!(key));
    logs.put(&[(-2_000, "a secret text")]);
    let uses = |name: &str| {
        let all = logs.world.events(MANAGEMENT);
        all.iter().filter(|event| event["eventName"] == name && event["errorCode"].is_null()).count()
    };
    assert_eq!(uses("GenerateDataKey"), 1);
    assert!(uses("Decrypt") > 0);
    assert_eq!(logs.filter(""), ["in the clear", "a secret text"]);
    let held = logs.world.write(|tx| {
        let reads = tx.reads();
        // No stream of the store holds the text, that of the records neither.
        let streams = reads.streams().into_iter();
        let entries = streams.flat_map(|name| reads.stream_read(&name, 0, 100).unwrap());
        Ok(entries.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).collect::<Vec<_>>())
    });
    assert!(held.iter().any(|text| text.contains("in the clear")));
    assert!(!held.iter().any(|text| text.contains("a secret text")));
    // A disabled key makes what was encrypted under it unreadable; what came before and after is not.
    logs.ok("DisassociateKmsKey", json!({"logGroupName": "g"}));
    logs.put(&[(-1_000, "again in the clear")]);
    logs.world.call(&logs.admin, "kms", "DisableKey", json!({"KeyId": key})).ok();
    assert_eq!(
        logs.call("FilterLogEvents", json!({"logGroupName": "g"})).err().code,
        "InvalidParameterException"
    );
    let after = json!({"logGroupName": "g", "startTime": logs.world.now() - 1_500});
    assert_eq!(crate::kit::messages(&logs.ok("FilterLogEvents", after)), ["again in the clear"]);
    logs.world.call(&logs.admin, "kms", "EnableKey", json!({"KeyId": key})).ok();
    assert_eq!(logs.filter("").len(), 3);
}

#[test]
fn a_key_that_does_not_let_the_service_in_is_refused() {
    let logs = Logs::empty();
    let arn = format!("arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:g");
    let says = format!("The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'");
    let make = |key: &str| json!({"logGroupName": "g", "kmsKeyId": key});
    let other = logs.key(statement("another"));
    logs.fails("CreateLogGroup", make(&other), "AccessDeniedException", &says);
    let missing = format!("arn:aws:kms:us-east-1:{MANAGEMENT}:key/12345678-1234-1234-1234-123456789012");
    logs.fails("CreateLogGroup", make(&missing), "AccessDeniedException", &says);
    let disabled = logs.key(statement("g"));
    logs.world.call(&logs.admin, "kms", "DisableKey", json!({"KeyId": disabled})).ok();
    assert_eq!(logs.call("CreateLogGroup", make(&disabled)).err().code, "InvalidParameterException");
    assert_eq!(logs.ok("DescribeLogGroups", json!({}))["logGroups"], json!([]));
    let good = logs.key(statement("g"));
    logs.ok("CreateLogGroup", make(&good));
}
