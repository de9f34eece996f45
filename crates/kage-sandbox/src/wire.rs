//! As much HTTP/1.1 as the Runtime API needs, for requests of foreign code.

use std::io::{self, BufRead, BufReader, Read, Write};

/// The longest head of a request.
const HEAD_MAX: u64 = 64 << 10;
/// The longest body that is read; answers of functions may have 6 MB.
pub(crate) const BODY_MAX: usize = 16 << 20;

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    /// `GET`.
    pub(crate) method: String,
    /// The path without a query.
    pub(crate) path: String,
    /// Headers with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; `None` when it was longer than [`BODY_MAX`].
    pub(crate) body: Option<Vec<u8>>,
}

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Both directions of a connection.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A connection of a runtime.
pub(crate) struct Connection(BufReader<Box<dyn Stream>>);

impl Connection {
    /// Wraps a stream.
    pub(crate) fn new(stream: Box<dyn Stream>) -> Connection {
        Connection(BufReader::new(stream))
    }

    /// The next request; `None` at the end.
    ///
    /// # Errors
    /// A request that is no HTTP/1.1, and those of the stream.
    pub(crate) fn read(&mut self) -> io::Result<Option<Request>> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut lines = Vec::new();
        let mut left = HEAD_MAX;
        loop {
            let mut line = String::new();
            let count = (&mut self.0).take(left).read_line(&mut line)?;
            left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
            if count == 0 {
                return if lines.is_empty() { Ok(None) } else { Err(bad("the head is cut off")) };
            }
            let line = line.trim_end().to_owned();
            if !line.is_empty() {
                lines.push(line);
            } else if !lines.is_empty() {
                break;
            }
        }
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        let mut words = first.split(' ');
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Err(bad("no request line"));
        };
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let mut request = Request { method: method.to_owned(), path, headers, body: None };
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.0.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = self.body(&request)?;
        Ok(Some(request))
    }

    fn body(&mut self, request: &Request) -> io::Result<Option<Vec<u8>>> {
        let bad = |_| io::Error::new(io::ErrorKind::InvalidData, "a length that is no number");
        if request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return self.chunks();
        }
        let length: u64 = request.header("content-length").unwrap_or("0").parse().map_err(bad)?;
        let mut body = Vec::new();
        let limit = u64::try_from(BODY_MAX).unwrap_or(u64::MAX);
        self.exactly(length.min(limit), &mut body)?;
        if length > limit {
            io::copy(&mut (&mut self.0).take(length.saturating_sub(limit)), &mut io::sink())?;
            return Ok(None);
        }
        Ok(Some(body))
    }

    /// Reads so many bytes. A peer that ends in the middle has said nothing: half an answer is none.
    fn exactly(&mut self, length: u64, into: &mut Vec<u8>) -> io::Result<()> {
        let read = (&mut self.0).take(length).read_to_end(into)?;
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn chunks(&mut self) -> io::Result<Option<Vec<u8>>> {
        let bad = |_| io::Error::new(io::ErrorKind::InvalidData, "a chunk without a size");
        let mut body = Vec::new();
        let mut fits = true;
        loop {
            let mut line = String::new();
            (&mut self.0).take(1024).read_line(&mut line)?;
            let size = line.trim().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(size, 16).map_err(bad)?;
            if size == 0 {
                break;
            }
            fits = fits && size.saturating_add(body.len() as u64) <= BODY_MAX as u64;
            match fits {
                true => self.exactly(size, &mut body)?,
                false => io::copy(&mut (&mut self.0).take(size), &mut io::sink()).map(|_| ())?,
            }
            let mut end = String::new();
            (&mut self.0).take(2).read_line(&mut end)?;
        }
        // Trailers (of streamed answers) end with an empty line.
        loop {
            let mut line = String::new();
            if (&mut self.0).take(HEAD_MAX).read_line(&mut line)? == 0 || line.trim().is_empty() {
                return Ok(fits.then_some(body));
            }
        }
    }

    /// Writes an answer.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) fn write(&mut self, status: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
        let mut out = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
        for (name, value) in headers {
            // A value that would end the line is a stranger's: it stays in its line.
            let value = value.replace(['\r', '\n'], " ");
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut bytes = out.into_bytes();
        bytes.extend_from_slice(body);
        let stream = self.0.get_mut();
        stream.write_all(&bytes)?;
        stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn requests_are_read_one_after_another() {
        let (mut client, server) = UnixStream::pair().unwrap();
        client.write_all(b"POST /a?b HTTP/1.1\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi").unwrap();
        client.write_all(b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n").unwrap();
        client.write_all(b"GET /d HTTP/1.1\r\n\r\n").unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut connection = Connection::new(Box::new(server));
        let first = connection.read().unwrap().unwrap();
        assert_eq!(
            (first.path.as_str(), first.header("x-a"), first.body.clone()),
            ("/a", Some("b"), Some(b"hi".to_vec()))
        );
        assert_eq!(connection.read().unwrap().unwrap().body, Some(b"abcde".to_vec()));
        assert_eq!(connection.read().unwrap().unwrap().method, "GET");
        assert!(connection.read().unwrap().is_none());
    }

    #[test]
    fn half_a_body_is_no_request() {
        for half in ["Content-Length: 9\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"] {
            let (mut client, server) = UnixStream::pair().unwrap();
            client.write_all(format!("POST / HTTP/1.1\r\n{half}").as_bytes()).unwrap();
            drop(client);
            assert!(Connection::new(Box::new(server)).read().is_err(), "{half}");
        }
    }

    #[test]
    fn what_is_no_request_is_an_error_and_what_is_too_long_is_dropped() {
        let (mut client, server) = UnixStream::pair().unwrap();
        let writer = std::thread::spawn(move || {
            client
                .write_all(format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", BODY_MAX + 1).as_bytes())
                .unwrap();
            client.write_all(&vec![0; BODY_MAX + 1]).unwrap();
            client.write_all(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n").unwrap();
        });
        let mut connection = Connection::new(Box::new(server));
        assert!(connection.read().unwrap().unwrap().body.is_none());
        assert!(connection.read().is_err());
        writer.join().unwrap();
    }
}
