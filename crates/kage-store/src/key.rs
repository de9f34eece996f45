//! Keys made of parts.

use std::fmt;

/// A row's key, made of parts such as account, region and id.
///
/// Keys sort as their lists of parts do, and the key of fewer parts is a byte prefix of exactly those keys
/// that begin with the same parts: `["1"]` is no prefix of `["12"]`. Each part ends with 0x00; within a part
/// 0x00 is written 0x01 0x01 and 0x01 is written 0x01 0x02.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

/// A key of text parts: `key(&[account, region, id])`.
pub fn key(parts: &[&str]) -> Key {
    parts.iter().fold(Key::new(), |key, part| key.with(part))
}

impl Key {
    /// The key without parts, a prefix of all keys.
    pub const fn new() -> Self {
        Key(Vec::new())
    }

    /// The key with one more part.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        for &byte in part.as_ref() {
            match byte {
                0 => self.0.extend([1, 1]),
                1 => self.0.extend([1, 2]),
                byte => self.0.push(byte),
            }
        }
        self.0.push(0);
        self
    }

    /// The key with a number as one more part; numbers sort by value.
    #[must_use]
    pub fn with_number(self, number: u64) -> Self {
        self.with(number.to_be_bytes())
    }

    /// The key as it is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key as it was stored; `None` if these bytes are no key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.iter();
        let mut ended = true;
        while let Some(byte) = rest.next() {
            ended = *byte == 0;
            if *byte == 1 && !matches!(rest.next(), Some(1 | 2)) {
                return None;
            }
        }
        ended.then(|| Key(bytes.to_vec()))
    }

    /// The parts.
    pub fn parts(&self) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        let mut part = Vec::new();
        let mut bytes = self.0.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                0 => parts.push(std::mem::take(&mut part)),
                1 => part.push(u8::from(bytes.next() == Some(&2))),
                byte => part.push(byte),
            }
        }
        parts
    }

    /// The part at `index` if it is there and is text.
    pub fn text(&self, index: usize) -> Option<String> {
        String::from_utf8(self.parts().into_iter().nth(index)?).ok()
    }

    /// The part at `index` if it is there and was put by [`Key::with_number`].
    pub fn number(&self, index: usize) -> Option<u64> {
        Some(u64::from_be_bytes(self.parts().into_iter().nth(index)?.try_into().ok()?))
    }
}

/// Parts joined by `/`, for messages.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts().iter().enumerate() {
            write!(formatter, "{}{}", if index == 0 { "" } else { "/" }, part.escape_ascii())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let byte = prop_oneof![Just(0u8), Just(1), Just(2), Just(254), Just(255), any::<u8>()];
        prop::collection::vec(prop::collection::vec(byte, 0..4), 0..4)
    }

    fn build(parts: &[Vec<u8>]) -> Key {
        parts.iter().fold(Key::new(), Key::with)
    }

    proptest! {
        #[test]
        fn keys_sort_as_their_parts_and_come_back(a in parts(), b in parts()) {
            let (key_a, key_b) = (build(&a), build(&b));
            prop_assert_eq!(key_a.as_bytes().cmp(key_b.as_bytes()), a.cmp(&b));
            prop_assert_eq!(key_a.as_bytes().starts_with(key_b.as_bytes()), a.starts_with(&b));
            prop_assert_eq!(key_a.parts(), a);
            prop_assert_eq!(Key::from_bytes(key_a.as_bytes()), Some(key_a));
        }

        #[test]
        fn bytes_are_a_key_only_if_some_parts_make_them(bytes in prop::collection::vec(0u8..4, 0..8)) {
            if let Some(key) = Key::from_bytes(&bytes) {
                prop_assert_eq!(build(&key.parts()), key);
            }
        }

        #[test]
        fn numbers_sort_by_value(a: u64, b: u64) {
            let (key_a, key_b) = (Key::new().with_number(a), Key::new().with_number(b));
            prop_assert_eq!(key_a.cmp(&key_b), a.cmp(&b));
            prop_assert_eq!(key_a.number(0), Some(a));
        }
    }

    #[test]
    fn messages_show_the_parts() {
        assert_eq!(key(&["111122223333", "us-east-1", "k\0"]).to_string(), "111122223333/us-east-1/k\\x00");
    }
}
