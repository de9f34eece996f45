//! Lifecycle rules on the double's clock, archives and their restoration.

use crate::rest::{Reply, S3};
use serde_json::json;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

fn document(rules: &str) -> String {
    format!(
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</LifecycleConfiguration>"
    )
}

fn rule(id: &str, filter: &str, actions: &str) -> String {
    format!("<Rule><ID>{id}</ID><Filter>{filter}</Filter><Status>Enabled</Status>{actions}</Rule>")
}

impl S3 {
    fn rules(&self, bucket: &str, rules: &str) -> Reply {
        self.put(&format!("/{bucket}?lifecycle"), document(rules).as_bytes())
    }

    fn head(&self, target: &str) -> Reply {
        self.send(Some(&self.admin), "HEAD", target, &[], b"")
    }

    fn restore(&self, target: &str, days: i32, tier: &str) -> Reply {
        let body = format!(
            "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>{days}</Days><GlacierJobParameters><Tier>{tier}</Tier></GlacierJobParameters></RestoreRequest>"
        );
        self.send(Some(&self.admin), "POST", &format!("{target}?restore"), &[], body.as_bytes())
    }

    fn versioned(&self, bucket: &str) {
        self.put(&format!("/{bucket}?versioning"), b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>").ok();
    }
}

#[test]
fn objects_move_into_the_archive_and_come_back() {
    let s3 = S3::new();
    s3.put("/b-archive", b"").ok();
    let large = vec![7_u8; 128 * 1024];
    s3.put("/b-archive/logs/large", &large).ok();
    s3.put("/b-archive/logs/small", b"1").ok();
    s3.put("/b-archive/other", &large).ok();
    let moves = "<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>";
    let set = s3.rules("b-archive", &rule("r", "<Prefix>logs/</Prefix>", moves)).ok();
    let minimum = "x-amz-transition-default-minimum-object-size";
    assert_eq!(set.header(minimum), Some("all_storage_classes_128K"));
    let class = |key: &str| {
        s3.head(&format!("/b-archive/{key}")).ok().header("x-amz-storage-class").map(str::to_owned)
    };
    s3.world.advance(30 * DAY);
    assert_eq!(class("logs/large"), None);
    // claims: DATA-GLACIER-02
    s3.world.advance(DAY);
    assert_eq!(class("logs/large").as_deref(), Some("GLACIER"));
    assert_eq!((class("logs/small"), class("other")), (None, None));
    let refused = s3.get("/b-archive/logs/large");
    assert_eq!((refused.status, refused.code().as_str()), (403, "InvalidObjectState"));
    let warm = s3.restore("/b-archive/other", 2, "Standard");
    assert_eq!((warm.status, warm.code().as_str()), (403, "InvalidObjectState"));
    s3.restore("/b-archive/logs/large", 2, "Standard").ok();
    let again = s3.restore("/b-archive/logs/large", 2, "Standard");
    assert_eq!((again.status, again.code().as_str()), (409, "RestoreAlreadyInProgress"));
    assert_eq!(
        s3.head("/b-archive/logs/large").ok().header("x-amz-restore"),
        Some("ongoing-request=\"true\"")
    );
    s3.world.advance(5 * HOUR);
    assert!(s3.get("/b-archive/logs/large").ok().body == large);
    let told = s3.head("/b-archive/logs/large").ok();
    // Ready on 2 February at 08:04; two days later, up to midnight.
    assert_eq!(
        told.header("x-amz-restore"),
        Some("ongoing-request=\"false\", expiry-date=\"Thu, 05 Feb 2026 00:00:00 GMT\"")
    );
    assert_eq!(told.header("x-amz-storage-class"), Some("GLACIER"));
    s3.world.advance(3 * DAY);
    assert_eq!(s3.get("/b-archive/logs/large").code(), "InvalidObjectState");
    assert_eq!(s3.head("/b-archive/logs/large").ok().header("x-amz-restore"), None);
    // With the other default small objects go as well.
    let varies = [(minimum, "varies_by_storage_class")];
    let body = document(&rule("r", "<Prefix>logs/</Prefix>", moves));
    s3.send(Some(&s3.admin), "PUT", "/b-archive?lifecycle", &varies, body.as_bytes()).ok();
    s3.world.advance(DAY);
    assert_eq!(class("logs/small").as_deref(), Some("GLACIER"));
}

#[test]
fn objects_expire() {
    let s3 = S3::new();
    s3.put("/b-expire", b"").ok();
    let expire = "<Expiration><Days>3</Days></Expiration>";
    let tagged = "<Tag><Key>keep</Key><Value>no</Value></Tag>";
    s3.rules("b-expire", &rule("gone", tagged, expire)).ok();
    let tags = [("x-amz-tagging", "keep=no")];
    let put = s3.send(Some(&s3.admin), "PUT", "/b-expire/a", &tags, b"1").ok();
    let told = "expiry-date=\"Tue, 06 Jan 2026 00:00:00 GMT\", rule-id=\"gone\"";
    assert_eq!(put.header("x-amz-expiration"), Some(told));
    assert_eq!(s3.head("/b-expire/a").ok().header("x-amz-expiration"), Some(told));
    assert_eq!(s3.put("/b-expire/b", b"1").ok().header("x-amz-expiration"), None);
    s3.world.advance(3 * DAY);
    s3.get("/b-expire/a").ok();
    s3.world.advance(DAY);
    assert_eq!(s3.get("/b-expire/a").code(), "NoSuchKey");
    s3.get("/b-expire/b").ok();
    // What comes later is seen too, and what is tagged later; without rules nothing happens.
    s3.put(
        "/b-expire/b?tagging",
        b"<Tagging><TagSet><Tag><Key>keep</Key><Value>no</Value></Tag></TagSet></Tagging>",
    )
    .ok();
    s3.world.advance(DAY);
    assert_eq!(s3.get("/b-expire/b").code(), "NoSuchKey");
    s3.send(Some(&s3.admin), "PUT", "/b-expire/c", &tags, b"1").ok();
    s3.delete("/b-expire?lifecycle").ok();
    s3.world.advance(30 * DAY);
    s3.get("/b-expire/c").ok();
    assert_eq!(s3.get("/b-expire?lifecycle").code(), "NoSuchLifecycleConfiguration");
}

#[test]
fn versions_are_hidden_then_removed_then_their_markers() {
    let s3 = S3::new();
    s3.put("/b-old", b"").ok();
    s3.versioned("b-old");
    let all = "<Prefix></Prefix>";
    let rules = [
        rule("current", all, "<Expiration><Days>1</Days></Expiration>"),
        rule(
            "old",
            all,
            "<NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays></NoncurrentVersionExpiration>",
        ),
        rule(
            "markers",
            all,
            "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
        ),
    ];
    s3.rules("b-old", &rules.concat()).ok();
    s3.put("/b-old/a", b"1").ok();
    s3.world.advance(2 * DAY);
    assert_eq!(s3.get("/b-old/a").code(), "NoSuchKey");
    let listed = |what: &str| s3.get("/b-old?versions").ok().text().matches(what).count();
    assert_eq!((listed("<Version>"), listed("<DeleteMarker>")), (1, 1));
    s3.world.advance(6 * DAY);
    assert_eq!(listed("<Version>"), 0);
    s3.world.advance(2 * DAY);
    assert_eq!(listed("<DeleteMarker>"), 0);
}

#[test]
fn uploads_are_given_up() {
    let s3 = S3::new();
    s3.put("/b-uploads", b"").ok();
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    s3.rules("b-uploads", &rule("r", "<Prefix>in/</Prefix>", abort)).ok();
    s3.send(Some(&s3.admin), "POST", "/b-uploads/in/a?uploads", &[], b"").ok();
    s3.send(Some(&s3.admin), "POST", "/b-uploads/out?uploads", &[], b"").ok();
    let keys = || s3.get("/b-uploads?uploads").ok().elements("Key");
    s3.world.advance(2 * DAY);
    assert_eq!(keys(), ["in/a", "out"]);
    s3.world.advance(DAY);
    assert_eq!(keys(), ["out"]);
}

#[test]
fn what_lifecycle_does_is_told() {
    let s3 = S3::with(vec![kage_sqs::service()]);
    s3.put("/b-told", b"").ok();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]});
    let input = json!({"QueueName": "q", "Attributes": {"Policy": policy.to_string()}});
    let queue = s3.world.call(&s3.admin, "sqs", "CreateQueue", input).ok();
    let body = "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:111111111111:q</Queue><Event>s3:LifecycleExpiration:*</Event></QueueConfiguration></NotificationConfiguration>";
    s3.put("/b-told?notification", body.as_bytes()).ok();
    s3.put("/b-told/a", b"1").ok();
    s3.rules("b-told", &rule("r", "", "<Expiration><Days>1</Days></Expiration>")).ok();
    s3.world.advance(3 * DAY);
    let input = json!({"QueueUrl": queue["QueueUrl"], "MaxNumberOfMessages": 10});
    let got = s3.world.call(&s3.admin, "sqs", "ReceiveMessage", input).ok().to_string();
    assert!(got.contains("LifecycleExpiration:Delete"), "{got}");
    assert!(got.contains("AWS:s3.amazonaws.com"), "{got}");
}

#[test]
fn rules_are_shown_as_they_were_given() {
    let s3 = S3::new();
    s3.put("/b-shown", b"").ok();
    let and = "<And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></And>";
    let actions = "<Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration><NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><StorageClass>STANDARD_IA</StorageClass><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionTransition>";
    let old =
        "<Rule><Prefix>x</Prefix><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
    s3.rules("b-shown", &[rule("one", and, actions), old.to_owned()].concat()).ok();
    let shown = s3.get("/b-shown?lifecycle").ok().text().to_owned();
    for piece in [
        "<ID>one</ID>",
        "<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>",
        "<Key>k</Key><Value>v</Value>",
        "<Date>2027-01-01T00:00:00Z</Date>",
        "<NewerNoncurrentVersions>2</NewerNoncurrentVersions>",
        "<Status>Disabled</Status>",
        "<Prefix>x</Prefix>",
    ] {
        assert!(shown.contains(piece), "{piece} in {shown}");
    }
    s3.delete("/b-shown").ok();
    s3.put("/b-shown", b"").ok();
    assert_eq!(s3.get("/b-shown?lifecycle").code(), "NoSuchLifecycleConfiguration");
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let s3 = S3::new();
    s3.put("/b-rules", b"").ok();
    let said = |rules: &str| {
        let reply = s3.rules("b-rules", rules);
        assert_eq!(reply.status, 400, "{rules}");
        (reply.code(), reply.element("Message").unwrap())
    };
    let argument = |text: &str| ("InvalidArgument".to_owned(), text.to_owned());
    let request = |text: &str| ("InvalidRequest".to_owned(), text.to_owned());
    let move_to = |days: i32, class: &str| {
        format!("<Transition><Days>{days}</Days><StorageClass>{class}</StorageClass></Transition>")
    };
    let expire = |days: i32| format!("<Expiration><Days>{days}</Days></Expiration>");
    assert_eq!(
        said(&rule("r", "", &expire(0))),
        argument("'Days' for Expiration action must be a positive integer")
    );
    assert_eq!(
        said(&rule("r", "", &move_to(29, "STANDARD_IA"))),
        argument(
            "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"
        )
    );
    let both = format!("{}{}", expire(30), move_to(30, "GLACIER"));
    assert_eq!(
        said(&rule("r", "<Prefix>p</Prefix>", &both)),
        argument(
            "'Days' in the Expiration action for filter '(prefix=p)' must be greater than 'Days' in the Transition action"
        )
    );
    let noon = "<Expiration><Date>2027-01-01T12:00:00Z</Date></Expiration>";
    assert_eq!(said(&rule("r", "", noon)), argument("'Date' must be at midnight GMT"));
    assert_eq!(
        said(&[rule("r", "", &expire(1)), rule("r", "", &expire(1))].concat()),
        argument("Rule ID must be unique. Found same ID for more than one rule")
    );
    assert_eq!(
        said(&rule(&"i".repeat(256), "", &expire(1))),
        argument("ID length should not exceed allowed limit of 255")
    );
    assert_eq!(said(&rule("r", "", "")), request("At least one action needs to be specified in a rule"));
    let marker = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
    let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
    assert_eq!(
        said(&rule("r", tag, marker)),
        request("ExpiredObjectDeleteMarker cannot be specified with Tags.")
    );
    for malformed in [
        String::new(),
        "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>".to_owned(),
        rule("r", "<Prefix>a</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan>", &expire(1)),
        rule("r", "", "<Expiration><Days>1</Days><Date>2027-01-01T00:00:00Z</Date></Expiration>"),
    ] {
        assert_eq!(said(&malformed).0, "MalformedXML", "{malformed}");
    }
}
