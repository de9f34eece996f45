//! Values of conditions: numbers, dates, addresses, bytes (rules 101-106).

use std::net::IpAddr;

/// A decimal number in units of 10^-12. None for other text.
pub fn number(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, "0"),
    };
    let all_digits =
        |part: &str| !part.is_empty() && part.chars().all(|character| character.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 12 {
        return None;
    }
    let units: i128 = format!("{whole}{fraction:0<12}").parse().ok()?;
    Some(sign * units)
}

/// An instant in nanoseconds since 1970. None for other text.
pub fn date(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number =
        !digits.is_empty() && digits.chars().all(|character| character.is_ascii_digit() || character == '.');
    let is_year = text.len() == 4 && text.chars().all(|character| character.is_ascii_digit());
    if is_number && !is_year {
        return Some(number(text)? / 1_000);
    }
    // Fill a W3C profile up to a whole timestamp.
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ if text.ends_with(['Z', 'z']) || text.get(11..)?.contains(['+', '-']) => text.to_owned(),
        _ => format!("{text}Z"),
    };
    let timestamp: jiff::Timestamp = full.parse().ok()?;
    Some(timestamp.as_nanosecond())
}

/// Whether an address is in a range. Families do not mix.
pub fn in_range(range: &str, address: &str) -> bool {
    let (network, prefix) = match range.split_once('/') {
        Some((network, prefix)) => (network, prefix.parse::<usize>().ok()),
        None => (range, Some(128)),
    };
    let (Some(network), Some(address), Some(prefix)) = (bits(network), bits(address), prefix) else {
        return false;
    };
    network.len() == address.len()
        && network.chars().zip(address.chars()).take(prefix).all(|(left, right)| left == right)
}

/// The bits of an address as text.
fn bits(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => address.octets().iter().map(|octet| format!("{octet:08b}")).collect(),
        IpAddr::V6(address) => address.octets().iter().map(|octet| format!("{octet:08b}")).collect(),
    })
}

/// Whether the text is padded base64. Equal bytes have equal base64.
pub fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '+' || character == '/')
}

/// Lower case where it is one character (rule 101).
pub fn fold(text: &str) -> String {
    text.chars()
        .map(|character| {
            let lower: Vec<char> = character.to_lowercase().collect();
            match lower.as_slice() {
                [one] => *one,
                _ => character,
            }
        })
        .collect()
}
