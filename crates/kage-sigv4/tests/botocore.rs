//! What botocore signs, we accept; changed, we refuse.

#[cfg(test)]
#[path = "common/request.rs"]
mod request;

#[cfg(test)]
mod recorded {
    use aws_lc_rs::digest;
    use kage_sigv4::{
        AuthError, Body, ChunkDecoder, ChunkLimits, Claim, KeyMaterial, PayloadHash, Piece, PostClaim,
        PostUpload, Trailer, Verified, VerifyOptions, parse_basic, verify,
    };
    use serde_json::Value;

    use crate::request::Request;

    const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "FwoGZXIvYXdzEXAMPLE//token+with/slashes==";

    fn recording() -> Value {
        serde_json::from_str(include_str!("recorded/botocore.json")).unwrap()
    }

    fn now() -> i64 {
        parse_basic(recording()["now"].as_str().unwrap()).unwrap()
    }

    fn from_url(method: &str, url: &str) -> Request {
        let rest = url.strip_prefix("https://").unwrap();
        let (host, target) = rest.split_once('/').unwrap();
        Request::parse(&format!("{method} /{target} HTTP/1.1\nHost: {host}\n\n"))
    }

    fn sent(name: &str) -> Request {
        let record = &recording()[name];
        let mut request = from_url(record["method"].as_str().unwrap(), record["url"].as_str().unwrap());
        let headers = record["headers"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        request.headers = headers.iter().map(|h| (text(&h[0]), text(&h[1]).into_bytes())).collect();
        request.body = text(&record["body"]).into_bytes();
        request
    }

    fn judge(
        request: &Request,
        body: Body,
        at: i64,
        options: &VerifyOptions<'_>,
    ) -> Result<(Claim, Verified), AuthError> {
        request.with(|parts| {
            let claim = kage_sigv4::parse(parts)?.expect("credentials");
            let verified = verify(parts, &claim, KeyMaterial::Secret(SECRET), body, at, options)?;
            Ok((claim, verified))
        })
    }

    fn known(body: &[u8]) -> Body {
        Body::Sha256(digest::digest(&digest::SHA256, body).as_ref().try_into().unwrap())
    }

    #[test]
    fn presigned_urls_of_s3() {
        let options = VerifyOptions::s3(Some("eu-west-1"));
        let url = recording()["s3_presigned_get"].as_str().unwrap().to_owned();
        let get = from_url("GET", &url);
        let (claim, verified) = judge(&get, Body::Later, now(), &options).unwrap();
        assert_eq!(claim.access_key, ACCESS_KEY);
        assert_eq!(claim.session_token.as_deref(), Some(TOKEN));
        assert_eq!(claim.expires_seconds, Some(900));
        assert_eq!(verified.payload(), &PayloadHash::Unsigned);
        // The last second counts, the next one does not.
        assert!(judge(&get, Body::Later, now() + 900, &options).is_ok());
        let late = judge(&get, Body::Later, now() + 901, &options).unwrap_err();
        assert!(matches!(late, AuthError::PresignedExpired { .. }));
        let other = from_url("GET", &url.replace("versionId=a", "versionId=b"));
        assert!(matches!(judge(&other, Body::Later, now(), &options), Err(AuthError::SignatureMismatch(_))));
        // The other spelling of the same key is the same request: S3 signs the decoded key.
        let respelled = from_url("GET", &url.replace("%2A.txt", "*.txt"));
        assert!(judge(&respelled, Body::Later, now(), &options).is_ok());
    }

    #[test]
    fn presigned_upload_binds_its_headers() {
        let options = VerifyOptions::s3(Some("eu-west-1"));
        let mut put = from_url("PUT", recording()["s3_presigned_put"].as_str().unwrap());
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        put.headers.push(header("Content-Type", "text/plain"));
        put.headers.push(header("x-amz-acl", "public-read"));
        assert!(judge(&put, Body::Later, now() + 604_800, &options).is_ok());
        put.headers[2] = header("x-amz-acl", "private");
        assert!(judge(&put, Body::Later, now(), &options).is_err());
        put.headers[2] = header("x-amz-acl", "public-read");
        put.headers.push(header("X-Amz-Tagging", "a=b"));
        let error = judge(&put, Body::Later, now(), &options).unwrap_err();
        assert_eq!(error, AuthError::HeadersNotSigned(vec!["x-amz-tagging".to_owned()]));
    }

    #[test]
    fn presigned_sts_keeps_the_window_of_fifteen_minutes() {
        let mut options = VerifyOptions::generic(&["sts"], Some("eu-west-1"));
        options.honour_expires = false;
        let request = from_url("GET", recording()["sts_presigned"].as_str().unwrap());
        assert!(judge(&request, known(b""), now() + 900, &options).is_ok());
        let late = judge(&request, known(b""), now() + 901, &options).unwrap_err();
        assert!(matches!(late, AuthError::Expired(_)));
    }

    #[test]
    fn requests_of_other_services() {
        for (name, service, region) in [
            ("iam", "iam", "us-east-1"),
            ("lambda", "lambda", "eu-west-1"),
            ("dynamodb", "dynamodb", "eu-west-1"),
        ] {
            let services = [service];
            let options = VerifyOptions::generic(&services, Some(region));
            let request = sent(name);
            assert!(judge(&request, known(&request.body), now(), &options).is_ok(), "{name}");
            let tampered = judge(&request, known(b"another body"), now(), &options);
            assert!(matches!(tampered, Err(AuthError::SignatureMismatch(_))), "{name}");
        }
    }

    #[test]
    fn chunked_upload_with_unsigned_trailer() {
        let request = sent("s3_put");
        let options = VerifyOptions::s3(Some("eu-west-1"));
        let (_, verified) = judge(&request, Body::Later, now(), &options).unwrap();
        assert_eq!(verified.payload(), &PayloadHash::StreamingUnsignedTrailer);
        let limits = ChunkLimits::default();
        let decoder = verified.chunk_decoder(Some(11), &["x-amz-checksum-crc32"], limits).unwrap();
        let (body, trailers) = read(decoder, &request.body);
        assert_eq!(body, b"hello world");
        let value = "DUoRhQ==".to_owned();
        assert_eq!(trailers, [Trailer { name: "x-amz-checksum-crc32".to_owned(), value }]);
    }

    fn read(mut decoder: ChunkDecoder, mut input: &[u8]) -> (Vec<u8>, Vec<Trailer>) {
        let mut body = Vec::new();
        while let Piece::Data(data) = decoder.next(&mut input).unwrap() {
            body.extend_from_slice(data);
        }
        (body, decoder.finish().unwrap())
    }

    #[test]
    fn presigned_post() {
        let record = recording();
        let fields = record["post"]["fields"].as_object().unwrap();
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let claim = PostClaim::parse(&fields).unwrap().unwrap();
        assert_eq!(claim.claim.session_token.as_deref(), Some(TOKEN));
        assert_eq!(claim.check(&VerifyOptions::s3(Some("eu-west-1"))), Ok(()));
        assert!(claim.check(&VerifyOptions::s3(Some("eu-west-2"))).is_err());
        assert!(claim.verify(KeyMaterial::Secret("wrong")).is_err());
        let policy = claim.verify(KeyMaterial::Secret(SECRET)).unwrap();
        let evaluate = |bucket: &str, key: &str, fields: &[(&str, &str)], at: i64| {
            policy.evaluate(&PostUpload { bucket, key, fields }, at)
        };
        assert_eq!(evaluate("examplebucket", "user/photo.txt", &fields, now()), Ok(()));
        assert_eq!(
            evaluate("examplebucket", "user/photo.txt", &fields, now() + 3601),
            Err(AuthError::PolicyExpired)
        );
        assert_eq!(
            evaluate("other", "user/photo.txt", &fields, now()),
            Err(AuthError::PolicyConditionFailed("[\"eq\", \"$bucket\", \"examplebucket\"]".to_owned()))
        );
        assert_eq!(
            evaluate("examplebucket", "photo.txt", &fields, now()),
            Err(AuthError::PolicyConditionFailed("[\"starts-with\", \"$key\", \"user/\"]".to_owned()))
        );
        fields.push(("x-amz-meta-a", "1"));
        assert_eq!(
            evaluate("examplebucket", "user/photo.txt", &fields, now()),
            Err(AuthError::PolicyExtraFields("x-amz-meta-a".to_owned()))
        );
        assert_eq!(policy.size_range(), Some((1, 1_048_576)));
        assert_eq!(policy.check_size(0), Err(AuthError::EntityTooSmall { size: 0, limit: 1 }));
        assert_eq!(policy.check_size(1), Ok(()));
        assert!(policy.check_size(1_048_577).is_err());
    }
}
