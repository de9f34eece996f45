//! Nouns as answers show them.

use crate::creations::Creation;
use crate::law::Law;
use crate::place::{self, Kind, Place};
use kage_api_organizations::types as api;
use kage_core::{Result, Tx};
use kage_identity::accounts;
use kage_identity::organization::{Node, Organization, OrganizationPolicy, SERVICE_CONTROL};
use kage_schema::Timestamp;

fn summary(kind: &str) -> api::PolicyTypeSummary {
    api::PolicyTypeSummary { r#type: Some(kind.to_owned()), status: Some("ENABLED".to_owned()) }
}

/// The organization.
pub fn organization(tx: &Tx, organization: &Organization) -> Result<api::Organization> {
    let management = accounts::find(tx.reads(), &organization.management)?;
    // AWS: Organizations API reference, Organization: AvailablePolicyTypes is no longer kept up; it names SCPs alone.
    let all_features = organization.feature_set == "ALL";
    Ok(api::Organization {
        id: Some(organization.id.clone()),
        arn: Some(place::arn(organization, &organization.id)),
        feature_set: Some(organization.feature_set.clone()),
        master_account_arn: Some(place::arn(organization, &organization.management)),
        master_account_id: Some(organization.management.clone()),
        master_account_email: management.map(|account| account.email),
        available_policy_types: Some(all_features.then(|| summary(SERVICE_CONTROL)).into_iter().collect()),
    })
}

/// The root.
#[must_use]
pub fn root(organization: &Organization, name: &str) -> api::Root {
    api::Root {
        id: Some(organization.root.clone()),
        arn: Some(place::arn(organization, &organization.root)),
        name: Some(name.to_owned()),
        policy_types: Some(organization.policy_types.iter().map(|kind| summary(kind)).collect()),
    }
}

/// An organizational unit.
pub fn unit(tx: &Tx, organization: &Organization, node: &Node) -> Result<api::OrganizationalUnit> {
    Ok(api::OrganizationalUnit {
        id: Some(node.id.clone()),
        arn: Some(place::arn(organization, &node.id)),
        name: Some(node.name.clone()),
        path: Some(place::path(tx, organization, &node.id)?),
    })
}

/// A member account.
pub fn account(tx: &Tx, organization: &Organization, node: &Node) -> Result<api::Account> {
    let account = accounts::find(tx.reads(), &node.id)?.unwrap_or_default();
    let joined = node.joined.clone().unwrap_or_default();
    // AWS: Organizations API reference, Account: State tells closed accounts from suspended ones, Status does not.
    let state = if account.status == "SUSPENDED" { "CLOSED".to_owned() } else { account.status.clone() };
    Ok(api::Account {
        id: Some(node.id.clone()),
        arn: Some(place::arn(organization, &node.id)),
        email: Some(account.email),
        name: Some(account.name),
        status: Some(account.status),
        state: Some(state),
        paths: Some(vec![place::path(tx, organization, &node.id)?]),
        joined_method: Some(joined.1),
        joined_timestamp: Some(Timestamp(joined.0)),
    })
}

/// A policy without its document.
#[must_use]
pub fn policy_summary(organization: &Organization, policy: &OrganizationPolicy) -> api::PolicySummary {
    api::PolicySummary {
        id: Some(policy.id.clone()),
        arn: Some(policy.arn(&organization.management)),
        name: Some(policy.name.clone()),
        description: Some(policy.description.clone()),
        r#type: Some(policy.kind.clone()),
        aws_managed: Some(policy.aws_managed),
    }
}

/// A policy.
#[must_use]
pub fn policy(organization: &Organization, law: &Law) -> api::Policy {
    api::Policy {
        policy_summary: Some(policy_summary(organization, &law.policy)),
        content: Some(law.policy.content.clone()),
    }
}

/// A place to which a policy is attached.
pub fn target(tx: &Tx, place: &Place) -> Result<api::PolicyTargetSummary> {
    let kind = Kind::of(&place.node.id);
    let name = match kind {
        Kind::Account => accounts::find(tx.reads(), &place.node.id)?.map(|account| account.name),
        _ => Some(place.node.name.clone()),
    };
    Ok(api::PolicyTargetSummary {
        target_id: Some(place.node.id.clone()),
        arn: Some(place.arn.clone()),
        name,
        r#type: Some(kind.name().to_owned()),
    })
}

/// A request for an account, as it turned out.
#[must_use]
pub fn creation(creation: &Creation) -> api::CreateAccountStatus {
    api::CreateAccountStatus {
        id: Some(creation.id.clone()),
        account_name: Some(creation.name.clone()),
        state: Some(creation.state().to_owned()),
        requested_timestamp: Some(Timestamp(creation.requested)),
        completed_timestamp: Some(Timestamp(creation.requested)),
        account_id: creation.account.clone(),
        gov_cloud_account_id: None,
        failure_reason: creation.failure.clone(),
    }
}
