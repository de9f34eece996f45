//! ListObjectVersions.

use super::DATA;
use super::list_objects::access;
use crate::checksums::Checksum;
use crate::listing::{self, Query};
use crate::scene::{self, Scene};
use crate::view::{self, Owners, listed, listed_if};
use crate::{errors, objects};
use kage_api_s3::operations;
use kage_api_s3::types::{
    DeleteMarkerEntry, ListObjectVersionsOutput, ListObjectVersionsRequest, ObjectVersion,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{OperationModel, Timestamp};

/// Lists versions and delete markers.
pub struct ListObjectVersions;

impl Operation for ListObjectVersions {
    type Input = ListObjectVersionsRequest;
    type Output = ListObjectVersionsOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::LIST_OBJECT_VERSIONS;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &ListObjectVersionsRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &ListObjectVersionsRequest, target: &Lookup<Scene>) -> Access {
        const ACTION: &str = "s3:ListBucketVersions";
        let facts = (input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys);
        target.found().map_or_else(|| Access::any(ACTION), |scene| access(call, scene, ACTION, facts))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &ListObjectVersionsRequest,
    ) -> Result<ListObjectVersionsOutput> {
        let (max, limit) = listing::limit(input.max_keys, "max-keys")?;
        let marker = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
        let id = input.version_id_marker.as_deref().filter(|id| !id.is_empty());
        let from = match (marker, id) {
            (None, Some(id)) => {
                let text = "A version-id marker cannot be specified without a key marker.";
                return Err(errors::invalid_argument(text, "version-id-marker", id));
            }
            (Some(key), Some(id)) => objects::find(tx.reads(), &input.bucket, key, id)?,
            _ => None,
        };
        let page = Query {
            bucket: &input.bucket,
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().unwrap_or_default(),
            after: marker,
            after_is_marker: true,
            limit,
        }
        .versions(tx.reads(), from.as_ref())?;
        let encoding = input.encoding_type.as_deref();
        let mut owners = Owners::new(tx.reads());
        let (mut versions, mut markers) = (Vec::new(), Vec::new());
        for (version, newest) in page.items() {
            let owner = Some(owners.of(scene.object_owner(version))?);
            let (key, modified) = (Some(listed(&version.key, encoding)), Some(Timestamp(version.modified)));
            let (version_id, is_latest) = (Some(version.id.clone()), Some(newest));
            if version.is_marker {
                markers.push(DeleteMarkerEntry {
                    owner,
                    key,
                    version_id,
                    is_latest,
                    last_modified: modified,
                });
            } else {
                versions.push(ObjectVersion {
                    e_tag: Some(version.quoted_etag()),
                    checksum_algorithm: version
                        .checksum
                        .as_ref()
                        .map(|sum| vec![sum.algorithm.name().to_owned()]),
                    checksum_type: version.checksum.as_ref().map(Checksum::kind),
                    size: Some(view::size(version.size)),
                    storage_class: Some(version.about.storage_class.clone()),
                    key,
                    version_id,
                    is_latest,
                    last_modified: modified,
                    owner,
                    restore_status: None,
                });
            }
        }
        let (next_key, next_id) =
            page.next().map_or((None, None), |(key, id)| (Some(listed(&key, encoding)), id));
        Ok(ListObjectVersionsOutput {
            is_truncated: Some(page.truncated),
            key_marker: Some(listed(input.key_marker.as_deref().unwrap_or_default(), encoding)),
            version_id_marker: Some(input.version_id_marker.clone().unwrap_or_default()),
            next_key_marker: next_key,
            next_version_id_marker: next_id,
            versions: (!versions.is_empty()).then_some(versions),
            delete_markers: (!markers.is_empty()).then_some(markers),
            name: Some(input.bucket.clone()),
            prefix: Some(listed(input.prefix.as_deref().unwrap_or_default(), encoding)),
            delimiter: listed_if(input.delimiter.as_deref(), encoding),
            max_keys: Some(max),
            common_prefixes: view::prefixes(&page, encoding),
            encoding_type: input.encoding_type.clone(),
            request_charged: None,
        })
    }

    in_words_of_s3!();
}
