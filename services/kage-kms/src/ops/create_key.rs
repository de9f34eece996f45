//! `CreateKey`.

use crate::key::{Key, State};
use crate::named::with_call_keys;
use crate::{errors, keys, material, policy, tags, view};
use kage_api_kms::types::{CreateKeyRequest, CreateKeyResponse, Tag};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// AWS: KMS developer guide, "Resource quotas": KMS keys of an account in a Region.
const KEYS_MAX: usize = 100_000;

/// Makes a symmetric encryption key.
pub struct CreateKey;

impl Operation for CreateKey {
    shape!(CREATE_KEY: CreateKeyRequest -> CreateKeyResponse on String);

    /// The id of the key to be made, so that permission to tag it can name it.
    fn resolve(call: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<String>> {
        Ok(Lookup::Found(call.ids().uuid()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<String>) -> Access {
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        let described = |access: Access| {
            with_call_keys(call, access)
                .key("kms:KeySpec", spec(input))
                .key("kms:KeyUsage", input.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT"))
                .key("kms:KeyOrigin", input.origin.as_deref().unwrap_or("AWS_KMS"))
                .key("kms:MultiRegion", input.multi_region.unwrap_or(false).to_string())
        };
        let tags = given_tags(input);
        let create = described(Access::any("kms:CreateKey"))
            .key("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string());
        let create = tags::requested(create, tags);
        match target.found().filter(|_| !tags.is_empty()) {
            Some(id) => {
                let tag = Access::to("kms:TagResource", call.arn("kms", format!("key/{id}")));
                create.and(tags::requested(described(tag), tags))
            }
            None => create,
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, id: String, input: &Self::Input) -> Result<CreateKeyResponse> {
        require_modelled(input)?;
        if keys::list(tx.reads(), &call.account, &call.region)?.len() >= KEYS_MAX {
            return Err(errors::limit("You have reached the limit of KMS keys in this account and Region."));
        }
        let mut key = Key {
            account: call.account.clone(),
            region: call.region.clone(),
            id,
            description: input.description.clone().unwrap_or_default(),
            policy: policy::default(&call.account),
            state: State::Enabled,
            created: call.now.milliseconds(),
            made_for: None,
            rotation: None,
            backing: vec![material::generate(call, tx)?],
            tags: BTreeMap::new(),
        };
        if let Some(text) = &input.policy {
            let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
            key.policy = policy::stored(call, tx.reads(), &key.arn(), text, bypass)?;
        }
        tags::add(&mut key.tags, given_tags(input))?;
        keys::put(tx, &key)?;
        Ok(CreateKeyResponse { key_metadata: Some(view::metadata(&key)) })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, output: Option<&Self::Output>, event: &mut Map<String, Value>) {
        // AWS: KMS developer guide, "Logging AWS KMS API calls", CreateKey: the new key stands in `resources`.
        if let Some(made) = output.and_then(|output| output.key_metadata.as_ref()) {
            let resource =
                json!([{ "accountId": made.aws_account_id, "type": "AWS::KMS::Key", "ARN": made.arn }]);
            event.insert("resources".to_owned(), resource);
        }
    }
}

fn given_tags(input: &CreateKeyRequest) -> &[Tag] {
    input.tags.as_deref().unwrap_or_default()
}

fn spec(input: &CreateKeyRequest) -> &str {
    input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref()).unwrap_or("SYMMETRIC_DEFAULT")
}

fn require_modelled(input: &CreateKeyRequest) -> Result<()> {
    if let (Some(new), Some(old)) = (&input.key_spec, &input.customer_master_key_spec)
        && new != old
    {
        return Err(errors::validation(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.",
        ));
    }
    let spec = spec(input);
    if spec != "SYMMETRIC_DEFAULT" {
        return Err(errors::not_modelled(&format!("KeySpec {spec}")));
    }
    match input.key_usage.as_deref() {
        None | Some("ENCRYPT_DECRYPT") => {}
        Some(usage) => {
            let text = format!("KeyUsage {usage} is not compatible with KeySpec SYMMETRIC_DEFAULT.");
            return Err(errors::validation(text));
        }
    }
    match input.origin.as_deref() {
        None | Some("AWS_KMS") => {}
        Some(origin) => return Err(errors::not_modelled(&format!("Origin {origin}"))),
    }
    errors::refuse(&input.custom_key_store_id, "CustomKeyStoreId")?;
    errors::refuse(&input.xks_key_id, "XksKeyId")?;
    errors::refuse(&input.multi_region.filter(|set| *set), "MultiRegion")
}
