//! Browser uploads: forms with a policy, and without one.

use crate::rest::{Reply, S3};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_sigv4::{Algorithm, PathRule, Signer, format_basic, format_extended};
use kage_test::{Caller, MANAGEMENT};
use serde_json::{Value, json};

type Fields = Vec<(String, String)>;

/// A form of these fields and this file, with its name.
fn body(fields: &[(String, String)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        out.extend(part.into_bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
        );
        out.extend(head.into_bytes());
        out.extend(bytes);
        out.extend(b"\r\n");
    }
    out.extend(b"--XX--\r\n");
    out
}

fn send(s3: &S3, bucket: &str, body: &[u8]) -> Reply {
    let kind = [("content-type", "multipart/form-data; boundary=XX")];
    s3.send(None, "POST", &format!("/{bucket}"), &kind, body)
}

fn post(s3: &S3, bucket: &str, fields: &[(String, String)], bytes: &[u8]) -> Reply {
    send(s3, bucket, &body(fields, Some(("C:\\photos\\a b.txt", bytes))))
}

fn fields(given: &[(&str, &str)]) -> Fields {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Adds the proof of a policy with these conditions, valid for so many seconds.
fn signed(s3: &S3, caller: &Caller, given: &[(&str, &str)], conditions: &str, seconds: i64) -> Fields {
    let now = s3.world.pipeline.world().clock.wall().seconds();
    let signer = Signer {
        algorithm: Algorithm::HmacSha256,
        access_key: &caller.key,
        secret: &caller.secret,
        session_token: caller.token.as_deref(),
        region: "us-east-1",
        service: "s3",
        path: PathRule { normalise: false, encode_again: false },
        token_after_signing: false,
        send_content_sha256: false,
    };
    let date = format_basic(now);
    let credential = format!("{}/{}/us-east-1/s3/aws4_request", caller.key, &date[..8]);
    let mut given = fields(given);
    let mut conditions = conditions.to_owned();
    if let Some(token) = &caller.token {
        conditions.push_str(&format!(", {{\"x-amz-security-token\": \"{token}\"}}"));
        given.extend(fields(&[("x-amz-security-token", token)]));
    }
    let policy = format!(
        r#"{{"expiration": "{}", "conditions": [{{"x-amz-algorithm": "AWS4-HMAC-SHA256"}}, {{"x-amz-credential": "{credential}"}}, {{"x-amz-date": "{date}"}}, {conditions}]}}"#,
        format_extended(now + seconds)
    );
    let policy = STANDARD.encode(policy);
    let signature = signer.sign_policy(&policy, now).unwrap();
    let mut all = given;
    all.extend(fields(&[
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", &date),
        ("Policy", &policy),
        ("X-Amz-Signature", &signature),
    ]));
    all
}

const ANY: &str = r#"{"bucket": "b-form"}, ["starts-with", "$key", "in/"]"#;

fn world() -> S3 {
    let s3 = S3::new();
    s3.put("/b-form", b"").ok();
    s3
}

/// Posts one file of six bytes as the administrator.
fn try_with(s3: &S3, given: &[(&str, &str)], conditions: &str) -> Reply {
    post(s3, "b-form", &signed(s3, &s3.admin, given, conditions, 60), b"posted")
}

fn refused(reply: &Reply) -> (u16, String, String) {
    (reply.status, reply.code(), reply.element("Message").unwrap())
}

#[test]
fn a_form_becomes_an_object() {
    let s3 = world();
    let reply = try_with(&s3, &[("key", "in/${filename}")], ANY).ok();
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert!(reply.header("etag").is_some_and(|etag| etag.len() == 34));
    assert!(reply.header("location").unwrap().ends_with("/b-form/in/a%20b.txt"));
    let got = s3.get("/b-form/in/a%20b.txt").ok();
    assert_eq!(got.body, b"posted");
    // The type of the object is a field of the form, never that of the part.
    assert_eq!(got.header("content-type"), Some("binary/octet-stream"));
    // It is a PutObject, of the one who signed, and the record says so.
    let events = s3.data_events(MANAGEMENT);
    let event = events.iter().find(|event| event["eventName"] == "PutObject").unwrap();
    assert_eq!(event["userIdentity"]["userName"], "admin");
    assert_eq!(event["requestParameters"]["key"], "in/a b.txt");
    assert_eq!(event["requestParameters"]["bucketName"], "b-form");
    assert_eq!(event["additionalEventData"]["AuthenticationMethod"], "POST");
}

#[test]
fn fields_are_what_headers_are_elsewhere() {
    let s3 = world();
    let tags = "<Tagging><TagSet><Tag><Key>a=b+c</Key><Value>c d</Value></Tag></TagSet></Tagging>";
    let given = [
        ("key", "in/a"),
        ("Content-Type", "text/plain"),
        ("Cache-Control", "no-cache"),
        ("x-amz-meta-Colour", "red ${filename}"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("tagging", tags),
        ("x-ignore-me", "1"),
    ];
    let conditions = format!(
        "{ANY}, [\"starts-with\", \"$content-type\", \"text/\"], {{\"cache-control\": \"no-cache\"}}, {{\"x-amz-meta-colour\": \"red a b.txt\"}}, [\"starts-with\", \"$x-amz-storage-class\", \"\"], [\"starts-with\", \"$tagging\", \"\"]"
    );
    try_with(&s3, &given, &conditions).ok();
    let got = s3.get("/b-form/in/a").ok();
    for (name, value) in [
        ("content-type", "text/plain"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-colour", "red a b.txt"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ] {
        assert_eq!(got.header(name), Some(value), "{name}");
    }
    let shown = s3.get("/b-form/in/a?tagging").ok();
    assert_eq!(
        (shown.element("Key").as_deref(), shown.element("Value").as_deref()),
        (Some("a=b+c"), Some("c d"))
    );
    let broken = [("key", "in/b"), ("tagging", "broken")];
    let conditions = format!("{ANY}, [\"starts-with\", \"$tagging\", \"\"]");
    assert_eq!(try_with(&s3, &broken, &conditions).code(), "MalformedXML");
    let split = [("key", "in/b"), ("x-amz-meta-a", "x\r\ny")];
    let conditions = format!("{ANY}, [\"starts-with\", \"$x-amz-meta-a\", \"\"]");
    assert_eq!(try_with(&s3, &split, &conditions).code(), "InvalidArgument");
    assert_eq!(s3.get("/b-form/in/b").code(), "NoSuchKey");
}

#[test]
fn success_is_answered_as_the_form_asks() {
    let s3 = world();
    let with = |name: &str, value: &str| {
        let any = format!("{ANY}, [\"starts-with\", \"${name}\", \"\"]");
        try_with(&s3, &[("key", "in/a&b"), (name, value)], &any)
    };
    assert_eq!(with("success_action_status", "200").status, 200);
    assert_eq!(with("success_action_status", "202").status, 204);
    let created = with("success_action_status", "201");
    assert_eq!(created.status, 201);
    assert_eq!(created.header("content-type"), Some("application/xml"));
    assert!(created.text().contains("<PostResponse>"), "{}", created.text());
    for (name, value) in [("Bucket", "b-form"), ("Key", "in/a&b")] {
        assert_eq!(created.element(name).as_deref(), Some(value));
    }
    assert_eq!(created.element("ETag").as_deref(), created.header("etag"));
    assert_eq!(created.element("Location").as_deref(), created.header("location"));
    let seen = |url: &str| {
        let reply = with("success_action_redirect", url);
        (reply.status, reply.header("location").unwrap().to_owned())
    };
    let etag = created.header("etag").unwrap().replace('"', "%22");
    let place = format!("https://example.com/done?a=1&bucket=b-form&key=in%2Fa%26b&etag={etag}");
    assert_eq!(seen("https://example.com/done?a=1"), (303, place));
    assert_eq!(seen("no url").0, 204);
}

#[test]
fn a_policy_is_kept_to_the_letter() {
    let s3 = world();
    let failed = |given: &[(&str, &str)], conditions: &str| refused(&try_with(&s3, given, conditions));
    let denied =
        |text: &str| (403, "AccessDenied".to_owned(), format!("Invalid according to Policy: {text}"));
    assert_eq!(
        failed(&[("key", "out/a")], ANY),
        denied("Policy Condition failed: [\"starts-with\", \"$key\", \"in/\"]")
    );
    assert_eq!(failed(&[("key", "in/a"), ("acl", "private")], ANY), denied("Extra input fields: acl"));
    assert_eq!(
        failed(&[("key", "in/a")], r#"["eq", "$bucket", "b-other"], ["starts-with", "$key", ""]"#),
        denied("Policy Condition failed: [\"eq\", \"$bucket\", \"b-other\"]")
    );
    // A condition that no field fulfils.
    assert_eq!(
        failed(&[("key", "in/a")], &format!("{ANY}, {{\"acl\": \"private\"}}")),
        denied("Policy Condition failed: [\"eq\", \"$acl\", \"private\"]")
    );
    let sized = |low: u64, high: u64| {
        try_with(&s3, &[("key", "in/a")], &format!("{ANY}, [\"content-length-range\", {low}, {high}]"))
    };
    let large = sized(1, 5);
    assert_eq!((large.status, large.code().as_str()), (400, "EntityTooLarge"));
    assert_eq!(large.element("MaxSizeAllowed").as_deref(), Some("5"));
    // What is too large is refused while it comes, not at its end: the size is the announced one.
    let any = format!("{ANY}, [\"content-length-range\", 1, 5]");
    let whole = body(&signed(&s3, &s3.admin, &[("key", "in/a")], &any, 60), Some(("a", b"posted")));
    let headers = [("content-type", "multipart/form-data; boundary=XX"), ("content-length", "70000")];
    let announced = s3.send(None, "POST", "/b-form", &headers, &whole);
    assert_eq!(announced.element("ProposedSize").as_deref(), Some("70000"));
    let small = sized(7, 9);
    assert_eq!((small.status, small.code().as_str()), (400, "EntityTooSmall"));
    assert_eq!(small.element("ProposedSize").as_deref(), Some("6"));
    sized(6, 6).ok();
    let old = signed(&s3, &s3.admin, &[("key", "in/b")], ANY, -1);
    assert_eq!(refused(&post(&s3, "b-form", &old, b"x")), denied("Policy expired."));
    assert_eq!(s3.get("/b-form/in/b").code(), "NoSuchKey");
}

#[test]
fn a_form_that_was_tampered_with_is_refused() {
    let s3 = world();
    let good = signed(&s3, &s3.admin, &[("key", "in/a")], ANY, 60);
    let with = |name: &str, value: &str| {
        let mut changed = good.clone();
        changed.iter_mut().find(|(known, _)| known == name).unwrap().1 = value.to_owned();
        post(&s3, "b-form", &changed, b"x")
    };
    let without = |name: &str| {
        let kept: Fields = good.iter().filter(|(known, _)| known != name).cloned().collect();
        refused(&post(&s3, "b-form", &kept, b"x"))
    };
    let other =
        STANDARD.encode(r#"{"expiration": "2999-01-01T00:00:00Z", "conditions": [{"bucket": "b-form"}]}"#);
    for (name, value, code) in [
        ("Policy", other.as_str(), "SignatureDoesNotMatch"),
        ("X-Amz-Signature", &"0".repeat(64), "SignatureDoesNotMatch"),
        ("X-Amz-Algorithm", "AWS4-NONE", "InvalidArgument"),
        ("X-Amz-Credential", "AKIANOBODY/20260102/us-east-1/s3/aws4_request", "InvalidArgument"),
    ] {
        let reply = with(name, value);
        assert_eq!(reply.code(), code, "{name}: {}", reply.text());
    }
    let other = with("X-Amz-Algorithm", "AWS4-NONE");
    assert_eq!(other.element("Message").as_deref(), Some("Only AWS4-HMAC-SHA256 is supported"));
    assert_eq!(other.element("ArgumentName").as_deref(), Some("X-Amz-Algorithm"));
    assert_eq!(with("X-Amz-Date", "yesterday").element("ArgumentName").as_deref(), Some("X-Amz-Date"));
    for name in ["key", "Policy", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Algorithm"] {
        let (status, code, text) = without(name);
        assert_eq!((status, code.as_str()), (400, "InvalidArgument"), "{name}");
        let expected = format!("Bucket POST must contain a field named '{}'.", name.to_lowercase());
        assert!(text.starts_with(&expected), "{text}");
    }
    let mut twice = good.clone();
    twice.push(("KEY".to_owned(), "in/other".to_owned()));
    assert_eq!(post(&s3, "b-form", &twice, b"x").code(), "InvalidArgument");
    let whole = body(&good, Some(("a", b"x")));
    let cut = send(&s3, "b-form", &whole[..whole.len() - 10]);
    assert_eq!((cut.status, cut.code().as_str()), (400, "MalformedPOSTRequest"));
    assert_eq!(send(&s3, "b-form", b"no form").code(), "InvalidArgument");
    assert_eq!(send(&s3, "b-form", &body(&good, None)).code(), "InvalidArgument");
    let many = signed(&s3, &s3.admin, &[("key", "in/a"), ("x-ignore-a", &"a".repeat(20_480))], ANY, 60);
    assert_eq!(post(&s3, "b-form", &many, b"x").code(), "MaxPostPreDataLengthExceeded");
    assert_eq!(post(&s3, "none-such", &fields(&[("key", "a")]), b"x").code(), "NoSuchBucket");
    let json = s3.send(None, "POST", "/b-form", &[("content-type", "application/json")], b"{}");
    assert_eq!((json.status, json.code().as_str()), (412, "PreconditionFailed"));
    assert_eq!(s3.get("/b-form?list-type=2").ok().element("KeyCount").as_deref(), Some("0"));
    // Nothing was wrong but what was made wrong.
    post(&s3, "b-form", &good, b"x").ok();
}

#[test]
fn the_signer_needs_the_permission_to_write() {
    let s3 = world();
    let user = s3.user(
        "poster",
        json!({
            "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b-form/in/mine/*",
            "Condition": {"StringEquals": {"s3:authType": "POST", "s3:signatureversion": "AWS4-HMAC-SHA256"}},
        }),
    );
    let as_user = |key: &str| post(&s3, "b-form", &signed(&s3, &user, &[("key", key)], ANY, 60), b"x");
    as_user("in/mine/a").ok();
    let denied = as_user("in/yours/a");
    assert_eq!((denied.status, denied.code().as_str()), (403, "AccessDenied"));
    assert!(denied.text().contains("s3:PutObject on resource"), "{}", denied.text());
    // The same permission is worth nothing when the write is no form.
    assert_eq!(s3.send(Some(&user), "PUT", "/b-form/in/mine/a", &[], b"x").code(), "AccessDenied");
    let recorded = |event: &&Value| event["errorCode"] == "AccessDenied" && event["eventName"] == "PutObject";
    assert_eq!(s3.data_events(MANAGEMENT).iter().filter(recorded).count(), 2);
}

#[test]
fn a_form_without_a_policy_is_nobodys() {
    let s3 = world();
    let plain = fields(&[("key", "open/${filename}")]);
    let denied = post(&s3, "b-form", &plain, b"x");
    assert_eq!((denied.status, denied.code().as_str()), (403, "AccessDenied"));
    s3.unblock("b-form");
    s3.policy("b-form", json!({"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b-form/open/*"})).ok();
    post(&s3, "b-form", &plain, b"x").ok();
    assert_eq!(s3.get("/b-form/open/a%20b.txt").ok().body, b"x");
    assert_eq!(post(&s3, "b-form", &fields(&[("key", "else")]), b"x").code(), "AccessDenied");
    let empty = post(&s3, "b-form", &fields(&[("key", "")]), b"x");
    assert_eq!(empty.element("Message").as_deref(), Some("User key must have a length greater than 0."));
}

#[test]
fn sessions_sign_forms_with_their_token() {
    let s3 = world();
    let bearer =
        s3.world.write(|tx| kage_identity::principal::credential(tx.reads(), &s3.admin.key)).unwrap();
    let session = s3.world.session(bearer.caller, false);
    let good = signed(&s3, &session, &[("key", "in/a")], ANY, 60);
    post(&s3, "b-form", &good, b"x").ok();
    let change = |token: Option<&str>| {
        let mut changed = good.clone();
        changed.retain(|(name, _)| name != "x-amz-security-token");
        changed.extend(token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        post(&s3, "b-form", &changed, b"x").code()
    };
    assert_eq!(change(Some("other")), "InvalidToken");
    assert_eq!(change(None), "InvalidAccessKeyId");
    // The session ends; the policy would go on.
    s3.world.advance(3_600_000);
    assert_eq!(post(&s3, "b-form", &good, b"x").code(), "ExpiredToken");
}
