//! Reading the credentials of a request.

use crate::claim::{Algorithm, Claim, Kind, PayloadHash};
use crate::encode::decode_text;
use crate::error::{AuthError, IncompleteHeader};
use crate::request::{RequestParts, query_pairs};
use crate::time::{format_basic, parse_basic, parse_http_date};

/// Reads the credentials that a request presents. `Ok(None)` is an anonymous request.
///
/// # Errors
/// Credentials that are there and cannot be read: Signature Version 2, two mechanisms at once, missing parts,
/// unknown algorithms, malformed dates and credentials.
pub fn parse(parts: &RequestParts<'_>) -> Result<Option<Claim>, AuthError> {
    let query = QueryCredentials::read(parts.query);
    let header = parts.header("authorization");
    match header {
        Some(header) if query.is_present() => Err(AuthError::TwoMechanisms(header.into_owned())),
        Some(header) => parse_header(parts, &header).map(Some),
        None if query.is_version_4() => query.claim(parts).map(Some),
        None if query.is_version_2() => Err(query.version_2_error()),
        None => Ok(None),
    }
}

fn parse_header(parts: &RequestParts<'_>, header: &str) -> Result<Claim, AuthError> {
    let unsupported = || AuthError::UnsupportedAuthorization(header.to_owned());
    let (name, rest) = header.split_once(|byte: char| byte.is_ascii_whitespace()).unwrap_or((header, ""));
    if name == "AWS" {
        return Err(AuthError::SignatureVersion2(Some(header.to_owned())));
    }
    let algorithm = match Algorithm::from_name(name) {
        Some(algorithm) if parts.values("authorization").count() == 1 => algorithm,
        None if name.starts_with("AWS4-") => {
            return Err(AuthError::UnsupportedAlgorithm { kind: Kind::Header, algorithm: name.to_owned() });
        }
        _ => return Err(unsupported()),
    };
    let found = HeaderParts::read(rest, header)?;
    let date = parts.header("x-amz-date").or_else(|| parts.header("date"));
    let (Some(credential), Some(signature), Some(signed), Some(date)) =
        (found.credential, found.signature, found.signed_headers, date.as_deref())
    else {
        return Err(AuthError::IncompleteHeader(Box::new(IncompleteHeader {
            credential: found.credential.is_none(),
            signature: found.signature.is_none(),
            signed_headers: found.signed_headers.is_none(),
            date: date.is_none(),
            authorization: header.to_owned(),
        })));
    };
    let token = parts.header("x-amz-security-token").map(|text| text.into_owned());
    let region_set = parts.header("x-amz-region-set").map(|text| text.into_owned());
    let presented = Presented { kind: Kind::Header, algorithm, credential, signature, signed, date };
    presented.claim(token, region_set, None, PayloadHash::of(parts))
}

/// The `key=value` parts of the header. AWS takes commas and spaces in any number between them.
#[derive(Default)]
struct HeaderParts<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> HeaderParts<'a> {
    fn read(text: &'a str, header: &str) -> Result<Self, AuthError> {
        let mut found = Self::default();
        let is_separator = |character: char| character == ',' || character.is_ascii_whitespace();
        for part in text.split(is_separator).filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                let (part, authorization) = (part.to_owned(), header.to_owned());
                return Err(AuthError::NotKeyValue { part, authorization });
            };
            let slot = match key {
                "Credential" => &mut found.credential,
                "Signature" => &mut found.signature,
                "SignedHeaders" => &mut found.signed_headers,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(AuthError::UnsupportedAuthorization(header.to_owned()));
            }
        }
        let filled = |value: &&str| !value.is_empty();
        found.credential = found.credential.filter(filled);
        found.signature = found.signature.filter(filled);
        Ok(found)
    }
}

/// The query parameters that can carry credentials, decoded.
#[derive(Default)]
struct QueryCredentials {
    algorithm: Option<String>,
    credential: Option<String>,
    date: Option<String>,
    expires: Option<String>,
    signed_headers: Option<String>,
    signature: Option<String>,
    token: Option<String>,
    region_set: Option<String>,
    content_sha256: Option<String>,
    /// Parameters that stand there twice. One of the two would be believed and the other acted on.
    doubled: Vec<&'static str>,
    version_2: [bool; 3],
}

impl QueryCredentials {
    fn read(query: &str) -> Self {
        let mut found = Self::default();
        for (name, value) in query_pairs(query) {
            let (slot, canonical) = match name {
                "X-Amz-Algorithm" => (&mut found.algorithm, "X-Amz-Algorithm"),
                "X-Amz-Credential" => (&mut found.credential, "X-Amz-Credential"),
                "X-Amz-Date" => (&mut found.date, "X-Amz-Date"),
                "X-Amz-Expires" => (&mut found.expires, "X-Amz-Expires"),
                "X-Amz-SignedHeaders" => (&mut found.signed_headers, "X-Amz-SignedHeaders"),
                "X-Amz-Signature" => (&mut found.signature, "X-Amz-Signature"),
                "X-Amz-Security-Token" => (&mut found.token, "X-Amz-Security-Token"),
                "X-Amz-Region-Set" => (&mut found.region_set, "X-Amz-Region-Set"),
                "X-Amz-Content-Sha256" => (&mut found.content_sha256, "X-Amz-Content-Sha256"),
                "AWSAccessKeyId" => {
                    found.version_2[0] = true;
                    continue;
                }
                "Signature" => {
                    found.version_2[1] = true;
                    continue;
                }
                "Expires" => {
                    found.version_2[2] = true;
                    continue;
                }
                _ => continue,
            };
            if slot.replace(decode_text(value, true)).is_some() {
                found.doubled.push(canonical);
            }
        }
        found
    }

    fn is_version_4(&self) -> bool {
        self.algorithm.is_some() || self.credential.is_some() || self.signature.is_some()
    }

    // `Signature` or `Expires` alone may be anybody's parameter.
    fn is_version_2(&self) -> bool {
        let [access_key, signature, expires] = self.version_2;
        access_key || (signature && expires)
    }

    fn is_present(&self) -> bool {
        self.is_version_4() || self.is_version_2()
    }

    fn version_2_error(&self) -> AuthError {
        if self.version_2 == [true; 3] {
            AuthError::SignatureVersion2(None)
        } else {
            AuthError::IncompleteQueryVersion2
        }
    }

    fn claim(self, parts: &RequestParts<'_>) -> Result<Claim, AuthError> {
        fn filled(value: &Option<String>) -> Option<&str> {
            value.as_deref().filter(|text| !text.is_empty())
        }
        let mut missing = self.doubled;
        let required = [
            ("X-Amz-Algorithm", filled(&self.algorithm)),
            ("X-Amz-Credential", filled(&self.credential)),
            ("X-Amz-Signature", filled(&self.signature)),
            ("X-Amz-SignedHeaders", filled(&self.signed_headers)),
            ("X-Amz-Date", filled(&self.date)),
        ];
        missing.extend(required.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name));
        let [
            (_, Some(name)),
            (_, Some(credential)),
            (_, Some(signature)),
            (_, Some(signed)),
            (_, Some(date)),
        ] = required
        else {
            return Err(AuthError::IncompleteQuery(missing));
        };
        if !missing.is_empty() {
            return Err(AuthError::IncompleteQuery(missing));
        }
        let algorithm = Algorithm::from_name(name).ok_or_else(|| AuthError::UnsupportedAlgorithm {
            kind: Kind::Query,
            algorithm: name.to_owned(),
        })?;
        let expires = self.expires.as_deref().map(parse_expires).transpose()?;
        let payload = match (PayloadHash::of(parts), self.content_sha256.as_deref()) {
            (PayloadHash::Absent, Some(text)) => PayloadHash::from_text(text),
            (payload, _) => payload,
        };
        let presented = Presented { kind: Kind::Query, algorithm, credential, signature, signed, date };
        presented.claim(self.token, self.region_set, expires, payload)
    }
}

fn parse_expires(text: &str) -> Result<u64, AuthError> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(seconds);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number, text.starts_with('-')) {
        (true, true) => Err(AuthError::ExpiresNegative),
        (true, false) => Err(AuthError::ExpiresTooLong),
        (false, _) => Err(AuthError::ExpiresNotNumber),
    }
}

/// The pieces that every form of credentials has, before they are taken apart.
pub(crate) struct Presented<'a> {
    pub(crate) kind: Kind,
    pub(crate) algorithm: Algorithm,
    pub(crate) credential: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) signed: &'a str,
    pub(crate) date: &'a str,
}

impl Presented<'_> {
    pub(crate) fn claim(
        self,
        session_token: Option<String>,
        region_set: Option<String>,
        expires_seconds: Option<u64>,
        payload: PayloadHash,
    ) -> Result<Claim, AuthError> {
        let kind = self.kind;
        let bad_date = || AuthError::BadDate { kind, value: self.date.to_owned() };
        let (timestamp, signed_at) = match parse_basic(self.date) {
            Some(seconds) => (self.date.to_owned(), seconds),
            None if kind == Kind::Header => {
                let seconds = parse_http_date(self.date).ok_or_else(bad_date)?;
                (format_basic(seconds), seconds)
            }
            None => return Err(bad_date()),
        };
        let elements = if self.algorithm == Algorithm::HmacSha256 { 5 } else { 4 };
        let malformed =
            || AuthError::MalformedCredential { kind, credential: self.credential.to_owned(), elements };
        // dynalite, which records DynamoDB: trailing slashes of the credential are ignored.
        let pieces: Vec<&str> = self.credential.trim_end_matches('/').split('/').collect();
        let (access_key, date, region, service, terminator) = match (self.algorithm, pieces.as_slice()) {
            (Algorithm::HmacSha256, [key, date, region, service, end]) => {
                (*key, *date, *region, *service, *end)
            }
            (Algorithm::EcdsaP256Sha256, [key, date, service, end]) => (*key, *date, "", *service, *end),
            _ => return Err(malformed()),
        };
        if access_key.is_empty() {
            return Err(malformed());
        }
        let mut signed_headers: Vec<String> =
            self.signed.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect();
        if !signed_headers.is_sorted() {
            signed_headers.sort_unstable();
        }
        Ok(Claim {
            kind,
            algorithm: self.algorithm,
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            region_set,
            signed_headers,
            signature: self.signature.to_owned(),
            timestamp,
            signed_at,
            expires_seconds,
            session_token,
            payload,
        })
    }
}
