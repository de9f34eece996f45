//! Signed REST calls and plain answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Download, Origin, Tx};
use kage_pipeline::{Head, Opening};
use kage_schema::Body;
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use kage_test::{Caller, World};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub fn ok(self) -> Reply {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        self
    }

    /// The code of an error answer.
    #[track_caller]
    pub fn code(&self) -> String {
        assert!(self.status >= 300, "the call worked: {}", self.text());
        self.element("Code").unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The text of the first element of this name.
    pub fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    /// The texts of all elements of this name.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        text.split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(inner, _)| inner.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&"))
            .collect()
    }
}

pub struct S3 {
    pub world: World,
    pub admin: Caller,
}

pub type Headers<'a> = &'a [(&'a str, &'a str)];

impl S3 {
    pub fn new() -> S3 {
        let world = World::new(vec![kage_iam::service(), kage_kms::service(), kage_s3::service()]);
        let admin = world.admin();
        S3 { world, admin }
    }

    /// A call in us-east-1. `target` is path and query. Without a caller it is unsigned.
    pub fn send(
        &self,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        self.send_in("us-east-1", caller, method, target, headers, body)
    }

    pub fn send_in(
        &self,
        region: &str,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        // As every SDK does where S3 wants it.
        if ["?tagging", "?delete"].iter().any(|end| target.ends_with(end)) && !body.is_empty() {
            let digest = STANDARD.encode(Md5::digest(body));
            let all = [headers, &[("content-md5", &digest)]].concat();
            return self.send_exactly(region, caller, method, target, &all, body);
        }
        self.send_exactly(region, caller, method, target, headers, body)
    }

    /// The same without a header that was not given.
    pub fn send_exactly(
        &self,
        region: &str,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut given: Vec<(&str, &[u8])> = vec![("host", b"127.0.0.1:4566")];
        given.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let mut sent: Vec<(String, Vec<u8>)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        if let Some(caller) = caller {
            let signer = Signer {
                algorithm: Algorithm::HmacSha256,
                access_key: &caller.key,
                secret: &caller.secret,
                session_token: caller.token.as_deref(),
                region,
                service: "s3",
                path: PathRule { normalise: false, encode_again: false },
                token_after_signing: false,
                send_content_sha256: true,
            };
            let parts = RequestParts { method, path, query, headers: &given };
            let wall = self.world.pipeline.world().clock.wall().seconds();
            let signed = signer.sign(&parts, &PayloadHash::Exact(sha256_hex(body)), wall).unwrap();
            sent.extend(
                signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())),
            );
        }
        let origin = Origin { source_ip: "192.0.2.1".to_owned(), secure: true, ..Origin::default() };
        let head = Head {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: sent,
            origin,
        };
        let answer = match self.world.pipeline.open(head) {
            Opening::Refused(answer) => answer,
            Opening::Body(mut intake) => match intake.write(body) {
                Ok(()) => intake.finish(),
                Err(answer) => *answer,
            },
        };
        let body = match &answer.response.body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes.to_vec(),
            attached => {
                let mut reader = self.world.pipeline.download(&attached.attached::<Download>().unwrap());
                let mut all = Vec::new();
                while let Some(piece) = reader.next_piece().unwrap() {
                    all.extend(piece);
                }
                all
            }
        };
        Reply { status: answer.response.status, headers: answer.response.headers, body }
    }

    pub fn get(&self, target: &str) -> Reply {
        self.send(Some(&self.admin), "GET", target, &[], b"")
    }

    pub fn put(&self, target: &str, body: &[u8]) -> Reply {
        self.send(Some(&self.admin), "PUT", target, &[], body)
    }

    pub fn delete(&self, target: &str) -> Reply {
        self.send(Some(&self.admin), "DELETE", target, &[], b"")
    }

    /// A user of the management account with this inline policy.
    pub fn user(&self, name: &str, statement: Value) -> Caller {
        let user = self.world.user(&self.admin, name);
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
        self.world.call(&self.admin, "iam", "PutUserPolicy", input).ok();
        user
    }

    pub fn policy(&self, bucket: &str, statement: Value) -> Reply {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        self.put(&format!("/{bucket}?policy"), document.as_bytes())
    }

    /// Switches Block Public Access of a bucket off.
    pub fn unblock(&self, bucket: &str) {
        self.delete(&format!("/{bucket}?publicAccessBlock")).ok();
    }

    /// Sets the ownership of objects.
    pub fn own(&self, bucket: &str, ownership: &str) {
        let body = format!(
            "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>"
        );
        self.put(&format!("/{bucket}?ownershipControls"), body.as_bytes()).ok();
    }

    /// Data events of an account.
    pub fn data_events(&self, account: &str) -> Vec<Value> {
        let stream = kage_record::stream_name(account, "us-east-1", false);
        let read = |tx: &mut Tx| kage_record::read(tx.reads(), &stream, 0, 10_000);
        self.world.write(read).into_iter().map(|stored| stored.event).collect()
    }
}
