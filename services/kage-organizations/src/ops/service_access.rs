//! Trusted access: services that may work in all accounts.

use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, principals};
use kage_api_organizations::types::{
    DisableAWSServiceAccessResponse, EnableAWSServiceAccessResponse, EnabledServicePrincipal,
    ListAWSServiceAccessForOrganizationResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::organization;
use kage_schema::Timestamp;

/// Enables trusted access for a service.
pub struct EnableAWSServiceAccess;

impl Operation for EnableAWSServiceAccess {
    shape!(ENABLE_AWS_SERVICE_ACCESS: EnableAWSServiceAccessRequest -> EnableAWSServiceAccessResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Management)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:EnableAWSServiceAccess", target)
            .key("organizations:ServicePrincipal", &input.service_principal)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<EnableAWSServiceAccessResponse> {
        principals::require_known(&input.service_principal)?;
        let mut organization = scoped.organization;
        let now = call.now.milliseconds();
        organization.service_access.entry(input.service_principal.clone()).or_insert(now);
        organization::put(tx, &organization)?;
        Ok(EnableAWSServiceAccessResponse {})
    }
}

/// Disables trusted access for a service.
pub struct DisableAWSServiceAccess;

impl Operation for DisableAWSServiceAccess {
    shape!(DISABLE_AWS_SERVICE_ACCESS: DisableAWSServiceAccessRequest -> DisableAWSServiceAccessResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Management)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:DisableAWSServiceAccess", target)
            .key("organizations:ServicePrincipal", &input.service_principal)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<DisableAWSServiceAccessResponse> {
        principals::require_known(&input.service_principal)?;
        let mut organization = scoped.organization;
        let service = &input.service_principal;
        if organization.delegated.values().any(|services| services.contains_key(service)) {
            return Err(errors::constraint(
                "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                "You attempted to disable service access for a service that has a delegated administrator.",
            ));
        }
        organization.service_access.remove(service);
        organization::put(tx, &organization)?;
        Ok(DisableAWSServiceAccessResponse {})
    }
}

/// Lists the services with trusted access.
pub struct ListAWSServiceAccessForOrganization;

impl Operation for ListAWSServiceAccessForOrganization {
    shape!(LIST_AWS_SERVICE_ACCESS_FOR_ORGANIZATION: ListAWSServiceAccessForOrganizationRequest -> ListAWSServiceAccessForOrganizationResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListAWSServiceAccessForOrganization", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListAWSServiceAccessForOrganizationResponse> {
        let all = scoped.organization.service_access;
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |(service, _)| service.clone(), token, input.max_results)?;
        let shown = page.items.into_iter().map(|(service, at)| EnabledServicePrincipal {
            service_principal: Some(service),
            date_enabled: Some(Timestamp(at)),
        });
        Ok(ListAWSServiceAccessForOrganizationResponse {
            enabled_service_principals: Some(shown.collect()),
            next_token: page.next,
        })
    }
}
