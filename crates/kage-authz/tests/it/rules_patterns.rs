//! F and G: actions, resources, variables.

use kage_authz::{CheckKind, Policy, PolicyKind, ResourceService};
use serde_json::{Value, json};

use crate::harness::*;

#[test]
fn rule_064_actions_ignore_case_and_take_wildcards() {
    // claims: ID-POLICY-03
    for pattern in [
        "s3:GetObject",
        "S3:getobject",
        "s3:Get*",
        "s3:*",
        "*",
        "s3:G?tObject",
        "s3:*Object",
        "*:*",
        "s3:*t*j*t",
    ] {
        case(user()).identity(allow(pattern, "*")).allowed();
        case(user()).doing("S3:GETOBJECT").identity(allow(pattern, "*")).allowed();
    }
    for pattern in [
        "s3:PutObject",
        "s3:Get",
        "s3:GetObject?",
        "s3:?GetObject",
        "sqs:*",
        "s3:GetObjectAcl",
        "s3express:*",
    ] {
        case(user()).identity(allow(pattern, "*")).implicitly_denied(CheckKind::Identity);
    }
    let list = json!({"Effect": "Allow", "Action": ["sqs:*", "s3:GetObject"], "Resource": "*"});
    case(user()).identity(list).allowed();
    for bad in ["s3*:GetObject", "s?:GetObject"] {
        let error = Policy::parse(&document(&allow(bad, "*")), PolicyKind::Identity).unwrap_err();
        assert!(error.message().starts_with("Vendor "), "{error}");
    }
}

#[test]
fn rule_065_not_action_is_every_other_action() {
    let others = json!({"Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"], "Resource": "*"});
    case(user()).identity(others.clone()).allowed();
    case(user()).doing("organizations:LeaveOrganization").identity(others.clone()).allowed();
    case(user()).doing("s3:PutObject").identity(others.clone()).implicitly_denied(CheckKind::Identity);
    case(user()).doing("iam:CreateUser").identity(others).implicitly_denied(CheckKind::Identity);
    let fence = json!([allow("*", "*"), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]);
    case(user()).identity(fence.clone()).allowed();
    case(user()).doing("sqs:SendMessage").identity(fence).explicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_066_resources_respect_case() {
    // claims: ID-POLICY-04
    case(user()).identity(allow("*", OBJECT)).allowed();
    for other in ["arn:aws:s3:::Bucket/a/b.txt", "arn:AWS:s3:::bucket/a/b.txt", "arn:aws:S3:::bucket/a/b.txt"]
    {
        let text = document(&allow("*", other));
        case(user()).identity_text(&text).implicitly_denied(CheckKind::Identity);
    }
}

#[test]
fn rule_067_resource_wildcards_cross_slashes_and_colons() {
    // claims: ID-POLICY-04
    for pattern in [
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::bucket/a/?.txt",
        "arn:aws:s3:::*",
        "arn:aws:s3:*",
        "arn:*.txt",
        "arn:*:bucket/*",
    ] {
        case(user()).identity_text(&document(&allow("*", pattern))).allowed();
    }
    for pattern in [
        "arn:aws:s3:::bucket/b/*",
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::bucket/a/b.txt?",
        "arn:aws:s3:::bucket/?",
    ] {
        case(user()).identity(allow("*", pattern)).implicitly_denied(CheckKind::Identity);
    }
}

#[test]
fn rule_068_a_resource_is_an_arn_or_the_star() {
    case(user()).identity(allow("*", "*")).allowed();
    let parse = |resource: &str| Policy::parse(&document(&allow("s3:*", resource)), PolicyKind::Identity);
    assert_eq!(parse("bucket").unwrap_err().message(), "Resource bucket must be in ARN format or \"*\".");
    assert!(
        parse("arn:nowhere:s3:::b").unwrap_err().message().starts_with("Partition \"nowhere\" is not valid")
    );
}

#[test]
fn rule_069_not_resource_is_every_other_resource() {
    let others = json!({"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::secret/*", "arn:aws:s3:::secret"]});
    case(user()).identity(others.clone()).allowed();
    case(user()).on("arn:aws:s3:::secret/x").identity(others.clone()).implicitly_denied(CheckKind::Identity);
    case(user()).on("arn:aws:iam::111122223333:user/x").identity(others).allowed();
}

#[test]
fn rule_070_empty_lists_are_refused() {
    for (element, message) in [
        ("Action", "Policy statement must contain actions."),
        ("Resource", "Policy statement must contain resources."),
    ] {
        let text = document(&with(allow("s3:*", "*"), element, json!([])));
        assert_eq!(Policy::parse(&text, PolicyKind::Identity).unwrap_err().message(), message);
        assert!(Policy::parse_stored(&text, PolicyKind::Identity).is_err());
    }
}

#[test]
fn rule_071_variables_count_in_the_resource_part_only() {
    let named = |pattern: &str| {
        case(user())
            .key_value("aws:username", "bucket")
            .key_value("aws:PrincipalAccount", "")
            .identity(allow("*", pattern))
    };
    named("arn:aws:s3:::${aws:username}/*").allowed();
    named("arn:aws:s3::${aws:PrincipalAccount}:bucket/*").implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_072_trust_policies_have_no_resource() {
    let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": USER_ARN}});
    assert!(Policy::parse(&document(&statement), PolicyKind::Trust).is_ok());
    let text = document(&with(statement.clone(), "Resource", json!("*")));
    assert_eq!(
        Policy::parse(&text, PolicyKind::Trust).unwrap_err().message(),
        "Has prohibited field Resource"
    );
    assert!(Policy::parse(&document(&statement), PolicyKind::Resource(ResourceService::Generic)).is_ok());
    let error = Policy::parse(&document(&json!({"Effect": "Allow", "Action": "s3:*"})), PolicyKind::Identity)
        .unwrap_err();
    assert_eq!(error.message(), "Policy statement must contain resources.");
}

#[test]
fn rule_073_an_element_and_its_complement_exclude_each_other() {
    for (name, value) in [("NotAction", "s3:*"), ("NotResource", "*")] {
        let text = document(&with(allow("s3:*", "*"), name, json!(value)));
        assert_eq!(
            Policy::parse(&text, PolicyKind::Identity).unwrap_err().message(),
            "Syntax errors in policy."
        );
    }
    let text = document(&with(grant(json!("*")), "NotPrincipal", json!("*")));
    assert!(Policy::parse(&text, PolicyKind::Resource(ResourceService::S3)).is_err());
}

#[test]
fn rule_074_wildcards_can_be_written_as_text() {
    let on =
        |arn: &str, pattern: &str| case(user()).on(arn).identity(allow("*", pattern)).decision().is_allowed();
    assert!(on("arn:aws:s3:::b/*", "arn:aws:s3:::b/${*}"));
    assert!(!on("arn:aws:s3:::b/x", "arn:aws:s3:::b/${*}"));
    assert!(on("arn:aws:s3:::b/a?", "arn:aws:s3:::b/a${?}"));
    assert!(!on("arn:aws:s3:::b/ab", "arn:aws:s3:::b/a${?}"));
    assert!(on("arn:aws:s3:::b/$x", "arn:aws:s3:::b/${$}x"));
    assert!(on("arn:aws:s3:::b/*x*", "arn:aws:s3:::b/${*}*${*}"));
}

#[test]
fn rule_075_unknown_actions_are_accepted() {
    assert!(Policy::parse(&document(&allow("nothing:DoesThis", "*")), PolicyKind::Identity).is_ok());
}

#[test]
fn rule_076_bucket_arns_have_no_region() {
    let error = Policy::parse(&document(&allow("s3:*", "arn:aws:s3:eu-west-1::b")), PolicyKind::Identity)
        .unwrap_err();
    assert_eq!(error.message(), "Resource arn:aws:s3:eu-west-1::b can not contain region information.");
    let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
    assert!(Policy::parse(&document(&allow("s3:*", point)), PolicyKind::Identity).is_ok());
}

#[test]
fn rule_077_wildcards_of_the_request_are_text() {
    case(user())
        .on("arn:aws:s3:::b/*")
        .identity(allow("*", "arn:aws:s3:::b/x"))
        .implicitly_denied(CheckKind::Identity);
    case(user()).on("arn:aws:s3:::b/*").identity(allow("*", "arn:aws:s3:::b/?")).allowed();
}

#[test]
fn rule_078_variables_need_the_new_version() {
    let text = |version: &str| {
        json!({"Version": version, "Statement": allow("*", "arn:aws:s3:::${aws:username}/*")}).to_string()
    };
    let base = case(user()).key_value("aws:username", "bucket");
    base.clone().identity_text(&text("2012-10-17")).allowed();
    base.clone().identity_text(&text("2008-10-17")).implicitly_denied(CheckKind::Identity);
    base.clone().on("arn:aws:s3:::${aws:username}/x").identity_text(&text("2008-10-17")).allowed();
    let missing = json!({"Statement": allow("*", "arn:aws:s3:::${aws:username}/*")}).to_string();
    base.on("arn:aws:s3:::${aws:username}/x").identity_text(&missing).allowed();
}

#[test]
fn rule_079_where_variables_count() {
    let base = case(user())
        .key_value("aws:username", "alice")
        .key_value("k", "alice")
        .key_value("n", "5")
        .key_value("arn", "arn:aws:s3:::alice");
    base.clone().identity(when(json!({"StringEquals": {"k": "${aws:username}"}}))).allowed();
    base.clone().identity(when(json!({"StringEqualsIgnoreCase": {"k": "${AWS:username}"}}))).allowed();
    base.clone().identity(when(json!({"ArnLike": {"arn": "arn:aws:s3:::${aws:username}"}}))).allowed();
    base.key_value("flag", "true")
        .key_value("want", "true")
        .identity(when(json!({"Bool": {"want": "${flag}"}})))
        .allowed();
    for operator in ["NumericEquals", "DateEquals", "IpAddress", "BinaryEquals", "Null"] {
        let text = document(&when(json!({operator: {"n": "${n}"}})));
        assert!(Policy::parse(&text, PolicyKind::Identity).is_err(), "{operator}");
    }
}

#[test]
fn rule_080_variable_names_ignore_case() {
    case(user())
        .key_value("aws:username", "bucket")
        .identity(allow("*", "arn:aws:s3:::${AWS:UserName}/*"))
        .allowed();
}

#[test]
fn rule_081_multivalued_keys_are_no_variables() {
    let pattern = allow("*", "arn:aws:s3:::${aws:TagKeys}/*");
    case(user())
        .key_values("aws:TagKeys", &["bucket"])
        .identity(pattern.clone())
        .implicitly_denied(CheckKind::Identity);
    case(user()).key_value("aws:TagKeys", "bucket").identity(pattern).allowed();
}

#[test]
fn rule_082_defaults_of_variables() {
    let pattern = allow("*", "arn:aws:s3:::${aws:PrincipalTag/team, 'bucket'}/*");
    case(user()).identity(pattern.clone()).allowed();
    case(user())
        .key_value("aws:PrincipalTag/team", "other")
        .identity(pattern.clone())
        .implicitly_denied(CheckKind::Identity);
    case(user())
        .key_value("aws:PrincipalTag/team", "other")
        .on("arn:aws:s3:::other/x")
        .identity(pattern)
        .allowed();
}

#[test]
fn rule_083_variables_without_value() {
    let deny_others = |resource: Value| json!([allow("*", "*"), resource]);
    case(user())
        .identity(allow("*", "arn:aws:s3:::*${aws:username}*"))
        .implicitly_denied(CheckKind::Identity);
    let not_home =
        json!({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::bucket/${aws:username}*"});
    case(user()).identity(deny_others(not_home)).explicitly_denied(CheckKind::Identity);
    let base = case(user()).key_value("k", "x");
    base.clone()
        .identity(when(json!({"StringEquals": {"k": "${aws:username}"}})))
        .implicitly_denied(CheckKind::Identity);
    base.clone().identity(when(json!({"StringNotEquals": {"k": "${aws:username}"}}))).allowed();
    base.clone().identity(when(json!({"StringLike": {"k": ["${aws:username}", "x"]}}))).allowed();
    base.identity(when(json!({"ArnNotLike": {"k": "arn:aws:s3:::${aws:username}"}}))).allowed();
}

#[test]
fn rule_084_wildcards_out_of_variables_are_text() {
    let base = case(user()).key_value("aws:username", "*");
    base.clone()
        .identity(allow("*", "arn:aws:s3:::${aws:username}/*"))
        .implicitly_denied(CheckKind::Identity);
    base.clone()
        .key_value("k", "x")
        .identity(when(json!({"StringLike": {"k": "${aws:username}"}})))
        .implicitly_denied(CheckKind::Identity);
    base.key_value("k", "*").identity(when(json!({"StringLike": {"k": "${aws:username}"}}))).allowed();
}

#[test]
fn rule_086_tag_variables_have_exact_values() {
    let base = case(user()).key_value("aws:PrincipalTag/Team", "Red").key_value("k", "red");
    base.clone()
        .identity(when(json!({"StringEquals": {"k": "${aws:principaltag/team}"}})))
        .implicitly_denied(CheckKind::Identity);
    base.key_value("k", "Red")
        .identity(when(json!({"StringEquals": {"k": "${aws:principaltag/team}"}})))
        .allowed();
}

#[test]
fn malformed_variables_are_refused() {
    for bad in ["${aws:username", "${}", "${aws:username, bucket}", "${,'x'}"] {
        let text = document(&allow("s3:*", &format!("arn:aws:s3:::{bad}")));
        assert!(Policy::parse_stored(&text, PolicyKind::Identity).is_err(), "{bad}");
    }
}
