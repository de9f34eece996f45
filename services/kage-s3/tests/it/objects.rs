//! Buckets, objects, lists, ranges, conditions, checksums.

use crate::rest::S3;
use kage_test::MANAGEMENT;

#[test]
fn a_bucket_lives_and_dies() {
    let s3 = S3::new();
    let made = s3.put("/first-bucket", b"").ok();
    assert_eq!(made.header("location"), Some("/first-bucket"));
    s3.put("/first-bucket", b"").ok();
    let listed = s3.get("/").ok();
    assert_eq!(listed.elements("Name"), ["first-bucket"]);
    assert!(s3.get("/first-bucket?location").ok().text().contains("LocationConstraint"));
    assert_eq!(s3.put("/Bad_Name", b"").code(), "InvalidBucketName");
    s3.put("/first-bucket/a", b"1").ok();
    assert_eq!(s3.delete("/first-bucket").code(), "BucketNotEmpty");
    s3.delete("/first-bucket/a").ok();
    s3.delete("/first-bucket").ok();
    let gone = s3.get("/first-bucket?list-type=2");
    assert_eq!((gone.status, gone.code().as_str()), (404, "NoSuchBucket"));
    assert_eq!(gone.element("BucketName").as_deref(), Some("first-bucket"));
    let names: Vec<String> = s3
        .world
        .events(MANAGEMENT)
        .iter()
        .filter(|event| event["eventSource"] == "s3.amazonaws.com")
        .map(|event| event["eventName"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        names.contains(&"CreateBucket".to_owned()) && names.contains(&"DeleteBucket".to_owned()),
        "{names:?}"
    );
}

#[test]
fn names_are_global_and_regions_count() {
    let mut s3 = S3::new();
    s3.put("/taken", b"").ok();
    let (_, other) = s3.world.account();
    assert_eq!(s3.send(Some(&other), "PUT", "/taken", &[], b"").code(), "BucketAlreadyExists");
    let there = b"<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    s3.put("/there", there).ok();
    assert_eq!(s3.put("/there", there).code(), "BucketAlreadyOwnedByYou");
    let redirected = s3.get("/there?list-type=2");
    assert_eq!((redirected.status, redirected.code().as_str()), (301, "PermanentRedirect"));
    s3.send_in("eu-west-1", Some(&s3.admin), "GET", "/there?list-type=2", &[], b"").ok();
    let refused = s3.send_in("eu-west-1", Some(&s3.admin), "PUT", "/nowhere", &[], b"");
    assert_eq!(refused.code(), "IllegalLocationConstraintException");
}

#[test]
fn an_object_comes_back_as_it_was_written() {
    let s3 = S3::new();
    s3.put("/b-objects", b"").ok();
    for size in [0_usize, 11, 4096, 4097, 300_000] {
        let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let headers =
            [("content-type", "text/plain"), ("x-amz-meta-color", "blue"), ("x-amz-tagging", "k=v")];
        let put = s3.send(Some(&s3.admin), "PUT", "/b-objects/dir/a%20b", &headers, &bytes).ok();
        // claims: DATA-SSE-01
        assert_eq!(put.header("x-amz-server-side-encryption"), Some("AES256"));
        assert!(put.header("x-amz-checksum-crc64nvme").is_some());
        let got = s3.get("/b-objects/dir/a%20b").ok();
        assert!(got.body == bytes, "{size}");
        assert_eq!(got.header("content-length"), Some(size.to_string().as_str()));
        assert_eq!(got.header("etag"), put.header("etag"));
        assert_eq!(got.header("content-type"), Some("text/plain"));
        assert_eq!(got.header("x-amz-meta-color"), Some("blue"));
        assert_eq!(got.header("x-amz-tagging-count"), Some("1"));
        assert_eq!(got.header("accept-ranges"), Some("bytes"));
        let head = s3.send(Some(&s3.admin), "HEAD", "/b-objects/dir/a%20b", &[], b"").ok();
        assert_eq!(head.header("etag"), put.header("etag"));
        assert!(head.body.is_empty());
    }
    let missing = s3.get("/b-objects/none");
    assert_eq!((missing.status, missing.code().as_str()), (404, "NoSuchKey"));
    assert_eq!(missing.element("Key").as_deref(), Some("none"));
    let events = s3.data_events(MANAGEMENT);
    let put = events.iter().find(|event| event["eventName"] == "PutObject").unwrap();
    assert_eq!(put["requestParameters"]["bucketName"], "b-objects");
    assert_eq!(put["requestParameters"]["key"], "dir/a b");
    assert_eq!(put["managementEvent"], false);
    assert!(put["requestParameters"]["Host"].is_string());
    assert!(s3.world.events(MANAGEMENT).iter().all(|event| event["eventName"] != "GetObject"));
}

#[test]
fn bytes_at_rest_are_ciphertext() {
    // claims: DATA-SSE-01
    let s3 = S3::new();
    s3.put("/b-rest", b"").ok();
    let secret = b"a very recognisable plaintext";
    s3.put("/b-rest/a", secret).ok();
    let rows: Vec<u8> = s3.world.write(|tx| {
        let reads = tx.reads();
        let mut all = Vec::new();
        for space in reads.spaces() {
            for (_, value) in reads.prefix(&space, b"") {
                all.extend_from_slice(value);
            }
        }
        Ok(all)
    });
    assert!(rows.windows(6).any(|window| window == b"b-rest"), "the rows were looked at");
    assert!(!rows.windows(secret.len()).any(|window| window == secret));
    assert_eq!(s3.get("/b-rest/a").ok().body, secret);
}

#[test]
fn ranges_and_conditions() {
    let s3 = S3::new();
    s3.put("/b-cond", b"").ok();
    let put = s3.put("/b-cond/a", b"0123456789").ok();
    let etag = put.header("etag").unwrap();
    let with = |headers: &[(&str, &str)]| s3.send(Some(&s3.admin), "GET", "/b-cond/a", headers, b"");
    let part = with(&[("range", "bytes=2-4")]).ok();
    assert_eq!((part.status, part.body.as_slice()), (206, b"234".as_slice()));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(with(&[("range", "bytes=-3")]).ok().body, b"789");
    let outside = with(&[("range", "bytes=10-")]);
    assert_eq!((outside.status, outside.code().as_str()), (416, "InvalidRange"));
    assert_eq!(with(&[("if-match", "\"other\"")]).status, 412);
    with(&[("if-match", etag)]).ok();
    assert_eq!(with(&[("if-none-match", etag)]).status, 304);
    with(&[("if-none-match", "\"other\"")]).ok();
    assert_eq!(with(&[("if-modified-since", "Wed, 01 Jan 2031 00:00:00 GMT")]).status, 304);
    assert_eq!(with(&[("if-unmodified-since", "Wed, 01 Jan 2020 00:00:00 GMT")]).status, 412);
    let write = |headers: &[(&str, &str)], key: &str| s3.send(Some(&s3.admin), "PUT", key, headers, b"new");
    assert_eq!(write(&[("if-none-match", "*")], "/b-cond/a").code(), "PreconditionFailed");
    write(&[("if-none-match", "*")], "/b-cond/b").ok();
    assert_eq!(write(&[("if-match", "\"x\"")], "/b-cond/a").code(), "PreconditionFailed");
    assert_eq!(write(&[("if-match", "\"x\"")], "/b-cond/c").code(), "NoSuchKey");
    write(&[("if-match", etag)], "/b-cond/a").ok();
    assert_eq!(s3.get("/b-cond/a").ok().body, b"new");
}

#[test]
fn checksums_are_verified() {
    let s3 = S3::new();
    s3.put("/b-sums", b"").ok();
    let put = |headers: &[(&str, &str)]| s3.send(Some(&s3.admin), "PUT", "/b-sums/a", headers, b"123456789");
    // The check value of CRC-32 is cbf43926.
    let good = put(&[("x-amz-checksum-crc32", "y/Q5Jg==")]).ok();
    assert_eq!(good.header("x-amz-checksum-crc32"), Some("y/Q5Jg=="));
    let bad = put(&[("x-amz-checksum-crc32", "AAAAAA==")]);
    assert_eq!((bad.status, bad.code().as_str()), (400, "BadDigest"));
    assert_eq!(
        bad.element("Message").unwrap(),
        "The CRC32 you specified did not match the calculated checksum."
    );
    assert_eq!(put(&[("x-amz-checksum-crc32", "AA==")]).code(), "InvalidRequest");
    put(&[("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]).ok();
    put(&[("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")]).ok();
    assert_eq!(put(&[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")]).code(), "BadDigest");
    assert_eq!(put(&[("content-md5", "AAA")]).code(), "InvalidDigest");
    put(&[("x-amz-checksum-crc32", "y/Q5Jg==")]).ok();
    let read = s3.send(Some(&s3.admin), "HEAD", "/b-sums/a", &[("x-amz-checksum-mode", "ENABLED")], b"").ok();
    assert_eq!(read.header("x-amz-checksum-crc32"), Some("y/Q5Jg=="));
    assert_eq!(read.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
    let attributes = [("x-amz-object-attributes", "ETag,Checksum,ObjectSize,StorageClass")];
    let shown = s3.send(Some(&s3.admin), "GET", "/b-sums/a?attributes", &attributes, b"").ok();
    assert_eq!(shown.element("ETag").unwrap(), "25f9e794323b453885f5181f1b624d0b");
    assert_eq!(shown.element("ChecksumCRC32").unwrap(), "y/Q5Jg==");
    assert_eq!(shown.element("ObjectSize").unwrap(), "9");
}

#[test]
fn lists_group_and_page() {
    let s3 = S3::new();
    s3.put("/b-list", b"").ok();
    for key in ["a", "dir/1", "dir/2", "dir/sub/3", "e%20f", "z"] {
        s3.put(&format!("/b-list/{key}"), b"x").ok();
    }
    let all = s3.get("/b-list?list-type=2").ok();
    assert_eq!(all.elements("Key"), ["a", "dir/1", "dir/2", "dir/sub/3", "e f", "z"]);
    assert_eq!(all.element("IsTruncated").as_deref(), Some("false"));
    assert_eq!(all.element("KeyCount").as_deref(), Some("6"));
    let grouped = s3.get("/b-list?delimiter=%2F&list-type=2").ok();
    assert_eq!(grouped.elements("Key"), ["a", "e f", "z"]);
    assert!(
        grouped.text().contains("<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>"),
        "{}",
        grouped.text()
    );
    let inner = s3.get("/b-list?delimiter=%2F&list-type=2&prefix=dir%2F").ok();
    assert_eq!(inner.elements("Key"), ["dir/1", "dir/2"]);
    assert!(inner.text().contains("<Prefix>dir/sub/</Prefix>"));
    assert_eq!(s3.get("/b-list?encoding-type=url&list-type=2&prefix=e").ok().elements("Key"), ["e+f"]);
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..6 {
        let page = s3.get(&format!("/b-list?{token}delimiter=%2F&list-type=2&max-keys=1")).ok();
        seen.extend(page.elements("Key"));
        seen.extend(page.text().contains("CommonPrefixes").then(|| "dir/".to_owned()));
        match page.element("NextContinuationToken") {
            Some(next) => {
                token = format!(
                    "continuation-token={}&",
                    next.replace('=', "%3D").replace('+', "%2B").replace('/', "%2F")
                )
            }
            None => break,
        }
    }
    assert_eq!(seen, ["a", "dir/", "e f", "z"]);
    assert_eq!(
        s3.get("/b-list?list-type=2&start-after=dir%2F2").ok().elements("Key"),
        ["dir/sub/3", "e f", "z"]
    );
    let first = s3.get("/b-list?delimiter=%2F&marker=a&max-keys=1").ok();
    assert_eq!(first.element("NextMarker").as_deref(), Some("dir/"));
    assert_eq!(s3.get("/b-list?delimiter=%2F&marker=dir%2F").ok().elements("Key"), ["e f", "z"]);
    let bad = s3.get("/b-list?continuation-token=%21&list-type=2");
    assert_eq!(bad.code(), "InvalidArgument");
    let listed =
        s3.data_events(MANAGEMENT).into_iter().rfind(|event| event["eventName"] == "ListObjects").unwrap();
    assert_eq!(listed["requestParameters"]["bucketName"], "b-list");
}

#[test]
fn many_keys_are_deleted_at_once() {
    let s3 = S3::new();
    s3.put("/b-many", b"").ok();
    s3.put("/b-many/a", b"1").ok();
    s3.put("/b-many/b", b"1").ok();
    let body = b"<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>";
    let done = s3.send(Some(&s3.admin), "POST", "/b-many?delete", &[], body).ok();
    assert_eq!(done.elements("Key"), ["a", "none"]);
    assert_eq!(s3.get("/b-many?list-type=2").ok().elements("Key"), ["b"]);
}

#[test]
fn copies_share_bytes_and_outlive_their_source() {
    let s3 = S3::new();
    s3.put("/b-from", b"").ok();
    s3.put("/b-to", b"").ok();
    let bytes = vec![7_u8; 20_000];
    let headers = [("x-amz-meta-m", "1"), ("x-amz-tagging", "t=1")];
    s3.send(Some(&s3.admin), "PUT", "/b-from/a", &headers, &bytes).ok();
    let copy = |to: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("x-amz-copy-source", "/b-from/a")];
        all.extend(headers);
        s3.send(Some(&s3.admin), "PUT", to, &all, b"")
    };
    let done = copy("/b-to/c", &[]).ok();
    assert!(done.element("ETag").is_some());
    copy("/b-to/d", &[("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-n", "2")]).ok();
    assert_eq!(copy("/b-from/a", &[]).code(), "InvalidRequest");
    assert_eq!(copy("/b-to/e", &[("x-amz-copy-source-if-match", "\"x\"")]).code(), "PreconditionFailed");
    s3.delete("/b-from/a").ok();
    let kept = s3.get("/b-to/c").ok();
    assert!(kept.body == bytes);
    assert_eq!(kept.header("x-amz-meta-m"), Some("1"));
    assert_eq!(kept.header("x-amz-tagging-count"), Some("1"));
    s3.delete("/b-to/c").ok();
    let last = s3.get("/b-to/d").ok();
    assert!(last.body == bytes);
    assert_eq!((last.header("x-amz-meta-m"), last.header("x-amz-meta-n")), (None, Some("2")));
    assert_eq!(copy("/b-to/f", &[]).code(), "NoSuchKey");
}
