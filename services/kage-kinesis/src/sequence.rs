//! Sequence numbers: 56 decimal digits that say which shard, which record and when.
//!
//! AWS does not publish the layout. This is the one that mhart's kinesalite (`db/index.js`) found by observing the
//! service: from the top a 2, 36 bits of seconds (the shard's beginning), the shard's last hexadecimal digit, 64 bits
//! that count records, 8 bits of zero, 36 bits of seconds (the record's arrival), 32 bits of the shard, and a 2.

const VERSION: u128 = 2;
/// The number behind the last record of a closed shard.
pub const END: u64 = 0x7fff_ffff_ffff_ffff;
/// Digits of every sequence number.
const DIGITS: usize = 56;
/// 10^19, the greatest power of ten in 64 bits.
const CHUNK: u128 = 10_000_000_000_000_000_000;
const SECONDS: u64 = (1 << 36) - 1;

/// What a sequence number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// When its shard began, in seconds since 1970.
    pub born: u64,
    /// The record's place in the shard, from 1; 0 is the place before the first, [`END`] the one behind the last.
    pub index: u64,
    /// When the record arrived, in seconds since 1970.
    pub time: u64,
    /// The shard's number.
    pub shard: u32,
}

impl Sequence {
    /// The number in decimal digits.
    #[must_use]
    pub fn text(self) -> String {
        let born = self.born & SECONDS;
        let low = VERSION
            | u128::from(self.shard) << 4
            | u128::from(self.time & SECONDS) << 36
            | u128::from(self.index) << 80;
        let high = self.index >> 48 | u64::from(self.shard & 15) << 16 | born << 20 | 2 << 56;
        let mut limbs = [high, (low >> 64) as u64, low as u64];
        let (last, middle, first) = (divide(&mut limbs), divide(&mut limbs), divide(&mut limbs));
        format!("{first}{middle:019}{last:019}")
    }

    /// Reads a number that [`Sequence::text`] could have written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Sequence> {
        if text.len() != DIGITS {
            return None;
        }
        let mut limbs = [0_u64; 3];
        for byte in text.bytes() {
            let mut carry = u128::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
            for limb in limbs.iter_mut().rev() {
                let value = u128::from(*limb) * 10 + carry;
                *limb = value as u64;
                carry = value >> 64;
            }
        }
        let [high, middle, last] = limbs;
        let low = u128::from(middle) << 64 | u128::from(last);
        let found = Sequence {
            born: high >> 20 & SECONDS,
            index: (high & 0xffff) << 48 | (low >> 80) as u64,
            time: (low >> 36) as u64 & SECONDS,
            shard: (low >> 4) as u32,
        };
        // Everything else in the number is fixed, so writing it again shows whether it was one of ours.
        (found.text() == text).then_some(found)
    }
}

/// Divides by [`CHUNK`] in place and gives the rest.
fn divide(limbs: &mut [u64; 3]) -> u64 {
    let mut rest: u128 = 0;
    for limb in limbs {
        let value = rest << 64 | u128::from(*limb);
        *limb = (value / CHUNK) as u64;
        rest = value % CHUNK;
    }
    rest as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_number_of_aws_reads_back() {
        // AWS: Lambda developer guide, "Using Lambda with Kinesis", the example event of shardId-000000000006, with
        // its approximateArrivalTimestamp of 1545084650.987.
        let recorded = "49590338271490256608559692538361571095921575989136588898";
        let read = Sequence::parse(recorded).unwrap();
        assert_eq!((read.shard, read.born, read.time), (6, 1_542_776_258, 1_545_084_650));
        assert_eq!((read.index, read.text()), (0x6764_8a17, recorded.to_owned()));
        assert!(Sequence::parse("49590338271490256608559692538361571095921575989136588899").is_none());
        assert!(Sequence::parse("1").is_none());
        assert!(Sequence::parse("4959033827149025660855969253836157109592157598913658889x").is_none());
    }

    #[test]
    fn numbers_grow_with_the_records() {
        let at = |index, time| Sequence { born: 1_767_323_045, index, time, shard: 4_000_000_017 }.text();
        let all = [at(0, 1_767_323_045), at(1, 1_767_323_099), at(2, 1_767_323_046), at(END, 1_767_323_046)];
        assert!(all.windows(2).all(|pair| pair[0].len() == 56 && pair[0] < pair[1]));
        assert_eq!(Sequence::parse(&all[2]).unwrap().index, 2);
        assert_eq!(Sequence::parse(&all[3]).unwrap().shard, 4_000_000_017);
    }
}
