//! What happens to objects, as those who asked for it are told: EventBridge at once by its bus, the others by a job.
//!
//! AWS: S3 user guide, "Event message structure" (version 2.6) and "EventBridge event message structure".

use crate::bucket::Bucket;
use crate::destinations::{self, Note};
use crate::notifications;
use crate::object::{NULL, Version};
use crate::{host_id, names, scene};
use kage_core::{Call, CallerKind, Result, Tx};
use kage_record::bus::{self, Notice};
use serde_json::{Value, json};

/// The entity tag of nothing: MD5 of no bytes. Delete markers have it in events.
const NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// What may happen to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Put,
    Posted,
    Copied,
    Completed,
    Deleted,
    Marked,
    Tagged,
    Untagged,
    AclPut,
    Aged,
    AgedMarked,
    Moved,
}

impl What {
    /// `ObjectCreated:Put`.
    pub fn name(self) -> &'static str {
        match self {
            What::Put => "ObjectCreated:Put",
            What::Posted => "ObjectCreated:Post",
            What::Copied => "ObjectCreated:Copy",
            What::Completed => "ObjectCreated:CompleteMultipartUpload",
            What::Deleted => "ObjectRemoved:Delete",
            What::Marked => "ObjectRemoved:DeleteMarkerCreated",
            What::Tagged => "ObjectTagging:Put",
            What::Untagged => "ObjectTagging:Delete",
            What::AclPut => "ObjectAcl:Put",
            What::Aged => "LifecycleExpiration:Delete",
            What::AgedMarked => "LifecycleExpiration:DeleteMarkerCreated",
            What::Moved => "LifecycleTransition",
        }
    }

    fn detail_type(self) -> &'static str {
        match self {
            What::Put | What::Posted | What::Copied | What::Completed => "Object Created",
            What::Deleted | What::Marked | What::Aged | What::AgedMarked => "Object Deleted",
            What::Tagged => "Object Tags Added",
            What::Untagged => "Object Tags Deleted",
            What::AclPut => "Object ACL Updated",
            What::Moved => "Object Storage Class Changed",
        }
    }

    fn reason(self) -> Option<&'static str> {
        Some(match self {
            What::Put => "PutObject",
            What::Posted => "POST Object",
            What::Copied => "CopyObject",
            What::Completed => "CompleteMultipartUpload",
            What::Deleted | What::Marked => "DeleteObject",
            What::Aged | What::AgedMarked => "Lifecycle Expiration",
            What::Tagged | What::Untagged | What::AclPut | What::Moved => return None,
        })
    }

    fn deletion(self) -> Option<&'static str> {
        match self {
            What::Deleted | What::Aged => Some("Permanently Deleted"),
            What::Marked | What::AgedMarked => Some("Delete Marker Created"),
            _ => None,
        }
    }

    fn creates(self) -> bool {
        self.detail_type() == "Object Created"
    }
}

/// The object of an event.
struct Subject<'a> {
    key: &'a str,
    version: Option<&'a str>,
    etag: Option<&'a str>,
    size: Option<u64>,
    sequencer: Option<String>,
    /// The class to which it went.
    class: Option<&'a str>,
}

/// Tells whoever asked for it that this happened to a version.
///
/// # Errors
/// Those of the store.
pub fn tell(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, what: What, version: &Version) -> Result<()> {
    let Some(who) = notifications::find(tx.reads(), &bucket.name)? else { return Ok(()) };
    let orders = what.creates() || what.deletion().is_some();
    let sequencer = if orders { Some(sequencer(call, tx, bucket)?) } else { None };
    let subject = Subject {
        key: &version.key,
        version: Some(version.id.as_str()).filter(|id| *id != NULL && !id.is_empty()),
        etag: match what {
            What::Deleted | What::Aged => None,
            What::Marked | What::AgedMarked => Some(NOTHING),
            _ => Some(&version.etag),
        },
        size: (what.creates() || what == What::Moved).then_some(version.size),
        class: (what == What::Moved).then_some(&version.about.storage_class),
        sequencer,
    };
    if who.event_bridge {
        let notice = Notice {
            source: "aws.s3",
            detail_type: what.detail_type(),
            resources: vec![bucket.arn()],
            detail: detail(call, bucket, what, &subject),
        };
        bus::publish(call, tx, &bucket.owner, &bucket.region, notice)?;
    }
    for rule in who.rules.iter().filter(|rule| rule.takes(what, &version.key)) {
        let record = record(call, tx, bucket, what, (&rule.id, &subject))?;
        let body = json!({ "Records": [record] }).to_string();
        let note = Note { bucket: bucket.name.clone(), kind: rule.kind, arn: rule.arn.clone(), body };
        destinations::plan(call, tx, bucket, &note)?;
    }
    Ok(())
}

/// The same of a key that was deleted and may never have been there.
///
/// # Errors
/// Those of the store.
pub fn tell_deleted(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, key: &str) -> Result<()> {
    let nothing = Version { key: key.to_owned(), ..Version::default() };
    tell(call, tx, bucket, What::Deleted, &nothing)
}

/// Grows with every event of the bucket. AWS: S3 user guide, "Event message structure": a hexadecimal value, compared as
/// text; recorded ones hold the second and 32 bits more.
fn sequencer(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket) -> Result<String> {
    let count = notifications::count(tx, &bucket.name)?;
    Ok(format!("{:010X}{count:08X}", call.now.seconds().max(0)))
}

/// One record for a queue, a topic or a function.
fn record(
    call: &Call<'_>,
    tx: &Tx,
    bucket: &Bucket,
    what: What,
    (rule, subject): (&str, &Subject<'_>),
) -> Result<Value> {
    let mut object = json!({ "key": names::encode(subject.key) });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object[name] = value;
        }
    };
    add("size", subject.size.map(Value::from));
    add("eTag", subject.etag.map(Value::from));
    add("versionId", subject.version.map(Value::from));
    add("sequencer", subject.sequencer.clone().map(Value::from));
    let mut record = json!({
        "eventVersion": "2.6",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": moment(call.now),
        "eventName": what.name(),
        "userIdentity": { "principalId": principal(call, tx)? },
        "requestParameters": { "sourceIPAddress": call.origin.source_ip },
        "responseElements": {
            "x-amz-request-id": call.request_id,
            "x-amz-id-2": host_id::of(&call.request_id),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": { "principalId": customer(tx, &bucket.owner)? },
                "arn": bucket.arn(),
            },
            "object": object,
        },
    });
    if let Some(class) = subject.class {
        record["lifecycleEventData"] = json!({ "transitionEventData": { "destinationStorageClass": class } });
    }
    Ok(record)
}

/// `detail` for EventBridge.
fn detail(call: &Call<'_>, bucket: &Bucket, what: What, subject: &Subject<'_>) -> Value {
    let mut object = json!({ "key": subject.key });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object[name] = value;
        }
    };
    add("size", subject.size.map(Value::from));
    add("etag", subject.etag.map(Value::from));
    add("version-id", subject.version.map(Value::from));
    add("sequencer", subject.sequencer.clone().map(Value::from));
    // AWS: the same page: the account or the service that asked.
    let requester = call.caller.service_name().unwrap_or(&call.caller.account);
    let mut out = json!({
        "version": "0",
        "event-version": "1.2",
        "bucket": { "name": bucket.name },
        "object": object,
        "request-id": call.request_id,
        "requester": requester,
    });
    // AWS: the same page: lifecycle has no address.
    if !matches!(what, What::Aged | What::AgedMarked | What::Moved) {
        out["source-ip-address"] = json!(call.origin.source_ip);
    }
    if let Some(class) = subject.class {
        out["destination-storage-class"] = json!(class);
    }
    for (name, value) in [("reason", what.reason()), ("deletion-type", what.deletion())] {
        if let Some(value) = value {
            out[name] = json!(value);
        }
    }
    out
}

/// A time with milliseconds: `2026-01-02T03:04:05.000Z`.
pub fn moment(at: kage_schema::Timestamp) -> String {
    let seconds = at.whole_seconds().iso8601();
    let ms = at.milliseconds().rem_euclid(1000);
    format!("{}.{ms:03}Z", seconds.trim_end_matches('Z'))
}

/// `principalId` of who did it. AWS: recorded events: `AWS:` and the unique id; root users have their customer id.
fn principal(call: &Call<'_>, tx: &Tx) -> Result<String> {
    Ok(match call.caller.kind {
        CallerKind::Root => customer(tx, &call.caller.account)?,
        CallerKind::Anonymous => "Anonymous".to_owned(),
        _ => format!("AWS:{}", call.caller.id),
    })
}

/// The retail customer id of an account's owner: `A3NL1KOZZKExample`. The double has none, so it is made of the canonical id.
fn customer(tx: &Tx, account: &str) -> Result<String> {
    let canonical = scene::canonical_id(tx.reads(), account)?.unwrap_or_default();
    Ok(format!("A{}", canonical.chars().take(13).collect::<String>().to_uppercase()))
}
