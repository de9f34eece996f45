//! The events of one put as bytes: a format byte; when they came (8 bytes); length (2 bytes) and name of the stream; then
//! for each event its time (8 bytes), the length of its message (4 bytes) and the message. Numbers are little-endian.
//! Under a KMS key all that is sealed, behind another format byte.

use kage_core::{Error, Millis, Result};

const PLAIN: u8 = 1;
/// First byte of a sealed batch.
pub const SEALED: u8 = 2;

/// Where an event stands in the bytes of its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its time.
    pub timestamp: Millis,
    /// First byte of its message.
    pub start: u32,
    /// Bytes of its message.
    pub length: u32,
}

/// Writes a batch.
pub fn write(stream: &str, ingested: Millis, events: &[(Millis, &str)]) -> Vec<u8> {
    let text: usize = events.iter().map(|(_, message)| message.len()).sum();
    let size = text.saturating_add(events.len().saturating_mul(12)).saturating_add(stream.len());
    let mut out = Vec::with_capacity(size.saturating_add(11));
    out.push(PLAIN);
    out.extend_from_slice(&ingested.to_le_bytes());
    // The model lets names have 512 characters, and the batch 1 MiB.
    out.extend_from_slice(&u16::try_from(stream.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(stream.as_bytes());
    for (timestamp, message) in events {
        out.extend_from_slice(&timestamp.to_le_bytes());
        out.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(message.as_bytes());
    }
    out
}

/// A batch that was read.
pub struct Batch<'b> {
    /// The stream.
    pub stream: &'b str,
    /// When the events came.
    pub ingested: Millis,
    /// The places of the events, in the order of the put.
    pub places: Vec<Place>,
}

/// Reads a batch.
///
/// # Errors
/// When these bytes are no batch.
pub fn read(bytes: &[u8]) -> Result<Batch<'_>> {
    parse(bytes).ok_or_else(|| Error::internal("a batch of log events cannot be read"))
}

fn parse(bytes: &[u8]) -> Option<Batch<'_>> {
    let (&PLAIN, rest) = bytes.split_first()? else { return None };
    let (ingested, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (stream, mut rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let mut places = Vec::with_capacity(rest.len() / 64);
    let mut start = u32::try_from(bytes.len().checked_sub(rest.len())?).ok()?;
    while !rest.is_empty() {
        let (time, behind) = rest.split_first_chunk::<8>()?;
        let (length, behind) = behind.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        rest = behind.get(length as usize..)?;
        start = start.checked_add(12)?;
        places.push(Place { timestamp: i64::from_le_bytes(*time), start, length });
        start = start.checked_add(length)?;
    }
    Some(Batch { stream: std::str::from_utf8(stream).ok()?, ingested: i64::from_le_bytes(*ingested), places })
}

/// The bytes of a message.
pub fn message(bytes: &[u8], place: Place) -> &[u8] {
    let start = place.start as usize;
    start.checked_add(place.length as usize).and_then(|end| bytes.get(start..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_read_back() {
        let events = [(5, "one"), (5, ""), (7, "dreißig")];
        let bytes = write("a/b", 9, &events);
        let batch = read(&bytes).unwrap();
        let texts: Vec<(i64, &[u8])> =
            batch.places.iter().map(|place| (place.timestamp, message(&bytes, *place))).collect();
        assert_eq!(texts, events.map(|(at, text)| (at, text.as_bytes())));
        assert_eq!((batch.stream, batch.ingested), ("a/b", 9));
    }

    #[test]
    fn broken_batches_are_errors() {
        let bytes = write("s", 9, &[(5, "one"), (6, "two")]);
        for cut in 0..bytes.len() {
            let whole = cut == 12 || cut == 12 + 15;
            assert_eq!(read(&bytes[..cut]).is_ok(), whole, "{cut}");
        }
        assert!(read(&[SEALED]).is_err());
    }
}
