//! Evaluations a second, without trace. `cargo bench -p kage-authz`.
//!
//! `KAGE_MANAGED_POLICIES` may name a folder of AWS managed policies as JSON files (`*.json`), each the document
//! itself or an object with a `Document` member; else policies of the same size are made here.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kage_authz::{
    Effect, Level, NamedPolicy, Policy, PolicyKind, PolicySet, Principal, Request, ResourcePolicy,
    ResourceRef, ResourceService, Semantics, decide, explain,
};

const ACCOUNT: &str = "111122223333";

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

/// What `cargo xtask bench` counts the instructions of, when it says how often to run.
#[inline(never)]
fn counted(times: u32, run: &mut dyn FnMut()) {
    for _ in 0..times {
        run();
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment what to do")]
fn times() -> Option<u32> {
    std::env::var("KAGE_BENCH_COUNT").ok()?.parse().ok()
}

fn measure(name: &str, mut run: impl FnMut()) {
    if let Some(times) = times() {
        run();
        counted(times, &mut run);
        println!("counted: {name}");
        return;
    }
    for _ in 0..1_000 {
        run();
    }
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = now();
        let mut rounds = 0_u32;
        while start.elapsed() < Duration::from_millis(200) {
            for _ in 0..500 {
                run();
            }
            rounds += 500;
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(rounds));
    }
    println!("{name:<58} {:>12.0}/s {:>9.0} ns", 1.0 / best, best * 1e9);
}

fn policy(text: &str, kind: PolicyKind) -> Policy {
    Policy::parse_stored(text, kind).unwrap_or_else(|error| {
        eprintln!("{}", error.detail());
        std::process::exit(1)
    })
}

fn named(name: &str, text: &str, kind: PolicyKind) -> NamedPolicy {
    NamedPolicy::inline(name, policy(text, kind))
}

fn request(action: &str, arn: &str) -> Request {
    let principal = Principal::RoleSession {
        account: ACCOUNT.to_owned(),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/Dev"),
        role_id: "AROAEXAMPLEEXAMPLE".to_owned(),
        session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/Dev/work"),
        session_name: "work".to_owned(),
    };
    let mut request = Request::new(principal, action, ResourceRef::new(arn, ACCOUNT));
    for (key, value) in [
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/Dev"),
        ("aws:PrincipalAccount", ACCOUNT),
        ("aws:PrincipalOrgID", "o-example"),
        ("aws:PrincipalType", "AssumedRole"),
        ("aws:PrincipalTag/team", "red"),
        ("aws:userid", "AROAEXAMPLEEXAMPLE:work"),
        ("aws:SourceIp", "10.1.2.3"),
        ("aws:SecureTransport", "true"),
        ("aws:CurrentTime", "2026-11-23T12:00:00Z"),
        ("aws:EpochTime", "1795435200"),
        ("aws:TokenIssueTime", "2026-11-23T11:00:00Z"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:ResourceAccount", ACCOUNT),
        ("aws:ResourceOrgID", "o-example"),
        ("aws:UserAgent", "aws-cli/2"),
        ("aws:ViaAWSService", "false"),
        ("aws:PrincipalIsAWSService", "false"),
    ] {
        request.context.insert(key, value);
    }
    request
}

const SMALL: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
   "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
  {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}"#;

const FULL: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

const GUARD: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "route53:*", "support:*", "sts:*"], "Resource": "*",
   "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}},
  {"Effect": "Deny", "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], "Resource": "*",
   "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Break*"}}}]}"#;

const PERIMETER: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:*"], "Resource": "*",
   "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]}"#;

/// Ten policies of the size and form of AWS managed ones, or ten of the folder.
fn managed() -> Vec<NamedPolicy> {
    let mut found = from_folder();
    found.sort_by_key(|named| std::cmp::Reverse(named.policy.text().len()));
    let stride = (found.len() / 10).max(1);
    let chosen: Vec<NamedPolicy> = found.into_iter().step_by(stride).take(9).collect();
    if chosen.len() == 9 {
        let total: usize = chosen.iter().map(|named| named.policy.text().len()).sum();
        println!("ten managed policies: nine of the folder ({total} bytes) and one that allows");
        return chosen.into_iter().chain([named("small", SMALL, PolicyKind::Identity)]).collect();
    }
    let mut policies: Vec<NamedPolicy> =
        (0..9).map(|number| named("made", &made(number), PolicyKind::Identity)).collect();
    policies.push(named("small", SMALL, PolicyKind::Identity));
    policies
}

fn made(number: usize) -> String {
    let actions: Vec<String> = (0..300)
        .map(|action| match action % 3 {
            0 => format!("\"service{}:Describe{action}*\"", action % 40),
            1 => format!("\"s3:Put{number}Thing{action}\""),
            _ => format!("\"service{}:List{action}\"", action % 40),
        })
        .collect();
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{}], "Resource": "*"}},
        {{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::other-{number}/*"}}]}}"#,
        actions.join(",")
    )
}

#[expect(clippy::disallowed_methods, reason = "a bench reads test data that is not ours to commit")]
fn from_folder() -> Vec<NamedPolicy> {
    let Ok(folder) = std::env::var("KAGE_MANAGED_POLICIES") else { return Vec::new() };
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let files = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut policies = Vec::new();
    let (mut refused, mut refused_as_new) = (0, 0);
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let document = value.get("Document").map_or(text, serde_json::Value::to_string);
        let name = path.display().to_string();
        if let Err(error) = Policy::parse(&document, PolicyKind::Identity) {
            refused_as_new += 1;
            println!("refused if it were new: {name}: {}", error.detail());
        }
        match Policy::parse_stored(&document, PolicyKind::Identity) {
            Ok(policy) => policies.push(NamedPolicy::inline(name, policy)),
            Err(error) => {
                refused += 1;
                println!("refused: {name}: {}", error.detail());
            }
        }
    }
    println!("{} managed policies read, {refused} refused, {refused_as_new} if new", policies.len());
    policies
}

fn judged(name: &str, request: &Request, policies: &PolicySet, effect: Effect) {
    assert_eq!(decide(request, policies).effect, effect, "{name}");
    measure(name, || {
        black_box(decide(black_box(request), black_box(policies)));
    });
}

fn main() {
    let allowed = request("s3:GetObject", "arn:aws:s3:::bucket/a/b.txt");
    let unknown = request("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/t");
    let small =
        PolicySet { identity: vec![named("small", SMALL, PolicyKind::Identity)], ..PolicySet::default() };
    judged("one small policy, allow", &allowed, &small, Effect::Allow);
    judged("one small policy, implicit deny", &unknown, &small, Effect::ImplicitDeny);
    let level = |target: &str| Level {
        target: target.to_owned(),
        policies: vec![
            named("full", FULL, PolicyKind::ServiceControl),
            named("guard", GUARD, PolicyKind::ServiceControl),
        ],
    };
    let perimeter = Level {
        target: "root".to_owned(),
        policies: vec![named("perimeter", PERIMETER, PolicyKind::ResourceControl)],
    };
    let chain = PolicySet {
        identity: managed(),
        service_control: vec![level("root"), level("unit"), level("account")],
        resource_control: vec![perimeter],
        ..PolicySet::default()
    };
    judged("ten managed policies, three SCP levels, RCP: allow", &allowed, &chain, Effect::Allow);
    judged(
        "ten managed policies, three SCP levels, RCP: implicit deny",
        &unknown,
        &chain,
        Effect::ImplicitDeny,
    );
    let bucket = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE"},
        "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'a'}*"}}"#;
    let kind = PolicyKind::Resource(ResourceService::S3);
    let resource = ResourcePolicy { policy: named("bucket", bucket, kind), semantics: Semantics::Generic };
    let mut with_bucket = small.clone();
    with_bucket.resource = Some(resource);
    judged("small policy and bucket policy with a variable", &allowed, &with_bucket, Effect::Allow);
    measure("explain one small policy", || {
        black_box(explain(black_box(&allowed), black_box(&small)));
    });
    measure("parse and compile one small policy", || {
        black_box(policy(black_box(SMALL), PolicyKind::Identity));
    });
}
