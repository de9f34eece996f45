//! TLS on the AWS port, with a client that checks certificates.

use crate::double::{Double, header, over_http2, status, until_closed};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use kage_http::Authority;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const REQUEST: &[u8] = b"GET /bucket HTTP/1.1\r\nHost: s3.amazonaws.com\r\nConnection: close\r\n\r\n";

async fn connect(
    double: &Double,
    trusted: &Authority,
    name: &'static str,
    protocols: &[&str],
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.certificate().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(double.aws).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await
}

#[tokio::test]
async fn plain_and_tls_share_the_port_under_every_name() {
    // claims: DATA-TLS-01
    let double = Double::strict().await;
    for name in ["localhost", "127.0.0.1", "::1", "my.bucket.s3.localhost", "sts.us-east-1.amazonaws.com"] {
        for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
            let mut stream = connect(&double, &double.authority, name, &[], versions).await.unwrap();
            stream.write_all(REQUEST).await.unwrap();
            let answer = until_closed(&mut stream).await;
            assert!(header(&answer, "x-amz-request-id").is_some(), "{name}: {answer}");
        }
        let plain = double.raw(REQUEST).await;
        assert!(header(&plain, "x-amz-request-id").is_some(), "{plain}");
    }
    double.stop().await;
}

#[tokio::test]
async fn http2_is_chosen_by_alpn() {
    let double = Double::strict().await;
    let both = &["h2", "http/1.1"];
    let stream = connect(&double, &double.authority, "localhost", both, rustls::ALL_VERSIONS).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let request = Request::get("https://s3.amazonaws.com/bucket").body(Full::new(Bytes::new())).unwrap();
    let (response, body) = over_http2(stream, request).await;
    assert!(response.headers().contains_key("x-amz-request-id"), "{response:?} {body}");

    let old = connect(&double, &double.authority, "localhost", &["http/1.1"], rustls::ALL_VERSIONS).await;
    let mut old = old.unwrap();
    old.write_all(REQUEST).await.unwrap();
    assert!(status(&until_closed(&mut old).await) >= 400);
    double.stop().await;
}

/// A ClientHello that offers nothing newer than this version (RFC 5246, section 7.4.1.2).
fn hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA and one of TLS 1.2; no compression.
    body.extend([0, 0, 4, 0xc0, 0x09, 0xc0, 0x2b, 1, 0]);
    // Extensions: the groups and signature schemes that the server's key needs.
    body.extend([0, 22, 0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 4, 0, 2, 4, 3]);
    let mut message = vec![1, 0, 0, body.len() as u8];
    message.extend(body);
    let mut record = vec![0x16, 3, 1, 0, message.len() as u8];
    record.extend(message);
    record
}

#[tokio::test]
async fn versions_below_1_2_are_refused() {
    let double = Double::strict().await;
    for (minor, kind, detail) in [(1, 21, 70), (2, 21, 70), (3, 22, 2)] {
        let mut stream = TcpStream::connect(double.aws).await.unwrap();
        stream.write_all(&hello(minor)).await.unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.unwrap();
        // An alert `protocol_version` (RFC 8446, section 6.2), or for TLS 1.2 a ServerHello.
        let told = if kind == 21 { answer[6] } else { answer[5] };
        assert_eq!((answer[0], told), (kind, detail), "TLS 1.{}: {answer:?}", minor - 1);
    }
    double.stop().await;
}

#[tokio::test]
async fn a_client_that_trusts_another_authority_refuses() {
    let double = Double::strict().await;
    let other = Authority::generate(double.world.clock.wall()).unwrap();
    let refused = connect(&double, &other, "localhost", &[], rustls::ALL_VERSIONS).await;
    assert!(refused.is_err());
    double.stop().await;
}

#[tokio::test]
async fn a_stored_authority_signs_what_its_first_certificate_vouches_for() {
    let now = kage_core::Clock::system().wall();
    let first = Authority::generate(now).unwrap();
    let again = Authority::load(first.certificate_pem(), first.key_pem(), now.plus_seconds(86_400)).unwrap();
    assert_eq!(again.certificate(), first.certificate());
    assert_eq!(again.key_pem(), first.key_pem());
    let double = Double::strict_with(again).await;
    let stream = connect(&double, &first, "localhost", &[], rustls::ALL_VERSIONS).await;
    assert!(stream.is_ok(), "{:?}", stream.err());
    assert!(Authority::load(first.certificate_pem(), "no key", now).is_err());
    assert!(Authority::load("no certificate", first.key_pem(), now).is_err());
    double.stop().await;
}
