//! A shard: a range of hash keys and the records that fell into it, in order.

use crate::sequence::{END, Sequence};
use crate::stream::Stream;
use kage_core::Millis;
use serde::{Deserialize, Serialize};

/// A shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its number; the digits of its id.
    pub number: u32,
    /// Its hash keys.
    pub range: Range,
    /// The shard that it came from.
    #[serde(default)]
    pub parent: Option<u32>,
    /// The other shard that it came from.
    #[serde(default)]
    pub adjacent: Option<u32>,
    /// The seconds that stand in its sequence numbers. A child is always younger than its parents.
    pub born: u64,
    /// When it was opened.
    pub opened: Millis,
    /// When it was closed.
    #[serde(default)]
    pub closed: Option<Millis>,
}

/// Hash keys from `start` to `end`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first.
    #[serde(with = "decimal")]
    pub start: u128,
    /// The last.
    #[serde(with = "decimal")]
    pub end: u128,
}

/// Numbers of 128 bits as text: JSON's numbers are no safe place for them.
mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Shard {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> String {
        id(self.number)
    }

    /// The place before its first record.
    #[must_use]
    pub fn first(&self) -> String {
        Sequence { born: self.born, index: 0, time: self.born, shard: self.number }.text()
    }

    /// The place behind its last record; none while it is open.
    #[must_use]
    pub fn last(&self) -> Option<String> {
        let time = seconds(self.closed?);
        Some(Sequence { born: self.born, index: END, time, shard: self.number }.text())
    }

    /// The sequence number of the record at `position`, from 0.
    #[must_use]
    pub fn sequence(&self, position: u64, arrived: Millis) -> String {
        sequence(self.number, self.born, position, arrived)
    }

    /// The sequence number right before the place `position`: reading after it begins there.
    #[must_use]
    pub fn before(&self, position: u64) -> String {
        Sequence { born: self.born, index: position, time: self.born, shard: self.number }.text()
    }

    /// Whether all its records have expired, so that it is listed no more.
    // AWS: developer guide, "Data routing, data persistence, and shard state after a reshard": EXPIRED.
    #[must_use]
    pub fn is_expired(&self, stream: &Stream, now: Millis) -> bool {
        self.closed.is_some_and(|closed| closed < stream.horizon(now))
    }
}

/// The sequence number of the record at `position` of a shard.
#[must_use]
pub fn sequence(shard: u32, born: u64, position: u64, arrived: Millis) -> String {
    Sequence { born, index: position.saturating_add(1), time: seconds(arrived), shard }.text()
}

/// Whole seconds since 1970.
#[must_use]
pub fn seconds(at: Millis) -> u64 {
    u64::try_from(at.div_euclid(1000)).unwrap_or(0)
}

/// The id of a shard.
#[must_use]
pub fn id(number: u32) -> String {
    format!("shardId-{number:012}")
}

/// The number of a shard id. AWS takes any text before the digits, and none.
// Recorded in kinesalite's tests: `ShardToMerge: randomName() + '-0'`.
#[must_use]
pub fn number(id: &str) -> Option<u32> {
    let digits = id.rsplit_once('-').map_or(id, |(_, digits)| digits);
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The ranges of `count` shards of equal size. The last takes what division leaves.
#[must_use]
pub fn uniform(count: u32) -> Vec<Range> {
    let count = u128::from(count.max(1));
    // 2^128 / count without leaving 128 bits; one shard takes all.
    let width = if count == 1 { u128::MAX } else { (u128::MAX - count + 1) / count + 1 };
    let start = |index: u128| index.saturating_mul(width);
    (0..count)
        .map(|index| Range {
            start: start(index),
            end: if index + 1 == count { u128::MAX } else { start(index + 1) - 1 },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_aws() {
        // AWS CLI reference, examples of list-shards (3 shards).
        let starts: Vec<String> = uniform(3).iter().map(|range| range.start.to_string()).collect();
        assert_eq!(
            starts,
            ["0", "113427455640312821154458202477256070485", "226854911280625642308916404954512140970"]
        );
        assert_eq!(uniform(2)[0].end.to_string(), "170141183460469231731687303715884105727");
        for count in [1, 2, 3, 7, 1000] {
            let ranges = uniform(count);
            assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, u128::MAX));
            assert!(ranges.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
        }
    }

    #[test]
    fn ids_are_read_as_aws_reads_them() {
        assert_eq!(id(7), "shardId-000000000007");
        assert_eq!(number("shardId-000000000007"), Some(7));
        assert_eq!(
            (number("x-7"), number("7"), number("shardId-"), number("a-+7")),
            (Some(7), Some(7), None, None)
        );
    }
}
