//! What S3 says of documents and headers that cannot be, in its own words.

use crate::rest::{Headers, Reply, S3};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

const TAGS: &[u8] = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";

/// Code, text and the argument that is wrong.
fn said(reply: &Reply) -> (u16, String, String, Option<String>) {
    (reply.status, reply.code(), reply.element("Message").unwrap_or_default(), reply.element("ArgumentName"))
}

#[test]
fn headers_that_no_value_may_have_are_refused_in_the_words_of_s3() {
    let s3 = S3::new();
    s3.put("/b-words", b"").ok();
    s3.put("/b-words/a", b"1").ok();
    let put = |name: &'static str| {
        said(&s3.send(Some(&s3.admin), "PUT", "/b-words/new", &[(name, "nonsense")], b"x"))
    };
    let argument =
        |text: &str, name: &str| (400, "InvalidArgument".to_owned(), text.to_owned(), Some(name.to_owned()));
    assert_eq!(put("x-amz-acl"), argument("", "x-amz-acl"));
    assert_eq!(
        put("x-amz-server-side-encryption"),
        argument("The encryption method specified is not supported", "x-amz-server-side-encryption")
    );
    let class = s3.send(Some(&s3.admin), "PUT", "/b-words/new", &[("x-amz-storage-class", "COLD")], b"x");
    assert_eq!(class.code(), "InvalidStorageClass");
    assert_eq!(class.element("StorageClassRequested").as_deref(), Some("COLD"));
    let copy = |name: &'static str| {
        let headers = [("x-amz-copy-source", "/b-words/a"), (name, "nonsense")];
        said(&s3.send(Some(&s3.admin), "PUT", "/b-words/copy", &headers, b""))
    };
    assert_eq!(
        copy("x-amz-metadata-directive"),
        argument("Unknown metadata directive.", "x-amz-metadata-directive")
    );
    assert_eq!(
        copy("x-amz-tagging-directive"),
        argument("Unknown tagging directive.", "x-amz-tagging-directive")
    );
    let owned = s3.send(Some(&s3.admin), "PUT", "/b-other", &[("x-amz-object-ownership", "Mine")], b"");
    assert_eq!(
        said(&owned),
        argument("Invalid x-amz-object-ownership header: Mine", "x-amz-object-ownership")
    );
    assert_eq!(
        said(&s3.get("/b-words?encoding-type=utf")),
        argument("Invalid Encoding Method specified in Request", "encoding-type")
    );
    let keys = s3.get("/b-words?max-keys=many");
    assert_eq!(said(&keys), argument("Provided max-keys not an integer or within integer range", "max-keys"));
    assert_eq!(keys.element("ArgumentValue").as_deref(), Some("many"));
    assert_eq!(
        said(&s3.get("/?max-buckets=0")),
        argument("Argument max-buckets must be an integer between 1 and 10000.", "max-buckets")
    );
    let none = s3.get("/b-words/a?attributes");
    assert_eq!((none.status, none.code().as_str()), (400, "InvalidRequest"));
    assert_eq!(s3.get("/b-words/new").code(), "NoSuchKey");
}

#[test]
fn documents_that_break_their_schema_are_malformed() {
    let s3 = S3::new();
    s3.put("/b-malformed", b"").ok();
    for (target, body) in [
        ("?versioning", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"),
        (
            "?ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>Mine</ObjectOwnership></Rule></OwnershipControls>",
        ),
        ("?tagging", "<Tagging><TagSet><Tag><Key></Key><Value>v</Value></Tag></TagSet></Tagging>"),
        ("?tagging", "<Tagging><TagSet><Tag><Value>v</Value></Tag></TagSet></Tagging>"),
        ("?versioning", "<VersioningConfiguration>"),
    ] {
        let reply = s3.put(&format!("/b-malformed{target}"), body.as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), (400, "MalformedXML"), "{body}");
    }
    for target in ["?versioning", "?ownershipControls", "?tagging"] {
        let empty = s3.put(&format!("/b-malformed{target}"), b"");
        assert_eq!((empty.status, empty.code().as_str()), (400, "MissingRequestBodyError"), "{target}");
        let other = s3.put(&format!("/b-malformed{target}"), b"<Other><A>b</A></Other>");
        assert_eq!((other.status, other.code().as_str()), (400, "MalformedXML"), "{target}");
    }
    let place = "<CreateBucketConfiguration><LocationConstraint>mars-1</LocationConstraint></CreateBucketConfiguration>";
    let refused = s3.put("/b-far", place.as_bytes());
    assert_eq!(refused.code(), "InvalidLocationConstraint");
    assert_eq!(refused.element("LocationConstraint").as_deref(), Some("mars-1"));
}

#[test]
fn documents_are_what_their_checksum_says() {
    let s3 = S3::new();
    s3.put("/b-sums", b"").ok();
    let send = |target: &str, headers: Headers<'_>| {
        s3.send_exactly("us-east-1", Some(&s3.admin), "PUT", target, headers, TAGS)
    };
    let tag = |headers: Headers<'_>| send("/b-sums?tagging", headers);
    let missing = tag(&[]);
    assert_eq!((missing.status, missing.code().as_str()), (400, "InvalidRequest"));
    assert_eq!(
        missing.element("Message").as_deref(),
        Some("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    );
    let named = tag(&[("x-amz-sdk-checksum-algorithm", "CRC32")]);
    assert!(named.element("Message").unwrap().starts_with("x-amz-sdk-checksum-algorithm specified, but no"));
    assert_eq!(tag(&[("content-md5", "nonsense")]).code(), "InvalidDigest");
    let other = STANDARD.encode(Md5::digest(b"other"));
    assert_eq!(tag(&[("content-md5", &other)]).code(), "BadDigest");
    let crc = |bytes: &[u8]| STANDARD.encode(crc32(bytes).to_be_bytes());
    assert_eq!(tag(&[("x-amz-checksum-crc32", &crc(b"other"))]).code(), "BadDigest");
    assert_eq!(s3.get("/b-sums?tagging").code(), "NoSuchTagSet");
    tag(&[("x-amz-checksum-crc32", &crc(TAGS)), ("x-amz-sdk-checksum-algorithm", "CRC32")]).ok();
    tag(&[("content-md5", &STANDARD.encode(Md5::digest(TAGS)))]).ok();
    // Where S3 does not insist on a checksum, a wrong one is refused all the same.
    s3.put("/b-sums/a", b"1").ok();
    assert_eq!(send("/b-sums/a?tagging", &[("content-md5", &other)]).code(), "BadDigest");
    send("/b-sums/a?tagging", &[]).ok();
}

/// CRC-32 (IEEE), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
            },
        )
    })
}

#[test]
fn requester_pays_is_refused_by_name_and_its_header_does_no_harm() {
    let s3 = S3::new();
    s3.put("/b-pays", b"").ok();
    let payer = [("x-amz-request-payer", "requester")];
    let put = s3.send(Some(&s3.admin), "PUT", "/b-pays/a", &payer, b"1").ok();
    // AWS: only buckets of requester pays charge the requester.
    assert_eq!(put.header("x-amz-request-charged"), None);
    s3.send(Some(&s3.admin), "GET", "/b-pays/a", &payer, b"").ok();
    let body = b"<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    let refused = s3.put("/b-pays?requestPayment", body);
    assert_eq!((refused.status, refused.code().as_str()), (501, "NotImplemented"));
    assert!(refused.text().contains("s3:PutBucketRequestPayment"), "{}", refused.text());
}

#[test]
fn refusals_have_the_headers_that_clients_read() {
    let s3 = S3::new();
    s3.put("/b-headers", b"").ok();
    s3.put(
        "/b-headers?versioning",
        b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    )
    .ok();
    let put = s3.put("/b-headers/a", b"1").ok();
    let etag = put.header("etag").unwrap();
    let same = s3.send(Some(&s3.admin), "GET", "/b-headers/a", &[("if-none-match", etag)], b"");
    assert_eq!((same.status, same.header("etag")), (304, Some(etag)));
    assert!(same.header("last-modified").is_some_and(|date| date.ends_with(" GMT")));
    let marker = s3.delete("/b-headers/a").ok();
    let id = marker.header("x-amz-version-id").unwrap();
    let gone = s3.get("/b-headers/a");
    assert_eq!((gone.status, gone.header("x-amz-delete-marker")), (404, Some("true")));
    assert_eq!(gone.header("x-amz-version-id"), Some(id));
    let named = s3.get(&format!("/b-headers/a?versionId={id}"));
    assert_eq!((named.status, named.header("x-amz-delete-marker")), (405, Some("true")));
    assert_eq!((named.header("x-amz-version-id"), named.header("allow")), (Some(id), Some("DELETE")));
    assert!(named.header("last-modified").is_some());
    assert_eq!(s3.get("/b-headers/none").header("x-amz-delete-marker"), None);
    // Clients learn the Region of a bucket from refusals.
    let elsewhere = s3.send_in("eu-west-1", Some(&s3.admin), "HEAD", "/b-headers", &[], b"");
    assert_eq!((elsewhere.status, elsewhere.header("x-amz-bucket-region")), (301, Some("us-east-1")));
    let stranger = s3.world.user(&s3.admin, "nobody");
    let denied = s3.send(Some(&stranger), "HEAD", "/b-headers", &[], b"");
    assert_eq!((denied.status, denied.header("x-amz-bucket-region")), (403, Some("us-east-1")));
    assert_eq!(s3.send(None, "HEAD", "/b-none-such", &[], b"").header("x-amz-bucket-region"), None);
}
