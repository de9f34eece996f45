//! AWS Organizations.
//!
//! The tree and its policies live in `kage-identity`, because the pipeline judges every call by them. Here are the rules by
//! which they change.

mod ops;

mod creations;
mod errors;
mod jobs;
mod law;
mod pages;
mod place;
mod principals;
mod scope;
mod tagging;
mod view;

use kage_core::{DenialStyle, Handler, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_organizations::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "organizations.amazonaws.com",
        global: true,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "InvalidInputException",
        validation_first: false,
        operations: operations(),
        jobs: vec![jobs::CLOSE_ACCOUNT],
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::attachments::AttachPolicy>(),
        operation::<ops::accounts::CloseAccount>(),
        operation::<ops::creation::CreateAccount>(),
        operation::<ops::organization::CreateOrganization>(),
        operation::<ops::units::CreateOrganizationalUnit>(),
        operation::<ops::policies::CreatePolicy>(),
        operation::<ops::organization::DeleteOrganization>(),
        operation::<ops::units::DeleteOrganizationalUnit>(),
        operation::<ops::policies::DeletePolicy>(),
        operation::<ops::delegation::DeregisterDelegatedAdministrator>(),
        operation::<ops::accounts::DescribeAccount>(),
        operation::<ops::creation::DescribeCreateAccountStatus>(),
        operation::<ops::organization::DescribeOrganization>(),
        operation::<ops::units::DescribeOrganizationalUnit>(),
        operation::<ops::policies::DescribePolicy>(),
        operation::<ops::attachments::DetachPolicy>(),
        operation::<ops::service_access::DisableAWSServiceAccess>(),
        operation::<ops::policy_types::DisablePolicyType>(),
        operation::<ops::service_access::EnableAWSServiceAccess>(),
        operation::<ops::policy_types::EnablePolicyType>(),
        operation::<ops::service_access::ListAWSServiceAccessForOrganization>(),
        operation::<ops::accounts::ListAccounts>(),
        operation::<ops::tree::ListAccountsForParent>(),
        operation::<ops::tree::ListChildren>(),
        operation::<ops::creation::ListCreateAccountStatus>(),
        operation::<ops::delegation::ListDelegatedAdministrators>(),
        operation::<ops::delegation::ListDelegatedServicesForAccount>(),
        operation::<ops::tree::ListOrganizationalUnitsForParent>(),
        operation::<ops::tree::ListParents>(),
        operation::<ops::policies::ListPolicies>(),
        operation::<ops::attachments::ListPoliciesForTarget>(),
        operation::<ops::organization::ListRoots>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::attachments::ListTargetsForPolicy>(),
        operation::<ops::accounts::MoveAccount>(),
        operation::<ops::delegation::RegisterDelegatedAdministrator>(),
        operation::<ops::accounts::RemoveAccountFromOrganization>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagResource>(),
        operation::<ops::units::UpdateOrganizationalUnit>(),
        operation::<ops::policies::UpdatePolicy>(),
    ]
}
