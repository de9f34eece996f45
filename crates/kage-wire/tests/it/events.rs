//! Event streams: frames both ways, and events from records.

use crate::support;
use kage_schema::{Loader, Protocol, Timestamp};
use kage_wire::event_stream::{
    Frame, FrameError, HeaderValue, initial_response, write_error_event, write_event,
};
use serde_json::json;

fn frame() -> Frame {
    Frame {
        headers: vec![
            ("a".to_owned(), HeaderValue::Bool(true)),
            ("b".to_owned(), HeaderValue::Bool(false)),
            ("c".to_owned(), HeaderValue::Byte(-1)),
            ("d".to_owned(), HeaderValue::Short(-2)),
            ("e".to_owned(), HeaderValue::Integer(-3)),
            ("f".to_owned(), HeaderValue::Long(-4)),
            ("g".to_owned(), HeaderValue::Bytes(vec![0, 255])),
            ("h".to_owned(), HeaderValue::Text("é".to_owned())),
            ("i".to_owned(), HeaderValue::Time(Timestamp(1_422_172_800_123))),
            ("j".to_owned(), HeaderValue::Uuid([7; 16])),
        ],
        payload: b"payload".to_vec(),
    }
}

#[test]
fn a_frame_reads_back_and_damage_is_noticed() {
    let bytes = frame().encode();
    assert_eq!(Frame::decode(&bytes), Ok(Some((frame(), bytes.len()))));
    for end in 0..bytes.len() {
        assert_eq!(Frame::decode(&bytes[..end]), Ok(None), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        assert!(Frame::decode(&damaged).is_err(), "damaged at {at}");
    }
}

/// AWS: the empty message of the specification's test vectors (awslabs/aws-c-event-stream, `empty_message`).
#[test]
fn the_empty_message_of_the_specification() {
    let bytes = [0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
    assert_eq!(Frame::default().encode(), bytes);
    assert_eq!(Frame::decode(&bytes), Ok(Some((Frame::default(), 16))));
}

/// CRC-32 bit by bit, independent of the crate's table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn lengths_that_cannot_be_are_refused_before_they_are_used() {
    for (total, headers) in [(u32::MAX, 0), (15, 0), (16, 1), (64 << 20, 0), (1 << 20, 256 << 10)] {
        let mut bytes = [u32::to_be_bytes(total), u32::to_be_bytes(headers)].concat();
        bytes.extend(crc32(&bytes).to_be_bytes());
        assert_eq!(Frame::decode(&bytes), Err(FrameError::Length), "{total} {headers}");
    }
}

#[test]
fn events_become_frames() {
    let shapes = json!({
        "Stream": {"type": "structure", "eventstream": true, "members": {
            "Records": {"shape": "Records"}, "Stats": {"shape": "StatsEvent"}, "End": {"shape": "End"}, "Bad": {"shape": "Bad"}}},
        "Records": {"type": "structure", "event": true, "members": {
            "Payload": {"shape": "Bytes", "eventpayload": true}, "Part": {"shape": "Int", "eventheader": true}}},
        "StatsEvent": {"type": "structure", "event": true, "members": {"Details": {"shape": "Stats", "eventpayload": true}}},
        "Stats": {"type": "structure", "members": {"BytesScanned": {"shape": "Int"}}},
        "End": {"type": "structure", "event": true, "members": {}},
        "Bad": {"type": "structure", "exception": true, "members": {"message": {"shape": "String"}}},
        "Out": {"type": "structure", "members": {"Name": {"shape": "String"}, "Stream": {"shape": "Stream"}}},
        "Bytes": {"type": "blob"}, "Int": {"type": "integer"}, "String": {"type": "string"},
    });
    let mut loader = Loader::new(shapes.as_object().unwrap());
    let stream = loader.schema("Stream").unwrap();
    let event = |protocol, value| write_event(protocol, &support::from_json(stream, &value));

    let records = event(Protocol::RestXml, json!({"Records": {"Payload": "a,b\n", "Part": 3}})).unwrap();
    assert_eq!(records.text(":event-type"), Some("Records"));
    assert_eq!(records.text(":content-type"), Some("application/octet-stream"));
    assert_eq!(records.header("Part"), Some(&HeaderValue::Integer(3)));
    assert_eq!(records.payload, b"a,b\n");

    let stats = event(Protocol::RestXml, json!({"Stats": {"Details": {"BytesScanned": 5}}})).unwrap();
    assert_eq!(
        (stats.text(":content-type"), stats.payload.as_slice()),
        (Some("text/xml"), b"<Stats><BytesScanned>5</BytesScanned></Stats>".as_slice())
    );

    let end = event(Protocol::RestXml, json!({"End": {}})).unwrap();
    assert_eq!(
        (end.text(":message-type"), end.header(":content-type"), end.payload.len()),
        (Some("event"), None, 0)
    );

    let bad = event(Protocol::AwsJson11, json!({"Bad": {"message": "no"}})).unwrap();
    assert_eq!((bad.text(":message-type"), bad.text(":exception-type")), (Some("exception"), Some("Bad")));
    assert_eq!(bad.payload, br#"{"message":"no"}"#);
    assert!(event(Protocol::AwsJson11, json!({})).is_err());

    let output = support::from_json(loader.schema("Out").unwrap(), &json!({"Name": "n"}));
    let first = initial_response(Protocol::AwsJson11, &output).unwrap();
    assert_eq!(
        (first.text(":event-type"), first.payload.as_slice()),
        (Some("initial-response"), br#"{"Name":"n"}"#.as_slice())
    );
    assert_eq!(initial_response(Protocol::RestXml, &output), None);
    assert_eq!(write_error_event("InternalError", "x").text(":error-code"), Some("InternalError"));
}
