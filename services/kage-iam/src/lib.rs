//! AWS Identity and Access Management.
//!
//! Nouns and their tables live in `kage-identity`, because STS, Organizations and the pipeline use them too. Here are the
//! rules: what a call names, what it must be allowed to do, and what it then changes.

mod ops;

mod bearer;
mod context_keys;
mod documents;
mod entity;
mod errors;
mod guard;
mod managed;
mod pages;
mod password;
mod positions;
mod qr;
mod report;
mod service_linked;
mod simulation;
mod sources;
mod tagging;
mod trust;
mod view;
mod words;

use kage_core::{DenialStyle, Handler, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_iam::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "iam.amazonaws.com",
        global: true,
        denial: DenialStyle::AccessDenied,
        validation_code: "ValidationError",
        validation_first: false,
        operations: operations().into_iter().map(guard::guarded).collect(),
        jobs: Vec::new(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::instance_profiles::AddRoleToInstanceProfile>(),
        operation::<ops::groups::AddUserToGroup>(),
        operation::<ops::entity_policies::AttachGroupPolicy>(),
        operation::<ops::entity_policies::AttachRolePolicy>(),
        operation::<ops::entity_policies::AttachUserPolicy>(),
        operation::<ops::login::ChangePassword>(),
        operation::<ops::keys::CreateAccessKey>(),
        operation::<ops::account::CreateAccountAlias>(),
        operation::<ops::groups::CreateGroup>(),
        operation::<ops::instance_profiles::CreateInstanceProfile>(),
        operation::<ops::login::CreateLoginProfile>(),
        operation::<ops::policies::CreatePolicy>(),
        operation::<ops::policies::CreatePolicyVersion>(),
        operation::<ops::roles::CreateRole>(),
        operation::<ops::service_linked::CreateServiceLinkedRole>(),
        operation::<ops::users::CreateUser>(),
        operation::<ops::mfa::CreateVirtualMFADevice>(),
        operation::<ops::mfa::DeactivateMFADevice>(),
        operation::<ops::keys::DeleteAccessKey>(),
        operation::<ops::account::DeleteAccountAlias>(),
        operation::<ops::account::DeleteAccountPasswordPolicy>(),
        operation::<ops::groups::DeleteGroup>(),
        operation::<ops::entity_policies::DeleteGroupPolicy>(),
        operation::<ops::instance_profiles::DeleteInstanceProfile>(),
        operation::<ops::login::DeleteLoginProfile>(),
        operation::<ops::policies::DeletePolicy>(),
        operation::<ops::policies::DeletePolicyVersion>(),
        operation::<ops::roles::DeleteRole>(),
        operation::<ops::boundaries::DeleteRolePermissionsBoundary>(),
        operation::<ops::entity_policies::DeleteRolePolicy>(),
        operation::<ops::service_linked::DeleteServiceLinkedRole>(),
        operation::<ops::users::DeleteUser>(),
        operation::<ops::boundaries::DeleteUserPermissionsBoundary>(),
        operation::<ops::entity_policies::DeleteUserPolicy>(),
        operation::<ops::mfa::DeleteVirtualMFADevice>(),
        operation::<ops::entity_policies::DetachGroupPolicy>(),
        operation::<ops::entity_policies::DetachRolePolicy>(),
        operation::<ops::entity_policies::DetachUserPolicy>(),
        operation::<ops::mfa::EnableMFADevice>(),
        operation::<ops::report::GenerateCredentialReport>(),
        operation::<ops::keys::GetAccessKeyLastUsed>(),
        operation::<ops::authorization_details::GetAccountAuthorizationDetails>(),
        operation::<ops::account::GetAccountPasswordPolicy>(),
        operation::<ops::account::GetAccountSummary>(),
        operation::<ops::simulate::GetContextKeysForCustomPolicy>(),
        operation::<ops::simulate::GetContextKeysForPrincipalPolicy>(),
        operation::<ops::report::GetCredentialReport>(),
        operation::<ops::groups::GetGroup>(),
        operation::<ops::entity_policies::GetGroupPolicy>(),
        operation::<ops::instance_profiles::GetInstanceProfile>(),
        operation::<ops::login::GetLoginProfile>(),
        operation::<ops::mfa::GetMFADevice>(),
        operation::<ops::policies::GetPolicy>(),
        operation::<ops::policies::GetPolicyVersion>(),
        operation::<ops::roles::GetRole>(),
        operation::<ops::entity_policies::GetRolePolicy>(),
        operation::<ops::service_linked::GetServiceLinkedRoleDeletionStatus>(),
        operation::<ops::users::GetUser>(),
        operation::<ops::entity_policies::GetUserPolicy>(),
        operation::<ops::keys::ListAccessKeys>(),
        operation::<ops::account::ListAccountAliases>(),
        operation::<ops::entity_policies::ListAttachedGroupPolicies>(),
        operation::<ops::entity_policies::ListAttachedRolePolicies>(),
        operation::<ops::entity_policies::ListAttachedUserPolicies>(),
        operation::<ops::policy_use::ListEntitiesForPolicy>(),
        operation::<ops::entity_policies::ListGroupPolicies>(),
        operation::<ops::groups::ListGroups>(),
        operation::<ops::groups::ListGroupsForUser>(),
        operation::<ops::tags::ListInstanceProfileTags>(),
        operation::<ops::instance_profiles::ListInstanceProfiles>(),
        operation::<ops::instance_profiles::ListInstanceProfilesForRole>(),
        operation::<ops::tags::ListMFADeviceTags>(),
        operation::<ops::mfa::ListMFADevices>(),
        operation::<ops::policies::ListPolicies>(),
        operation::<ops::policy_use::ListPoliciesGrantingServiceAccess>(),
        operation::<ops::tags::ListPolicyTags>(),
        operation::<ops::policies::ListPolicyVersions>(),
        operation::<ops::entity_policies::ListRolePolicies>(),
        operation::<ops::tags::ListRoleTags>(),
        operation::<ops::roles::ListRoles>(),
        operation::<ops::entity_policies::ListUserPolicies>(),
        operation::<ops::tags::ListUserTags>(),
        operation::<ops::users::ListUsers>(),
        operation::<ops::mfa::ListVirtualMFADevices>(),
        operation::<ops::entity_policies::PutGroupPolicy>(),
        operation::<ops::boundaries::PutRolePermissionsBoundary>(),
        operation::<ops::entity_policies::PutRolePolicy>(),
        operation::<ops::boundaries::PutUserPermissionsBoundary>(),
        operation::<ops::entity_policies::PutUserPolicy>(),
        operation::<ops::instance_profiles::RemoveRoleFromInstanceProfile>(),
        operation::<ops::groups::RemoveUserFromGroup>(),
        operation::<ops::mfa::ResyncMFADevice>(),
        operation::<ops::policies::SetDefaultPolicyVersion>(),
        operation::<ops::simulate::SimulateCustomPolicy>(),
        operation::<ops::simulate::SimulatePrincipalPolicy>(),
        operation::<ops::tags::TagInstanceProfile>(),
        operation::<ops::tags::TagMFADevice>(),
        operation::<ops::tags::TagPolicy>(),
        operation::<ops::tags::TagRole>(),
        operation::<ops::tags::TagUser>(),
        operation::<ops::tags::UntagInstanceProfile>(),
        operation::<ops::tags::UntagMFADevice>(),
        operation::<ops::tags::UntagPolicy>(),
        operation::<ops::tags::UntagRole>(),
        operation::<ops::tags::UntagUser>(),
        operation::<ops::keys::UpdateAccessKey>(),
        operation::<ops::account::UpdateAccountPasswordPolicy>(),
        operation::<ops::roles::UpdateAssumeRolePolicy>(),
        operation::<ops::groups::UpdateGroup>(),
        operation::<ops::login::UpdateLoginProfile>(),
        operation::<ops::roles::UpdateRole>(),
        operation::<ops::roles::UpdateRoleDescription>(),
        operation::<ops::users::UpdateUser>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served_and_known_to_the_authorization_data() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_iam::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
            assert!(kage_iam_data::action("iam", model.name).is_some(), "iam:{} is no action", model.name);
        }
        assert_eq!(served.len(), kage_api_iam::SERVICE.operations.len());
    }
}
