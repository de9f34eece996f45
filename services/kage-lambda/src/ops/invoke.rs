//! `Invoke`.

use crate::place::Place;
use crate::running::{self, Request};
use crate::target::{self, Target};
use crate::{errors, events, jobs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_api_lambda::types::{InvocationRequest, InvocationResponse};
use kage_core::{Access, Call, Lookup, Operation, Recording, Resource, Result, Tx};
use kage_schema::{Blob, OperationModel};
use serde_json::{Map, Value, json};

/// Runs a function: now, later, or not at all.
pub struct Invoke;

// AWS: Lambda quotas, "Invocation payload (request and response)": 6 MB synchronous, 1 MB asynchronous (since October 2025).
const SYNCHRONOUS_MAX: usize = 6_291_556;
const ASYNCHRONOUS_MAX: usize = 1_048_576;

impl Operation for Invoke {
    const MODEL: &'static OperationModel = &kage_api_lambda::operations::INVOKE;
    const RECORDING: Recording = Recording::data("AWS::Lambda::Function");
    type Input = InvocationRequest;
    type Output = InvocationResponse;
    type Target = Target;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:InvokeFunction", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<InvocationResponse> {
        errors::refuse(&input.durable_execution_name, "DurableExecutionName")?;
        errors::refuse(&input.tenant_id, "TenantId")?;
        let kind = input.invocation_type.as_deref().unwrap_or("RequestResponse");
        let request = request(call, input, kind == "Event")?;
        match kind {
            "DryRun" => Ok(InvocationResponse { status_code: Some(204), ..InvocationResponse::default() }),
            "Event" => {
                let event = events::Event {
                    id: request.id,
                    payload: String::from_utf8_lossy(&request.payload).into_owned(),
                    client_context: request.client_context,
                    trace_id: request.trace_id,
                    account: target.function.account.clone(),
                    region: target.function.region.clone(),
                    name: target.function.name.clone(),
                    qualifier: target.qualifier.clone(),
                    received: call.now.milliseconds(),
                    ..events::Event::default()
                };
                events::put(tx, &event)?;
                jobs::plan_event(tx, &event, call.now.milliseconds())?;
                Ok(InvocationResponse { status_code: Some(202), ..InvocationResponse::default() })
            }
            _ => synchronous(call, tx, &target, request, input.log_type.as_deref() == Some("Tail")),
        }
    }

    fn amend(call: &Call<'_>, input: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        // AWS: Lambda developer guide, CloudTrail data events: the payload is not recorded, the function is.
        if let Some(parameters) = event.get_mut("requestParameters").and_then(Value::as_object_mut) {
            parameters.remove("payload");
        }
        event.insert("responseElements".to_owned(), Value::Null);
        if let Ok(name) = crate::place::parse(call, &input.function_name, input.qualifier.as_deref()) {
            let resource = json!([{ "accountId": name.place.account, "type": "AWS::Lambda::Function", "ARN": name.place.arn() }]);
            event.insert("resources".to_owned(), resource);
        }
    }
}

fn synchronous(
    call: &Call<'_>,
    tx: &mut Tx,
    target: &Target,
    request: Request,
    with_tail: bool,
) -> Result<InvocationResponse> {
    let plan = running::prepare(call, tx, target, request)?;
    tx.deliver(Box::new(move |errand| {
        let performed = running::perform(errand, &plan)?;
        Ok(Box::new(InvocationResponse {
            status_code: Some(200),
            function_error: performed.failed.then(|| "Unhandled".to_owned()),
            log_result: with_tail.then_some(performed.tail),
            payload: Some(Blob(performed.payload)),
            executed_version: Some(running::executed_version(&plan)),
            ..InvocationResponse::default()
        }))
    }));
    Ok(InvocationResponse { status_code: Some(200), ..InvocationResponse::default() })
}

/// What the call brings, checked.
fn request(call: &Call<'_>, input: &InvocationRequest, is_event: bool) -> Result<Request> {
    let payload = input.payload.as_ref().map(|payload| payload.0.clone()).unwrap_or_default();
    let limit = if is_event { ASYNCHRONOUS_MAX } else { SYNCHRONOUS_MAX };
    if payload.len() > limit {
        return Err(errors::payload_too_large(limit, payload.len()));
    }
    let payload = if payload.is_empty() { b"{}".to_vec() } else { payload };
    serde_json::from_slice::<serde::de::IgnoredAny>(&payload)
        .map_err(|error| errors::bad_payload(&error.to_string()))?;
    let client_context = match &input.client_context {
        Some(text) => Some(client_context(text)?),
        None => None,
    };
    // Services that call for somebody else share the outer call's id; an invocation has its own.
    let id = match call.caller.service_name().is_some() || !call.called_via.is_empty() {
        true => call.ids().uuid(),
        false => call.request_id.clone(),
    };
    Ok(Request { id, payload, client_context, trace_id: call.header("x-amzn-trace-id").map(str::to_owned) })
}

// AWS: Lambda API reference, Invoke, `X-Amz-Client-Context`: up to 3,583 bytes of Base64 of JSON.
fn client_context(text: &str) -> Result<String> {
    let wrong = || errors::bad_payload("the client context is no Base64 of a JSON object");
    if text.len() > 3_583 {
        return Err(wrong());
    }
    let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
    serde_json::from_slice::<Map<String, Value>>(&bytes).map_err(|_| wrong())?;
    // One line, since it travels to the runtime in a header.
    Ok(String::from_utf8(bytes).map_err(|_| wrong())?.replace(['\r', '\n'], " "))
}

/// The function that a row of an event names, if it is still there.
///
/// # Errors
/// Those of the store.
pub fn target_of(tx: &Tx, event: &events::Event) -> Result<Option<Target>> {
    let place =
        Place { account: event.account.clone(), region: event.region.clone(), name: event.name.clone() };
    let name = crate::place::Name { place, qualifier: event.qualifier.clone() };
    let found = target::find(tx, &name)?;
    debug_assert!(found.found().is_none_or(|target| target.arn() == name.arn()));
    Ok(found.found().cloned())
}
