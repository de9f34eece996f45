//! The limits of a shard: how much may be written and read in a second of the double's clock.
//!
//! AWS: Kinesis developer guide, "Quotas and limits": 1 MB and 1,000 records a second written, 2 MB and 5 calls of
//! GetRecords a second read. What goes beyond a second's bytes (a large record, a large answer) counts against the next
//! seconds: AWS: API reference, GetRecords: "If a call returns this amount of data (10 MiB), subsequent calls made
//! within the next 5 seconds throw ProvisionedThroughputExceededException".
//!
//! A second is one of the double's clock. On a clock that stands still it does not end: what was counted stays counted
//! until the clock is moved, so the same calls always meet the same limits.

use kage_core::Tx;
use kage_store::table::key;

const WRITES: &str = "kinesis.writes";
const READS: &str = "kinesis.reads";

/// Bytes a second that may be written to a shard.
const WRITE_BYTES: i64 = 1_048_576;
/// Records a second.
const WRITE_RECORDS: i64 = 1000;
/// Bytes a second that may be read from a shard.
const READ_BYTES: i64 = 2_097_152;
/// Calls of GetRecords a second.
const READ_CALLS: i64 = 5;

/// What was counted in the second at which a shard was last used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    second: i64,
    uses: i64,
    bytes: i64,
    /// When the last record arrived, in milliseconds: arrival times never go back.
    pub last: i64,
}

impl Meter {
    fn forward(&mut self, now: i64, uses: i64, bytes: i64) {
        let second = now.div_euclid(1000);
        let passed = second.saturating_sub(self.second).max(0);
        self.uses = self.uses.saturating_sub(passed.saturating_mul(uses)).max(0);
        self.bytes = self.bytes.saturating_sub(passed.saturating_mul(bytes)).max(0);
        self.second = self.second.max(second);
    }

    /// Counts a record, if the shard takes it at this moment. A record of more than a second's bytes needs a shard
    /// that has taken nothing.
    pub fn write(&mut self, now: i64, size: usize) -> bool {
        self.forward(now, WRITE_RECORDS, WRITE_BYTES);
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let after = self.bytes.saturating_add(size);
        if self.uses >= WRITE_RECORDS || (after > WRITE_BYTES && self.bytes > 0) {
            return false;
        }
        self.uses += 1;
        self.bytes = after;
        self.last = self.last.max(now);
        true
    }

    /// Counts a call that reads, if the shard answers it at this moment.
    pub fn begin_read(&mut self, now: i64) -> bool {
        self.forward(now, READ_CALLS, READ_BYTES);
        if self.uses >= READ_CALLS || self.bytes >= READ_BYTES {
            return false;
        }
        self.uses += 1;
        true
    }

    /// Counts what it gave.
    pub fn end_read(&mut self, size: usize) {
        self.bytes = self.bytes.saturating_add(i64::try_from(size).unwrap_or(i64::MAX));
    }

    fn bytes(self) -> [u8; 33] {
        let mut out = [1; 33];
        for (place, value) in out[1..].chunks_mut(8).zip([self.second, self.uses, self.bytes, self.last]) {
            place.copy_from_slice(&value.to_be_bytes());
        }
        out
    }

    /// A row of another format is as good as none: it only says what happened a second ago.
    fn read(row: &[u8]) -> Option<Meter> {
        let (version, rest) = row.split_first()?;
        let mut values = rest.chunks_exact(8).map(|part| part.try_into().map(i64::from_be_bytes));
        let mut next = || values.next()?.ok();
        let meter = Meter { second: next()?, uses: next()?, bytes: next()?, last: next()? };
        (*version == 1).then_some(meter)
    }
}

fn find(tx: &Tx, space: &str, stream: &str, shard: u32) -> Meter {
    let row = tx.reads().get(space, key(&[stream]).with_number(shard.into()).as_bytes());
    row.and_then(|row| Meter::read(&row)).unwrap_or_default()
}

fn put(tx: &mut Tx, space: &str, stream: &str, shard: u32, meter: Meter) {
    tx.writer().put(space, key(&[stream]).with_number(shard.into()).as_bytes(), &meter.bytes());
}

/// What was written to a shard lately.
pub fn of_writes(tx: &Tx, stream: &str, shard: u32) -> Meter {
    find(tx, WRITES, stream, shard)
}

/// Keeps what was written.
pub fn put_writes(tx: &mut Tx, stream: &str, shard: u32, meter: Meter) {
    put(tx, WRITES, stream, shard, meter);
}

/// What was read from a shard lately.
pub fn of_reads(tx: &Tx, stream: &str, shard: u32) -> Meter {
    find(tx, READS, stream, shard)
}

/// Keeps what was read.
pub fn put_reads(tx: &mut Tx, stream: &str, shard: u32, meter: Meter) {
    put(tx, READS, stream, shard, meter);
}

/// Forgets a shard.
pub fn remove(tx: &mut Tx, stream: &str, shard: u32) {
    for space in [WRITES, READS] {
        tx.writer().delete(space, key(&[stream]).with_number(shard.into()).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_a_thousand_records() {
        let mut meter = Meter::default();
        assert!((0..1000).all(|_| meter.write(5000, 10)));
        assert!(!meter.write(5999, 10));
        assert!(meter.write(6000, 10));
        assert_eq!(Meter::read(&meter.bytes()), Some(meter));
    }

    #[test]
    fn a_second_takes_one_mebibyte_and_a_large_record_takes_several_seconds() {
        let mut meter = Meter::default();
        assert!(meter.write(0, 1_000_000));
        assert!(!meter.write(999, 48_577));
        assert!(meter.write(999, 48_576));
        assert!(meter.write(1000, 3_145_728));
        assert!(!meter.write(3999, 1));
        assert!(meter.write(4000, 1));
    }

    #[test]
    fn ten_mebibytes_read_close_a_shard_for_five_seconds() {
        let mut meter = Meter::default();
        assert!((0..5).all(|_| meter.begin_read(0)));
        assert!(!meter.begin_read(0));
        assert!(meter.begin_read(1000));
        meter.end_read(10 * 1_048_576);
        assert!(!meter.begin_read(5999));
        assert!(meter.begin_read(6000));
    }
}
