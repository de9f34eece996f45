//! Policies of buses: statements put and removed.

use crate::bus::{Bus, DEFAULT, Place};
use crate::{buses, errors};
use kage_api_events::types::{PutPermissionRequest, PutPermissionResponse, RemovePermissionResponse};
use kage_authz::{Policy, PolicyKind, ResourceService};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use serde_json::{Value, json};

/// AWS: PutPermission: the policy of a bus has at most 10 KB.
const POLICY_MAX: usize = 10_240;

fn lookup(call: &Call<'_>, tx: &Tx, name: Option<&str>) -> Result<Lookup<Bus>> {
    let name = name.unwrap_or(DEFAULT).to_owned();
    buses::lookup(tx, &Place { account: call.account.clone(), region: call.region.clone(), name })
}

fn statements(bus: &Bus) -> Vec<Value> {
    let document: Option<Value> = bus.policy.as_deref().and_then(|text| serde_json::from_str(text).ok());
    match document.map(|mut document| document["Statement"].take()) {
        Some(Value::Array(all)) => all,
        Some(Value::Object(one)) => vec![Value::Object(one)],
        _ => Vec::new(),
    }
}

fn store(call: &Call<'_>, tx: &mut Tx, bus: Bus, statements: &[Value]) -> Result<()> {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let policy = (!statements.is_empty()).then_some(policy);
    store_text(call, tx, bus, policy)
}

fn store_text(call: &Call<'_>, tx: &mut Tx, bus: Bus, policy: Option<String>) -> Result<()> {
    if let Some(text) = &policy {
        if text.len() > POLICY_MAX {
            return Err(errors::policy_length());
        }
        Policy::parse(text, PolicyKind::Resource(ResourceService::Generic))
            .map_err(|error| errors::validation(error.message()))?;
    }
    let now = Some(call.now.milliseconds());
    buses::put(tx, &Bus { policy, modified: now, ..bus })
}

/// Puts a statement into the policy of a bus, or the whole policy.
pub struct PutPermission;

impl Operation for PutPermission {
    shape!(PUT_PERMISSION: PutPermissionRequest -> PutPermissionResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        lookup(call, tx, input.event_bus_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<Bus>) -> Access {
        Access::any("events:PutPermission")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bus: Bus, input: &Self::Input) -> Result<PutPermissionResponse> {
        if let Some(policy) = &input.policy {
            if input.statement_id.is_some() || input.principal.is_some() || input.action.is_some() {
                return Err(errors::validation(
                    "Policy cannot be used together with StatementId, Principal, Action or Condition.",
                ));
            }
            store_text(call, tx, bus, Some(policy.clone()))?;
            return Ok(PutPermissionResponse {});
        }
        let statement = statement(input, &bus)?;
        let mut all = statements(&bus);
        all.retain(|known| known["Sid"] != statement["Sid"]);
        all.push(statement);
        store(call, tx, bus, &all)?;
        Ok(PutPermissionResponse {})
    }
}

fn statement(input: &PutPermissionRequest, bus: &Bus) -> Result<Value> {
    let required = |name: &str| errors::parameter(name, &format!("{name} is a required argument."));
    let sid = input.statement_id.as_deref().ok_or_else(|| required("StatementId"))?;
    let principal = input.principal.as_deref().ok_or_else(|| required("Principal"))?;
    let action = input.action.as_deref().ok_or_else(|| required("Action"))?;
    // AWS: PutPermission, `Action`: events:PutEvents is the only one that other accounts can be given this way.
    if action != "events:PutEvents" {
        return Err(errors::validation("Provided value in parameter 'action' is not supported."));
    }
    let principal = match principal {
        "*" => json!("*"),
        account => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
    };
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": bus.place().arn(),
    });
    if let Some(condition) = &input.condition {
        // AWS: the same page, `Condition`: only StringEquals on aws:PrincipalOrgID.
        if condition.r#type != "StringEquals" || condition.key != "aws:PrincipalOrgID" {
            return Err(errors::parameter(
                "Condition",
                "Only StringEquals of aws:PrincipalOrgID is supported.",
            ));
        }
        statement["Condition"] = json!({ &condition.r#type: { &condition.key: &condition.value } });
    }
    Ok(statement)
}

/// Removes a statement from the policy of a bus, or all of them.
pub struct RemovePermission;

impl Operation for RemovePermission {
    shape!(REMOVE_PERMISSION: RemovePermissionRequest -> RemovePermissionResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        lookup(call, tx, input.event_bus_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<Bus>) -> Access {
        Access::any("events:RemovePermission")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bus: Bus, input: &Self::Input) -> Result<RemovePermissionResponse> {
        if input.remove_all_permissions == Some(true) {
            store_text(call, tx, bus, None)?;
            return Ok(RemovePermissionResponse {});
        }
        let sid = input.statement_id.as_deref();
        let Some(sid) = sid else {
            return Err(errors::parameter("StatementId", "StatementId is a required argument."));
        };
        let mut all = statements(&bus);
        let before = all.len();
        all.retain(|known| known["Sid"] != sid);
        if all.len() == before {
            return Err(errors::no_statement());
        }
        store(call, tx, bus, &all)?;
        Ok(RemovePermissionResponse {})
    }
}
