//! Everything that can be wrong with the credentials of a request.

use crate::claim::Kind;

/// Which parts an `Authorization` header lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncompleteHeader {
    /// `Credential` is missing.
    pub credential: bool,
    /// `Signature` is missing.
    pub signature: bool,
    /// `SignedHeaders` is missing.
    pub signed_headers: bool,
    /// Neither `X-Amz-Date` nor `Date` is there.
    pub date: bool,
    /// The header as received.
    pub authorization: String,
}

/// What is wrong with a credential scope. Several things can be wrong at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeProblem {
    /// Where the scope stood.
    pub kind: Kind,
    /// The whole credential, as S3 repeats it for browser uploads.
    pub credential: String,
    /// Received and expected region, when they differ.
    pub region: Option<(String, String)>,
    /// Received and expected signing name, when they differ.
    pub service: Option<(String, String)>,
    /// The received terminator, when it is not `aws4_request`.
    pub terminator: Option<String>,
    /// The received date, when it is not the day of the time stamp.
    pub date: Option<String>,
    /// The time stamp of the signature.
    pub timestamp: String,
}

/// The request's time is too far from the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkewProblem {
    /// The time as the request spells it.
    pub timestamp: String,
    /// The same in unix seconds.
    pub signed_at: i64,
    /// The server's time in unix seconds.
    pub now: i64,
    /// The allowed difference in seconds.
    pub allowed_seconds: i64,
}

/// A signature that does not belong to the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The access key id of the claim.
    pub access_key: String,
    /// The signature that came.
    pub signature: String,
    /// The string the server signed.
    pub string_to_sign: String,
    /// The canonical request; empty for browser uploads, which have none.
    pub canonical_request: String,
}

/// A failed authentication. `Display` prints the text of the JSON dialect; see [`crate::Dialect`] for all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthError {
    /// The operation needs credentials and the request has none.
    MissingToken,
    /// The `Authorization` header is of an unknown kind (`Bearer …`) or stands there twice; the header.
    UnsupportedAuthorization(String),
    /// Signature Version 2: refused. The header, or `None` when it stood in the query or a form.
    SignatureVersion2(Option<String>),
    /// Query parameters of Signature Version 2, and not all of them.
    IncompleteQueryVersion2,
    /// `Authorization` header and query parameters at once; the header.
    TwoMechanisms(String),
    /// The header lacks parts.
    IncompleteHeader(Box<IncompleteHeader>),
    /// A part of the header is not `key=value`; the part and the header.
    NotKeyValue {
        /// The part without equals sign.
        part: String,
        /// The header as received.
        authorization: String,
    },
    /// Query parameters are missing, or stand there twice; their names.
    IncompleteQuery(Vec<&'static str>),
    /// An algorithm that starts with `AWS4-` and is not known.
    UnsupportedAlgorithm {
        /// Where it stood.
        kind: Kind,
        /// The algorithm as received.
        algorithm: String,
    },
    /// The time stamp is not a date.
    BadDate {
        /// Where it stood.
        kind: Kind,
        /// The time stamp as received.
        value: String,
    },
    /// The credential has not the right number of elements.
    MalformedCredential {
        /// Where it stood.
        kind: Kind,
        /// The credential as received.
        credential: String,
        /// The number of elements expected: 5, or 4 for Version 4A.
        elements: usize,
    },
    /// The credential scope is for something else.
    Scope(Box<ScopeProblem>),
    /// The time stamp is too old, header form.
    Expired(SkewProblem),
    /// The time stamp lies too far in the future, header form.
    NotYetCurrent(SkewProblem),
    /// The presigned URL has expired.
    PresignedExpired {
        /// When and by how much; `allowed_seconds` is the life of the URL.
        skew: SkewProblem,
    },
    /// The presigned URL is not valid yet.
    PresignedNotYetValid {
        /// When and by how much.
        skew: SkewProblem,
        /// The life of the URL in seconds.
        expires_seconds: u64,
    },
    /// `X-Amz-Expires` is not a number.
    ExpiresNotNumber,
    /// `X-Amz-Expires` is negative.
    ExpiresNegative,
    /// `X-Amz-Expires` is more than a week.
    ExpiresTooLong,
    /// `host` is not signed.
    HostNotSigned,
    /// Headers that must be signed are not; their names, lower case, sorted.
    HeadersNotSigned(Vec<String>),
    /// S3: `x-amz-content-sha256` is missing.
    MissingContentSha256,
    /// S3: `x-amz-content-sha256` has an impossible value; the value.
    InvalidContentSha256(String),
    /// The body is not the one that was signed.
    ContentSha256Mismatch {
        /// The hash the request declares.
        declared: String,
        /// The hash of the body that came.
        computed: String,
    },
    /// The signature is not the request's, or not by this key.
    SignatureMismatch(Box<Mismatch>),
    /// The caller did not hash a body whose hash is signed: a mistake of the caller, never of the client.
    BodyNotHashed,

    /// Found by the caller: there is no such access key.
    UnknownAccessKey(String),
    /// Found by the caller: the access key is inactive.
    InactiveAccessKey(String),
    /// Found by the caller: the session has ended; the token.
    ExpiredToken(String),
    /// Found by the caller: the token is not of this access key, or missing with a temporary key; the token.
    InvalidToken(String),

    /// A chunked body ended early, has the wrong length or is not well formed.
    IncompleteBody,
    /// The trailers of a chunked body are not those announced, or not well formed.
    MalformedTrailer,
    /// A chunk that is not the last is too small.
    InvalidChunkSize {
        /// The number of the chunk that followed the small one, from 1.
        chunk: u64,
        /// The size of the small chunk in bytes.
        size: u64,
    },
    /// A chunk or a line of a chunked body exceeds a limit; what and the limit in bytes.
    ChunkTooLarge {
        /// The size announced, if it is known.
        size: u64,
        /// The limit.
        limit: u64,
    },

    /// A browser upload lacks a form field; its name.
    PostMissingField(&'static str),
    /// The policy document cannot be read; the reason as S3 words it, after `Invalid Policy: `.
    PolicyInvalid(String),
    /// A condition of the policy fails; the condition as S3 prints it.
    PolicyConditionFailed(String),
    /// The form has fields that the policy does not mention; their names.
    PolicyExtraFields(String),
    /// The policy has expired.
    PolicyExpired,
    /// The upload is larger than `content-length-range` allows, in bytes.
    EntityTooLarge {
        /// The size of the upload.
        size: u64,
        /// The largest allowed.
        limit: u64,
    },
    /// The upload is smaller than `content-length-range` allows, in bytes.
    EntityTooSmall {
        /// The size of the upload.
        size: u64,
        /// The smallest allowed.
        limit: u64,
    },
}

impl std::fmt::Display for AuthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(crate::render::Dialect::Json))
    }
}

impl std::error::Error for AuthError {}
