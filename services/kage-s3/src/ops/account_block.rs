//! Block Public Access of an account (S3 Control).

use crate::bucket::Block;
use crate::{buckets, errors, record};
use kage_api_s3control::types::{
    DeletePublicAccessBlockRequest, DeletePublicAccessBlockResponse, GetPublicAccessBlockOutput,
    GetPublicAccessBlockRequest, PublicAccessBlockConfiguration, PutPublicAccessBlockRequest,
    PutPublicAccessBlockResponse,
};
use kage_api_s3control::{errors as model, operations};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::{OperationModel, Violation};
use serde_json::{Map, Value};

/// Sets the account's settings.
pub struct PutAccountBlock;
/// Shows them.
pub struct GetAccountBlock;
/// Removes them.
pub struct DeleteAccountBlock;

macro_rules! on_account {
    ($input:ident, $output:ident, $model:ident, $action:literal) => {
        type Input = $input;
        type Output = $output;
        type Target = ();
        const MODEL: &'static OperationModel = &operations::$model;

        fn resolve(call: &Call<'_>, _: &Tx, input: &$input) -> Result<Lookup<()>> {
            crate::body_checksum::require(call)?;
            // AWS: S3 Control answers other accounts AccessDenied.
            if input.account_id == call.account {
                Ok(Lookup::Found(()))
            } else {
                Err(errors::access_denied())
            }
        }

        fn access(call: &Call<'_>, _: &$input, _: &Lookup<()>) -> Access {
            crate::scene::keys(call, Access::any($action), &call.account)
        }

        fn refuse(violations: &[Violation]) -> Option<Error> {
            crate::violations::error(Self::MODEL, violations)
        }

        fn amend(call: &Call<'_>, _: &$input, _: Option<&$output>, event: &mut Map<String, Value>) {
            record::amend_account(call, event);
        }
    };
}

impl Operation for PutAccountBlock {
    on_account!(
        PutPublicAccessBlockRequest,
        PutPublicAccessBlockResponse,
        PUT_PUBLIC_ACCESS_BLOCK,
        "s3:PutAccountPublicAccessBlock"
    );

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &PutPublicAccessBlockRequest,
    ) -> Result<PutPublicAccessBlockResponse> {
        let given = &input.public_access_block_configuration;
        let block = Block {
            block_acls: given.block_public_acls == Some(true),
            ignore_acls: given.ignore_public_acls == Some(true),
            block_policy: given.block_public_policy == Some(true),
            restrict: given.restrict_public_buckets == Some(true),
        };
        buckets::put_account_block(tx, &call.account, Some(block))?;
        Ok(PutPublicAccessBlockResponse {})
    }
}

impl Operation for GetAccountBlock {
    on_account!(
        GetPublicAccessBlockRequest,
        GetPublicAccessBlockOutput,
        GET_PUBLIC_ACCESS_BLOCK,
        "s3:GetAccountPublicAccessBlock"
    );

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &GetPublicAccessBlockRequest,
    ) -> Result<GetPublicAccessBlockOutput> {
        let block = buckets::account_block(tx.reads(), &call.account)?.ok_or_else(|| {
            let text = "The public access block configuration was not found";
            Error::of(&model::NO_SUCH_PUBLIC_ACCESS_BLOCK_CONFIGURATION, text)
                .with("AccountId", &input.account_id)
        })?;
        let configuration = PublicAccessBlockConfiguration {
            block_public_acls: Some(block.block_acls),
            ignore_public_acls: Some(block.ignore_acls),
            block_public_policy: Some(block.block_policy),
            restrict_public_buckets: Some(block.restrict),
        };
        Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) })
    }
}

impl Operation for DeleteAccountBlock {
    // AWS: Service Authorization Reference: deleting takes the permission of setting.
    on_account!(
        DeletePublicAccessBlockRequest,
        DeletePublicAccessBlockResponse,
        DELETE_PUBLIC_ACCESS_BLOCK,
        "s3:PutAccountPublicAccessBlock"
    );

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        _: &DeletePublicAccessBlockRequest,
    ) -> Result<DeletePublicAccessBlockResponse> {
        buckets::put_account_block(tx, &call.account, None)?;
        Ok(DeletePublicAccessBlockResponse {})
    }
}
