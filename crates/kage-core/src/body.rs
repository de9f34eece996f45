//! Large bodies on their way in and out. A handler sees a handle and never the bytes: `run` does no I/O.

use kage_schema::Blob;
use kage_store::BodyId;
use serde::{Deserialize, Serialize};

/// Where the bytes of a body are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Small enough to stand in a row.
    Inline(Blob),
    /// A file of the body store, encrypted in frames.
    File {
        /// The file. The transaction that keeps it must adopt it; it is removed otherwise.
        id: BodyId,
        /// The key of its frames. Keep it wrapped, never in the clear.
        key: [u8; 32],
    },
}

/// A body that was received before the call is judged. `Body::Attached` holds one; a handler never sees `Body::Bytes`.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The bytes.
    pub content: Content,
    /// Length of the plaintext in bytes.
    pub length: u64,
    /// What was computed while it passed.
    pub digests: UploadDigests,
    /// Trailing headers of an `aws-chunked` upload, such as `x-amz-checksum-crc32`; names in lower case.
    pub trailers: Vec<(String, String)>,
}

/// Digests of the plaintext of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadDigests {
    /// MD5, which is the ETag of a plain object.
    pub md5: [u8; 16],
    /// SHA-256.
    pub sha256: [u8; 32],
    /// SHA-1; computed only when the request names it.
    pub sha1: Option<[u8; 20]>,
    /// CRC-32 (IEEE).
    pub crc32: u32,
    /// CRC-32C (Castagnoli).
    pub crc32c: u32,
    /// CRC-64/NVME.
    pub crc64nvme: u64,
}

/// A body that the pipeline streams out after the commit. `Body::Attached` holds one.
#[derive(Clone, Debug, Default)]
pub struct Download {
    /// The pieces in order.
    pub sources: Vec<DownloadSource>,
}

/// A part of one stored body.
#[derive(Clone, Debug)]
pub struct DownloadSource {
    /// The bytes.
    pub content: Content,
    /// First byte of the plaintext.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

impl Download {
    /// Length of all pieces together in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.sources.iter().map(|source| source.length).sum()
    }
}
