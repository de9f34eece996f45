//! SSE-KMS: real envelopes, made and opened by KMS as the caller.

use crate::rest::S3;
use kage_test::MANAGEMENT;
use serde_json::json;

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
