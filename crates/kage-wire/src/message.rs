//! What goes in and what comes out.

use kage_schema::Body;
use std::fmt;

/// A request that was routed to an operation. Its `Debug` form shows neither headers, query nor body: they hold secrets.
#[derive(Clone)]
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path as it was sent, percent-encoded, without the query. S3's virtual-host form has been made path form.
    pub path: &'a str,
    /// The query as it was sent, without `?`.
    pub query: &'a str,
    /// All headers in the order received. Names are compared without regard to case.
    pub headers: &'a [(String, String)],
    /// The whole body; empty when it is in `streaming`.
    pub body: &'a [u8],
    /// The body of an operation with a streaming payload, when it is not in `body`.
    pub streaming: Option<Body>,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} <{} bytes>", self.method, self.path, self.body.len())
    }
}

impl<'a> Request<'a> {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All headers of that name.
    pub fn headers_named<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An answer, ready to be sent. `Content-Length`, `Date` and `Connection` are the sender's business, and so is
/// leaving out the body of an answer to `HEAD`.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in the order to be sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Sets the header unless there is one of that name.
    pub(crate) fn push_default(&mut self, name: &str, value: &str) {
        if self.header(name).is_none() {
            self.push(name, value);
        }
    }
}
