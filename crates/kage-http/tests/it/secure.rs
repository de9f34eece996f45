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
use tokio::io::AsyncWriteExt as _;
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
