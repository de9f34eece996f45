//! A double in this process: the real pipeline, signed calls in AWS JSON 1.1. Its shape is that of `kage_test::World`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, CallerKind, Clock, ClockState, Forward, Origin, Tx};
use kage_identity::{credentials, genesis, roles, sessions, users};
use kage_pipeline::{Auth, Head, Opening, Options, Pipeline};
use kage_schema::{Body, OperationModel, Record};
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use serde_json::Value;

pub const MANAGEMENT: &str = genesis::MANAGEMENT_ACCOUNT;
pub const EAST: &str = "us-east-1";
/// 2026-01-02T03:04:05Z.
pub const START: i64 = 1_767_323_045_000;
pub const DAY: i64 = 86_400_000;

pub struct World {
    pub pipeline: Pipeline,
    accounts: u64,
}

#[derive(Clone, Debug)]
pub struct Caller {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: &'static str,
}

impl Caller {
    /// The same caller at another endpoint.
    pub fn in_region(&self, region: &'static str) -> Caller {
        Caller { region, ..self.clone() }
    }
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
    #[track_caller]
    pub fn err(self) -> Failure {
        match self.0 {
            Ok(value) => panic!("the call worked: {value}"),
            Err(failure) => failure,
        }
    }
    /// Refused with this code and message.
    #[track_caller]
    pub fn says(self, code: &str, message: &str) {
        let failure = self.err();
        assert_eq!((failure.code.as_str(), failure.message.as_str(), failure.status), (code, message, 400));
    }
    #[track_caller]
    pub fn denied(self) -> String {
        let failure = self.err();
        assert_eq!((failure.code.as_str(), failure.status), ("AccessDeniedException", 400), "{failure:?}");
        failure.message
    }
}

impl World {
    pub fn new() -> World {
        let clock = Clock::new(ClockState::Frozen { at_ms: START });
        let world = kage_core::World::new(kage_store::Store::ephemeral(), clock, Some(1));
        let pipeline = Pipeline::new(world, vec![kage_kms::service()], Options { auth: Auth::Strict });
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

    /// Moves the clock and runs what comes due.
    pub fn advance(&self, days: i64) {
        let to = self.pipeline.world().clock.now().plus_ms(days * DAY);
        let _ = self.pipeline.advance_clock(to).unwrap();
    }

    fn first_key(&self, account: &str, user: Option<&str>) -> Caller {
        let keys = self.write(|tx| credentials::list(tx.reads(), account, user));
        let (key, secret) = (keys[0].id.clone(), keys[0].secret.clone());
        Caller { key, secret, token: None, region: EAST }
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

    /// A user of the management account with this policy, made or made again.
    pub fn user(&self, name: &str, policy: Option<&str>) -> Caller {
        let world = self.pipeline.world();
        self.write(|tx| {
            let user = users::User {
                account: MANAGEMENT.to_owned(),
                name: name.to_owned(),
                path: "/".to_owned(),
                id: world.ids().principal_id("AIDA", MANAGEMENT),
                inline: policy.map(|text| ("p".to_owned(), text.to_owned())).into_iter().collect(),
                ..users::User::default()
            };
            users::put(tx, &user)?;
            genesis::create_key(tx, world, MANAGEMENT, Some(name))
        });
        self.first_key(MANAGEMENT, Some(name))
    }

    /// A session of a new role without policies of its own, as STS would make one.
    pub fn role(&self, name: &str, policy: Option<&str>, mfa: bool) -> (String, Caller) {
        let world = self.pipeline.world();
        let now = world.clock.now().milliseconds();
        let role = roles::Role {
            account: MANAGEMENT.to_owned(),
            name: name.to_owned(),
            path: "/".to_owned(),
            id: world.ids().principal_id("AROA", MANAGEMENT),
            inline: policy.map(|text| ("p".to_owned(), text.to_owned())).into_iter().collect(),
            ..roles::Role::default()
        };
        self.write(|tx| roles::put(tx, &role));
        let key = world.ids().principal_id("ASIA", MANAGEMENT);
        let caller = kage_core::Caller {
            kind: CallerKind::Role {
                role_arn: role.arn(),
                role_id: role.id.clone(),
                role_name: name.to_owned(),
                session_name: "s".to_owned(),
            },
            account: MANAGEMENT.to_owned(),
            arn: format!("arn:aws:sts::{MANAGEMENT}:assumed-role/{name}/s"),
            id: format!("{}:s", role.id),
            access_key: Some(key.clone()),
            session: Some(kage_core::Session {
                issued: now,
                expires: now + 3_600_000,
                mfa_at: mfa.then_some(now),
                ..kage_core::Session::default()
            }),
        };
        let stored = sessions::StoredSession {
            access_key: key.clone(),
            secret: "secret".to_owned(),
            token: "token".to_owned(),
            caller,
            expires: now + 3_600_000,
        };
        self.write(|tx| sessions::put(tx, &stored));
        let (secret, token) = ("secret".to_owned(), Some("token".to_owned()));
        (role.arn(), Caller { key, secret, token, region: EAST })
    }

    /// CloudTrail's management events of an account in us-east-1, oldest first.
    pub fn events(&self, account: &str) -> Vec<Value> {
        let stream = kage_record::stream_name(account, EAST, true);
        let stored = self.write(|tx| kage_record::read(tx.reads(), &stream, 0, 10_000));
        stored.into_iter().map(|stored| stored.event).collect()
    }

    /// The last event.
    pub fn last(&self) -> Value {
        self.events(MANAGEMENT).pop().unwrap()
    }

    /// A call of an AWS service on behalf of a user of the management account, as another service would forward it.
    pub fn through<O: Record>(
        &self,
        via: &'static str,
        user: &str,
        operation: &'static OperationModel,
        input: impl Record,
    ) -> kage_core::Result<O> {
        let world = self.pipeline.world();
        let found = self.write(|tx| users::find(tx.reads(), MANAGEMENT, user)).unwrap();
        let call = Call {
            world,
            road: &self.pipeline,
            caller: kage_core::Caller {
                kind: CallerKind::User { name: user.to_owned() },
                account: MANAGEMENT.to_owned(),
                arn: found.arn(),
                id: found.id,
                access_key: None,
                session: None,
            },
            account: MANAGEMENT.to_owned(),
            region: EAST.to_owned(),
            service: &kage_api_kms::SERVICE,
            operation,
            request_id: world.ids().uuid(),
            now: world.clock.now(),
            origin: Origin::default(),
            called_via: Vec::new(),
            source_arn: None,
            source_account: None,
        };
        let mut tx = Tx::new(world.store.begin());
        let out =
            call.forward(&mut tx, Forward::AsCaller { via }, (&kage_api_kms::SERVICE, operation), input);
        let records = tx.take_records();
        // One transaction at a time: that of a refused call ends before its records are written.
        let mut tx = if out.is_err() {
            drop(tx);
            Tx::new(world.store.begin())
        } else {
            tx
        };
        kage_record::append(&mut tx, &records).unwrap();
        tx.into_inner().commit().unwrap().wait().unwrap();
        out
    }

    #[track_caller]
    pub fn call(&self, caller: &Caller, operation: &str, input: Value) -> Answered {
        let body = input.to_string();
        let (status, text) = self.send(caller, operation, &body);
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status < 300 {
            return Answered(Ok(value));
        }
        let member = |names: [&str; 2]| {
            names.iter().find_map(|name| value[*name].as_str()).unwrap_or_default().to_owned()
        };
        let code = member(["__type", "code"]).rsplit('#').next().unwrap_or_default().to_owned();
        Answered(Err(Failure { code, message: member(["message", "Message"]), status }))
    }

    fn send(&self, caller: &Caller, operation: &str, body: &str) -> (u16, String) {
        let wall = self.pipeline.world().clock.wall().seconds();
        let signer = Signer {
            algorithm: Algorithm::HmacSha256,
            access_key: &caller.key,
            secret: &caller.secret,
            session_token: caller.token.as_deref(),
            region: caller.region,
            service: "kms",
            path: PathRule { normalise: true, encode_again: true },
            token_after_signing: false,
            send_content_sha256: false,
        };
        let target = format!("TrentService.{operation}");
        let given: [(&str, &[u8]); 3] = [
            ("host", b"127.0.0.1:4566"),
            ("content-type", b"application/x-amz-json-1.1"),
            ("x-amz-target", target.as_bytes()),
        ];
        let parts = RequestParts { method: "POST", path: "/", query: "", headers: &given };
        let payload = PayloadHash::Exact(sha256_hex(body.as_bytes()));
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
                intake.write(body.as_bytes()).map_err(|answer| answer.response.status).unwrap();
                intake.finish()
            }
        };
        let body = match answer.response.body {
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            _ => String::new(),
        };
        (answer.response.status, body)
    }

    /// A new key: its id and ARN.
    pub fn key(&self, caller: &Caller) -> (String, String) {
        let made = self.call(caller, "CreateKey", serde_json::json!({})).ok();
        let text = |member: &str| made["KeyMetadata"][member].as_str().unwrap().to_owned();
        (text("KeyId"), text("Arn"))
    }
}

/// Base64 of these bytes.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of this Base64.
pub fn bytes(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}
