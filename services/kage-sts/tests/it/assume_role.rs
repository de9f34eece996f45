//! Sessions of roles.

use crate::{MANAGEMENT, assume, bearer, policy, put_policy, role, trust, world};
use serde_json::{Value, json};

const PLAIN: &str = r#""sts:AssumeRole""#;
const ALL: &str = r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#;

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

fn ask(arn: &str) -> Value {
    json!({"RoleArn": arn, "RoleSessionName": "work"})
}

fn with(arn: &str, more: Value) -> Value {
    let mut input = ask(arn);
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[test]
fn a_session_acts_as_its_role_until_it_ends_and_is_recorded() {
    let world = world();
    let admin = world.admin();
    let arn = role(&world, &admin, "ops", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let read =
        json!({"RoleName": "ops", "PolicyName": "p", "PolicyDocument": policy("Allow", "iam:ListUsers")});
    world.call(&admin, "iam", "PutRolePolicy", read).ok();
    let out = world.call(&admin, "sts", "AssumeRole", ask(&arn)).ok();
    let session_arn = format!("arn:aws:sts::{MANAGEMENT}:assumed-role/ops/work");
    assert_eq!(out["AssumedRoleUser"]["Arn"], json!(session_arn));
    assert_eq!(out["Credentials"]["Expiration"], json!(world.now() / 1000 + 3600));
    assert!(out.get("PackedPolicySize").is_none());
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!((&event["eventName"], &event["readOnly"]), (&json!("AssumeRole"), &json!(true)));
    assert_eq!(event["responseElements"]["assumedRoleUser"]["arn"], json!(session_arn));
    assert_eq!(event["responseElements"]["credentials"]["accessKeyId"], out["Credentials"]["AccessKeyId"]);
    assert!(event["responseElements"]["credentials"].get("secretAccessKey").is_none());
    assert_eq!(event["resources"][0]["ARN"], json!(arn));

    let session = bearer(&out["Credentials"]);
    let me = world.call(&session, "sts", "GetCallerIdentity", json!({})).ok();
    assert_eq!((&me["Arn"], &me["UserId"]), (&json!(session_arn), &out["AssumedRoleUser"]["AssumedRoleId"]));
    world.call(&session, "iam", "ListUsers", json!({})).ok();
    assert_eq!(world.call(&session, "iam", "ListRoles", json!({})).err().code, "AccessDenied");
    world.advance(3_600_000);
    assert_eq!(world.call(&session, "iam", "ListUsers", json!({})).err().code, "ExpiredToken");
}

#[test]
fn trust_and_identity_policies_are_both_asked() {
    // claims: ID-IAMEVAL-02
    let mut world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let by_root = role(&world, &admin, "by-root", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let by_name =
        role(&world, &admin, "by-name", &trust(&format!("arn:aws:iam::{MANAGEMENT}:user/bob"), PLAIN, "{}"));
    // Rule 32: named directly, the trust policy is enough; named as the account, the identity policy must allow too.
    world.call(&bob, "sts", "AssumeRole", ask(&by_name)).ok();
    let error = world.call(&bob, "sts", "AssumeRole", ask(&by_root)).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403));
    assert!(
        error.message.contains("is not authorized to perform: sts:AssumeRole on resource: "),
        "{error:?}"
    );
    assert_eq!(world.events(MANAGEMENT).pop().unwrap()["errorCode"], "AccessDenied");
    put_policy(&world, &admin, "bob", &policy("Allow", "sts:AssumeRole"));
    world.call(&bob, "sts", "AssumeRole", ask(&by_root)).ok();
    put_policy(&world, &admin, "bob", &policy("Deny", "sts:*"));
    assert_eq!(world.call(&bob, "sts", "AssumeRole", ask(&by_name)).code(), Some("AccessDenied"));
    // No policy can deny this one (rule 8).
    world.call(&bob, "sts", "GetCallerIdentity", json!({})).ok();

    // Across accounts both sides must allow, and both accounts see it.
    let (other, stranger) = world.account();
    assert_eq!(world.call(&stranger, "sts", "AssumeRole", ask(&by_root)).code(), Some("AccessDenied"));
    let open = role(&world, &admin, "open", &trust(&other, PLAIN, "{}"));
    world.call(&stranger, "sts", "AssumeRole", ask(&open)).ok();
    let (theirs, ours) = (world.events(&other).pop().unwrap(), world.events(MANAGEMENT).pop().unwrap());
    assert_eq!(theirs["sharedEventID"], ours["sharedEventID"]);
    assert!(ours["sharedEventID"].is_string());
    let carl = world.user(&stranger, "carl");
    assert_eq!(world.call(&carl, "sts", "AssumeRole", ask(&open)).code(), Some("AccessDenied"));
}

#[test]
fn roles_that_are_not_there_and_root_users_are_refused() {
    let world = world();
    let admin = world.admin();
    let gone = format!("arn:aws:iam::{MANAGEMENT}:role/gone");
    let error = world.call(&admin, "sts", "AssumeRole", ask(&gone)).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403));
    let error = world.call(&admin, "sts", "AssumeRole", ask("arn:aws:iam::123:user/someone")).err();
    assert_eq!((error.code.as_str(), error.status), ("ValidationError", 400));
    let arn = role(&world, &admin, "ops", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let error = world.call(&world.root(), "sts", "AssumeRole", ask(&arn)).err();
    assert_eq!(error.message, "Roles may not be assumed by root accounts.");
    let linked = json!({"AWSServiceName": "elasticloadbalancing.amazonaws.com"});
    let made = world.call(&admin, "iam", "CreateServiceLinkedRole", linked).ok();
    let linked = made["Role"]["Arn"].as_str().unwrap();
    assert_eq!(world.call(&admin, "sts", "AssumeRole", ask(linked)).code(), Some("AccessDenied"));
}

#[test]
fn conditions_of_the_trust_policy_see_the_request() {
    let world = world();
    let admin = world.admin();
    let condition = r#"{"StringEquals":{"sts:ExternalId":"x-1"},"StringLike":{"sts:RoleSessionName":"w*"}}"#;
    let arn = role(&world, &admin, "partner", &trust(&root(MANAGEMENT), PLAIN, condition));
    assert_eq!(world.call(&admin, "sts", "AssumeRole", ask(&arn)).code(), Some("AccessDenied"));
    let wrong = with(&arn, json!({"ExternalId": "x-2"}));
    assert_eq!(world.call(&admin, "sts", "AssumeRole", wrong).code(), Some("AccessDenied"));
    world.call(&admin, "sts", "AssumeRole", with(&arn, json!({"ExternalId": "x-1"}))).ok();
    let other = with(&arn, json!({"ExternalId": "x-1", "RoleSessionName": "play"}));
    assert_eq!(world.call(&admin, "sts", "AssumeRole", other).code(), Some("AccessDenied"));
}

#[test]
fn durations_obey_the_role_and_the_chain() {
    let world = world();
    let admin = world.admin();
    let arn = role(&world, &admin, "ops", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let long = with(&arn, json!({"DurationSeconds": 7200}));
    let error = world.call(&admin, "sts", "AssumeRole", long.clone()).err();
    assert_eq!(error.code, "ValidationError");
    assert_eq!(
        error.message,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    world.call(&admin, "iam", "UpdateRole", json!({"RoleName": "ops", "MaxSessionDuration": 7200})).ok();
    let out = world.call(&admin, "sts", "AssumeRole", long.clone()).ok();
    assert_eq!(out["Credentials"]["Expiration"], json!(world.now() / 1000 + 7200));
    let short = world.call(&admin, "sts", "AssumeRole", with(&arn, json!({"DurationSeconds": 899}))).err();
    assert_eq!(short.code, "ValidationError");
    let grant =
        json!({"RoleName": "ops", "PolicyName": "p", "PolicyDocument": policy("Allow", "sts:AssumeRole")});
    world.call(&admin, "iam", "PutRolePolicy", grant).ok();
    let next = role(&world, &admin, "next", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    world.call(&admin, "iam", "UpdateRole", json!({"RoleName": "next", "MaxSessionDuration": 7200})).ok();
    let session = bearer(&out["Credentials"]);
    let error =
        world.call(&session, "sts", "AssumeRole", with(&next, json!({"DurationSeconds": 3601}))).err();
    assert!(error.message.contains("1 hour session limit for roles assumed by role chaining"), "{error:?}");
    world.call(&session, "sts", "AssumeRole", ask(&next)).ok();
}

#[test]
fn session_policies_only_narrow() {
    let world = world();
    let admin = world.admin();
    let arn = role(&world, &admin, "ops", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let grant = json!({"RoleName": "ops", "PolicyName": "p", "PolicyDocument": policy("Allow", "iam:List*")});
    world.call(&admin, "iam", "PutRolePolicy", grant).ok();
    let narrow = with(&arn, json!({"Policy": policy("Allow", "iam:*Users")}));
    let out = world.call(&admin, "sts", "AssumeRole", narrow).ok();
    assert!(out["PackedPolicySize"].as_i64().unwrap() > 0);
    let session = bearer(&out["Credentials"]);
    world.call(&session, "iam", "ListUsers", json!({})).ok();
    let error = world.call(&session, "iam", "ListRoles", json!({})).err();
    assert!(error.message.contains("no session policy allows"), "{error:?}");
    let user = world.call(&session, "iam", "GetUser", json!({"UserName": "admin"})).err();
    assert_eq!(user.code, "AccessDenied");
    let managed = with(&arn, json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}));
    let session = bearer(&world.call(&admin, "sts", "AssumeRole", managed).ok()["Credentials"]);
    world.call(&session, "iam", "ListRoles", json!({})).ok();
    let unknown = with(&arn, json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Nothing"}]}));
    assert_eq!(world.call(&admin, "sts", "AssumeRole", unknown).code(), Some("ValidationError"));
    let broken = with(&arn, json!({"Policy": "{}"}));
    assert_eq!(world.call(&admin, "sts", "AssumeRole", broken).code(), Some("MalformedPolicyDocument"));
}

#[test]
fn tags_and_source_identity_need_permission_and_pass_on() {
    let world = world();
    let admin = world.admin();
    let plain = role(&world, &admin, "plain", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let tagged = json!({"Tags": [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}],
        "TransitiveTagKeys": ["team"]});
    let error = world.call(&admin, "sts", "AssumeRole", with(&plain, tagged.clone())).err();
    assert!(error.message.contains("sts:TagSession"), "{error:?}");
    let named = json!({"SourceIdentity": "alice"});
    let error = world.call(&admin, "sts", "AssumeRole", with(&plain, named)).err();
    assert!(error.message.contains("sts:SetSourceIdentity"), "{error:?}");

    let first = role(&world, &admin, "first", &trust(&root(MANAGEMENT), ALL, "{}"));
    let grant = json!({"RoleName": "first", "PolicyName": "p", "PolicyDocument": policy("Allow", "sts:*")});
    world.call(&admin, "iam", "PutRolePolicy", grant).ok();
    let mut input = with(&first, tagged);
    input["SourceIdentity"] = json!("alice");
    let out = world.call(&admin, "sts", "AssumeRole", input).ok();
    assert_eq!(out["SourceIdentity"], "alice");
    let session = bearer(&out["Credentials"]);
    // The next role lets in only who carries the tag that passed on; the other tag stayed behind.
    let condition = r#"{"StringEquals":{"aws:PrincipalTag/team":"blue","aws:SourceIdentity":"alice"}}"#;
    let second = role(&world, &admin, "second", &trust(&root(MANAGEMENT), ALL, condition));
    let grant = json!({"RoleName": "second", "PolicyName": "p", "PolicyDocument":
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"},"Null":{"aws:PrincipalTag/cost":"true"}}}]}"#});
    world.call(&admin, "iam", "PutRolePolicy", grant).ok();
    let replaced = json!({"Tags": [{"Key": "TEAM", "Value": "red"}]});
    let error = world.call(&session, "sts", "AssumeRole", with(&second, replaced)).err();
    assert_eq!(error.code, "InvalidParameterValue");
    let other = with(&second, json!({"SourceIdentity": "mallory"}));
    assert_eq!(world.call(&session, "sts", "AssumeRole", other).code(), Some("AccessDenied"));
    let error = world.call(&session, "sts", "AssumeRole", ask(&plain)).err();
    assert!(error.message.contains("sts:SetSourceIdentity"), "{error:?}");
    let out = world.call(&session, "sts", "AssumeRole", ask(&second)).ok();
    assert_eq!(out["SourceIdentity"], "alice");
    world.call(&bearer(&out["Credentials"]), "iam", "ListUsers", json!({})).ok();

    let twice = json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]});
    assert_eq!(
        world.call(&admin, "sts", "AssumeRole", with(&first, twice)).code(),
        Some("InvalidParameterValue")
    );
    let untagged = json!({"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]});
    assert_eq!(
        world.call(&admin, "sts", "AssumeRole", with(&first, untagged)).code(),
        Some("ValidationError")
    );
}

#[test]
fn sessions_older_than_a_cut_are_revoked() {
    // claims: IR-KEYLEAK-03
    let world = world();
    let admin = world.admin();
    let arn = role(&world, &admin, "ops", &trust(&root(MANAGEMENT), PLAIN, "{}"));
    let grant =
        json!({"RoleName": "ops", "PolicyName": "p", "PolicyDocument": policy("Allow", "iam:ListUsers")});
    world.call(&admin, "iam", "PutRolePolicy", grant).ok();
    let old = assume(&world, &admin, &arn);
    world.call(&old, "iam", "ListUsers", json!({})).ok();
    world.advance(60_000);
    let cut = kage_schema::Timestamp(world.now()).iso8601();
    let revoke = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{cut}"}}}}}}]}}"#
    );
    let revoke = json!({"RoleName": "ops", "PolicyName": "AWSRevokeOlderSessions", "PolicyDocument": revoke});
    let bob = world.user(&admin, "bob");
    assert_eq!(world.call(&bob, "iam", "PutRolePolicy", revoke.clone()).code(), Some("AccessDenied"));
    world.call(&admin, "iam", "PutRolePolicy", revoke).ok();
    let error = world.call(&old, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("explicit deny in an identity-based policy"), "{error:?}");
    let new = assume(&world, &admin, &arn);
    world.call(&new, "iam", "ListUsers", json!({})).ok();
}
