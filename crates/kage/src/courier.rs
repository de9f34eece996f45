//! HTTP requests to endpoints on this machine: subscriptions of SNS over http.

use kage_core::{Courier, Parcel, Receipt};
use std::io::Read as _;
use std::net::IpAddr;
use ureq::http::{Request, Uri};
use ureq::{Agent, RequestExt as _};

/// How much of an answer is kept, in bytes.
const BODY_MAX: u64 = 64 << 10;

/// Delivers over plain HTTP to loopback addresses alone: what a double sends must not leave the machine.
pub struct LoopbackCourier;

impl Courier for LoopbackCourier {
    fn deliver(&self, parcel: &Parcel) -> Result<Receipt, String> {
        let uri: Uri = parcel.url.parse().map_err(|error| format!("{} is no URL: {error}", parcel.url))?;
        require_loopback(&uri)?;
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(parcel.timeout))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let mut request = Request::builder().method(parcel.method.as_str()).uri(uri);
        for (name, value) in &parcel.headers {
            request = request.header(name, value);
        }
        let request = request.body(parcel.body.as_slice()).map_err(|error| error.to_string())?;
        let mut response = request.with_agent(&agent).run().map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        let read = response.body_mut().as_reader().take(BODY_MAX).read_to_end(&mut body);
        read.map_err(|error| error.to_string())?;
        Ok(Receipt { status, body })
    }
}

fn require_loopback(uri: &Uri) -> Result<(), String> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match (uri.scheme_str(), is_loopback) {
        (Some("http"), true) => Ok(()),
        (Some("http"), false) => Err(format!("{host} is not on this machine: nothing leaves the double")),
        _ => Err("only plain http is delivered".to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "the test is the endpoint")]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    fn parcel(url: &str) -> Parcel {
        Parcel {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: vec![("x-amz-sns-message-type".to_owned(), "Notification".to_owned())],
            body: b"hello".to_vec(),
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_parcel_comes_as_it_was_sent_and_any_status_is_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
        let endpoint = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 1024];
            while !seen.ends_with(b"hello") {
                let n = peer.read(&mut buffer).unwrap();
                seen.extend_from_slice(&buffer[..n]);
            }
            peer.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nlater").unwrap();
            String::from_utf8(seen).unwrap()
        });
        let receipt = LoopbackCourier.deliver(&parcel(&url)).unwrap();
        assert_eq!((receipt.status, receipt.body.as_slice()), (503, b"later".as_slice()));
        let seen = endpoint.join().unwrap();
        assert!(seen.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{seen}");
        assert!(seen.to_ascii_lowercase().contains("x-amz-sns-message-type: notification\r\n"), "{seen}");
    }

    #[test]
    fn nothing_leaves_the_machine() {
        for url in
            ["http://192.0.2.1/", "http://example.com/", "https://127.0.0.1/", "ftp://127.0.0.1/", "nonsense"]
        {
            assert!(LoopbackCourier.deliver(&parcel(url)).is_err(), "{url}");
        }
    }
}
