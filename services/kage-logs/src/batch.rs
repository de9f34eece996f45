//! The events of one put as bytes: a format byte, then for each event its time (8 bytes), the length of its message
//! (4 bytes, both little-endian) and the message.

use kage_core::{Error, Millis, Result};

const PLAIN: u8 = 1;

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
pub fn write<'a>(events: impl Iterator<Item = (Millis, &'a str)>, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size.saturating_add(1));
    out.push(PLAIN);
    for (timestamp, message) in events {
        out.extend_from_slice(&timestamp.to_le_bytes());
        // The batch is at most 1 MiB.
        out.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(message.as_bytes());
    }
    out
}

/// The places of all events of a batch, in the order of the put.
///
/// # Errors
/// When these bytes are no batch.
pub fn places(bytes: &[u8]) -> Result<Vec<Place>> {
    let broken = || Error::internal("a batch of log events cannot be read");
    let Some((&PLAIN, mut rest)) = bytes.split_first() else { return Err(broken()) };
    let mut out = Vec::with_capacity(rest.len() / 64);
    let mut start = 1_u32;
    while !rest.is_empty() {
        let (time, behind) = rest.split_first_chunk::<8>().ok_or_else(broken)?;
        let (length, behind) = behind.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = u32::from_le_bytes(*length);
        rest = behind.get(length as usize..).ok_or_else(broken)?;
        start = start.checked_add(12).ok_or_else(broken)?;
        out.push(Place { timestamp: i64::from_le_bytes(*time), start, length });
        start = start.checked_add(length).ok_or_else(broken)?;
    }
    Ok(out)
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
        let bytes = write(events.into_iter(), 100);
        let places = places(&bytes).unwrap();
        let read: Vec<(i64, &[u8])> =
            places.iter().map(|place| (place.timestamp, message(&bytes, *place))).collect();
        assert_eq!(read, events.map(|(at, text)| (at, text.as_bytes())));
    }

    #[test]
    fn broken_batches_are_errors() {
        let bytes = write([(5, "one"), (6, "two")].into_iter(), 100);
        for cut in 0..bytes.len() {
            let whole = cut == 1 || cut == 1 + 15;
            assert_eq!(places(&bytes[..cut]).is_ok(), whole, "{cut}");
        }
        assert!(places(&[2]).is_err());
    }
}
