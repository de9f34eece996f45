//! A client for the admin endpoint: HTTP/1.1, one request a connection, as much as that takes.
#![expect(clippy::disallowed_types, reason = "the command line speaks to the admin endpoint")]

use crate::failure::Failure;
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(3);
/// How long an answer may take: moving the clock runs all that comes due on the way.
const ANSWER_TIME: Duration = Duration::from_secs(600);

/// Speaks to one admin endpoint.
pub struct Client {
    host: String,
    token: String,
}

impl Client {
    /// A client for `http://host:port`.
    ///
    /// # Errors
    /// When the endpoint is none.
    pub fn new(endpoint: &str, token: &str) -> Result<Client, Failure> {
        let host = endpoint.strip_prefix("http://").unwrap_or(endpoint).trim_end_matches('/');
        if host.contains("://")
            || host.contains('/')
            || !host.contains(':')
            || host.contains(char::is_whitespace)
        {
            let hint = "write it as http://127.0.0.1:4567";
            return Err(Failure::usage(format!("{endpoint:?} is no admin endpoint"), hint));
        }
        if token.contains(char::is_control) {
            return Err(Failure::usage(
                "the token holds a control character",
                "take it from the file `token`",
            ));
        }
        Ok(Client { host: host.to_owned(), token: token.to_owned() })
    }

    /// The endpoint: `http://127.0.0.1:4567`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.host)
    }

    /// The token that it sends.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether somebody listens there.
    pub fn is_there(&self) -> bool {
        self.connect().is_ok()
    }

    /// Asks for a JSON value.
    ///
    /// # Errors
    /// What the double says, and exit code 3 when nobody answers.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        parsed(&self.send("GET", path, None)?)
    }

    /// Asks for a text.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn get_text(&self, path: &str) -> Result<String, Failure> {
        self.send("GET", path, None)
    }

    /// Sends a JSON value.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parsed(&self.send("POST", path, Some(body))?)
    }

    /// Removes something.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        parsed(&self.send("DELETE", path, None)?)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let addresses: Vec<SocketAddr> = self.host.to_socket_addrs()?.collect();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, CONNECT_TIME) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<String, Failure> {
        let mut stream = self.connect().map_err(|error| {
            Failure::not_running(format!("nobody answers at the admin endpoint {}: {error}", self.host))
        })?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.host,
            self.token,
            body.len()
        );
        let mut answer = Vec::new();
        let exchanged = stream
            .set_read_timeout(Some(ANSWER_TIME))
            .and_then(|()| stream.write_all(request.as_bytes()))
            .and_then(|()| stream.read_to_end(&mut answer));
        exchanged.map_err(|error| {
            Failure::new(format!("the admin endpoint {} broke off: {error}", self.host), "see: kage doctor")
        })?;
        let (status, body) = split(&answer).ok_or_else(|| {
            let hint = "is it really the admin endpoint of a double? see: kage doctor";
            Failure::new(format!("{} answered no HTTP", self.host), hint)
        })?;
        if (200..300).contains(&status) { Ok(body) } else { Err(refused(status, &body)) }
    }
}

fn split(answer: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, body.to_owned()))
}

fn parsed(body: &str) -> Result<Value, Failure> {
    serde_json::from_str(body)
        .map_err(|error| Failure::new(format!("the double answered no JSON: {error}"), "see: kage doctor"))
}

fn refused(status: u16, body: &str) -> Failure {
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    Failure::new(
        text("error").unwrap_or_else(|| format!("the double answered HTTP {status}")),
        text("hint").unwrap_or_else(|| "see: kage doctor".to_owned()),
    )
}

/// Text as one segment of a path.
pub fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_checked_before_they_are_called() {
        for good in ["http://127.0.0.1:4567", "http://localhost:4567/", "127.0.0.1:4567", "http://[::1]:4567"]
        {
            assert!(Client::new(good, "t").is_ok(), "{good}");
        }
        for bad in ["https://127.0.0.1:4567", "http://127.0.0.1:4567/v1", "localhost", "a b:1", "h:1\r\nX: y"]
        {
            assert!(Client::new(bad, "t").is_err(), "{bad}");
        }
        assert!(Client::new("h:1", "a\r\nb").is_err());
    }

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(split(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}"), Some((200, "{}".to_owned())));
        assert_eq!(split(b"HTTP/1.1 404 Not Found\r\n\r\n"), Some((404, String::new())));
        assert_eq!(split(b"SSH-2.0"), None);
        assert_eq!(segment("a/b ü"), "a%2Fb%20%C3%BC");
    }
}
