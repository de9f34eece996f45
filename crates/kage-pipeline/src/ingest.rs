//! Receiving a body: small ones into memory, those of streaming operations into the body store, encrypted, in constant
//! memory, with every digest that may be asked for.

use crate::seal::SealedWriter;
use aws_lc_rs::digest;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use kage_core::{Content, Error, Result, Upload, UploadDigests, World};
use kage_schema::{Blob, Body};
use kage_store::StagedBody;
use md5::{Digest as _, Md5};

/// A streamed body up to this many bytes is kept in its row and not in a file.
const INLINE_MAX: usize = 4096;

/// Takes the plaintext of one upload.
pub struct Ingest {
    world: World,
    small: Vec<u8>,
    file: Option<(SealedWriter<StagedBody>, [u8; 32])>,
    length: u64,
    digester: Digester,
}

/// Computes every digest that may be asked for.
struct Digester {
    md5: Md5,
    sha256: digest::Context,
    sha1: Option<digest::Context>,
    crc32: Crc,
    crc32c: Crc,
    crc64nvme: Crc,
}

impl Digester {
    fn new(with_sha1: bool) -> Digester {
        Digester {
            md5: Md5::new(),
            sha256: digest::Context::new(&digest::SHA256),
            sha1: with_sha1.then(|| digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY)),
            crc32: Crc::new(CrcAlgorithm::Crc32IsoHdlc),
            crc32c: Crc::new(CrcAlgorithm::Crc32Iscsi),
            crc64nvme: Crc::new(CrcAlgorithm::Crc64Nvme),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        self.crc32.update(bytes);
        self.crc32c.update(bytes);
        self.crc64nvme.update(bytes);
    }

    fn finish(self) -> UploadDigests {
        UploadDigests {
            md5: self.md5.finalize().into(),
            sha1: self.sha1.map(|context| copied(&context.finish())),
            sha256: copied(&self.sha256.finish()),
            crc32: (self.crc32.finalize() & u64::from(u32::MAX)) as u32,
            crc32c: (self.crc32c.finalize() & u64::from(u32::MAX)) as u32,
            crc64nvme: self.crc64nvme.finalize(),
        }
    }
}

/// What is known of a body that stays in memory.
#[must_use]
pub fn told(bytes: &[u8], trailers: Vec<(String, String)>) -> Upload {
    let mut digester = Digester::new(true);
    digester.update(bytes);
    let content = Content::Inline(Blob(Vec::new()));
    Upload { content, length: bytes.len() as u64, digests: digester.finish(), trailers }
}

impl Ingest {
    /// Nothing received yet. SHA-1 is computed on request only; no client of today asks for it unasked.
    #[must_use]
    pub fn new(world: &World, with_sha1: bool) -> Ingest {
        Ingest {
            world: world.clone(),
            small: Vec::new(),
            file: None,
            length: 0,
            digester: Digester::new(with_sha1),
        }
    }

    /// How many bytes came so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// HTTP 500 when the body store fails (a full disk).
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        self.digester.update(bytes);
        if self.file.is_none() && self.small.len() + bytes.len() <= INLINE_MAX {
            self.small.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_to_file(bytes)
    }

    fn write_to_file(&mut self, bytes: &[u8]) -> Result<()> {
        if self.file.is_none() {
            let key = self.world.rng.bytes::<32>();
            let staged = self.world.store.bodies().stage()?;
            let mut writer = SealedWriter::new(staged, &key).map_err(failed)?;
            writer.write(&std::mem::take(&mut self.small)).map_err(failed)?;
            self.file = Some((writer, key));
        }
        match &mut self.file {
            Some((writer, _)) => writer.write(bytes).map_err(failed),
            None => Ok(()),
        }
    }

    /// The whole upload.
    ///
    /// # Errors
    /// HTTP 500 when the body store fails.
    pub fn finish(self, trailers: Vec<(String, String)>) -> Result<Upload> {
        let digests = self.digester.finish();
        let content = match self.file {
            None => Content::Inline(Blob(self.small)),
            Some((writer, key)) => {
                let staged = writer.finish().map_err(failed)?;
                Content::File { id: staged.seal()?, key }
            }
        };
        Ok(Upload { content, length: self.length, digests, trailers })
    }
}

/// Throws an upload away that no transaction has taken. A file that cannot be removed now goes at the next start.
pub fn discard(world: &World, body: Option<&Body>) {
    if let Some(upload) = body.and_then(Body::attached::<Upload>)
        && let Content::File { id, .. } = &upload.content
    {
        world.store.bodies().discard(id);
    }
}

fn copied<const N: usize>(digest: &digest::Digest) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}

fn failed(error: std::io::Error) -> Error {
    Error::internal(format!("the body store failed: {error}"))
}
