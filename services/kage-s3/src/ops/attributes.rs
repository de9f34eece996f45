//! GetObjectAttributes.

use super::DATA;
use super::get_object::{Named, named};
use super::put_object::shown_version;
use crate::checksums;
use crate::object::Version;
use crate::{listing, view};
use kage_api_s3::operations;
use kage_api_s3::types::{
    Checksum, GetObjectAttributesOutput, GetObjectAttributesParts, GetObjectAttributesRequest, ObjectPart,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{OperationModel, Timestamp};

/// Shows chosen facts of an object.
pub struct GetObjectAttributes;

impl Operation for GetObjectAttributes {
    type Input = GetObjectAttributesRequest;
    type Output = GetObjectAttributesOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::GET_OBJECT_ATTRIBUTES;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &GetObjectAttributesRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &GetObjectAttributesRequest, target: &Lookup<Named>) -> Access {
        let Some(named) = target.found() else { return Access::any("s3:GetObjectAttributes") };
        let version = input.version_id.as_deref();
        // AWS: GetObjectAttributes: both actions are needed.
        let read = named.access(call, &input.key, version, ("s3:GetObject", "s3:GetObjectVersion"));
        let show = ("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes");
        read.and(named.access(call, &input.key, version, show))
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: Named,
        input: &GetObjectAttributesRequest,
    ) -> Result<GetObjectAttributesOutput> {
        let (scene, version) = target.require(&input.key, input.version_id.as_deref(), "GET")?;
        let wants = |name: &str| input.object_attributes.iter().any(|given| given == name);
        let checksum = version.checksum.as_ref().filter(|_| wants("Checksum")).map(|sum| {
            let mut out = Checksum { checksum_type: Some(sum.kind()), ..Checksum::default() };
            checksums::show!(out, Some(sum));
            out
        });
        let parts = match wants("ObjectParts") && !version.parts.is_empty() {
            true => Some(parts(&version, input)?),
            false => None,
        };
        Ok(GetObjectAttributesOutput {
            last_modified: Some(Timestamp(version.modified).whole_seconds()),
            version_id: shown_version(&scene, &version),
            // AWS: GetObjectAttributes: here the entity tag has no quotes.
            e_tag: wants("ETag").then(|| version.etag.clone()),
            checksum,
            object_parts: parts,
            storage_class: wants("StorageClass").then(|| version.about.storage_class.clone()),
            object_size: wants("ObjectSize").then(|| view::size(version.size)),
            ..GetObjectAttributesOutput::default()
        })
    }

    in_words_of_s3!();
}

fn parts(version: &Version, input: &GetObjectAttributesRequest) -> Result<GetObjectAttributesParts> {
    let (max, limit) = listing::limit(input.max_parts, "max-parts")?;
    let after = input.part_number_marker.unwrap_or_default();
    let mut rest = version.parts.iter().filter(|part| part.number > after);
    let shown: Vec<ObjectPart> = rest
        .by_ref()
        .take(limit)
        .map(|part| {
            let mut out = ObjectPart {
                part_number: Some(part.number),
                size: Some(view::size(part.size)),
                ..ObjectPart::default()
            };
            checksums::show!(out, &part.checksum);
            out
        })
        .collect();
    // AWS: GetObjectAttributes: parts are listed only for objects with a checksum of their own.
    let has_checksums = version.checksum.as_ref().is_some_and(|sum| !sum.is_full);
    Ok(GetObjectAttributesParts {
        total_parts_count: i32::try_from(version.parts.len()).ok(),
        part_number_marker: Some(after),
        next_part_number_marker: Some(shown.last().and_then(|part| part.part_number).unwrap_or_default()),
        max_parts: Some(max),
        is_truncated: Some(limit > 0 && rest.next().is_some()),
        parts: has_checksums.then_some(shown),
    })
}
