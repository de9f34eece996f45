//! Policies on users, groups and roles: attached and inline.

use crate::entity::{self, Entity};
use crate::{documents, pages};
use kage_api_iam::types as api;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::groups::Group;
use kage_identity::roles::Role;
use kage_identity::users::User;

/// An operation on what one kind of entity has; `$access` and `$run` say what differs.
macro_rules! on_entity {
    ($(#[$doc:meta])* $operation:ident $model:ident $input:ident $output:ident on $noun:ty, $name:ident,
     access($a_input:ident, $a_target:ident) $access:expr,
     run($call:ident, $tx:ident, $target:ident, $r_input:ident) $run:expr) => {
        $(#[$doc])*
        pub struct $operation;

        impl Operation for $operation {
            shape!($model: $input -> $output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun>::lookup(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, $a_input: &Self::Input, $a_target: &Lookup<$noun>) -> Access {
                $access
            }

            fn run($call: &Call<'_>, $tx: &mut Tx, $target: $noun, $r_input: &Self::Input) -> Result<Self::Output> {
                $run
            }
        }
    };
}

on_entity! {
    /// Attaches a managed policy to a user.
    AttachUserPolicy ATTACH_USER_POLICY AttachUserPolicyRequest AttachUserPolicyResponse on User, user_name,
    access(input, target) entity::access_within_boundary("iam:AttachUserPolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(call, tx, target, input) {
        entity::attach(call, tx, target, &input.policy_arn)?;
        Ok(api::AttachUserPolicyResponse {})
    }
}

on_entity! {
    /// Detaches a managed policy from a user.
    DetachUserPolicy DETACH_USER_POLICY DetachUserPolicyRequest DetachUserPolicyResponse on User, user_name,
    access(input, target) entity::access_within_boundary("iam:DetachUserPolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(_call, tx, target, input) {
        entity::detach(tx, target, &input.policy_arn)?;
        Ok(api::DetachUserPolicyResponse {})
    }
}

on_entity! {
    /// Writes an inline policy of a user.
    PutUserPolicy PUT_USER_POLICY PutUserPolicyRequest PutUserPolicyResponse on User, user_name,
    access(_input, target) entity::access_within_boundary("iam:PutUserPolicy", target),
    run(_call, tx, target, input) {
        entity::put_inline(tx, target, &input.policy_name, &input.policy_document)?;
        Ok(api::PutUserPolicyResponse {})
    }
}

on_entity! {
    /// Removes an inline policy of a user.
    DeleteUserPolicy DELETE_USER_POLICY DeleteUserPolicyRequest DeleteUserPolicyResponse on User, user_name,
    access(_input, target) entity::access_within_boundary("iam:DeleteUserPolicy", target),
    run(_call, tx, target, input) {
        entity::delete_inline(tx, target, &input.policy_name)?;
        Ok(api::DeleteUserPolicyResponse {})
    }
}

on_entity! {
    /// Shows an inline policy of a user.
    GetUserPolicy GET_USER_POLICY GetUserPolicyRequest GetUserPolicyResponse on User, user_name,
    access(_input, target) entity::access("iam:GetUserPolicy", target),
    run(_call, _tx, target, input) {
        let (name, document) = entity::inline(&target, &input.policy_name)?;
        Ok(api::GetUserPolicyResponse {
            user_name: target.name.clone(),
            policy_name: name.clone(),
            policy_document: documents::encode(document),
        })
    }
}

on_entity! {
    /// Lists the names of the inline policies of a user.
    ListUserPolicies LIST_USER_POLICIES ListUserPoliciesRequest ListUserPoliciesResponse on User, user_name,
    access(_input, target) entity::access("iam:ListUserPolicies", target),
    run(call, _tx, target, input) {
        let names = target.inline.keys().cloned();
        let cut = pages::by_name(call, names, String::clone, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListUserPoliciesResponse { policy_names: cut.items, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

on_entity! {
    /// Lists the managed policies attached to a user.
    ListAttachedUserPolicies LIST_ATTACHED_USER_POLICIES ListAttachedUserPoliciesRequest ListAttachedUserPoliciesResponse on User, user_name,
    access(_input, target) entity::access("iam:ListAttachedUserPolicies", target),
    run(call, _tx, target, input) {
        let all = entity::attached_view(&target, input.path_prefix.as_deref());
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListAttachedUserPoliciesResponse {
            attached_policies: Some(cut.items),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

on_entity! {
    /// Attaches a managed policy to a group.
    AttachGroupPolicy ATTACH_GROUP_POLICY AttachGroupPolicyRequest AttachGroupPolicyResponse on Group, group_name,
    access(input, target) Access::on("iam:AttachGroupPolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(call, tx, target, input) {
        entity::attach(call, tx, target, &input.policy_arn)?;
        Ok(api::AttachGroupPolicyResponse {})
    }
}

on_entity! {
    /// Detaches a managed policy from a group.
    DetachGroupPolicy DETACH_GROUP_POLICY DetachGroupPolicyRequest DetachGroupPolicyResponse on Group, group_name,
    access(input, target) Access::on("iam:DetachGroupPolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(_call, tx, target, input) {
        entity::detach(tx, target, &input.policy_arn)?;
        Ok(api::DetachGroupPolicyResponse {})
    }
}

on_entity! {
    /// Writes an inline policy of a group.
    PutGroupPolicy PUT_GROUP_POLICY PutGroupPolicyRequest PutGroupPolicyResponse on Group, group_name,
    access(_input, target) Access::on("iam:PutGroupPolicy", target),
    run(_call, tx, target, input) {
        entity::put_inline(tx, target, &input.policy_name, &input.policy_document)?;
        Ok(api::PutGroupPolicyResponse {})
    }
}

on_entity! {
    /// Removes an inline policy of a group.
    DeleteGroupPolicy DELETE_GROUP_POLICY DeleteGroupPolicyRequest DeleteGroupPolicyResponse on Group, group_name,
    access(_input, target) Access::on("iam:DeleteGroupPolicy", target),
    run(_call, tx, target, input) {
        entity::delete_inline(tx, target, &input.policy_name)?;
        Ok(api::DeleteGroupPolicyResponse {})
    }
}

on_entity! {
    /// Shows an inline policy of a group.
    GetGroupPolicy GET_GROUP_POLICY GetGroupPolicyRequest GetGroupPolicyResponse on Group, group_name,
    access(_input, target) Access::on("iam:GetGroupPolicy", target),
    run(_call, _tx, target, input) {
        let (name, document) = entity::inline(&target, &input.policy_name)?;
        Ok(api::GetGroupPolicyResponse {
            group_name: target.name.clone(),
            policy_name: name.clone(),
            policy_document: documents::encode(document),
        })
    }
}

on_entity! {
    /// Lists the names of the inline policies of a group.
    ListGroupPolicies LIST_GROUP_POLICIES ListGroupPoliciesRequest ListGroupPoliciesResponse on Group, group_name,
    access(_input, target) Access::on("iam:ListGroupPolicies", target),
    run(call, _tx, target, input) {
        let names = target.inline.keys().cloned();
        let cut = pages::by_name(call, names, String::clone, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListGroupPoliciesResponse { policy_names: cut.items, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

on_entity! {
    /// Lists the managed policies attached to a group.
    ListAttachedGroupPolicies LIST_ATTACHED_GROUP_POLICIES ListAttachedGroupPoliciesRequest ListAttachedGroupPoliciesResponse on Group, group_name,
    access(_input, target) Access::on("iam:ListAttachedGroupPolicies", target),
    run(call, _tx, target, input) {
        let all = entity::attached_view(&target, input.path_prefix.as_deref());
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListAttachedGroupPoliciesResponse {
            attached_policies: Some(cut.items),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

on_entity! {
    /// Attaches a managed policy to a role.
    AttachRolePolicy ATTACH_ROLE_POLICY AttachRolePolicyRequest AttachRolePolicyResponse on Role, role_name,
    access(input, target) entity::access_within_boundary("iam:AttachRolePolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(call, tx, target, input) {
        entity::attach(call, tx, target, &input.policy_arn)?;
        Ok(api::AttachRolePolicyResponse {})
    }
}

on_entity! {
    /// Detaches a managed policy from a role.
    DetachRolePolicy DETACH_ROLE_POLICY DetachRolePolicyRequest DetachRolePolicyResponse on Role, role_name,
    access(input, target) entity::access_within_boundary("iam:DetachRolePolicy", target).key("iam:PolicyARN", &input.policy_arn),
    run(_call, tx, target, input) {
        entity::detach(tx, target, &input.policy_arn)?;
        Ok(api::DetachRolePolicyResponse {})
    }
}

on_entity! {
    /// Writes an inline policy of a role.
    PutRolePolicy PUT_ROLE_POLICY PutRolePolicyRequest PutRolePolicyResponse on Role, role_name,
    access(_input, target) entity::access_within_boundary("iam:PutRolePolicy", target),
    run(_call, tx, target, input) {
        entity::put_inline(tx, target, &input.policy_name, &input.policy_document)?;
        Ok(api::PutRolePolicyResponse {})
    }
}

on_entity! {
    /// Removes an inline policy of a role.
    DeleteRolePolicy DELETE_ROLE_POLICY DeleteRolePolicyRequest DeleteRolePolicyResponse on Role, role_name,
    access(_input, target) entity::access_within_boundary("iam:DeleteRolePolicy", target),
    run(_call, tx, target, input) {
        entity::delete_inline(tx, target, &input.policy_name)?;
        Ok(api::DeleteRolePolicyResponse {})
    }
}

on_entity! {
    /// Shows an inline policy of a role.
    GetRolePolicy GET_ROLE_POLICY GetRolePolicyRequest GetRolePolicyResponse on Role, role_name,
    access(_input, target) entity::access("iam:GetRolePolicy", target),
    run(_call, _tx, target, input) {
        let (name, document) = entity::inline(&target, &input.policy_name)?;
        Ok(api::GetRolePolicyResponse {
            role_name: target.name.clone(),
            policy_name: name.clone(),
            policy_document: documents::encode(document),
        })
    }
}

on_entity! {
    /// Lists the names of the inline policies of a role.
    ListRolePolicies LIST_ROLE_POLICIES ListRolePoliciesRequest ListRolePoliciesResponse on Role, role_name,
    access(_input, target) entity::access("iam:ListRolePolicies", target),
    run(call, _tx, target, input) {
        let names = target.inline.keys().cloned();
        let cut = pages::by_name(call, names, String::clone, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListRolePoliciesResponse { policy_names: cut.items, is_truncated: cut.is_truncated, marker: cut.marker })
    }
}

on_entity! {
    /// Lists the managed policies attached to a role.
    ListAttachedRolePolicies LIST_ATTACHED_ROLE_POLICIES ListAttachedRolePoliciesRequest ListAttachedRolePoliciesResponse on Role, role_name,
    access(_input, target) entity::access("iam:ListAttachedRolePolicies", target),
    run(call, _tx, target, input) {
        let all = entity::attached_view(&target, input.path_prefix.as_deref());
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        Ok(api::ListAttachedRolePoliciesResponse {
            attached_policies: Some(cut.items),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}
