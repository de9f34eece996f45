//! `CreateLogGroup`.

use crate::group::{self, Class, Group};
use crate::{errors, groups, keys};
use kage_api_logs::types::CreateLogGroupResponse;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Makes a log group.
pub struct CreateLogGroup;

impl Operation for CreateLogGroup {
    shape!(CREATE_LOG_GROUP: CreateLogGroupRequest -> CreateLogGroupResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let name = &input.log_group_name;
        let create = Access::to("logs:CreateLogGroup", group::policy_arn(&call.region, &call.account, name));
        let Some(tags) = &input.tags else { return create };
        let pairs = || tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        // AWS: model, CreateLogGroup$tags: "you must have either the logs:TagResource or logs:TagLogGroup permission".
        let tag = Access::to("logs:TagResource", group::arn(&call.region, &call.account, name));
        create.request_tags(pairs()).and(tag.request_tags(pairs()))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateLogGroupResponse> {
        let name = &input.log_group_name;
        // AWS: API reference, CreateLogGroup: "Log group names can't start with the string aws/".
        if name.starts_with("aws/") {
            return Err(errors::invalid("Log group names starting with aws/ are reserved for AWS."));
        }
        if groups::find(tx.reads(), &call.account, &call.region, name)?.is_some() {
            return Err(errors::exists("log group"));
        }
        let class = match &input.log_group_class {
            None => Class::Standard,
            Some(class) => {
                Class::parse(class).ok_or_else(|| errors::not_modelled(&format!("logGroupClass {class}")))?
            }
        };
        let tags = input.tags.clone().unwrap_or_default();
        crate::tagging::require(&tags)?;
        let mut group = Group {
            account: call.account.clone(),
            region: call.region.clone(),
            name: name.clone(),
            uid: call.ids().hex(16),
            created: call.now.milliseconds(),
            class,
            tags,
            protected: input.deletion_protection_enabled.unwrap_or(false),
            ..Group::default()
        };
        if let Some(key) = &input.kms_key_id {
            keys::associate(call, tx, &mut group, key)?;
        }
        groups::put(tx, &group)?;
        Ok(CreateLogGroupResponse {})
    }
}
