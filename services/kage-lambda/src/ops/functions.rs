//! Functions read, listed and deleted.

use crate::function::{Function, LATEST};
use crate::place::Place;
use crate::settings::codes as packages;
use crate::target::{self, Target};
use crate::{codes, environment, errors, event_configs, functions, pages, view};
use kage_api_lambda::types::{
    Concurrency, DeleteFunctionResponse, FunctionConfiguration, GetFunctionResponse, ListFunctionsResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Shows a function with its tags.
pub struct GetFunction;

impl Operation for GetFunction {
    shape!(GET_FUNCTION: GetFunctionRequest -> GetFunctionResponse, on Target, as "GetFunction20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:GetFunction", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Target, _: &Self::Input) -> Result<GetFunctionResponse> {
        let environment = environment::shown(call, tx, &target.function)?;
        let concurrency = |reserved| Concurrency { reserved_concurrent_executions: Some(reserved) };
        Ok(GetFunctionResponse {
            configuration: Some(shown(&target, environment)),
            tags: Some(target.head.tags.clone()).filter(|tags| !tags.is_empty()),
            concurrency: target.head.reserved.map(concurrency),
            ..GetFunctionResponse::default()
        })
    }
}

fn shown(
    target: &Target,
    environment: Option<kage_api_lambda::types::EnvironmentResponse>,
) -> FunctionConfiguration {
    let mut shown = view::configuration(&target.function, target.qualifier.is_some(), environment);
    if target.alias.is_some() {
        shown.function_arn = Some(target.name().arn());
    }
    shown
}

/// Shows a function.
pub struct GetFunctionConfiguration;

impl Operation for GetFunctionConfiguration {
    shape!(GET_FUNCTION_CONFIGURATION: GetFunctionConfigurationRequest -> FunctionConfiguration, on Target, as "GetFunctionConfiguration20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:GetFunctionConfiguration", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Target, _: &Self::Input) -> Result<FunctionConfiguration> {
        let environment = environment::shown(call, tx, &target.function)?;
        Ok(shown(&target, environment))
    }
}

/// Lists functions.
pub struct ListFunctions;

impl Operation for ListFunctions {
    shape!(LIST_FUNCTIONS: ListFunctionsRequest -> ListFunctionsResponse, on (), as "ListFunctions20150331");

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("lambda:ListFunctions")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListFunctionsResponse> {
        errors::refuse(&input.master_region, "MasterRegion")?;
        let all = input.function_version.as_deref() == Some("ALL");
        let mut found: Vec<Function> = Vec::new();
        for head in functions::heads(tx.reads(), &call.account, &call.region)? {
            let versions = functions::versions(tx.reads(), &Place::own(call, &head.name))?;
            found.extend(versions.into_iter().filter(|version| all || version.version == LATEST));
        }
        let page = pages::cut(found, pages::version_key, input.marker.as_deref(), input.max_items)?;
        let mut shown = Vec::new();
        for function in page.items {
            let environment = environment::shown(call, tx, &function)?;
            shown.push(view::configuration(&function, all, environment));
        }
        Ok(ListFunctionsResponse { next_marker: page.next, functions: Some(shown) })
    }
}

/// Deletes a function or one version.
pub struct DeleteFunction;

impl Operation for DeleteFunction {
    shape!(DELETE_FUNCTION: DeleteFunctionRequest -> DeleteFunctionResponse, on Target, as "DeleteFunction20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:DeleteFunction", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, _: &Self::Input) -> Result<DeleteFunctionResponse> {
        let place = target.place();
        match target.qualifier.as_deref() {
            Some(LATEST) => {
                return Err(errors::invalid(
                    "$LATEST version cannot be deleted without deleting the function.",
                ));
            }
            Some(_) if target.alias.is_some() => {
                return Err(errors::invalid("Deletion of aliases is not currently supported."));
            }
            Some(version) => delete_version(tx, &target.function, version)?,
            None => delete_all(tx, &place)?,
        }
        Ok(DeleteFunctionResponse { status_code: Some(204) })
    }
}

fn delete_version(tx: &mut Tx, function: &Function, version: &str) -> Result<()> {
    let place = Place::of(function);
    let uses = |alias: &crate::function::Alias| {
        alias.version == version || alias.other.as_ref().is_some_and(|(other, _)| other == version)
    };
    let names: Vec<String> =
        functions::aliases(tx.reads(), &place)?.into_iter().filter(uses).map(|alias| alias.name).collect();
    if !names.is_empty() {
        let text = format!(
            "Unable to delete version because the following aliases reference it: [{}]",
            names.join(", ")
        );
        return Err(errors::conflict(text));
    }
    for code in packages(&function.code, &function.settings) {
        codes::release(tx, &code)?;
    }
    event_configs::remove(tx, &place, version);
    functions::remove_version(tx, &place, version);
    Ok(())
}

fn delete_all(tx: &mut Tx, place: &Place) -> Result<()> {
    for alias in functions::aliases(tx.reads(), place)? {
        functions::remove_alias(tx, place, &alias.name);
    }
    for version in functions::versions(tx.reads(), place)? {
        for code in packages(&version.code, &version.settings) {
            codes::release(tx, &code)?;
        }
        functions::remove_version(tx, place, &version.version);
    }
    event_configs::remove_all(tx, place)?;
    functions::remove_head(tx, place);
    Ok(())
}
