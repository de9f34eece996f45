//! Organizations through the real pipeline.

#[cfg(test)]
mod everything;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod tree;

#[cfg(test)]
use kage_test::{Caller, World};
#[cfg(test)]
use serde_json::{Value, json};

#[cfg(test)]
fn world() -> World {
    World::new(vec![kage_iam::service(), kage_organizations::service(), kage_sts::service()])
}

/// A policy of one statement.
#[cfg(test)]
fn policy(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
    )
}

#[cfg(test)]
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Calls Organizations as the administrator of the management account.
#[cfg(test)]
#[track_caller]
fn org(world: &World, operation: &str, input: Value) -> Value {
    world.call(&world.admin(), "organizations", operation, input).ok()
}

#[cfg(test)]
fn root(world: &World) -> String {
    text(&org(world, "ListRoots", json!({}))["Roots"][0]["Id"])
}

/// A new member account under the root.
#[cfg(test)]
fn member(world: &World, name: &str) -> String {
    let input = json!({"AccountName": name, "Email": format!("{name}@example.com")});
    let made = org(world, "CreateAccount", input);
    let id = json!({"CreateAccountRequestId": made["CreateAccountStatus"]["Id"]});
    text(&org(world, "DescribeCreateAccountStatus", id)["CreateAccountStatus"]["AccountId"])
}

/// A session of OrganizationAccountAccessRole in a member account.
#[cfg(test)]
#[track_caller]
fn inside(world: &World, account: &str) -> Caller {
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "session"});
    let out = world.call(&world.admin(), "sts", "AssumeRole", input).ok();
    let member = |name: &str| text(&out["Credentials"][name]);
    Caller {
        key: member("AccessKeyId"),
        secret: member("SecretAccessKey"),
        token: Some(member("SessionToken")),
    }
}

#[cfg(test)]
fn unit(world: &World, parent: &str, name: &str) -> String {
    let made = org(world, "CreateOrganizationalUnit", json!({"ParentId": parent, "Name": name}));
    text(&made["OrganizationalUnit"]["Id"])
}

#[cfg(test)]
fn scp(world: &World, name: &str, content: &str) -> String {
    let input =
        json!({"Name": name, "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": content});
    text(&org(world, "CreatePolicy", input)["Policy"]["PolicySummary"]["Id"])
}

#[cfg(test)]
fn enable(world: &World) -> String {
    let root = root(world);
    org(world, "EnablePolicyType", json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}));
    root
}
