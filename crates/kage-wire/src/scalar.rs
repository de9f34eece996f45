//! Scalars as text: in XML, forms, headers, labels and query parameters.

use crate::base64;
use crate::place::epoch;
use kage_schema::{Body, Flags, Kind, Member, Scalar, Timestamp, TimestampFormat, View};
use std::borrow::Cow;

/// Reads `text` as a value of the member's kind. `None` when it is none.
pub(crate) fn parse(text: &str, member: &Member, default: TimestampFormat) -> Option<Scalar> {
    let trimmed = text.trim();
    Some(match member.target.kind {
        Kind::String => Scalar::Str(text.to_owned()),
        Kind::Boolean if trimmed.eq_ignore_ascii_case("true") => Scalar::Bool(true),
        Kind::Boolean if trimmed.eq_ignore_ascii_case("false") => Scalar::Bool(false),
        Kind::Integer => Scalar::Int(i64::from(trimmed.parse::<i32>().ok()?)),
        Kind::Long => Scalar::Int(trimmed.parse().ok()?),
        Kind::Float | Kind::Double => Scalar::Float(parse_float(trimmed)?),
        Kind::Blob => Scalar::Blob(base64::decode(trimmed)?),
        Kind::Timestamp => Scalar::Time(parse_time(trimmed, member.timestamp_format(default))?),
        Kind::Document => Scalar::Document(serde_json::from_str(text).ok()?),
        Kind::Boolean | Kind::Structure | Kind::Union | Kind::List | Kind::Map => return None,
    })
}

/// A decimal number, `NaN`, `Infinity` or `-Infinity`.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads `inf` and `nan` in any case; AWS does not.
        _ if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

/// A point in time in the given form.
pub(crate) fn parse_time(text: &str, format: TimestampFormat) -> Option<Timestamp> {
    match format {
        TimestampFormat::Iso8601 => Timestamp::parse_iso8601(text),
        TimestampFormat::Rfc822 => Timestamp::parse_rfc822(text),
        TimestampFormat::Epoch => match text.parse::<i64>() {
            Ok(seconds) => Some(Timestamp::from_seconds(seconds)),
            Err(_) => Timestamp::from_seconds_f64(parse_float(text)?),
        },
    }
}

/// A point in time as text.
pub(crate) fn time_text(time: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 => time.iso8601(),
        TimestampFormat::Rfc822 => time.rfc822(),
        TimestampFormat::Epoch => epoch(time),
    }
}

/// A floating-point number as text. `Float` values keep the digits of 32 bits.
pub(crate) fn float_text(value: f64, kind: Kind) -> Cow<'static, str> {
    if value.is_nan() {
        Cow::Borrowed("NaN")
    } else if value.is_infinite() {
        Cow::Borrowed(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if kind == Kind::Float {
        Cow::Owned(format!("{:?}", value as f32))
    } else {
        Cow::Owned(format!("{value:?}"))
    }
}

/// The value as text; `None` for absent values, containers and bodies that are not in memory.
pub(crate) fn text<'a>(view: View<'a>, member: &Member, default: TimestampFormat) -> Option<Cow<'a, str>> {
    Some(match view {
        View::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        View::Int(value) => Cow::Owned(value.to_string()),
        View::Float(value) => float_text(value, member.target.kind),
        View::Str(value) => Cow::Borrowed(value),
        View::Blob(value) => Cow::Owned(base64::encode(value)),
        View::Time(value) => Cow::Owned(time_text(value, member.timestamp_format(default))),
        View::Document(value) => Cow::Owned(value.to_string()),
        View::Body(Body::Bytes(value)) => Cow::Owned(base64::encode(value)),
        View::Absent | View::Body(_) | View::Record(_) | View::List(_) | View::Map(_) => return None,
    })
}

/// Text of a header becomes the member's value: JSON values are base64 there.
pub(crate) fn parse_header(text: &str, member: &Member) -> Option<Scalar> {
    if member.has(Flags::JSON_VALUE) {
        return String::from_utf8(base64::decode(text.trim())?).ok().map(Scalar::Str);
    }
    parse(text.trim(), member, TimestampFormat::Rfc822)
}
