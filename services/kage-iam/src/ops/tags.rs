//! Tags of users, roles, policies, instance profiles and MFA devices.

use crate::entity::{self, Entity};
use crate::{errors, managed, pages, tagging};
use kage_api_iam::types as api;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};
use kage_identity::Tags;
use kage_identity::instance_profiles::{self, InstanceProfile};
use kage_identity::mfa::{self, Device};
use kage_identity::policies::{self, ManagedPolicy};
use kage_identity::roles::{self, Role};
use kage_identity::users::{self, User};

/// What has tags: how it is found, its tags, how it is written.
trait Tagged: Resource + Sized + Send + 'static {
    fn of(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Self>>;
    fn access(action: &str, target: &Lookup<Self>) -> Access {
        Access::on(action, target)
    }
    fn tag_set(&mut self) -> &mut Tags;
    fn write(&self, tx: &mut Tx) -> Result<()>;
    /// Refuses when only AWS may change it. Service-linked roles may be tagged: AWS: IAM API reference, TagRole.
    fn set(mut self, tx: &mut Tx, tags: &[api::Tag]) -> Result<()> {
        tagging::set(self.tag_set(), tags)?;
        self.write(tx)
    }
    fn unset(mut self, tx: &mut Tx, keys: &[String]) -> Result<()> {
        keys.iter().for_each(|key| self.tag_set().remove(key));
        self.write(tx)
    }
}

impl Tagged for User {
    fn of(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<User>> {
        User::lookup(call, tx, name)
    }
    fn access(action: &str, target: &Lookup<User>) -> Access {
        entity::access(action, target)
    }
    fn tag_set(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn write(&self, tx: &mut Tx) -> Result<()> {
        users::put(tx, self)
    }
}

impl Tagged for Role {
    fn of(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Role>> {
        Role::lookup(call, tx, name)
    }
    fn access(action: &str, target: &Lookup<Role>) -> Access {
        entity::access(action, target)
    }
    fn tag_set(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn write(&self, tx: &mut Tx) -> Result<()> {
        roles::put(tx, self)
    }
}

impl Tagged for ManagedPolicy {
    fn of(_: &Call<'_>, tx: &Tx, arn: &str) -> Result<Lookup<ManagedPolicy>> {
        managed::lookup_own(tx, arn)
    }
    fn tag_set(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn write(&self, tx: &mut Tx) -> Result<()> {
        policies::put(tx, self)
    }
}

impl Tagged for InstanceProfile {
    fn of(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<InstanceProfile>> {
        super::instance_profiles::lookup(call, tx, name)
    }
    fn tag_set(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn write(&self, tx: &mut Tx) -> Result<()> {
        instance_profiles::put(tx, self)
    }
}

impl Tagged for Device {
    fn of(call: &Call<'_>, tx: &Tx, serial: &str) -> Result<Lookup<Device>> {
        Ok(match mfa::find(tx.reads(), &call.account, serial)? {
            Some(device) => Lookup::Found(device),
            None => Lookup::missing(serial, errors::no_device(serial)),
        })
    }
    fn tag_set(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn write(&self, tx: &mut Tx) -> Result<()> {
        mfa::put(tx, self)
    }
}

/// The three operations of one noun.
macro_rules! tag_operations {
    ($noun:ty, $name:ident, $tag:ident $tag_model:ident $tag_input:ident $tag_output:ident,
     $untag:ident $untag_model:ident $untag_input:ident $untag_output:ident,
     $list:ident $list_model:ident $list_input:ident $list_output:ident) => {
        /// Sets tags.
        pub struct $tag;

        impl Operation for $tag {
            shape!($tag_model: $tag_input -> $tag_output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun as Tagged>::of(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<$noun>) -> Access {
                let access = <$noun as Tagged>::access(concat!("iam:", stringify!($tag)), target);
                tagging::requested(access, &input.tags)
            }

            fn run(_: &Call<'_>, tx: &mut Tx, target: $noun, input: &Self::Input) -> Result<Self::Output> {
                target.set(tx, &input.tags)?;
                Ok(api::$tag_output {})
            }
        }

        /// Removes tags.
        pub struct $untag;

        impl Operation for $untag {
            shape!($untag_model: $untag_input -> $untag_output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun as Tagged>::of(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<$noun>) -> Access {
                <$noun as Tagged>::access(concat!("iam:", stringify!($untag)), target)
                    .keys("aws:TagKeys", input.tag_keys.clone())
            }

            fn run(_: &Call<'_>, tx: &mut Tx, target: $noun, input: &Self::Input) -> Result<Self::Output> {
                target.unset(tx, &input.tag_keys)?;
                Ok(api::$untag_output {})
            }
        }

        /// Lists tags.
        pub struct $list;

        impl Operation for $list {
            shape!($list_model: $list_input -> $list_output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun as Tagged>::of(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<$noun>) -> Access {
                <$noun as Tagged>::access(concat!("iam:", stringify!($list)), target)
            }

            fn run(call: &Call<'_>, _: &mut Tx, mut target: $noun, input: &Self::Input) -> Result<Self::Output> {
                let all = tagging::list(target.tag_set());
                let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
                Ok(api::$list_output { tags: cut.items, is_truncated: cut.is_truncated, marker: cut.marker })
            }
        }
    };
}

tag_operations!(User, user_name,
    TagUser TAG_USER TagUserRequest TagUserResponse,
    UntagUser UNTAG_USER UntagUserRequest UntagUserResponse,
    ListUserTags LIST_USER_TAGS ListUserTagsRequest ListUserTagsResponse);

tag_operations!(Role, role_name,
    TagRole TAG_ROLE TagRoleRequest TagRoleResponse,
    UntagRole UNTAG_ROLE UntagRoleRequest UntagRoleResponse,
    ListRoleTags LIST_ROLE_TAGS ListRoleTagsRequest ListRoleTagsResponse);

tag_operations!(ManagedPolicy, policy_arn,
    TagPolicy TAG_POLICY TagPolicyRequest TagPolicyResponse,
    UntagPolicy UNTAG_POLICY UntagPolicyRequest UntagPolicyResponse,
    ListPolicyTags LIST_POLICY_TAGS ListPolicyTagsRequest ListPolicyTagsResponse);

tag_operations!(InstanceProfile, instance_profile_name,
    TagInstanceProfile TAG_INSTANCE_PROFILE TagInstanceProfileRequest TagInstanceProfileResponse,
    UntagInstanceProfile UNTAG_INSTANCE_PROFILE UntagInstanceProfileRequest UntagInstanceProfileResponse,
    ListInstanceProfileTags LIST_INSTANCE_PROFILE_TAGS ListInstanceProfileTagsRequest ListInstanceProfileTagsResponse);

tag_operations!(Device, serial_number,
    TagMFADevice TAG_MFA_DEVICE TagMFADeviceRequest TagMFADeviceResponse,
    UntagMFADevice UNTAG_MFA_DEVICE UntagMFADeviceRequest UntagMFADeviceResponse,
    ListMFADeviceTags LIST_MFA_DEVICE_TAGS ListMFADeviceTagsRequest ListMFADeviceTagsResponse);
