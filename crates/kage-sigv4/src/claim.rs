//! What a request says about its signer, before anybody believed it.

use crate::request::RequestParts;

/// Where the credentials stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The `Authorization` header.
    Header,
    /// Query parameters: a presigned URL.
    Query,
    /// The form fields of a browser upload.
    Post,
}

/// The signing algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `AWS4-HMAC-SHA256`, Signature Version 4.
    HmacSha256,
    /// `AWS4-ECDSA-P256-SHA256`, Signature Version 4A.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "AWS4-HMAC-SHA256",
            Self::EcdsaP256Sha256 => "AWS4-ECDSA-P256-SHA256",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::HmacSha256, Self::EcdsaP256Sha256].into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// What the request says about its body, from `x-amz-content-sha256`.
///
/// AWS: "Authenticating Requests: Using the Authorization Header", table of `x-amz-content-sha256` values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadHash {
    /// The SHA-256 of the body: 64 hexadecimal digits, as received.
    Exact(String),
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: signed chunks.
    StreamingSigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: signed chunks and signed trailers.
    StreamingSignedTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: unsigned chunks with trailers.
    StreamingUnsignedTrailer,
    /// `STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD`: chunks signed with Version 4A.
    StreamingEcdsa,
    /// `STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER`: the same with signed trailers.
    StreamingEcdsaTrailer,
    /// `STREAMING-AWS4-HMAC-SHA256-EVENTS`: a signed event stream.
    StreamingEvents,
    /// Something else; S3 refuses it.
    Unknown(String),
    /// The header is not there.
    Absent,
}

impl PayloadHash {
    /// Reads the declaration of a request, signed or anonymous.
    #[must_use]
    pub fn of(parts: &RequestParts<'_>) -> Self {
        parts.header("x-amz-content-sha256").map_or(Self::Absent, |text| Self::from_text(&text))
    }

    /// Reads one value.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let fixed = [
            Self::Unsigned,
            Self::StreamingSigned,
            Self::StreamingSignedTrailer,
            Self::StreamingUnsignedTrailer,
            Self::StreamingEcdsa,
            Self::StreamingEcdsaTrailer,
            Self::StreamingEvents,
        ];
        if let Some(value) = fixed.into_iter().find(|value| value.as_str() == text) {
            return value;
        }
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { Self::Exact(text.to_owned()) } else { Self::Unknown(text.to_owned()) }
    }

    /// The value as it stands in the canonical request; empty when absent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Unknown(text) => text,
            Self::Unsigned => "UNSIGNED-PAYLOAD",
            Self::StreamingSigned => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::StreamingSignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::StreamingUnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            Self::StreamingEcdsa => "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            Self::StreamingEcdsaTrailer => "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
            Self::StreamingEvents => "STREAMING-AWS4-HMAC-SHA256-EVENTS",
            Self::Absent => "",
        }
    }

    /// True when the body is `aws-chunked` and needs a [`crate::ChunkDecoder`].
    #[must_use]
    pub const fn is_chunked(&self) -> bool {
        matches!(
            self,
            Self::StreamingSigned
                | Self::StreamingSignedTrailer
                | Self::StreamingUnsignedTrailer
                | Self::StreamingEcdsa
                | Self::StreamingEcdsaTrailer
        )
    }

    /// True when trailers follow the last chunk.
    #[must_use]
    pub const fn has_trailers(&self) -> bool {
        matches!(
            self,
            Self::StreamingSignedTrailer | Self::StreamingUnsignedTrailer | Self::StreamingEcdsaTrailer
        )
    }

    /// True when every chunk carries a signature.
    #[must_use]
    pub const fn has_signed_chunks(&self) -> bool {
        self.is_chunked() && !matches!(self, Self::StreamingUnsignedTrailer)
    }
}

/// The credentials that a request presents. Nothing of it is proven before [`crate::Checked::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Where the credentials stood.
    pub kind: Kind,
    /// The signing algorithm.
    pub algorithm: Algorithm,
    /// The access key id.
    pub access_key: String,
    /// The date of the credential scope, `YYYYMMDD` when well formed.
    pub date: String,
    /// The region of the credential scope; empty with Version 4A, which has a region set.
    pub region: String,
    /// The signing name of the service.
    pub service: String,
    /// The last element of the credential scope, `aws4_request` when well formed.
    pub terminator: String,
    /// `X-Amz-Region-Set` of Version 4A: names separated by commas, `*` as wildcard.
    pub region_set: Option<String>,
    /// The signed headers, lower case, sorted.
    pub signed_headers: Vec<String>,
    /// The signature as received.
    pub signature: String,
    /// The time of the signature as it stands in the string to sign, `20150830T123600Z`.
    pub timestamp: String,
    /// The same in unix seconds.
    pub signed_at: i64,
    /// `X-Amz-Expires` in seconds; only with [`Kind::Query`].
    pub expires_seconds: Option<u64>,
    /// `X-Amz-Security-Token`.
    pub session_token: Option<String>,
    /// What the request says about its body.
    pub payload: PayloadHash,
}

impl Claim {
    /// The credential scope: `20150830/us-east-1/iam/aws4_request`, without the region for Version 4A.
    #[must_use]
    pub fn scope(&self) -> String {
        match self.algorithm {
            Algorithm::HmacSha256 => {
                format!("{}/{}/{}/{}", self.date, self.region, self.service, self.terminator)
            }
            Algorithm::EcdsaP256Sha256 => format!("{}/{}/{}", self.date, self.service, self.terminator),
        }
    }

    /// True when the signature was made for `region`.
    ///
    /// AWS: "Signature Version 4A": the region set lists Regions, `*` matches any, also inside a name.
    #[must_use]
    pub fn covers_region(&self, region: &str) -> bool {
        match self.algorithm {
            Algorithm::HmacSha256 => self.region == region,
            Algorithm::EcdsaP256Sha256 => self
                .region_set
                .as_deref()
                .is_some_and(|set| set.split(',').any(|pattern| glob(pattern.trim(), region))),
        }
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_sets_match_with_wildcards() {
        for (pattern, region, expected) in [
            ("us-east-1", "us-east-1", true),
            ("us-east-1", "us-east-11", false),
            ("*", "eu-west-1", true),
            ("us-*", "us-west-2", true),
            ("us-*-1", "us-west-2", false),
            ("us-*-*-1", "us-gov-east-1", true),
            ("", "us-east-1", false),
        ] {
            assert_eq!(glob(pattern, region), expected, "{pattern} {region}");
        }
    }

    #[test]
    fn payload_values_round_trip() {
        for text in ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "nonsense", &"aB".repeat(32)] {
            assert_eq!(PayloadHash::from_text(text).as_str(), text);
        }
        assert_eq!(PayloadHash::from_text("x"), PayloadHash::Unknown("x".to_owned()));
    }
}
