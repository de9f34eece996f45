//! Browser uploads: parsing, signatures and policies.

#[cfg(test)]
mod forms {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use kage_sigv4::{
        Algorithm, AuthError, Dialect, KeyMaterial, PathRule, PostClaim, PostPolicy, PostUpload, Signer,
    };
    use proptest::prelude::*;

    const NOW: i64 = 1_440_938_160; // 20150830T123600Z

    fn policy(json: &str) -> Result<PostPolicy, AuthError> {
        PostPolicy::parse(&STANDARD.encode(json))
    }

    fn with(conditions: &str) -> PostPolicy {
        let text = format!("{{\"expiration\":\"2015-08-30T13:00:00.000Z\",\"conditions\":[{conditions}]}}");
        policy(&text).unwrap()
    }

    fn message(error: &AuthError) -> String {
        format!("{} {}: {}", error.status(Dialect::S3), error.code(Dialect::S3), error.message(Dialect::S3))
    }

    #[test]
    fn missing_fields_are_named() {
        let all = [
            ("Policy", "e30="),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", "AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-signature", "00"),
        ];
        assert!(PostClaim::parse(&all).unwrap().is_some());
        for (missing, (name, _)) in all.iter().enumerate() {
            let mut fields = all.to_vec();
            fields.remove(missing);
            let error = PostClaim::parse(&fields).unwrap_err();
            let name = name.to_ascii_lowercase();
            assert_eq!(
                message(&error),
                format!(
                    "400 InvalidArgument: Bucket POST must contain a field named '{name}'.  If it is specified, \
                     please check the order of the fields."
                )
            );
        }
        assert_eq!(PostClaim::parse(&[("key", "k"), ("acl", "private")]), Ok(None));
        let version_2 = [("AWSAccessKeyId", "A"), ("policy", "p"), ("signature", "s")];
        assert_eq!(PostClaim::parse(&version_2), Err(AuthError::SignatureVersion2(None)));
    }

    #[test]
    fn both_algorithms_round_trip() {
        let text = STANDARD.encode("{\"expiration\":\"2015-08-30T13:00:00Z\",\"conditions\":[]}");
        for (algorithm, scope) in [
            (Algorithm::HmacSha256, "20150830/us-east-1/s3/aws4_request"),
            (Algorithm::EcdsaP256Sha256, "20150830/s3/aws4_request"),
        ] {
            let signer = Signer {
                algorithm,
                access_key: "AKIDEXAMPLE",
                secret: "secret",
                session_token: None,
                region: "us-east-1",
                service: "s3",
                path: PathRule { normalise: false, encode_again: false },
                token_after_signing: false,
                send_content_sha256: false,
            };
            let signature = signer.sign_policy(&text, NOW).unwrap();
            let credential = format!("AKIDEXAMPLE/{scope}");
            let fields = [
                ("policy", text.as_str()),
                ("x-amz-algorithm", algorithm.as_str()),
                ("x-amz-credential", &credential),
                ("x-amz-date", "20150830T123600Z"),
                ("x-amz-signature", &signature),
            ];
            let claim = PostClaim::parse(&fields).unwrap().unwrap();
            assert!(claim.verify(KeyMaterial::Secret("secret")).is_ok());
            let error = claim.verify(KeyMaterial::Secret("Secret")).unwrap_err();
            assert_eq!(error.members(Dialect::S3)[1], ("StringToSign", text.clone()));
            let mut other = claim.clone();
            other.policy = STANDARD.encode("{\"expiration\":\"2016-08-30T13:00:00Z\",\"conditions\":[]}");
            assert!(matches!(
                other.verify(KeyMaterial::Secret("secret")),
                Err(AuthError::SignatureMismatch(_))
            ));
        }
    }

    #[test]
    fn documents_that_cannot_be_read() {
        let start = "{\"expiration\":\"2015-08-30T13:00:00Z\",\"conditions\":";
        for (json, reason) in [
            ("x", "Invalid JSON."),
            ("[]", "Invalid JSON."),
            ("{\"conditions\":[]}", "Policy missing expiration."),
            ("{\"expiration\":\"2015-08-30T13:00:00Z\"}", "Policy missing conditions."),
            ("{\"expiration\":\"later\",\"conditions\":[]}", "Invalid 'expiration' value: 'later'"),
            ("{\"a\":1}", "Unexpected: \"a\""),
            (&format!("{start}{{}}}}"), "Invalid 'conditions' value: must be a List."),
            (&format!("{start}[1]}}"), "Invalid condition test: must be a List or Object."),
            (&format!("{start}[[]]}}"), "Invalid Condition: missing operation identifier."),
            (&format!("{start}[[\"ne\",\"$a\",\"b\"]]}}"), "Invalid Condition: unknown operation 'ne'."),
            (&format!("{start}[[\"eq\",\"$a\"]]}}"), "Invalid eq: wrong number of arguments."),
            (
                &format!("{start}[[\"content-length-range\",1,-2]]}}"),
                "Invalid content-length-range: wrong number of arguments.",
            ),
            (
                &format!("{start}[{{\"a\":\"1\",\"b\":\"2\"}}]}}"),
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (&format!("{start}[{{\"a\":1}}]}}"), "Invalid Simple-Condition: value must be a string."),
        ] {
            let error = policy(json).unwrap_err();
            assert_eq!(
                message(&error),
                format!("400 InvalidPolicyDocument: Invalid Policy: {reason}"),
                "{json}"
            );
        }
        assert_eq!(
            message(&PostPolicy::parse("***").unwrap_err()),
            "400 InvalidPolicyDocument: Invalid Policy: invalid Base64 encoding."
        );
        assert_eq!(
            message(&PostPolicy::parse(" ").unwrap_err()),
            "400 InvalidPolicyDocument: Invalid Policy: Expecting '{' but found End-of-Input"
        );
    }

    fn evaluate(conditions: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let upload = PostUpload { bucket: "b", key: "user/k", fields };
        with(conditions).evaluate(&upload, NOW).map_err(|error| message(&error))
    }

    #[test]
    fn conditions() {
        let bucket = "{\"bucket\":\"b\"}";
        let both = |more: &str| format!("{bucket},{more}");
        assert_eq!(evaluate(bucket, &[]), Ok(()));
        assert_eq!(
            evaluate("{\"bucket\":\"c\"}", &[]),
            Err("403 AccessDenied: Invalid according to Policy: Policy Condition failed: \
                 [\"eq\", \"$bucket\", \"c\"]"
                .to_owned())
        );
        assert_eq!(
            evaluate("", &[]),
            Err("403 AccessDenied: Invalid according to Policy: Extra input fields: bucket".to_owned())
        );
        assert_eq!(
            evaluate(bucket, &[("X-Amz-Meta-B", "1"), ("acl", "x")]),
            Err("403 AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-b, acl"
                .to_owned())
        );
        let exempt = [("file", "f"), ("policy", "p"), ("X-Amz-Signature", "s"), ("x-ignore-me", "i")];
        assert_eq!(evaluate(bucket, &exempt), Ok(()));
        // A condition on a field that was not sent fails.
        assert!(evaluate(&both("{\"acl\":\"public-read\"}"), &[]).is_err());
        assert!(evaluate(&both("{\"acl\":\"public-read\"}"), &[("ACL", "public-read")]).is_ok());
        assert!(evaluate(&both("[\"starts-with\",\"$acl\",\"\"]"), &[("acl", "anything")]).is_ok());
        assert!(
            evaluate(&both("[\"starts-with\",\"$key\",\"user/\"]"), &[("key", "user/${filename}")]).is_ok()
        );
        assert!(evaluate(&both("[\"eq\",\"$key\",\"user/other\"]"), &[("key", "user/other")]).is_err());
        let image = both("[\"starts-with\",\"$Content-Type\",\"image/\"]");
        assert!(evaluate(&image, &[("content-type", "image/png, image/jpeg")]).is_ok());
        assert!(evaluate(&image, &[("content-type", "image/png,text/html")]).is_err());
    }

    #[test]
    fn sizes_and_expiry() {
        let policy = with("[\"content-length-range\",10,20],[\"content-length-range\",\"5\",\"15\"]");
        assert_eq!(policy.size_range(), Some((10, 15)));
        let large = policy.check_size(16).unwrap_err();
        let text = "400 EntityTooLarge: Your proposed upload exceeds the maximum allowed size";
        assert_eq!(message(&large), text);
        let members = [("ProposedSize", "16".to_owned()), ("MaxSizeAllowed", "15".to_owned())];
        assert_eq!(large.members(Dialect::S3), members);
        let small = policy.check_size(9).unwrap_err();
        let text = "400 EntityTooSmall: Your proposed upload is smaller than the minimum allowed size";
        assert_eq!(message(&small), text);
        let upload = PostUpload { bucket: "b", key: "k", fields: &[] };
        let bucket = with("{\"bucket\":\"b\"}");
        assert_eq!(bucket.evaluate(&upload, bucket.expiration), Ok(()));
        let late = bucket.evaluate(&upload, bucket.expiration + 1).unwrap_err();
        assert_eq!(message(&late), "403 AccessDenied: Invalid according to Policy: Policy expired.");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_document_panics(text in "\\PC{0,60}", json in "[\\[\\]{}:,\"a-z0-9$-]{0,60}") {
            let _ = PostPolicy::parse(&text);
            let _ = policy(&json);
            let _ = policy(&format!("{{\"expiration\":\"2015-08-30T13:00:00Z\",\"conditions\":[{json}]}}"));
        }
    }
}
