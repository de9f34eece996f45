//! The records of a shard: entries of an append-only stream of the store.
//!
//! An entry is a format byte, a byte of flags, the arrival in milliseconds (8 bytes), and then either the record or,
//! when it is encrypted, the number of its data key (4 bytes) and the sealed record. A record is the length of the
//! partition key (2 bytes), the partition key and the data.

use crate::stream::Stream;
use kage_core::{Error, Millis, Result, Tx};
use kage_store::Reads;

const FORMAT: u8 = 1;
const ENCRYPTED: u8 = 1;
/// Entries read at once before their size is known.
const PROBE: usize = 16;
/// Bytes of an entry that are neither partition key nor data.
const OVERHEAD: usize = 12;
/// AWS: API reference, GetRecords: "The maximum size of data that GetRecords can return is 10 MiB".
pub const MAX_ANSWER: usize = 10 * 1_048_576;

/// The store's name of the entries of a shard.
#[must_use]
pub fn topic(stream: &Stream, shard: u32) -> String {
    format!("kinesis/{}/{}/{}/{shard}", stream.account, stream.region, stream.id)
}

/// A key that records are encrypted under.
pub struct Sealing {
    /// Its number in the stream.
    pub number: u32,
    /// The key.
    pub key: [u8; 32],
}

/// A record as it is stored.
pub struct Stored {
    /// Its place in the shard.
    pub position: u64,
    /// When it arrived.
    pub arrived: Millis,
    /// The number of its data key, when it is encrypted.
    pub data_key: Option<u32>,
    /// The record, sealed or plain.
    pub body: Vec<u8>,
}

/// Writes an entry's bytes.
///
/// # Errors
/// HTTP 500 when the key is refused.
pub fn entry(
    partition_key: &str,
    data: &[u8],
    arrived: Millis,
    sealing: Option<(&Sealing, [u8; 12])>,
) -> Result<Vec<u8>> {
    // The model allows 256 characters, 1,024 bytes at most.
    let length =
        u16::try_from(partition_key.len()).map_err(|_| Error::internal("a partition key too long"))?;
    let mut out = Vec::with_capacity(data.len() + partition_key.len() + 48);
    out.extend([FORMAT, if sealing.is_some() { ENCRYPTED } else { 0 }]);
    out.extend(arrived.to_be_bytes());
    let plain = |out: &mut Vec<u8>| {
        out.extend(length.to_be_bytes());
        out.extend(partition_key.as_bytes());
        out.extend(data);
    };
    let Some((sealing, nonce)) = sealing else {
        plain(&mut out);
        return Ok(out);
    };
    let mut clear = Vec::with_capacity(data.len() + partition_key.len() + 2);
    plain(&mut clear);
    out.extend(sealing.number.to_be_bytes());
    let sealed = kage_core::seal(&sealing.key, nonce, &clear);
    out.extend(sealed.ok_or_else(|| Error::internal("a record could not be encrypted"))?);
    Ok(out)
}

fn unreadable() -> Error {
    Error::internal("a record cannot be read")
}

fn arrival(bytes: &[u8]) -> Result<Millis> {
    let time = bytes.get(2..10).and_then(|part| part.try_into().ok()).map(i64::from_be_bytes);
    time.filter(|_| bytes.first() == Some(&FORMAT)).ok_or_else(unreadable)
}

fn read(position: u64, bytes: &[u8]) -> Result<Stored> {
    let arrived = arrival(bytes)?;
    let rest = bytes.get(10..).ok_or_else(unreadable)?;
    if bytes.get(1) != Some(&ENCRYPTED) {
        return Ok(Stored { position, arrived, data_key: None, body: rest.to_vec() });
    }
    let (number, sealed) = rest.split_first_chunk::<4>().ok_or_else(unreadable)?;
    Ok(Stored { position, arrived, data_key: Some(u32::from_be_bytes(*number)), body: sealed.to_vec() })
}

/// Takes a record apart: partition key and data.
///
/// # Errors
/// HTTP 500 for bytes that are no record, or under another key.
pub fn open(body: Vec<u8>, key: Option<&[u8; 32]>) -> Result<(String, Vec<u8>)> {
    let mut clear = match key {
        Some(key) => kage_core::open(key, &body).ok_or_else(unreadable)?,
        None => body,
    };
    let length = clear.first_chunk::<2>().map(|length| usize::from(u16::from_be_bytes(*length)));
    let end = length.map(|length| length + 2).filter(|end| *end <= clear.len()).ok_or_else(unreadable)?;
    let data = clear.split_off(end);
    let key = clear.split_off(2);
    Ok((String::from_utf8(key).map_err(|_| unreadable())?, data))
}

/// Appends an entry and gives its place in the shard.
pub fn append(tx: &mut Tx, topic: &str, entry: &[u8]) -> u64 {
    tx.writer().append(topic, entry)
}

/// When the record at `position` arrived; none when there is none yet.
///
/// # Errors
/// Those of the store.
pub fn arrival_at(reads: &dyn Reads, topic: &str, position: u64) -> Result<Option<Millis>> {
    let entries = reads.stream_read(topic, position, 1)?;
    entries.first().map(|(_, bytes)| arrival(bytes)).transpose()
}

/// The first place from `from` on whose record arrived at `time` or later; the end of the shard when there is none.
///
/// # Errors
/// Those of the store.
pub fn first_since(reads: &dyn Reads, topic: &str, from: u64, time: Millis) -> Result<u64> {
    let (mut low, mut high) = (from, reads.stream_len(topic));
    // Mostly nothing has expired: one look, and not a search.
    if low >= high || arrival_at(reads, topic, low)?.is_none_or(|arrived| arrived >= time) {
        return Ok(low);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if arrival_at(reads, topic, middle)?.is_none_or(|arrived| arrived >= time) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// How much is read at once.
#[derive(Clone, Copy)]
pub struct Most {
    /// Records.
    pub records: usize,
    /// Bytes; one record is read even if it has more.
    pub bytes: usize,
}

/// Records from `from` on.
///
/// # Errors
/// Those of the store.
pub fn read_from(reads: &dyn Reads, topic: &str, from: u64, most: Most) -> Result<Vec<Stored>> {
    let mut out: Vec<Stored> = Vec::new();
    let mut bytes = 0_usize;
    let mut chunk = PROBE;
    loop {
        let next = out.last().map_or(from, |stored| stored.position + 1);
        let entries = reads.stream_read(topic, next, chunk.min(most.records - out.len()))?;
        let is_end = entries.is_empty();
        for (position, entry) in entries {
            bytes += entry.len().saturating_sub(OVERHEAD);
            if bytes > most.bytes && !out.is_empty() {
                return Ok(out);
            }
            out.push(read(position, &entry)?);
        }
        if is_end || out.len() >= most.records {
            return Ok(out);
        }
        // As many as are likely to fit, so that a shard of large records is not read into memory as a whole.
        let average = (bytes / out.len()).max(1);
        chunk = (most.bytes.saturating_sub(bytes) / average).clamp(1, 1000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_plain_and_sealed() {
        let plain = entry("key", b"data", 77, None).unwrap();
        let stored = read(3, &plain).unwrap();
        assert_eq!((stored.position, stored.arrived, stored.data_key), (3, 77, None));
        assert_eq!(open(stored.body, None).unwrap(), ("key".to_owned(), b"data".to_vec()));

        let sealing = Sealing { number: 9, key: [5; 32] };
        let sealed = entry("key", b"data", 77, Some((&sealing, [1; 12]))).unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"data"));
        let stored = read(3, &sealed).unwrap();
        assert_eq!(stored.data_key, Some(9));
        assert!(open(stored.body.clone(), Some(&[6; 32])).is_err());
        assert_eq!(open(stored.body, Some(&[5; 32])).unwrap().1, b"data");
        assert!(read(0, &[9; 20]).is_err() && read(0, &[]).is_err());
    }
}
