//! AWS Key Management Service.
//!
//! Keys, aliases and grants are rows by account and Region. Key material is real and never leaves: it is wrapped under
//! a secret of the double, and every ciphertext is AES-256-GCM under a key derived from one backing key.

mod ops;

mod aliases;
mod ciphertext;
mod errors;
mod grant;
mod grants;
mod jobs;
mod key;
mod keys;
mod managed;
mod material;
mod named;
mod pages;
mod policy;
mod principals;
mod tags;
mod view;

use kage_core::{DenialStyle, Handler, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_kms::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "kms.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "ValidationException",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::deletion::CancelKeyDeletion>(),
        operation::<ops::aliases::CreateAlias>(),
        operation::<ops::grants::CreateGrant>(),
        operation::<ops::create_key::CreateKey>(),
        operation::<ops::decrypt::Decrypt>(),
        operation::<ops::aliases::DeleteAlias>(),
        operation::<ops::keys::DescribeKey>(),
        operation::<ops::keys::DisableKey>(),
        operation::<ops::rotation::DisableKeyRotation>(),
        operation::<ops::keys::EnableKey>(),
        operation::<ops::rotation::EnableKeyRotation>(),
        operation::<ops::encrypt::Encrypt>(),
        operation::<ops::data_key::GenerateDataKey>(),
        operation::<ops::data_key::GenerateDataKeyWithoutPlaintext>(),
        operation::<ops::random::GenerateRandom>(),
        operation::<ops::policies::GetKeyPolicy>(),
        operation::<ops::rotation::GetKeyRotationStatus>(),
        operation::<ops::aliases::ListAliases>(),
        operation::<ops::grants::ListGrants>(),
        operation::<ops::policies::ListKeyPolicies>(),
        operation::<ops::keys::ListKeys>(),
        operation::<ops::tags::ListResourceTags>(),
        operation::<ops::retire::ListRetirableGrants>(),
        operation::<ops::policies::PutKeyPolicy>(),
        operation::<ops::re_encrypt::ReEncrypt>(),
        operation::<ops::retire::RetireGrant>(),
        operation::<ops::retire::RevokeGrant>(),
        operation::<ops::deletion::ScheduleKeyDeletion>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagResource>(),
        operation::<ops::aliases::UpdateAlias>(),
        operation::<ops::keys::UpdateKeyDescription>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_kms::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_kms::SERVICE.operations.len());
    }
}
