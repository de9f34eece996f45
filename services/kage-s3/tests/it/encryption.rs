//! SSE-KMS: real envelopes, made and opened by KMS as the caller.

use crate::rest::S3;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::types::PutObjectRequest;
use kage_schema::Body;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const KMS: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");

#[test]
fn objects_under_a_key_need_the_key() {
    // Rule 159.
    let s3 = S3::new();
    s3.put("/b-kms", b"").ok();
    let made = s3.world.call(&s3.admin, "kms", "CreateKey", json!({})).ok();
    let (id, arn) =
        (made["KeyMetadata"]["KeyId"].as_str().unwrap(), made["KeyMetadata"]["Arn"].as_str().unwrap());
    let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", id)];
    let bytes = vec![9_u8; 10_000];
    let put = s3.send(Some(&s3.admin), "PUT", "/b-kms/a", &headers, &bytes).ok();
    assert_eq!(put.header("x-amz-server-side-encryption"), Some("aws:kms"));
    assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn));
    let got = s3.get("/b-kms/a").ok();
    assert!(got.body == bytes);
    // claims: DATA-SSE-02
    assert_eq!(got.header("etag"), put.header("etag"));
    let events = s3.world.events(MANAGEMENT);
    let find = |name: &str| events.iter().find(|event| event["eventName"] == name).unwrap();
    for event in [find("GenerateDataKey"), find("Decrypt")] {
        assert_eq!(event["userIdentity"]["invokedBy"], "s3.amazonaws.com");
        assert_eq!(event["requestParameters"]["encryptionContext"]["aws:s3:arn"], "arn:aws:s3:::b-kms/a");
    }
    let reader = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let without = s3.user("without-key", reader.clone());
    let denied = s3.send(Some(&without), "GET", "/b-kms/a", &[], b"");
    assert_eq!((denied.status, denied.code().as_str()), (403, "AccessDenied"));
    assert!(denied.element("Message").unwrap().contains("kms:Decrypt"), "{}", denied.text());
    s3.send(Some(&without), "HEAD", "/b-kms/a", &[], b"").ok();
    let through = json!({
        "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
    });
    let with = s3.user("with-key", json!([reader, through]));
    assert!(s3.send(Some(&with), "GET", "/b-kms/a", &[], b"").ok().body == bytes);
    // A copy out of the envelope needs the key once more, and then no longer.
    let copy = [("x-amz-copy-source", "b-kms/a"), ("x-amz-server-side-encryption", "AES256")];
    s3.send(Some(&s3.admin), "PUT", "/b-kms/plain", &copy, b"").ok();
    s3.world.call(&s3.admin, "kms", "DisableKey", json!({"KeyId": id})).ok();
    let disabled = s3.get("/b-kms/a");
    assert_eq!((disabled.status, disabled.code().as_str()), (400, "KMS.DisabledException"));
    assert!(s3.get("/b-kms/plain").ok().body == bytes);
}

#[test]
fn the_bucket_decides_when_the_call_does_not() {
    let s3 = S3::new();
    s3.put("/b-default", b"").ok();
    let shown = s3.get("/b-default?encryption").ok();
    assert_eq!(shown.element("SSEAlgorithm").as_deref(), Some("AES256"));
    let body = b"<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>";
    s3.put("/b-default?encryption", body).ok();
    let put = s3.put("/b-default/a", b"1").ok();
    assert_eq!(put.header("x-amz-server-side-encryption"), Some("aws:kms"));
    assert_eq!(put.header("x-amz-server-side-encryption-bucket-key-enabled"), Some("true"));
    let event =
        s3.world.events(MANAGEMENT).into_iter().rfind(|e| e["eventName"] == "GenerateDataKey").unwrap();
    assert_eq!(event["requestParameters"]["encryptionContext"]["aws:s3:arn"], "arn:aws:s3:::b-default");
    assert_eq!(s3.get("/b-default/a").ok().body, b"1");
    s3.delete("/b-default?encryption").ok();
    let put = s3.put("/b-default/b", b"1").ok();
    assert_eq!(put.header("x-amz-server-side-encryption"), Some("AES256"));
}

#[test]
fn a_policy_can_demand_encryption() {
    let s3 = S3::new();
    s3.put("/b-demand", b"").ok();
    s3.policy("b-demand", json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b-demand/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }))
    .ok();
    assert_eq!(s3.put("/b-demand/a", b"1").code(), "AccessDenied");
    s3.send(Some(&s3.admin), "PUT", "/b-demand/a", &[KMS], b"1").ok();
}

#[test]
fn customer_keys_are_refused() {
    let s3 = S3::new();
    s3.put("/b-ssec", b"").ok();
    let headers = [("x-amz-server-side-encryption-customer-algorithm", "AES256")];
    let refused = s3.send(Some(&s3.admin), "PUT", "/b-ssec/a", &headers, b"1");
    assert_eq!((refused.status, refused.code().as_str()), (403, "AccessDenied"));
    let body = b"<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>";
    s3.put("/b-ssec?encryption", body).ok();
    let refused = s3.send(Some(&s3.admin), "PUT", "/b-ssec/a", &headers, b"1");
    assert_eq!((refused.status, refused.code().as_str()), (501, "NotImplemented"));
}

/// A key of the management account: its id and its ARN.
fn key(s3: &S3, input: Value) -> (String, String) {
    let made = s3.world.call(&s3.admin, "kms", "CreateKey", input).ok();
    let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
    (text("KeyId"), text("Arn"))
}

fn kms_calls(s3: &S3, name: &str) -> usize {
    s3.world.events(MANAGEMENT).iter().filter(|event| event["eventName"] == name).count()
}

#[test]
fn keys_are_named_by_id_arn_and_alias() {
    let s3 = S3::new();
    s3.put("/b-names", b"").ok();
    let (id, arn) = key(&s3, json!({}));
    s3.world
        .call(&s3.admin, "kms", "CreateAlias", json!({"AliasName": "alias/mine", "TargetKeyId": id}))
        .ok();
    for name in [id.as_str(), arn.as_str(), "alias/mine"] {
        let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", name)];
        let put = s3.send(Some(&s3.admin), "PUT", "/b-names/a", &headers, b"1").ok();
        assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn.as_str()), "{name}");
        let head = s3.send(Some(&s3.admin), "HEAD", "/b-names/a", &[], b"").ok();
        assert_eq!(head.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn.as_str()));
    }
    // Without a name it is the AWS managed key, made when it is first needed.
    let put = s3.send(Some(&s3.admin), "PUT", "/b-names/b", &[KMS], b"1").ok();
    let managed = put.header("x-amz-server-side-encryption-aws-kms-key-id").unwrap().to_owned();
    let shown = s3.world.call(&s3.admin, "kms", "DescribeKey", json!({"KeyId": "alias/aws/s3"})).ok();
    assert_eq!(shown["KeyMetadata"]["Arn"], managed.as_str());
    assert_eq!(shown["KeyMetadata"]["KeyManager"], "AWS");
    for (name, text) in [
        ("alias/none", "Alias arn:aws:kms:us-east-1:111111111111:alias/none is not found."),
        ("aws/s3", "Invalid keyId 'aws/s3'"),
        (
            "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000",
            "Invalid arn eu-west-1",
        ),
    ] {
        let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", name)];
        let refused = s3.send(Some(&s3.admin), "PUT", "/b-names/c", &headers, b"1");
        assert_eq!((refused.status, refused.code().as_str()), (400, "KMS.NotFoundException"), "{name}");
        assert_eq!(refused.element("Message").as_deref(), Some(text));
    }
    let both =
        [("x-amz-server-side-encryption", "AES256"), ("x-amz-server-side-encryption-aws-kms-key-id", &id)];
    assert_eq!(s3.send(Some(&s3.admin), "PUT", "/b-names/c", &both, b"1").code(), "InvalidArgument");
    let dual = [("x-amz-server-side-encryption", "aws:kms:dsse")];
    let refused = s3.send(Some(&s3.admin), "PUT", "/b-names/c", &dual, b"1");
    assert_eq!((refused.status, refused.code().as_str()), (501, "NotImplemented"));
    assert!(refused.text().contains("aws:kms:dsse"));
}

#[test]
fn what_becomes_of_the_key_becomes_of_the_object() {
    let s3 = S3::new();
    s3.put("/b-fate", b"").ok();
    let (id, arn) = key(&s3, json!({}));
    let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", id.as_str())];
    s3.send(Some(&s3.admin), "PUT", "/b-fate/a", &headers, b"1").ok();
    s3.world.call(&s3.admin, "kms", "DisableKey", json!({"KeyId": id})).ok();
    let refused = s3.send(Some(&s3.admin), "PUT", "/b-fate/b", &headers, b"1");
    assert_eq!((refused.status, refused.code().as_str()), (400, "KMS.DisabledException"));
    assert_eq!(refused.element("Message"), Some(format!("{arn} is disabled.")));
    assert_eq!(s3.get("/b-fate/b").code(), "NoSuchKey");
    s3.world.call(&s3.admin, "kms", "EnableKey", json!({"KeyId": id})).ok();
    assert_eq!(s3.get("/b-fate/a").ok().body, b"1");
    s3.world
        .call(&s3.admin, "kms", "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7}))
        .ok();
    let refused = s3.get("/b-fate/a");
    assert_eq!((refused.status, refused.code().as_str()), (400, "KMS.KMSInvalidStateException"));
    assert_eq!(refused.element("Message"), Some(format!("{arn} is pending deletion.")));
    // claims: LOG-CLOUDTRAIL-01
    let events = s3.world.events(MANAGEMENT);
    let failed = events.iter().rfind(|event| event["eventName"] == "Decrypt").unwrap();
    assert_eq!(failed["errorCode"], "KMSInvalidStateException");
    assert_eq!(failed["userIdentity"]["invokedBy"], "s3.amazonaws.com");
    // The object itself is still there: what is known of it is told, and it can be deleted.
    s3.send(Some(&s3.admin), "HEAD", "/b-fate/a", &[], b"").ok();
    s3.delete("/b-fate/a").ok();
}

#[test]
fn parts_are_under_the_key_of_their_upload() {
    let s3 = S3::new();
    s3.put("/b-parts", b"").ok();
    let (id, arn) = key(&s3, json!({}));
    let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", id.as_str())];
    let upload = s3.send(Some(&s3.admin), "POST", "/b-parts/a?uploads", &headers, b"").ok();
    assert_eq!(upload.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn.as_str()));
    let upload = upload.element("UploadId").unwrap();
    let part = format!("/b-parts/a?partNumber=1&uploadId={upload}");
    // AWS: S3 user guide, "Multipart upload API and permissions": a part needs kms:Decrypt and kms:GenerateDataKey.
    let put = json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"});
    let without = s3.user("parts-without-key", put);
    assert_eq!(s3.send(Some(&without), "PUT", &part, &[], b"part").code(), "AccessDenied");
    let sent = s3.put(&part, b"part").ok();
    assert_eq!(sent.header("x-amz-server-side-encryption"), Some("aws:kms"));
    let etag = sent.header("etag").unwrap();
    let body = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>{etag}</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
    );
    let target = format!("/b-parts/a?uploadId={upload}");
    let done = s3.send(Some(&s3.admin), "POST", &target, &[], body.as_bytes()).ok();
    assert_eq!(done.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn.as_str()));
    assert_eq!(s3.get("/b-parts/a").ok().body, b"part");
    let made = kms_calls(&s3, "GenerateDataKey");
    let copy = [("x-amz-copy-source", "b-parts/a"), KMS];
    s3.send(Some(&s3.admin), "PUT", "/b-parts/copy", &copy, b"").ok();
    assert_eq!(kms_calls(&s3, "GenerateDataKey"), made + 1);
    s3.world.call(&s3.admin, "kms", "DisableKey", json!({"KeyId": id})).ok();
    assert_eq!(s3.get("/b-parts/a").code(), "KMS.DisabledException");
    assert_eq!(s3.get("/b-parts/copy").ok().body, b"part");
}

#[test]
fn a_policy_can_demand_one_key() {
    let s3 = S3::new();
    s3.put("/b-one", b"").ok();
    let (id, arn) = key(&s3, json!({}));
    s3.policy(
        "b-one",
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b-one/*",
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": arn}},
        }),
    )
    .ok();
    assert_eq!(s3.send(Some(&s3.admin), "PUT", "/b-one/a", &[KMS], b"1").code(), "AccessDenied");
    let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", arn.as_str())];
    s3.send(Some(&s3.admin), "PUT", "/b-one/a", &headers, b"1").ok();
    // AWS: S3 user guide: the key says what the header says, so another name of the same key is another value.
    let headers = [KMS, ("x-amz-server-side-encryption-aws-kms-key-id", id.as_str())];
    assert_eq!(s3.send(Some(&s3.admin), "PUT", "/b-one/a", &headers, b"1").code(), "AccessDenied");
}

#[test]
fn encryption_contexts_and_the_caller_are_for_key_policies() {
    let s3 = S3::new();
    s3.put("/b-context", b"").ok();
    let only = |name: &str, value: &str| {
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*",
            "Condition": {"StringNotEquals": {name: value}},
        })
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"},
        only("kms:EncryptionContext:team", "red"),
        only("kms:CallerAccount", MANAGEMENT),
        only("kms:ViaService", "s3.us-east-1.amazonaws.com"),
    ]});
    let (id, _) = key(&s3, json!({"Policy": policy.to_string()}));
    let given = |team: &str| STANDARD.encode(json!({"team": team}).to_string());
    let put = |context: &str| {
        let headers = [
            KMS,
            ("x-amz-server-side-encryption-aws-kms-key-id", id.as_str()),
            ("x-amz-server-side-encryption-context", context),
        ];
        s3.send(Some(&s3.admin), "PUT", "/b-context/a", &headers, b"1")
    };
    assert_eq!(put(&given("blue")).code(), "AccessDenied");
    let red = put(&given("red")).ok();
    let shown = red.header("x-amz-server-side-encryption-context").unwrap();
    let shown: Value = serde_json::from_slice(&STANDARD.decode(shown).unwrap()).unwrap();
    assert_eq!(shown, json!({"aws:s3:arn": "arn:aws:s3:::b-context/a", "team": "red"}));
    assert_eq!(s3.get("/b-context/a").ok().body, b"1");
    assert_eq!(put("no base64").code(), "InvalidArgument");
}

#[test]
fn unsigned_calls_cannot_read_under_a_key() {
    let s3 = S3::new();
    s3.put("/b-unsigned", b"").ok();
    s3.unblock("b-unsigned");
    s3.send(Some(&s3.admin), "PUT", "/b-unsigned/a", &[KMS], b"1").ok();
    s3.policy("b-unsigned", json!({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-unsigned/*",
    }))
    .ok();
    let refused = s3.send(None, "GET", "/b-unsigned/a", &[], b"");
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidArgument"));
    assert_eq!(refused.element("ArgumentName").as_deref(), Some("Authorization"));
}

#[test]
fn the_key_policy_decides_for_services() {
    let s3 = S3::new();
    s3.put("/b-service", b"").ok();
    let trail = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t";
    s3.policy(
        "b-service",
        json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::b-service/*",
        }),
    )
    .ok();
    let (id, arn) = key(&s3, json!({}));
    let put = || {
        s3.as_service(
            "cloudtrail.amazonaws.com",
            trail,
            PutObjectRequest {
                bucket: "b-service".to_owned(),
                key: "log".to_owned(),
                body: Body::from(b"log".to_vec()),
                server_side_encryption: Some("aws:kms".to_owned()),
                ssekms_key_id: Some(arn.clone()),
                ssekms_encryption_context: Some(
                    STANDARD.encode(json!({"aws:cloudtrail:arn": trail}).to_string()),
                ),
                ..PutObjectRequest::default()
            },
        )
    };
    assert_eq!(put(), Err("AccessDenied".to_owned()));
    // AWS: CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail".
    let policy = |source: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
             "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
                "StringEquals": {"aws:SourceArn": source},
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111111111111:trail/*"}}},
        ]})
        .to_string()
    };
    let set = |source: &str| {
        let input = json!({"KeyId": id, "PolicyName": "default", "Policy": policy(source)});
        s3.world.call(&s3.admin, "kms", "PutKeyPolicy", input).ok();
    };
    set("arn:aws:cloudtrail:us-east-1:111111111111:trail/other");
    assert_eq!(put(), Err("AccessDenied".to_owned()));
    set(trail);
    assert_eq!(put(), Ok(()));
    assert_eq!(s3.get("/b-service/log").ok().body, b"log");
}
