//! Permissions boundaries of users and roles.

use crate::entity::{self, Entity};
use kage_api_iam::types::{
    DeleteRolePermissionsBoundaryResponse, DeleteUserPermissionsBoundaryResponse,
    PutRolePermissionsBoundaryResponse, PutUserPermissionsBoundaryResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::roles::Role;
use kage_identity::users::User;

/// The operations of one kind of principal.
macro_rules! boundary_operations {
    ($noun:ty, $name:ident,
     $put:ident $put_model:ident $put_input:ident $put_output:ident $put_action:literal,
     $delete:ident $delete_model:ident $delete_input:ident $delete_output:ident $delete_action:literal) => {
        /// Sets the permissions boundary.
        pub struct $put;

        impl Operation for $put {
            shape!($put_model: $put_input -> $put_output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun>::lookup(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<$noun>) -> Access {
                entity::access($put_action, target).key("iam:PermissionsBoundary", &input.permissions_boundary)
            }

            fn run(call: &Call<'_>, tx: &mut Tx, target: $noun, input: &Self::Input) -> Result<$put_output> {
                entity::put_boundary(call, tx, target, &input.permissions_boundary)?;
                Ok($put_output {})
            }
        }

        /// Removes the permissions boundary.
        pub struct $delete;

        impl Operation for $delete {
            shape!($delete_model: $delete_input -> $delete_output on $noun);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<$noun>> {
                <$noun>::lookup(call, tx, &input.$name)
            }

            fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<$noun>) -> Access {
                entity::access_within_boundary($delete_action, target)
            }

            fn run(_: &Call<'_>, tx: &mut Tx, target: $noun, _: &Self::Input) -> Result<$delete_output> {
                entity::delete_boundary(tx, target)?;
                Ok($delete_output {})
            }
        }
    };
}

boundary_operations!(User, user_name,
    PutUserPermissionsBoundary PUT_USER_PERMISSIONS_BOUNDARY PutUserPermissionsBoundaryRequest
        PutUserPermissionsBoundaryResponse "iam:PutUserPermissionsBoundary",
    DeleteUserPermissionsBoundary DELETE_USER_PERMISSIONS_BOUNDARY DeleteUserPermissionsBoundaryRequest
        DeleteUserPermissionsBoundaryResponse "iam:DeleteUserPermissionsBoundary");

boundary_operations!(Role, role_name,
    PutRolePermissionsBoundary PUT_ROLE_PERMISSIONS_BOUNDARY PutRolePermissionsBoundaryRequest
        PutRolePermissionsBoundaryResponse "iam:PutRolePermissionsBoundary",
    DeleteRolePermissionsBoundary DELETE_ROLE_PERMISSIONS_BOUNDARY DeleteRolePermissionsBoundaryRequest
        DeleteRolePermissionsBoundaryResponse "iam:DeleteRolePermissionsBoundary");
