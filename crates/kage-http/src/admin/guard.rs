//! Who may speak to the admin port.

use super::Failure;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap};
use hyper::http::uri::Authority;
use std::net::IpAddr;

/// Refuses requests that name another host than this one: a web page whose name was made to point here (DNS rebinding)
/// would send its own name.
pub fn check_host(
    headers: &HeaderMap,
    authority: Option<&Authority>,
    listening_on: IpAddr,
) -> Result<(), Failure> {
    let named = headers.get(HOST).and_then(|host| host.to_str().ok()).or(authority.map(Authority::as_str));
    let host = named.and_then(|named| named.parse::<Authority>().ok());
    let known = host.as_ref().is_some_and(|authority| {
        let host = authority.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| address.is_loopback() || address == listening_on)
    });
    if known {
        return Ok(());
    }
    let error = format!("the Host header names {}, which is not this server", named.unwrap_or("nothing"));
    Err(Failure::new(403, error, "call the admin endpoint as 127.0.0.1 or localhost"))
}

/// Refuses requests without the token.
pub fn check_token(headers: &HeaderMap, token: &str) -> Result<(), Failure> {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    // In constant time: how long the comparison takes tells nothing about the token.
    let same =
        |shown: &[u8]| aws_lc_rs::constant_time::verify_slices_are_equal(shown, token.as_bytes()).is_ok();
    match shown {
        Some(shown) if same(shown) => Ok(()),
        Some(_) => Err(Failure::new(401, "the token is wrong", HINT)),
        None => Err(Failure::new(401, "the admin endpoint wants a token", HINT)),
    }
}

const HINT: &str = "send Authorization: Bearer …; the token stands in the file `token` of the data directory";

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn host(value: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(value))]);
        check_host(&headers, None, "192.0.2.7".parse().unwrap()).is_ok()
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for good in
            ["127.0.0.1:4567", "localhost", "LOCALHOST:1", "[::1]:4567", "192.0.2.7:4567", "127.9.9.9"]
        {
            assert!(host(good), "{good}");
        }
        for bad in
            ["evil.example:4567", "localhost.evil.example", "127.0.0.1.evil.example", "", "192.0.2.8", "a b"]
        {
            assert!(!host(bad), "{bad}");
        }
        assert!(check_host(&HeaderMap::new(), None, "127.0.0.1".parse().unwrap()).is_err());
    }

    #[test]
    fn only_the_whole_token_is_taken() {
        let shown = |value: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
            check_token(&headers, "secret").is_ok()
        };
        assert!(shown("Bearer secret"));
        for bad in ["Bearer secre", "Bearer secret2", "Bearer ", "Basic secret", "secret", "bearer secret"] {
            assert!(!shown(bad), "{bad}");
        }
        assert!(check_token(&HeaderMap::new(), "secret").is_err());
    }
}
