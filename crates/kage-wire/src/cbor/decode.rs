//! The items of a CBOR document, with bounds on everything that foreign bytes claim.

use super::major;
use crate::error::Fault;
use std::borrow::Cow;

/// How deep arrays, maps and tags may nest.
pub(super) const MAX_DEPTH: usize = 128;

/// The start of one item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    Unsigned(u64),
    /// The value is `-1 - n`.
    Negative(u64),
    /// `None`: in chunks until a break.
    Bytes(Option<u64>),
    Text(Option<u64>),
    Array(Option<u64>),
    Map(Option<u64>),
    Tag(u64),
    Bool(bool),
    Null,
    Float(f64),
    Break,
}

pub(super) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Decoder<'a> {
        Decoder { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let count = usize::try_from(count).map_err(|_| Fault::Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Fault::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, width: u64) -> Result<u64, Fault> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The next item's head.
    pub(super) fn item(&mut self) -> Result<Item, Fault> {
        let first = self.number(1)? as u8;
        let (kind, low) = (first >> 5, first & 0x1f);
        if kind == major::SIMPLE {
            return self.simple(low);
        }
        let argument = match low {
            0..=23 => Some(u64::from(low)),
            24..=27 => Some(self.number(1 << (low - 24))?),
            31 => None,
            _ => return Err(Fault::Malformed),
        };
        match (kind, argument) {
            (major::UNSIGNED, Some(n)) => Ok(Item::Unsigned(n)),
            (major::NEGATIVE, Some(n)) => Ok(Item::Negative(n)),
            (major::BYTES, n) => Ok(Item::Bytes(n)),
            (major::TEXT, n) => Ok(Item::Text(n)),
            (major::ARRAY, n) => Ok(Item::Array(n)),
            (major::MAP, n) => Ok(Item::Map(n)),
            (major::TAG, Some(n)) => Ok(Item::Tag(n)),
            _ => Err(Fault::Malformed),
        }
    }

    fn simple(&mut self, low: u8) -> Result<Item, Fault> {
        Ok(match low {
            20 => Item::Bool(false),
            21 => Item::Bool(true),
            22 | 23 => Item::Null,
            25 => Item::Float(half(self.number(2)? as u16)),
            26 => Item::Float(f64::from(f32::from_bits(self.number(4)? as u32))),
            27 => Item::Float(f64::from_bits(self.number(8)?)),
            31 => Item::Break,
            _ => return Err(Fault::Malformed),
        })
    }

    /// The content of a byte string whose head was read.
    pub(super) fn bytes(&mut self, length: Option<u64>) -> Result<Cow<'a, [u8]>, Fault> {
        self.string(length, |item| if let Item::Bytes(Some(n)) = item { Some(n) } else { None })
    }

    /// The content of a text whose head was read.
    pub(super) fn text(&mut self, length: Option<u64>) -> Result<Cow<'a, str>, Fault> {
        let bytes =
            self.string(length, |item| if let Item::Text(Some(n)) = item { Some(n) } else { None })?;
        match bytes {
            Cow::Borrowed(bytes) => {
                std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Fault::Malformed)
            }
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Fault::Malformed),
        }
    }

    fn string(
        &mut self,
        length: Option<u64>,
        chunk: fn(Item) -> Option<u64>,
    ) -> Result<Cow<'a, [u8]>, Fault> {
        if let Some(length) = length {
            return self.take(length).map(Cow::Borrowed);
        }
        let mut whole = Vec::new();
        loop {
            match self.item()? {
                Item::Break => return Ok(Cow::Owned(whole)),
                item => whole.extend_from_slice(self.take(chunk(item).ok_or(Fault::Malformed)?)?),
            }
        }
    }

    /// Whether a container has one more element; `left` counts down, `None` reads up to the break.
    pub(super) fn more(&mut self, left: &mut Option<u64>) -> Result<bool, Fault> {
        match left {
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None if self.rest.first() == Some(&0xff) => {
                self.take(1)?;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// Passes over one item.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), Fault> {
        let item = self.item()?;
        self.skip_rest(item, depth)
    }

    /// Passes over the rest of an item whose head was read.
    pub(super) fn skip_rest(&mut self, item: Item, depth: usize) -> Result<(), Fault> {
        if depth >= MAX_DEPTH {
            return Err(Fault::Malformed);
        }
        match item {
            Item::Bytes(length) => self.bytes(length).map(|_| ()),
            Item::Text(length) => self.text(length).map(|_| ()),
            Item::Tag(_) => self.skip(depth + 1),
            Item::Array(mut left) => {
                while self.more(&mut left)? {
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            Item::Map(mut left) => {
                while self.more(&mut left)? {
                    self.skip(depth + 1)?;
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            Item::Break => Err(Fault::Malformed),
            _ => Ok(()),
        }
    }
}

/// A 16-bit float. RFC 8949, appendix D.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let mantissa = f64::from(bits & 0x3ff);
    let value = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -value } else { value }
}
