//! Policy evaluation: the fast path, the explanation and the literal evaluator.

use kage_authz::{
    Boundary, CheckEffect, DirectKind, Effect, ExtraAllow, ExtraAllowKind, Level, NamedPolicy, Policy,
    PolicyKind, PolicySet, Principal, PrincipalMatch, Request, ResourcePolicy, ResourceRef, ResourceService,
    Semantics, decide, explain,
};
use serde_json::{Map, Value, json};

use super::policy::{DICTIONARY, SEEDS};
use crate::source::{Source, parts};
use crate::target::Target;

/// Policies made from choices, so that every input evaluates something.
pub const GENERATED: Target = Target {
    name: "decide_generated",
    law: "decide, explain and the literal evaluator say the same of any request and policies",
    check: generated,
    seeds: &[
        b"\x01\x00\x01\x05\x10\x20\x30\x40\x50\x60\x70\x80\x90\xa0\xb0\xc0\xd0\xe0\xf0\x0f\x1f\x2f\x3f\x4f\x5f\x6f\x7f\x8f\x9f\xaf\xbf\xcf\xdf\xef\xff",
        b"\x02\x01\x01\xff\xff\xff\xff\x01\x01\x02\xff\x03\x05\x08\x0d\x15\x22\x37\x59\x90\xe9\x79\x62\xdb\x3d\x18\x55\x6d\xc2\x2f\xf1\x20\x11\x31\x42\x73\xb5\x28\xdd",
        b"\x04\x03\x02\xaa\xbb\xcc\xdd\xee\xff\x12\x23\x34\x45\x56\x67\x78\x89\x9a\xab\xbc\xcd\xde\xef\xf0\x01\x13\x57\x9b\xdf\x24\x68\xac\xe0\xfe\xdc\xba\x98\x76\x54\x32\x10",
        b"pack my box with five dozen liquor jugs; the quick brown fox jumps over the lazy dog; sphinx of black quartz, judge my vow",
        b"\x03\x02\x04\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00",
    ],
    dictionary: &[b"\xff\xff\xff\xff", b"\0\0\0\0\0\0", b"\xff\x00\xff\x01\xff\x02", b"0123456789abcdef"],
    rounds: 10_000,
};

/// Choices of the request, then texts of policies with record separators between. The first byte of each text says
/// where it is attached.
pub const TEXTS: Target = Target {
    name: "decide_texts",
    law: "decide, explain and the literal evaluator say the same of any policies that read",
    check: texts,
    seeds: &[
        b"\x01\x00\x01\xff\xff\x1e0{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::bucket/${aws:username}/*\"}]}\x1e6{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}",
        b"\x02\x00\x01\xff\xff\x1e1{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}\x1e3{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}]}\x1e0{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:?etObject\",\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringLike\":{\"aws:TagKeys\":[\"t*\"]},\"NumericLessThan\":{\"s3:max-keys\":10}}}}",
    ],
    dictionary: DICTIONARY,
    rounds: 6_000,
};

const ACCOUNT: &str = "111122223333";
const ACTIONS: [&str; 7] = [
    "s3:GetObject",
    "S3:getobjectacl",
    "s3:PutObject",
    "kms:Decrypt",
    "sts:AssumeRole",
    "kms:RetireGrant",
    "iam:PassRole",
];
const ACTION_PATTERNS: [&str; 10] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:?etObject",
    "S3:*Object",
    "kms:*",
    "kms:Decrypt",
    "sts:AssumeRole",
    "s3:*e*O*",
    "iam:*",
];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::bucket/alice/x",
    "arn:aws:s3:::bucket",
    "arn:aws:kms:us-east-1:111122223333:key/k",
    "arn:aws:iam::111122223333:role/path/Dev",
    "arn:aws:s3:::bucket/a*",
];
const RESOURCE_PATTERNS: [&str; 9] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'alice'}/?",
    "arn:aws:*:*:111122223333:*",
    "arn:aws:kms:us-east-1:*:key/*",
    "arn:aws:s3:::${*}",
    "arn:aws:s3:::bucket/${aws:TagKeys}*",
    "arn:aws:s3:::bucket/a${?}",
];
/// Operators with the values that they take.
const OPERATORS: [(&[&str], &[&str]); 6] = [
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        &[
            "alice",
            "Alice",
            "a*",
            "?lice",
            "${aws:username}",
            "${aws:PrincipalTag/team, 'alice'}",
            "10",
            "true",
            "team",
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["10", "10.0", "-1", "0", "9007199254740993"],
    ),
    (
        &["DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals"],
        &["2020-01-01T00:00:00Z", "1577836800", "2020-01-01", "2019-12-31T19:30:00-04:30"],
    ),
    (&["Bool"], &["true", "false"]),
    (&["IpAddress", "NotIpAddress"], &["203.0.113.0/24", "203.0.113.7", "2001:db8::/32"]),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &[
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::*:user/alice",
            "arn:aws:iam::111122223333:user/${aws:username}",
        ],
    ),
];
const KEYS: [&str; 8] = [
    "aws:username",
    "aws:TagKeys",
    "aws:PrincipalTag/team",
    "s3:max-keys",
    "aws:CurrentTime",
    "aws:SourceIp",
    "AWS:SecureTransport",
    "aws:PrincipalArn",
];
/// Values of the request's keys.
const VALUES: [&str; 14] = [
    "alice",
    "Alice",
    "a*",
    "team",
    "10",
    "10.0",
    "-1",
    "2020-01-01T00:00:00Z",
    "1577836800",
    "203.0.113.7",
    "2001:db8::1",
    "true",
    "false",
    "arn:aws:iam::111122223333:user/alice",
];
const PRINCIPALS: [&str; 8] = [
    "*",
    ACCOUNT,
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:role/Dev",
    "arn:aws:sts::111122223333:assumed-role/Dev/s",
    "444455556666",
    "AROAEXAMPLEEXAMPLE01",
];
/// Where a policy is attached.
const PLACES: [PolicyKind; 8] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
    PolicyKind::Endpoint,
    PolicyKind::Resource(ResourceService::S3),
    PolicyKind::Trust,
];

fn generated(data: &[u8]) {
    let mut source = Source::new(data);
    let request = request(&mut source);
    let mut policies = PolicySet::default();
    for kind in PLACES {
        // An identity policy is there more often than not; the others less often, so that allows happen.
        let chance = if kind == PolicyKind::Identity { 80 } else { 35 };
        let count = if source.chance(chance) { 1 + source.below(2) } else { 0 };
        for _ in 0..count {
            let text = document(&mut source, kind);
            let policy = Policy::parse_stored(&text, kind);
            assert!(policy.is_ok(), "{kind:?} {text}: {policy:?}");
            attach(&mut policies, kind, policy.ok(), &mut source);
        }
    }
    if source.chance(10) {
        let principal = PrincipalMatch::Direct(DirectKind::Role);
        let principal = source.pick(&[
            None,
            Some(PrincipalMatch::AccountLevel),
            Some(principal),
            Some(PrincipalMatch::Wildcard),
        ]);
        let (kind, principal) = (ExtraAllowKind::KmsGrant, principal.unwrap_or(PrincipalMatch::None));
        policies.extra_allows.push(ExtraAllow { kind, label: "grant".to_owned(), principal });
    }
    agree(&request, &policies);
}

fn texts(data: &[u8]) {
    let mut pieces = parts(data);
    let mut source = Source::new(pieces.next().unwrap_or_default());
    let request = request(&mut source);
    let mut policies = PolicySet::default();
    for piece in pieces {
        let (first, text) = piece.split_first().unwrap_or((&0, &[]));
        let Some(kind) = PLACES.get(usize::from(*first) % PLACES.len()).copied() else { continue };
        let policy = Policy::parse_stored(&String::from_utf8_lossy(text), kind);
        attach(&mut policies, kind, policy.ok(), &mut source);
    }
    // One seed policy after another stands behind those that were changed.
    let base = source.pick(SEEDS);
    let policy = Policy::parse_stored(&String::from_utf8_lossy(base), PolicyKind::Identity);
    attach(&mut policies, PolicyKind::Identity, policy.ok(), &mut source);
    agree(&request, &policies);
}

fn agree(request: &Request, policies: &PolicySet) {
    let (fast, told) = (decide(request, policies), explain(request, policies));
    let shown = || format!("{request:#?}\n{policies:#?}\n{told}");
    assert_eq!(fast, told.outcome(), "decide and explain differ\n{}", shown());
    let literal = kage_authz_spec::decide(request, policies);
    assert_eq!(fast, literal, "decide and the literal evaluator differ\n{}", shown());
    let has = |effect| told.checks.iter().any(|check| check.effect == effect);
    let denied = has(CheckEffect::ExplicitDeny) || has(CheckEffect::ImplicitDeny);
    assert_eq!(denied, told.effect != Effect::Allow, "the checks do not make the result\n{}", shown());
}

fn request(source: &mut Source<'_>) -> Request {
    let principal = principal(source);
    let (action, arn) = (source.pick(&ACTIONS), source.pick(&RESOURCES));
    let owner = source.pick(&[Some(ACCOUNT), Some(ACCOUNT), Some("444455556666"), None]);
    let resource = ResourceRef { arn: arn.to_owned(), account: owner.map(str::to_owned) };
    let mut request = Request::new(principal, action, resource);
    for key in KEYS {
        match source.byte() % 4 {
            0 => {}
            1 if key == "aws:TagKeys" => {
                request.context.insert_many(key, ["team", source.pick(&VALUES)]);
            }
            _ => request.context.insert(key, source.pick(&VALUES)),
        }
    }
    request.service_linked_role = source.chance(5);
    request
}

fn principal(source: &mut Source<'_>) -> Principal {
    let account = ACCOUNT.to_owned();
    let arn = |rest: &str| format!("arn:aws:{rest}");
    match source.byte() % 7 {
        0 => Principal::Anonymous,
        1 => Principal::User {
            account,
            arn: arn("iam::111122223333:user/alice"),
            id: "AIDAEXAMPLEEXAMPLE01".to_owned(),
        },
        2 => Principal::RoleSession {
            account,
            role_arn: arn("iam::111122223333:role/Dev"),
            role_id: "AROAEXAMPLEEXAMPLE01".to_owned(),
            session_arn: arn("sts::111122223333:assumed-role/Dev/s"),
            session_name: "s".to_owned(),
        },
        3 => Principal::FederatedUser {
            account,
            arn: arn("sts::111122223333:federated-user/f"),
            id: "111122223333:f".to_owned(),
            user_arn: arn("iam::111122223333:user/alice"),
            user_id: "AIDAEXAMPLEEXAMPLE01".to_owned(),
        },
        4 => Principal::Root { account },
        5 => Principal::Service { name: "ec2.amazonaws.com".to_owned() },
        _ => Principal::Federated { provider: "accounts.google.com".to_owned(), subject: "s".to_owned() },
    }
}

fn attach(policies: &mut PolicySet, kind: PolicyKind, policy: Option<Policy>, source: &mut Source<'_>) {
    let Some(policy) = policy else { return };
    let policy = NamedPolicy::inline("p", policy);
    let level = |policy| Level { target: "r-1".to_owned(), policies: vec![policy] };
    match kind {
        PolicyKind::Identity => policies.identity.push(policy),
        PolicyKind::Boundary => policies.boundary = Boundary::Policy(policy),
        PolicyKind::Session => policies.session.get_or_insert_default().push(policy),
        PolicyKind::ServiceControl => policies.service_control.push(level(policy)),
        PolicyKind::ResourceControl => policies.resource_control.push(level(policy)),
        PolicyKind::Endpoint => policies.endpoint = Some(policy),
        PolicyKind::Trust => policies.resource = Some(ResourcePolicy { policy, semantics: Semantics::Trust }),
        PolicyKind::Resource(_) => {
            let semantics = source.pick(&[Semantics::Generic, Semantics::Generic, Semantics::Key]);
            policies.resource = Some(ResourcePolicy { policy, semantics });
        }
    }
}

fn document(source: &mut Source<'_>, kind: PolicyKind) -> String {
    let version = if source.chance(15) { "2008-10-17" } else { "2012-10-17" };
    let statements: Vec<Value> = (0..=source.below(3)).map(|_| statement(source, kind)).collect();
    json!({ "Version": version, "Statement": statements }).to_string()
}

fn statement(source: &mut Source<'_>, kind: PolicyKind) -> Value {
    let mut out = Map::new();
    // AWS: Organizations User Guide, "RCP syntax": customers' RCPs deny only; stored ones may allow.
    let effect = if source.chance(25) { "Deny" } else { "Allow" };
    out.insert("Effect".to_owned(), json!(effect));
    let name = |base: &str, negated: bool| if negated { format!("Not{base}") } else { base.to_owned() };
    match kind {
        PolicyKind::ResourceControl => {
            out.insert("Principal".to_owned(), json!("*"));
        }
        PolicyKind::Resource(_) | PolicyKind::Trust | PolicyKind::Endpoint => {
            let negated =
                kind == PolicyKind::Resource(ResourceService::S3) && effect == "Deny" && source.chance(20);
            let listed: Vec<&str> = (0..=source.below(2)).map(|_| source.pick(&PRINCIPALS)).collect();
            out.insert(name("Principal", negated), json!({ "AWS": listed }));
        }
        _ => {}
    }
    let actions: Vec<&str> = (0..=source.below(2)).map(|_| source.pick(&ACTION_PATTERNS)).collect();
    let negated = kind != PolicyKind::ResourceControl && source.chance(10);
    out.insert(name("Action", negated), json!(actions));
    if kind != PolicyKind::Trust {
        let resources: Vec<&str> = (0..=source.below(2)).map(|_| source.pick(&RESOURCE_PATTERNS)).collect();
        out.insert(name("Resource", source.chance(10)), json!(resources));
    }
    if source.chance(35) {
        out.insert("Condition".to_owned(), condition(source));
    }
    Value::Object(out)
}

fn condition(source: &mut Source<'_>) -> Value {
    let mut out = Map::new();
    for _ in 0..=source.below(2) {
        let key = source.pick(&KEYS);
        if source.chance(15) {
            out.insert("Null".to_owned(), json!({ key: source.pick(&["true", "false"]) }));
            continue;
        }
        let (operators, values) = source.pick(&OPERATORS);
        let operator = source.pick(operators);
        let quantifier = source.pick(&["", "", "ForAllValues:", "ForAnyValue:"]);
        let suffix = if source.chance(20) { "IfExists" } else { "" };
        let values: Vec<&str> = (0..=source.below(2)).map(|_| source.pick(values)).collect();
        out.insert(format!("{quantifier}{operator}{suffix}"), json!({ key: values }));
    }
    Value::Object(out)
}
