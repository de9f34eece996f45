//! `UpdateFunctionCode`, `UpdateFunctionConfiguration`.

use crate::codes::{self, Source};
use crate::function::{Function, LATEST};
use crate::settings::{Wanted, service_role};
use crate::target::{self, Target};
use crate::{environment, errors, functions, jobs, sessions, view};
use kage_api_lambda::types::{FunctionConfiguration, UpdateFunctionConfigurationRequest};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Gives a function another deployment package.
pub struct UpdateFunctionCode;

impl Operation for UpdateFunctionCode {
    shape!(UPDATE_FUNCTION_CODE: UpdateFunctionCodeRequest -> FunctionConfiguration, on Target, as "UpdateFunctionCode20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:UpdateFunctionCode", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<FunctionConfiguration> {
        errors::refuse(&input.image_uri, "ImageUri")?;
        errors::refuse(&input.publish_to, "PublishTo")?;
        errors::refuse(&input.source_kms_key_arn, "SourceKMSKeyArn")?;
        errors::refuse(&input.s3_object_storage_mode, "S3ObjectStorageMode")?;
        let mut function = changeable(&target, input.revision_id.as_deref())?;
        let source = Source {
            zip: input.zip_file.as_ref(),
            bucket: input.s3_bucket.as_deref(),
            key: input.s3_key.as_deref(),
            version: input.s3_object_version.as_deref(),
        };
        let moment = tx.moment();
        let code = codes::take(call, tx, &source)?;
        let old = std::mem::replace(&mut function.code, code);
        if let Some(architecture) = input.architectures.as_ref().and_then(|given| given.first()) {
            function.settings.architecture.clone_from(architecture);
        }
        changed(call, &mut function);
        if input.dry_run == Some(true) {
            let environment = environment::shown(call, tx, &function)?;
            tx.undo(moment);
            return Ok(view::configuration(&function, false, environment));
        }
        codes::release(tx, &old)?;
        functions::put(tx, &function)?;
        finish(call, tx, function, input.publish == Some(true))
    }
}

/// Gives a function other settings.
pub struct UpdateFunctionConfiguration;

impl Operation for UpdateFunctionConfiguration {
    shape!(UPDATE_FUNCTION_CONFIGURATION: UpdateFunctionConfigurationRequest -> FunctionConfiguration, on Target, as "UpdateFunctionConfiguration20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Target>) -> Access {
        let layers = input.layers.iter().flatten().map(String::as_str);
        let update =
            target::access("lambda:UpdateFunctionConfiguration", target).keys("lambda:Layer", layers);
        match &input.role {
            Some(role) => update.and(target::pass_role(role)),
            None => update,
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<FunctionConfiguration> {
        let mut function = changeable(&target, input.revision_id.as_deref())?;
        let before = function.settings.clone();
        Wanted::updated(input)?.apply(call, tx, &mut function.settings)?;
        if function.settings.role != before.role {
            let role = service_role(&function.settings.role, &function.arn(), &function.account);
            sessions::require_assumable(call, tx, &role)?;
        }
        for layer in &function.settings.layers {
            codes::hold(tx, &layer.code)?;
        }
        for layer in &before.layers {
            codes::release(tx, &layer.code)?;
        }
        update_environment(call, tx, &mut function, &before, input)?;
        changed(call, &mut function);
        functions::put(tx, &function)?;
        finish(call, tx, function, false)
    }
}

/// New variables, or the old ones under another key or for another role.
fn update_environment(
    call: &Call<'_>,
    tx: &mut Tx,
    function: &mut Function,
    before: &crate::function::Settings,
    input: &UpdateFunctionConfigurationRequest,
) -> Result<()> {
    if let Some(given) = &input.environment {
        let variables = given.variables.clone().unwrap_or_default();
        environment::require_fit(&variables)?;
        function.settings.environment = match variables.is_empty() {
            true => None,
            false => Some(environment::sealed(call, tx, function, &variables)?),
        };
        return Ok(());
    }
    if function.settings.environment.is_none() {
        return Ok(());
    }
    if function.settings.kms_key != before.kms_key {
        let how = kage_core::Forward::AsCaller { via: "lambda.amazonaws.com" };
        let variables = environment::opened(call, tx, function, how).map_err(|error| errors::kms(&error))?;
        function.settings.environment = Some(environment::sealed(call, tx, function, &variables)?);
    } else if function.settings.role != before.role
        && let Some(kms_key) = function.settings.kms_key.clone()
    {
        environment::grant(call, tx, function, &kms_key)?;
    }
    Ok(())
}

/// The version that can be changed, when nothing stands in the way.
fn changeable(target: &Target, revision: Option<&str>) -> Result<Function> {
    let function = &target.function;
    if function.version != LATEST || target.qualifier.as_deref().is_some_and(|qualifier| qualifier != LATEST)
    {
        return Err(errors::invalid("Only $LATEST can be updated; published versions do not change."));
    }
    if revision.is_some_and(|revision| revision != function.revision) {
        return Err(errors::stale_revision());
    }
    let arn = function.arn();
    if function.pending {
        return Err(errors::conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        ));
    }
    if function.updating {
        return Err(errors::conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        )));
    }
    Ok(function.clone())
}

fn changed(call: &Call<'_>, function: &mut Function) {
    function.updating = true;
    function.modified = call.now.milliseconds();
    function.revision = call.ids().uuid();
}

fn finish(call: &Call<'_>, tx: &mut Tx, function: Function, publish: bool) -> Result<FunctionConfiguration> {
    let place = crate::place::Place::of(&function);
    jobs::plan_ready(call, tx, &place)?;
    let shown = match publish {
        true => super::versions::publish(call, tx, &function, None)?,
        false => function,
    };
    let environment = environment::shown(call, tx, &shown)?;
    Ok(view::configuration(&shown, false, environment))
}
