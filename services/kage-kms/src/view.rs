//! Nouns in the shapes of the API.

use crate::aliases::Alias;
use crate::grant::{Grant, Party};
use crate::key::{Key, State};
use kage_api_kms::types::{AliasListEntry, GrantConstraints, GrantListEntry, KeyMetadata};
use kage_schema::Timestamp;

/// A key. Its members are those of recorded answers.
pub fn metadata(key: &Key) -> KeyMetadata {
    let (state, deletion_date) = match key.state {
        State::Enabled => ("Enabled", None),
        State::Disabled => ("Disabled", None),
        State::PendingDeletion { at } => ("PendingDeletion", Some(Timestamp(at))),
    };
    let text = |text: &str| Some(text.to_owned());
    KeyMetadata {
        aws_account_id: text(&key.account),
        key_id: key.id.clone(),
        arn: Some(key.arn()),
        creation_date: Some(Timestamp(key.created)),
        enabled: Some(key.state == State::Enabled),
        description: text(&key.description),
        key_usage: text("ENCRYPT_DECRYPT"),
        key_state: text(state),
        deletion_date,
        origin: text("AWS_KMS"),
        key_manager: text(if key.made_for.is_some() { "AWS" } else { "CUSTOMER" }),
        customer_master_key_spec: text("SYMMETRIC_DEFAULT"),
        key_spec: text("SYMMETRIC_DEFAULT"),
        encryption_algorithms: Some(vec!["SYMMETRIC_DEFAULT".to_owned()]),
        multi_region: Some(false),
        current_key_material_id: key.current().map(|(_, backing)| backing.id.clone()),
        ..KeyMetadata::default()
    }
}

/// An alias.
pub fn alias(alias: &Alias) -> AliasListEntry {
    AliasListEntry {
        alias_name: Some(alias.name.clone()),
        alias_arn: Some(alias.arn()),
        target_key_id: Some(alias.key.clone()),
        creation_date: Some(Timestamp(alias.created)),
        last_updated_date: Some(Timestamp(alias.updated)),
    }
}

/// A grant.
pub fn grant(grant: &Grant) -> GrantListEntry {
    let constraints = &grant.constraints;
    let principal = |party: &Party| match party {
        Party::Principal { arn, .. } => Some(arn.clone()),
        Party::Service(_) => None,
    };
    let service = |party: &Party| match party {
        Party::Service(name) => Some(name.clone()),
        Party::Principal { .. } => None,
    };
    GrantListEntry {
        key_id: Some(
            kage_core::Arn::new("kms", &grant.region, &grant.account, format!("key/{}", grant.key))
                .to_string(),
        ),
        grant_id: Some(grant.id.clone()),
        name: Some(grant.name.clone().unwrap_or_default()),
        creation_date: Some(Timestamp(grant.created)),
        grantee_principal: principal(&grant.grantee),
        retiring_principal: grant.retiring.as_ref().and_then(principal),
        issuing_account: Some(grant.issuer.clone()),
        operations: Some(grant.operations.clone()),
        constraints: (!constraints.names().is_empty()).then(|| GrantConstraints {
            encryption_context_subset: constraints.subset.clone(),
            encryption_context_equals: constraints.equals.clone(),
            source_arn: constraints.source_arn.clone(),
        }),
        grantee_service_principal: service(&grant.grantee),
        retiring_service_principal: grant.retiring.as_ref().and_then(service),
    }
}
