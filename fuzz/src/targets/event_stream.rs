//! Frames of `application/vnd.amazon.eventstream`.

use kage_schema::Timestamp;
use kage_wire::event_stream::{Frame, HeaderValue};

use crate::source::Source;
use crate::target::Target;

/// Two bytes for the length of the headers, then headers and payload. Lengths and checksums are put around them.
pub const BYTES: Target = Target {
    name: "event_stream_bytes",
    law: "any bytes are a frame, the front of one, or refused; a frame that reads is written as the same bytes",
    check: bytes,
    seeds: &[
        b"\0\x0f\x04name\x07\0\x07valuesxpayload",
        b"\0\x04\x01a\0\x00\x01b\x01",
        b"\0\x03\x01b\x01{}",
        b"\0\x22\x01b\x02\x80\x01s\x03\0\x01\x01i\x04\0\0\0\x01\x01l\x05\0\0\0\0\0\0\0\x01\x01t\x08\0\0\0\0\0\0\0\x01",
        b"\0\x13\x01u\x09\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
        b"\0\x00only payload",
    ],
    dictionary: &[b"\x04name", b"\x07\0\x03abc", b"\x06\0\0", b"\x07\xff\xff", b"\x01a\x00", b"\x01b\x01", b"\0\0\0\x10"],
    rounds: 40_000,
};

/// Choices from which a frame is made; one byte of damage first.
pub const ROUND_TRIP: Target = Target {
    name: "event_stream_round_trip",
    law: "decode(encode(frame)) is the frame; its front is no frame yet; with a bit turned over it is refused",
    check: round_trip,
    seeds: &[
        b"\x03\x04\x07\x04name\x05value\x02\x01n\x80\x09\x01u0123456789abcdefpayload",
        b"\x30\x05\x00\x01a\x01\x01b\x03\x01c\x01\x02\x04\x01d\x01\x02\x03\x04\x05\x01e\x01\x02\x03\x04\x05\x06\x07\x08",
        b"\x08\x02\x08\x01t\xff\xff\xff\xff\xff\xff\xff\xff\x06\x03bin\x04\0\xff\0\xff{}",
        b"\0\0",
    ],
    dictionary: &[b"\x07\x01a\x01b", "é".as_bytes(), b"\xff\xff\xff\xff", b"\0\0\0\0"],
    rounds: 15_000,
};

fn bytes(data: &[u8]) {
    let _ = Frame::decode(data);
    let mut source = Source::new(data);
    let length = usize::from(u16::from_be_bytes([source.byte(), source.byte()]));
    let headers = source.take(length);
    let content = framed(headers, source.rest());
    if let Ok(found) = Frame::decode(&content) {
        assert!(found.is_some(), "a whole frame is not complete");
        let (frame, end) = found.unwrap_or_default();
        assert_eq!(end, content.len(), "the frame ends elsewhere");
        assert_eq!(frame.encode(), content, "the frame is written differently");
    }
}

/// Lengths and checksums around headers and payload, written without the code under test.
fn framed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let total = headers.len().saturating_add(payload.len()).saturating_add(16);
    let mut out = [word(total), word(headers.len())].concat();
    out.extend(crc32(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

/// CRC-32 of ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

fn round_trip(data: &[u8]) {
    let mut source = Source::new(data);
    let damage = usize::from(source.byte());
    let count = source.below(8);
    let mut frame = Frame::default();
    for _ in 0..count {
        frame.headers.push(header(&mut source));
    }
    frame.payload = source.rest().to_vec();
    let mut bytes = frame.encode();
    assert_eq!(Frame::decode(&bytes), Ok(Some((frame.clone(), bytes.len()))), "the frame did not come back");
    let followed = [bytes.as_slice(), b"more"].concat();
    assert_eq!(Frame::decode(&followed), Ok(Some((frame, bytes.len()))), "what follows changes the frame");
    let at = damage.checked_rem(bytes.len()).unwrap_or(0);
    assert_eq!(
        Frame::decode(bytes.get(..at).unwrap_or_default()),
        Ok(None),
        "the front of a frame is a frame"
    );
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << (damage % 8);
    }
    assert!(Frame::decode(&bytes).is_err(), "a damaged frame was believed");
}

fn header(source: &mut Source<'_>) -> (String, HeaderValue) {
    let kind = source.below(9);
    let length = source.below(32);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = text(source.take(length));
    let number = i64::from_be_bytes(source.number().to_be_bytes());
    let [.., third, second, first] = number.to_be_bytes();
    let value = match kind {
        0 => HeaderValue::Bool(number % 2 == 0),
        1 => HeaderValue::Byte(i8::from_be_bytes([first])),
        2 => HeaderValue::Short(i16::from_be_bytes([second, first])),
        3 => HeaderValue::Integer(i32::from_be_bytes([first, second, third, first])),
        4 => HeaderValue::Long(number),
        5 => HeaderValue::Bytes(source.take(usize::from(first)).to_vec()),
        6 => HeaderValue::Text(text(source.take(usize::from(first)))),
        7 => HeaderValue::Time(Timestamp(number)),
        _ => HeaderValue::Uuid(u128::from(source.number()).to_be_bytes()),
    };
    (name, value)
}
