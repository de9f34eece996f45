//! Step 1: what came over the wire, before anybody believed it.

use kage_core::Origin;
use kage_wire::Response;

/// The head of a request, exactly as received.
#[derive(Clone, Debug)]
pub struct Head {
    /// The method in capitals.
    pub method: String,
    /// The raw path.
    pub path: String,
    /// The raw query, without the question mark.
    pub query: String,
    /// All header lines in the order received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Facts of the connection.
    pub origin: Origin,
}

impl Head {
    /// The value of a header as text; the first line when there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok().map(str::trim)
    }

    /// The value of a query parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
    }

    /// The headers as text, names in lower case; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text_headers(&self) -> Vec<(String, String)> {
        self.headers
            .iter()
            .map(|(name, value)| {
                (name.to_ascii_lowercase(), String::from_utf8_lossy(value).trim().to_owned())
            })
            .collect()
    }
}

/// Decodes percent escapes and `+`. Broken escapes stay as they are.
#[must_use]
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match (escaped, byte) {
            (Some(value), _) => {
                out.push(value);
                at += 2;
            }
            (None, b'+') => out.push(b' '),
            (None, byte) => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The end of the road.
pub struct Answer {
    /// The response.
    pub response: Response,
    /// Must be awaited before the response is sent.
    pub ticket: Option<kage_store::Ticket>,
    /// The request id that stands in the response.
    pub request_id: String,
    /// The state in which the call found what its body is read from; it keeps the files until the body was sent.
    pub kept: Option<kage_store::Snapshot>,
}
