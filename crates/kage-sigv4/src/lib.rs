//! AWS request signatures: Signature Version 4 and 4A, verified and (for tests and internal clients) made.
//!
//! The crate is pure. It opens no socket, reads no clock and knows no HTTP framework: the caller passes the
//! request as [`RequestParts`] and the time as unix seconds. The steps are
//!
//! 1. [`parse`]: which credentials does the request claim? `Ok(None)` is an anonymous request.
//! 2. [`Claim::check`]: everything that can be judged without the secret (time, scope, signed headers).
//! 3. The caller looks up the access key and the session token. What it finds wrong it says with the same
//!    [`AuthError`], so that all texts of authentication stand in one table.
//! 4. [`Checked::verify`]: the signature itself. [`Verified`] opens a chunked body with [`ChunkDecoder`].
//!
//! Browser uploads (`POST` policy) go through [`PostClaim`] and [`PostPolicy`].
//!
//! AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>.

mod canonical;
mod chunk;
mod chunk_key;
mod chunk_sign;
mod claim;
mod encode;
mod error;
mod key;
mod options;
mod parse;
mod policy;
mod post;
mod render;
mod render_s3;
mod request;
mod sign;
mod time;
mod v4a;
mod verify;

pub use chunk::{ChunkDecoder, ChunkLimits, Piece, Trailer};
pub use chunk_sign::ChunkSigner;
pub use claim::{Algorithm, Claim, Kind, PayloadHash};
pub use error::{AuthError, IncompleteHeader, Mismatch, ScopeProblem, SkewProblem};
pub use key::{KeyMaterial, SigningKey, sha256_hex};
pub use options::{Body, PathRule, PayloadRule, VerifyOptions};
pub use parse::parse;
pub use policy::PostPolicy;
pub use post::{PostClaim, PostUpload};
pub use render::Dialect;
pub use request::RequestParts;
pub use sign::{SignedRequest, Signer, SigningFailed};
pub use time::{format_basic, format_extended, parse_basic};
pub use v4a::AsymmetricKey;
pub use verify::{Checked, Verified, verify};
