//! Access keys.

use crate::bearer::{self, Bearer};
use crate::{errors, pages, view};
use kage_api_iam::types::{
    self as api, CreateAccessKeyResponse, DeleteAccessKeyResponse, GetAccessKeyLastUsedResponse,
    ListAccessKeysResponse, UpdateAccessKeyResponse,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx};
use kage_identity::credentials::{self, AccessKey};

/// AWS: IAM user guide, "IAM and AWS STS quotas": access keys of one user, or of the root user.
const KEYS_MAX: usize = 2;

/// Makes an access key. Its secret is in this answer and never shown again.
pub struct CreateAccessKey;

impl Operation for CreateAccessKey {
    shape!(CREATE_ACCESS_KEY: CreateAccessKeyRequest -> CreateAccessKeyResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:CreateAccessKey", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bearer: Bearer, _: &Self::Input) -> Result<CreateAccessKeyResponse> {
        if credentials::list(tx.reads(), &call.account, bearer.name())?.len() >= KEYS_MAX {
            return Err(errors::quota("AccessKeysPerUser", KEYS_MAX));
        }
        let key = AccessKey {
            id: call.ids().principal_id("AKIA", &call.account),
            account: call.account.clone(),
            user: bearer.name().map(str::to_owned),
            secret: call.ids().secret_key(),
            active: true,
            created: call.now.milliseconds(),
            last_used: None,
        };
        credentials::put(tx, &key)?;
        let access_key = api::AccessKey {
            user_name: key.user.clone().unwrap_or_default(),
            access_key_id: key.id.clone(),
            status: view::key_status(&key),
            secret_access_key: key.secret,
            create_date: Some(view::time(key.created)),
        };
        Ok(CreateAccessKeyResponse { access_key })
    }
}

/// Lists the access keys of a user, or of the caller.
pub struct ListAccessKeys;

impl Operation for ListAccessKeys {
    shape!(LIST_ACCESS_KEYS: ListAccessKeysRequest -> ListAccessKeysResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:ListAccessKeys", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<ListAccessKeysResponse> {
        let all = credentials::list(tx.reads(), &call.account, bearer.name())?;
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        let metadata = |key: &AccessKey| api::AccessKeyMetadata {
            user_name: key.user.clone(),
            access_key_id: Some(key.id.clone()),
            status: Some(view::key_status(key)),
            create_date: Some(view::time(key.created)),
        };
        Ok(ListAccessKeysResponse {
            access_key_metadata: cut.items.iter().map(metadata).collect(),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// The key of this id, if it is the bearer's.
fn key_of(call: &Call<'_>, tx: &Tx, bearer: &Bearer, id: &str) -> Result<AccessKey> {
    let keys = credentials::list(tx.reads(), &call.account, bearer.name())?;
    keys.into_iter().find(|key| key.id == id).ok_or_else(|| errors::no_access_key(id))
}

/// Makes an access key active or inactive.
pub struct UpdateAccessKey;

impl Operation for UpdateAccessKey {
    shape!(UPDATE_ACCESS_KEY: UpdateAccessKeyRequest -> UpdateAccessKeyResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:UpdateAccessKey", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<UpdateAccessKeyResponse> {
        let key = key_of(call, tx, &bearer, &input.access_key_id)?;
        let active = match input.status.as_str() {
            api::status_type::ACTIVE => true,
            api::status_type::INACTIVE => false,
            // `Expired` is a state of keys of other kinds and cannot be set.
            other => return Err(errors::validation(format!("The status {other} cannot be set."))),
        };
        credentials::put(tx, &AccessKey { active, ..key })?;
        Ok(UpdateAccessKeyResponse {})
    }
}

/// Deletes an access key.
pub struct DeleteAccessKey;

impl Operation for DeleteAccessKey {
    shape!(DELETE_ACCESS_KEY: DeleteAccessKeyRequest -> DeleteAccessKeyResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:DeleteAccessKey", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<DeleteAccessKeyResponse> {
        let key = key_of(call, tx, &bearer, &input.access_key_id)?;
        credentials::remove(tx, &key)?;
        Ok(DeleteAccessKeyResponse {})
    }
}

/// Tells whose a key is, and when, where and for what it was last used.
pub struct GetAccessKeyLastUsed;

impl Operation for GetAccessKeyLastUsed {
    shape!(GET_ACCESS_KEY_LAST_USED: GetAccessKeyLastUsedRequest ->
        GetAccessKeyLastUsedResponse on (AccessKey, Bearer));
    const RECORDING: Recording = Recording::READ;

    /// AWS declares no error for this operation: a key that is not the account's is a denial.
    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<(AccessKey, Bearer)>> {
        let key = credentials::find(tx.reads(), &input.access_key_id)?;
        let Some(key) = key.filter(|key| key.account == call.account) else {
            let text = format!(
                "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {}",
                call.caller.arn, input.access_key_id
            );
            return Ok(Lookup::missing("*", Error::new("AccessDenied", 403, text)));
        };
        let bearer = match &key.user {
            Some(name) => bearer::lookup(call, tx, Some(name))?,
            None => Lookup::Found(Bearer::Root(key.account.clone())),
        };
        Ok(bearer.map(|bearer| (key, bearer)))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<(AccessKey, Bearer)>) -> Access {
        match target {
            Lookup::Found((_, bearer)) => Access::on_found("iam:GetAccessKeyLastUsed", bearer),
            Lookup::Missing { arn, .. } => Access::to("iam:GetAccessKeyLastUsed", arn),
        }
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        (key, _): (AccessKey, Bearer),
        _: &Self::Input,
    ) -> Result<GetAccessKeyLastUsedResponse> {
        // AWS: IAM API reference, AccessKeyLastUsed: a key that was never used has `N/A` and no date.
        let (date, service, region) = match key.last_used {
            Some((at, service, region)) => (Some(view::time(at)), service, region),
            None => (None, "N/A".to_owned(), "N/A".to_owned()),
        };
        Ok(GetAccessKeyLastUsedResponse {
            user_name: key.user,
            access_key_last_used: Some(api::AccessKeyLastUsed {
                last_used_date: date,
                service_name: service,
                region,
            }),
        })
    }
}
