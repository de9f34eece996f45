//! The operations of which journal and checkpoints are made.
//!
//! Text and bytes are a 4-byte length and the bytes.
//!
//! | tag | operation | fields |
//! | --- | --- | --- |
//! | 1 | put | space, key, value |
//! | 2 | delete | space, key |
//! | 3 | append | stream, length 4, CRC-32C of the entry 4, entry |
//! | 4 | adopt | body 8, its length 8 |
//! | 5 | release | body 8 |
//! | 6 | save | snapshot name, number 8 |
//! | 7 | restore | snapshot name |
//! | 8 | forget | snapshot name |
//! | 9 | shorten (checkpoint only) | stream, length 8 |
//! | 10 | place (checkpoint only) | stream, count 4, then per entry segment 4, offset 4, length 4 |
//! | 11 | end (checkpoint only) | |
//!
//! A checkpoint is a short journal: its operations lead from nothing over each named snapshot to the present.
//! Entries of streams stay where they were first written; a checkpoint only says where (`place`).

use crate::bodies::BodyId;
use crate::frame::{crc32c, u32_at, u64_at};

/// Where an entry of a stream stands: its checksum and then its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub segment: u32,
    /// Of the checksum, in bytes from the segment's beginning.
    pub offset: u32,
    /// Of the entry, without the checksum.
    pub length: u32,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Op<'a> {
    Put {
        space: &'a str,
        key: &'a [u8],
        value: &'a [u8],
    },
    Delete {
        space: &'a str,
        key: &'a [u8],
    },
    /// `offset` is that of the checksum within the operations.
    Append {
        stream: &'a str,
        offset: usize,
        length: usize,
    },
    Adopt {
        body: BodyId,
        length: u64,
    },
    Release {
        body: BodyId,
    },
    Save {
        name: &'a str,
        number: u64,
    },
    Restore {
        name: &'a str,
    },
    Forget {
        name: &'a str,
    },
    Shorten {
        stream: &'a str,
        length: u64,
    },
    Place {
        stream: &'a str,
        locations: Vec<Location>,
    },
    End,
}

/// A length as the format has it. Frames have 256 MiB at most, so a longer one never reaches the disk.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Writes an append and returns where in `out` its checksum stands.
pub(crate) fn encode_append(out: &mut Vec<u8>, stream: &str, entry: &[u8]) -> usize {
    out.push(3);
    field(out, stream.as_bytes());
    out.extend_from_slice(&length(entry.len()));
    let offset = out.len();
    out.extend_from_slice(&crc32c(entry).to_le_bytes());
    out.extend_from_slice(entry);
    offset
}

impl Op<'_> {
    /// Writes the operation (an append is written by [`encode_append`]).
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Op::Put { space, key, value } => {
                out.push(1);
                field(out, space.as_bytes());
                field(out, key);
                field(out, value);
            }
            Op::Delete { space, key } => {
                out.push(2);
                field(out, space.as_bytes());
                field(out, key);
            }
            Op::Append { .. } => {}
            Op::Adopt { body, length } => {
                out.push(4);
                out.extend_from_slice(&body.0.to_le_bytes());
                out.extend_from_slice(&length.to_le_bytes());
            }
            Op::Release { body } => {
                out.push(5);
                out.extend_from_slice(&body.0.to_le_bytes());
            }
            Op::Save { name, number } => {
                out.push(6);
                field(out, name.as_bytes());
                out.extend_from_slice(&number.to_le_bytes());
            }
            Op::Restore { name } => {
                out.push(7);
                field(out, name.as_bytes());
            }
            Op::Forget { name } => {
                out.push(8);
                field(out, name.as_bytes());
            }
            Op::Shorten { stream, length } => {
                out.push(9);
                field(out, stream.as_bytes());
                out.extend_from_slice(&length.to_le_bytes());
            }
            Op::Place { stream, locations } => {
                out.push(10);
                field(out, stream.as_bytes());
                out.extend_from_slice(&length(locations.len()));
                for location in locations {
                    out.extend_from_slice(&location.segment.to_le_bytes());
                    out.extend_from_slice(&location.offset.to_le_bytes());
                    out.extend_from_slice(&location.length.to_le_bytes());
                }
            }
            Op::End => out.push(11),
        }
    }
}

/// Reads operations one after the other.
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { bytes, at: 0 }
    }

    /// The next operation; `Ok(None)` at the end, `Err` with the place of one that cannot be read.
    pub fn next(&mut self) -> Result<Option<Op<'a>>, usize> {
        let start = self.at;
        if start == self.bytes.len() {
            return Ok(None);
        }
        self.op().map(Some).ok_or(start)
    }

    fn op(&mut self) -> Option<Op<'a>> {
        let tag = *self.take(1)?.first()?;
        Some(match tag {
            1 => Op::Put { space: self.text()?, key: self.field()?, value: self.field()? },
            2 => Op::Delete { space: self.text()?, key: self.field()? },
            3 => {
                let (stream, length, offset) = (self.text()?, self.u32()? as usize, self.at);
                self.take(length.checked_add(4)?)?;
                Op::Append { stream, offset, length }
            }
            4 => Op::Adopt { body: BodyId(self.u64()?), length: self.u64()? },
            5 => Op::Release { body: BodyId(self.u64()?) },
            6 => Op::Save { name: self.text()?, number: self.u64()? },
            7 => Op::Restore { name: self.text()? },
            8 => Op::Forget { name: self.text()? },
            9 => Op::Shorten { stream: self.text()?, length: self.u64()? },
            10 => {
                let (stream, count) = (self.text()?, self.u32()?);
                let place = |decoder: &mut Self| {
                    Some(Location { segment: decoder.u32()?, offset: decoder.u32()?, length: decoder.u32()? })
                };
                let locations = (0..count).map(|_| place(self)).collect::<Option<_>>()?;
                Op::Place { stream, locations }
            }
            11 => Op::End,
            _ => return None,
        })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        u32_at(self.take(4)?, 0)
    }

    fn u64(&mut self) -> Option<u64> {
        u64_at(self.take(8)?, 0)
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.field()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_gives_back_what_was_encoded() {
        let location = Location { segment: 1, offset: 2, length: 3 };
        let ops = [
            Op::Put { space: "s", key: b"k", value: b"v" },
            Op::Delete { space: "s", key: b"" },
            Op::Adopt { body: BodyId(7), length: 9 },
            Op::Release { body: BodyId(7) },
            Op::Save { name: "n", number: 5 },
            Op::Restore { name: "n" },
            Op::Forget { name: "n" },
            Op::Shorten { stream: "t", length: 4 },
            Op::Place { stream: "t", locations: vec![location, location] },
            Op::End,
        ];
        let mut bytes = Vec::new();
        let offset = encode_append(&mut bytes, "events", b"entry");
        ops.iter().for_each(|op| op.encode(&mut bytes));
        let mut decoder = Decoder::new(&bytes);
        assert_eq!(decoder.next(), Ok(Some(Op::Append { stream: "events", offset, length: 5 })));
        for op in ops {
            assert_eq!(decoder.next(), Ok(Some(op)));
        }
        assert_eq!(decoder.next(), Ok(None));
        // Every proper prefix ends between two operations or is refused; none panics.
        for end in 0..bytes.len() {
            let mut decoder = Decoder::new(&bytes[..end]);
            while let Ok(Some(_)) = decoder.next() {}
        }
    }
}
