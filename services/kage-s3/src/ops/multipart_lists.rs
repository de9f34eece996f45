//! ListParts and ListMultipartUploads.

use super::DATA;
use crate::checksums;
use crate::listing;
use crate::scene::{self, Scene};
use crate::uploads::{self, Multipart, Part};
use crate::view::{self, Owners, listed, listed_if};
use kage_api_s3::operations;
use kage_api_s3::types::{
    CommonPrefix, Initiator, ListMultipartUploadsOutput, ListMultipartUploadsRequest, ListPartsOutput,
    ListPartsRequest, MultipartUpload, Part as ShownPart,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{OperationModel, Timestamp};

/// Lists the parts of an upload.
pub struct ListParts;
/// Lists the uploads of a bucket.
pub struct ListMultipartUploads;

fn initiator(upload: &Multipart) -> Initiator {
    Initiator { id: Some(upload.initiator.clone()), display_name: None }
}

fn shown(part: &Part) -> ShownPart {
    let mut out = ShownPart {
        part_number: Some(part.number),
        last_modified: Some(Timestamp(part.modified)),
        e_tag: Some(format!("\"{}\"", part.etag)),
        size: Some(view::size(part.size)),
        ..ShownPart::default()
    };
    checksums::show!(out, &part.checksum);
    out
}

impl Operation for ListParts {
    type Input = ListPartsRequest;
    type Output = ListPartsOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::LIST_PARTS;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &ListPartsRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &ListPartsRequest, target: &Lookup<Scene>) -> Access {
        const ACTION: &str = "s3:ListMultipartUploadParts";
        target
            .found()
            .map_or_else(|| Access::any(ACTION), |scene| scene.object_access(call, ACTION, &input.key, None))
    }

    fn run(_: &Call<'_>, tx: &mut Tx, _: Scene, input: &ListPartsRequest) -> Result<ListPartsOutput> {
        let upload = uploads::require(tx.reads(), &input.bucket, &input.key, &input.upload_id)?;
        let (max, limit) = listing::limit(input.max_parts, "max-parts")?;
        let after = input.part_number_marker.unwrap_or_default();
        let mut rest = uploads::parts(tx.reads(), &upload)?.into_iter().filter(|part| part.number > after);
        let parts: Vec<ShownPart> = rest.by_ref().take(limit).map(|part| shown(&part)).collect();
        let truncated = limit > 0 && rest.next().is_some();
        Ok(ListPartsOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(input.upload_id.clone()),
            part_number_marker: Some(after),
            next_part_number_marker: Some(parts.last().and_then(|part| part.part_number).unwrap_or_default()),
            max_parts: Some(max),
            is_truncated: Some(truncated),
            parts: (!parts.is_empty()).then_some(parts),
            initiator: Some(initiator(&upload)),
            owner: Some(Owners::new(tx.reads()).of(&upload.owner)?),
            storage_class: Some(upload.about.storage_class.clone()),
            checksum_algorithm: upload.algorithm.map(|algorithm| algorithm.name().to_owned()),
            checksum_type: upload.checksum_type(),
            ..ListPartsOutput::default()
        })
    }

    in_words_of_s3!();
}

/// An entry of the list: an upload or a common prefix.
enum Entry {
    Upload(Box<Multipart>),
    Prefix(String),
}

/// One page, whether more follow, and the markers of the next.
fn page(all: Vec<Multipart>, input: &ListMultipartUploadsRequest, limit: usize) -> (Vec<Entry>, bool) {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let (key, id) = (input.key_marker.as_deref().unwrap_or_default(), input.upload_id_marker.as_deref());
    let mut entries: Vec<Entry> = Vec::new();
    for upload in all {
        let behind = match id {
            _ if key.is_empty() => true,
            Some(id) if !id.is_empty() => (upload.key.as_str(), upload.id.as_str()) > (key, id),
            _ => upload.key.as_str() > key,
        };
        if !behind || !upload.key.starts_with(prefix) {
            continue;
        }
        let rest = upload.key.get(prefix.len()..).unwrap_or_default();
        let group = delimiter.and_then(|delimiter| {
            let end = rest.find(delimiter)?.checked_add(delimiter.len())?;
            Some(format!("{prefix}{}", rest.get(..end)?))
        });
        let again = |group: &String| {
            key == group || matches!(entries.last(), Some(Entry::Prefix(last)) if last == group)
        };
        if group.as_ref().is_some_and(again) {
            continue;
        }
        if entries.len() >= limit {
            return (entries, limit > 0);
        }
        entries.push(group.map_or_else(|| Entry::Upload(Box::new(upload)), Entry::Prefix));
    }
    (entries, false)
}

impl Operation for ListMultipartUploads {
    type Input = ListMultipartUploadsRequest;
    type Output = ListMultipartUploadsOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::LIST_MULTIPART_UPLOADS;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &ListMultipartUploadsRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, _: &ListMultipartUploadsRequest, target: &Lookup<Scene>) -> Access {
        const ACTION: &str = "s3:ListBucketMultipartUploads";
        target.found().map_or_else(|| Access::any(ACTION), |scene| scene.bucket_access(call, ACTION))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        _: Scene,
        input: &ListMultipartUploadsRequest,
    ) -> Result<ListMultipartUploadsOutput> {
        let (max, limit) = listing::limit(input.max_uploads, "max-uploads")?;
        let (entries, truncated) = page(uploads::list(tx.reads(), &input.bucket)?, input, limit);
        let encoding = input.encoding_type.as_deref();
        let mut owners = Owners::new(tx.reads());
        let (mut found, mut prefixes) = (Vec::new(), Vec::new());
        let mut next = (None, None);
        for entry in entries {
            match entry {
                Entry::Prefix(prefix) => {
                    next = (Some(listed(&prefix, encoding)), None);
                    prefixes.push(CommonPrefix { prefix: Some(listed(&prefix, encoding)) });
                }
                Entry::Upload(upload) => {
                    next = (Some(listed(&upload.key, encoding)), Some(upload.id.clone()));
                    found.push(MultipartUpload {
                        upload_id: Some(upload.id.clone()),
                        key: Some(listed(&upload.key, encoding)),
                        initiated: Some(Timestamp(upload.initiated)),
                        storage_class: Some(upload.about.storage_class.clone()),
                        owner: Some(owners.of(&upload.owner)?),
                        initiator: Some(initiator(&upload)),
                        checksum_algorithm: upload.algorithm.map(|algorithm| algorithm.name().to_owned()),
                        checksum_type: upload.checksum_type(),
                        version_id: None,
                    });
                }
            }
        }
        let (next_key, next_id) = if truncated { next } else { (None, None) };
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket.clone()),
            key_marker: Some(listed(input.key_marker.as_deref().unwrap_or_default(), encoding)),
            upload_id_marker: Some(input.upload_id_marker.clone().unwrap_or_default()),
            next_key_marker: next_key,
            prefix: listed_if(input.prefix.as_deref(), encoding),
            delimiter: listed_if(input.delimiter.as_deref(), encoding),
            next_upload_id_marker: next_id,
            max_uploads: Some(max),
            is_truncated: Some(truncated),
            uploads: (!found.is_empty()).then_some(found),
            common_prefixes: (!prefixes.is_empty()).then_some(prefixes),
            encoding_type: input.encoding_type.clone(),
            request_charged: None,
        })
    }

    in_words_of_s3!();
}
