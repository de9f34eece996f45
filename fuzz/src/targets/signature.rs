//! Credentials in the `Authorization` header and in the query.

use kage_sigv4::{Body, Claim, Dialect, KeyMaterial, RequestParts, VerifyOptions, parse, parse_basic};

use crate::source::cut;
use crate::target::Target;

/// A secret that no seed was signed with.
const SECRET: &str = "no-one-signed-with-this";

/// The input is the query in the first line and a header in each further one, `name: value`.
pub const CREDENTIALS: Target = Target {
    name: "signature",
    law: "credentials read or are refused with a status of 4xx; no signature verifies without its secret",
    check: credentials,
    seeds: &[
        b"\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\nhost: iam.amazonaws.com\nx-amz-date: 20150830T123600Z\ncontent-type: text/plain",
        b"Action=ListUsers&Version=2010-05-08\nAuthorization: AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/iam/aws4_request,SignedHeaders=host,Signature=3045\nX-Amz-Region-Set: us-*,eu-west-1\nDate: Mon, 09 Sep 2011 23:36:00 GMT\nhost: a\nx-amz-security-token: t",
        b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404\nhost: b.s3.amazonaws.com",
        b"AWSAccessKeyId=A&Signature=b&Expires=1\nhost: h",
        b"\nauthorization: AWS AKID:sig\nx-amz-content-sha256: UNSIGNED-PAYLOAD",
    ],
    dictionary: &[
        b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256", b"Credential=", b"SignedHeaders=", b"Signature=", b"/aws4_request",
        b"X-Amz-Expires=604801", b"X-Amz-Date=", b"&X-Amz-Security-Token=%", b"\nx-amz-content-sha256: ", b"host;",
        b"%2F", b"%zz", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", b"20150830T123600Z", b"\nauthorization: ",
    ],
    rounds: 8_000,
};

fn credentials(data: &[u8]) {
    let (query, lines) = cut(data, b'\n');
    let query = String::from_utf8_lossy(query);
    let names: Vec<(String, &[u8])> = lines
        .split(|byte| *byte == b'\n')
        .map(|line| cut(line, b':'))
        .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value))
        .collect();
    let headers: Vec<(&str, &[u8])> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let parts = RequestParts { method: "GET", path: "/a/../b%20c//", query: &query, headers: &headers };
    match parse(&parts) {
        Ok(Some(claim)) => judge(&parts, &claim),
        Ok(None) => {}
        Err(error) => refused(&error),
    }
}

fn judge(parts: &RequestParts<'_>, claim: &Claim) {
    assert!(!claim.access_key.is_empty(), "a claim without an access key");
    assert!(claim.signed_headers.is_sorted(), "signed headers out of order");
    assert_eq!(parse_basic(&claim.timestamp), Some(claim.signed_at), "the time stamp is not the time");
    let _ = (claim.scope(), claim.covers_region("us-east-1"), format!("{claim:?}"));
    for options in [VerifyOptions::generic(&["iam"], Some("us-east-1")), VerifyOptions::s3(None)] {
        for now in [claim.signed_at, i64::MIN, i64::MAX] {
            if let Err(error) = claim.check(parts, now, &options) {
                refused(&error);
            }
        }
        // Without the check of time and scope, so that the signature itself is always reached.
        let unchecked = VerifyOptions { services: &[], region: None, s3: false, ..options };
        let Ok(checked) = claim.check(parts, claim.signed_at, &unchecked) else { continue };
        for body in [Body::Later, Body::Sha256([7; 32])] {
            let verified = checked.verify(KeyMaterial::Secret(SECRET), body);
            assert!(verified.is_err(), "a signature verified that no one made");
        }
    }
}

/// An error that can be told in every dialect.
pub(super) fn refused(error: &kage_sigv4::AuthError) {
    for dialect in [Dialect::S3, Dialect::Json, Dialect::RestJson, Dialect::Query, Dialect::Ec2] {
        let status = error.status(dialect);
        assert!((400..500).contains(&status), "{error:?} has status {status}");
        assert!(!error.code(dialect).is_empty(), "{error:?} has no code");
        let _ = (error.message(dialect), error.members(dialect));
    }
}
