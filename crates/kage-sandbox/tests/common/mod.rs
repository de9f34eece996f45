//! A sandbox with a folder of its own.

use kage_core::{
    FunctionIdentity, Invocation, InvocationResult, Outcome, Package, Sandbox, SandboxCredentials,
};
use kage_sandbox::{ProcessSandbox, Settings};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The sandbox under test.
pub struct Bench {
    pub sandbox: ProcessSandbox,
    pub folder: tempfile::TempDir,
}

/// A package with one file `index.py`.
pub fn python(code: &str) -> Package {
    package(&[("index.py", 0o100_644, code.as_bytes())])
}

/// A package of these files.
pub fn package(files: &[(&str, u32, &[u8])]) -> Package {
    let archive = kage_zip::pack(files).unwrap();
    let sha256 = hex::encode(Sha256::digest(&archive));
    Package { sha256, read: Arc::new(move || Ok(archive.clone())) }
}

/// The answer of a function that worked.
#[track_caller]
pub fn json_answer(result: &InvocationResult) -> Value {
    match &result.outcome {
        Outcome::Answer(bytes) => serde_json::from_slice(bytes).unwrap(),
        Outcome::Failed { payload, .. } => panic!("{}\n{result:?}", String::from_utf8_lossy(payload)),
        other => panic!("{other:?}"),
    }
}

/// The error of a function that failed.
#[track_caller]
pub fn failure(result: &InvocationResult) -> Value {
    match &result.outcome {
        Outcome::Failed { payload, .. } => serde_json::from_slice(payload).unwrap(),
        other => panic!("{other:?}"),
    }
}

impl Bench {
    pub fn new() -> Bench {
        Bench::built(|_| {})
    }

    pub fn built(change: impl FnOnce(&mut Settings)) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(folder.path().join("sandbox"));
        change(&mut settings);
        Bench { sandbox: ProcessSandbox::new(settings).unwrap(), folder }
    }

    /// With a server that answers every request with its first two words.
    pub fn with_endpoint() -> Bench {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap();
                let words: Vec<String> =
                    String::from_utf8_lossy(&buffer[..count]).split(' ').take(2).map(str::to_owned).collect();
                let text = words.join(" ");
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()).unwrap();
            }
        });
        Bench::built(|settings| settings.endpoint.set(address).unwrap())
    }

    pub fn invocation(&self, runtime: &str, code: Package, event: Value) -> Invocation {
        Invocation {
            function: FunctionIdentity {
                arn: "arn:aws:lambda:us-east-1:111111111111:function:f".to_owned(),
                name: "f".to_owned(),
                version: "$LATEST".to_owned(),
                revision: code.sha256.clone(),
            },
            invoked_arn: "arn:aws:lambda:us-east-1:111111111111:function:f".to_owned(),
            request_id: "first".to_owned(),
            runtime: runtime.to_owned(),
            handler: "index.handler".to_owned(),
            code,
            layers: Vec::new(),
            memory_mb: 128,
            timeout_ms: 10_000,
            storage_mb: 512,
            concurrency: None,
            environment: Vec::new(),
            credentials: SandboxCredentials {
                access_key: "ASIA1".to_owned(),
                secret: "secret".to_owned(),
                token: "token".to_owned(),
            },
            region: "us-east-1".to_owned(),
            log_group: "/aws/lambda/f".to_owned(),
            log_stream: "2026/01/01/[$LATEST]0".to_owned(),
            payload: event.to_string().into_bytes(),
            client_context: None,
            trace_id: None,
            started: 1_000_000,
        }
    }

    fn full(&self, name: &str) -> bool {
        self.sandbox.capabilities().into_iter().any(|one| one.name == name && one.full)
    }

    pub fn is_isolated(&self) -> bool {
        self.full("files")
    }

    pub fn has_own_network(&self) -> bool {
        self.full("network")
    }

    /// The folders of rooms that are there.
    pub fn rooms(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("sandbox/rooms")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// No process has one of these words among its arguments; the last ones end a moment after their namespace.
    pub fn require_ended(&self, words: &[&str]) {
        let limit = Instant::now() + Duration::from_secs(5);
        loop {
            let running = std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|word| words.iter().any(|wanted| word == wanted.as_bytes()))
            });
            if !running {
                return;
            }
            assert!(Instant::now() < limit, "{words:?} still run");
            std::thread::yield_now();
        }
    }
}
