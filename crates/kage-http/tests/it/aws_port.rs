//! Plain HTTP on the AWS port: protocols, limits, `Expect`, bodies, stopping.

use crate::double::{Double, header, one_answer, over_http2, status, until_closed};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A call that is complete only with its body: the action stands in it.
fn query_call(extra: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n{extra}\r\n{body}",
        body.len()
    )
}

const UNKNOWN_KEY: &str = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, \
     SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
     Signature=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\
     X-Amz-Date: 20260101T000000Z\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n";

#[tokio::test]
async fn a_connection_carries_many_calls() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        stream.write_all(query_call("", "Action=Nothing&Version=2010-05-08").as_bytes()).await.unwrap();
        let answer = one_answer(&mut stream, false).await;
        assert!(status(&answer) >= 400, "{answer}");
        assert!(header(&answer, "date").unwrap().ends_with(" GMT"), "{answer}");
        ids.push(header(&answer, "x-amzn-requestid").unwrap().to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "every call has its own request id");
    double.stop().await;
}

#[tokio::test]
async fn a_request_may_come_in_any_pieces() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    // `P` could begin HTTP/2's preface too.
    for piece in
        ["P", "O", "ST / HT", "TP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Le", "ngth: 0\r\n\r", "\n"]
    {
        stream.write_all(piece.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(status(&one_answer(&mut stream, false).await) >= 400);
    double.stop().await;
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_spoken_on_the_same_port() {
    let double = Double::strict().await;
    let one = double.raw(query_call("Connection: close\r\n", "Action=Nothing").as_bytes()).await;
    let request = Request::post("http://iam.amazonaws.com/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from_static(b"Action=Nothing")))
        .unwrap();
    let (response, body) = over_http2(TcpStream::connect(double.aws).await.unwrap(), request).await;
    assert_eq!(response.version(), hyper::Version::HTTP_2);
    assert_eq!(response.status().as_u16(), status(&one), "{body}");
    assert!(response.headers().contains_key("date"));
    assert_eq!(response.headers()["content-length"], body.len().to_string());
    double.stop().await;
}

#[tokio::test]
async fn a_refused_call_never_gets_its_body_sent() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    let head = format!(
        "PUT /bucket/key HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: 5000000000\r\n\
         Expect: 100-continue\r\n{UNKNOWN_KEY}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = one_answer(&mut stream, false).await;
    assert_eq!(status(&answer), 403, "the final answer comes first: {answer}");
    drop(stream);
    double.stop().await;
}

#[tokio::test]
async fn a_call_that_needs_its_body_is_told_to_continue() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    // An unsigned upload: S3 alone answers unsigned calls, and decides when it has the body.
    let head =
        "PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(status(&one_answer(&mut stream, true).await), 100);
    stream.write_all(b"body").await.unwrap();
    let answer = one_answer(&mut stream, false).await;
    assert!(status(&answer) >= 400, "{answer}");
    double.stop().await;
}

#[tokio::test]
async fn an_answer_to_head_has_a_length_and_no_body() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    let head =
        format!("HEAD /bucket HTTP/1.1\r\nHost: s3.amazonaws.com\r\nConnection: close\r\n{UNKNOWN_KEY}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert_eq!(status(&answer), 403);
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    double.stop().await;
}

/// What is wrong with HTTP itself is answered without a body, and above all without HTML.
fn assert_bare(answer: &str, expected: u16) {
    assert_eq!(status(answer), expected, "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn heads_have_limits() {
    let double = Double::strict().await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Amz-Meta-A: {}\r\n\r\n", "a".repeat(80 * 1024));
    assert_bare(&double.raw(long.as_bytes()).await, 431);
    let many: String = (0..300).map(|number| format!("X-{number}: a\r\n")).collect();
    assert_bare(&double.raw(format!("GET / HTTP/1.1\r\n{many}\r\n").as_bytes()).await, 431);
    // 32 KiB of session token and the like are fine.
    let fine =
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: {}\r\n\r\n", "a".repeat(32 * 1024));
    let answer = double.raw(fine.as_bytes()).await;
    assert!(
        header(&answer, "x-amzn-requestid").or(header(&answer, "x-amz-request-id")).is_some(),
        "{answer}"
    );
    double.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let double = Double::strict().await;
    assert_bare(&double.raw(b"GET /\r\n\r\n").await, 400);
    assert_bare(
        &double.raw(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").await,
        400,
    );
    assert_bare(&double.raw(b"GET / HTTP/1.1\r\nbad header\r\n\r\n").await, 400);
    double.stop().await;
}

#[tokio::test]
async fn a_body_in_memory_has_a_limit_and_its_sender_reads_the_answer() {
    let double = Double::strict().await;
    let mut stream = TcpStream::connect(double.aws).await.unwrap();
    let length = 17 * 1024 * 1024;
    let head = query_call("Connection: close\r\n", "")
        .replace("Content-Length: 0", &format!("Content-Length: {length}"));
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let sending = tokio::spawn(async move {
        let piece = vec![b'a'; 64 * 1024];
        for _ in 0..length / piece.len() {
            if writing.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!((400..500).contains(&status(&answer)), "{answer}");
    sending.await.unwrap();
    double.stop().await;
}

#[tokio::test]
async fn a_peer_that_goes_away_harms_nobody() {
    let double = Double::strict().await;
    for cut in [
        "",
        "PO",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nAct",
    ] {
        let mut stream = TcpStream::connect(double.aws).await.unwrap();
        stream.write_all(cut.as_bytes()).await.unwrap();
        drop(stream);
    }
    let answer = double.raw(query_call("Connection: close\r\n", "Action=Nothing").as_bytes()).await;
    assert!(header(&answer, "x-amzn-requestid").is_some(), "{answer}");
    double.stop().await;
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_closes_the_port() {
    let double = Double::strict().await;
    let address = double.aws;
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut used = TcpStream::connect(address).await.unwrap();
    used.write_all(query_call("", "Action=Nothing").as_bytes()).await.unwrap();
    one_answer(&mut used, false).await;
    // Ends by itself well before the time after which connections are cut off: the test would hang or fail otherwise.
    tokio::time::timeout(std::time::Duration::from_secs(5), double.stop()).await.unwrap();
    assert_eq!(until_closed(&mut used).await, "");
    assert_eq!(until_closed(&mut idle).await, "");
    assert!(TcpStream::connect(address).await.is_err());
}
