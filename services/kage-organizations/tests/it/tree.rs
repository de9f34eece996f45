//! Accounts, units, and who may see them.

use crate::{inside, member, org, root, text, unit, world};
use kage_test::MANAGEMENT;
use serde_json::json;

const DAY: i64 = 86_400_000;

#[test]
fn accounts_are_made_entered_moved_closed_and_removed() {
    // claims: GOV-ORG-01
    let world = world();
    let admin = world.admin();
    let input =
        json!({"AccountName": "app", "Email": "app@example.com", "Tags": [{"Key": "env", "Value": "dev"}]});
    let made = org(&world, "CreateAccount", input.clone());
    assert_eq!(made["CreateAccountStatus"]["State"], "IN_PROGRESS");
    let id = json!({"CreateAccountRequestId": made["CreateAccountStatus"]["Id"]});
    let done = org(&world, "DescribeCreateAccountStatus", id);
    assert_eq!(done["CreateAccountStatus"]["State"], "SUCCEEDED");
    let account = text(&done["CreateAccountStatus"]["AccountId"]);
    let again = org(&world, "CreateAccount", input);
    let id = json!({"CreateAccountRequestId": again["CreateAccountStatus"]["Id"]});
    let done = org(&world, "DescribeCreateAccountStatus", id);
    assert_eq!(done["CreateAccountStatus"]["FailureReason"], "EMAIL_ALREADY_EXISTS");
    let failed = org(&world, "ListCreateAccountStatus", json!({"States": ["FAILED"]}));
    assert_eq!(failed["CreateAccountStatuses"].as_array().unwrap().len(), 1);

    let session = inside(&world, &account);
    world.call(&session, "iam", "CreateUser", json!({"UserName": "x"})).ok();
    let (root, parent) = (root(&world), json!({"ChildId": account}));
    let home = unit(&world, &root, "apps");
    let move_to = |from: &str, to: &str| {
        let input = json!({"AccountId": account, "SourceParentId": from, "DestinationParentId": to});
        world.call(&admin, "organizations", "MoveAccount", input)
    };
    assert_eq!(move_to(&home, &root).code(), Some("DuplicateAccountException"));
    move_to(&root, &home).ok();
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!((&event["eventName"], &event["errorCode"]), (&json!("MoveAccount"), &json!(null)));
    assert_eq!(move_to("r-zzzz", &home).code(), Some("SourceParentNotFoundException"));
    assert_eq!(org(&world, "ListParents", parent)["Parents"][0]["Id"], json!(home));
    let shown = org(&world, "DescribeAccount", json!({"AccountId": account}));
    assert_eq!(shown["Account"]["JoinedMethod"], "CREATED");
    let tags = org(&world, "ListTagsForResource", json!({"ResourceId": account}));
    assert_eq!(tags["Tags"], json!([{"Key": "env", "Value": "dev"}]));

    let id = json!({"AccountId": account});
    let error = world.call(&admin, "organizations", "RemoveAccountFromOrganization", id.clone()).err();
    assert_eq!(error.code, "ConstraintViolationException");
    org(&world, "CloseAccount", id.clone());
    let status = |world: &kage_test::World| {
        text(&org(world, "DescribeAccount", json!({"AccountId": account}))["Account"]["Status"])
    };
    assert_eq!(status(&world), "PENDING_CLOSURE");
    let error = world.call(&admin, "organizations", "CloseAccount", id.clone()).err();
    assert_eq!(error.code, "AccountAlreadyClosedException");
    world.advance(DAY);
    assert_eq!(status(&world), "SUSPENDED");
    world.advance(4 * DAY);
    org(&world, "RemoveAccountFromOrganization", id.clone());
    assert_eq!(
        world.call(&admin, "organizations", "DescribeAccount", id).code(),
        Some("AccountNotFoundException")
    );
    let own = json!({"AccountId": MANAGEMENT});
    let error = world.call(&admin, "organizations", "RemoveAccountFromOrganization", own.clone()).err();
    assert_eq!(error.code, "MasterCannotLeaveOrganizationException");
    let error = world.call(&admin, "organizations", "CloseAccount", own).err();
    assert_eq!(error.code, "ConstraintViolationException");
}

#[test]
fn members_see_the_organization_and_nothing_else() {
    // claims: GOV-ORG-02
    let mut world = world();
    let account = member(&world, "app");
    let session = inside(&world, &account);
    let shown = world.call(&session, "organizations", "DescribeOrganization", json!({})).ok();
    assert_eq!(shown["Organization"]["MasterAccountId"], MANAGEMENT);
    let all = org(&world, "ListAccounts", json!({}));
    let ids: Vec<_> = all["Accounts"].as_array().unwrap().iter().map(|found| text(&found["Id"])).collect();
    assert!(ids.contains(&account) && ids.contains(&MANAGEMENT.to_owned()));
    let input = json!({"Name": "p", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content": crate::policy("Deny", "s3:*")});
    let error = world.call(&session, "organizations", "CreatePolicy", input).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDeniedException", 400));
    assert_eq!(error.message, "You don't have permissions to access this resource.");
    let list = || world.call(&session, "organizations", "ListAccounts", json!({}));
    assert_eq!(list().code(), Some("AccessDeniedException"));
    // A delegated administrator may look.
    let delegate = json!({"AccountId": account, "ServicePrincipal": "guardduty.amazonaws.com"});
    let admin = world.admin();
    let early = world.call(&admin, "organizations", "RegisterDelegatedAdministrator", delegate.clone());
    assert_eq!(early.code(), Some("ConstraintViolationException"));
    let service = json!({"ServicePrincipal": "guardduty.amazonaws.com"});
    org(&world, "EnableAWSServiceAccess", service.clone());
    org(&world, "RegisterDelegatedAdministrator", delegate.clone());
    list().ok();
    let again = world.call(&admin, "organizations", "RegisterDelegatedAdministrator", delegate.clone());
    assert_eq!(again.code(), Some("AccountAlreadyRegisteredException"));
    let known = org(&world, "ListDelegatedAdministrators", service.clone());
    assert_eq!(known["DelegatedAdministrators"][0]["Id"], json!(account));
    let services = org(&world, "ListDelegatedServicesForAccount", json!({"AccountId": account}));
    assert_eq!(services["DelegatedServices"][0]["ServicePrincipal"], "guardduty.amazonaws.com");
    let enabled = org(&world, "ListAWSServiceAccessForOrganization", json!({}));
    assert_eq!(enabled["EnabledServicePrincipals"][0]["ServicePrincipal"], "guardduty.amazonaws.com");
    let busy = world.call(&admin, "organizations", "DisableAWSServiceAccess", service.clone());
    assert_eq!(busy.code(), Some("ConstraintViolationException"));
    org(&world, "DeregisterDelegatedAdministrator", delegate);
    assert_eq!(list().code(), Some("AccessDeniedException"));
    org(&world, "DisableAWSServiceAccess", service);
    let unknown = json!({"ServicePrincipal": "nothing.amazonaws.com"});
    let error = world.call(&admin, "organizations", "EnableAWSServiceAccess", unknown).err();
    assert_eq!(error.code, "InvalidInputException");

    let (_, stranger) = world.account();
    let error = world.call(&stranger, "organizations", "DescribeOrganization", json!({})).err();
    assert_eq!(error.code, "AWSOrganizationsNotInUseException");
    let made = world.call(&stranger, "organizations", "CreateOrganization", json!({})).ok();
    assert_eq!(made["Organization"]["FeatureSet"], "ALL");
    let again = world.call(&stranger, "organizations", "CreateOrganization", json!({}));
    assert_eq!(again.code(), Some("AlreadyInOrganizationException"));
    world.call(&stranger, "organizations", "DeleteOrganization", json!({})).ok();
    let error = world.call(&admin, "organizations", "DeleteOrganization", json!({})).err();
    assert_eq!(error.code, "OrganizationNotEmptyException");
}

#[test]
fn units_nest_five_deep_and_lists_come_in_pages() {
    // claims: GOV-ORG-03
    let world = world();
    let admin = world.admin();
    let root = root(&world);
    let mut parent = root.clone();
    for level in 1..=5 {
        parent = unit(&world, &parent, &format!("level-{level}"));
    }
    let deep = json!({"ParentId": parent, "Name": "level-6"});
    let error = world.call(&admin, "organizations", "CreateOrganizationalUnit", deep).err();
    assert_eq!(error.code, "ConstraintViolationException");
    let shown = org(&world, "DescribeOrganizationalUnit", json!({"OrganizationalUnitId": parent}));
    let path = text(&shown["OrganizationalUnit"]["Path"]);
    assert!(path.contains(&format!("/{root}/ou-")) && path.ends_with(&format!("{parent}/")), "{path}");
    let twice = json!({"ParentId": root, "Name": "level-1"});
    let error = world.call(&admin, "organizations", "CreateOrganizationalUnit", twice).err();
    assert_eq!(error.code, "DuplicateOrganizationalUnitException");
    let other = unit(&world, &root, "other");
    let first = json!({"ParentId": root, "ChildType": "ORGANIZATIONAL_UNIT", "MaxResults": 1});
    let page = org(&world, "ListChildren", first.clone());
    assert_eq!(page["Children"].as_array().unwrap().len(), 1);
    let mut next = first;
    next["NextToken"] = page["NextToken"].clone();
    let rest = org(&world, "ListChildren", next.clone());
    assert_ne!(page["Children"][0]["Id"], rest["Children"][0]["Id"]);
    assert!(rest.get("NextToken").is_none());
    next["NextToken"] = json!("nonsense");
    let error = world.call(&admin, "organizations", "ListChildren", next).err();
    assert_eq!(error.code, "InvalidInputException");
    let renamed = json!({"OrganizationalUnitId": other, "Name": "level-1"});
    let error = world.call(&admin, "organizations", "UpdateOrganizationalUnit", renamed).err();
    assert_eq!(error.code, "DuplicateOrganizationalUnitException");
    org(&world, "UpdateOrganizationalUnit", json!({"OrganizationalUnitId": other, "Name": "new"}));
    let units = org(&world, "ListOrganizationalUnitsForParent", json!({"ParentId": root}));
    let names: Vec<_> =
        units["OrganizationalUnits"].as_array().unwrap().iter().map(|u| text(&u["Name"])).collect();
    assert!(names.contains(&"new".to_owned()), "{names:?}");
    org(
        &world,
        "TagResource",
        json!({"ResourceId": other, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
    );
    org(&world, "UntagResource", json!({"ResourceId": other, "TagKeys": ["a"]}));
    let tags = org(&world, "ListTagsForResource", json!({"ResourceId": other}));
    assert_eq!(tags["Tags"], json!([{"Key": "A", "Value": "2"}]));
    let account = member(&world, "app");
    let go = json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": other});
    org(&world, "MoveAccount", go);
    let inside = org(&world, "ListAccountsForParent", json!({"ParentId": other}));
    assert_eq!(inside["Accounts"][0]["Id"], json!(account));
    let full = world.call(
        &admin,
        "organizations",
        "DeleteOrganizationalUnit",
        json!({"OrganizationalUnitId": other}),
    );
    assert_eq!(full.code(), Some("OrganizationalUnitNotEmptyException"));
    org(&world, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": parent}));
    let gone = json!({"OrganizationalUnitId": parent});
    let error = world.call(&admin, "organizations", "DescribeOrganizationalUnit", gone).err();
    assert_eq!(error.code, "OrganizationalUnitNotFoundException");
}
