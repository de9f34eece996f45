//! `CreateFunction`.

use crate::codes::{self, Source};
use crate::function::{Function, Head, LATEST, Settings};
use crate::place::{self, Place};
use crate::settings::{Wanted, service_role};
use crate::{environment, errors, functions, jobs, sessions, tagging, target, view};
use kage_api_lambda::types::FunctionConfiguration;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Makes a function.
pub struct CreateFunction;

impl Operation for CreateFunction {
    shape!(CREATE_FUNCTION: CreateFunctionRequest -> FunctionConfiguration, on Place, as "CreateFunction20150331");

    fn resolve(call: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Place>> {
        let name = place::parse(call, &input.function_name, None)?;
        if name.place.account != call.account {
            return Err(errors::invalid(format!(
                "Cross-account access is not supported: {}",
                input.function_name
            )));
        }
        if name.qualifier.is_some() {
            return Err(errors::invalid(format!(
                "Function name cannot have a qualifier: {}",
                input.function_name
            )));
        }
        Ok(Lookup::Found(name.place))
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Place>) -> Access {
        let arn = target.found().map(Place::arn).unwrap_or_default();
        let layers = input.layers.iter().flatten().map(String::as_str);
        let tags = || input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let create =
            Access::to("lambda:CreateFunction", &arn).keys("lambda:Layer", layers).request_tags(tags());
        let create = create.and(target::pass_role(&input.role));
        match tags().next() {
            Some(_) => create.and(Access::to("lambda:TagResource", &arn).request_tags(tags())),
            None => create,
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, place: Place, input: &Self::Input) -> Result<FunctionConfiguration> {
        let wanted = Wanted::created(input)?;
        if wanted.runtime.is_none() || wanted.handler.is_none() {
            return Err(errors::invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        if functions::head(tx.reads(), &place)?.is_some() {
            return Err(errors::function_exists(&place.name));
        }
        let mut head = Head {
            account: place.account.clone(),
            region: place.region.clone(),
            name: place.name.clone(),
            ..Head::default()
        };
        if let Some(tags) = &input.tags {
            tagging::add(&mut head.tags, tags)?;
        }
        let mut function = empty(call, &place);
        wanted.apply(call, tx, &mut function.settings)?;
        if let Some(architectures) = &input.architectures {
            function.settings.architecture = architectures.first().cloned().unwrap_or_default();
        }
        let role = service_role(&function.settings.role, &place.arn(), &place.account);
        sessions::require_assumable(call, tx, &role)?;
        let variables = input.environment.as_ref().and_then(|environment| environment.variables.as_ref());
        if let Some(variables) = variables {
            environment::require_fit(variables)?;
            function.settings.environment = Some(environment::sealed(call, tx, &function, variables)?);
        }
        function.code = codes::take(call, tx, &source(&input.code))?;
        for layer in &function.settings.layers {
            codes::hold(tx, &layer.code)?;
        }
        functions::put_head(tx, &head)?;
        functions::put(tx, &function)?;
        jobs::plan_ready(call, tx, &place)?;
        let mut shown = function;
        if input.publish == Some(true) {
            shown = super::versions::publish(call, tx, &shown, None)?;
        }
        let environment = environment::shown(call, tx, &shown)?;
        Ok(view::configuration(&shown, false, environment))
    }
}

/// A function with AWS's defaults. AWS: Lambda API reference, CreateFunction.
fn empty(call: &Call<'_>, place: &Place) -> Function {
    Function {
        account: place.account.clone(),
        region: place.region.clone(),
        name: place.name.clone(),
        version: LATEST.to_owned(),
        settings: Settings {
            timeout: 3,
            memory: 128,
            storage: 512,
            architecture: "x86_64".to_owned(),
            tracing: "PassThrough".to_owned(),
            log_format: "Text".to_owned(),
            ..Settings::default()
        },
        pending: true,
        modified: call.now.milliseconds(),
        revision: call.ids().uuid(),
        ..Function::default()
    }
}

fn source(code: &kage_api_lambda::types::FunctionCode) -> Source<'_> {
    Source {
        zip: code.zip_file.as_ref(),
        bucket: code.s3_bucket.as_deref(),
        key: code.s3_key.as_deref(),
        version: code.s3_object_version.as_deref(),
    }
}
