//! Signed calls on one connection, for tests whose double may be killed in the middle of an answer.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a client of the binary under test")]

use crate::kage::{Desk, Up};
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a double is, and the administrator's key.
#[derive(Clone)]
pub struct Keys {
    address: String,
    access_key: String,
    secret: String,
}

impl Keys {
    /// Those of a double that is up.
    pub fn of(desk: &Desk, up: &Up, data: &str) -> Keys {
        let shown = desk.run(&["--data", data, "env", "--json"]).good().json();
        let text = |name: &str| shown[name].as_str().unwrap().to_owned();
        Keys {
            address: up.text("endpoint").trim_start_matches("http://").to_owned(),
            access_key: text("AWS_ACCESS_KEY_ID"),
            secret: text("AWS_SECRET_ACCESS_KEY"),
        }
    }

    /// A connection; none when nobody listens any more.
    pub fn connect(&self) -> Option<Connection> {
        let stream = TcpStream::connect(&self.address).ok()?;
        stream.set_nodelay(true).ok()?;
        let reader = BufReader::new(stream.try_clone().ok()?);
        Some(Connection { keys: self.clone(), stream, reader })
    }
}

/// A request without its signature.
pub struct Request<'a> {
    pub service: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub request_id: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, after making sure that it went well.
    #[track_caller]
    pub fn ok(self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert!((200..300).contains(&self.status), "{} {text}", self.status);
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// A connection that is kept open.
pub struct Connection {
    keys: Keys,
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// Sends a request and reads its answer; none when the connection broke before the answer was complete.
    pub fn send(&mut self, request: &Request<'_>) -> Option<Answer> {
        let bytes = self.signed(request);
        self.stream.write_all(&bytes).ok()?;
        let (mut status, mut length, mut request_id) = (None, 0, String::new());
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
            }
            if line == "\r\n" {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "x-amzn-requestid" => request_id = value.trim().to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        Some(Answer { status: status?, request_id, body })
    }

    /// A call in the JSON protocol.
    pub fn json(&mut self, service: &str, target: &str, input: &Value) -> Option<Answer> {
        let version =
            if service == "sqs" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
        let headers = [("content-type", version), ("x-amz-target", target)];
        let body = input.to_string();
        self.send(&Request { service, method: "POST", path: "/", headers: &headers, body: body.as_bytes() })
    }

    fn signed(&self, request: &Request<'_>) -> Vec<u8> {
        let signer = Signer {
            algorithm: Algorithm::HmacSha256,
            access_key: &self.keys.access_key,
            secret: &self.keys.secret,
            session_token: None,
            region: "us-east-1",
            service: request.service,
            path: PathRule { normalise: request.service != "s3", encode_again: request.service != "s3" },
            token_after_signing: false,
            send_content_sha256: request.service == "s3",
        };
        let mut given: Vec<(&str, &[u8])> = vec![("host", b"127.0.0.1")];
        given.extend(request.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
        let parts = RequestParts { method: request.method, path, query, headers: &given };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let payload = PayloadHash::Exact(sha256_hex(request.body));
        let signed = signer.sign(&parts, &payload, i64::try_from(now).unwrap()).unwrap();
        let mut text = format!("{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\n", request.method, request.path);
        for (name, value) in request.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        for (name, value) in signed.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(request.body);
        bytes
    }
}
