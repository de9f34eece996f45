//! Verifications per second, printed. Run with `cargo bench -p kage-sigv4`.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures wall time and is told by its environment what to do"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use kage_sigv4::{
    Algorithm, AsymmetricKey, Body, ChunkLimits, KeyMaterial, PayloadHash, Piece, RequestParts, Signer,
    SigningKey, VerifyOptions, sha256_hex, verify,
};

const NOW: i64 = 1_440_938_160;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const BODY: &[u8] = b"Action=ListUsers&Version=2010-05-08";

/// What `cargo xtask bench` counts the instructions of, when it says how often to run.
#[inline(never)]
fn counted(times: u32, run: &mut dyn FnMut()) {
    for _ in 0..times {
        run();
    }
}

fn rate(name: &str, bytes: usize, mut run: impl FnMut() -> bool) {
    if !run() {
        println!("{name}: refused");
        return;
    }
    if let Some(times) = std::env::var("KAGE_BENCH_COUNT").ok().and_then(|text| text.parse().ok()) {
        counted(times, &mut || {
            black_box(run());
        });
        println!("counted: {name}");
        return;
    }
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..64 {
            black_box(run());
        }
        count += 64;
    }
    let per_second = f64::from(count) / start.elapsed().as_secs_f64();
    let speed = match bytes {
        0 => String::new(),
        _ => format!("  {:.0} MB/s", per_second * bytes as f64 / 1e6),
    };
    println!("{name:<58} {per_second:>12.0}/s {:>9.0} ns{speed}", 1e9 / per_second);
}

fn signer(algorithm: Algorithm) -> Signer<'static> {
    Signer {
        algorithm,
        access_key: "AKIDEXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: "iam",
        path: VerifyOptions::generic(&[], None).path,
        token_after_signing: false,
        send_content_sha256: false,
    }
}

fn requests(algorithm: Algorithm) {
    let signer = signer(algorithm);
    let base: [(&str, &[u8]); 3] = [
        ("host", b"iam.amazonaws.com"),
        ("content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        ("user-agent", b"aws-cli/2.31.0 md/awscrt#0.27.6"),
    ];
    let unsigned = RequestParts { method: "POST", path: "/", query: "", headers: &base };
    let hash = sha256_hex(BODY);
    let payload = PayloadHash::Exact(hash.clone());
    let Ok(signed) = signer.sign(&unsigned, &payload, NOW) else { return };
    let mut headers = base.to_vec();
    headers.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    let parts = RequestParts { headers: &headers, ..unsigned };
    let mut body = [0_u8; 32];
    if hex::decode_to_slice(&hash, &mut body).is_err() {
        return;
    }
    let options = VerifyOptions::generic(&["iam"], Some("us-east-1"));
    let judge = |key: KeyMaterial<'_>| {
        let Ok(Some(claim)) = kage_sigv4::parse(&parts) else { return false };
        verify(&parts, &claim, key, Body::Sha256(body), NOW, &options).is_ok()
    };
    let name = algorithm.as_str();
    rate(&format!("sign, {name}"), 0, || signer.sign(&unsigned, &payload, NOW).is_ok());
    match algorithm {
        Algorithm::HmacSha256 => {
            let key = SigningKey::derive(SECRET, "20150830", "us-east-1", "iam");
            rate(&format!("verify, {name}, kept key"), 0, || judge(KeyMaterial::Signing(&key)));
            rate(&format!("verify, {name}, derived key"), 0, || judge(KeyMaterial::Secret(SECRET)));
        }
        Algorithm::EcdsaP256Sha256 => {
            let Some(key) = AsymmetricKey::derive("AKIDEXAMPLE", SECRET) else { return };
            rate(&format!("verify, {name}, kept key"), 0, || judge(KeyMaterial::Asymmetric(&key)));
            rate(&format!("verify, {name}, derived key"), 0, || judge(KeyMaterial::Secret(SECRET)));
        }
    }
}

fn chunks() {
    let signer = signer(Algorithm::HmacSha256);
    let base: [(&str, &[u8]); 2] =
        [("host", b"b.s3.amazonaws.com"), ("x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")];
    let parts = RequestParts { method: "PUT", path: "/k", query: "", headers: &base };
    let Ok(signed) = signer.sign(&parts, &PayloadHash::StreamingSigned, NOW) else { return };
    let mut headers = base.to_vec();
    let added = signed.headers.clone();
    headers.extend(added.iter().map(|(name, value)| (*name, value.as_bytes())));
    let parts = RequestParts { headers: &headers, ..parts };
    let mut stream = Vec::new();
    let mut writer = signed.chunk_signer();
    let data = vec![7_u8; 65_536];
    let written = (0..4).try_for_each(|_| writer.chunk(&data, &mut stream));
    if written.and_then(|()| writer.finish(None, &mut stream)).is_err() {
        return;
    }
    let options = VerifyOptions { services: &[], ..VerifyOptions::s3(None) };
    rate("verify, four signed chunks of 64 KiB", data.len() * 4, || {
        let Ok(Some(claim)) = kage_sigv4::parse(&parts) else { return false };
        let verified = verify(&parts, &claim, KeyMaterial::Secret(SECRET), Body::Later, NOW, &options);
        let decoder = verified.ok().and_then(|v| v.chunk_decoder(None, &[], ChunkLimits::default()));
        let Some(mut decoder) = decoder else { return false };
        let mut input = stream.as_slice();
        while let Ok(Piece::Data(data)) = decoder.next(&mut input) {
            black_box(data);
        }
        decoder.finish().is_ok()
    });
}

fn main() {
    requests(Algorithm::HmacSha256);
    requests(Algorithm::EcdsaP256Sha256);
    chunks();
}
