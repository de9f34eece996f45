//! A double in this process: the real pipeline, signed calls in the query protocol. Its shape is that of `kage_test::World`.

use kage_core::{Clock, ClockState, Origin, Tx};
use kage_identity::{accounts, credentials, genesis, sessions};
use kage_pipeline::{Auth, Head, Opening, Options, Pipeline};
use kage_schema::{Body, Kind, Schema, Timestamp};
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use serde_json::{Map, Value, json};

pub struct World {
    pub pipeline: Pipeline,
    accounts: u64,
}

#[derive(Clone, Debug)]
pub struct Caller {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
}

#[derive(Debug)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub status: u16,
}

pub struct Answered(Result<Value, Failure>);

impl Answered {
    #[track_caller]
    pub fn ok(self) -> Value {
        self.0.unwrap_or_else(|failure| panic!("the call failed: {failure:?}"))
    }
    /// The code of a failure.
    pub fn code(&self) -> Option<&str> {
        self.0.as_ref().err().map(|failure| failure.code.as_str())
    }
    #[track_caller]
    pub fn err(self) -> Failure {
        match self.0 {
            Ok(value) => panic!("the call worked: {value}"),
            Err(failure) => failure,
        }
    }
}

pub const MANAGEMENT: &str = genesis::MANAGEMENT_ACCOUNT;
/// 2026-01-02T03:04:05Z.
const START: i64 = 1_767_323_045_000;

impl World {
    pub fn new() -> World {
        let clock = Clock::new(ClockState::Frozen { at_ms: START });
        let world = kage_core::World::new(kage_store::Store::ephemeral(), clock, Some(1));
        let pipeline = Pipeline::new(world, vec![kage_iam::service()], Options { auth: Auth::Strict });
        let world = World { pipeline, accounts: 222_222_222_222 };
        world.write(|tx| genesis::create(tx, world.pipeline.world()));
        world
    }

    /// Writes to the store behind the pipeline's back.
    pub fn write<T>(&self, change: impl FnOnce(&mut Tx) -> kage_core::Result<T>) -> T {
        let mut tx = Tx::new(self.pipeline.world().store.begin());
        let out = change(&mut tx).unwrap();
        tx.into_inner().commit().unwrap().wait().unwrap();
        out
    }

    pub fn now(&self) -> i64 {
        self.pipeline.world().clock.now().milliseconds()
    }

    pub fn advance(&self, ms: i64) {
        self.pipeline.world().clock.set_state(ClockState::Frozen { at_ms: self.now() + ms });
    }

    fn first_key(&self, account: &str, user: Option<&str>) -> Caller {
        let keys = self.write(|tx| credentials::list(tx.reads(), account, user));
        Caller { key: keys[0].id.clone(), secret: keys[0].secret.clone(), token: None }
    }

    pub fn admin(&self) -> Caller {
        self.first_key(MANAGEMENT, Some("admin"))
    }

    /// The root user of the management account.
    pub fn root(&self) -> Caller {
        self.write(|tx| genesis::create_key(tx, self.pipeline.world(), MANAGEMENT, None));
        self.first_key(MANAGEMENT, None)
    }

    /// A new account outside the organization: its id and its administrator.
    pub fn account(&mut self) -> (String, Caller) {
        let id = self.accounts.to_string();
        self.accounts += 1;
        self.write(|tx| {
            let world = self.pipeline.world();
            genesis::create_account(tx, world, &id, &id, "a@example.com")?;
            genesis::create_administrator(tx, world, &id)
        });
        let admin = self.first_key(&id, Some("admin"));
        (id, admin)
    }

    /// A user with one access key.
    pub fn user(&self, admin: &Caller, name: &str) -> Caller {
        self.call(admin, "iam", "CreateUser", json!({"UserName": name})).ok();
        let key = self.call(admin, "iam", "CreateAccessKey", json!({"UserName": name})).ok();
        let text = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
        Caller { key: text("AccessKeyId"), secret: text("SecretAccessKey"), token: None }
    }

    /// A session as STS would make one for this bearer.
    pub fn session(&self, caller: kage_core::Caller, mfa: bool) -> Caller {
        let now = self.now();
        let key = self.pipeline.world().ids().principal_id("ASIA", &caller.account);
        let session = kage_core::Session {
            issued: now,
            expires: now + 3_600_000,
            mfa_at: mfa.then_some(now),
            ..kage_core::Session::default()
        };
        let stored = sessions::StoredSession {
            access_key: key.clone(),
            secret: "secret".to_owned(),
            token: "token".to_owned(),
            caller: kage_core::Caller { access_key: Some(key.clone()), session: Some(session), ..caller },
            expires: now + 3_600_000,
        };
        self.write(|tx| sessions::put(tx, &stored));
        Caller { key, secret: "secret".to_owned(), token: Some("token".to_owned()) }
    }

    /// CloudTrail's management events of an account, oldest first.
    pub fn events(&self, account: &str) -> Vec<Value> {
        let stream = kage_events::stream_name(account, "us-east-1", true);
        let stored = self.write(|tx| kage_events::read(tx.reads(), &stream, 0, 10_000));
        stored.into_iter().map(|stored| stored.event).collect()
    }

    pub fn alias_of(&self, account: &str) -> Option<String> {
        self.write(|tx| accounts::find(tx.reads(), account)).and_then(|found| found.alias)
    }

    #[track_caller]
    pub fn call(&self, caller: &Caller, service: &str, operation: &str, input: Value) -> Answered {
        assert_eq!(service, "iam");
        let mut form = format!("Action={operation}&Version=2010-05-08");
        push(&mut form, "", &input);
        let (status, text) = self.send(caller, &form);
        let root = parse(&text);
        if status >= 300 {
            let error = root.child("Error").unwrap_or_else(|| panic!("no error: {text}"));
            let member = |name: &str| error.child(name).map(|found| found.text.clone()).unwrap_or_default();
            return Answered(Err(Failure { code: member("Code"), message: member("Message"), status }));
        }
        let models = kage_api_iam::SERVICE.operations;
        let model = models.iter().find(|model| model.name == operation).unwrap();
        let result = root.child(&format!("{operation}Result"));
        Answered(Ok(result.map_or_else(|| json!({}), |result| typed(model.output, result))))
    }

    fn send(&self, caller: &Caller, form: &str) -> (u16, String) {
        let wall = self.pipeline.world().clock.wall().seconds();
        let signer = Signer {
            algorithm: Algorithm::HmacSha256,
            access_key: &caller.key,
            secret: &caller.secret,
            session_token: caller.token.as_deref(),
            region: "us-east-1",
            service: "iam",
            path: PathRule { normalise: true, encode_again: true },
            token_after_signing: false,
            send_content_sha256: false,
        };
        let given: [(&str, &[u8]); 2] = [
            ("host", b"127.0.0.1:4566"),
            ("content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        ];
        let parts = RequestParts { method: "POST", path: "/", query: "", headers: &given };
        let payload = PayloadHash::Exact(sha256_hex(form.as_bytes()));
        let signed = signer.sign(&parts, &payload, wall).unwrap();
        let mut headers: Vec<(String, Vec<u8>)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        headers.extend(signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())));
        let head = Head {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers,
            origin: Origin { source_ip: "192.0.2.1".to_owned(), secure: true, ..Origin::default() },
        };
        let answer = match self.pipeline.open(head) {
            Opening::Refused(answer) => answer,
            Opening::Body(mut intake) => {
                intake.write(form.as_bytes()).map_err(|answer| answer.response.status).unwrap();
                intake.finish()
            }
        };
        let body = match answer.response.body {
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            _ => String::new(),
        };
        (answer.response.status, body)
    }
}

fn push(form: &mut String, path: &str, value: &Value) {
    let text = match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                push(form, &format!("{path}{dot}{name}"), member);
            }
            return;
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                push(form, &format!("{path}.member.{}", place + 1), item);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let encoded: String = text
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    form.push_str(&format!("&{path}={encoded}"));
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads the plain XML that the query protocol answers with.
fn parse(text: &str) -> Element {
    let mut open = vec![Element::default()];
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        let plain = before.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let plain = plain.replace("&#39;", "'").replace("&apos;", "'").replace("&amp;", "&");
        open.last_mut().unwrap().text.push_str(&plain);
        let (tag, after) = behind.split_once('>').unwrap();
        rest = after;
        if tag.starts_with('?') {
            continue;
        }
        if tag.starts_with('/') {
            let done = open.pop().unwrap();
            open.last_mut().unwrap().children.push(done);
            continue;
        }
        let name = tag.trim_end_matches('/').split(' ').next().unwrap().to_owned();
        let element = Element { name, ..Element::default() };
        if tag.ends_with('/') {
            open.last_mut().unwrap().children.push(element);
        } else {
            open.push(element);
        }
    }
    open.remove(0).children.remove(0)
}

/// The element as JSON with the types of its schema.
fn typed(schema: &Schema, element: &Element) -> Value {
    match schema.kind {
        Kind::Structure | Kind::Union => {
            let mut out = Map::new();
            for child in &element.children {
                let (_, member) =
                    schema.member(&child.name).unwrap_or_else(|| panic!("no member {}", child.name));
                out.insert(child.name.clone(), typed(member.target, child));
            }
            Value::Object(out)
        }
        Kind::List => {
            let inner = schema.element().unwrap().target;
            element.children.iter().map(|child| typed(inner, child)).collect()
        }
        Kind::Map => {
            let inner = schema.entry().unwrap().1.target;
            let entry = |child: &Element| {
                (child.child("key").unwrap().text.clone(), typed(inner, child.child("value").unwrap()))
            };
            Value::Object(element.children.iter().map(entry).collect())
        }
        Kind::Boolean => json!(element.text == "true"),
        Kind::Integer | Kind::Long => json!(element.text.parse::<i64>().unwrap()),
        Kind::Timestamp => json!(Timestamp::parse_iso8601(&element.text).unwrap().seconds()),
        _ => json!(element.text),
    }
}
