//! Every case of AWS's signing test suite, both ways: our signer must make what the suite says, our verifier must
//! accept it, and must refuse it when anything is changed.

#[cfg(test)]
mod common;

#[cfg(test)]
mod suite {
    use aws_lc_rs::digest;
    use kage_sigv4::{
        Algorithm, AsymmetricKey, AuthError, Body, KeyMaterial, PayloadHash, Signer, SigningKey, sha256_hex,
        verify,
    };

    use crate::common::{Case, Request, cases};

    fn body_hash(request: &Request) -> Body {
        let hash = digest::digest(&digest::SHA256, &request.body);
        Body::Sha256(hash.as_ref().try_into().unwrap())
    }

    fn signer(case: &Case, algorithm: Algorithm) -> Signer<'_> {
        Signer {
            algorithm,
            access_key: case.credential("access_key_id").unwrap(),
            secret: case.credential("secret_access_key").unwrap(),
            session_token: case.credential("token"),
            region: case.text("region"),
            service: case.text("service"),
            path: case.options().path,
            token_after_signing: case.flag("omit_session_token"),
            send_content_sha256: case.flag("sign_body"),
        }
    }

    fn accept(case: &Case, request: &Request, secret: &str) -> Result<(), AuthError> {
        request.with(|parts| {
            let claim = kage_sigv4::parse(parts)?.expect("credentials");
            assert_eq!(claim.session_token.as_deref(), case.credential("token"), "{}", case.name);
            let body = body_hash(request);
            verify(parts, &claim, KeyMaterial::Secret(secret), body, case.now(), &case.options()).map(|_| ())
        })
    }

    fn check_verifying(case: &Case, request: &Request) {
        let secret = case.credential("secret_access_key").unwrap();
        let name = &case.name;
        assert_eq!(accept(case, request, secret), Ok(()), "{name}");
        let refused = |result| assert!(matches!(result, Err(AuthError::SignatureMismatch(_))), "{name}");
        refused(accept(case, request, "another secret"));
        let mut changed = Request::parse("GET / HTTP/1.1\n\n");
        changed.headers.clone_from(&request.headers);
        changed.query = format!("{}&x=1", request.query);
        changed.method.clone_from(&request.method);
        changed.path.clone_from(&request.path);
        changed.body.clone_from(&request.body);
        refused(accept(case, &changed, secret));
        changed.query.clone_from(&request.query);
        changed.method = "PUT".to_owned();
        refused(accept(case, &changed, secret));
        changed.method.clone_from(&request.method);
        changed.path = "/somewhere/else".to_owned();
        refused(accept(case, &changed, secret));
        changed.path.clone_from(&request.path);
        changed.body.push(b'!');
        assert!(accept(case, &changed, secret).is_err(), "{name}");
    }

    fn canonical_of(case: &Case, request: &Request) -> (String, String) {
        request.with(|parts| {
            let claim = kage_sigv4::parse(parts).unwrap().unwrap();
            let key = KeyMaterial::Secret("wrong");
            match verify(parts, &claim, key, body_hash(request), case.now(), &case.options()) {
                Err(AuthError::SignatureMismatch(m)) => (m.canonical_request, m.string_to_sign),
                other => panic!("{}: {other:?}", case.name),
            }
        })
    }

    #[test]
    fn version_4_header() {
        for case in cases("v4").unwrap_or_default() {
            let request = case.request();
            let payload = PayloadHash::Exact(sha256_hex(&request.body));
            let signed =
                request.with(|parts| signer(&case, Algorithm::HmacSha256).sign(parts, &payload, case.now()));
            let signed = signed.unwrap();
            let name = &case.name;
            assert_eq!(
                signed.canonical_request,
                case.file("header-canonical-request.txt").unwrap(),
                "{name}"
            );
            assert_eq!(signed.string_to_sign, case.file("header-string-to-sign.txt").unwrap(), "{name}");
            assert_eq!(signed.signature, case.file("header-signature.txt").unwrap(), "{name}");
            let expected = Request::parse(&case.file("header-signed-request.txt").unwrap());
            let (_, authorization) = expected.headers.iter().find(|(n, _)| n == "Authorization").unwrap();
            assert_eq!(signed.headers.last().unwrap().1.as_bytes(), authorization, "{name}");
            let (canonical, to_sign) = canonical_of(&case, &expected);
            assert_eq!((canonical, to_sign), (signed.canonical_request, signed.string_to_sign), "{name}");
            check_verifying(&case, &expected);
        }
    }

    #[test]
    fn version_4_query() {
        for case in cases("v4").unwrap_or_default() {
            let request = case.request();
            let payload = PayloadHash::Exact(sha256_hex(&request.body));
            let signer = signer(&case, Algorithm::HmacSha256);
            let query = request.with(|parts| signer.presign(parts, &payload, case.expires(), case.now()));
            let expected = Request::parse(&case.file("query-signed-request.txt").unwrap());
            assert_eq!(query.unwrap(), expected.query, "{}", case.name);
            let (canonical, to_sign) = canonical_of(&case, &expected);
            assert_eq!(canonical, case.file("query-canonical-request.txt").unwrap(), "{}", case.name);
            assert_eq!(to_sign, case.file("query-string-to-sign.txt").unwrap(), "{}", case.name);
            check_verifying(&case, &expected);
        }
    }

    #[test]
    fn version_4a_keys_and_given_signatures() {
        let mut count = 0;
        for case in cases("v4a").unwrap_or_default() {
            let Some(public) = case.file("public-key.json") else { continue };
            count += 1;
            let public: serde_json::Value = serde_json::from_str(&public).unwrap();
            let expected = format!("04{}{}", public["X"].as_str().unwrap(), public["Y"].as_str().unwrap());
            let key = AsymmetricKey::derive(
                case.credential("access_key_id").unwrap(),
                case.credential("secret_access_key").unwrap(),
            )
            .unwrap();
            assert_eq!(hex::encode(key.public_key()), expected, "{}", case.name);
            for form in ["header", "query"] {
                let to_sign = case.file(&format!("{form}-string-to-sign.txt")).unwrap();
                let signature = case.file(&format!("{form}-signature.txt")).unwrap();
                assert!(key.verify(to_sign.as_bytes(), &signature), "{} {form}", case.name);
                assert!(!key.verify(b"another", &signature), "{} {form}", case.name);
                let request = Request::parse(&case.file(&format!("{form}-signed-request.txt")).unwrap());
                let (canonical, ours) = canonical_of(&case, &request);
                assert_eq!(canonical, case.file(&format!("{form}-canonical-request.txt")).unwrap());
                assert_eq!(ours, to_sign, "{} {form}", case.name);
                check_verifying(&case, &request);
            }
        }
        println!("{count} cases of v4a");
    }

    #[test]
    fn version_4a_signing_round_trip() {
        for case in cases("v4a").unwrap_or_default() {
            let mut request = case.request();
            let payload = PayloadHash::Exact(sha256_hex(&request.body));
            let signer = signer(&case, Algorithm::EcdsaP256Sha256);
            let signed = request.with(|parts| signer.sign(parts, &payload, case.now())).unwrap();
            if let Some(expected) = case.file("header-canonical-request.txt") {
                assert_eq!(signed.canonical_request, expected, "{}", case.name);
            }
            let query =
                request.with(|parts| signer.presign(parts, &payload, case.expires(), case.now())).unwrap();
            let presigned = Request { query, ..case.request() };
            check_verifying(&case, &presigned);
            let added =
                signed.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()));
            request.headers.extend(added);
            check_verifying(&case, &request);
        }
    }

    #[test]
    fn kept_keys_serve_their_scope_alone() {
        let Some(case) = cases("v4").and_then(|cases| cases.into_iter().find(|c| c.name == "get-vanilla"))
        else {
            return;
        };
        let secret = case.credential("secret_access_key").unwrap();
        let request = Request::parse(&case.file("header-signed-request.txt").unwrap());
        request.with(|parts| {
            let claim = kage_sigv4::parse(parts).unwrap().unwrap();
            let judge = |key: &SigningKey| {
                let key = KeyMaterial::Signing(key);
                verify(parts, &claim, key, body_hash(&request), case.now(), &case.options())
            };
            let verified = judge(&SigningKey::derive(secret, "20150830", "us-east-1", "service")).unwrap();
            assert_eq!(verified.access_key(), "AKIDEXAMPLE");
            assert!(judge(verified.signing_key().unwrap()).is_ok());
            for (date, region, service) in [
                ("20150831", "us-east-1", "service"),
                ("20150830", "us-east-2", "service"),
                ("20150830", "us-east-1", "other"),
            ] {
                assert!(judge(&SigningKey::derive(secret, date, region, service)).is_err());
            }
        });
    }
}
