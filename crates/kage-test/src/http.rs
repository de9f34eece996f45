//! Raw calls: a request as it travels, and the answer as it comes.

use crate::world::{Caller, World};
use kage_core::{Download, Origin};
use kage_pipeline::{Head, LiveAnswer, LiveReader, Opening};
use kage_schema::Body;
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};

/// A request that is still to be signed.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    /// The Region for which it is signed.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
    /// The method in capitals.
    pub method: &'a str,
    /// Raw path and query.
    pub target: &'a str,
    /// Headers besides `host` and those of the signature.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// A raw answer.
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty when it is a live stream.
    pub body: Vec<u8>,
    pub(crate) live: Option<LiveReader>,
}

impl HttpReply {
    /// The same, when the call worked.
    ///
    /// # Panics
    /// When it failed.
    #[track_caller]
    pub fn ok(self) -> HttpReply {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        self
    }

    /// The code of an XML error answer.
    ///
    /// # Panics
    /// When the call worked.
    #[track_caller]
    #[must_use]
    pub fn code(&self) -> String {
        assert!(self.status >= 300, "the call worked: {}", self.text());
        self.element("Code").unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The text of the first XML element of this name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    /// The texts of all XML elements of this name.
    #[must_use]
    pub fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        text.split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(inner, _)| inner.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&"))
            .collect()
    }
}

impl World {
    /// Makes a raw call. Without a caller it is unsigned.
    ///
    /// # Panics
    /// When it cannot be signed, or when the body of the answer cannot be read.
    pub fn http(&self, caller: Option<&Caller>, request: &HttpRequest<'_>) -> HttpReply {
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        let mut given: Vec<(&str, &[u8])> = vec![("host", b"127.0.0.1:4566")];
        given.extend(request.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let mut sent: Vec<(String, Vec<u8>)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        if let Some(caller) = caller {
            // S3 signs the path as it is, and the hash of the body in a header.
            let is_s3 = request.service == "s3";
            let signer = Signer {
                algorithm: Algorithm::HmacSha256,
                access_key: &caller.key,
                secret: &caller.secret,
                session_token: caller.token.as_deref(),
                region: request.region,
                service: request.service,
                path: PathRule { normalise: !is_s3, encode_again: !is_s3 },
                token_after_signing: false,
                send_content_sha256: is_s3,
            };
            let parts = RequestParts { method: request.method, path, query, headers: &given };
            let wall = self.pipeline.world().clock.wall().seconds();
            let payload = PayloadHash::Exact(sha256_hex(request.body));
            let signed = signer.sign(&parts, &payload, wall).expect("a signature");
            sent.extend(
                signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())),
            );
        }
        let head = Head {
            method: request.method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: sent,
            origin: Origin { source_ip: "192.0.2.1".to_owned(), secure: true, ..Origin::default() },
        };
        let answer = match self.pipeline.open(head) {
            Opening::Refused(answer) => answer,
            Opening::Body(mut intake) => match intake.write(request.body) {
                Ok(()) => intake.finish(),
                Err(answer) => *answer,
            },
        };
        let response = answer.response;
        let live = response.body.attached::<LiveAnswer>().map(|live| self.pipeline.live(&live));
        let body = match &response.body {
            Body::Bytes(bytes) => bytes.to_vec(),
            other => other.attached::<Download>().map(|body| self.read(&body)).unwrap_or_default(),
        };
        HttpReply { status: response.status, headers: response.headers, body, live }
    }

    fn read(&self, download: &Download) -> Vec<u8> {
        let mut reader = self.pipeline.download(download);
        let mut all = Vec::new();
        while let Some(piece) = reader.next_piece().expect("the body can be read") {
            all.extend(piece);
        }
        all
    }
}
