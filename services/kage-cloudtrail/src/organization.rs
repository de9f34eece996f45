//! Organization trails: who may make and change them, and whose events they take.
//!
//! AWS: CloudTrail user guide, "Creating a trail for an organization": the management account (or a delegated
//! administrator) makes it, the management account owns it, member accounts see it and cannot change it.

use crate::object::PRINCIPAL;
use crate::trail::Trail;
use crate::{errors, trails};
use kage_api_iam::types::{CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse};
use kage_api_organizations::types as api;
use kage_core::{Call, Error, Forward, Resource as _, Result, Tx};
use kage_identity::organization::{self, Organization};
use kage_identity::roles;
use kage_schema::{OperationModel, Record};
use kage_store::Reads;

/// The service-linked role by which CloudTrail sees the organization.
const ROLE: &str = "AWSServiceRoleForCloudTrail";
const AS_CALLER: Forward = Forward::AsCaller { via: PRINCIPAL };

/// The accounts whose events a trail takes.
///
/// # Errors
/// Those of the store.
pub fn accounts(reads: &dyn Reads, trail: &Trail) -> Result<Vec<String>> {
    let Some(id) = &trail.organization else { return Ok(vec![trail.account.clone()]) };
    let nodes = organization::nodes(reads, id)?.into_iter().map(|node| node.id);
    Ok(nodes.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())).collect())
}

/// The organization trails that an account sees though another one owns them.
///
/// # Errors
/// Those of the store.
pub fn trails_of_others(reads: &dyn Reads, account: &str) -> Result<Vec<Trail>> {
    let Some(organization) = organization::of_account(reads, account)? else { return Ok(Vec::new()) };
    if organization.management == account {
        return Ok(Vec::new());
    }
    let mut all = trails::owned_by(reads, &organization.management)?;
    all.retain(|trail| trail.organization.as_ref() == Some(&organization.id));
    Ok(all)
}

/// The account that owns what this call makes: for an organization trail the management account.
///
/// # Errors
/// Those of [`require`].
pub fn owner(call: &Call<'_>, tx: &mut Tx, wanted: bool) -> Result<(String, Option<String>)> {
    if !wanted {
        return Ok((call.account.clone(), None));
    }
    let organization = require(call, tx)?;
    Ok((organization.management, Some(organization.id)))
}

/// The caller's organization, if a trail may be made for it. CloudTrail looks at it with the caller's own permissions.
/// AWS: user guide, "Prepare for creating a trail for your organization".
///
/// # Errors
/// `OrganizationsNotInUseException`, `NotOrganizationMasterAccountException`,
/// `OrganizationNotInAllFeaturesModeException`, `CloudTrailAccessNotEnabledException`,
/// `InsufficientDependencyServiceAccessPermissionException`, `NoManagementAccountSLRExistsException`.
pub fn require(call: &Call<'_>, tx: &mut Tx) -> Result<Organization> {
    let found = organization::of_account(tx.reads(), &call.account)?;
    let organization = found.ok_or_else(errors::organizations_not_in_use)?;
    if !administers(&organization, &call.account) {
        return Err(errors::not_management_account());
    }
    ask::<api::DescribeOrganizationResponse>(
        call,
        tx,
        &kage_api_organizations::operations::DESCRIBE_ORGANIZATION,
        api::DescribeOrganizationRequest::default(),
    )?;
    ask::<api::ListAWSServiceAccessForOrganizationResponse>(
        call,
        tx,
        &kage_api_organizations::operations::LIST_AWS_SERVICE_ACCESS_FOR_ORGANIZATION,
        api::ListAWSServiceAccessForOrganizationRequest::default(),
    )?;
    if organization.feature_set != "ALL" {
        return Err(errors::not_all_features());
    }
    if !organization.service_access.contains_key(PRINCIPAL) {
        return Err(errors::access_not_enabled(&call.account));
    }
    make_role(call, tx, &organization)?;
    Ok(organization)
}

fn ask<O: Record>(
    call: &Call<'_>,
    tx: &mut Tx,
    operation: &'static OperationModel,
    input: impl Record,
) -> Result<O> {
    let target = (&kage_api_organizations::SERVICE, operation);
    call.forward::<O>(tx, AS_CALLER, target, input).map_err(dependency)
}

/// A denial of what CloudTrail did with the caller's permissions.
fn dependency(error: Error) -> Error {
    if error.code.starts_with("AccessDenied") { errors::dependency() } else { error }
}

/// AWS: user guide, "Using service-linked roles for CloudTrail": it is made with the first organization trail. A delegated
/// administrator cannot make it in the management account.
fn make_role(call: &Call<'_>, tx: &mut Tx, organization: &Organization) -> Result<()> {
    if roles::find(tx.reads(), &organization.management, ROLE)?.is_some() {
        return Ok(());
    }
    if organization.management != call.account {
        return Err(errors::no_service_linked_role());
    }
    let input = CreateServiceLinkedRoleRequest {
        aws_service_name: PRINCIPAL.to_owned(),
        ..CreateServiceLinkedRoleRequest::default()
    };
    let target = (&kage_api_iam::SERVICE, &kage_api_iam::operations::CREATE_SERVICE_LINKED_ROLE);
    call.forward::<CreateServiceLinkedRoleResponse>(tx, AS_CALLER, target, input).map_err(dependency)?;
    Ok(())
}

/// The organization that the caller's account manages.
///
/// # Errors
/// `OrganizationsNotInUseException`, `NotOrganizationManagementAccountException`.
pub fn managed_by(call: &Call<'_>, tx: &Tx) -> Result<Organization> {
    let found = organization::of_account(tx.reads(), &call.account)?;
    let organization = found.ok_or_else(errors::organizations_not_in_use)?;
    if organization.management == call.account {
        return Ok(organization);
    }
    Err(errors::not_the_manager())
}

fn administers(organization: &Organization, account: &str) -> bool {
    let delegated = organization.delegated.get(account);
    organization.management == account || delegated.is_some_and(|services| services.contains_key(PRINCIPAL))
}

/// Refuses a change of a trail by an account that only sees it, and from another Region than its own.
///
/// # Errors
/// `NotOrganizationMasterAccountException`, `InvalidHomeRegionException`.
pub fn require_changeable(call: &Call<'_>, tx: &Tx, trail: &Trail) -> Result<()> {
    if trail.account != call.account {
        let organization = organization::of_account(tx.reads(), &call.account)?;
        if !organization.is_some_and(|organization| administers(&organization, &call.account)) {
            return Err(errors::not_management_account());
        }
    }
    if trail.region != call.region {
        return Err(errors::not_home_region(&trail.arn(), &trail.region));
    }
    Ok(())
}
