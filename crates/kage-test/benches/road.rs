//! Whole calls through the real pipeline in this process, and the commit that ends them. `cargo bench -p kage-test`.
//!
//! Requests are signed before the measuring begins, as a server receives them; the double's clock stands still. State is
//! in memory, so the disk is not measured here (`cargo bench -p kage-store`, `cargo xtask bench peer`).

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a bench measures time, is told by its environment what to do, and stops where a call fails"
)]

use kage_core::Origin;
use kage_pipeline::{Answer, Head, Opening};
use kage_schema::Body;
use kage_sigv4::{Algorithm, PayloadHash, RequestParts, Signer, VerifyOptions, sha256_hex};
use kage_store::{Store, Transaction};
use kage_test::{Caller, World};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What `cargo xtask bench` counts the instructions of, when it says how often to run.
#[inline(never)]
fn counted(times: u32, run: &mut dyn FnMut()) {
    for _ in 0..times {
        run();
    }
}

fn measure(name: &str, mut run: impl FnMut()) {
    for _ in 0..10 {
        run();
    }
    if let Some(times) = std::env::var("KAGE_BENCH_COUNT").ok().and_then(|text| text.parse().ok()) {
        counted(times, &mut run);
        println!("counted: {name}");
        return;
    }
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let start = Instant::now();
        let mut rounds = 0_u32;
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..20 {
                run();
            }
            rounds += 20;
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(rounds));
    }
    println!("{name:<58} {:>12.0}/s {:>9.0} ns", 1.0 / best, best * 1e9);
}

/// A signed request.
struct Request {
    head: Head,
    body: Vec<u8>,
}

impl Request {
    fn new(
        world: &World,
        caller: &Caller,
        service: &str,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Request {
        let is_s3 = service == "s3";
        let options = if is_s3 { VerifyOptions::s3(None) } else { VerifyOptions::generic(&[], None) };
        let signer = Signer {
            algorithm: Algorithm::HmacSha256,
            access_key: &caller.key,
            secret: &caller.secret,
            session_token: caller.token.as_deref(),
            region: "us-east-1",
            service,
            path: options.path,
            token_after_signing: false,
            send_content_sha256: is_s3,
        };
        let length = body.len().to_string();
        let mut given: Vec<(&str, &[u8])> =
            vec![("host", b"127.0.0.1:4566"), ("content-length", length.as_bytes())];
        given.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let parts = RequestParts { method, path, query: "", headers: &given };
        let payload = PayloadHash::Exact(sha256_hex(body));
        let now = world.pipeline.world().clock.wall().seconds();
        let signed = signer.sign(&parts, &payload, now).expect("a signature");
        let mut sent: Vec<(String, Vec<u8>)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        sent.extend(signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())));
        let origin = Origin { source_ip: "192.0.2.1".to_owned(), secure: true, ..Origin::default() };
        let (method, path) = (method.to_owned(), path.to_owned());
        let head = Head { method, path, query: String::new(), headers: sent, origin };
        Request { head, body: body.to_vec() }
    }

    fn send(&self, world: &World) -> Answer {
        match world.pipeline.open(self.head.clone()) {
            Opening::Refused(answer) => answer,
            Opening::Body(mut intake) => match intake.write(&self.body) {
                Ok(()) => intake.finish(),
                Err(answer) => *answer,
            },
        }
    }

    fn measure(&self, name: &str, world: &World, status: u16) {
        measure(name, || {
            let answer = self.send(world);
            assert_eq!(answer.response.status, status, "{name}");
            black_box(answer);
        });
    }
}

fn kms(world: &World, caller: &Caller, operation: &str, input: &str) -> Request {
    let target = format!("TrentService.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
    Request::new(world, caller, "kms", ("POST", "/"), &headers, input.as_bytes())
}

fn calls() {
    let services = vec![kage_iam::service(), kage_sts::service(), kage_kms::service(), kage_s3::service()];
    let world = World::new(services);
    let admin = world.admin();
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let request = Request::new(&world, &admin, "sts", ("POST", "/"), &form, body);
    request.measure("call STS GetCallerIdentity", &world, 200);

    let made = kms(&world, &admin, "CreateKey", "{}").send(&world);
    let Body::Bytes(made) = made.response.body else { return };
    let made: serde_json::Value = serde_json::from_slice(&made).expect("an answer");
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("a key");
    // 16 bytes in base64.
    let input = format!(r#"{{"KeyId":"{key}","Plaintext":"MDEyMzQ1Njc4OWFiY2RlZg=="}}"#);
    kms(&world, &admin, "Encrypt", &input).measure("call KMS Encrypt", &world, 200);
    let bob = world.user(&admin, "bob");
    kms(&world, &bob, "Encrypt", &input).measure("call KMS Encrypt, denied", &world, 400);

    let bucket = Request::new(&world, &admin, "s3", ("PUT", "/bench"), &[], b"").send(&world);
    assert_eq!(bucket.response.status, 200, "the bucket");
    let body: Vec<u8> = (0..=255).cycle().take(1024).collect();
    let put = Request::new(&world, &admin, "s3", ("PUT", "/bench/key"), &[], &body);
    put.measure("call S3 PutObject 1 KiB", &world, 200);
    let get = Request::new(&world, &admin, "s3", ("GET", "/bench/key"), &[], b"");
    get.measure("call S3 GetObject 1 KiB", &world, 200);
}

/// A transaction as one call makes it: a row of 512 bytes, two index rows, one entry of 200.
fn write(txn: &mut Transaction, number: u64) {
    let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    txn.put("rows", &id, &[7; 512]);
    txn.put("by-time", &number.to_be_bytes(), &id);
    txn.put("by-name", &id, &number.to_be_bytes());
    txn.append("events", &[9; 200]);
}

fn main() {
    let store = Store::ephemeral();
    let mut number = 0;
    measure("commit of three rows and a record, in memory", || {
        number += 1;
        let mut txn = store.begin();
        write(&mut txn, number);
        txn.commit().and_then(|ticket| ticket.wait()).expect("a commit");
    });
    calls();
}
