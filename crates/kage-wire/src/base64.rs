//! Base64 as AWS writes it.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn encode_into(bytes: &[u8], out: &mut String) {
    STANDARD.encode_string(bytes, out);
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Why a text is no base64, in AWS's words, misspelt as they are (recorded by kinesalite).
pub(crate) fn fault(text: &str) -> String {
    use ::base64::DecodeError;
    let length = text.chars().count();
    if !length.is_multiple_of(4) {
        return format!("Base64 encoded length is expected a multiple of 4 bytes but found: {length}");
    }
    match STANDARD.decode(text) {
        Err(DecodeError::InvalidByte(at, _)) => {
            let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
            format!("Invalid Base64 character: '{character}'")
        }
        _ => "Invalid last non-pad Base64 character dectected".to_owned(),
    }
}
