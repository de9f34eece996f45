//! Percent encoding as AWS canonicalisation wants it.
//!
//! AWS: "Create a canonical request", `UriEncode`: every byte except `A-Z a-z 0-9 - . _ ~` is `%XY` in capitals.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}

/// Encodes every byte of `bytes`; `/` stays when `keep_slash`.
pub(crate) fn encode_into(out: &mut Vec<u8>, bytes: &[u8], keep_slash: bool) {
    for &byte in bytes {
        if is_unreserved(byte) || (keep_slash && byte == b'/') {
            out.push(byte)
        } else {
            push_encoded(out, byte)
        }
    }
}

/// Decodes `bytes` and encodes them again, so that every spelling of the same text becomes one.
pub(crate) fn normalise_into(out: &mut Vec<u8>, bytes: &[u8], keep_slash: bool, plus_is_space: bool) {
    for byte in (Decoder { bytes, plus_is_space }) {
        if is_unreserved(byte) || (keep_slash && byte == b'/') {
            out.push(byte)
        } else {
            push_encoded(out, byte)
        }
    }
}

/// Decodes one query name or value to text. A wrong escape stays as it is; bad UTF-8 is replaced.
pub(crate) fn decode_text(text: &str, plus_is_space: bool) -> String {
    let bytes: Vec<u8> = Decoder { bytes: text.as_bytes(), plus_is_space }.collect();
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

struct Decoder<'a> {
    bytes: &'a [u8],
    plus_is_space: bool,
}

impl Iterator for Decoder<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let [b'%', high, low, rest @ ..] = self.bytes
            && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
        {
            self.bytes = rest;
            return Some((high << 4) | low);
        }
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(if *first == b'+' && self.plus_is_space { b' ' } else { *first })
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// `41 57 53 34`: the form of S3's `StringToSignBytes`.
pub(crate) fn spaced_hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(3));
    for byte in bytes {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&hex::encode([*byte]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &str) -> String {
        let mut out = Vec::new();
        normalise_into(&mut out, text.as_bytes(), false, true);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_spelling_becomes_one() {
        assert_eq!(normalised("a%2fb"), "a%2Fb");
        assert_eq!(normalised("a/b"), "a%2Fb");
        assert_eq!(normalised("a+b"), "a%20b");
        assert_eq!(normalised("%7E"), "~");
        assert_eq!(normalised("ሴ"), "%E1%88%B4");
        assert_eq!(normalised("100%"), "100%25");
        assert_eq!(normalised("%zz%4"), "%25zz%254");
    }

    #[test]
    fn decode_keeps_plus_when_told() {
        assert_eq!(decode_text("a+b%20c", false), "a+b c");
        assert_eq!(decode_text("a+b", true), "a b");
    }

    #[test]
    fn hex_with_spaces() {
        assert_eq!(spaced_hex(b"AWS4"), "41 57 53 34");
    }
}
