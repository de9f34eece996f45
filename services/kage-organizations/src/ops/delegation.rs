//! Delegated administrators: member accounts that administer a service for the organization.

use crate::place::{self, Kind, Place};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, principals, view};
use kage_api_organizations::types::{
    DelegatedAdministrator, DelegatedService, DeregisterDelegatedAdministratorResponse,
    ListDelegatedAdministratorsResponse, ListDelegatedServicesForAccountResponse,
    RegisterDelegatedAdministratorResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::{accounts, organization};
use kage_schema::Timestamp;

fn account(call: &Call<'_>, tx: &Tx, who: Who, id: &str) -> Result<Lookup<Scoped<Place>>> {
    place::named(call, tx, who, id, &[Kind::Account], errors::no_account)
}

/// Makes a member account the administrator of a service.
pub struct RegisterDelegatedAdministrator;

impl Operation for RegisterDelegatedAdministrator {
    shape!(REGISTER_DELEGATED_ADMINISTRATOR: RegisterDelegatedAdministratorRequest -> RegisterDelegatedAdministratorResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Management, &input.account_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:RegisterDelegatedAdministrator", target)
            .key("organizations:ServicePrincipal", &input.service_principal)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<RegisterDelegatedAdministratorResponse> {
        let mut organization = scoped.organization;
        if input.account_id == organization.management {
            return Err(errors::constraint(
                "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                "You cannot register master account/yourself as delegated administrator for your organization.",
            ));
        }
        principals::require_known(&input.service_principal)?;
        if !organization.service_access.contains_key(&input.service_principal) {
            return Err(errors::constraint(
                "SERVICE_ACCESS_NOT_ENABLED",
                "You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.",
            ));
        }
        if accounts::find(tx.reads(), &input.account_id)?.is_none_or(|account| account.status != "ACTIVE") {
            return Err(errors::constraint(
                "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
                "You attempted to register a suspended account as a delegated administrator.",
            ));
        }
        let services = organization.delegated.entry(input.account_id.clone()).or_default();
        if services.contains_key(&input.service_principal) {
            return Err(errors::already_registered());
        }
        services.insert(input.service_principal.clone(), call.now.milliseconds());
        organization::put(tx, &organization)?;
        Ok(RegisterDelegatedAdministratorResponse {})
    }
}

/// Ends the administration of a service by a member account.
pub struct DeregisterDelegatedAdministrator;

impl Operation for DeregisterDelegatedAdministrator {
    shape!(DEREGISTER_DELEGATED_ADMINISTRATOR: DeregisterDelegatedAdministratorRequest -> DeregisterDelegatedAdministratorResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Management, &input.account_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:DeregisterDelegatedAdministrator", target)
            .key("organizations:ServicePrincipal", &input.service_principal)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<DeregisterDelegatedAdministratorResponse> {
        principals::require_known(&input.service_principal)?;
        let mut organization = scoped.organization;
        let services = organization.delegated.entry(input.account_id.clone()).or_default();
        if services.remove(&input.service_principal).is_none() {
            return Err(errors::not_registered());
        }
        organization.delegated.retain(|_, services| !services.is_empty());
        organization::put(tx, &organization)?;
        Ok(DeregisterDelegatedAdministratorResponse {})
    }
}

/// Lists the member accounts that administer some service, or this one.
pub struct ListDelegatedAdministrators;

impl Operation for ListDelegatedAdministrators {
    shape!(LIST_DELEGATED_ADMINISTRATORS: ListDelegatedAdministratorsRequest -> ListDelegatedAdministratorsResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListDelegatedAdministrators", target)
            .key_if("organizations:ServicePrincipal", input.service_principal.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListDelegatedAdministratorsResponse> {
        let organization = scoped.organization;
        let mut all = organization.delegated.clone();
        if let Some(service) = &input.service_principal {
            principals::require_known(service)?;
            all.retain(|_, services| services.contains_key(service));
        }
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |(account, _)| account.clone(), token, input.max_results)?;
        let mut shown = Vec::new();
        for (account, services) in page.items {
            let Some(place) = place::find(tx, &organization, &account)? else { continue };
            let account = view::account(tx, &organization, &place.node)?;
            shown.push(DelegatedAdministrator {
                id: account.id,
                arn: account.arn,
                email: account.email,
                name: account.name,
                status: account.status,
                state: account.state,
                joined_method: account.joined_method,
                joined_timestamp: account.joined_timestamp,
                delegation_enabled_date: services.values().min().map(|at| Timestamp(*at)),
            });
        }
        Ok(ListDelegatedAdministratorsResponse {
            delegated_administrators: Some(shown),
            next_token: page.next,
        })
    }
}

/// Lists the services that a member account administers.
pub struct ListDelegatedServicesForAccount;

impl Operation for ListDelegatedServicesForAccount {
    shape!(LIST_DELEGATED_SERVICES_FOR_ACCOUNT: ListDelegatedServicesForAccountRequest -> ListDelegatedServicesForAccountResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        account(call, tx, Who::Administrators, &input.account_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListDelegatedServicesForAccount", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListDelegatedServicesForAccountResponse> {
        let found = scoped.organization.delegated.get(&input.account_id).cloned();
        let all = found.ok_or_else(errors::not_registered)?;
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |(service, _)| service.clone(), token, input.max_results)?;
        let shown = page.items.into_iter().map(|(service, at)| DelegatedService {
            service_principal: Some(service),
            delegation_enabled_date: Some(Timestamp(at)),
        });
        Ok(ListDelegatedServicesForAccountResponse {
            delegated_services: Some(shown.collect()),
            next_token: page.next,
        })
    }
}
