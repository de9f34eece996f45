//! Bytes of objects: sealed in their row when they are few, else in a file whose key is wrapped.
//!
//! Several objects may share one file after a copy, each with the file's key wrapped under its own object key; a count
//! tells when the last one is gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, Content, DownloadSource, Error, Result, Tx, Upload};
use kage_schema::Blob;
use kage_store::BodyId;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const SHARES: Table<u64> = Table::new("s3.body_shares");

/// A part of stored bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Piece {
    /// Where the bytes are.
    pub stored: Stored,
    /// First byte of the plaintext that belongs to the object.
    pub offset: u64,
    /// How many do.
    pub length: u64,
}

/// Where bytes are. What is sealed is base64.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Stored {
    /// The bytes themselves, sealed under the object's key.
    Row(String),
    /// A file.
    File {
        /// The file.
        id: BodyId,
        /// Its key, sealed under the object's key.
        key: String,
    },
}

fn seal(call: &Call<'_>, key: &[u8; 32], plain: &[u8]) -> Result<String> {
    let sealed = kage_core::seal(key, call.rng().bytes(), plain);
    sealed.map(|sealed| STANDARD.encode(sealed)).ok_or_else(|| Error::internal("a body could not be sealed"))
}

fn open(key: &[u8; 32], sealed: &str) -> Result<Vec<u8>> {
    let bytes = STANDARD.decode(sealed).ok();
    let plain = bytes.and_then(|bytes| kage_core::open(key, &bytes));
    plain.ok_or_else(|| Error::internal("a body could not be opened with its key"))
}

fn count(tx: &mut Tx, id: &BodyId, change: i64) -> Result<u64> {
    let key = row(&[&id.to_string()]);
    let now = SHARES.get(tx.reads(), &key)?.unwrap_or(0).saturating_add_signed(change);
    if now == 0 {
        SHARES.delete(tx.writer(), &key);
    } else {
        SHARES.put(tx.writer(), &key, &now)?;
    }
    Ok(now)
}

/// Keeps what was uploaded, sealed under `key`.
///
/// # Errors
/// Those of the store.
pub fn keep(call: &Call<'_>, tx: &mut Tx, upload: &Upload, key: &[u8; 32]) -> Result<Piece> {
    let stored = match &upload.content {
        Content::Inline(bytes) => Stored::Row(seal(call, key, bytes)?),
        Content::File { id, key: file_key } => {
            tx.writer().adopt(id)?;
            count(tx, id, 1)?;
            Stored::File { id: *id, key: seal(call, key, file_key)? }
        }
    };
    Ok(Piece { stored, offset: 0, length: upload.length })
}

/// The bytes `from..from + length` of a piece, sealed under another key as well.
///
/// # Errors
/// Those of the store; HTTP 500 when `old` does not open the piece.
pub fn share(
    call: &Call<'_>,
    tx: &mut Tx,
    piece: &Piece,
    (old, new): (&[u8; 32], &[u8; 32]),
    (from, length): (u64, u64),
) -> Result<Piece> {
    let stored = match &piece.stored {
        Stored::Row(sealed) => Stored::Row(seal(call, new, &open(old, sealed)?)?),
        Stored::File { id, key } => {
            count(tx, id, 1)?;
            Stored::File { id: *id, key: seal(call, new, &open(old, key)?)? }
        }
    };
    Ok(Piece { stored, offset: piece.offset.saturating_add(from), length })
}

/// Gives the pieces up; a file goes with its last piece.
///
/// # Errors
/// Those of the store.
pub fn give_up(tx: &mut Tx, pieces: &[Piece]) -> Result<()> {
    for piece in pieces {
        if let Stored::File { id, .. } = &piece.stored
            && count(tx, id, -1)? == 0
        {
            tx.writer().release(id);
        }
    }
    Ok(())
}

/// The pieces that hold the bytes `from..from + length`, each with its own range in it.
pub fn cut(pieces: &[Piece], from: u64, length: u64) -> Vec<(&Piece, u64, u64)> {
    let end = from.saturating_add(length);
    let mut start = 0_u64;
    let mut out = Vec::new();
    for piece in pieces {
        let stop = start.saturating_add(piece.length);
        let (first, last) = (from.max(start), end.min(stop));
        if first < last {
            out.push((piece, first.saturating_sub(start), last.saturating_sub(first)));
        }
        start = stop;
    }
    out
}

/// The plan to read a range of the pieces.
///
/// # Errors
/// HTTP 500 when `key` does not open them.
pub fn sources(pieces: &[Piece], key: &[u8; 32], from: u64, length: u64) -> Result<Vec<DownloadSource>> {
    let source = |(piece, from, length): (&Piece, u64, u64)| {
        let content = match &piece.stored {
            Stored::Row(sealed) => Content::Inline(Blob(open(key, sealed)?)),
            Stored::File { id, key: sealed } => {
                let file_key = open(key, sealed)?.try_into();
                let file_key = file_key.map_err(|_| Error::internal("a file key has another length"))?;
                Content::File { id: *id, key: file_key }
            }
        };
        Ok(DownloadSource { content, offset: piece.offset.saturating_add(from), length })
    };
    cut(pieces, from, length).into_iter().map(source).collect()
}
