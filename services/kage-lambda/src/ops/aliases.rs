//! Aliases.

use crate::function::{Alias, LATEST};
use crate::place::{self, Place};
use crate::target::{self, Target};
use crate::{errors, functions, pages, view};
use kage_api_lambda::types::{
    AliasConfiguration, AliasRoutingConfiguration, DeleteAliasResponse, ListAliasesResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Makes an alias.
pub struct CreateAlias;

impl Operation for CreateAlias {
    shape!(CREATE_ALIAS: CreateAliasRequest -> AliasConfiguration, on Target, as "CreateAlias20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:CreateAlias", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<AliasConfiguration> {
        let place = target.place();
        if functions::alias(tx.reads(), &place, &input.name)?.is_some() {
            return Err(errors::conflict(format!("Alias already exists: {}:{}", place.arn(), input.name)));
        }
        let mut alias = Alias {
            name: input.name.clone(),
            version: input.function_version.clone(),
            description: input.description.clone().unwrap_or_default(),
            ..Alias::default()
        };
        alias.other = other(input.routing_config.as_ref())?;
        store(call, tx, &place, alias)
    }
}

/// Changes an alias.
pub struct UpdateAlias;

impl Operation for UpdateAlias {
    shape!(UPDATE_ALIAS: UpdateAliasRequest -> AliasConfiguration, on Found, as "UpdateAlias20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Found>> {
        find(call, tx, &input.function_name, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Found>) -> Access {
        access("lambda:UpdateAlias", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (place, mut alias): Found,
        input: &Self::Input,
    ) -> Result<AliasConfiguration> {
        if input.revision_id.as_ref().is_some_and(|revision| *revision != alias.revision) {
            return Err(errors::stale_revision());
        }
        if let Some(version) = &input.function_version {
            alias.version.clone_from(version);
        }
        if let Some(description) = &input.description {
            alias.description.clone_from(description);
        }
        if input.routing_config.is_some() {
            alias.other = other(input.routing_config.as_ref())?;
        }
        store(call, tx, &place, alias)
    }
}

/// Shows an alias.
pub struct GetAlias;

impl Operation for GetAlias {
    shape!(GET_ALIAS: GetAliasRequest -> AliasConfiguration, on Found, as "GetAlias20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Found>> {
        find(call, tx, &input.function_name, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Found>) -> Access {
        access("lambda:GetAlias", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, (place, alias): Found, _: &Self::Input) -> Result<AliasConfiguration> {
        Ok(view::alias(&place, &alias))
    }
}

/// Deletes an alias; one that is not there is no error.
pub struct DeleteAlias;

impl Operation for DeleteAlias {
    shape!(DELETE_ALIAS: DeleteAliasRequest -> DeleteAliasResponse, on Place, as "DeleteAlias20150331");

    fn resolve(call: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Place>> {
        Ok(Lookup::Found(place::parse(call, &input.function_name, None)?.place))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Place>) -> Access {
        let place = target.found();
        let access = Access::to("lambda:DeleteAlias", place.map(Place::arn).unwrap_or_default());
        match place {
            Some(place) => access.owned_by(&place.account),
            None => access,
        }
    }

    fn run(_: &Call<'_>, tx: &mut Tx, place: Place, input: &Self::Input) -> Result<DeleteAliasResponse> {
        functions::remove_alias(tx, &place, &input.name);
        crate::event_configs::remove(tx, &place, &input.name);
        Ok(DeleteAliasResponse {})
    }
}

/// Lists aliases.
pub struct ListAliases;

impl Operation for ListAliases {
    shape!(LIST_ALIASES: ListAliasesRequest -> ListAliasesResponse, on Target, as "ListAliases20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:ListAliases", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<ListAliasesResponse> {
        let place = target.place();
        let mut all = functions::aliases(tx.reads(), &place)?;
        if let Some(version) = &input.function_version {
            all.retain(|alias| alias.version == *version);
        }
        let page = pages::cut(all, |alias| alias.name.clone(), input.marker.as_deref(), input.max_items)?;
        let aliases = page.items.iter().map(|alias| view::alias(&place, alias)).collect();
        Ok(ListAliasesResponse { next_marker: page.next, aliases: Some(aliases) })
    }
}

/// An alias and its function.
pub type Found = (Place, Alias);

fn find(call: &Call<'_>, tx: &Tx, function: &str, name: &str) -> Result<Lookup<Found>> {
    let place = place::parse(call, function, None)?.place;
    if let Some(alias) = functions::alias(tx.reads(), &place, name)? {
        return Ok(Lookup::Found((place, alias)));
    }
    let error = match functions::head(tx.reads(), &place)? {
        Some(_) => errors::no_alias(&format!("{}:{name}", place.arn())),
        None => errors::no_function(&place.arn()),
    };
    Ok(Lookup::Missing { arn: place.arn(), owner: Some(place.account), error })
}

/// Permissions on aliases name the function. AWS: service authorization reference, Lambda.
fn access(action: &str, target: &Lookup<Found>) -> Access {
    match target {
        Lookup::Found((place, _)) => Access::to(action, place.arn()).owned_by(&place.account),
        Lookup::Missing { arn, .. } => Access::to(action, arn.as_str()),
    }
}

/// The other version of a routing configuration, with its share in millionths.
fn other(routing: Option<&AliasRoutingConfiguration>) -> Result<Option<(String, u32)>> {
    let weights = routing.and_then(|routing| routing.additional_version_weights.as_ref());
    let Some(weights) = weights else { return Ok(None) };
    // AWS: Lambda developer guide, "Using Lambda aliases in weighted routing": one more version.
    if weights.len() > 1 {
        return Err(errors::invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    let Some((version, weight)) = weights.iter().next() else { return Ok(None) };
    if !(0.0..=1.0).contains(weight) {
        return Err(errors::invalid(format!(
            "Invalid weight {weight} for version {version}: it must be between 0.0 and 1.0"
        )));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0 to 1 fits")]
    let millionths = (weight * 1e6).round() as u32;
    Ok(Some((version.clone(), millionths)))
}

fn store(call: &Call<'_>, tx: &mut Tx, place: &Place, mut alias: Alias) -> Result<AliasConfiguration> {
    let named = std::iter::once(&alias.version).chain(alias.other.iter().map(|(version, _)| version));
    for version in named {
        if alias.other.is_some() && version == LATEST {
            return Err(errors::invalid(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if functions::version(tx.reads(), place, version)?.is_none() {
            return Err(errors::no_function(&format!("{}:{version}", place.arn())));
        }
    }
    if alias.other.as_ref().is_some_and(|(version, _)| *version == alias.version) {
        return Err(errors::invalid(format!(
            "Invalid function version {}. Function version {} is already included in routing configuration.",
            alias.version, alias.version
        )));
    }
    alias.revision = call.ids().uuid();
    functions::put_alias(tx, place, &alias)?;
    Ok(view::alias(place, &alias))
}
