//! Versions and delete markers.

use crate::rest::S3;

fn enable(s3: &S3, bucket: &str, status: &str) {
    let body = format!(
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></VersioningConfiguration>"
    );
    s3.put(&format!("/{bucket}?versioning"), body.as_bytes()).ok();
}

#[test]
fn versions_stay_and_markers_hide() {
    let s3 = S3::new();
    s3.put("/b-versions", b"").ok();
    s3.put("/b-versions/a", b"null one").ok();
    assert_eq!(s3.get("/b-versions?versioning").ok().element("Status"), None);
    enable(&s3, "b-versions", "Enabled");
    assert_eq!(s3.get("/b-versions?versioning").ok().element("Status").as_deref(), Some("Enabled"));
    let first = s3.put("/b-versions/a", b"one").ok().header("x-amz-version-id").unwrap().to_owned();
    let second = s3.put("/b-versions/a", b"two").ok().header("x-amz-version-id").unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(s3.get("/b-versions/a").ok().body, b"two");
    assert_eq!(s3.get(&format!("/b-versions/a?versionId={first}")).ok().body, b"one");
    assert_eq!(s3.get("/b-versions/a?versionId=null").ok().body, b"null one");
    assert_eq!(s3.get("/b-versions/a?versionId=nonsense").code(), "NoSuchVersion");
    let marker = s3.delete("/b-versions/a").ok();
    assert_eq!(marker.header("x-amz-delete-marker"), Some("true"));
    let marker = marker.header("x-amz-version-id").unwrap().to_owned();
    assert_eq!(s3.get("/b-versions/a").code(), "NoSuchKey");
    let named = s3.get(&format!("/b-versions/a?versionId={marker}"));
    assert_eq!((named.status, named.code().as_str()), (405, "MethodNotAllowed"));
    assert!(s3.get("/b-versions?list-type=2").ok().elements("Key").is_empty());
    let listed = s3.get("/b-versions?versions").ok();
    assert_eq!(listed.text().matches("<Version>").count(), 3);
    assert_eq!(listed.text().matches("<DeleteMarker>").count(), 1);
    assert_eq!(listed.elements("IsLatest").iter().filter(|latest| *latest == "true").count(), 1);
    s3.delete(&format!("/b-versions/a?versionId={marker}")).ok();
    assert_eq!(s3.get("/b-versions/a").ok().body, b"two");
    s3.delete(&format!("/b-versions/a?versionId={second}")).ok();
    assert_eq!(s3.get("/b-versions/a").ok().body, b"one");
}

#[test]
fn version_lists_page_inside_a_key() {
    let s3 = S3::new();
    s3.put("/b-pages", b"").ok();
    enable(&s3, "b-pages", "Enabled");
    for key in ["a", "a", "a", "b"] {
        s3.put(&format!("/b-pages/{key}"), b"x").ok();
    }
    let all = s3.get("/b-pages?versions").ok().elements("VersionId");
    assert_eq!(all.len(), 4);
    let (mut seen, mut latest, mut marker) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..5 {
        let page = s3.get(&format!("/b-pages?{marker}max-keys=1&versions")).ok();
        seen.extend(page.elements("VersionId"));
        latest.extend(page.elements("IsLatest"));
        match (page.element("NextKeyMarker"), page.element("NextVersionIdMarker")) {
            (Some(key), Some(id)) => marker = format!("key-marker={key}&version-id-marker={id}&"),
            _ => break,
        }
    }
    assert_eq!(seen, all);
    assert_eq!(latest, ["true", "false", "false", "true"]);
}

#[test]
fn suspended_buckets_replace_the_null_version() {
    let s3 = S3::new();
    s3.put("/b-suspended", b"").ok();
    enable(&s3, "b-suspended", "Enabled");
    s3.put("/b-suspended/a", b"kept").ok();
    enable(&s3, "b-suspended", "Suspended");
    assert_eq!(s3.put("/b-suspended/a", b"n1").ok().header("x-amz-version-id"), Some("null"));
    s3.put("/b-suspended/a", b"n2").ok();
    let listed = s3.get("/b-suspended?versions").ok();
    assert_eq!(listed.text().matches("<Version>").count(), 2);
    s3.delete("/b-suspended/a").ok();
    let listed = s3.get("/b-suspended?versions").ok();
    assert_eq!(
        (listed.text().matches("<Version>").count(), listed.text().matches("<DeleteMarker>").count()),
        (1, 1)
    );
}

#[test]
fn tags_can_be_changed() {
    let s3 = S3::new();
    s3.put("/b-tags", b"").ok();
    s3.put("/b-tags/a", b"x").ok();
    let tags = b"<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
    s3.put("/b-tags/a?tagging", tags).ok();
    assert_eq!(s3.get("/b-tags/a?tagging").ok().element("Value").as_deref(), Some("v"));
    s3.delete("/b-tags/a?tagging").ok();
    assert_eq!(s3.get("/b-tags/a?tagging").ok().element("Value"), None);
    assert_eq!(s3.get("/b-tags?tagging").code(), "NoSuchTagSet");
    s3.put("/b-tags?tagging", tags).ok();
    assert_eq!(s3.get("/b-tags?tagging").ok().element("Key").as_deref(), Some("k"));
    s3.delete("/b-tags?tagging").ok();
    assert_eq!(s3.get("/b-tags?tagging").code(), "NoSuchTagSet");
}
