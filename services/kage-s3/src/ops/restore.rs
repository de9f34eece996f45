//! RestoreObject: archived bytes become readable for some days.
//!
//! AWS: S3 user guide, "Restoring an archived object" and "Understanding archive retrieval options".

use super::DATA;
use super::get_object::{Named, named};
use crate::lifecycle::after;
use crate::object::{Restored, Version};
use crate::{errors, objects};
use kage_api_s3::operations;
use kage_api_s3::types::{RestoreObjectOutput, RestoreObjectRequest, RestoreRequest};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Restores an archived object for a while.
pub struct RestoreObject;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How long a retrieval takes, by class and tier: the longest that AWS names.
fn patience(class: &str, tier: &str) -> Result<i64> {
    Ok(match (class, tier) {
        ("GLACIER", "Expedited") => 5 * MINUTE_MS,
        ("GLACIER", "Standard") => 5 * HOUR_MS,
        ("GLACIER", "Bulk") => 12 * HOUR_MS,
        ("DEEP_ARCHIVE", "Standard") => 12 * HOUR_MS,
        ("DEEP_ARCHIVE", "Bulk") => 48 * HOUR_MS,
        ("DEEP_ARCHIVE", _) => {
            let text = "Retrieval option is not supported by this storage class";
            return Err(errors::invalid_argument(text, "Tier", tier));
        }
        (class, _) => {
            let text = "Restore is not allowed for the object's current storage class";
            return Err(
                Error::of(&kage_api_s3::errors::INVALID_OBJECT_STATE, text).with("StorageClass", class)
            );
        }
    })
}

/// The days that are asked for; what is not modelled is refused by its name.
fn days(request: &RestoreRequest) -> Result<i32> {
    if request.r#type.is_some() || request.select_parameters.is_some() || request.output_location.is_some() {
        return Err(errors::not_implemented("restores of the type SELECT"));
    }
    let days = request.days.ok_or_else(errors::malformed_xml)?;
    if days <= 0 {
        let text = "restoration days should be at least 1";
        return Err(errors::invalid_argument(text, "Days", days.to_string()));
    }
    Ok(days)
}

fn restore(call: &Call<'_>, version: &mut Version, request: &RestoreRequest) -> Result<()> {
    let tier = match &request.glacier_job_parameters {
        Some(parameters) => parameters.tier.as_str(),
        None => request.tier.as_deref().unwrap_or("Standard"),
    };
    let takes = patience(&version.about.storage_class, tier)?;
    let days = days(request)?;
    let now = call.now.milliseconds();
    let ready = match &version.restored {
        Some(before) if now < before.ready => {
            return Err(Error::new("RestoreAlreadyInProgress", 409, "Object restore is already in progress"));
        }
        // AWS: "Restoring an archived object": the time of a restored copy can be changed by asking again.
        Some(before) if now < before.expires => before.ready,
        _ => now.saturating_add(takes),
    };
    version.restored = Some(Restored { ready, expires: after(ready.max(now), days) });
    Ok(())
}

impl Operation for RestoreObject {
    type Input = RestoreObjectRequest;
    type Output = RestoreObjectOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::RESTORE_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &RestoreObjectRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &RestoreObjectRequest, target: &Lookup<Named>) -> Access {
        const ACTION: &str = "s3:RestoreObject";
        let version = input.version_id.as_deref();
        target.found().map_or_else(
            || Access::any(ACTION),
            |named| named.access(call, &input.key, version, (ACTION, ACTION)),
        )
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &RestoreObjectRequest,
    ) -> Result<RestoreObjectOutput> {
        let (_, mut version) = target.require(&input.key, input.version_id.as_deref(), "POST")?;
        let request = input.restore_request.as_ref().ok_or_else(errors::malformed_xml)?;
        restore(call, &mut version, request)?;
        objects::update(tx, &input.bucket, &version)?;
        Ok(RestoreObjectOutput::default())
    }

    in_words_of_s3!();
}
