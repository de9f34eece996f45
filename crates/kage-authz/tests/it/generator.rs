//! Generated cases: small vocabularies, so that statements match often and every rule is met.

use std::collections::HashMap;

use kage_authz::{
    Boundary, DirectKind, ExtraAllow, ExtraAllowKind, Level, NamedPolicy, Policy, PolicyKind, PolicySet,
    Principal, PrincipalMatch, Request, ResourcePolicy, ResourceRef, ResourceService, Semantics,
};
use serde_json::{Value, json};

use crate::harness::*;

/// SplitMix64: small, seeded, the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "S3:getobjectacl",
    "sqs:SendMessage",
    "kms:Decrypt",
    "sts:AssumeRole",
    "kms:RetireGrant",
    "iam:PassRole",
];
const ACTION_PATTERNS: [&str; 16] = [
    "*",
    "*",
    "*:*",
    "s3:*",
    "s3:Get*",
    "S3:*Object",
    "s3:GetObject",
    "s3:?etObject",
    "sqs:*",
    "kms:*",
    "kms:Decrypt",
    "sts:*",
    "sts:AssumeRole",
    "iam:*",
    "s3:*e*O*",
    "s3:GetObject?",
];
const RESOURCES: [&str; 7] = [
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/alice/x",
    "arn:aws:s3:::bucket/bob/y",
    "arn:aws:sqs:us-east-1:111122223333:queue",
    "arn:aws:kms:us-east-1:111122223333:key/k",
    "arn:aws:iam::111122223333:role/path/Dev",
    "*",
];
const RESOURCE_PATTERNS: [&str; 15] = [
    "*",
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'alice'}/?",
    "arn:aws:*:*:111122223333:*",
    "arn:aws:sqs:*",
    "arn:aws:kms:us-east-1:*:key/*",
    "arn:aws:s3::${aws:username}:bucket/*",
    "arn:aws:s3:::${*}",
    "arn:aws:s3:::bucket/${aws:TagKeys}*",
];
const OPERATORS: [(&str, Values); 27] = [
    ("StringEquals", Values::Text),
    ("StringNotEquals", Values::Text),
    ("StringEqualsIgnoreCase", Values::Text),
    ("StringNotEqualsIgnoreCase", Values::Text),
    ("StringLike", Values::Text),
    ("StringNotLike", Values::Text),
    ("NumericEquals", Values::Number),
    ("NumericNotEquals", Values::Number),
    ("NumericLessThan", Values::Number),
    ("NumericLessThanEquals", Values::Number),
    ("NumericGreaterThan", Values::Number),
    ("NumericGreaterThanEquals", Values::Number),
    ("DateEquals", Values::Date),
    ("DateNotEquals", Values::Date),
    ("DateLessThan", Values::Date),
    ("DateLessThanEquals", Values::Date),
    ("DateGreaterThan", Values::Date),
    ("DateGreaterThanEquals", Values::Date),
    ("Bool", Values::Flag),
    ("BinaryEquals", Values::Bytes),
    ("IpAddress", Values::Address),
    ("NotIpAddress", Values::Address),
    ("ArnEquals", Values::Arn),
    ("ArnLike", Values::Arn),
    ("ArnNotEquals", Values::Arn),
    ("ArnNotLike", Values::Arn),
    ("Null", Values::Null),
];

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Text,
    Number,
    Date,
    Flag,
    Bytes,
    Address,
    Arn,
    Null,
}

impl Values {
    /// Keys that hold such values.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["aws:username", "AWS:PrincipalTag/team", "aws:TagKeys"],
            Self::Number => &["s3:max-keys"],
            Self::Date => &["aws:CurrentTime", "aws:EpochTime"],
            Self::Flag => &["aws:SecureTransport"],
            Self::Bytes => &["test:Bytes"],
            Self::Address => &["aws:SourceIp"],
            Self::Arn => &["aws:PrincipalArn", "aws:SourceArn"],
            Self::Null => &["aws:username", "aws:TagKeys", "aws:SourceIp", "test:Nothing"],
        }
    }

    /// What policies say.
    fn wanted(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "alice",
                "Alice",
                "bob",
                "a*",
                "?ob",
                "red",
                "${aws:username}",
                "${aws:PrincipalTag/team, 'red'}",
                "*",
                "${*}",
                "",
            ],
            Self::Number => &["5", "5.0", "10", "-3", "007"],
            Self::Date => &[
                "2020-01-01",
                "2020-01-01T00:00:00Z",
                "1577836800",
                "2020-01-01T02:00:00+02:00",
                "2021",
                "2020-06",
                "1577836800.5",
            ],
            Self::Flag => &["true", "false", "True", "${aws:SecureTransport}"],
            Self::Bytes => &["QQ==", "QkI="],
            Self::Address => {
                &["10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.1.2.3/31"]
            }
            Self::Arn => &[
                "arn:aws:iam::*:role/*",
                "arn:aws:iam::111122223333:*",
                "arn:aws:*:role/path/Dev",
                "arn:*:*:*:*:*",
                "*",
                "${aws:SourceArn}",
                "arn:aws:iam::111122223333:user/team/${aws:username}",
                "arn:aws:s3:::b?cket",
            ],
            Self::Null => &["true", "false"],
        }
    }

    /// What requests hold.
    fn seen(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["alice", "bob", "red", "ALICE", "*", "", "a:b"],
            Self::Number => &["5", "5.00", "10", "11", "-3.5", "many"],
            Self::Date => {
                &["2020-01-01T00:00:00Z", "2019-12-31", "2021-01-01", "1577836800", "1577836800.25", "never"]
            }
            Self::Flag => &["true", "false", "TRUE", "perhaps"],
            Self::Bytes => &["QQ==", "QkI=", "Q"],
            Self::Address => &["10.1.2.3", "192.0.2.1", "2001:db8::1", "fe80::1", "somewhere"],
            Self::Arn | Self::Null => {
                &[ROLE_ARN, USER_ARN, ROOT_ARN, "arn:aws:s3:::bucket", "arn:aws:iam", "nothing"]
            }
        }
    }
}

const PRINCIPALS: [&str; 9] = [
    USER_ARN,
    ROLE_ARN,
    SESSION_ARN,
    ROOT_ARN,
    ACCOUNT,
    OTHER,
    "AIDA111122223333ALICE",
    "arn:aws:sts::111122223333:federated-user/guest",
    "arn:aws:iam::111122223333:user/broker",
];

/// Makes cases. Policies come out of a pool once there are enough of a kind: reading them is the slow part.
pub struct Generator {
    random: Random,
    pool: HashMap<PolicyKind, Vec<Policy>>,
    open: HashMap<PolicyKind, Policy>,
    names: usize,
}

const POOL: usize = 500;

impl Generator {
    pub fn new(random: Random) -> Self {
        Self { random, pool: HashMap::new(), open: HashMap::new(), names: 0 }
    }

    /// A request with the policies that apply to it.
    pub fn case(&mut self) -> (Request, PolicySet) {
        let request = self.request();
        let mut policies = PolicySet::default();
        for _ in 0..self.random.below(4) {
            policies.identity.push(self.policy(PolicyKind::Identity));
        }
        if self.random.percent(25) {
            policies.boundary = match self.random.below(8) {
                0 => Boundary::Deleted { arn: "arn:aws:iam::111122223333:policy/gone".to_owned() },
                _ => Boundary::Policy(self.policy(PolicyKind::Boundary)),
            };
        }
        let sessions = if matches!(request.principal, Principal::FederatedUser { .. }) { 70 } else { 25 };
        if self.random.percent(sessions) {
            policies.session =
                Some((0..self.random.below(3)).map(|_| self.policy(PolicyKind::Session)).collect());
        }
        policies.service_control = self.levels(PolicyKind::ServiceControl);
        policies.resource_control = self.levels(PolicyKind::ResourceControl);
        if self.random.percent(10) {
            policies.endpoint = Some(match self.random.below(2) {
                0 => self.policy(PolicyKind::Endpoint),
                _ => self.open(PolicyKind::Endpoint),
            });
        }
        policies.resource = self.resource(&request);
        if self.random.percent(6) {
            let names = [
                PrincipalMatch::None,
                PrincipalMatch::AccountLevel,
                PrincipalMatch::Direct(DirectKind::Role),
                PrincipalMatch::Direct(DirectKind::User),
                PrincipalMatch::Wildcard,
            ];
            let principal = *self.random.pick(&names);
            let extra = ExtraAllow { kind: ExtraAllowKind::KmsGrant, label: "extra".to_owned(), principal };
            policies.extra_allows.push(extra);
        }
        (request, policies)
    }

    fn request(&mut self) -> Request {
        let provider =
            || Principal::Federated { provider: "accounts.google.com".to_owned(), subject: "1".to_owned() };
        let principal = match self.random.below(16) {
            0..=3 => user(),
            4..=8 => session(),
            9 => federated(),
            10 => root(),
            11 => Principal::Anonymous,
            12 => service("s3.amazonaws.com"),
            13 => provider(),
            14 => session_of(OTHER),
            _ => user_of(OTHER),
        };
        let action = *self.random.pick(&ACTIONS);
        let account = match self.random.below(10) {
            0 => None,
            1 => Some(OTHER.to_owned()),
            _ => Some(ACCOUNT.to_owned()),
        };
        let arn = (*self.random.pick(&RESOURCES)).to_owned();
        let mut request = Request::new(principal, action, ResourceRef { arn, account });
        for values in [
            Values::Text,
            Values::Number,
            Values::Date,
            Values::Flag,
            Values::Bytes,
            Values::Address,
            Values::Arn,
        ] {
            for key in values.keys() {
                if *key == "aws:TagKeys" && self.random.percent(70) {
                    let count = self.random.below(4);
                    let tags: Vec<&str> = (0..count).map(|_| *self.random.pick(values.seen())).collect();
                    request.context.insert_many(key, tags);
                } else if self.random.percent(65) {
                    request.context.insert(key, *self.random.pick(values.seen()));
                }
            }
        }
        request.service_linked_role = self.random.percent(3);
        request
    }

    fn levels(&mut self, kind: PolicyKind) -> Vec<Level> {
        if !self.random.percent(25) {
            return Vec::new();
        }
        let mut levels = Vec::new();
        for number in 0..=self.random.below(2) {
            let mut policies = Vec::new();
            if self.random.percent(85) {
                policies.push(self.open(kind));
            }
            if self.random.percent(60) {
                policies.push(self.policy(kind));
            }
            levels.push(Level { target: format!("{kind:?}-{number}"), policies });
        }
        levels
    }

    fn resource(&mut self, request: &Request) -> Option<ResourcePolicy> {
        let (kind, semantics, chance) = match request.action.service() {
            "kms" => (PolicyKind::Resource(ResourceService::Kms), Semantics::Key, 90),
            "sts" => (PolicyKind::Trust, Semantics::Trust, 90),
            _ => (PolicyKind::Resource(ResourceService::Generic), Semantics::Generic, 55),
        };
        self.random.percent(chance).then(|| ResourcePolicy { policy: self.policy(kind), semantics })
    }

    /// The policy that allows everything to everyone.
    fn open(&mut self, kind: PolicyKind) -> NamedPolicy {
        let all = match kind {
            PolicyKind::ServiceControl => allow("*", "*"),
            _ => for_principal(allow("*", "*"), json!("*")),
        };
        let policy = self.open.entry(kind).or_insert_with(|| stored(&document(&json!([all])), kind)).clone();
        self.named(policy)
    }

    fn named(&mut self, policy: Policy) -> NamedPolicy {
        self.names += 1;
        NamedPolicy::inline(format!("policy-{}", self.names), policy)
    }

    /// A policy of a kind, with one to three statements.
    pub fn policy(&mut self, kind: PolicyKind) -> NamedPolicy {
        let known = self.pool.get(&kind).map_or(0, Vec::len);
        if known >= POOL {
            let at = self.random.below(known);
            let policy = self.pool[&kind][at].clone();
            return self.named(policy);
        }
        let statements: Vec<Value> = (0..=self.random.below(3)).map(|_| self.statement(kind)).collect();
        let mut whole = json!({"Version": "2012-10-17", "Statement": statements});
        // A Bool value with a variable can only be read by the new version.
        let new_only = whole.to_string().contains("${aws:SecureTransport}");
        match self.random.below(12) {
            _ if new_only => {}
            0 => whole["Version"] = json!("2008-10-17"),
            1 => drop(whole.as_object_mut().unwrap().remove("Version")),
            _ => {}
        }
        let policy = stored(&whole.to_string(), kind);
        self.pool.entry(kind).or_default().push(policy.clone());
        self.named(policy)
    }

    /// A statement of a kind of policy.
    pub fn statement(&mut self, kind: PolicyKind) -> Value {
        let effect = if self.random.percent(22) { "Deny" } else { "Allow" };
        let mut statement = json!({"Effect": effect});
        let action = if self.random.percent(12) { "NotAction" } else { "Action" };
        statement[action] = self.patterns(&ACTION_PATTERNS);
        if kind != PolicyKind::Trust {
            let resource = if self.random.percent(12) { "NotResource" } else { "Resource" };
            statement[resource] = self.patterns(&RESOURCE_PATTERNS);
        }
        if matches!(
            kind,
            PolicyKind::Resource(_) | PolicyKind::Trust | PolicyKind::Endpoint | PolicyKind::ResourceControl
        ) {
            let principal = if kind != PolicyKind::Trust && self.random.percent(8) {
                "NotPrincipal"
            } else {
                "Principal"
            };
            statement[principal] = self.principal();
        }
        if self.random.percent(40) {
            let mut block = serde_json::Map::new();
            for _ in 0..=self.random.below(2) {
                let (operator, keys) = self.condition();
                block.insert(operator, keys);
            }
            statement["Condition"] = Value::Object(block);
        }
        statement
    }

    /// Often `*`: else hardly any pair of statements would match one request.
    fn patterns(&mut self, texts: &[&str]) -> Value {
        if self.random.percent(35) { json!("*") } else { self.some(texts) }
    }

    /// One or two of the texts, as a string or a list.
    fn some(&mut self, texts: &[&str]) -> Value {
        match self.random.below(4) {
            0 => json!([self.random.pick(texts), self.random.pick(texts)]),
            1 => json!([self.random.pick(texts)]),
            _ => json!(self.random.pick(texts)),
        }
    }

    fn principal(&mut self) -> Value {
        match self.random.below(10) {
            0..=2 => json!("*"),
            3 => json!({"Service": "s3.amazonaws.com", "Federated": "accounts.google.com"}),
            4 => match self.random.below(3) {
                0 => json!({"AWS": [ROOT_ARN, ROLE_ARN, SESSION_ARN, USER_ARN]}),
                1 => json!({"AWS": [ROOT_ARN, ROLE_ARN]}),
                _ => json!({"AWS": [ACCOUNT, SESSION_ARN]}),
            },
            5 => json!({"AWS": "*"}),
            6 => json!({"AWS": self.some(&PRINCIPALS), "Service": ["s3.amazonaws.com"]}),
            _ => json!({"AWS": self.some(&PRINCIPALS)}),
        }
    }

    fn condition(&mut self) -> (String, Value) {
        let (name, values) = *self.random.pick(&OPERATORS);
        let mut operator = name.to_owned();
        if values != Values::Null {
            operator = match self.random.below(6) {
                0 => format!("ForAllValues:{operator}"),
                1 => format!("ForAnyValue:{operator}"),
                _ => operator,
            };
            if self.random.percent(25) {
                operator.push_str("IfExists");
            }
        }
        // Mostly a key of the right type, sometimes any.
        let of_key =
            if self.random.percent(85) { values } else { OPERATORS[self.random.below(OPERATORS.len())].1 };
        let key = *self.random.pick(of_key.keys());
        let wanted = self.some(values.wanted());
        let mut keys = serde_json::Map::new();
        keys.insert(key.to_owned(), wanted);
        if self.random.percent(15) {
            keys.insert((*self.random.pick(values.keys())).to_owned(), self.some(values.wanted()));
        }
        (operator, Value::Object(keys))
    }
}
