//! Random and mutated credentials: no panic, and nothing unsigned is ever accepted.

#[cfg(test)]
mod mutated {
    use kage_sigv4::{
        Algorithm, AuthError, Body, Dialect, KeyMaterial, PathRule, PayloadHash, PostClaim, RequestParts,
        Signer, VerifyOptions, parse, sha256_hex, verify,
    };
    use proptest::prelude::*;

    const NOW: i64 = 1_440_938_160;
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn body() -> Body {
        let mut hash = [0; 32];
        hex::decode_to_slice(sha256_hex(b""), &mut hash).unwrap();
        Body::Sha256(hash)
    }

    fn signer(algorithm: Algorithm) -> Signer<'static> {
        Signer {
            algorithm,
            access_key: "AKIDEXAMPLE",
            secret: SECRET,
            session_token: Some("a/token+of=some"),
            region: "us-east-1",
            service: "iam",
            path: PathRule { normalise: true, encode_again: true },
            token_after_signing: false,
            send_content_sha256: false,
        }
    }

    fn algorithm() -> impl Strategy<Value = Algorithm> {
        prop_oneof![Just(Algorithm::HmacSha256), Just(Algorithm::EcdsaP256Sha256)]
    }

    /// Judges under both kinds of rules and renders every failure; true when the rules of IAM accept.
    fn judge(parts: &RequestParts<'_>) -> bool {
        let mut accepted = false;
        for options in [VerifyOptions::s3(None), VerifyOptions::generic(&["iam"], Some("us-east-1"))] {
            let result = parse(parts).and_then(|claim| match claim {
                // The signature does not cover the access key id. Another id is another secret.
                Some(claim) if claim.access_key != "AKIDEXAMPLE" => {
                    Err(AuthError::UnknownAccessKey(claim.access_key))
                }
                Some(claim) => {
                    verify(parts, &claim, KeyMaterial::Secret(SECRET), body(), NOW, &options).map(|_| true)
                }
                None => Ok(false),
            });
            match result {
                Ok(value) => accepted = value,
                Err(error) => {
                    accepted = false;
                    for dialect in
                        [Dialect::Query, Dialect::Ec2, Dialect::Json, Dialect::RestJson, Dialect::S3]
                    {
                        assert!(!error.code(dialect).is_empty());
                        assert!(!error.message(dialect).is_empty());
                        assert!(matches!(error.status(dialect), 400 | 401 | 403), "{error:?}");
                        let _ = error.members(dialect);
                    }
                }
            }
        }
        accepted
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn signed_requests_verify(
            algorithm in algorithm(),
            method in "[A-Z]{1,7}",
            path in "/\\PC{0,30}",
            query in "[ -\"$-~]{0,40}",
            name in "[a-z][a-z0-9-]{0,8}",
            value in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            prop_assume!(!["authorization", "date"].contains(&name.as_str()));
            let headers: [(&str, &[u8]); 3] = [("Host", b"h"), (&name, &value), (&name, b"x")];
            let parts = RequestParts { method: &method, path: &path, query: &query, headers: &headers };
            let payload = PayloadHash::Exact(sha256_hex(b""));
            let signed = signer(algorithm).sign(&parts, &payload, NOW).unwrap();
            let mut all = headers.to_vec();
            all.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
            let other = RequestParts { headers: &all, ..parts };
            prop_assert!(judge(&other));
            let presigned = signer(algorithm).presign(&parts, &payload, 60, NOW).unwrap();
            let other = RequestParts { query: &presigned, ..parts };
            prop_assert!(judge(&other));
        }

        #[test]
        fn a_mutated_header_never_passes(
            algorithm in algorithm(),
            at in any::<prop::sample::Index>(),
            with in "\\PC{0,3}",
            drop in 0_usize..3,
        ) {
            let headers: [(&str, &[u8]); 1] = [("Host", b"h")];
            let parts = RequestParts { method: "GET", path: "/", query: "", headers: &headers };
            let payload = PayloadHash::Exact(sha256_hex(b""));
            let signed = signer(algorithm).sign(&parts, &payload, NOW).unwrap();
            let (name, good) = signed.headers.last().cloned().unwrap();
            let position = at.index(good.len());
            let end = (position + drop).min(good.len());
            let bad = format!("{}{with}{}", &good[..position], &good[end..]);
            let mut all = headers.to_vec();
            all.extend(signed.headers.iter().filter(|(n, _)| *n != name).map(|(n, v)| (*n, v.as_bytes())));
            all.push((name, bad.as_bytes()));
            // Separators are free, slashes after the credential and semicolons between names too, and further pairs are
            // ignored; Version 4A hexadecimal digits have two cases. All else must fail.
            if judge(&RequestParts { headers: &all, ..parts }) {
                let plain = |text: &str| {
                    let parts: Vec<String> = text
                        .to_ascii_lowercase()
                        .split([' ', ',', '\t'])
                        .map(|part| part.trim_end_matches('/').replace(";;", ";").replace("=;", "="))
                        .map(|part| part.trim_end_matches(';').to_owned())
                        .filter(|part| !part.is_empty())
                        .collect();
                    parts
                };
                let (good, bad) = (plain(&good), plain(&bad));
                prop_assert!(good.iter().all(|part| bad.contains(part)), "{:?}", bad);
            }
        }

        #[test]
        fn a_mutated_query_never_passes(
            at in any::<prop::sample::Index>(),
            with in "[ -~]{1,3}",
        ) {
            let headers: [(&str, &[u8]); 1] = [("Host", b"h")];
            let parts = RequestParts { method: "GET", path: "/", query: "a=b", headers: &headers };
            let payload = PayloadHash::Exact(sha256_hex(b""));
            let good = signer(Algorithm::HmacSha256).presign(&parts, &payload, 60, NOW).unwrap();
            let position = at.index(good.len());
            let bad = format!("{}{with}{}", &good[..position], &good[position..]);
            if judge(&RequestParts { query: &bad, ..parts }) {
                prop_assert!(with.bytes().all(|byte| matches!(byte, b'&' | b'/' | b';')), "{}", bad);
            }
        }

        #[test]
        fn random_text_does_not_panic(
            header in prop_oneof![
                "\\PC{0,80}",
                "AWS4-(HMAC|ECDSA-P256)-SHA256 (Credential=[a-z/]{0,20},? ?|Signature=[0-9a-f]{0,9},|SignedHeaders=[a-z;]{0,9} ){0,4}",
                "AWS \\PC{0,20}",
            ],
            query in "((X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)|Signature|Expires|AWSAccessKeyId)=[A-Za-z0-9%/-]{0,20}&?){0,7}",
            date in "([0-9]{8}T[0-9]{6}Z|\\PC{0,20})",
            noise in proptest::collection::vec(any::<u8>(), 0..30),
        ) {
            let all: [(&str, &[u8]); 4] = [
                ("host", b"h"),
                ("x-amz-date", date.as_bytes()),
                ("x-amz-content-sha256", &noise),
                ("Authorization", header.as_bytes()),
            ];
            let parts = RequestParts { method: "GET", path: "/", query: &query, headers: &all };
            prop_assert!(!judge(&parts));
            let other = RequestParts { headers: &all[..3], ..parts };
            prop_assert!(!judge(&other));
            let other = RequestParts { query: "", ..parts };
            prop_assert!(!judge(&other));
            let fields = [("policy", query.as_str()), ("x-amz-credential", &header), ("x-amz-date", &date)];
            prop_assert!(PostClaim::parse(&fields).is_err() || header.is_empty());
        }
    }
}
