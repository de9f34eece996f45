//! The whole of an account's permissions in one answer.

use crate::entity::{self, Entity, Usage};
use crate::managed::{self, Managed};
use crate::{pages, tagging, trust, view};
use kage_api_iam::types::{self as api, GetAccountAuthorizationDetailsResponse, entity_type};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::groups::{self, Group};
use kage_identity::instance_profiles;
use kage_identity::policies;
use kage_identity::roles::{self, Role};
use kage_identity::users::{self, User};

/// Shows users, groups, roles and the managed policies in use, with all documents.
pub struct GetAccountAuthorizationDetails;

enum Item {
    User(User),
    Group(Group),
    Role(Role),
    Policy(Managed),
}

impl Operation for GetAccountAuthorizationDetails {
    shape!(GET_ACCOUNT_AUTHORIZATION_DETAILS: GetAccountAuthorizationDetailsRequest ->
        GetAccountAuthorizationDetailsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:GetAccountAuthorizationDetails")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<GetAccountAuthorizationDetailsResponse> {
        let usage = Usage::of(call, tx)?;
        let filter = input.filter.as_deref().unwrap_or_default();
        let all = items(call, tx, filter, &usage)?;
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        let (mut users, mut groups, mut roles, mut policies) = (vec![], vec![], vec![], vec![]);
        for item in &cut.items {
            match item {
                Item::User(user) => users.push(user_detail(user)),
                Item::Group(group) => groups.push(group_detail(group)),
                Item::Role(role) => roles.push(role_detail(tx, role)?),
                Item::Policy(policy) => policies.push(policy_detail(policy, &usage)),
            }
        }
        Ok(GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(users),
            group_detail_list: Some(groups),
            role_detail_list: Some(roles),
            policies: Some(policies),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

fn items(call: &Call<'_>, tx: &Tx, filter: &[String], usage: &Usage) -> Result<Vec<Item>> {
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted == kind);
    let (reads, account) = (tx.reads(), call.account.as_str());
    let mut all = Vec::new();
    if wants(entity_type::USER) {
        all.extend(users::list(reads, account)?.into_iter().map(Item::User));
    }
    if wants(entity_type::GROUP) {
        all.extend(groups::list(reads, account)?.into_iter().map(Item::Group));
    }
    if wants(entity_type::ROLE) {
        all.extend(roles::list(reads, account)?.into_iter().map(Item::Role));
    }
    if wants(entity_type::LOCAL_MANAGED_POLICY) {
        let own = policies::list(reads, account)?;
        all.extend(own.into_iter().map(|policy| Item::Policy(Managed::Customer(Box::new(policy)))));
    }
    if wants(entity_type::AWS_MANAGED_POLICY) {
        let used = usage.aws_managed().filter_map(|arn| kage_iam_data::managed_policy(arn));
        all.extend(used.map(|data| Item::Policy(Managed::Aws(data))));
    }
    Ok(all)
}

fn user_detail(user: &User) -> api::UserDetail {
    let inline = entity::inline_view(user);
    api::UserDetail {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.clone()),
        arn: Some(user.arn()),
        create_date: Some(view::time(user.created)),
        user_policy_list: (!inline.is_empty()).then_some(inline),
        group_list: Some(user.groups.clone()),
        attached_managed_policies: Some(entity::attached_view(user, None)),
        permissions_boundary: view::boundary(user.boundary.as_ref()),
        tags: Some(tagging::list(&user.tags)),
    }
}

fn group_detail(group: &Group) -> api::GroupDetail {
    api::GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name().to_owned()),
        group_id: Some(group.id.clone()),
        arn: Some(group.arn()),
        create_date: Some(view::time(group.created)),
        group_policy_list: Some(entity::inline_view(group)),
        attached_managed_policies: Some(entity::attached_view(group, None)),
    }
}

fn role_detail(tx: &Tx, role: &Role) -> Result<api::RoleDetail> {
    let mut profiles = Vec::new();
    for profile in instance_profiles::list(tx.reads(), &role.account)? {
        if profile.role.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&role.name)) {
            profiles.push(view::instance_profile(tx, &profile, true)?);
        }
    }
    Ok(api::RoleDetail {
        path: Some(role.path.clone()),
        role_name: Some(role.name.clone()),
        role_id: Some(role.id.clone()),
        arn: Some(role.arn()),
        create_date: Some(view::time(role.created)),
        assume_role_policy_document: Some(crate::documents::encode(&trust::shown(tx.reads(), &role.trust)?)),
        instance_profile_list: Some(profiles),
        role_policy_list: Some(entity::inline_view(role)),
        attached_managed_policies: Some(entity::attached_view(role, None)),
        permissions_boundary: view::boundary(role.boundary.as_ref()),
        tags: Some(tagging::list(&role.tags)),
        role_last_used: Some(view::last_used(role)),
    })
}

fn policy_detail(policy: &Managed, usage: &Usage) -> api::ManagedPolicyDetail {
    let summary = view::policy(policy, usage, false);
    let (versions, default) = policy.versions();
    let version = |version| view::policy_version(version, &default, true);
    let arn = summary.arn.clone().unwrap_or_default();
    api::ManagedPolicyDetail {
        policy_name: summary.policy_name,
        policy_id: summary.policy_id,
        path: Some(managed::path_of(&arn).to_owned()),
        arn: summary.arn,
        default_version_id: summary.default_version_id,
        attachment_count: summary.attachment_count,
        permissions_boundary_usage_count: summary.permissions_boundary_usage_count,
        is_attachable: summary.is_attachable,
        description: summary.description,
        create_date: summary.create_date,
        update_date: summary.update_date,
        policy_version_list: Some(versions.iter().map(version).collect()),
    }
}
