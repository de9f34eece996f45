//! Reading `aws-chunked` bodies.
//!
//! ```text
//! body    = *( size [";chunk-signature=" sig] CRLF data CRLF ) "0" [";chunk-signature=" sig] CRLF end
//! end     = CRLF | *( name ":" value CRLF ) ["x-amz-trailer-signature:" sig CRLF] CRLF
//! ```
//!
//! AWS: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks".

use aws_lc_rs::digest;

use crate::chunk_key::{ChunkChain, canonical_trailers};
use crate::error::AuthError;

const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// Bounds on what a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Longest chunk header or trailer line in bytes.
    pub line: usize,
    /// All trailer lines together in bytes.
    pub trailers: usize,
    /// Largest chunk in bytes.
    pub chunk: u64,
    /// Smallest chunk that is not the last, in bytes.
    pub smallest_chunk: u64,
}

impl Default for ChunkLimits {
    /// Lines of 4 KiB, trailers of 16 KiB, chunks from 8 KiB (AWS: `InvalidChunkSizeError`, versitygw issue 1665)
    /// to 5 GiB (AWS: the largest body of one PUT).
    fn default() -> Self {
        Self { line: 4096, trailers: 16_384, chunk: 5 << 30, smallest_chunk: 8192 }
    }
}

/// One trailing header, name in lower case, value trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// The name in lower case.
    pub name: String,
    /// The trimmed value.
    pub value: String,
}

/// What [`ChunkDecoder::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Payload. Its chunk may not be complete, so its signature may not be checked yet: use it, but do not let
    /// it take effect before [`ChunkDecoder::finish`] says `Ok`.
    Data(&'a [u8]),
    /// All input is used up; feed more, or call [`ChunkDecoder::finish`].
    NeedInput,
    /// The body is complete.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    ChunkHeader,
    Data { left: u64 },
    DataEnd,
    LastLine,
    Trailers,
    TrailersEnd,
    Done,
}

/// An incremental decoder. It copies no payload and holds at most one line and the trailers.
#[derive(Debug)]
pub struct ChunkDecoder {
    chain: Option<ChunkChain>,
    has_trailers: bool,
    decoded_length: Option<u64>,
    expected_trailers: Vec<String>,
    limits: ChunkLimits,
    state: State,
    line: Vec<u8>,
    chunk_signature: String,
    hash: Option<HashContext>,
    chunk_count: u64,
    last_size: Option<u64>,
    decoded: u64,
    trailers: Vec<Trailer>,
    trailer_bytes: usize,
    skipped_blank_line: bool,
}

struct HashContext(digest::Context);

impl std::fmt::Debug for HashContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashContext")
    }
}

impl ChunkDecoder {
    /// A decoder for an anonymous request: `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. Signed requests get theirs from
    /// [`crate::Verified::chunk_decoder`].
    #[must_use]
    pub fn unsigned(decoded_length: Option<u64>, trailers: &[&str], limits: ChunkLimits) -> Self {
        Self::new(None, true, decoded_length, trailers, limits)
    }

    pub(crate) fn new(
        chain: Option<ChunkChain>,
        has_trailers: bool,
        decoded_length: Option<u64>,
        trailers: &[&str],
        limits: ChunkLimits,
    ) -> Self {
        let mut expected_trailers: Vec<String> =
            trailers.iter().map(|name| name.trim().to_ascii_lowercase()).filter(|n| !n.is_empty()).collect();
        expected_trailers.sort_unstable();
        Self {
            chain,
            has_trailers,
            decoded_length,
            expected_trailers,
            limits,
            state: State::ChunkHeader,
            line: Vec::new(),
            chunk_signature: String::new(),
            hash: None,
            chunk_count: 0,
            last_size: None,
            decoded: 0,
            trailers: Vec::new(),
            trailer_bytes: 0,
            skipped_blank_line: false,
        }
    }

    /// Takes bytes off the front of `input` and returns the next piece of payload. Call it until it says
    /// [`Piece::NeedInput`] or [`Piece::Done`].
    ///
    /// # Errors
    /// A wrong signature, a malformed or oversized body. The decoder is of no use after an error.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Piece<'a>, AuthError> {
        loop {
            match self.state {
                State::Done if input.is_empty() => return Ok(Piece::Done),
                State::Done => return Err(AuthError::IncompleteBody),
                State::Data { left } => {
                    if input.is_empty() {
                        return Ok(Piece::NeedInput);
                    }
                    return self.take_data(input, left).map(Piece::Data);
                }
                _ => {
                    if !self.take_line(input)? {
                        return Ok(Piece::NeedInput);
                    }
                    let line = std::mem::take(&mut self.line);
                    self.use_line(&line)?;
                    self.line = line;
                    self.line.clear();
                }
            }
        }
    }

    /// Ends the body: it must be complete, of the announced length, and with the announced trailers.
    ///
    /// # Errors
    /// [`AuthError::IncompleteBody`], [`AuthError::MalformedTrailer`].
    pub fn finish(self) -> Result<Vec<Trailer>, AuthError> {
        if self.state != State::Done {
            return Err(AuthError::IncompleteBody);
        }
        Ok(self.trailers)
    }

    /// The number of payload bytes so far.
    #[must_use]
    pub const fn decoded_bytes(&self) -> u64 {
        self.decoded
    }

    // True when a whole line, with its line feed, stands in `self.line`.
    fn take_line(&mut self, input: &mut &[u8]) -> Result<bool, AuthError> {
        let end = input.iter().position(|byte| *byte == b'\n').map(|at| at.saturating_add(1));
        let (taken, rest) = input.split_at_checked(end.unwrap_or(input.len())).unwrap_or((*input, &[]));
        if self.line.len().saturating_add(taken.len()) > self.limits.line {
            let (size, limit) = (self.line.len() as u64, self.limits.line as u64);
            return Err(AuthError::ChunkTooLarge { size, limit });
        }
        self.line.extend_from_slice(taken);
        *input = rest;
        Ok(end.is_some())
    }

    fn take_data<'a>(&mut self, input: &mut &'a [u8], left: u64) -> Result<&'a [u8], AuthError> {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let (data, rest) = input.split_at_checked(wanted).ok_or(AuthError::IncompleteBody)?;
        *input = rest;
        if let Some(hash) = &mut self.hash {
            hash.0.update(data);
        }
        let taken = data.len() as u64;
        self.decoded = self.decoded.saturating_add(taken);
        self.state = match left.saturating_sub(taken) {
            0 => {
                self.check_chunk()?;
                State::DataEnd
            }
            left => State::Data { left },
        };
        Ok(data)
    }

    fn use_line(&mut self, line: &[u8]) -> Result<(), AuthError> {
        let strict = line.strip_suffix(b"\r\n");
        match self.state {
            State::ChunkHeader => self.start_chunk(strict.ok_or(AuthError::IncompleteBody)?),
            State::DataEnd if strict == Some(b"") => {
                self.state = State::ChunkHeader;
                Ok(())
            }
            State::LastLine if strict == Some(b"") => self.complete(),
            State::Trailers | State::TrailersEnd => self.use_trailer_line(line),
            _ => Err(AuthError::IncompleteBody),
        }
    }

    fn start_chunk(&mut self, header: &[u8]) -> Result<(), AuthError> {
        let header = std::str::from_utf8(header).map_err(|_| AuthError::IncompleteBody)?;
        let (size, extension) = header.split_once(';').unwrap_or((header, ""));
        let is_hex = !size.is_empty() && size.len() <= 16 && size.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hex {
            return Err(AuthError::IncompleteBody);
        }
        let size = u64::from_str_radix(size, 16).map_err(|_| AuthError::IncompleteBody)?;
        self.check_size(size)?;
        if self.chain.is_some() {
            let signature = extension.strip_prefix("chunk-signature=").ok_or(AuthError::IncompleteBody)?;
            signature.clone_into(&mut self.chunk_signature);
            self.hash = Some(HashContext(digest::Context::new(&digest::SHA256)));
        }
        if size > 0 {
            self.state = State::Data { left: size };
            return Ok(());
        }
        self.check_chunk()?;
        self.state = if self.has_trailers { State::Trailers } else { State::LastLine };
        Ok(())
    }

    fn check_size(&mut self, size: u64) -> Result<(), AuthError> {
        self.chunk_count = self.chunk_count.saturating_add(1);
        if size > self.limits.chunk {
            return Err(AuthError::ChunkTooLarge { size, limit: self.limits.chunk });
        }
        if let Some(last) = self.last_size
            && last < self.limits.smallest_chunk
            && size > 0
        {
            return Err(AuthError::InvalidChunkSize { chunk: self.chunk_count, size: last });
        }
        self.last_size = Some(size);
        let announced = self.decoded.saturating_add(size);
        if self.decoded_length.is_some_and(|length| announced > length) {
            return Err(AuthError::IncompleteBody);
        }
        Ok(())
    }

    fn check_chunk(&mut self) -> Result<(), AuthError> {
        let (Some(chain), Some(hash)) = (&mut self.chain, self.hash.take()) else { return Ok(()) };
        chain.verify_chunk(&hex::encode(hash.0.finish()), &self.chunk_signature)
    }

    // Clients differ in the blank lines around trailers: AWS's example puts one before the trailer signature,
    // others end the empty last chunk with one. Blank lines in these two places are taken.
    fn use_trailer_line(&mut self, line: &[u8]) -> Result<(), AuthError> {
        self.trailer_bytes = self.trailer_bytes.saturating_add(line.len());
        if self.trailer_bytes > self.limits.trailers {
            let (size, limit) = (self.trailer_bytes as u64, self.limits.trailers as u64);
            return Err(AuthError::ChunkTooLarge { size, limit });
        }
        let line = std::str::from_utf8(line).map_err(|_| AuthError::MalformedTrailer)?.trim();
        if self.state == State::TrailersEnd {
            return if line.is_empty() { self.complete() } else { Err(AuthError::MalformedTrailer) };
        }
        if line.is_empty() {
            return self.blank_trailer_line();
        }
        let (name, value) = line.split_once(':').ok_or(AuthError::MalformedTrailer)?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if name == TRAILER_SIGNATURE {
            let chain = self.chain.as_mut().ok_or(AuthError::MalformedTrailer)?;
            let pairs = self.trailers.iter().map(|trailer| (trailer.name.as_str(), trailer.value.as_str()));
            chain.verify_trailers(&canonical_trailers(pairs), &value)?;
            self.state = State::TrailersEnd;
            return Ok(());
        }
        self.trailers.push(Trailer { name, value });
        Ok(())
    }

    fn blank_trailer_line(&mut self) -> Result<(), AuthError> {
        let waits_for_signature = self.chain.is_some();
        let waits_for_first = self.trailers.is_empty() && !self.expected_trailers.is_empty();
        if waits_for_signature || (waits_for_first && !self.skipped_blank_line) {
            self.skipped_blank_line = true;
            return Ok(());
        }
        self.complete()
    }

    fn complete(&mut self) -> Result<(), AuthError> {
        if self.decoded_length.is_some_and(|length| length != self.decoded) {
            return Err(AuthError::IncompleteBody);
        }
        let mut names: Vec<&str> = self.trailers.iter().map(|trailer| trailer.name.as_str()).collect();
        names.sort_unstable();
        if names != self.expected_trailers {
            return Err(AuthError::MalformedTrailer);
        }
        self.state = State::Done;
        Ok(())
    }
}
