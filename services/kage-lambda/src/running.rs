//! Running a function: what is settled before, and what is done with what came of it.

use crate::function::{Function, LATEST};
use crate::place::Place;
use crate::settings::service_role;
use crate::target::Target;
use crate::{codes, environment, errors, functions, report, sessions};
use kage_core::{Call, Errand, Error, Forward, Invocation, InvocationResult, Outcome, Result, Tx};

/// The principal under which the service acts.
pub const PRINCIPAL: &str = "lambda.amazonaws.com";

/// What an invocation brings.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// The event.
    pub payload: Vec<u8>,
    /// JSON text of the client context.
    pub client_context: Option<String>,
    /// `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
}

/// An invocation with everything that it needs outside of transactions.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version that runs.
    pub function: Function,
    /// For the sandbox.
    pub invocation: Invocation,
    /// The session of the execution role.
    pub access_key: String,
}

/// What an invocation came to.
#[derive(Debug)]
pub struct Performed {
    /// The answer or the error, as JSON.
    pub payload: Vec<u8>,
    /// Whether it is an error.
    pub failed: bool,
    /// The end of its log.
    pub tail: String,
}

/// Settles what runs, as whom, and with which variables.
///
/// # Errors
/// When the function is not ready, its role cannot be assumed, or its variables cannot be opened.
pub fn prepare(call: &Call<'_>, tx: &mut Tx, target: &Target, request: Request) -> Result<Plan> {
    let function = chosen(call, tx, target)?;
    if function.pending {
        return Err(errors::conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        ));
    }
    let settings = &function.settings;
    let role = service_role(&settings.role, &function.arn(), &function.account);
    let access_key = sessions::current(call, tx, &role)?;
    let how = Forward::AsSession { access_key: access_key.clone(), via: PRINCIPAL };
    let variables = environment::opened(call, tx, &function, how).map_err(|error| match error.status {
        500.. => error,
        _ => errors::kms(&error),
    })?;
    let reserved = target.head.reserved.and_then(|reserved| u32::try_from(reserved).ok());
    if reserved == Some(0) {
        return Err(errors::throttled("ReservedFunctionConcurrentInvocationLimitExceeded"));
    }
    let invocation = Invocation {
        function: function.identity(),
        invoked_arn: target.name().arn(),
        request_id: request.id,
        runtime: settings.runtime.clone(),
        handler: settings.handler.clone(),
        code: codes::package(call.world, &function.code),
        layers: settings.layers.iter().map(|layer| codes::package(call.world, &layer.code)).collect(),
        memory_mb: u32::try_from(settings.memory).unwrap_or(128),
        timeout_ms: u64::try_from(settings.timeout).unwrap_or(3).saturating_mul(1000),
        storage_mb: u32::try_from(settings.storage).unwrap_or(512),
        concurrency: reserved,
        environment: variables.into_iter().collect(),
        credentials: sessions::credentials(tx, &access_key)?,
        region: function.region.clone(),
        log_group: function.log_group(),
        log_stream: report::stream_name(call, &function.version),
        payload: request.payload,
        client_context: request.client_context,
        trace_id: request.trace_id,
        started: call.now.milliseconds(),
    };
    Ok(Plan { function, invocation, access_key })
}

/// The version that runs: an alias may share its invocations among two.
fn chosen(call: &Call<'_>, tx: &Tx, target: &Target) -> Result<Function> {
    let other = target.alias.as_ref().and_then(|alias| alias.other.as_ref());
    let Some((version, millionths)) = other else { return Ok(target.function.clone()) };
    let drawn = u32::from_le_bytes(call.rng().bytes::<4>()) % 1_000_000;
    if drawn >= *millionths {
        return Ok(target.function.clone());
    }
    let found = functions::version(tx.reads(), &Place::of(&target.function), version)?;
    Ok(found.unwrap_or_else(|| target.function.clone()))
}

/// Runs the function and writes its log. Blocks as long as the function runs.
///
/// # Errors
/// When the function did not run at all: no place, no sandbox, a runtime that the host does not have.
pub fn perform(errand: &Errand<'_>, plan: &Plan) -> Result<Performed> {
    let Some(sandbox) = errand.world.outside.sandbox.clone() else {
        return Err(errors::not_modelled("running functions without a sandbox"));
    };
    let result = sandbox.invoke(&plan.invocation);
    let (payload, failed) = match &result.outcome {
        Outcome::Answer(payload) => (payload.clone(), false),
        Outcome::Failed { payload, .. } => (payload.clone(), true),
        Outcome::Busy => return Err(errors::throttled("ConcurrentInvocationLimitExceeded")),
        Outcome::Throttled => {
            return Err(errors::throttled("ReservedFunctionConcurrentInvocationLimitExceeded"));
        }
        Outcome::NotStarted(why) => return Err(errors::service(why.clone())),
    };
    let lines = report::lines(plan, &result, errand.world.clock.now().milliseconds());
    write_log(errand, plan, &result, &lines)?;
    Ok(Performed { payload, failed, tail: report::tail(&lines) })
}

/// Writes the log as the execution role; a role that may not write logs leaves none.
// AWS: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs": permissions of the execution role.
fn write_log(
    errand: &Errand<'_>,
    plan: &Plan,
    result: &InvocationResult,
    lines: &[kage_core::LogLine],
) -> Result<()> {
    errand.settle(|call, tx| {
        let log = report::Log {
            group: &plan.invocation.log_group,
            stream: &result.log_stream,
            access_key: &plan.access_key,
            is_new: result.init_us.is_some(),
        };
        report::write(call, tx, &log, lines);
        Ok(())
    })
}

/// Whether an error means that there was no place, so that the event may be tried again.
pub fn is_throttling(error: &Error) -> bool {
    error.code == "TooManyRequestsException"
}

/// The version as answers name it.
pub fn executed_version(plan: &Plan) -> String {
    match plan.function.version.as_str() {
        "" => LATEST.to_owned(),
        version => version.to_owned(),
    }
}
