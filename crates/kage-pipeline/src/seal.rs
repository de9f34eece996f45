//! Body files: frames of plaintext, each encrypted with AES-256-GCM under a key that belongs to one file.
//!
//! | part of a frame | bytes |
//! | --- | --- |
//! | ciphertext | 65,536, fewer in the last frame |
//! | tag | 16 |
//!
//! The nonce of a frame is its number; a key is never used for two files, so no nonce repeats. The associated data says
//! whether the frame is the last one, so a file that was cut at a frame is noticed.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};

/// Plaintext bytes in a full frame.
const FRAME: usize = 65_536;
const TAG: usize = 16;

/// Writes a body file.
pub struct SealedWriter<W> {
    inner: W,
    key: LessSafeKey,
    frame: Vec<u8>,
    number: u64,
}

impl<W: Write> SealedWriter<W> {
    /// A writer to `inner` under `key`, which must be used for this file only.
    ///
    /// # Errors
    /// When the key is refused.
    pub fn new(inner: W, key: &[u8; 32]) -> Result<SealedWriter<W>> {
        Ok(SealedWriter { inner, key: cipher(key)?, frame: Vec::with_capacity(FRAME + TAG), number: 0 })
    }

    /// Adds plaintext.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            // A full frame is written only when more follows, so that the last frame is known as such.
            if self.frame.len() == FRAME {
                self.flush(false)?;
            }
            let take = bytes.len().min(FRAME - self.frame.len());
            let (now, rest) = bytes.split_at(take);
            self.frame.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    /// Writes the last frame and gives back the file.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self) -> Result<W> {
        self.flush(true)?;
        Ok(self.inner)
    }

    fn flush(&mut self, last: bool) -> Result<()> {
        let nonce = nonce(self.number);
        self.key
            .seal_in_place_append_tag(nonce, Aad::from([u8::from(last)]), &mut self.frame)
            .map_err(|_| Error::other("a frame could not be encrypted"))?;
        self.inner.write_all(&self.frame)?;
        self.frame.clear();
        self.number += 1;
        Ok(())
    }
}

/// Reads a range of the plaintext of a body file, frame by frame.
pub struct SealedReader<R> {
    inner: R,
    key: LessSafeKey,
    /// The next frame, and how many frames there are.
    number: u64,
    frames: u64,
    /// Plaintext still to skip in the next frame, and to give in all.
    skip: usize,
    left: u64,
}

impl<R: Read + Seek> SealedReader<R> {
    /// A reader of `length` plaintext bytes from `offset` on.
    ///
    /// # Errors
    /// Those of the file.
    pub fn new(mut inner: R, key: &[u8; 32], offset: u64, length: u64) -> Result<SealedReader<R>> {
        let sealed = (FRAME + TAG) as u64;
        let size = inner.seek(SeekFrom::End(0))?;
        let number = offset / FRAME as u64;
        inner.seek(SeekFrom::Start(number.saturating_mul(sealed)))?;
        Ok(SealedReader {
            inner,
            key: cipher(key)?,
            number,
            frames: size.div_ceil(sealed),
            skip: (offset % FRAME as u64) as usize,
            left: length,
        })
    }

    /// The next piece of plaintext, at most one frame; `None` at the end of the range.
    ///
    /// # Errors
    /// Those of the file; [`ErrorKind::InvalidData`] when a frame was changed or the file was cut.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let last = self.number + 1 >= self.frames;
        let mut frame = Vec::with_capacity(FRAME + TAG);
        (&mut self.inner).take((FRAME + TAG) as u64).read_to_end(&mut frame)?;
        let plain = self
            .key
            .open_in_place(nonce(self.number), Aad::from([u8::from(last)]), &mut frame)
            .map_err(|_| Error::new(ErrorKind::InvalidData, "a body file was changed or cut"))?
            .len();
        frame.truncate(plain);
        frame.drain(..self.skip.min(plain));
        self.skip = 0;
        self.number += 1;
        frame.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        if frame.is_empty() {
            return Err(Error::new(ErrorKind::UnexpectedEof, "a body file is shorter than its object"));
        }
        self.left -= frame.len() as u64;
        Ok(Some(frame))
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::other("the key was refused"))?;
    Ok(LessSafeKey::new(key))
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0_u8; 12];
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut writer = SealedWriter::new(Vec::new(), &[7; 32]).unwrap();
        for piece in plain.chunks(1000) {
            writer.write(piece).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(file: &[u8], offset: u64, length: u64) -> Result<Vec<u8>> {
        let mut reader = SealedReader::new(Cursor::new(file), &[7; 32], offset, length)?;
        let mut out = Vec::new();
        while let Some(piece) = reader.next_piece()? {
            out.extend(piece);
        }
        Ok(out)
    }

    #[test]
    fn every_range_reads_back() {
        for size in [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 17] {
            let plain: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let file = sealed(&plain);
            for offset in [0, 1, FRAME - 1, FRAME, 2 * FRAME + 5] {
                for length in [0, 1, 100, FRAME, 2 * FRAME] {
                    if offset + length <= size {
                        let got = read(&file, offset as u64, length as u64).unwrap();
                        assert_eq!(got, &plain[offset..offset + length], "{size} {offset} {length}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_changed_or_cut_file_is_noticed() {
        let plain = vec![1; 2 * FRAME + 10];
        let mut file = sealed(&plain);
        assert!(read(&file[..FRAME + TAG], 0, FRAME as u64).is_err(), "cut at a frame");
        file[5] ^= 1;
        assert!(read(&file, 0, 10).is_err(), "changed");
        assert!(read(&sealed(&plain), 0, plain.len() as u64 + 1).is_err(), "too long a range");
    }
}
