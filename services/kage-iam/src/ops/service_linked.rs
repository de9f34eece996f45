//! Service-linked roles.

use crate::entity::{self, Entity};
use crate::view::Detail;
use crate::{errors, service_linked, view};
use kage_api_iam::types::{
    self as api, CreateServiceLinkedRoleResponse, DeleteServiceLinkedRoleResponse,
    GetServiceLinkedRoleDeletionStatusResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::roles::{self, Role};
use kage_store::table::{Table, key as row};

/// Deletion tasks by account and id: the name of the role that was deleted.
const TASKS: Table<String> = Table::new("iam.role-deletions");

/// Makes the role by which a service acts in the account.
pub struct CreateServiceLinkedRole;

impl Operation for CreateServiceLinkedRole {
    shape!(CREATE_SERVICE_LINKED_ROLE: CreateServiceLinkedRoleRequest -> CreateServiceLinkedRoleResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let service = &input.aws_service_name;
        let name = service_linked::template(service)
            .map_or_else(|| "*".to_owned(), |template| template.role_name(input.custom_suffix.as_deref()));
        let arn = call.global_arn("iam", format!("role/aws-service-role/{service}/{name}"));
        Access::to("iam:CreateServiceLinkedRole", arn).key("iam:AWSServiceName", service)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<CreateServiceLinkedRoleResponse> {
        let service = &input.aws_service_name;
        let template = service_linked::template(service)
            .ok_or_else(|| errors::not_modelled(&format!("the service-linked role of {service}")))?;
        if input.custom_suffix.is_some() && !template.suffix_allowed {
            return Err(errors::invalid_input(format!("Custom suffix is not allowed for {service}")));
        }
        let name = template.role_name(input.custom_suffix.as_deref());
        if roles::find(tx.reads(), &call.account, &name)?.is_some() {
            return Err(errors::invalid_input(format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            )));
        }
        let role = Role {
            account: call.account.clone(),
            name,
            path: format!("/aws-service-role/{service}/"),
            id: call.ids().principal_id("AROA", &call.account),
            created: call.now.milliseconds(),
            description: input.description.clone(),
            trust: format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
            ),
            max_session_seconds: 3_600,
            attached: vec![template.policy_arn()],
            ..Role::default()
        };
        roles::put(tx, &role)?;
        Ok(CreateServiceLinkedRoleResponse { role: Some(view::role(tx, &role, Detail::Created)?) })
    }
}

/// Deletes a service-linked role. The double's services hold on to none, so the deletion always succeeds.
pub struct DeleteServiceLinkedRole;

impl Operation for DeleteServiceLinkedRole {
    shape!(DELETE_SERVICE_LINKED_ROLE: DeleteServiceLinkedRoleRequest ->
        DeleteServiceLinkedRoleResponse on Role);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Role>> {
        let found = Role::lookup(call, tx, &input.role_name)?;
        Ok(match found {
            // Any other role is none that this operation could delete.
            Lookup::Found(role) if !role.is_service_linked() => {
                Lookup::missing(role.arn(), errors::no_role(&input.role_name))
            }
            other => other,
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Role>) -> Access {
        entity::access("iam:DeleteServiceLinkedRole", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        role: Role,
        _: &Self::Input,
    ) -> Result<DeleteServiceLinkedRoleResponse> {
        roles::remove(tx, &role)?;
        let deletion_task_id = format!("task{}{}/{}", role.path, role.name, call.ids().uuid());
        TASKS.put(tx.writer(), &row(&[&call.account, &deletion_task_id]), &role.name)?;
        Ok(DeleteServiceLinkedRoleResponse { deletion_task_id })
    }
}

/// Tells how a deletion went.
pub struct GetServiceLinkedRoleDeletionStatus;

impl Operation for GetServiceLinkedRoleDeletionStatus {
    shape!(GET_SERVICE_LINKED_ROLE_DELETION_STATUS: GetServiceLinkedRoleDeletionStatusRequest ->
        GetServiceLinkedRoleDeletionStatusResponse on ());

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<()>> {
        let id = &input.deletion_task_id;
        if TASKS.contains(tx.reads(), &row(&[&call.account, id])) {
            return Ok(Lookup::Found(()));
        }
        Ok(Lookup::missing(
            role_arn(call, id),
            errors::no_such_entity(format!("Deletion task {id} cannot be found.")),
        ))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = role_arn(call, &input.deletion_task_id);
        Access::to("iam:GetServiceLinkedRoleDeletionStatus", arn)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        (): (),
        _: &Self::Input,
    ) -> Result<GetServiceLinkedRoleDeletionStatusResponse> {
        let status = api::deletion_task_status_type::SUCCEEDED.to_owned();
        Ok(GetServiceLinkedRoleDeletionStatusResponse { status, reason: None })
    }
}

/// `task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/<uuid>` names the role that was deleted.
fn role_arn(call: &Call<'_>, task: &str) -> String {
    let path =
        task.strip_prefix("task/").and_then(|rest| rest.rsplit_once('/')).map_or("*", |(path, _)| path);
    call.global_arn("iam", format!("role/{path}"))
}
