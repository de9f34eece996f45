//! O. Policy documents: what is read, what is refused, with which text and where.

use kage_authz::document::Version;
use kage_authz::{Policy, PolicyKind, ResourceService, policy_size};
use serde_json::{Value, json};

use crate::harness::*;

const S3: PolicyKind = PolicyKind::Resource(ResourceService::S3);
const KMS: PolicyKind = PolicyKind::Resource(ResourceService::Kms);

#[track_caller]
fn refusal(text: &str, kind: PolicyKind) -> String {
    Policy::parse(text, kind).expect_err(text).message()
}

#[track_caller]
fn iam(statement: Value) -> String {
    refusal(&document(&statement), PolicyKind::Identity)
}

fn without(mut statement: Value, name: &str) -> Value {
    statement.as_object_mut().unwrap().remove(name);
    statement
}

#[test]
fn rule_163_the_grammar() {
    // claims: ID-POLICY-01, ID-POLICY-02
    let full = json!({
        "Version": "2012-10-17", "Id": "my-policy",
        "Statement": [{"Sid": "One", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {}},
                      {"Sid": "Two", "Effect": "Deny", "NotAction": ["s3:*"], "NotResource": ["arn:aws:s3:::b"]}]
    });
    let policy = Policy::parse(&full.to_string(), PolicyKind::Identity).unwrap();
    assert_eq!((policy.version(), policy.statements().len()), (Version::V2012, 2));
    assert_eq!(policy.document().id.as_deref(), Some("my-policy"));
    let old = json!({"Statement": grant(json!("*"))}).to_string();
    assert_eq!(Policy::parse(&old, S3).unwrap().version(), Version::V2008);
    let syntax = "Syntax errors in policy.";
    assert_eq!(iam(with(allow("s3:*", "*"), "Principle", json!("*"))), syntax);
    assert_eq!(iam(with(allow("s3:*", "*"), "action", json!("s3:*"))), syntax);
    assert_eq!(iam(with(allow("s3:*", "*"), "Effect", json!("allow"))), "The policy failed legacy parsing");
    assert_eq!(iam(with(allow("s3:*", "*"), "Effect", json!("Permit"))), syntax);
    assert_eq!(iam(without(allow("s3:*", "*"), "Effect")), syntax);
    assert_eq!(iam(with(allow("s3:*", "*"), "Sid", json!("with space"))), syntax);
    assert_eq!(iam(with(allow("s3:*", "*"), "Action", json!(1))), syntax);
    assert_eq!(iam(json!([])), syntax);
    assert_eq!(iam(json!("x")), syntax);
    assert_eq!(
        iam(json!([
            with(allow("s3:*", "*"), "Sid", json!("A")),
            with(allow("s3:*", "*"), "Sid", json!("A"))
        ])),
        "Statement IDs (SID) in a single policy must be unique."
    );
    for text in ["", "[]", "{", "null", "{\"Statement\":", "{} {}", "{\"Version\":\"2012-10-17\"}"] {
        assert_eq!(refusal(text, PolicyKind::Identity), syntax, "{text}");
    }
}

#[test]
fn rule_164_characters() {
    let euro = document(&allow("s3:*", "arn:aws:s3:::€"));
    assert_eq!(refusal(&euro, PolicyKind::Identity), "Syntax errors in policy.");
    assert!(Policy::parse(&document(&allow("s3:*", "arn:aws:s3:::ÿ")), PolicyKind::Identity).is_ok());
    assert!(
        Policy::parse(&document(&for_principal(allow("s3:*", "arn:aws:s3:::b/€"), json!("*"))), S3).is_ok()
    );
}

#[test]
fn rule_165_white_space_does_not_count() {
    assert_eq!(policy_size("{ \"a\" :\n\t1 }\r\n"), 7);
    assert_eq!(policy_size("é"), 1);
}

#[test]
fn rule_167_texts_of_iam() {
    // claims: ID-POLICY-01
    let versioned = |version: &str| json!({"Version": version, "Statement": allow("s3:*", "*")}).to_string();
    assert_eq!(
        refusal(&versioned("2008-10-17"), PolicyKind::Identity),
        "Policy document must be version 2012-10-17 or greater."
    );
    assert_eq!(refusal(&versioned("2013-01-01"), PolicyKind::Identity), "Syntax errors in policy.");
    assert_eq!(iam(without(allow("s3:*", "*"), "Action")), "Policy statement must contain actions.");
    assert_eq!(iam(without(allow("s3:*", "*"), "Resource")), "Policy statement must contain resources.");
    assert_eq!(
        iam(allow("GetObject", "*")),
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    );
    assert_eq!(iam(allow("s3:Get:Object", "*")), "Actions/Condition can contain only one colon.");
    assert_eq!(iam(allow("s3_x:Get", "*")), "Vendor s3_x is not valid");
    assert_eq!(iam(allow("s3:*", "x")), "Resource x must be in ARN format or \"*\".");
    assert_eq!(
        iam(allow("s3:*", "arn:xyz:s3:::b")),
        "Partition \"xyz\" is not valid for resource \"arn:xyz:s3:::b\"."
    );
    assert_eq!(
        iam(allow("s3:*", "arn:aws")),
        "Resource vendor must be fully qualified and cannot contain regexes."
    );
    assert_eq!(
        iam(allow("iam:*", "arn:aws:iam::111122223333:thing/x")),
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
    );
    assert_eq!(
        iam(allow("iam:*", "arn:aws:iam:us-east-1:111122223333:user/x")),
        "IAM resource arn:aws:iam:us-east-1:111122223333:user/x cannot contain region information."
    );
    assert_eq!(
        iam(with(allow("s3:*", "*"), "Condition", json!({"DateLessThan": {"aws:CurrentTime": "soon"}}))),
        "The policy failed legacy parsing"
    );
    assert_eq!(iam(grant(json!("*"))), "Policy document should not specify a principal.");
}

#[test]
fn rule_167_texts_of_trust_policies() {
    let trust = |statement: Value| refusal(&document(&statement), PolicyKind::Trust);
    let good = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}});
    assert!(Policy::parse(&document(&good), PolicyKind::Trust).is_ok());
    assert_eq!(trust(with(good.clone(), "Resource", json!("*"))), "Has prohibited field Resource");
    assert_eq!(
        trust(with(good.clone(), "NotResource", json!("*"))),
        "AssumeRole policy must not contain resources."
    );
    assert_eq!(trust(without(good.clone(), "Principal")), "Missing required field Principal");
    for action in ["s3:*", "*"] {
        assert_eq!(
            trust(with(good.clone(), "Action", json!(action))),
            "AssumeRole policy may only specify STS AssumeRole actions."
        );
    }
    let all_but = with(without(good, "Principal"), "NotPrincipal", json!({"AWS": ACCOUNT}));
    assert_eq!(trust(all_but), "AssumeRole policy must not contain NotPrincipal field.");
}

#[test]
fn rule_167_texts_of_s3() {
    let s3 = |statement: Value| refusal(&document(&statement), S3);
    let good = for_principal(allow("s3:*", "arn:aws:s3:::b"), json!("*"));
    assert_eq!(refusal("[1]", S3), "Policies must be valid JSON and the first byte must be '{'");
    assert_eq!(refusal("{\"Version\"", S3), "This policy contains invalid Json");
    assert_eq!(refusal("{}", S3), "Missing required field Statement");
    assert_eq!(s3(json!([])), "Could not parse the policy: Statement is empty!");
    assert_eq!(s3(with(good.clone(), "Effect", json!("hello"))), "Invalid effect: hello");
    assert_eq!(s3(with(good.clone(), "Action", json!("invalid"))), "Policy has invalid action");
    assert_eq!(s3(with(good.clone(), "Action", json!("ec2:*"))), "Policy has invalid action");
    assert_eq!(s3(with(good.clone(), "Resource", json!("b"))), "Policy has invalid resource");
    assert_eq!(s3(with(good.clone(), "Principle", json!("b"))), "Unknown field Principle");
    for field in ["Effect", "Action", "Resource", "Principal"] {
        assert_eq!(s3(without(good.clone(), field)), format!("Missing required field {field}"));
    }
    let text = document(&without(for_principal(allow("kms:*", "*"), json!("*")), "Principal"));
    assert_eq!(refusal(&text, KMS), "Policy contains a statement with one or more invalid principals.");
}

#[test]
fn rule_168_duplicate_names_are_refused_with_their_place() {
    let text = "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"s3:*\",\n  \"Effect\": \"Allow\", \"Resource\": \"*\"}}";
    let error = Policy::parse(text, PolicyKind::Identity).unwrap_err();
    assert_eq!(error.message(), "Syntax errors in policy.");
    assert_eq!(error.position().map(|position| (position.line, position.column)), Some((3, 3)));
    assert!(error.detail().contains("`Effect` stands twice"), "{}", error.detail());
}

#[test]
fn rule_168_statements_know_their_place() {
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": [\n  {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"},\n    {\"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}";
    let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
    let places: Vec<_> = policy.statements().iter().map(|s| (s.position.line, s.position.column)).collect();
    assert_eq!(places, [(2, 3), (3, 5)]);
}

#[test]
fn rule_169_managed_policies_of_any_size_are_read() {
    let actions: Vec<String> =
        (0..5_000).map(|number| format!("service{}:Action{number}*", number % 300)).collect();
    let text = document(&json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
    let policy = Policy::parse(&text, PolicyKind::Identity).unwrap();
    assert!(policy_size(policy.text()) > 100_000);
    case(user()).doing("service299:action299x").identity_text(&text).allowed();
}
