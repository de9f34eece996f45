//! A machine with bash, a fake AWS CLI and a fake double.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "this stands in for the double and the user's machine, and a test that cannot be set up must stop"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kage_rehearse::admin::Admin;
use kage_rehearse::double::Double;
use kage_rehearse::{Options, Report, run, text};

/// The AWS CLI, as far as the rehearsals below need one. It writes down who called what.
const FAKE_AWS: &str = r#"#!/bin/bash
key=$(sed -n "/^\[$AWS_PROFILE\]/,/^$/s/aws_access_key_id = //p" "$AWS_SHARED_CREDENTIALS_FILE")
echo "$AWS_PROFILE $key $AWS_ENDPOINT_URL $1 $2" >> "$(dirname "$0")/calls"
case "$1 $2" in
  "iam list-users")
    if [ "$AWS_PROFILE" = bob ]; then
      echo >&2
      echo "An error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::111111111111:user/bob is not authorized to perform: iam:ListUsers with an explicit deny in an identity-based policy" >&2
      exit 255
    fi
    echo '{"Users": [{"UserName": "bob"}]}' ;;
  "iam create-access-key")
    echo '{"AccessKey": {"UserName": "bob", "AccessKeyId": "AKIABOB", "SecretAccessKey": "s3"}}' ;;
  "organizations create-account") echo '{"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}}' ;;
  "organizations describe-create-account-status")
    echo '{"CreateAccountStatus": {"Id": "car-1", "State": "SUCCEEDED", "AccountId": "222222222222"}}' ;;
  "cloudtrail lookup-events")
    echo '{"Events": [{"EventName": "ListUsers", "Username": "bob", "CloudTrailEvent": "{\"eventTime\": \"2026-01-01T00:00:00Z\", \"requestID\": \"r-9\", \"errorCode\": \"AccessDenied\", \"userIdentity\": {\"userName\": \"bob\"}}"}]}' ;;
  *) echo "fake aws: $*" >&2; exit 252 ;;
esac
"#;

/// A machine with bash, a fake AWS CLI and a fake double.
pub struct World {
    pub folder: tempfile::TempDir,
    pub admin: Admin,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &log);
            }
        });
        let world = Self { folder, admin: Admin { url, token: "secret".into() }, asked };
        world.program("aws", FAKE_AWS);
        world
    }

    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("made executable");
        path
    }

    pub fn options(&self, document: &str) -> Options {
        let file = self.folder.path().join("demo.md");
        std::fs::write(&file, document).expect("written");
        let path = std::env::var("PATH").expect("PATH");
        Options {
            files: vec![file],
            double: Double::Running { endpoint: "http://127.0.0.1:9".into(), admin: self.admin.clone() },
            search_path: format!("{}:{path}", self.folder.path().display()),
            limit: Duration::from_secs(60),
            keep: false,
        }
    }

    pub fn run(&self, document: &str) -> Report {
        run(&self.options(document))
    }

    pub fn asked(&self) -> Vec<String> {
        let process = std::process::id().to_string();
        self.asked.lock().expect("lock").iter().map(|line| line.replace(&process, "PID")).collect()
    }

    pub fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// The report for people, with the temporary folder taken out.
    pub fn told(&self, report: &Report) -> String {
        text::render(report).replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("clone"));
    let mut head = String::new();
    reader.read_line(&mut head).expect("request line");
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("header");
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().expect("length");
        }
        if let Some(value) = line.strip_prefix("Authorization: Bearer ") {
            token = value.trim().to_owned();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("body");
    let body = String::from_utf8(body).expect("text");
    let target = head.trim().trim_end_matches(" HTTP/1.1");
    log.lock().expect("lock").push(format!("{target} {body}").trim_end().to_owned());
    let (status, answer) = match target {
        _ if token != "secret" => ("403 Forbidden", "{\"error\": \"token\"}".to_owned()),
        "GET /v1/accounts" => {
            ("200 OK", "{\"accounts\": [{\"id\": \"111111111111\", \"management\": true}]}".to_owned())
        }
        "POST /v1/credentials" => {
            let key = if body.contains("\"root\":true") { "AKIAROOT" } else { "AKIAADMIN" };
            let account = if body.contains("222222222222") { "2" } else { "1" };
            ("200 OK", format!("{{\"access_key_id\": \"{key}{account}\", \"secret_access_key\": \"x\"}}"))
        }
        "GET /v1/clock" => ("200 OK", "{\"now\": \"2026-01-01T00:01:00Z\"}".to_owned()),
        "GET /v1/why/r-9?render=text" => ("200 OK", "DENIED by statement 1 of policy deny-all\n".to_owned()),
        "POST /v1/clock" if body.contains("99d") => ("400 Bad Request", "too far".to_owned()),
        "POST /v1/clock" | "POST /v1/snapshots" => ("200 OK", "{}".to_owned()),
        other if other.contains(" /v1/snapshots/") => ("200 OK", "{}".to_owned()),
        _ => ("404 Not Found", "{}".to_owned()),
    };
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len());
    (&stream).write_all(answer.as_bytes()).expect("answered");
}
