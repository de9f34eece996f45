//! Uploads in parts.

use crate::rest::S3;

const MIB5: usize = 5 << 20;

fn begin(s3: &S3, target: &str) -> String {
    s3.send(Some(&s3.admin), "POST", &format!("{target}?uploads"), &[], b"").ok().element("UploadId").unwrap()
}

fn completion(parts: &[(i32, &str)]) -> String {
    let part = |(number, etag): &(i32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    )
}

#[test]
fn parts_become_one_object() {
    let s3 = S3::new();
    s3.put("/b-parts", b"").ok();
    let id = begin(&s3, "/b-parts/big");
    let one: Vec<u8> = (0..MIB5).map(|i| (i % 253) as u8).collect();
    let up = |number: i32, bytes: &[u8]| {
        let reply = s3.put(&format!("/b-parts/big?partNumber={number}&uploadId={id}"), bytes).ok();
        reply.header("etag").unwrap().to_owned()
    };
    let (a, b) = (up(1, &one), up(3, b"the end"));
    let listed = s3.get(&format!("/b-parts/big?uploadId={id}")).ok();
    assert_eq!(listed.elements("PartNumber"), ["1", "3"]);
    assert_eq!(s3.get("/b-parts?uploads").ok().elements("Key"), ["big"]);
    assert!(s3.get("/b-parts?list-type=2").ok().elements("Key").is_empty());
    let complete = |parts: &[(i32, &str)]| {
        s3.send(
            Some(&s3.admin),
            "POST",
            &format!("/b-parts/big?uploadId={id}"),
            &[],
            completion(parts).as_bytes(),
        )
    };
    assert_eq!(complete(&[(3, &b), (1, &a)]).code(), "InvalidPartOrder");
    assert_eq!(complete(&[(1, &b)]).code(), "InvalidPart");
    let done = complete(&[(1, &a), (3, &b)]).ok();
    assert!(done.element("ETag").unwrap().ends_with("-2\""), "{}", done.text());
    let whole = [one.as_slice(), b"the end"].concat();
    assert!(s3.get("/b-parts/big").ok().body == whole);
    let range = format!("bytes={}-{}", MIB5 - 3, MIB5 + 2);
    let across = s3.send(Some(&s3.admin), "GET", "/b-parts/big", &[("range", &range)], b"").ok();
    assert_eq!(across.body, &whole[MIB5 - 3..MIB5 + 3]);
    let second = s3.get("/b-parts/big?partNumber=2").ok();
    assert_eq!(second.body, b"the end");
    assert_eq!(second.header("x-amz-mp-parts-count"), Some("2"));
    assert_eq!(complete(&[(1, &a), (3, &b)]).code(), "NoSuchUpload");
    // The checksum of the whole is that of an object written at once.
    let put = s3.put("/b-parts/once", &whole).ok();
    assert_eq!(done.element("ChecksumCRC64NVME").as_deref(), put.header("x-amz-checksum-crc64nvme"));
}

#[test]
fn small_parts_and_lost_uploads_are_refused() {
    let s3 = S3::new();
    s3.put("/b-small", b"").ok();
    let id = begin(&s3, "/b-small/a");
    let up = |number: i32| {
        let reply = s3.put(&format!("/b-small/a?partNumber={number}&uploadId={id}"), b"small").ok();
        reply.header("etag").unwrap().to_owned()
    };
    let (a, b) = (up(1), up(2));
    let body = completion(&[(1, &a), (2, &b)]);
    let target = format!("/b-small/a?uploadId={id}");
    assert_eq!(s3.send(Some(&s3.admin), "POST", &target, &[], body.as_bytes()).code(), "EntityTooSmall");
    assert_eq!(s3.put(&format!("/b-small/a?partNumber=0&uploadId={id}"), b"x").code(), "InvalidArgument");
    s3.delete(&target).ok();
    assert_eq!(s3.get(&target).code(), "NoSuchUpload");
    assert_eq!(s3.put(&format!("/b-small/a?partNumber=1&uploadId={id}"), b"x").code(), "NoSuchUpload");
}

#[test]
fn parts_can_be_copied() {
    let s3 = S3::new();
    s3.put("/b-partcopy", b"").ok();
    s3.put("/b-partcopy/src", b"0123456789").ok();
    let id = begin(&s3, "/b-partcopy/dst");
    let headers = [("x-amz-copy-source", "b-partcopy/src"), ("x-amz-copy-source-range", "bytes=2-5")];
    let target = format!("/b-partcopy/dst?partNumber=1&uploadId={id}");
    let copied = s3.send(Some(&s3.admin), "PUT", &target, &headers, b"").ok();
    let etag = copied.element("ETag").unwrap();
    let outside = [("x-amz-copy-source", "b-partcopy/src"), ("x-amz-copy-source-range", "bytes=2-50")];
    assert_eq!(s3.send(Some(&s3.admin), "PUT", &target, &outside, b"").code(), "InvalidArgument");
    let body = completion(&[(1, &etag)]);
    s3.send(Some(&s3.admin), "POST", &format!("/b-partcopy/dst?uploadId={id}"), &[], body.as_bytes()).ok();
    assert_eq!(s3.get("/b-partcopy/dst").ok().body, b"2345");
}
