//! ACLs, Object Ownership, and the Block Public Access settings about them.

use crate::rest::S3;

#[test]
fn acls_are_off_by_default() {
    // claims: DATA-S3-01, DATA-S3-11
    let s3 = S3::new();
    s3.put("/b-noacl", b"").ok();
    let put = |acl: &str| s3.send(Some(&s3.admin), "PUT", "/b-noacl/a", &[("x-amz-acl", acl)], b"1");
    let refused = put("public-read");
    assert_eq!((refused.status, refused.code().as_str()), (400, "AccessControlListNotSupported"));
    put("bucket-owner-full-control").ok();
    let refused = s3.send(Some(&s3.admin), "PUT", "/b-noacl/a?acl", &[("x-amz-acl", "public-read")], b"");
    assert_eq!(refused.code(), "AccessControlListNotSupported");
    let shown = s3.get("/b-noacl/a?acl").ok();
    assert_eq!(shown.elements("Permission"), ["FULL_CONTROL"]);
    assert_eq!(
        s3.get("/b-noacl?ownershipControls").ok().element("ObjectOwnership").as_deref(),
        Some("BucketOwnerEnforced")
    );
    s3.delete("/b-noacl?ownershipControls").ok();
    assert_eq!(s3.get("/b-noacl?ownershipControls").code(), "OwnershipControlsNotFoundError");
}

#[test]
fn public_acls_work_where_nothing_blocks_them() {
    // claims: DATA-S3-01, DATA-S3-07
    let s3 = S3::new();
    s3.put("/b-acl", b"").ok();
    s3.own("b-acl", "ObjectWriter");
    s3.put("/b-acl/a", b"1").ok();
    s3.put("/b-acl/b", b"1").ok();
    let open = || s3.send(Some(&s3.admin), "PUT", "/b-acl/a?acl", &[("x-amz-acl", "public-read")], b"");
    let blocked = open();
    assert_eq!(blocked.code(), "AccessDenied");
    assert!(blocked.element("Message").unwrap().ends_with(
        "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    ));
    s3.unblock("b-acl");
    open().ok();
    let anonymous = |key: &str| s3.send(None, "GET", key, &[], b"");
    assert_eq!(anonymous("/b-acl/a").ok().body, b"1");
    assert_eq!(anonymous("/b-acl/b").status, 403);
    // Rule 148: a Deny outweighs the ACL.
    s3.policy("b-acl", serde_json::json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-acl/*"})).ok();
    assert_eq!(anonymous("/b-acl/a").status, 403);
    s3.delete("/b-acl?policy").ok();
    anonymous("/b-acl/a").ok();
    let ignore = b"<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>";
    s3.put("/b-acl?publicAccessBlock", ignore).ok();
    assert_eq!(anonymous("/b-acl/a").status, 403);
    assert_eq!(s3.get("/b-acl/a?acl").ok().elements("Permission"), ["FULL_CONTROL"]);
    s3.unblock("b-acl");
    s3.own("b-acl", "BucketOwnerEnforced");
    assert_eq!(anonymous("/b-acl/a").status, 403);
    // Switching back restores them (rule 146).
    s3.own("b-acl", "BucketOwnerPreferred");
    anonymous("/b-acl/a").ok();
}

#[test]
fn writers_own_what_they_write() {
    // claims: DATA-S3-02, DATA-S3-11
    let mut s3 = S3::new();
    let (account, other) = s3.world.account();
    s3.put("/b-writer", b"").ok();
    s3.own("b-writer", "ObjectWriter");
    s3.policy("b-writer", serde_json::json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["s3:PutObject", "s3:PutObjectAcl"], "Resource": "arn:aws:s3:::b-writer/*"})).ok();
    s3.send(Some(&other), "PUT", "/b-writer/theirs", &[], b"1").ok();
    s3.send(Some(&other), "GET", "/b-writer/theirs", &[], b"").ok();
    // Rule 145: the bucket's owner cannot read it until its owner says so.
    assert_eq!(s3.get("/b-writer/theirs").code(), "AccessDenied");
    let give = [("x-amz-acl", "bucket-owner-full-control")];
    s3.send(Some(&other), "PUT", "/b-writer/theirs?acl", &give, b"").ok();
    assert_eq!(s3.get("/b-writer/theirs").ok().body, b"1");
    s3.send(Some(&other), "PUT", "/b-writer/more", &[], b"2").ok();
    assert_eq!(s3.get("/b-writer/more").code(), "AccessDenied");
    // Rule 144: but delete it they can.
    s3.delete("/b-writer/more").ok();
    s3.own("b-writer", "BucketOwnerEnforced");
    s3.send(Some(&other), "PUT", "/b-writer/ours", &[], b"3").ok();
    assert_eq!(s3.get("/b-writer/ours").ok().body, b"3");
    assert_eq!(s3.send(Some(&other), "GET", "/b-writer/ours", &[], b"").code(), "AccessDenied");
}

#[test]
fn grants_name_accounts_that_exist() {
    let s3 = S3::new();
    s3.put("/b-grant", b"").ok();
    s3.own("b-grant", "ObjectWriter");
    let bad = s3.send(Some(&s3.admin), "PUT", "/b-grant/a", &[("x-amz-grant-read", "id=\"nobody\"")], b"1");
    assert_eq!(bad.code(), "InvalidArgument");
    let both = [
        ("x-amz-acl", "private"),
        ("x-amz-grant-read", "uri=\"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\""),
    ];
    assert_eq!(s3.send(Some(&s3.admin), "PUT", "/b-grant/a", &both, b"1").code(), "InvalidRequest");
    // claims: DATA-S3-03
    let group = "uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\"";
    let delivery = [("x-amz-grant-write", group), ("x-amz-grant-read-acp", group)];
    s3.send(Some(&s3.admin), "PUT", "/b-grant?acl", &delivery, b"").ok();
    let shown = s3.get("/b-grant?acl").ok();
    assert_eq!(shown.elements("Permission"), ["READ_ACP", "WRITE"]);
    assert_eq!(s3.send(Some(&s3.admin), "PUT", "/b-grant?acl", &[], b"").code(), "MissingSecurityHeader");
}
