//! Browser uploads: the form fields and their policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_sigv4::{KeyMaterial, PostClaim, PostPolicy, PostUpload, VerifyOptions};

use super::signature::refused;
use crate::source::{cut, parts};
use crate::target::Target;

/// The policy's JSON, then form fields `name=value`, with record separators between.
pub const POLICY: Target = Target {
    name: "post_policy",
    law: "a POST policy reads or is refused; one that reads keeps its expiry and its size range",
    check: policy,
    seeds: &[
        b"{\"expiration\":\"2015-12-30T12:00:00.000Z\",\"conditions\":[{\"bucket\":\"sigv4examplebucket\"},[\"starts-with\",\"$key\",\"user/user1/\"],{\"acl\":\"public-read\"},[\"content-length-range\",1048576,10485760],[\"eq\",\"$x-amz-meta-tag\",\"\"]]}\x1ekey=user/user1/${filename}\x1eacl=public-read\x1ex-amz-algorithm=AWS4-HMAC-SHA256\x1ex-amz-credential=AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\x1ex-amz-date=20151229T000000Z\x1ex-amz-signature=8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e\x1epolicy=e30=",
        b"{\"expiration\":\"2015-12-30T12:00:00Z\",\"conditions\":[[\"starts-with\",\"$Content-Type\",\"image/\"],{\"bucket\":\"b\"}]}\x1eContent-Type=image/png, image/gif\x1ekey=k",
        b"{\"expiration\":\"2015-12-30T12:00:00Z\",\"conditions\":[]}",
        b"{}\x1eAWSAccessKeyId=a\x1esignature=s",
    ],
    dictionary: &[
        b"\"expiration\"", b"\"conditions\"", b"[\"eq\",\"$", b"[\"starts-with\",\"$", b"[\"content-length-range\",", b"null",
        b"{\"bucket\":\"b\"}", b"\x1ekey=", b"\x1ebucket=b", b"\\u0000", b"\\ud800", b"[[[[[[[[", b",", b"\"\"",
    ],
    rounds: 20_000,
};

fn policy(data: &[u8]) {
    let mut pieces = parts(data);
    let document = pieces.next().unwrap_or_default();
    let owned: Vec<(String, String)> = pieces
        .map(|piece| cut(piece, b'='))
        .map(|(name, value)| [name, value].map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
        .map(|[name, value]| (name, value))
        .collect();
    let fields: Vec<(&str, &str)> =
        owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // As it came, which is hardly ever base64, and as base64.
    for text in [String::from_utf8_lossy(document).into_owned(), STANDARD.encode(document)] {
        match PostPolicy::parse(&text) {
            Ok(policy) => judge(&policy, &fields),
            Err(error) => refused(&error),
        }
    }
    match PostClaim::parse(&fields) {
        Ok(Some(claim)) => {
            let _ = claim.check(&VerifyOptions::s3(Some("us-east-1"))).map_err(|error| refused(&error));
            let verified = claim.verify(KeyMaterial::Secret("no-one-signed-with-this"));
            assert!(verified.is_err(), "a signature verified that no one made");
        }
        Ok(None) => {}
        Err(error) => refused(&error),
    }
}

fn judge(policy: &PostPolicy, fields: &[(&str, &str)]) {
    let upload = PostUpload { bucket: "b", key: "user/user1/k", fields };
    if let Err(error) = policy.evaluate(&upload, policy.expiration) {
        refused(&error);
    }
    let late = policy.expiration.saturating_add(1);
    assert!(policy.evaluate(&upload, late).is_err(), "an expired policy holds");
    let (least, most) = policy.size_range().unwrap_or((0, u64::MAX));
    for size in [0, 1, least, least.saturating_sub(1), most, most.saturating_add(1), 1_048_576, u64::MAX] {
        let within = (least..=most).contains(&size);
        assert_eq!(policy.check_size(size).is_ok(), within, "size {size} of {least} to {most}");
    }
}
