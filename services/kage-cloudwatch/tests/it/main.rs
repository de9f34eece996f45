//! CloudWatch through the real pipeline.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod alarms;
#[cfg(test)]
mod composites;
#[cfg(test)]
mod dashboards;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod math;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod moments;
#[cfg(test)]
mod services;

use kage_test::{Caller, World};
use serde_json::{Value, json};

/// A double with CloudWatch.
pub fn world() -> World {
    World::new(vec![kage_cloudwatch::service(), kage_iam::service()])
}

/// A call that must work.
#[track_caller]
pub fn call(world: &World, caller: &Caller, operation: &str, input: Value) -> Value {
    world.call(caller, "cloudwatch", operation, input).ok()
}

/// A call that must be refused: its code and text.
#[track_caller]
pub fn refused(world: &World, caller: &Caller, operation: &str, input: Value) -> (String, String) {
    let failure = world.call(caller, "cloudwatch", operation, input).err();
    (failure.code, failure.message)
}

/// The double's time in seconds.
pub fn now(world: &World) -> i64 {
    world.now() / 1_000
}

/// Puts one value.
#[track_caller]
pub fn put(world: &World, caller: &Caller, name: &str, value: f64) {
    let data = json!([{ "MetricName": name, "Value": value }]);
    call(world, caller, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
}

/// A user that may do only this.
pub fn limited(world: &World, admin: &Caller, name: &str, statement: Value) -> Caller {
    let user = world.user(admin, name);
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let input = json!({ "UserName": name, "PolicyName": "only", "PolicyDocument": document });
    world.call(admin, "iam", "PutUserPolicy", input).ok();
    user
}
