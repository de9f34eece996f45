//! Settings of asynchronous invocation.

use crate::event_configs::{self, EventConfig};
use crate::function::LATEST;
use crate::target::{self, Target};
use crate::{errors, pages};
use kage_api_lambda::types::{
    DeleteFunctionEventInvokeConfigResponse, DestinationConfig, FunctionEventInvokeConfig,
    ListFunctionEventInvokeConfigsResponse, OnFailure, OnSuccess,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

fn qualifier(target: &Target) -> &str {
    target.qualifier.as_deref().unwrap_or(LATEST)
}

fn shown(target: &Target, config: &EventConfig) -> FunctionEventInvokeConfig {
    FunctionEventInvokeConfig {
        last_modified: Some(Timestamp(config.modified)),
        function_arn: Some(format!("{}:{}", target.function.arn(), config.qualifier)),
        maximum_retry_attempts: config.retries,
        maximum_event_age_in_seconds: config.max_age,
        destination_config: Some(DestinationConfig {
            on_success: Some(OnSuccess { destination: config.on_success.clone() }),
            on_failure: Some(OnFailure { destination: config.on_failure.clone() }),
        }),
    }
}

fn absent(target: &Target) -> kage_core::Error {
    errors::not_found(format!(
        "The function {}:{} doesn't have an EventInvokeConfig",
        target.function.arn(),
        qualifier(target)
    ))
}

/// What both writing calls may say.
struct Given<'a> {
    retries: Option<i32>,
    max_age: Option<i32>,
    destinations: Option<&'a DestinationConfig>,
}

fn write(
    call: &Call<'_>,
    tx: &mut Tx,
    target: &Target,
    mut config: EventConfig,
    given: &Given<'_>,
) -> Result<FunctionEventInvokeConfig> {
    let destinations = given.destinations;
    if given.retries.is_none() && given.max_age.is_none() && destinations.is_none() {
        return Err(errors::invalid(
            "You must specify at least one of error handling or destination setting.",
        ));
    }
    qualifier(target).clone_into(&mut config.qualifier);
    config.retries = given.retries.or(config.retries);
    config.max_age = given.max_age.or(config.max_age);
    let set = |to: &mut Option<String>, from: Option<&String>| -> Result<()> {
        if let Some(from) = from {
            if !from.is_empty() {
                event_configs::require_destination(from)?;
            }
            *to = Some(from.clone()).filter(|from| !from.is_empty());
        }
        Ok(())
    };
    set(
        &mut config.on_success,
        destinations.and_then(|config| config.on_success.as_ref()?.destination.as_ref()),
    )?;
    set(
        &mut config.on_failure,
        destinations.and_then(|config| config.on_failure.as_ref()?.destination.as_ref()),
    )?;
    config.modified = call.now.milliseconds();
    event_configs::put(tx, &target.place(), &config)?;
    Ok(shown(target, &config))
}

/// Sets them.
pub struct PutFunctionEventInvokeConfig;

impl Operation for PutFunctionEventInvokeConfig {
    shape!(PUT_FUNCTION_EVENT_INVOKE_CONFIG: PutFunctionEventInvokeConfigRequest -> FunctionEventInvokeConfig, on Target, as "PutFunctionEventInvokeConfig");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:PutFunctionEventInvokeConfig", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<FunctionEventInvokeConfig> {
        let given = Given {
            retries: input.maximum_retry_attempts,
            max_age: input.maximum_event_age_in_seconds,
            destinations: input.destination_config.as_ref(),
        };
        write(call, tx, &target, EventConfig::default(), &given)
    }
}

/// Changes them.
pub struct UpdateFunctionEventInvokeConfig;

impl Operation for UpdateFunctionEventInvokeConfig {
    shape!(UPDATE_FUNCTION_EVENT_INVOKE_CONFIG: UpdateFunctionEventInvokeConfigRequest -> FunctionEventInvokeConfig, on Target, as "UpdateFunctionEventInvokeConfig");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:UpdateFunctionEventInvokeConfig", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<FunctionEventInvokeConfig> {
        let before = event_configs::find(tx.reads(), &target.place(), qualifier(&target))?;
        let before = before.ok_or_else(|| absent(&target))?;
        let given = Given {
            retries: input.maximum_retry_attempts,
            max_age: input.maximum_event_age_in_seconds,
            destinations: input.destination_config.as_ref(),
        };
        write(call, tx, &target, before, &given)
    }
}

/// Shows them.
pub struct GetFunctionEventInvokeConfig;

impl Operation for GetFunctionEventInvokeConfig {
    shape!(GET_FUNCTION_EVENT_INVOKE_CONFIG: GetFunctionEventInvokeConfigRequest -> FunctionEventInvokeConfig, on Target, as "GetFunctionEventInvokeConfig");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:GetFunctionEventInvokeConfig", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, _: &Self::Input) -> Result<FunctionEventInvokeConfig> {
        let config = event_configs::find(tx.reads(), &target.place(), qualifier(&target))?;
        Ok(shown(&target, &config.ok_or_else(|| absent(&target))?))
    }
}

/// Removes them.
pub struct DeleteFunctionEventInvokeConfig;

impl Operation for DeleteFunctionEventInvokeConfig {
    shape!(DELETE_FUNCTION_EVENT_INVOKE_CONFIG: DeleteFunctionEventInvokeConfigRequest -> DeleteFunctionEventInvokeConfigResponse, on Target, as "DeleteFunctionEventInvokeConfig");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:DeleteFunctionEventInvokeConfig", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        _: &Self::Input,
    ) -> Result<DeleteFunctionEventInvokeConfigResponse> {
        let place = target.place();
        if event_configs::find(tx.reads(), &place, qualifier(&target))?.is_none() {
            return Err(absent(&target));
        }
        event_configs::remove(tx, &place, qualifier(&target));
        Ok(DeleteFunctionEventInvokeConfigResponse {})
    }
}

/// Lists them.
pub struct ListFunctionEventInvokeConfigs;

impl Operation for ListFunctionEventInvokeConfigs {
    shape!(LIST_FUNCTION_EVENT_INVOKE_CONFIGS: ListFunctionEventInvokeConfigsRequest -> ListFunctionEventInvokeConfigsResponse, on Target, as "ListFunctionEventInvokeConfigs");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:ListFunctionEventInvokeConfigs", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<ListFunctionEventInvokeConfigsResponse> {
        let all = event_configs::list(tx.reads(), &target.place())?;
        let page =
            pages::cut(all, |config| config.qualifier.clone(), input.marker.as_deref(), input.max_items)?;
        let configs = page.items.iter().map(|config| shown(&target, config)).collect();
        Ok(ListFunctionEventInvokeConfigsResponse {
            function_event_invoke_configs: Some(configs),
            next_marker: page.next,
        })
    }
}
