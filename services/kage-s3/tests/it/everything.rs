//! Laws that hold for every operation.

use crate::rest::{Reply, S3};
use kage_schema::{Flags, Location, OperationModel};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// Operations, the action that they ask for first, and the name of their event where it is another one.
/// AWS: S3 user guide, "Required permissions for Amazon S3 API operations" and "Amazon S3 CloudTrail events".
const ACTIONS: [(&str, &str, &str); 53] = [
    ("AbortMultipartUpload", "s3:AbortMultipartUpload", ""),
    ("CompleteMultipartUpload", "s3:PutObject", ""),
    ("CopyObject", "s3:GetObject", ""),
    ("CreateBucket", "s3:CreateBucket", ""),
    ("CreateMultipartUpload", "s3:PutObject", ""),
    ("DeleteBucket", "s3:DeleteBucket", ""),
    ("DeleteBucketEncryption", "s3:PutEncryptionConfiguration", ""),
    ("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", ""),
    ("DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls", ""),
    ("DeleteBucketPolicy", "s3:DeleteBucketPolicy", ""),
    ("DeleteBucketTagging", "s3:PutBucketTagging", ""),
    ("DeleteObject", "s3:DeleteObject", ""),
    ("DeleteObjectTagging", "s3:DeleteObjectTagging", ""),
    ("DeleteObjects", "s3:DeleteObject", ""),
    ("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"),
    ("GetBucketAcl", "s3:GetBucketAcl", ""),
    ("GetBucketEncryption", "s3:GetEncryptionConfiguration", ""),
    ("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "GetBucketLifecycle"),
    ("GetBucketLocation", "s3:GetBucketLocation", ""),
    ("GetBucketNotificationConfiguration", "s3:GetBucketNotification", "GetBucketNotification"),
    ("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", ""),
    ("GetBucketPolicy", "s3:GetBucketPolicy", ""),
    ("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", ""),
    ("GetBucketTagging", "s3:GetBucketTagging", ""),
    ("GetBucketVersioning", "s3:GetBucketVersioning", ""),
    ("GetObject", "s3:GetObject", ""),
    ("GetObjectAcl", "s3:GetObjectAcl", ""),
    ("GetObjectAttributes", "s3:GetObject", ""),
    ("GetObjectTagging", "s3:GetObjectTagging", ""),
    ("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "s3:ListBucket", ""),
    ("HeadObject", "s3:GetObject", ""),
    ("ListBuckets", "s3:ListAllMyBuckets", ""),
    ("ListMultipartUploads", "s3:ListBucketMultipartUploads", ""),
    ("ListObjectVersions", "s3:ListBucketVersions", ""),
    ("ListObjects", "s3:ListBucket", ""),
    ("ListObjectsV2", "s3:ListBucket", "ListObjects"),
    ("ListParts", "s3:ListMultipartUploadParts", ""),
    ("PutBucketAcl", "s3:PutBucketAcl", ""),
    ("PutBucketEncryption", "s3:PutEncryptionConfiguration", ""),
    ("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", "PutBucketLifecycle"),
    ("PutBucketNotificationConfiguration", "s3:PutBucketNotification", "PutBucketNotification"),
    ("PutBucketOwnershipControls", "s3:PutBucketOwnershipControls", ""),
    ("PutBucketPolicy", "s3:PutBucketPolicy", ""),
    ("PutBucketTagging", "s3:PutBucketTagging", ""),
    ("PutBucketVersioning", "s3:PutBucketVersioning", ""),
    ("PutObject", "s3:PutObject", ""),
    ("PutObjectAcl", "s3:PutObjectAcl", ""),
    ("PutObjectTagging", "s3:PutObjectTagging", ""),
    ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("RestoreObject", "s3:RestoreObject", ""),
    ("UploadPart", "s3:PutObject", ""),
    ("UploadPartCopy", "s3:GetObject", ""),
];

/// A document that the operation takes.
fn document(name: &str) -> &'static str {
    match name {
        "CompleteMultipartUpload" => {
            "<CompleteMultipartUpload><Part><ETag>e</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
        }
        "DeleteObjects" => "<Delete><Object><Key>k</Key></Object></Delete>",
        "PutBucketEncryption" => {
            "<ServerSideEncryptionConfiguration><Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
        }
        "PutBucketNotificationConfiguration" => "<NotificationConfiguration/>",
        "PutBucketOwnershipControls" => {
            "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"
        }
        "PutBucketLifecycleConfiguration" => {
            "<LifecycleConfiguration><Rule><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
        }
        "PutBucketPolicy" => "{}",
        "RestoreObject" => "<RestoreRequest><Days>1</Days></RestoreRequest>",
        "PutBucketTagging" | "PutObjectTagging" => "<Tagging><TagSet/></Tagging>",
        "PutBucketVersioning" => {
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        }
        "PutPublicAccessBlock" => {
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"
        }
        _ => "",
    }
}

/// The call that the model describes, about the bucket `b-law` and its object `k`.
fn make(s3: &S3, caller: &kage_test::Caller, model: &OperationModel) -> Reply {
    let mut target = model.http.uri.replace("{Bucket}", "b-law").replace("{Key+}", "k");
    let mut headers = vec![("x-amz-account-id", MANAGEMENT)];
    for member in model.input.members().iter().filter(|member| member.has(Flags::REQUIRED)) {
        let name = member.wire_or_name();
        match (member.location, name) {
            (Location::Query, _) => {
                let sign = if target.contains('?') { '&' } else { '?' };
                let value = if name == "partNumber" { "1" } else { "upload" };
                target.push_str(&format!("{sign}{name}={value}"));
            }
            (Location::Header, "x-amz-copy-source") => headers.push(("x-amz-copy-source", "b-law/k")),
            (Location::Header, "x-amz-object-attributes") => {
                headers.push(("x-amz-object-attributes", "ETag"))
            }
            _ => {}
        }
    }
    s3.send(Some(caller), model.http.method, &target, &headers, document(model.name).as_bytes())
}

/// The last event of this name.
fn event(s3: &S3, name: &str) -> Value {
    let mut events = s3.world.events(MANAGEMENT);
    events.extend(s3.data_events(MANAGEMENT));
    events.into_iter().rfind(|event| event["eventName"] == name).unwrap_or_else(|| panic!("no event {name}"))
}

fn require_denied(model: &OperationModel, reply: &Reply, action: &str) {
    let says = format!("User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: {action} ");
    match model.name {
        // Each key is an error of its own.
        "DeleteObjects" => assert_eq!(reply.status, 200),
        _ => assert_eq!(reply.status, 403, "{}: {}", model.name, reply.text()),
    }
    if model.http.method != "HEAD" {
        assert_eq!(reply.element("Code").as_deref(), Some("AccessDenied"), "{}", model.name);
        let text = reply.element("Message").unwrap();
        assert!(text.starts_with(&says), "{}: {text}", model.name);
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    let s3 = S3::new();
    s3.put("/b-law", b"").ok();
    s3.put("/b-law/k", b"1").ok();
    let bob = s3.world.user(&s3.admin, "bob");
    for model in kage_api_s3::SERVICE.operations {
        let (_, action, name) = ACTIONS.iter().find(|(name, _, _)| *name == model.name).unwrap();
        let denied = make(&s3, &bob, model);
        require_denied(model, &denied, action);
        let name = if name.is_empty() { model.name } else { name };
        let event = event(&s3, name);
        assert_eq!(event["eventName"], name);
        assert_eq!(event["userIdentity"]["userName"], "bob", "{name}");
        let code = if model.name == "DeleteObjects" { Value::Null } else { json!("AccessDenied") };
        assert_eq!(event["errorCode"], code, "{name}");
    }
    assert_eq!(s3.get("/b-law/k").ok().body, b"1");
}

#[test]
fn every_operation_on_the_account_is_denied_by_default_and_recorded() {
    let s3 = S3::new();
    let bob = s3.world.user(&s3.admin, "bob");
    for model in kage_api_s3control::SERVICE.operations {
        let verb = if model.name.starts_with("Get") { "Get" } else { "Put" };
        let denied = make(&s3, &bob, model);
        require_denied(model, &denied, &format!("s3:{verb}AccountPublicAccessBlock"));
        let name = format!("{}AccountPublicAccessBlock", model.name.trim_end_matches("PublicAccessBlock"));
        let event = event(&s3, &name);
        assert_eq!(
            (&event["errorCode"], &event["userIdentity"]["userName"]),
            (&json!("AccessDenied"), &json!("bob"))
        );
    }
}
