//! kill -9 under write load, the whole binary: what was answered is there, with its record, and nothing is half done.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a client of the binary under test")]

use crate::kage::Desk;
use kage_identity::users;
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use kage_store::{Options, Reads, Store};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

const ACCOUNT: &str = "111111111111";

/// A signed request for `CreateUser`.
fn request(key: &str, secret: &str, name: &str) -> Vec<u8> {
    let form = format!("Action=CreateUser&Version=2010-05-08&UserName={name}");
    let signer = Signer {
        algorithm: Algorithm::HmacSha256,
        access_key: key,
        secret,
        session_token: None,
        region: "us-east-1",
        service: "iam",
        path: PathRule { normalise: true, encode_again: true },
        token_after_signing: false,
        send_content_sha256: false,
    };
    let given: [(&str, &[u8]); 2] =
        [("host", b"127.0.0.1"), ("content-type", b"application/x-www-form-urlencoded")];
    let parts = RequestParts { method: "POST", path: "/", query: "", headers: &given };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let payload = PayloadHash::Exact(sha256_hex(form.as_bytes()));
    let signed = signer.sign(&parts, &payload, i64::try_from(now).unwrap()).unwrap();
    let mut text =
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n"
            .to_owned();
    for (name, value) in signed.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{form}", form.len()));
    text.into_bytes()
}

/// Sends requests on one connection until it breaks; notes every name that was answered with 200.
fn load(
    address: &str,
    key: &str,
    secret: &str,
    prefix: &str,
    answered: &Mutex<Vec<String>>,
    count: &AtomicUsize,
) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        if stream.write_all(&request(key, secret, &name)).is_err() {
            return;
        }
        let mut status = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(read) if read > 0) {
                return;
            }
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        assert!(status.contains(" 200 "), "{status}{}", String::from_utf8_lossy(&body));
        answered.lock().unwrap().push(name);
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// The names that `CreateUser` records say were made.
fn recorded(reads: &dyn Reads) -> HashMap<String, usize> {
    let stream = kage_record::stream_name(ACCOUNT, "us-east-1", true);
    let mut names = HashMap::new();
    for stored in kage_record::read(reads, &stream, 0, usize::MAX).unwrap() {
        let event: &Value = &stored.event;
        if event["eventName"] == "CreateUser" && event.get("errorCode").is_none() {
            *names.entry(event["requestParameters"]["userName"].as_str().unwrap().to_owned()).or_insert(0) +=
                1;
        }
    }
    names
}

#[test]
fn what_was_answered_survives_kill_9_with_its_record() {
    let rounds = std::env::var("KAGE_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let desk = Desk::new();
    let data = desk.path().join("data");
    let path = data.to_str().unwrap().to_owned();
    let answered = Arc::new(Mutex::new(Vec::new()));
    for round in 0..rounds {
        let up = desk.up(&["--data", &path]);
        let shown = desk.run(&["--data", &path, "env", "--json"]).good().json();
        let text =
            |name: &str| shown[name].as_str().unwrap_or_else(|| panic!("no {name} in {shown}")).to_owned();
        let (key, secret) = (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY"));
        let address = up.text("endpoint").trim_start_matches("http://").to_owned();
        let count = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let (address, key, secret) = (address.clone(), key.clone(), secret.clone());
                let (answered, count) = (Arc::clone(&answered), Arc::clone(&count));
                let prefix = format!("u-{round}-{thread}");
                std::thread::spawn(move || load(&address, &key, &secret, &prefix, &answered, &count))
            })
            .collect();
        // AWS allows 5,000 users in an account, so a long run takes smaller bites.
        let enough = 60 + 137 * round % 100;
        while count.load(Ordering::SeqCst) < enough {
            assert!(!threads.iter().all(std::thread::JoinHandle::is_finished), "the load ended by itself");
            std::thread::yield_now();
        }
        assert_eq!(up.signal("KILL"), None);
        threads.into_iter().for_each(|thread| thread.join().unwrap());

        let store = Store::open(&data.join("store"), Options::default()).unwrap();
        let reads = store.read();
        let records = recorded(&reads);
        let kept: Vec<String> =
            users::list(&reads, ACCOUNT).unwrap().into_iter().map(|user| user.name).collect();
        for name in answered.lock().unwrap().iter() {
            assert!(users::find(&reads, ACCOUNT, name).unwrap().is_some(), "{name} was answered and is lost");
            assert_eq!(records.get(name), Some(&1), "{name} was answered and has no record");
        }
        for name in kept.iter().filter(|name| name.starts_with("u-")) {
            assert_eq!(records.get(name), Some(&1), "{name} is there without its record");
        }
        assert_eq!(records.len(), kept.len() - 1, "a record without its user");
    }
}
