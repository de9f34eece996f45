//! Who may do what: identity and bucket policies, Block Public Access, services.

use crate::rest::S3;
use kage_api_s3::types::PutObjectRequest;
use kage_core::Tx;
use kage_schema::Body;
use kage_test::MANAGEMENT;
use serde_json::json;

#[test]
fn identity_policies_decide_in_the_own_account() {
    let s3 = S3::new();
    s3.put("/b-own", b"").ok();
    s3.put("/b-own/public/a", b"1").ok();
    s3.put("/b-own/private/a", b"1").ok();
    let user = s3.user(
        "reader",
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-own/public/*"}),
    );
    let as_user = |target: &str| s3.send(Some(&user), "GET", target, &[], b"");
    as_user("/b-own/public/a").ok();
    let denied = as_user("/b-own/private/a");
    assert_eq!((denied.status, denied.code().as_str()), (403, "AccessDenied"));
    let expected = format!(
        "User: arn:aws:iam::{MANAGEMENT}:user/reader is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b-own/private/a\" because no identity-based policy allows the s3:GetObject action"
    );
    assert_eq!(denied.element("Message").unwrap(), expected);
    // Rule 7: who may not list is not told that a key is missing.
    let hidden = as_user("/b-own/public/none");
    assert_eq!((hidden.status, hidden.code().as_str()), (403, "AccessDenied"));
    assert!(hidden.element("Message").unwrap().contains("s3:ListBucket on resource: \"arn:aws:s3:::b-own\""));
    assert_eq!(s3.send(Some(&user), "GET", "/none-such", &[], b"").code(), "NoSuchBucket");
}

#[test]
fn prefixes_are_condition_keys() {
    // Rule 158.
    let s3 = S3::new();
    s3.put("/b-prefix", b"").ok();
    let user = s3.user(
        "lister",
        json!({
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b-prefix",
            "Condition": {"StringEquals": {"s3:prefix": ["a/", "b/"]}},
        }),
    );
    let list = |prefix: &str| {
        s3.send(Some(&user), "GET", &format!("/b-prefix?list-type=2&prefix={prefix}"), &[], b"")
    };
    list("a%2F").ok();
    list("b%2F").ok();
    assert_eq!(list("c%2F").code(), "AccessDenied");
    assert_eq!(s3.send(Some(&user), "GET", "/b-prefix?list-type=2", &[], b"").code(), "AccessDenied");
}

#[test]
fn other_accounts_need_both_sides() {
    // claims: DATA-S3-05
    let mut s3 = S3::new();
    let (account, other) = s3.world.account();
    s3.put("/b-cross", b"").ok();
    s3.put("/b-cross/a", b"1").ok();
    let get = |s3: &S3| s3.send(Some(&other), "GET", "/b-cross/a", &[], b"");
    let denied = get(&s3);
    assert_eq!(denied.code(), "AccessDenied");
    // Rule 174: strangers are not told why.
    assert_eq!(denied.element("Message").as_deref(), Some("Access Denied"));
    let user = format!("arn:aws:iam::{account}:user/admin");
    s3.policy("b-cross", json!({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-cross/*"})).ok();
    assert_eq!(get(&s3).ok().body, b"1");
    let shown = s3.get("/b-cross?policy").ok().text();
    assert!(shown.contains(&user), "{shown}");
    s3.policy("b-cross", json!([
        {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "s3:*", "Resource": ["arn:aws:s3:::b-cross", "arn:aws:s3:::b-cross/*"]},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-cross/*"},
    ])).ok();
    assert_eq!(get(&s3).code(), "AccessDenied");
    assert_eq!(s3.get("/b-cross/a").code(), "AccessDenied");
    let put = s3.send(Some(&other), "PUT", "/b-cross?policy", &[], b"{}");
    assert_eq!((put.status, put.code().as_str()), (405, "MethodNotAllowed"));
    // Rule 174: both accounts have the record of the call.
    assert!(s3.data_events(&account).iter().any(|event| event["eventName"] == "GetObject"));
    assert!(s3.data_events(MANAGEMENT).iter().any(|event| event["errorCode"] == "AccessDenied"));
}

#[test]
fn policies_are_refused_in_the_words_of_s3() {
    let s3 = S3::new();
    s3.put("/b-refuse", b"").ok();
    let allow = |principal: serde_json::Value, action: &str, resource: &str| json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource});
    let own = json!({"AWS": MANAGEMENT});
    for (statement, text) in [
        (
            allow(
                json!({"AWS": "arn:aws:iam::111111111111:user/none"}),
                "s3:GetObject",
                "arn:aws:s3:::b-refuse/*",
            ),
            "Invalid principal in policy",
        ),
        (allow(own.clone(), "s3:GetObject", "arn:aws:s3:::other/*"), "Policy has invalid resource"),
        (
            allow(own.clone(), "s3:GetObject", "arn:aws:s3:::b-refuse"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            allow(own.clone(), "s3:ListBucket", "arn:aws:s3:::b-refuse/*"),
            "Action does not apply to any resource(s) in statement",
        ),
    ] {
        let refused = s3.policy("b-refuse", statement);
        assert_eq!(
            (refused.code().as_str(), refused.element("Message").unwrap().as_str()),
            ("MalformedPolicy", text)
        );
    }
    assert_eq!(s3.put("/b-refuse?policy", b"nonsense").code(), "MalformedPolicy");
    assert_eq!(s3.get("/b-refuse?policy").code(), "NoSuchBucketPolicy");
    s3.policy("b-refuse", allow(own, "s3:GetObject", "arn:aws:s3:::b-refuse/*")).ok();
    assert_eq!(s3.get("/b-refuse?policyStatus").ok().element("IsPublic").as_deref(), Some("false"));
    s3.delete("/b-refuse?policy").ok();
    assert_eq!(s3.get("/b-refuse?policy").code(), "NoSuchBucketPolicy");
}

#[test]
fn block_public_access_guards_policies() {
    // claims: DATA-S3-07
    let s3 = S3::new();
    s3.put("/b-bpa", b"").ok();
    s3.put("/b-bpa/a", b"1").ok();
    let public = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-bpa/*"});
    let blocked = s3.policy("b-bpa", public.clone());
    assert_eq!(blocked.code(), "AccessDenied");
    assert!(blocked.element("Message").unwrap().ends_with(
        "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    ));
    let anonymous = |s3: &S3| s3.send(None, "GET", "/b-bpa/a", &[], b"");
    s3.unblock("b-bpa");
    assert_eq!(s3.get("/b-bpa?publicAccessBlock").code(), "NoSuchPublicAccessBlockConfiguration");
    s3.policy("b-bpa", public).ok();
    assert_eq!(s3.get("/b-bpa?policyStatus").ok().element("IsPublic").as_deref(), Some("true"));
    assert_eq!(anonymous(&s3).ok().body, b"1");
    let restrict = b"<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    s3.put("/b-bpa?publicAccessBlock", restrict).ok();
    let denied = anonymous(&s3);
    assert_eq!((denied.status, denied.element("Message").as_deref()), (403, Some("Access Denied")));
    s3.get("/b-bpa/a").ok();
    // The account's setting counts as well.
    s3.unblock("b-bpa");
    anonymous(&s3).ok();
    let account = [("x-amz-account-id", MANAGEMENT)];
    let body = b"<PublicAccessBlockConfiguration xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    let path = "/v20180820/configuration/publicAccessBlock";
    s3.send(Some(&s3.admin), "PUT", path, &account, body).ok();
    assert_eq!(anonymous(&s3).status, 403);
    let shown = s3.send(Some(&s3.admin), "GET", path, &account, b"").ok();
    assert_eq!(shown.element("RestrictPublicBuckets").as_deref(), Some("true"));
    s3.send(Some(&s3.admin), "DELETE", path, &account, b"").ok();
    anonymous(&s3).ok();
    let missing = s3.send(Some(&s3.admin), "GET", path, &account, b"");
    assert_eq!(missing.code(), "NoSuchPublicAccessBlockConfiguration");
}

#[test]
fn the_root_user_can_always_mend_the_policy() {
    // Rule 154.
    let s3 = S3::new();
    s3.put("/b-locked", b"").ok();
    let root = s3.world.root();
    s3.policy("b-locked", json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b-locked", "arn:aws:s3:::b-locked/*"]})).ok();
    assert_eq!(s3.delete("/b-locked?policy").code(), "AccessDenied");
    assert_eq!(s3.send(Some(&root), "GET", "/b-locked?list-type=2", &[], b"").code(), "AccessDenied");
    s3.send(Some(&root), "DELETE", "/b-locked?policy", &[], b"").ok();
    s3.get("/b-locked?list-type=2").ok();
}

#[test]
fn tags_are_condition_keys() {
    let s3 = S3::new();
    s3.put("/b-abac", b"").ok();
    s3.send(Some(&s3.admin), "PUT", "/b-abac/red", &[("x-amz-tagging", "c=red")], b"1").ok();
    s3.send(Some(&s3.admin), "PUT", "/b-abac/blue", &[("x-amz-tagging", "c=blue")], b"1").ok();
    let user = s3.user("abac", json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/c": "red"}}},
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectTagging"], "Resource": "*", "Condition": {"StringEquals": {"s3:RequestObjectTag/c": "red"}}},
    ]));
    s3.send(Some(&user), "GET", "/b-abac/red", &[], b"").ok();
    assert_eq!(s3.send(Some(&user), "GET", "/b-abac/blue", &[], b"").code(), "AccessDenied");
    s3.send(Some(&user), "PUT", "/b-abac/n", &[("x-amz-tagging", "c=red")], b"1").ok();
    assert_eq!(s3.send(Some(&user), "PUT", "/b-abac/n", &[], b"1").code(), "AccessDenied");
}

#[test]
fn a_copy_needs_both_ends() {
    let s3 = S3::new();
    s3.put("/b-end1", b"").ok();
    s3.put("/b-end2", b"").ok();
    s3.put("/b-end1/a", b"1").ok();
    let copy = |name: &str, statement: serde_json::Value| {
        let user = s3.user(name, statement);
        s3.send(Some(&user), "PUT", "/b-end2/a", &[("x-amz-copy-source", "b-end1/a")], b"")
    };
    let read = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-end1/*"});
    let write = json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b-end2/*"});
    assert_eq!(copy("only-read", json!([read])).code(), "AccessDenied");
    assert_eq!(copy("only-write", json!([write])).code(), "AccessDenied");
    copy("both", json!([read, write])).ok();
}

#[test]
fn cloudtrail_may_deliver_by_bucket_policy() {
    let s3 = S3::new();
    s3.put("/b-trail", b"").ok();
    let trail = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t";
    // AWS: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail".
    let statement = |arn: &str| {
        json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::b-trail/AWSLogs/111111111111/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": arn}},
        })
    };
    let deliver = |acl: Option<&str>| {
        s3.as_service(
            "cloudtrail.amazonaws.com",
            trail,
            PutObjectRequest {
                bucket: "b-trail".to_owned(),
                key: "AWSLogs/111111111111/log.json.gz".to_owned(),
                acl: acl.map(str::to_owned),
                body: Body::from(b"log".to_vec()),
                ..PutObjectRequest::default()
            },
        )
    };
    let full = Some("bucket-owner-full-control");
    assert_eq!(deliver(full), Err("AccessDenied".to_owned()));
    s3.policy("b-trail", statement("arn:aws:cloudtrail:us-east-1:111111111111:trail/other")).ok();
    assert_eq!(deliver(full), Err("AccessDenied".to_owned()));
    s3.policy("b-trail", statement(trail)).ok();
    assert_eq!(deliver(None), Err("AccessDenied".to_owned()));
    assert_eq!(deliver(full), Ok(()));
    let head = s3.send(Some(&s3.admin), "HEAD", "/b-trail/AWSLogs/111111111111/log.json.gz", &[], b"").ok();
    assert_eq!(head.header("x-amz-server-side-encryption"), Some("AES256"));
    assert_eq!(s3.get("/b-trail/AWSLogs/111111111111/log.json.gz").ok().body, b"log");
}

#[test]
fn canonical_users_stand_in_policies() {
    // Rule 60.
    let mut s3 = S3::new();
    let (account, other) = s3.world.account();
    s3.put("/b-canonical", b"").ok();
    s3.put("/b-canonical/a", b"1").ok();
    let find = |tx: &mut Tx| kage_identity::accounts::find(tx.reads(), &account);
    let id = s3.world.write(find).unwrap().canonical_id;
    let allow = |id: &str| {
        json!({
            "Effect": "Allow", "Principal": {"CanonicalUser": id}, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b-canonical/*",
        })
    };
    assert_eq!(s3.policy("b-canonical", allow(&"0".repeat(64))).code(), "MalformedPolicy");
    s3.policy("b-canonical", allow(&id)).ok();
    s3.send(Some(&other), "GET", "/b-canonical/a", &[], b"").ok();
    s3.delete("/b-canonical?policy").ok();
    assert_eq!(s3.send(Some(&other), "GET", "/b-canonical/a", &[], b"").code(), "AccessDenied");
}

#[test]
fn old_versions_are_another_action() {
    // Rule 7.
    let s3 = S3::new();
    s3.put("/b-old", b"").ok();
    s3.put("/b-old/a", b"1").ok();
    let current = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let user = s3.user("current-only", current);
    s3.send(Some(&user), "GET", "/b-old/a", &[], b"").ok();
    let denied = s3.send(Some(&user), "GET", "/b-old/a?versionId=null", &[], b"");
    assert!(denied.element("Message").unwrap().contains("s3:GetObjectVersion"), "{}", denied.text());
    assert_eq!(s3.send(Some(&user), "DELETE", "/b-old/a?versionId=null", &[], b"").code(), "AccessDenied");
}

#[test]
fn groups_give_access() {
    // claims: DATA-S3-06
    let s3 = S3::new();
    s3.put("/b-group", b"").ok();
    s3.put("/b-group/a", b"1").ok();
    let user = s3.world.user(&s3.admin, "member");
    let iam =
        |operation: &str, input: serde_json::Value| s3.world.call(&s3.admin, "iam", operation, input).ok();
    iam("CreateGroup", json!({"GroupName": "readers"}));
    let statement =
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-group/*"});
    let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    iam("PutGroupPolicy", json!({"GroupName": "readers", "PolicyName": "p", "PolicyDocument": document}));
    let get = || s3.send(Some(&user), "GET", "/b-group/a", &[], b"");
    assert_eq!(get().code(), "AccessDenied");
    iam("AddUserToGroup", json!({"GroupName": "readers", "UserName": "member"}));
    assert_eq!(get().ok().body, b"1");
    iam("RemoveUserFromGroup", json!({"GroupName": "readers", "UserName": "member"}));
    assert_eq!(get().code(), "AccessDenied");
}

#[test]
fn bucket_policies_have_conditions_that_acls_lack() {
    // claims: DATA-S3-04
    let mut s3 = S3::new();
    let (account, other) = s3.world.account();
    s3.put("/b-conditions", b"").ok();
    s3.put("/b-conditions/in/a", b"1").ok();
    s3.put("/b-conditions/out/a", b"1").ok();
    let allow = |addresses: &str| {
        json!({
            "Effect": "Allow", "Principal": {"AWS": account}, "Action": ["s3:GetObject", "s3:GetObjectTagging"],
            "Resource": "arn:aws:s3:::b-conditions/in/*",
            "Condition": {"IpAddress": {"aws:SourceIp": addresses}, "Bool": {"aws:SecureTransport": "true"}},
        })
    };
    let get = |s3: &S3, target: &str| s3.send(Some(&other), "GET", target, &[], b"").status;
    s3.policy("b-conditions", allow("192.0.2.0/24")).ok();
    assert_eq!(get(&s3, "/b-conditions/in/a"), 200);
    assert_eq!(get(&s3, "/b-conditions/in/a?tagging"), 200);
    assert_eq!(get(&s3, "/b-conditions/in/a?acl"), 403);
    assert_eq!(get(&s3, "/b-conditions/out/a"), 403);
    s3.policy("b-conditions", allow("198.51.100.0/24")).ok();
    assert_eq!(get(&s3, "/b-conditions/in/a"), 403);
    let big = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": vec!["arn:aws:s3:::b-conditions/x"; 800]});
    assert_eq!(s3.policy("b-conditions", big).code(), "PolicyTooLarge");
}

#[test]
fn many_deletions_are_allowed_one_by_one() {
    let s3 = S3::new();
    s3.put("/b-each", b"").ok();
    for key in ["mine/a", "yours/a", "mine/b"] {
        s3.put(&format!("/b-each/{key}"), b"1").ok();
    }
    let user = s3.user(
        "cleaner",
        json!({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::b-each/mine/*"}),
    );
    let body = b"<Delete><Object><Key>mine/a</Key></Object><Object><Key>yours/a</Key></Object><Object><Key>mine/b</Key></Object></Delete>";
    let done = s3.send(Some(&user), "POST", "/b-each?delete", &[], body).ok();
    assert_eq!(done.elements("Key"), ["mine/a", "mine/b", "yours/a"]);
    assert_eq!(done.elements("Code"), ["AccessDenied"]);
    assert!(done.text().contains("s3:DeleteObject on resource"), "{}", done.text());
    assert_eq!(s3.get("/b-each?list-type=2").ok().elements("Key"), ["yours/a"]);
    let events = s3.data_events(MANAGEMENT);
    let event = events.iter().find(|event| event["eventName"] == "DeleteObjects").unwrap();
    assert_eq!(event["errorCode"], serde_json::Value::Null);
    let resources = json!([
        {"accountId": MANAGEMENT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b-each"},
        {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b-each/"},
    ]);
    assert_eq!(event["resources"], resources);
}

#[test]
fn records_tell_of_the_connection() {
    let s3 = S3::new();
    s3.put("/b-told", b"").ok();
    s3.put("/b-told/a", b"12345").ok();
    s3.send(Some(&s3.admin), "GET", "/b-told/a", &[("range", "bytes=1-3")], b"").ok();
    s3.send(None, "GET", "/b-told/a", &[], b"");
    let events = s3.data_events(MANAGEMENT);
    let of = |name: &str| {
        let event = events.iter().find(|event| event["eventName"] == name).unwrap();
        event["additionalEventData"].clone()
    };
    let put = of("PutObject");
    assert_eq!((&put["bytesTransferredIn"], &put["bytesTransferredOut"]), (&json!(5), &json!(0)));
    assert_eq!(
        (&put["SignatureVersion"], &put["AuthenticationMethod"]),
        (&json!("SigV4"), &json!("AuthHeader"))
    );
    assert!(put["x-amz-id-2"].as_str().is_some_and(|id| id.len() == 64));
    let get = of("GetObject");
    assert_eq!((&get["bytesTransferredIn"], &get["bytesTransferredOut"]), (&json!(0), &json!(3)));
    let unsigned = events.iter().find(|event| event["errorCode"] == "AccessDenied").unwrap();
    assert_eq!(unsigned["additionalEventData"]["AuthenticationMethod"], serde_json::Value::Null);
}
