//! ListObjects and ListObjectsV2.

use super::DATA;
use crate::errors;
use crate::listing::{self, Query};
use crate::scene::{self, Scene};
use crate::view::{self, Owners, listed, listed_if};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::operations;
use kage_api_s3::types::{ListObjectsOutput, ListObjectsRequest, ListObjectsV2Output, ListObjectsV2Request};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Lists objects, second edition.
pub struct ListObjectsV2;
/// Lists objects, first edition.
pub struct ListObjects;

/// Access to a list with its condition keys (rule 158).
pub fn access(
    call: &Call<'_>,
    scene: &Scene,
    action: &str,
    (prefix, delimiter, max): (Option<&str>, Option<&str>, Option<i32>),
) -> Access {
    scene
        .bucket_access(call, action)
        .key_if("s3:prefix", prefix)
        .key_if("s3:delimiter", delimiter)
        .key_if("s3:max-keys", max.map(|max| max.to_string()))
}

impl Operation for ListObjectsV2 {
    type Input = ListObjectsV2Request;
    type Output = ListObjectsV2Output;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::LIST_OBJECTS_V2;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &ListObjectsV2Request) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &ListObjectsV2Request, target: &Lookup<Scene>) -> Access {
        let facts = (input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys);
        target
            .found()
            .map_or_else(|| Access::any("s3:ListBucket"), |scene| access(call, scene, "s3:ListBucket", facts))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &ListObjectsV2Request,
    ) -> Result<ListObjectsV2Output> {
        let (max, limit) = listing::limit(input.max_keys, "max-keys")?;
        let token = input.continuation_token.as_deref().map(opened).transpose()?;
        let after = token.as_deref().or(input.start_after.as_deref());
        let page = Query {
            bucket: &input.bucket,
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().unwrap_or_default(),
            after,
            after_is_marker: token.is_some(),
            limit,
        }
        .objects(tx.reads())?;
        let encoding = input.encoding_type.as_deref();
        let mut owners = Owners::new(tx.reads());
        let mut contents = Vec::new();
        for (version, _) in page.items() {
            let owner = match input.fetch_owner {
                Some(true) => Some(owners.of(scene.object_owner(version))?),
                _ => None,
            };
            contents.push(view::object(version, encoding, owner));
        }
        Ok(ListObjectsV2Output {
            is_truncated: Some(page.truncated),
            key_count: i32::try_from(page.entries.len()).ok(),
            contents: (!contents.is_empty()).then_some(contents),
            name: Some(input.bucket.clone()),
            prefix: Some(listed(input.prefix.as_deref().unwrap_or_default(), encoding)),
            delimiter: listed_if(input.delimiter.as_deref(), encoding),
            max_keys: Some(max),
            common_prefixes: view::prefixes(&page, encoding),
            encoding_type: input.encoding_type.clone(),
            continuation_token: input.continuation_token.clone(),
            next_continuation_token: page.next().map(|(key, _)| STANDARD.encode(key)),
            start_after: listed_if(input.start_after.as_deref(), encoding),
            request_charged: None,
        })
    }

    in_words_of_s3!();
}

fn opened(token: &str) -> Result<String> {
    let key = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| {
        errors::invalid_argument("The continuation token provided is incorrect", "continuation-token", token)
    })
}

impl Operation for ListObjects {
    type Input = ListObjectsRequest;
    type Output = ListObjectsOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::LIST_OBJECTS;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &ListObjectsRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &ListObjectsRequest, target: &Lookup<Scene>) -> Access {
        let facts = (input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys);
        target
            .found()
            .map_or_else(|| Access::any("s3:ListBucket"), |scene| access(call, scene, "s3:ListBucket", facts))
    }

    fn run(_: &Call<'_>, tx: &mut Tx, scene: Scene, input: &ListObjectsRequest) -> Result<ListObjectsOutput> {
        let (max, limit) = listing::limit(input.max_keys, "max-keys")?;
        let page = Query {
            bucket: &input.bucket,
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().unwrap_or_default(),
            after: input.marker.as_deref().filter(|marker| !marker.is_empty()),
            after_is_marker: true,
            limit,
        }
        .objects(tx.reads())?;
        let encoding = input.encoding_type.as_deref();
        let mut owners = Owners::new(tx.reads());
        let mut contents = Vec::new();
        for (version, _) in page.items() {
            let owner = owners.of(scene.object_owner(version))?;
            contents.push(view::object(version, encoding, Some(owner)));
        }
        // AWS: ListObjects: NextMarker is said only with a delimiter.
        let next = page.next().filter(|_| input.delimiter.is_some()).map(|(key, _)| listed(&key, encoding));
        Ok(ListObjectsOutput {
            is_truncated: Some(page.truncated),
            marker: Some(listed(input.marker.as_deref().unwrap_or_default(), encoding)),
            next_marker: next,
            contents: (!contents.is_empty()).then_some(contents),
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
