//! From nouns to the shapes of the API.
//!
//! AWS: IAM API reference: lists of users, roles and policies leave out tags, boundaries and the last use.

use crate::entity::Usage;
use crate::managed::{self, Managed};
use crate::{documents, tagging, trust};
use kage_api_iam::types as api;
use kage_core::{Result, Tx};
use kage_identity::credentials::AccessKey;
use kage_identity::groups::Group;
use kage_identity::instance_profiles::InstanceProfile;
use kage_identity::policies::PolicyVersion;
use kage_identity::roles::{self, Role};
use kage_identity::users::User;
use kage_schema::Timestamp;

/// How much of a role is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// By `CreateRole`: without the longest session and the last use.
    Created,
    /// In a list: without tags, boundary and last use.
    Listed,
    /// By `GetRole`.
    Full,
}

/// A point in time.
#[must_use]
pub fn time(millis: i64) -> Timestamp {
    Timestamp(millis).whole_seconds()
}

/// A permissions boundary.
#[must_use]
pub fn boundary(arn: Option<&String>) -> Option<api::AttachedPermissionsBoundary> {
    arn.map(|arn| api::AttachedPermissionsBoundary {
        permissions_boundary_type: Some("Policy".to_owned()),
        permissions_boundary_arn: Some(arn.clone()),
    })
}

/// A user as lists show it.
#[must_use]
pub fn listed_user(user: &User) -> api::User {
    api::User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn(),
        create_date: time(user.created),
        password_last_used: user.password_last_used.map(time),
        permissions_boundary: None,
        tags: None,
    }
}

/// A user with everything.
#[must_use]
pub fn user(user: &User) -> api::User {
    api::User {
        permissions_boundary: boundary(user.boundary.as_ref()),
        tags: tagging::view(&user.tags),
        ..listed_user(user)
    }
}

/// A group.
#[must_use]
pub fn group(group: &Group) -> api::Group {
    api::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: group.arn(),
        create_date: time(group.created),
    }
}

/// A role. Its trust policy shows ARNs where unique ids are kept.
///
/// # Errors
/// Those of the store.
pub fn role(tx: &Tx, role: &Role, detail: Detail) -> Result<api::Role> {
    let listed = detail == Detail::Listed;
    Ok(api::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn(),
        create_date: time(role.created),
        assume_role_policy_document: Some(documents::encode(&trust::shown(tx.reads(), &role.trust)?)),
        description: role.description.clone(),
        max_session_duration: (detail != Detail::Created).then_some(role.max_session_seconds),
        permissions_boundary: if listed { None } else { boundary(role.boundary.as_ref()) },
        tags: if listed { None } else { tagging::view(&role.tags) },
        role_last_used: (detail == Detail::Full).then(|| last_used(role)),
        source_role_template: None,
    })
}

/// When a role was last used; empty when it never was.
#[must_use]
pub fn last_used(role: &Role) -> api::RoleLastUsed {
    match &role.last_used {
        Some((at, region)) => {
            api::RoleLastUsed { last_used_date: Some(time(*at)), region: Some(region.clone()) }
        }
        None => api::RoleLastUsed::default(),
    }
}

/// An instance profile with its role.
///
/// # Errors
/// Those of the store.
pub fn instance_profile(tx: &Tx, profile: &InstanceProfile, tags: bool) -> Result<api::InstanceProfile> {
    let mut roles = Vec::new();
    if let Some(name) = &profile.role
        && let Some(found) = roles::find(tx.reads(), &profile.account, name)?
    {
        let view = role(tx, &found, Detail::Listed)?;
        // The role inside an instance profile has neither description nor longest session.
        roles.push(api::Role { description: None, max_session_duration: None, ..view });
    }
    Ok(api::InstanceProfile {
        path: profile.path.clone(),
        instance_profile_name: profile.name.clone(),
        instance_profile_id: profile.id.clone(),
        arn: profile.arn(),
        create_date: time(profile.created),
        roles,
        tags: if tags { tagging::view(&profile.tags) } else { None },
    })
}

/// A managed policy with the number of its uses.
#[must_use]
pub fn policy(policy: &Managed, usage: &Usage, tags: bool) -> api::Policy {
    let arn = kage_core::Resource::arn(policy);
    let (attached, boundary) = usage.count(&arn);
    let (name, id, default, description, created, updated) = match policy {
        Managed::Customer(p) => (
            p.name.clone(),
            p.id.clone(),
            p.default_version.clone(),
            p.description.clone(),
            time(p.created),
            time(p.updated),
        ),
        Managed::Aws(p) => (
            p.name.to_string(),
            p.id.to_string(),
            p.default_version.to_string(),
            None,
            managed::time(&p.created),
            managed::time(&p.updated),
        ),
    };
    api::Policy {
        policy_name: Some(name),
        policy_id: Some(id),
        path: Some(managed::path_of(&arn).to_owned()),
        arn: Some(arn),
        default_version_id: Some(default),
        attachment_count: Some(attached),
        permissions_boundary_usage_count: Some(boundary),
        is_attachable: Some(true),
        description,
        create_date: Some(created),
        update_date: Some(updated),
        tags: if tags { tagging::view(&policy.tag_set()) } else { None },
    }
}

/// A version of a managed policy.
#[must_use]
pub fn policy_version(version: &PolicyVersion, default: &str, document: bool) -> api::PolicyVersion {
    api::PolicyVersion {
        document: document.then(|| documents::encode(&version.document)),
        version_id: Some(version.id.clone()),
        is_default_version: Some(version.id == default),
        create_date: Some(time(version.created)),
    }
}

/// `Active` or `Inactive`.
#[must_use]
pub fn key_status(key: &AccessKey) -> String {
    if key.active { api::status_type::ACTIVE } else { api::status_type::INACTIVE }.to_owned()
}

/// One of AWS's own policies in a list.
#[must_use]
pub fn aws_policy(summary: &kage_iam_data::ManagedPolicySummary, usage: &Usage) -> api::Policy {
    let (attached, boundary) = usage.count(summary.arn);
    api::Policy {
        policy_name: Some(summary.name.to_owned()),
        policy_id: Some(summary.id()),
        arn: Some(summary.arn.to_owned()),
        path: Some(summary.path.to_owned()),
        default_version_id: Some(summary.default_version.to_owned()),
        attachment_count: Some(attached),
        permissions_boundary_usage_count: Some(boundary),
        is_attachable: Some(true),
        description: None,
        create_date: Some(managed::time(summary.created)),
        update_date: Some(managed::time(summary.updated)),
        tags: None,
    }
}
