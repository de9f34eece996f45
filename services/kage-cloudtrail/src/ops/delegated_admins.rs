//! Delegated administrators: members that may make and change organization trails.
//!
//! Organizations keeps who they are; CloudTrail asks it with the caller's permissions.

use crate::object::PRINCIPAL;
use crate::{errors, organization};
use kage_api_organizations::types as theirs;
use kage_core::{Access, Call, Error, Forward, Lookup, Operation, Result, Tx};
use kage_identity::organization::Organization;

const AS_CALLER: Forward = Forward::AsCaller { via: PRINCIPAL };
/// AWS: CloudTrail user guide, "Organization delegated administrator": three.
const LIMIT: usize = 3;

/// The caller's organization, for an account that may be registered or is.
fn require(call: &Call<'_>, tx: &Tx, member: &str) -> Result<Organization> {
    let organization = organization::managed_by(call, tx)?;
    if organization.management == member {
        return Err(errors::management_account_delegated());
    }
    let node = kage_identity::organization::node(tx.reads(), member)?;
    if node.is_none_or(|node| node.organization != organization.id) {
        return Err(errors::no_account(member));
    }
    Ok(organization)
}

fn is_registered(organization: &Organization, member: &str) -> bool {
    organization.delegated.get(member).is_some_and(|services| services.contains_key(PRINCIPAL))
}

fn said(error: Error) -> Error {
    if error.code.starts_with("AccessDenied") { errors::dependency() } else { error }
}

/// Makes a member a delegated administrator.
pub struct RegisterOrganizationDelegatedAdmin;

impl Operation for RegisterOrganizationDelegatedAdmin {
    shape!(REGISTER_ORGANIZATION_DELEGATED_ADMIN: RegisterOrganizationDelegatedAdminRequest ->
        RegisterOrganizationDelegatedAdminResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:RegisterOrganizationDelegatedAdmin")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        let member = &input.member_account_id;
        let organization = require(call, tx, member)?;
        if is_registered(&organization, member) {
            return Err(errors::account_registered(member));
        }
        if organization.delegated.keys().filter(|account| is_registered(&organization, account)).count()
            >= LIMIT
        {
            return Err(errors::too_many_delegates(LIMIT));
        }
        organization::require(call, tx)?;
        let target = (
            &kage_api_organizations::SERVICE,
            &kage_api_organizations::operations::REGISTER_DELEGATED_ADMINISTRATOR,
        );
        let request = theirs::RegisterDelegatedAdministratorRequest {
            account_id: member.clone(),
            service_principal: PRINCIPAL.to_owned(),
        };
        call.forward::<theirs::RegisterDelegatedAdministratorResponse>(tx, AS_CALLER, target, request)
            .map_err(said)?;
        Ok(Self::Output {})
    }
}

/// Makes a delegated administrator a member like the others.
pub struct DeregisterOrganizationDelegatedAdmin;

impl Operation for DeregisterOrganizationDelegatedAdmin {
    shape!(DEREGISTER_ORGANIZATION_DELEGATED_ADMIN: DeregisterOrganizationDelegatedAdminRequest ->
        DeregisterOrganizationDelegatedAdminResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:DeregisterOrganizationDelegatedAdmin")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        let member = &input.delegated_admin_account_id;
        let organization = require(call, tx, member)?;
        if !is_registered(&organization, member) {
            return Err(errors::account_not_registered(member));
        }
        let target = (
            &kage_api_organizations::SERVICE,
            &kage_api_organizations::operations::DEREGISTER_DELEGATED_ADMINISTRATOR,
        );
        let request = theirs::DeregisterDelegatedAdministratorRequest {
            account_id: member.clone(),
            service_principal: PRINCIPAL.to_owned(),
        };
        call.forward::<theirs::DeregisterDelegatedAdministratorResponse>(tx, AS_CALLER, target, request)
            .map_err(said)?;
        Ok(Self::Output {})
    }
}
