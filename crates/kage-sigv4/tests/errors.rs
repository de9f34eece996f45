//! Each failure, how it arises and how each family of services words it.

#[cfg(test)]
mod failures {
    use kage_sigv4::{
        Algorithm, AsymmetricKey, AuthError, Body, Claim, Dialect, KeyMaterial, Kind, PathRule, PayloadHash,
        RequestParts, Signer, SigningKey, Verified, VerifyOptions, parse, sha256_hex, verify,
    };

    const NOW: i64 = 1_440_938_160; // 20150830T123600Z
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const EMPTY: [u8; 32] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ];

    #[derive(Clone)]
    struct Request {
        query: String,
        headers: Vec<(String, String)>,
    }

    impl Request {
        fn of(headers: &[(&str, &str)]) -> Self {
            let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            Self { query: String::new(), headers }
        }

        fn with<T>(&self, run: impl FnOnce(&RequestParts<'_>) -> T) -> T {
            let headers: Vec<(&str, &[u8])> =
                self.headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
            run(&RequestParts { method: "GET", path: "/", query: &self.query, headers: &headers })
        }

        fn parse(&self) -> Result<Option<Claim>, AuthError> {
            self.with(parse)
        }

        fn judge(&self, now: i64, options: &VerifyOptions<'_>) -> Result<Verified, AuthError> {
            self.judge_with(Body::Sha256(EMPTY), now, options)
        }

        fn judge_with(
            &self,
            body: Body,
            now: i64,
            options: &VerifyOptions<'_>,
        ) -> Result<Verified, AuthError> {
            self.with(|parts| {
                let claim = parse(parts)?.ok_or(AuthError::MissingToken)?;
                verify(parts, &claim, KeyMaterial::Secret(SECRET), body, now, options)
            })
        }

        fn error(&self, now: i64, options: &VerifyOptions<'_>) -> AuthError {
            self.judge(now, options).unwrap_err()
        }

        fn set(&mut self, name: &str, value: &str) {
            self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            self.headers.push((name.to_owned(), value.to_owned()));
        }

        fn replace(&self, from: &str, to: &str) -> Self {
            let mut changed = self.clone();
            changed.query = changed.query.replace(from, to);
            for (_, value) in &mut changed.headers {
                *value = value.replace(from, to);
            }
            changed
        }
    }

    fn iam() -> VerifyOptions<'static> {
        VerifyOptions::generic(&["iam"], Some("us-east-1"))
    }

    fn s3() -> VerifyOptions<'static> {
        VerifyOptions::s3(Some("us-east-1"))
    }

    fn signer(service: &str) -> Signer<'_> {
        Signer {
            algorithm: Algorithm::HmacSha256,
            access_key: "AKIDEXAMPLE",
            secret: SECRET,
            session_token: None,
            region: "us-east-1",
            service,
            path: PathRule { normalise: true, encode_again: true },
            token_after_signing: false,
            send_content_sha256: service == "s3",
        }
    }

    fn signed(service: &str) -> Request {
        let mut request = Request::of(&[("Host", "example.amazonaws.com")]);
        let payload = PayloadHash::Exact(sha256_hex(b""));
        let signed = request.with(|parts| signer(service).sign(parts, &payload, NOW)).unwrap();
        request.headers.extend(signed.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
        request
    }

    fn presigned(service: &str, expires: u64) -> Request {
        let mut request = Request::of(&[("Host", "example.amazonaws.com")]);
        let payload =
            if service == "s3" { PayloadHash::Unsigned } else { PayloadHash::Exact(sha256_hex(b"")) };
        request.query = request.with(|parts| signer(service).presign(parts, &payload, expires, NOW)).unwrap();
        request
    }

    fn read(error: &AuthError, dialect: Dialect) -> (&'static str, u16, String) {
        (error.code(dialect), error.status(dialect), error.message(dialect))
    }

    fn row(code: &'static str, status: u16, message: &str) -> (&'static str, u16, String) {
        (code, status, message.to_owned())
    }

    #[test]
    fn good_requests_pass() {
        assert!(signed("iam").judge(NOW, &iam()).is_ok());
        assert!(presigned("iam", 60).judge(NOW, &iam()).is_ok());
        assert!(signed("s3").judge(NOW, &s3()).is_ok());
        assert!(presigned("s3", 60).judge_with(Body::Later, NOW, &s3()).is_ok());
    }

    #[test]
    fn anonymous_is_no_error_until_the_caller_says_so() {
        assert_eq!(Request::of(&[("Host", "h")]).parse(), Ok(None));
        let mut other = Request::of(&[]);
        other.query = "Signature=mine&x=X-Amz-Signature".to_owned();
        assert_eq!(other.parse(), Ok(None));
        let error = AuthError::MissingToken;
        let text = "Request is missing Authentication Token";
        assert_eq!(read(&error, Dialect::Query), row("MissingAuthenticationToken", 403, text));
        assert_eq!(read(&error, Dialect::Json), row("MissingAuthenticationTokenException", 400, text));
        let short = "Missing Authentication Token";
        assert_eq!(read(&error, Dialect::RestJson), row("MissingAuthenticationTokenException", 403, short));
        let ec2 = "The request must contain the parameter AWSAccessKeyId";
        assert_eq!(read(&error, Dialect::Ec2), row("MissingParameter", 400, ec2));
        assert_eq!(read(&error, Dialect::S3), row("AccessDenied", 403, "Access Denied"));
    }

    #[test]
    fn spacing_of_the_header_is_free() {
        let request = signed("iam");
        assert!(request.replace(", ", ",").judge(NOW, &iam()).is_ok());
        assert!(request.replace(", ", "  ,\t ").judge(NOW, &iam()).is_ok());
        assert!(request.replace(", ", " ").judge(NOW, &iam()).is_ok());
        assert!(request.replace("aws4_request", "aws4_request/").judge(NOW, &iam()).is_ok());
    }

    #[test]
    fn incomplete_headers_name_what_is_missing() {
        let bare = Request::of(&[("Authorization", "AWS4-HMAC-SHA256 x=y")]);
        let error = bare.parse().unwrap_err();
        let hash = "mQXVx1+N/4HG5cKNcdLEynI3JawDVw4fqc/ymeW9X8Q=";
        let text = format!(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
             parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
             existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) \
             Authorization={hash}"
        );
        assert_eq!(read(&error, Dialect::Query), row("IncompleteSignature", 400, &text));
        assert_eq!(error.code(Dialect::Json), "IncompleteSignatureException");
        assert_eq!(error.status(Dialect::RestJson), 403);
        let text = "The authorization header is malformed; the authorization header requires three components: \
                    Credential, SignedHeaders, and Signature.";
        assert_eq!(read(&error, Dialect::S3), row("AuthorizationHeaderMalformed", 400, text));

        let mut dateless = signed("s3");
        dateless.headers.retain(|(name, _)| name != "X-Amz-Date");
        let error = dateless.parse().unwrap_err();
        assert!(error.to_string().starts_with("Authorization header requires existence of either"));
        let text = "AWS authentication requires a valid Date or x-amz-date header";
        assert_eq!(read(&error, Dialect::S3), row("AccessDenied", 403, text));
    }

    #[test]
    fn the_date_header_serves_too() {
        let mut request = Request::of(&[("Host", "h"), ("Date", "Sun, 30 Aug 2015 12:36:00 GMT")]);
        request.set(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request,SignedHeaders=host,Signature=0",
        );
        let claim = request.parse().unwrap().unwrap();
        assert_eq!((claim.timestamp.as_str(), claim.signed_at), ("20150830T123600Z", NOW));
        request.set("X-Amz-Date", "201");
        let error = request.parse().unwrap_err();
        assert_eq!(error, AuthError::BadDate { kind: Kind::Header, value: "201".to_owned() });
        assert_eq!(
            error.to_string(),
            "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"
        );
        assert_eq!(error.code(Dialect::S3), "AccessDenied");
        let twice = [("X-Amz-Date", "20150830T123600Z"), ("x-amz-date", "20150830T123600Z")];
        let mut doubled = Request::of(&twice);
        doubled.set("Authorization", &request.headers[2].1);
        assert!(matches!(doubled.parse(), Err(AuthError::BadDate { .. })));
    }

    #[test]
    fn parts_without_equals_sign() {
        let request = Request::of(&[("Authorization", "AWS4-HMAC-SHA256 Credential, Signature=b")]);
        let error = request.parse().unwrap_err();
        let start = "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and \
                     encoded with Base64): '";
        assert!(error.message(Dialect::RestJson).starts_with(start));
        assert_eq!(
            error.message(Dialect::S3),
            "The authorization header is malformed; the authorization component \"Credential\" is malformed."
        );
    }

    #[test]
    fn foreign_authorization() {
        let read_header = |value: &str| Request::of(&[("Authorization", value)]).parse().unwrap_err();
        let bearer = read_header("Bearer eyJ0eXAi");
        assert_eq!(bearer.code(Dialect::RestJson), "IncompleteSignatureException");
        assert!(bearer.message(Dialect::RestJson).starts_with("Invalid key=value pair"));
        assert_eq!(read(&bearer, Dialect::S3), row("InvalidArgument", 400, "Unsupported Authorization Type"));
        let members = [("ArgumentName", "Authorization"), ("ArgumentValue", "Bearer eyJ0eXAi")];
        assert_eq!(bearer.members(Dialect::S3), members.map(|(n, v)| (n, v.to_owned())));
        let basic = read_header("Basic ZWxhc3Q=");
        assert!(basic.to_string().starts_with("Authorization header requires 'Credential' parameter."));
        let text =
            "Authorization header must begin with the algorithm name, which cannot include an equal-sign";
        assert_eq!(read_header("token=x").to_string(), text);
        let newer = read_header("AWS4-HMAC-SHA512 Credential=x");
        assert_eq!(newer.to_string(), "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'");
        let mut doubled = signed("iam");
        let again = doubled.headers.last().cloned().unwrap();
        doubled.headers.push(again);
        assert!(matches!(doubled.parse(), Err(AuthError::UnsupportedAuthorization(_))));
        let twice = signed("iam").replace("Signature=", "Signature=0, Signature=");
        assert!(matches!(twice.parse(), Err(AuthError::UnsupportedAuthorization(_))));
    }

    #[test]
    fn version_2_is_refused() {
        let header = Request::of(&[("Authorization", "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")]);
        let text =
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
        assert_eq!(read(&header.parse().unwrap_err(), Dialect::S3), row("InvalidRequest", 400, text));
        let mut query = Request::of(&[]);
        query.query = "AWSAccessKeyId=A&Expires=1&Signature=x".to_owned();
        assert_eq!(query.parse(), Err(AuthError::SignatureVersion2(None)));
        assert_eq!(query.parse().unwrap_err().code(Dialect::Query), "MissingAuthenticationToken");
        query.query = "AWSAccessKeyId=A&Expires=1".to_owned();
        let text =
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
        assert_eq!(read(&query.parse().unwrap_err(), Dialect::S3), row("AccessDenied", 403, text));
    }

    #[test]
    fn two_mechanisms() {
        let mut request = signed("s3");
        request.query = presigned("s3", 60).query;
        let error = request.parse().unwrap_err();
        let text = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query \
                    string parameter or the Authorization header should be specified";
        assert_eq!(read(&error, Dialect::S3), row("InvalidArgument", 400, text));
        let text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
        assert_eq!(read(&error, Dialect::Json), row("InvalidSignatureException", 400, text));
    }

    #[test]
    fn incomplete_queries() {
        let request = presigned("s3", 60);
        for name in
            ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
        {
            let error = request.replace(&format!("{name}="), "Other=").parse().unwrap_err();
            assert_eq!(error, AuthError::IncompleteQuery(vec![name]));
            let text = format!(
                "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
            );
            assert_eq!(error.to_string(), text);
            assert_eq!(error.code(Dialect::S3), "AuthorizationQueryParametersError");
        }
        let error = request.replace("X-Amz-Expires=60", "a=b").error(NOW, &s3());
        assert_eq!(error, AuthError::IncompleteQuery(vec!["X-Amz-Expires"]));
        assert!(error.message(Dialect::S3).ends_with("X-Amz-SignedHeaders, and X-Amz-Expires parameters."));
        let doubled = request.replace("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=61").parse();
        assert_eq!(doubled, Err(AuthError::IncompleteQuery(vec!["X-Amz-Expires"])));
        let algorithm = request.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1").parse().unwrap_err();
        let text = "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"";
        assert_eq!(algorithm.message(Dialect::S3), text);
        let date = request.replace("20150830T123600Z", "today").parse().unwrap_err();
        let text = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
        assert_eq!(read(&date, Dialect::S3), row("AuthorizationQueryParametersError", 400, text));
    }

    #[test]
    fn expires_has_bounds() {
        let request = presigned("s3", 604_800);
        assert!(request.judge_with(Body::Later, NOW + 604_800, &s3()).is_ok());
        let with = |value: &str| {
            let request = request.replace("X-Amz-Expires=604800", &format!("X-Amz-Expires={value}"));
            request.judge_with(Body::Later, NOW, &s3()).unwrap_err()
        };
        assert_eq!(with("604801"), AuthError::ExpiresTooLong);
        assert_eq!(with("99999999999999999999999999"), AuthError::ExpiresTooLong);
        assert_eq!(with("-1"), AuthError::ExpiresNegative);
        assert_eq!(with("soon"), AuthError::ExpiresNotNumber);
        assert_eq!(with(""), AuthError::ExpiresNotNumber);
        assert_eq!(
            with("604801").message(Dialect::S3),
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
             than 604800 seconds"
        );
        assert_eq!(with("-1").message(Dialect::S3), "X-Amz-Expires must be non-negative");
        assert_eq!(with("x").message(Dialect::S3), "X-Amz-Expires should be a number");
    }

    #[test]
    fn malformed_credentials() {
        let request = signed("iam");
        let error = request.replace("AKIDEXAMPLE/", "AKID/EXAMPLE/").parse().unwrap_err();
        let text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
                    got 'AKID/EXAMPLE/20150830/us-east-1/iam/aws4_request'";
        assert_eq!(read(&error, Dialect::Query), row("IncompleteSignature", 400, text));
        let text = "The authorization header is malformed; the Credential is mal-formed; expecting \
                    \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
        assert_eq!(read(&error, Dialect::S3), row("AuthorizationHeaderMalformed", 400, text));
        assert!(request.replace("AKIDEXAMPLE/", "/").parse().is_err());
        let query = presigned("s3", 60).replace("AKIDEXAMPLE%2F", "").parse().unwrap_err();
        assert!(
            query.message(Dialect::S3).starts_with("Error parsing the X-Amz-Credential parameter; the Cred")
        );
    }

    #[test]
    fn scopes() {
        let scope = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request";
        let error =
            signed("iam").replace(scope, "AKIDEXAMPLE/20150831/eu-west-1/sts/aws3").error(NOW, &iam());
        let text = "Credential should be scoped to a valid region. Credential should be scoped to correct \
                    service: 'iam'. Credential should be scoped with a valid terminator: 'aws4_request', not \
                    'aws3'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
                    HTTP: '20150831' != '20150830', from '20150830T123600Z'.";
        assert_eq!(read(&error, Dialect::Query), row("SignatureDoesNotMatch", 403, text));
        assert_eq!(error.code(Dialect::Json), "InvalidSignatureException");

        let change = |from: &str, to: &str| signed("s3").replace(from, to).error(NOW, &s3());
        let region = change("/us-east-1/", "/eu-west-1/");
        let text =
            "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'";
        assert_eq!(read(&region, Dialect::S3), row("AuthorizationHeaderMalformed", 400, text));
        assert_eq!(region.members(Dialect::S3), [("Region", "us-east-1".to_owned())]);
        assert!(
            change("/s3/", "/ec2/")
                .message(Dialect::S3)
                .ends_with("malformed; incorrect service \"ec2\". This endpoint belongs to \"s3\".")
        );
        assert!(
            change("aws4_request", "aws")
                .message(Dialect::S3)
                .ends_with("incorrect terminal \"aws\". This endpoint uses \"aws4_request\".")
        );
        assert!(change("/20150830/", "/now/").message(Dialect::S3).ends_with(
            "incorrect date format \"now\". This date in the credential must be in the format \"yyyyMMdd\"."
        ));
        assert!(change("/20150830/", "/20150829/").message(Dialect::S3).ends_with(
            "Invalid credential date \"20150829\". This date is not the same as X-Amz-Date: \"20150830\"."
        ));
        let query = presigned("s3", 60).replace("us-east-1", "eu-west-1").error(NOW, &s3());
        let text = "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'";
        assert_eq!(read(&query, Dialect::S3), row("AuthorizationQueryParametersError", 400, text));
    }

    #[test]
    fn clocks() {
        let request = signed("iam");
        assert!(request.judge(NOW + 900, &iam()).is_ok());
        assert!(request.judge(NOW - 900, &iam()).is_ok());
        let old = request.error(NOW + 901, &iam());
        let text = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - \
                    15 min.)";
        assert_eq!(read(&old, Dialect::Query), row("SignatureDoesNotMatch", 403, text));
        assert_eq!(read(&old, Dialect::Json), row("InvalidSignatureException", 400, text));
        assert_eq!(read(&old, Dialect::Ec2), row("RequestExpired", 400, "Request has expired."));
        let mut kinesis = iam();
        kinesis.skew_seconds = 300;
        let new = request.error(NOW - 301, &kinesis);
        let text = "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z \
                    (20150830T123059Z + 5 min.)";
        assert_eq!(new.to_string(), text);
        let skewed = signed("s3").error(NOW + 1000, &s3());
        let text = "The difference between the request time and the current time is too large.";
        assert_eq!(read(&skewed, Dialect::S3), row("RequestTimeTooSkewed", 403, text));
        let members = [
            ("RequestTime", "20150830T123600Z"),
            ("ServerTime", "2015-08-30T12:52:40Z"),
            ("MaxAllowedSkewMilliseconds", "900000"),
        ];
        assert_eq!(skewed.members(Dialect::S3), members.map(|(n, v)| (n, v.to_owned())));
        assert!(request.judge(i64::MAX, &iam()).is_err());
        assert!(request.judge(i64::MIN, &iam()).is_err());
    }

    #[test]
    fn presigned_times() {
        let request = presigned("s3", 60);
        let late = request.error(NOW + 61, &s3());
        assert_eq!(read(&late, Dialect::S3), row("AccessDenied", 403, "Request has expired"));
        let members = [
            ("X-Amz-Expires", "60"),
            ("Expires", "2015-08-30T12:37:00Z"),
            ("ServerTime", "2015-08-30T12:37:01Z"),
        ];
        assert_eq!(late.members(Dialect::S3), members.map(|(n, v)| (n, v.to_owned())));
        let early = request.error(NOW - 901, &s3());
        assert_eq!(read(&early, Dialect::S3), row("AccessDenied", 403, "Request is not yet valid"));
        let members = [
            ("X-Amz-Date", "1440938160000"),
            ("Expires", "2015-08-30T12:37:00Z"),
            ("ServerTime", "2015-08-30T12:20:59Z"),
        ];
        assert_eq!(early.members(Dialect::S3), members.map(|(n, v)| (n, v.to_owned())));
        let generic = presigned("iam", 60).error(NOW + 61, &iam());
        assert_eq!(
            generic.to_string(),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T123701Z - 1 min.)"
        );
    }

    #[test]
    fn signed_headers() {
        let hostless = signed("iam").replace("SignedHeaders=host;", "SignedHeaders=").error(NOW, &iam());
        let text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        assert_eq!(read(&hostless, Dialect::Json), row("InvalidSignatureException", 400, text));
        let dateless = signed("iam").replace("host;x-amz-date", "host").error(NOW, &iam());
        let text = "'x-amz-date' or 'date' must be a 'SignedHeader' in the AWS Authorization.";
        assert_eq!(dateless.to_string(), text);
        let mut request = signed("s3");
        request.set("X-Amz-Tagging", "a=b");
        request.set("x-amz-acl", "private");
        let error = request.error(NOW, &s3());
        let text = "There were headers present in the request which were not signed";
        assert_eq!(read(&error, Dialect::S3), row("AccessDenied", 403, text));
        let members = [("HeadersNotSigned", "x-amz-acl, x-amz-tagging".to_owned())];
        assert_eq!(error.members(Dialect::S3), members);
        let mut token = signed("s3");
        token.set("X-Amz-Security-Token", "t");
        assert!(matches!(token.error(NOW, &s3()), AuthError::HeadersNotSigned(_)));
    }

    #[test]
    fn payload_hashes() {
        let mut request = signed("s3");
        request.headers.retain(|(name, _)| name != "X-Amz-Content-Sha256");
        let error = request.error(NOW, &s3());
        let text = "Missing required header for this request: x-amz-content-sha256";
        assert_eq!(read(&error, Dialect::S3), row("InvalidRequest", 400, text));
        request.set("x-amz-content-sha256", "nonsense");
        let error = request.error(NOW, &s3());
        assert_eq!(error, AuthError::InvalidContentSha256("nonsense".to_owned()));
        assert_eq!((error.code(Dialect::S3), error.members(Dialect::S3).len()), ("InvalidArgument", 2));
        request.set("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
        assert!(matches!(request.error(NOW, &s3()), AuthError::InvalidContentSha256(_)));

        let other = signed("s3").judge_with(Body::Sha256([1; 32]), NOW, &s3()).unwrap_err();
        let text = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        assert_eq!(read(&other, Dialect::S3), row("XAmzContentSHA256Mismatch", 400, text));
        let members =
            [("ClientComputedContentSHA256", sha256_hex(b"")), ("S3ComputedContentSHA256", "01".repeat(32))];
        assert_eq!(other.members(Dialect::S3), members);
        let later = signed("s3").judge_with(Body::Later, NOW, &s3()).unwrap();
        assert_eq!(later.check_body(&EMPTY), Ok(()));
        assert_eq!(later.check_body(&[1; 32]), Err(other));
        let unhashed = signed("iam").judge_with(Body::Later, NOW, &iam()).unwrap_err();
        assert_eq!((&unhashed, unhashed.status(Dialect::Json)), (&AuthError::BodyNotHashed, 500));
    }

    #[test]
    fn a_declared_unsigned_body_is_believed_by_s3_alone() {
        let mut request = Request::of(&[("Host", "example.amazonaws.com")]);
        let mut signer = signer("iam");
        signer.send_content_sha256 = true;
        let signed = request.with(|parts| signer.sign(parts, &PayloadHash::Unsigned, NOW)).unwrap();
        request.headers.extend(signed.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
        assert!(matches!(request.error(NOW, &iam()), AuthError::SignatureMismatch(_)));
        let mut options = iam();
        options.payload = kage_sigv4::PayloadRule::UnsignedAllowed;
        assert!(request.judge(NOW, &options).is_ok());
        let hashed = self::signed("iam");
        assert!(matches!(hashed.error(NOW, &options), AuthError::SignatureMismatch(_)));
        let events = request.replace("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-EVENTS");
        assert!(matches!(events.error(NOW, &options), AuthError::SignatureMismatch(_)));
    }

    #[test]
    fn mismatches_show_their_work() {
        let changed = signed("s3").replace("Signature=", "Signature=0");
        let error = changed.error(NOW, &s3());
        let text = "The request signature we calculated does not match the signature you provided. Check your key \
                    and signing method.";
        assert_eq!(read(&error, Dialect::S3), row("SignatureDoesNotMatch", 403, text));
        let names: Vec<&str> = error.members(Dialect::S3).into_iter().map(|(name, _)| name).collect();
        let expected = [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
        ];
        assert_eq!(names, expected);
        assert!(error.members(Dialect::S3)[3].1.starts_with("41 57 53 34 2d 48"));
        let error = signed("iam").replace("Signature=", "Signature=0").error(NOW, &iam());
        let short = "The request signature we calculated does not match the signature you provided. Check your AWS \
                     Secret Access Key and signing method. Consult the service documentation for details.";
        assert_eq!(read(&error, Dialect::Query), row("SignatureDoesNotMatch", 403, short));
        assert_eq!(read(&error, Dialect::Json), row("InvalidSignatureException", 400, short));
        let long = format!(
            "{short}\n\nThe Canonical String for this request should have been\n'GET\n/\n\n\
             host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n{}'\n\n\
             The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n\
             20150830/us-east-1/iam/aws4_request\n",
            sha256_hex(b"")
        );
        assert!(error.message(Dialect::RestJson).starts_with(&long));
        let ec2 = "AWS was not able to validate the provided access credentials";
        assert_eq!(read(&error, Dialect::Ec2), row("AuthFailure", 401, ec2));
    }

    // Somebody holds the signing key of one scope and signs a request of another with it. A caller that keeps keys
    // and hands out the wrong one must not make that pass.
    #[test]
    fn a_key_of_another_scope_never_passes() {
        let request = signed("iam");
        let to_sign = match request.replace("Signature=", "Signature=0").error(NOW, &iam()) {
            AuthError::SignatureMismatch(mismatch) => mismatch.string_to_sign,
            other => panic!("{other:?}"),
        };
        let good = request.headers.last().unwrap().1.rsplit('=').next().unwrap().to_owned();
        for (date, region, service) in [
            ("20150829", "us-east-1", "iam"),
            ("20150830", "eu-west-1", "iam"),
            ("20150830", "us-east-1", "sts"),
        ] {
            let key = SigningKey::derive(SECRET, date, region, service);
            let forged = request.replace(&good, &key.sign(to_sign.as_bytes()));
            let result = forged.with(|parts| {
                let claim = parse(parts).unwrap().unwrap();
                verify(parts, &claim, KeyMaterial::Signing(&key), Body::Sha256(EMPTY), NOW, &iam())
            });
            assert!(matches!(result, Err(AuthError::SignatureMismatch(_))), "{date} {region} {service}");
        }
    }

    #[test]
    fn a_key_pair_of_another_access_key_never_passes() {
        let mut signer = signer("iam");
        signer.algorithm = Algorithm::EcdsaP256Sha256;
        let mut request = Request::of(&[("Host", "example.amazonaws.com")]);
        let payload = PayloadHash::Exact(sha256_hex(b""));
        let signed = request.with(|parts| signer.sign(parts, &payload, NOW)).unwrap();
        request.headers.extend(signed.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
        let key = AsymmetricKey::derive("AKIDEXAMPLE", SECRET).unwrap();
        let judge = |request: &Request| {
            request.with(|parts| {
                let claim = parse(parts).unwrap().unwrap();
                verify(parts, &claim, KeyMaterial::Asymmetric(&key), Body::Sha256(EMPTY), NOW, &iam())
            })
        };
        assert!(judge(&request).is_ok());
        // The access key id is not in the string to sign, so the signature itself still fits.
        let other = request.replace("AKIDEXAMPLE", "AKIDANOTHER");
        assert!(matches!(judge(&other), Err(AuthError::SignatureMismatch(_))));
        // A region outside the region set is a scope error.
        let options = VerifyOptions::generic(&["iam"], Some("eu-west-1"));
        assert!(matches!(request.error(NOW, &options), AuthError::Scope(_)));
    }
}
