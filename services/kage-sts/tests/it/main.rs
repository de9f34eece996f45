//! STS through the real pipeline.

#[cfg(test)]
mod assume_role;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod user_sessions;

#[cfg(test)]
use kage_test::{Caller, MANAGEMENT, World};

#[cfg(test)]
fn world() -> World {
    World::new(vec![kage_iam::service(), kage_sts::service()])
}

/// A policy of one statement.
#[cfg(test)]
fn policy(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
    )
}

/// A trust policy for one AWS principal.
#[cfg(test)]
fn trust(principal: &str, actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":{actions},"Condition":{condition}}}]}}"#
    )
}

#[cfg(test)]
fn put_policy(world: &World, admin: &Caller, user: &str, document: &str) {
    let input = serde_json::json!({"UserName": user, "PolicyName": "p", "PolicyDocument": document});
    world.call(admin, "iam", "PutUserPolicy", input).ok();
}

#[cfg(test)]
fn role(world: &World, admin: &Caller, name: &str, trust: &str) -> String {
    let input = serde_json::json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
    let made = world.call(admin, "iam", "CreateRole", input).ok();
    made["Role"]["Arn"].as_str().unwrap().to_owned()
}

/// The bearer of temporary credentials.
#[cfg(test)]
fn bearer(credentials: &serde_json::Value) -> Caller {
    let text = |member: &str| credentials[member].as_str().unwrap().to_owned();
    Caller { key: text("AccessKeyId"), secret: text("SecretAccessKey"), token: Some(text("SessionToken")) }
}

#[cfg(test)]
fn assume(world: &World, caller: &Caller, role_arn: &str) -> Caller {
    let input = serde_json::json!({"RoleArn": role_arn, "RoleSessionName": "session"});
    bearer(&world.call(caller, "sts", "AssumeRole", input).ok()["Credentials"])
}
