//! `AddTagsToStream`, `RemoveTagsFromStream`, `ListTagsForStream`.

use crate::named::{self, naming, own_access};
use crate::stream::Stream;
use crate::{streams, tags};
use kage_api_kinesis::types::{
    AddTagsToStreamResponse, ListTagsForStreamOutput, RemoveTagsFromStreamResponse, Tag,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx, page};

/// Sets tags.
pub struct AddTagsToStream;

impl Operation for AddTagsToStream {
    shape!(ADD_TAGS_TO_STREAM: AddTagsToStreamInput -> AddTagsToStreamResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Stream>) -> Access {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        own_access("kinesis:AddTagsToStream", target).request_tags(tags)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<AddTagsToStreamResponse> {
        stream.require_active()?;
        tags::add(&stream.account, &stream.name, &mut stream.tags, &input.tags)?;
        streams::put(tx, &stream)?;
        Ok(AddTagsToStreamResponse {})
    }
}

/// Removes tags.
pub struct RemoveTagsFromStream;

impl Operation for RemoveTagsFromStream {
    shape!(REMOVE_TAGS_FROM_STREAM: RemoveTagsFromStreamInput -> RemoveTagsFromStreamResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:RemoveTagsFromStream", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<RemoveTagsFromStreamResponse> {
        stream.require_active()?;
        stream.tags.retain(|key, _| !input.tag_keys.contains(key));
        streams::put(tx, &stream)?;
        Ok(RemoveTagsFromStreamResponse {})
    }
}

/// Lists tags.
pub struct ListTagsForStream;

impl Operation for ListTagsForStream {
    shape!(LIST_TAGS_FOR_STREAM: ListTagsForStreamInput -> ListTagsForStreamOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:ListTagsForStream", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, stream: Stream, input: &Self::Input) -> Result<ListTagsForStreamOutput> {
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50);
        let after = input.exclusive_start_tag_key.as_deref();
        let page = page(stream.tags, |(key, _)| key.clone(), after, limit);
        Ok(ListTagsForStreamOutput { has_more_tags: page.next.is_some(), tags: shown(page.items) })
    }
}

/// Tags in the shape of the API.
pub fn shown(tags: impl IntoIterator<Item = (String, String)>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag { key, value: Some(value) }).collect()
}
