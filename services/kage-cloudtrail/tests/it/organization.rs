//! Organization trails: who makes them, whose events they take, who may change them.

use crate::bucket;
use kage_store::Reads as _;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;
const ARN: &str = "arn:aws:cloudtrail:us-east-1:111111111111:trail/org";

/// AWS: CloudTrail user guide, "Creating a trail for an organization with the AWS CLI".
fn policy(folder: &str) -> String {
    let cloudtrail = json!({"Service": "cloudtrail.amazonaws.com"});
    let own = json!({"aws:SourceArn": ARN});
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::logs",
         "Condition": {"StringEquals": own}},
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:PutObject",
         "Resource": format!("arn:aws:s3:::logs/AWSLogs/{folder}/*"),
         "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": ARN}}}
    ]})
    .to_string()
}

fn world() -> World {
    let world = bucket::with(vec![kage_organizations::service(), kage_sts::service()]);
    bucket::set(&world, Some(policy("o-*")));
    world
}

#[track_caller]
fn org(world: &World, operation: &str, input: Value) -> Value {
    world.call(&world.admin(), "organizations", operation, input).ok()
}

fn trust(world: &World) {
    org(world, "EnableAWSServiceAccess", json!({"ServicePrincipal": "cloudtrail.amazonaws.com"}));
}

fn member(world: &World, name: &str) -> String {
    let input = json!({"AccountName": name, "Email": format!("{name}@example.com")});
    let made = org(world, "CreateAccount", input);
    let id = json!({"CreateAccountRequestId": made["CreateAccountStatus"]["Id"]});
    let status = org(world, "DescribeCreateAccountStatus", id);
    status["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned()
}

fn inside(world: &World, account: &str) -> Caller {
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "session"});
    let out = world.call(&world.admin(), "sts", "AssumeRole", input).ok();
    let text = |name: &str| out["Credentials"][name].as_str().unwrap().to_owned();
    Caller { key: text("AccessKeyId"), secret: text("SecretAccessKey"), token: Some(text("SessionToken")) }
}

fn input() -> Value {
    json!({"Name": "org", "S3BucketName": "logs", "IsOrganizationTrail": true, "IsMultiRegionTrail": true,
           "EnableLogFileValidation": true})
}

/// A trail that logs.
fn start(world: &World) -> String {
    trust(world);
    let admin = world.admin();
    let made = world.call(&admin, "cloudtrail", "CreateTrail", input()).ok();
    assert_eq!((&made["IsOrganizationTrail"], &made["TrailARN"]), (&json!(true), &json!(ARN)));
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "org"})).ok();
    let organization = org(world, "DescribeOrganization", json!({}));
    organization["Organization"]["Id"].as_str().unwrap().to_owned()
}

fn user(world: &World, caller: &Caller, name: &str) {
    world.call(caller, "iam", "CreateUser", json!({"UserName": name})).ok();
}

#[test]
fn every_account_is_logged_members_that_join_later_too() {
    // claims: GOV-ORGTRAIL-01
    let world = world();
    let app = member(&world, "app");
    let in_app = inside(&world, &app);
    user(&world, &in_app, "before");
    let organization = start(&world);
    user(&world, &in_app, "bob");
    world.call_in(&in_app, "eu-west-1", "cloudtrail", "ListTrails", &json!({})).ok();
    let late = member(&world, "late");
    user(&world, &inside(&world, &late), "eve");
    world.advance(5 * 60_000);
    let root = |account: &str| format!("AWSLogs/{organization}/{account}/CloudTrail/");
    let of_app = bucket::under(&world, &format!("{}us-east-1/", root(&app)));
    assert_eq!(bucket::names(&of_app), ["CreateUser"]);
    let start = format!("{}us-east-1/2026/01/02/{app}_CloudTrail_us-east-1_20260102T0309Z_", root(&app));
    assert!(of_app[0].key.starts_with(&start), "{}", of_app[0].key);
    assert_eq!(of_app[0].json()["Records"][0]["recipientAccountId"], app.as_str());
    assert_eq!(bucket::names(&bucket::under(&world, &format!("{}eu-west-1/", root(&app)))), ["ListTrails"]);
    // A new account is logged from its first event on.
    let of_late = bucket::names(&bucket::under(&world, &root(&late)));
    assert!(of_late.contains(&"AssumeRole".to_owned()) && of_late.contains(&"CreateUser".to_owned()));
    let own = bucket::names(&bucket::under(&world, &root(MANAGEMENT)));
    assert!(own.contains(&"StartLogging".to_owned()), "{own:?}");
    // Digests come for each account apart.
    world.advance(HOUR);
    let digests =
        bucket::under(&world, &format!("AWSLogs/{organization}/{app}/CloudTrail-Digest/us-east-1/"));
    let digest = digests[0].json();
    assert_eq!(digest["awsAccountId"], app.as_str());
    assert_eq!(digest["logFiles"][0]["s3Object"], of_app[0].key.as_str());
    assert!(digests[0].key.contains(&format!("/{app}_CloudTrail-Digest_us-east-1_org_us-east-1_2026")));
}

#[test]
fn members_see_the_trail_and_cannot_change_it() {
    // claims: GOV-ORGTRAIL-01
    let world = world();
    let app = member(&world, "app");
    start(&world);
    let in_app = inside(&world, &app);
    let call = |operation: &str, input: Value| world.call(&in_app, "cloudtrail", operation, input);
    assert_eq!(call("ListTrails", json!({})).ok()["Trails"][0]["TrailARN"], ARN);
    let shown = call("DescribeTrails", json!({})).ok();
    assert_eq!(shown["trailList"][0]["IsOrganizationTrail"], true);
    assert_eq!(call("DescribeTrails", json!({"includeShadowTrails": false})).ok()["trailList"], json!([]));
    assert_eq!(call("DescribeTrails", json!({"trailNameList": ["org"]})).ok()["trailList"], json!([]));
    assert_eq!(call("GetTrail", json!({"Name": ARN})).ok()["Trail"]["Name"], "org");
    assert_eq!(call("GetTrailStatus", json!({"Name": ARN})).ok()["IsLogging"], true);
    assert_eq!(call("GetTrailStatus", json!({"Name": "org"})).code(), Some("TrailNotFoundException"));
    for (operation, input) in [
        ("StopLogging", json!({"Name": ARN})),
        ("StartLogging", json!({"Name": ARN})),
        ("DeleteTrail", json!({"Name": ARN})),
        ("UpdateTrail", json!({"Name": ARN, "IsOrganizationTrail": false})),
        ("PutEventSelectors", json!({"TrailName": ARN, "EventSelectors": [{"ReadWriteType": "WriteOnly"}]})),
        ("AddTags", json!({"ResourceId": ARN, "TagsList": [{"Key": "a", "Value": "b"}]})),
    ] {
        assert_eq!(
            call(operation, input).code(),
            Some("NotOrganizationMasterAccountException"),
            "{operation}"
        );
    }
    let record = world.events(&app).into_iter().rfind(|event| event["eventName"] == "StopLogging").unwrap();
    assert_eq!(record["errorCode"], "NotOrganizationMasterAccountException");
    let created =
        call("CreateTrail", json!({"Name": "own", "S3BucketName": "logs", "IsOrganizationTrail": true}));
    assert_eq!(created.code(), Some("NotOrganizationMasterAccountException"));
    let status = world.call(&world.admin(), "cloudtrail", "GetTrailStatus", json!({"Name": "org"})).ok();
    assert_eq!(status["IsLogging"], true);
}

#[test]
fn a_delegated_administrator_may_change_it_and_the_management_account_owns_it() {
    let world = world();
    let app = member(&world, "app");
    start(&world);
    let delegate = json!({"AccountId": app, "ServicePrincipal": "cloudtrail.amazonaws.com"});
    org(&world, "RegisterDelegatedAdministrator", delegate);
    let in_app = inside(&world, &app);
    world.call(&in_app, "cloudtrail", "StopLogging", json!({"Name": ARN})).ok();
    let status =
        |caller: &Caller| world.call(caller, "cloudtrail", "GetTrailStatus", json!({"Name": ARN})).ok();
    assert_eq!(status(&world.admin())["IsLogging"], false);
    bucket::set(
        &world,
        Some(policy("o-*").replace("trail/org", "trail/*").replace("StringEquals", "StringLike")),
    );
    let second = json!({"Name": "second", "S3BucketName": "logs", "IsOrganizationTrail": true});
    let made = world.call(&in_app, "cloudtrail", "CreateTrail", second).ok();
    assert_eq!(made["TrailARN"], "arn:aws:cloudtrail:us-east-1:111111111111:trail/second");
}

#[test]
fn the_management_account_names_up_to_three_delegates() {
    let world = world();
    let accounts: Vec<String> = ["a", "b", "c", "d"].iter().map(|name| member(&world, name)).collect();
    let admin = world.admin();
    let register = |caller: &Caller, id: &str| {
        let input = json!({"MemberAccountId": id});
        world.call(caller, "cloudtrail", "RegisterOrganizationDelegatedAdmin", input)
    };
    let remove = |caller: &Caller, id: &str| {
        let input = json!({"DelegatedAdminAccountId": id});
        world.call(caller, "cloudtrail", "DeregisterOrganizationDelegatedAdmin", input)
    };
    assert_eq!(register(&admin, &accounts[0]).code(), Some("CloudTrailAccessNotEnabledException"));
    trust(&world);
    assert_eq!(register(&admin, MANAGEMENT).code(), Some("CannotDelegateManagementAccountException"));
    assert_eq!(register(&admin, "999999999999").code(), Some("AccountNotFoundException"));
    let in_a = inside(&world, &accounts[0]);
    let refused = register(&in_a, &accounts[1]);
    assert_eq!(refused.code(), Some("NotOrganizationManagementAccountException"));
    for id in &accounts[..3] {
        register(&admin, id).ok();
    }
    assert_eq!(register(&admin, &accounts[0]).code(), Some("AccountRegisteredException"));
    assert_eq!(register(&admin, &accounts[3]).code(), Some("DelegatedAdminAccountLimitExceededException"));
    let listed = org(&world, "ListDelegatedAdministrators", json!({}));
    assert_eq!(listed["DelegatedAdministrators"].as_array().unwrap().len(), 3);
    let create = json!({"Name": "org", "S3BucketName": "logs", "IsOrganizationTrail": true});
    world.call(&in_a, "cloudtrail", "CreateTrail", create).ok();
    remove(&admin, &accounts[0]).ok();
    assert_eq!(remove(&admin, &accounts[0]).code(), Some("AccountNotRegisteredException"));
    let stop = world.call(&in_a, "cloudtrail", "DeleteTrail", json!({"Name": ARN}));
    assert_eq!(stop.code(), Some("NotOrganizationMasterAccountException"));
    // CloudTrail asks Organizations as the caller; what it did is recorded.
    let recorded = world.events(MANAGEMENT);
    let theirs =
        recorded.iter().find(|event| event["eventName"] == "RegisterDelegatedAdministrator").unwrap();
    assert_eq!(theirs["userIdentity"]["invokedBy"], "cloudtrail.amazonaws.com");
    let ann = world.user(&admin, "ann");
    assert_eq!(register(&ann, &accounts[3]).code(), Some("AccessDeniedException"));
    assert_eq!(remove(&ann, &accounts[1]).code(), Some("AccessDeniedException"));
    let may = json!({"Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": may}).to_string();
    let input = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": document});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    let dependency = Some("InsufficientDependencyServiceAccessPermissionException");
    assert_eq!(remove(&ann, &accounts[1]).code(), dependency);
}

#[test]
fn it_takes_an_organization_trust_permissions_and_the_bucket() {
    let world = world();
    let admin = world.admin();
    let create = |caller: &Caller| world.call(caller, "cloudtrail", "CreateTrail", input()).err();
    let refused = create(&admin);
    assert_eq!(refused.code, "CloudTrailAccessNotEnabledException");
    assert!(refused.message.contains("hasn't enabled CloudTrail service access"), "{}", refused.message);
    trust(&world);
    // CloudTrail looks at the organization with the caller's permissions.
    let ann = world.user(&admin, "ann");
    let allow = |actions: &[&str]| {
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let input = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": document});
        world.call(&admin, "iam", "PutUserPolicy", input).ok();
    };
    allow(&["cloudtrail:*"]);
    assert_eq!(create(&ann).code, "InsufficientDependencyServiceAccessPermissionException");
    allow(&["cloudtrail:*", "organizations:*"]);
    assert_eq!(create(&ann).code, "InsufficientDependencyServiceAccessPermissionException");
    allow(&["cloudtrail:*", "organizations:*", "iam:CreateServiceLinkedRole"]);
    bucket::set(&world, Some(policy("111111111111")));
    assert_eq!(create(&ann).code, "InsufficientS3BucketPolicyException");
    let role = json!({"RoleName": "AWSServiceRoleForCloudTrail"});
    // What failed left nothing behind.
    assert_eq!(world.call(&admin, "iam", "GetRole", role.clone()).code(), Some("NoSuchEntity"));
    bucket::set(&world, Some(policy("o-*")));
    world.call(&ann, "cloudtrail", "CreateTrail", input()).ok();
    world.call(&admin, "iam", "GetRole", role).ok();
}

#[test]
fn an_account_outside_is_refused_and_one_that_leaves_is_logged_no_more() {
    let mut world = world();
    let (_, stranger) = world.account();
    let outside = world.call(&stranger, "cloudtrail", "CreateTrail", input()).err();
    assert_eq!(outside.code, "OrganizationsNotInUseException");
    let app = member(&world, "app");
    let organization = start(&world);
    world.advance(8 * 24 * HOUR);
    let in_app = inside(&world, &app);
    user(&world, &in_app, "bob");
    world.advance(HOUR);
    org(&world, "RemoveAccountFromOrganization", json!({"AccountId": app}));
    let folder = format!("AWSLogs/{organization}/{app}/CloudTrail/");
    let before = bucket::names(&bucket::under(&world, &folder));
    assert!(before.contains(&"CreateUser".to_owned()));
    let in_app = world.write(|tx| {
        kage_identity::genesis::create_administrator(tx, world.pipeline.world(), &app)?;
        kage_identity::credentials::list(tx.reads(), &app, Some("admin"))
    });
    let in_app = Caller { key: in_app[0].id.clone(), secret: in_app[0].secret.clone(), token: None };
    user(&world, &in_app, "after");
    world.advance(HOUR);
    assert_eq!(bucket::names(&bucket::under(&world, &folder)), before);
    let seen = world.call(&in_app, "cloudtrail", "ListTrails", json!({})).ok();
    assert_eq!(seen["Trails"], json!([]));
}

#[test]
fn converted_to_one_account_it_leaves_the_members_alone() {
    let world = world();
    let app = member(&world, "app");
    let organization = start(&world);
    let in_app = inside(&world, &app);
    world.advance(HOUR);
    bucket::set(&world, Some(policy("111111111111")));
    let change = json!({"Name": "org", "IsOrganizationTrail": false});
    world.call(&world.admin(), "cloudtrail", "UpdateTrail", change).ok();
    user(&world, &world.admin(), "own");
    world.call(&in_app, "iam", "CreateUser", json!({"UserName": "other"})).err();
    world.advance(5 * 60_000);
    assert!(bucket::delivered(&world).contains(&"CreateUser".to_owned()));
    let of_app = bucket::names(&bucket::under(&world, &format!("AWSLogs/{organization}/{app}/CloudTrail/")));
    assert!(!of_app.contains(&"CreateUser".to_owned()));
    assert_eq!(bucket::under(&world, &format!("AWSLogs/{app}/")).len(), 0);
}

#[test]
fn the_bus_of_a_member_follows_the_trail() {
    let world = world();
    let app = member(&world, "app");
    let in_app = inside(&world, &app);
    world.write(|tx| kage_record::bus::listen(tx, &app));
    let names = || {
        let topic = kage_record::bus::topic(&app, "us-east-1");
        let entries = world.pipeline.world().store.read().stream_read(&topic, 0, 1000).unwrap();
        let name =
            |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["detail"]["eventName"].clone();
        entries.into_iter().map(|(_, bytes)| name(&bytes)).collect::<Vec<_>>()
    };
    user(&world, &in_app, "unseen");
    start(&world);
    user(&world, &in_app, "seen");
    world.call(&world.admin(), "cloudtrail", "StopLogging", json!({"Name": "org"})).ok();
    user(&world, &in_app, "unseen-again");
    assert_eq!(names(), ["CreateUser"]);
}

#[test]
fn delegating_is_denied_without_permission_and_recorded() {
    let world = world();
    let bob = world.user(&world.admin(), "bob");
    for operation in ["RegisterOrganizationDelegatedAdmin", "DeregisterOrganizationDelegatedAdmin"] {
        let input = json!({"MemberAccountId": "222222222222", "DelegatedAdminAccountId": "222222222222"});
        let denied = world.call(&bob, "cloudtrail", operation, input);
        assert_eq!(denied.code(), Some("AccessDeniedException"));
        let recorded =
            world.events(MANAGEMENT).into_iter().rfind(|event| event["eventName"] == operation).unwrap();
        assert_eq!(recorded["errorCode"], "AccessDenied");
    }
}
