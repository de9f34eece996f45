//! What the caller knows about the operation that a request is for.

/// How the path enters the canonical request.
///
/// AWS: "Create a canonical request": S3 neither normalises nor encodes twice; all other services do both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathRule {
    /// Remove `.`, `..` and empty segments.
    pub normalise: bool,
    /// Encode the received bytes once more (`%20` becomes `%2520`). Otherwise decode and encode once.
    pub encode_again: bool,
}

/// Which payload hash stands in the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadRule {
    /// S3: the declared `x-amz-content-sha256`, which is required in header form and unsigned in query form.
    Declared,
    /// Other services: the hash of the body that arrived, whatever the request declares.
    BodyHash,
    /// Operations with the model trait `unsignedPayload` (botocore `authtype: v4-unsigned-body`): the body is
    /// not signed unless the request declares its hash.
    UnsignedAllowed,
    /// Operations whose input is an event stream: `STREAMING-AWS4-HMAC-SHA256-EVENTS`, or the hash of the body.
    EventStream,
}

/// What is known of the body when the signature is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// The SHA-256 of the whole body.
    Sha256([u8; 32]),
    /// The body comes later. The caller must then compare its hash with [`crate::Verified::check_body`], or
    /// read it through a [`crate::ChunkDecoder`].
    Later,
}

/// The rules of verification for one operation.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions<'a> {
    /// Accepted signing names; the first is named in errors. Empty accepts any.
    pub services: &'a [&'a str],
    /// The region that answers, or `None` to accept any.
    pub region: Option<&'a str>,
    /// Allowed difference between the request's time and now, in seconds, both ways.
    pub skew_seconds: i64,
    /// How the path enters the canonical request.
    pub path: PathRule,
    /// Which payload hash stands in the canonical request.
    pub payload: PayloadRule,
    /// S3 judges some things differently: `X-Amz-Expires` is required, at most a week, unsigned `x-amz-*`
    /// headers have their own error, clock skew too.
    pub s3: bool,
    /// `X-Amz-Expires` limits the life of a presigned URL. STS ignores it and keeps the skew window.
    pub honour_expires: bool,
    /// The session token is added to the query after signing (AWS IoT).
    pub token_after_signing: bool,
}

impl<'a> VerifyOptions<'a> {
    /// Rules of all services but S3. Skew 15 minutes.
    ///
    /// AWS: IAM User Guide, "Troubleshoot signed requests": requests must arrive within five minutes of their
    /// time stamp by the text, fifteen by the observed messages (`- 15 min.`, aws-sdk-js issue 254); Kinesis and
    /// SNS answer `- 5 min.` (aws-sdk-go issue 2194, aws-sdk-js issue 1652): set `skew_seconds` for them.
    #[must_use]
    pub const fn generic(services: &'a [&'a str], region: Option<&'a str>) -> Self {
        Self {
            services,
            region,
            skew_seconds: 900,
            path: PathRule { normalise: true, encode_again: true },
            payload: PayloadRule::BodyHash,
            s3: false,
            honour_expires: true,
            token_after_signing: false,
        }
    }

    /// Rules of S3. `region` is the region of the bucket.
    ///
    /// AWS: "Authenticating Requests (AWS Signature Version 4)": 15 minutes.
    #[must_use]
    pub const fn s3(region: Option<&'a str>) -> Self {
        Self {
            services: &["s3"],
            region,
            skew_seconds: 900,
            path: PathRule { normalise: false, encode_again: false },
            payload: PayloadRule::Declared,
            s3: true,
            honour_expires: true,
            token_after_signing: false,
        }
    }
}
