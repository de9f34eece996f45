//! Whether a bucket policy is public (rule 151).
//!
//! AWS: S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".

use kage_authz::document::{PrincipalEntryKind, Statement, StatementEffect};
use kage_authz::{Policy, PolicyKind, ResourceService};

/// Condition keys that can tie a statement to somebody, in lower case.
const TYING_KEYS: [&str; 10] = [
    "aws:principalorgid",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Whether the policy gives access to the public. A policy that cannot be read counts as public.
pub fn is_public(text: &str) -> bool {
    match Policy::parse_stored(text, PolicyKind::Resource(ResourceService::S3)) {
        Ok(policy) => policy.statements().iter().any(is_public_statement),
        Err(_) => true,
    }
}

fn is_public_statement(statement: &Statement) -> bool {
    if statement.effect != StatementEffect::Allow {
        return false;
    }
    let named = statement.principal.as_ref().is_some_and(|principal| {
        !principal.negated
            && principal
                .entries
                .iter()
                .all(|entry| entry.kind != PrincipalEntryKind::Aws || !entry.value.contains(['*', '?']))
    });
    !named
        && !statement.conditions.iter().any(|condition| {
            ties(&condition.operator, &condition.key.to_ascii_lowercase(), &condition.values)
        })
}

/// Whether a condition ties the statement to fixed values.
fn ties(operator: &str, key: &str, values: &[String]) -> bool {
    // With ForAllValues and IfExists an absent key holds, so nobody is kept out.
    let operator = operator.to_ascii_lowercase();
    if operator.starts_with("forallvalues:") || operator.ends_with("ifexists") || values.is_empty() {
        return false;
    }
    let operator = operator.trim_start_matches("foranyvalue:");
    if key == "aws:sourceip" {
        return operator == "ipaddress" && values.iter().all(|value| is_narrow(value));
    }
    let compares = matches!(
        operator,
        "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike"
    );
    let fixed = |value: &String| match key {
        // The name of an access point may be a wildcard when its account is fixed.
        "s3:dataaccesspointarn" => {
            let account = value.split(':').nth(4).unwrap_or_default();
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        _ => !value.contains(['*', '?']) && !value.contains("${"),
    };
    compares && TYING_KEYS.contains(&key) && values.iter().all(fixed)
}

/// An address range not broader than /8 (IPv4) or /32 (IPv6).
fn is_narrow(range: &str) -> bool {
    let (address, bits) = range.split_once('/').unwrap_or((range, "128"));
    let least = if address.contains(':') { 32 } else { 8 };
    bits.parse::<u8>().is_ok_and(|bits| bits >= least)
}

/// The Deny statements of a policy alone: what a bucket's owner can say about objects of others (rules 144 and 145).
/// `None` when there are none.
pub fn denials(text: &str) -> Option<String> {
    let mut document: serde_json::Value = serde_json::from_str(text).ok()?;
    let kept: Vec<serde_json::Value> = match document.get("Statement")? {
        serde_json::Value::Array(statements) => {
            statements.iter().filter(|s| s["Effect"] == "Deny").cloned().collect()
        }
        one if one["Effect"] == "Deny" => vec![one.clone()],
        _ => Vec::new(),
    };
    if kept.is_empty() {
        return None;
    }
    document["Statement"] = serde_json::Value::Array(kept);
    Some(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn public(principal: serde_json::Value, condition: serde_json::Value) -> bool {
        let mut statement = json!({
            "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        });
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        is_public(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
    }

    #[test]
    fn public_is_what_nobody_is_kept_out_of() {
        // Rule 151.
        let null = serde_json::Value::Null;
        assert!(public(json!("*"), null.clone()));
        assert!(public(json!({"AWS": "*"}), null.clone()));
        assert!(!public(json!({"AWS": "111122223333"}), null.clone()));
        assert!(!public(json!({"Service": "cloudtrail.amazonaws.com"}), null));
        assert!(!public(json!("*"), json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}})));
        assert!(public(json!("*"), json!({"StringLike": {"aws:SourceVpce": "vpce-*"}})));
        assert!(public(json!("*"), json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})));
        assert!(public(json!("*"), json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})));
        assert!(!public(json!("*"), json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})));
        assert!(public(json!("*"), json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}})));
        assert!(!public(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}})));
        assert!(public(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}})));
    }

    #[test]
    fn denials_stay_alone() {
        let text = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}, {"Effect": "Deny", "Sid": "d"}]});
        let kept: serde_json::Value = serde_json::from_str(&denials(&text.to_string()).unwrap()).unwrap();
        assert_eq!(kept["Statement"], json!([{"Effect": "Deny", "Sid": "d"}]));
        assert_eq!(denials(r#"{"Statement":[{"Effect":"Allow"}]}"#), None);
    }
}
