//! KMS through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod crypto;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod life;
#[cfg(test)]
mod world;

use serde_json::{Value, json};

/// An identity policy of one statement.
pub fn allow(actions: Value, resource: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": resource }],
    })
    .to_string()
}

/// A statement of a key policy.
pub fn statement(effect: &str, principal: &str, actions: Value) -> Value {
    json!({ "Effect": effect, "Principal": { "AWS": principal }, "Action": actions, "Resource": "*" })
}

/// A policy of these statements.
pub fn policy(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}
