//! Frames: lengths, checksums, headers, payload.

use super::crc::crc32;
use kage_schema::Timestamp;
use std::fmt;

/// The longest headers. AWS: the event stream specification, "Headers".
const MAX_HEADERS: usize = 128 * 1024;
/// The longest payload. AWS: the same, "Payload".
const MAX_PAYLOAD: usize = 24 * 1024 * 1024;
/// Lengths and their checksum before the headers.
const PRELUDE: usize = 12;
/// All but headers and payload.
const OVERHEAD: usize = PRELUDE + 4;

/// The value of one header. The names are those of the specification.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// True or false.
    Bool(bool),
    /// 8 bits.
    Byte(i8),
    /// 16 bits.
    Short(i16),
    /// 32 bits.
    Integer(i32),
    /// 64 bits.
    Long(i64),
    /// At most 65,535 bytes.
    Bytes(Vec<u8>),
    /// At most 65,535 bytes of UTF-8.
    Text(String),
    /// A point in time with milliseconds.
    Time(Timestamp),
    /// 16 bytes.
    Uuid([u8; 16]),
}

/// One message of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Names (at most 255 bytes) and values, in order.
    pub headers: Vec<(String, HeaderValue)>,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A length that cannot be.
    Length,
    /// A checksum does not match.
    Checksum,
    /// The headers cannot be read.
    Header,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FrameError::Length => "a length of the event stream frame is out of range",
            FrameError::Checksum => "a checksum of the event stream frame does not match",
            FrameError::Header => "the headers of the event stream frame cannot be read",
        })
    }
}

impl std::error::Error for FrameError {}

impl Frame {
    /// The header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The text of the header of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.header(name) {
            Some(HeaderValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The frame's bytes. Names and values beyond the format's limits are cut.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let name = cut(name, u8::MAX.into());
            headers.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            headers.extend_from_slice(name.as_bytes());
            encode_value(value, &mut headers);
        }
        let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
        let mut out = Vec::with_capacity(OVERHEAD + headers.len() + self.payload.len());
        out.extend_from_slice(&length(OVERHEAD + headers.len() + self.payload.len()));
        out.extend_from_slice(&length(headers.len()));
        out.extend_from_slice(&crc32(&out).to_be_bytes());
        out.extend_from_slice(&headers);
        out.extend_from_slice(&self.payload);
        out.extend_from_slice(&crc32(&out).to_be_bytes());
        out
    }

    /// Reads the first frame of `bytes` and how long it is; `None` when it is not complete yet.
    ///
    /// # Errors
    /// [`FrameError`] when the bytes are no frame. Lengths are checked before anything is kept.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Frame, usize)>, FrameError> {
        let Some(prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
        let (total, header_length) = (word(prelude, 0) as usize, word(prelude, 4) as usize);
        if crc32(prelude.get(..8).unwrap_or_default()) != word(prelude, 8) {
            return Err(FrameError::Checksum);
        }
        let payload_length = total.checked_sub(OVERHEAD).and_then(|rest| rest.checked_sub(header_length));
        if header_length > MAX_HEADERS || payload_length.is_none_or(|length| length > MAX_PAYLOAD) {
            return Err(FrameError::Length);
        }
        let Some(frame) = bytes.get(..total) else { return Ok(None) };
        let (content, checksum) = frame.split_at_checked(total - 4).ok_or(FrameError::Length)?;
        if crc32(content) != word(checksum, 0) {
            return Err(FrameError::Checksum);
        }
        let rest = content.get(PRELUDE..).ok_or(FrameError::Length)?;
        let (headers, payload) = rest.split_at_checked(header_length).ok_or(FrameError::Length)?;
        Ok(Some((Frame { headers: decode_headers(headers)?, payload: payload.to_vec() }, total)))
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.iter().skip(at).take(4).fold(0, |word, byte| word << 8 | u32::from(*byte))
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn encode_value(value: &HeaderValue, out: &mut Vec<u8>) {
    let sized = |out: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
        let bytes = bytes.get(..bytes.len().min(u16::MAX.into())).unwrap_or_default();
        out.push(kind);
        out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    match value {
        HeaderValue::Bool(value) => out.push(u8::from(!value)),
        HeaderValue::Byte(value) => {
            out.push(2);
            out.extend_from_slice(&value.to_be_bytes());
        }
        HeaderValue::Short(value) => {
            out.push(3);
            out.extend_from_slice(&value.to_be_bytes());
        }
        HeaderValue::Integer(value) => {
            out.push(4);
            out.extend_from_slice(&value.to_be_bytes());
        }
        HeaderValue::Long(value) => {
            out.push(5);
            out.extend_from_slice(&value.to_be_bytes());
        }
        HeaderValue::Bytes(value) => sized(out, 6, value),
        HeaderValue::Text(value) => sized(out, 7, cut(value, u16::MAX.into()).as_bytes()),
        HeaderValue::Time(value) => {
            out.push(8);
            out.extend_from_slice(&value.milliseconds().to_be_bytes());
        }
        HeaderValue::Uuid(value) => {
            out.push(9);
            out.extend_from_slice(value);
        }
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FrameError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(FrameError::Header)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        self.take(N)?.try_into().map_err(|_| FrameError::Header)
    }

    fn sized(&mut self) -> Result<&'a [u8], FrameError> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(length.into())
    }

    fn text(&mut self, length: usize) -> Result<String, FrameError> {
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| FrameError::Header)
    }
}

fn decode_headers(bytes: &[u8]) -> Result<Vec<(String, HeaderValue)>, FrameError> {
    let mut input = Input(bytes);
    let mut headers = Vec::new();
    while !input.0.is_empty() {
        let [length] = input.array()?;
        let name = input.text(length.into())?;
        let [kind] = input.array()?;
        let value = match kind {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(input.array()?)),
            3 => HeaderValue::Short(i16::from_be_bytes(input.array()?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(input.array()?)),
            5 => HeaderValue::Long(i64::from_be_bytes(input.array()?)),
            6 => HeaderValue::Bytes(input.sized()?.to_vec()),
            7 => {
                let bytes = input.sized()?;
                HeaderValue::Text(String::from_utf8(bytes.to_vec()).map_err(|_| FrameError::Header)?)
            }
            8 => HeaderValue::Time(Timestamp(i64::from_be_bytes(input.array()?))),
            9 => HeaderValue::Uuid(input.array()?),
            _ => return Err(FrameError::Header),
        };
        headers.push((name, value));
    }
    Ok(headers)
}
