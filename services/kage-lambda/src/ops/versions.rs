//! Versions.

use crate::function::{Function, LATEST};
use crate::place::Place;
use crate::target::{self, Target};
use crate::{codes, environment, errors, functions, pages, settings, view};
use kage_api_lambda::types::{FunctionConfiguration, ListVersionsByFunctionResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};

/// Publishes a version.
pub struct PublishVersion;

impl Operation for PublishVersion {
    shape!(PUBLISH_VERSION: PublishVersionRequest -> FunctionConfiguration, on Target, as "PublishVersion20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:PublishVersion", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<FunctionConfiguration> {
        errors::refuse(&input.publish_to, "PublishTo")?;
        let latest = target.function;
        let digest = view::digest(&latest.code);
        if let Some(given) = input.code_sha256.as_ref().filter(|given| **given != digest) {
            return Err(errors::invalid(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({digest}). Please try again with the CodeSHA256 in $LATEST."
            )));
        }
        if input.revision_id.as_ref().is_some_and(|revision| *revision != latest.revision) {
            return Err(errors::stale_revision());
        }
        if latest.pending || latest.updating {
            return Err(errors::conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: Pending",
            ));
        }
        let made = publish(call, tx, &latest, input.description.as_deref())?;
        let environment = environment::shown(call, tx, &made)?;
        Ok(view::configuration(&made, true, environment))
    }
}

/// Publishes `$LATEST`; nothing changed since the last version gives that version.
///
/// # Errors
/// Those of the store.
pub fn publish(
    call: &Call<'_>,
    tx: &mut Tx,
    latest: &Function,
    description: Option<&str>,
) -> Result<Function> {
    let place = Place::of(latest);
    let Some(mut head) = functions::head(tx.reads(), &place)? else {
        return Err(Error::internal("a function without a head"));
    };
    let last = functions::version(tx.reads(), &place, &head.last_version.to_string())?;
    if let Some(last) = last.filter(|last| latest.is_same_as(last)) {
        return Ok(last);
    }
    head.last_version = head.last_version.saturating_add(1);
    let mut version =
        Function { version: head.last_version.to_string(), revision: call.ids().uuid(), ..latest.clone() };
    if let Some(description) = description {
        description.clone_into(&mut version.settings.description);
    }
    for code in settings::codes(&version.code, &version.settings) {
        codes::hold(tx, &code)?;
    }
    functions::put_head(tx, &head)?;
    functions::put(tx, &version)?;
    Ok(version)
}

/// Lists versions.
pub struct ListVersionsByFunction;

impl Operation for ListVersionsByFunction {
    shape!(LIST_VERSIONS_BY_FUNCTION: ListVersionsByFunctionRequest -> ListVersionsByFunctionResponse, on Target, as "ListVersionsByFunction20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:ListVersionsByFunction", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<ListVersionsByFunctionResponse> {
        let all = functions::versions(tx.reads(), &target.place())?;
        debug_assert!(all.first().is_none_or(|first| first.version == LATEST));
        let page = pages::cut(all, pages::version_key, input.marker.as_deref(), input.max_items)?;
        let mut shown = Vec::new();
        for function in page.items {
            let environment = environment::shown(call, tx, &function)?;
            shown.push(view::configuration(&function, true, environment));
        }
        Ok(ListVersionsByFunctionResponse { next_marker: page.next, versions: Some(shown) })
    }
}
