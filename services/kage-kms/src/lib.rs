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
        operation::<ops::create_key::CreateKey>(),
        operation::<ops::decrypt::Decrypt>(),
        operation::<ops::keys::DescribeKey>(),
        operation::<ops::keys::DisableKey>(),
        operation::<ops::keys::EnableKey>(),
        operation::<ops::encrypt::Encrypt>(),
        operation::<ops::data_key::GenerateDataKey>(),
        operation::<ops::data_key::GenerateDataKeyWithoutPlaintext>(),
        operation::<ops::random::GenerateRandom>(),
        operation::<ops::keys::ListKeys>(),
        operation::<ops::re_encrypt::ReEncrypt>(),
        operation::<ops::deletion::ScheduleKeyDeletion>(),
        operation::<ops::keys::UpdateKeyDescription>(),
    ]
}
