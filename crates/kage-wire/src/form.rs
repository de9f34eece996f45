//! Percent-encoding: forms, query strings, path labels.

use crate::error::Fault;

fn hex(byte: Option<&u8>) -> Option<u8> {
    match byte? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        letter @ b'a'..=b'f' => Some(letter - b'a' + 10),
        letter @ b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}

fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    if !text.bytes().any(|b| b == b'%' || (b == b'+' && plus_is_space)) {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                let high = hex(bytes.get(at + 1))?;
                let low = hex(bytes.get(at + 2))?;
                out.push(high << 4 | low);
                at += 3;
            }
            b'+' if plus_is_space => {
                out.push(b' ');
                at += 1;
            }
            other => {
                out.push(*other);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Decodes one segment of a path. `None` when an escape is broken or the result is not UTF-8.
#[must_use]
pub fn decode_path(segment: &str) -> Option<String> {
    decode(segment, false)
}

/// Decodes a form body or query string into its pairs, in order; `+` is a space, a name without `=` has an empty
/// value. `None` when an escape is broken or the result is not UTF-8.
#[must_use]
pub fn decode_form(form: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for part in form.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((decode(name, true)?, decode(value, true)?));
    }
    Some(pairs)
}

pub(crate) fn pairs(form: &str) -> Result<Vec<(String, String)>, Fault> {
    decode_form(form).ok_or(Fault::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_refused() {
        assert_eq!(decode_path("a%2Fb+c").as_deref(), Some("a/b+c"));
        assert_eq!(
            decode_form("a+b=%C3%A9&&c"),
            Some(vec![("a b".into(), "é".into()), ("c".into(), "".into())])
        );
        for bad in ["%", "%2", "%zz", "%ff", "%é"] {
            assert_eq!(decode_path(bad), None, "{bad}");
        }
    }
}
