//! The test kit's world with what only the tests of KMS need: users and roles without IAM, forwarded calls.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, CallerKind, Forward, Origin, Tx};
use kage_identity::{credentials, genesis, roles, users};
use kage_schema::{OperationModel, Record};
pub use kage_test::MANAGEMENT;
use kage_test::{Answered, Failure};
use serde_json::Value;
use std::ops::Deref;

pub const EAST: &str = "us-east-1";
/// 2026-01-02T03:04:05Z.
pub const START: i64 = 1_767_323_045_000;
pub const DAY: i64 = 86_400_000;

pub struct World(kage_test::World);

impl Deref for World {
    type Target = kage_test::World;

    fn deref(&self) -> &kage_test::World {
        &self.0
    }
}

/// Credentials, and the Region in which they are used.
#[derive(Clone, Debug)]
pub struct Caller {
    keys: kage_test::Caller,
    region: &'static str,
}

impl Caller {
    /// The same caller at another endpoint.
    pub fn in_region(&self, region: &'static str) -> Caller {
        Caller { region, ..self.clone() }
    }
}

fn in_the_east(keys: kage_test::Caller) -> Caller {
    Caller { keys, region: EAST }
}

/// What the tests say of an answer, beside what the kit says.
pub trait Refusal {
    /// Refused with this code and message.
    fn says(self, code: &str, message: &str);
    /// Denied; gives the message.
    fn denied(self) -> String;
}

impl Refusal for Answered {
    #[track_caller]
    fn says(self, code: &str, message: &str) {
        let failure = self.err();
        assert_eq!((failure.code.as_str(), failure.message.as_str(), failure.status), (code, message, 400));
    }
    #[track_caller]
    fn denied(self) -> String {
        let failure: Failure = self.err();
        assert_eq!((failure.code.as_str(), failure.status), ("AccessDeniedException", 400), "{failure:?}");
        failure.message
    }
}

impl World {
    pub fn new() -> World {
        World(kage_test::World::new(vec![kage_kms::service()]))
    }

    /// Moves the clock and runs what comes due.
    pub fn advance(&self, days: i64) {
        self.0.advance(days * DAY);
    }

    pub fn admin(&self) -> Caller {
        in_the_east(self.0.admin())
    }

    /// The root user of the management account.
    pub fn root(&self) -> Caller {
        in_the_east(self.0.root())
    }

    /// A new account outside the organization: its id and its administrator.
    pub fn account(&mut self) -> (String, Caller) {
        let (id, admin) = self.0.account();
        (id, in_the_east(admin))
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
        let keys = self.write(|tx| credentials::list(tx.reads(), MANAGEMENT, Some(name)));
        let (key, secret) = (keys[0].id.clone(), keys[0].secret.clone());
        in_the_east(kage_test::Caller { key, secret, token: None })
    }

    /// A session of a new role without policies of its own, as STS would make one.
    pub fn role(&self, name: &str, policy: Option<&str>, mfa: bool) -> (String, Caller) {
        let world = self.pipeline.world();
        let role = roles::Role {
            account: MANAGEMENT.to_owned(),
            name: name.to_owned(),
            path: "/".to_owned(),
            id: world.ids().principal_id("AROA", MANAGEMENT),
            inline: policy.map(|text| ("p".to_owned(), text.to_owned())).into_iter().collect(),
            ..roles::Role::default()
        };
        self.write(|tx| roles::put(tx, &role));
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
            access_key: None,
            session: None,
        };
        (role.arn(), in_the_east(self.session(caller, mfa)))
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
        self.call_in(&caller.keys, caller.region, "kms", operation, &input)
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
