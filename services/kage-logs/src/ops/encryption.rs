//! `AssociateKmsKey` and `DisassociateKmsKey`.

use crate::group::Group;
use crate::{errors, groups, keys, named};
use kage_api_logs::types::{AssociateKmsKeyResponse, DisassociateKmsKeyResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

fn target(
    call: &Call<'_>,
    tx: &Tx,
    name: Option<&String>,
    resource: Option<&String>,
) -> Result<Lookup<Group>> {
    match (name, resource) {
        (Some(name), None) => named::by_name(call, tx, name),
        // AWS: model, AssociateKmsKey$resourceIdentifier: a log group's ARN, or `…:query-result:*`.
        (None, Some(arn)) if arn.contains(":query-result:") => {
            Err(errors::not_modelled("resourceIdentifier of query results"))
        }
        (None, Some(arn)) => named::by_identifier(call, tx, arn),
        _ => Err(errors::invalid("Exactly one of logGroupName or resourceIdentifier must be provided.")),
    }
}

/// Encrypts the events that come from now on under a KMS key.
pub struct AssociateKmsKey;

impl Operation for AssociateKmsKey {
    shape!(ASSOCIATE_KMS_KEY: AssociateKmsKeyRequest -> AssociateKmsKeyResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        target(call, tx, input.log_group_name.as_ref(), input.resource_identifier.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:AssociateKmsKey", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        input: &Self::Input,
    ) -> Result<AssociateKmsKeyResponse> {
        keys::associate(call, tx, &mut group, &input.kms_key_id)?;
        groups::put(tx, &group)?;
        Ok(AssociateKmsKeyResponse {})
    }
}

/// Ends the encryption under a KMS key. Events that came before stay encrypted under it.
pub struct DisassociateKmsKey;

impl Operation for DisassociateKmsKey {
    shape!(DISASSOCIATE_KMS_KEY: DisassociateKmsKeyRequest -> DisassociateKmsKeyResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        target(call, tx, input.log_group_name.as_ref(), input.resource_identifier.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DisassociateKmsKey", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        _: &Self::Input,
    ) -> Result<DisassociateKmsKeyResponse> {
        group.encryption = None;
        groups::put(tx, &group)?;
        Ok(DisassociateKmsKeyResponse {})
    }
}
