//! Places in a log group: event ids and page tokens.
//!
//! An event id is a number of up to 56 decimal digits whose bits from 144 on are the event's time in milliseconds, as
//! in the ids that AWS gives out (API reference, FilterLogEvents, the example:
//! `31132629274945519779805322857203735586714454643391594505` is an event of 1396035378988). Ours go on with the number of the put and the place within it.

use kage_core::Millis;

/// Where an event stands among all events of its group: by time, then by put, then by place in the put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Its time.
    pub timestamp: Millis,
    /// The number of its put.
    pub put: u64,
    /// Its place in the put.
    pub index: u32,
}

/// Digits of an id.
const DIGITS: usize = 56;
/// The latest time that fits into the digits: in the year 2112.
const LATEST: u64 = 4_484_155_085_838;

impl Position {
    /// The place before everything of this time.
    pub fn at(timestamp: Millis) -> Position {
        Position { timestamp, put: 0, index: 0 }
    }

    /// The place right behind.
    pub fn next(self) -> Position {
        match self.index.checked_add(1) {
            Some(index) => Position { index, ..self },
            None => Position { put: self.put.saturating_add(1), index: 0, ..self },
        }
    }

    /// The id as decimal digits.
    pub fn digits(self) -> String {
        let time = self.timestamp.max(0).unsigned_abs().min(LATEST);
        // Six limbs of 32 bits, highest first: 48 bits of time, 64 of the put, 32 of the index, 48 that are zero.
        let limb = |value: u64| (value & 0xffff_ffff) as u32;
        let mut limbs = [
            limb(time >> 16),
            limb((time & 0xffff) << 16 | self.put >> 48),
            limb(self.put >> 16),
            limb((self.put & 0xffff) << 16 | u64::from(self.index) >> 16),
            limb(u64::from(self.index) << 16),
            0,
        ];
        let mut out = vec![b'0'; DIGITS];
        for digit in out.iter_mut().rev() {
            let mut rest = 0_u64;
            for limb in &mut limbs {
                let value = rest << 32 | u64::from(*limb);
                *limb = (value / 10) as u32;
                rest = value % 10;
            }
            *digit = b'0' + rest as u8;
        }
        String::from_utf8(out).unwrap_or_default()
    }

    /// Reads an id; `None` for anything else.
    pub fn parse(digits: &str) -> Option<Position> {
        if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut limbs = [0_u32; 6];
        for digit in digits.bytes() {
            let mut carry = u64::from(digit - b'0');
            for limb in limbs.iter_mut().rev() {
                let value = u64::from(*limb) * 10 + carry;
                *limb = (value & 0xffff_ffff) as u32;
                carry = value >> 32;
            }
            if carry != 0 {
                return None;
            }
        }
        let [a, b, c, d, e, _] = limbs.map(u64::from);
        Some(Position {
            timestamp: i64::try_from(a << 16 | b >> 16).ok()?,
            put: (b & 0xffff) << 48 | c << 16 | d >> 16,
            index: u32::try_from((d & 0xffff) << 16 | e >> 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_the_time_as_those_of_aws_do() {
        let aws = Position::parse("31132629274945519779805322857203735586714454643391594505").unwrap();
        assert_eq!(aws.timestamp, 1_396_035_378_988);
    }

    #[test]
    fn ids_read_back_and_sort_as_places_do() {
        let mut places = Vec::new();
        for timestamp in [0, 1, 65_535, 65_536, 1_767_323_045_000, LATEST as i64] {
            for put in [0, 1, 65_536, u64::from(u32::MAX) + 7, u64::MAX] {
                for index in [0, 1, 9_999, 65_536, u32::MAX] {
                    places.push(Position { timestamp, put, index });
                }
            }
        }
        let ids: Vec<String> = places.iter().map(|place| place.digits()).collect();
        for (place, id) in places.iter().zip(&ids) {
            assert_eq!(Position::parse(id), Some(*place));
        }
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(ids, sorted);
        assert_eq!(Position::parse("12"), None);
        assert!(Position::parse(&"9".repeat(56)).is_some());
    }
}
