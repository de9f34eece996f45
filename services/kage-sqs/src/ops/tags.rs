//! `TagQueue`, `UntagQueue`, `ListQueueTags`.

use super::create_queue::add_tags;
use super::recording::DATA_READ;
use crate::queue::{Queue, own_access};
use crate::{address, queues};
use kage_api_sqs::types::{ListQueueTagsResult, TagQueueResponse, UntagQueueResponse};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};

/// Sets tags.
pub struct TagQueue;

impl Operation for TagQueue {
    shape!(TAG_QUEUE: TagQueueRequest -> TagQueueResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Queue>) -> Access {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        own_access(call, "sqs:TagQueue", target).request_tags(tags)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut queue: Queue, input: &Self::Input) -> Result<TagQueueResponse> {
        add_tags(&mut queue, Some(&input.tags))?;
        queues::put(tx, &queue)?;
        Ok(TagQueueResponse {})
    }
}

/// Removes tags.
pub struct UntagQueue;

impl Operation for UntagQueue {
    shape!(UNTAG_QUEUE: UntagQueueRequest -> UntagQueueResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:UntagQueue", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut queue: Queue, input: &Self::Input) -> Result<UntagQueueResponse> {
        queue.tags.retain(|key, _| !input.tag_keys.contains(key));
        queues::put(tx, &queue)?;
        Ok(UntagQueueResponse {})
    }
}

/// Shows tags.
pub struct ListQueueTags;

impl Operation for ListQueueTags {
    shape!(LIST_QUEUE_TAGS: ListQueueTagsRequest -> ListQueueTagsResult on Queue);
    const RECORDING: Recording = DATA_READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:ListQueueTags", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, queue: Queue, _: &Self::Input) -> Result<ListQueueTagsResult> {
        Ok(ListQueueTagsResult { tags: Some(queue.tags).filter(|tags| !tags.is_empty()) })
    }
}
