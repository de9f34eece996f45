//! Resource policies of functions, versions and aliases.

use crate::function::LATEST;
use crate::policy::{self, Permission};
use crate::target::{self, Target};
use crate::{errors, functions};
use kage_api_lambda::types::{AddPermissionResponse, GetPolicyResponse, RemovePermissionResponse};
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};

/// Lets somebody use a function.
pub struct AddPermission;

impl Operation for AddPermission {
    shape!(ADD_PERMISSION: AddPermissionRequest -> AddPermissionResponse, on Target, as "AddPermission20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:AddPermission", target)
            .key("lambda:Principal", input.principal.as_str())
            .key_if("lambda:FunctionUrlAuthType", input.function_url_auth_type.as_deref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<AddPermissionResponse> {
        errors::refuse(&input.invoked_via_function_url, "InvokedViaFunctionUrl")?;
        let qualifier = target.qualifier.clone().unwrap_or_default();
        if qualifier == LATEST {
            return Err(errors::invalid("We currently do not support adding policies for $LATEST."));
        }
        let place = target.place();
        let mut row = functions::policy(tx.reads(), &place, &qualifier)?.unwrap_or_default();
        if input.revision_id.as_ref().is_some_and(|revision| *revision != row.revision) {
            return Err(errors::stale_revision());
        }
        let given = [
            ("ArnLike", "AWS:SourceArn", &input.source_arn),
            ("StringEquals", "AWS:SourceAccount", &input.source_account),
            ("StringEquals", "lambda:EventSourceToken", &input.event_source_token),
            ("StringEquals", "lambda:FunctionUrlAuthType", &input.function_url_auth_type),
            ("StringEquals", "aws:PrincipalOrgID", &input.principal_org_id),
        ];
        let conditions =
            given.into_iter().filter_map(|(operator, key, value)| Some((operator, key, value.as_deref()?)));
        let permission = Permission {
            action: &input.action,
            principal: &input.principal,
            conditions: conditions.collect(),
        };
        let statement = policy::statement(call, tx.reads(), &input.statement_id, &target.arn(), &permission)?;
        let shown = statement.to_string();
        policy::add(call, tx.reads(), &mut row, &input.statement_id, statement)?;
        functions::put_policy(tx, &place, &qualifier, &row)?;
        Ok(AddPermissionResponse { statement: Some(shown) })
    }
}

/// Takes a permission back.
pub struct RemovePermission;

impl Operation for RemovePermission {
    shape!(REMOVE_PERMISSION: RemovePermissionRequest -> RemovePermissionResponse, on Target, as "RemovePermission20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:RemovePermission", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        input: &Self::Input,
    ) -> Result<RemovePermissionResponse> {
        let qualifier = target.qualifier.clone().unwrap_or_default();
        let place = target.place();
        let Some(mut row) = functions::policy(tx.reads(), &place, &qualifier)? else {
            return Err(errors::not_found("No policy is associated with the given resource."));
        };
        if input.revision_id.as_ref().is_some_and(|revision| *revision != row.revision) {
            return Err(errors::stale_revision());
        }
        policy::remove(call, tx.reads(), &mut row, &input.statement_id)?;
        match row.statements.is_empty() {
            true => functions::remove_policy(tx, &place, &qualifier),
            false => functions::put_policy(tx, &place, &qualifier, &row)?,
        }
        Ok(RemovePermissionResponse {})
    }
}

/// Shows a policy.
pub struct GetPolicy;

impl Operation for GetPolicy {
    shape!(GET_POLICY: GetPolicyRequest -> GetPolicyResponse, on Target, as "GetPolicy20150331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, input.qualifier.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:GetPolicy", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, _: &Self::Input) -> Result<GetPolicyResponse> {
        let row = functions::policy(tx.reads(), &target.place(), target.qualifier.as_deref().unwrap_or(""))?;
        let row = row.ok_or_else(errors::no_resource)?;
        Ok(GetPolicyResponse {
            policy: Some(policy::document(&row.statements)),
            revision_id: Some(row.revision),
        })
    }
}
