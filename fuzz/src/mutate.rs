//! From a good input to one that no one meant.

use crate::random::Random;

/// The longest input that is made, in bytes.
const LONGEST: usize = 4096;
/// Numbers at which parsers stumble.
const NUMBERS: [&[u8]; 8] =
    [b"-1", b"0", b"255", b"65536", b"2147483648", b"9223372036854775807", b"18446744073709551616", b"1e999"];
/// Bytes that mean something in some format.
const MARKS: &[u8] = b"\0\n\r\x1e \"#%&'()*+,-./0:;<=>?@[\\]{|}~\x7f\x80\xc3\xff";

/// Makes the next input: one of the seeds, changed one to eight times.
#[must_use]
pub fn input(random: &mut Random, seeds: &[&[u8]], dictionary: &[&[u8]]) -> Vec<u8> {
    let mut bytes = random.pick(seeds).map(|seed| seed.to_vec()).unwrap_or_default();
    let most = random.below(8);
    for _ in 0..=random.below(most.saturating_add(1)) {
        change(random, &mut bytes, seeds, dictionary);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[&[u8]], dictionary: &[&[u8]]) {
    let length = bytes.len();
    let at = random.below(length.saturating_add(1));
    let few = at.saturating_add(random.below(9)).min(length);
    match random.below(13) {
        0 => flip(random, bytes),
        1 => set(bytes, at, random.byte()),
        2 => set(bytes, at, random.pick(MARKS).copied().unwrap_or_default()),
        3 => put(bytes, at, at, &[random.byte()]),
        4 => put(bytes, at, at, &[random.pick(MARKS).copied().unwrap_or_default()]),
        5 => put(bytes, at, few, &[]),
        6 => {
            let end =
                at.saturating_add(random.below(length.saturating_sub(at).saturating_add(1))).min(length);
            put(bytes, at, end, &[]);
        }
        7 => {
            // A piece again, up to eight times: nesting and long values.
            let piece = bytes.get(at..few).unwrap_or_default().repeat(random.below(8));
            put(bytes, at, at, &piece);
        }
        8 => put(bytes, at, at, random.pick(dictionary).copied().unwrap_or_default()),
        9 => put(bytes, at, few, random.pick(&NUMBERS).copied().unwrap_or_default()),
        10 | 11 => quoted(random, bytes, at, seeds),
        _ => {
            // The front of this one, the back of another.
            let other = random.pick(seeds).copied().unwrap_or_default();
            let from = random.below(other.len().saturating_add(1));
            put(bytes, at, length, other.get(from..).unwrap_or_default());
        }
    }
}

/// Puts a quoted text of a seed in the place of one here, so that documents stay whole.
fn quoted(random: &mut Random, bytes: &mut Vec<u8>, at: usize, seeds: &[&[u8]]) {
    let other = random.pick(seeds).copied().unwrap_or_default();
    let new = between_quotes(other, random.below(other.len().saturating_add(1)));
    if let (Some(old), Some(new)) = (between_quotes(bytes, at), new.and_then(|range| other.get(range))) {
        put(bytes, old.start, old.end, new);
    }
}

/// The bytes of the first quoted text that begins behind `at`.
fn between_quotes(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let quote = |from: usize| {
        let found = bytes.get(from..)?.iter().position(|byte| *byte == b'"')?;
        from.checked_add(found)
    };
    let open = bytes.get(..at)?.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
    let from = if open { quote(at)?.checked_add(1)? } else { at };
    let start = quote(from)?.checked_add(1)?;
    Some(start..quote(start)?)
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn set(bytes: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
}

/// Replaces `from..to`, which lies within `bytes`.
fn put(bytes: &mut Vec<u8>, from: usize, to: usize, new: &[u8]) {
    let to = to.min(bytes.len());
    bytes.splice(from.min(to)..to, new.iter().copied());
}
