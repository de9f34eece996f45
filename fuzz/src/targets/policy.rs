//! Policy documents.

use std::ops::Range;

use kage_authz::document::{
    Document, Element, Position, PrincipalElement, PrincipalEntryKind, Statement, StatementEffect, Version,
};
use kage_authz::{Policy, PolicyError, PolicyKind, ResourceService, policy_size};
use serde_json::{Map, Value, json};

use crate::target::Target;

/// Every kind of policy.
pub(super) const KINDS: [PolicyKind; 10] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Resource(ResourceService::S3),
    PolicyKind::Resource(ResourceService::Kms),
    PolicyKind::Resource(ResourceService::Generic),
    PolicyKind::Trust,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
    PolicyKind::Endpoint,
];

/// The text of a policy.
pub const DOCUMENT: Target = Target {
    name: "policy_document",
    law: "a policy of any kind is read or refused; what reads, reads again to the same document from its own text and \
          from the document written out",
    check: document,
    seeds: SEEDS,
    dictionary: DICTIONARY,
    rounds: 8_000,
};

/// Policies of all kinds.
pub(super) const SEEDS: &[&[u8]] = &[
    br#"{"Version":"2012-10-17","Id":"p","Statement":[{"Sid":"A1","Effect":"Allow","Action":["s3:GetObject","s3:Put*"],"Resource":"arn:aws:s3:::bucket/${aws:username}/*","Condition":{"StringEquals":{"aws:PrincipalTag/team":["alice","bob"]},"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10}}}]}"#,
    br#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":["arn:aws:iam::*:role/x"],"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"a*"},"Null":{"aws:MultiFactorAuthAge":"true"}}}}"#,
    br#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/Dev"],"Service":"ec2.amazonaws.com"},"Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]},{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"*","Resource":"*"}]}"#,
    br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"},{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#,
    br#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/a"}}}]}"#,
    br#"{"Version":"2012-10-17","Statement":[{"Sid":"key","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#,
    br#"{"Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito\ud83d\ude00-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#,
    b"{\"Version\":\"2012-10-17\",\n \"Statement\":[]}",
];

/// What policies are made of.
pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"Statement\":",
    b"\"Effect\":\"Deny\",",
    b"\"Action\":",
    b"\"NotAction\":",
    b"\"Resource\":\"*\",",
    b"\"NotResource\":",
    b"\"Principal\":\"*\",",
    b"\"Condition\":{}",
    b"\"Sid\":\"\",",
    b"\"*\"",
    b"*",
    b"?",
    b"${aws:username}",
    b"${*}",
    b"${$}",
    b"${a, 'b'}",
    b"${",
    b"IfExists",
    b"ForAllValues:",
    b"ForAnyValue:",
    b"StringLike",
    b"StringNotEquals",
    b"BinaryEquals",
    b"NumericEquals",
    b"DateEquals",
    b"ArnLike",
    b"NotIpAddress",
    b"aws:username",
    b"s3:GetObject",
    b"2008-10-17",
    b"[\"a\",\"b\"]",
    b"[]",
    b"{}",
    b"null",
    b"true",
    b"1.0",
    b"-0",
    b"\\u0041",
    b"\\ud83d\\ude00",
    b"\\n",
    b"[[[[[[[[[[[[[[[[",
    b"\"CanonicalUser\":\"a\",",
    b"arn:aws:s3:::",
    b"111122223333",
    b" ",
    b"\n",
];

fn document(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    assert!(policy_size(&text) <= text.len(), "a policy is larger than its text");
    for kind in KINDS {
        let strict = judge(Policy::parse(&text, kind));
        let stored = judge(Policy::parse_stored(&text, kind));
        assert!(strict.is_none() || stored.is_some(), "{kind:?}: what is accepted cannot be stored");
        if let (Some(strict), Some(stored)) = (&strict, &stored) {
            assert_eq!(strict.document(), stored.document(), "{kind:?}: accepted and stored differ");
        }
        if let Some(policy) = stored {
            reads_again(&policy);
        }
    }
}

fn judge(outcome: Result<Policy, PolicyError>) -> Option<Policy> {
    outcome
        .map_err(|error| {
            assert!(!error.message().is_empty() && !error.detail().is_empty(), "{error:?} says nothing")
        })
        .ok()
}

fn reads_again(policy: &Policy) {
    let kind = policy.kind();
    let again = Policy::parse_stored(policy.text(), kind);
    assert_eq!(again.as_ref().map(Policy::document), Ok(policy.document()), "{kind:?}: its own text");
    let written = ascii(&written(policy.document()).to_string());
    let again = Policy::parse_stored(&written, kind).map(|policy| without_places(policy.document()));
    assert_eq!(again, Ok(without_places(policy.document())), "{kind:?}: written as {written}");
    let same = policy.with_principals(str::to_owned);
    assert_eq!(same.as_ref().map(Policy::text), Ok(policy.text()), "{kind:?}: no principal was replaced");
}

/// JSON with escapes for all that is not ASCII: IAM limits the characters of the text, not those that escapes name.
// AWS: IAM API reference, CreatePolicy, PolicyDocument: the pattern [\u0009\u000A\u000D\u0020-\u00FF]+.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// The document without the places of its parts in the text.
fn without_places(document: &Document) -> Document {
    let mut document = document.clone();
    let nowhere = Position { offset: 0, line: 0, column: 0 };
    for statement in &mut document.statements {
        statement.position = nowhere;
        for condition in &mut statement.conditions {
            condition.position = nowhere;
        }
        for entry in statement.principal.iter_mut().flat_map(|element| &mut element.entries) {
            entry.span = Range::default();
        }
    }
    document
}

/// The document as JSON, written without the code under test.
fn written(document: &Document) -> Value {
    let mut out = Map::new();
    if document.version_stated {
        let version = if document.version == Version::V2012 { "2012-10-17" } else { "2008-10-17" };
        out.insert("Version".to_owned(), json!(version));
    }
    if let Some(id) = &document.id {
        out.insert("Id".to_owned(), json!(id));
    }
    let statements: Vec<Value> = document.statements.iter().map(statement).collect();
    out.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(out)
}

fn statement(statement: &Statement) -> Value {
    let mut out = Map::new();
    if let Some(sid) = &statement.sid {
        out.insert("Sid".to_owned(), json!(sid));
    }
    let effect = if statement.effect == StatementEffect::Allow { "Allow" } else { "Deny" };
    out.insert("Effect".to_owned(), json!(effect));
    if let Some(element) = &statement.principal {
        out.insert(name("Principal", element.negated), principals(element));
    }
    let mut patterns = |base: &str, element: &Element| {
        out.insert(name(base, element.negated), json!(element.patterns));
    };
    patterns("Action", &statement.action);
    if let Some(resource) = &statement.resource {
        patterns("Resource", resource);
    }
    let mut operators = Map::new();
    for condition in &statement.conditions {
        let keys = operators.entry(condition.operator.clone()).or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(condition.key.clone(), json!(condition.values));
        }
    }
    if !operators.is_empty() {
        out.insert("Condition".to_owned(), Value::Object(operators));
    }
    Value::Object(out)
}

fn name(base: &str, negated: bool) -> String {
    if negated { format!("Not{base}") } else { base.to_owned() }
}

fn principals(element: &PrincipalElement) -> Value {
    if let [entry] = element.entries.as_slice()
        && entry.kind == PrincipalEntryKind::Aws
        && entry.value == "*"
    {
        return json!("*");
    }
    let mut out = Map::new();
    for entry in &element.entries {
        let values = out.entry(entry.kind.name()).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(entry.value));
        }
    }
    Value::Object(out)
}
