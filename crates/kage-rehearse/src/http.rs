//! A blocking HTTP/1.1 client, just enough for the admin API on the same machine: one request a connection.

#![expect(clippy::disallowed_types, reason = "this module is the rehearsal's edge to the admin API")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any clock jump should need, so that a hung double ends the rehearsal instead of holding it.
const TIMEOUT: Duration = Duration::from_secs(120);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Sends one request to `http://host:port` and reads the answer. `body` is JSON, empty for none. The error is one
/// sentence with the address.
pub fn send(base: &str, token: &str, method: &str, path: &str, body: &str) -> Result<Answer, String> {
    let address =
        base.strip_prefix("http://").ok_or_else(|| format!("`{base}` is not an http:// address"))?;
    let address = address.trim_end_matches('/');
    exchange(address, token, method, path, body).map_err(|error| format!("{method} {base}{path}: {error}"))
}

fn exchange(address: &str, token: &str, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| std::io::Error::other("the answer is not HTTP/1.1"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let rest = bytes.get(end.checked_add(4)?..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        head.split("\r\n").filter_map(|line| line.split_once(':')).find_map(|(key, value)| {
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
        })
    };
    let body = if header("transfer-encoding").as_deref() == Some("chunked") {
        dechunk(rest)?
    } else {
        match header("content-length") {
            Some(length) => rest.get(..length.parse().ok()?)?.to_vec(),
            None => rest.to_vec(),
        }
    };
    Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Undoes the chunked transfer coding; None when it is cut short.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end.checked_add(2)?..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_end_a_body() {
        let plain = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}garbage").expect("plain");
        assert_eq!(plain, Answer { status: 200, body: "{}".into() });
        let chunked = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).expect("chunked"), Answer { status: 404, body: "abcde".into() });
    }

    #[test]
    fn a_cut_answer_is_no_answer() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), None);
        assert_eq!(parse(b"SSH-2.0-OpenSSH\r\n\r\n"), None);
    }

    #[test]
    fn only_plain_addresses() {
        assert!(
            send("https://127.0.0.1:1", "t", "GET", "/", "")
                .expect_err("tls")
                .contains("not an http:// address")
        );
    }
}
