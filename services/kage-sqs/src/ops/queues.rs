//! `DeleteQueue`, `GetQueueUrl`, `ListQueues`, `ListDeadLetterSourceQueues`, `PurgeQueue`.

use super::pages;
use super::recording::DATA_READ;
use crate::queue::{Queue, own_access};
use crate::{address, errors, messages, queues};
use kage_api_sqs::types::{
    DeleteQueueResponse, GetQueueUrlResult, ListDeadLetterSourceQueuesResult, ListQueuesResult,
    PurgeQueueResponse,
};
use kage_core::{Access, Call, Lookup, Millis, Operation, Recording, Result, Tx};

/// AWS: SQS API reference, `PurgeQueue`: one purge in 60 seconds.
const PURGE_MS: Millis = 60_000;

/// Deletes a queue with its messages.
pub struct DeleteQueue;

impl Operation for DeleteQueue {
    shape!(DELETE_QUEUE: DeleteQueueRequest -> DeleteQueueResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:DeleteQueue", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, queue: Queue, _: &Self::Input) -> Result<DeleteQueueResponse> {
        messages::clear(tx, &queue)?;
        tx.wake(queue.topic());
        queues::remove(tx, &queue, call.now.milliseconds())?;
        Ok(DeleteQueueResponse {})
    }
}

/// Finds a queue by its name.
pub struct GetQueueUrl;

impl Operation for GetQueueUrl {
    shape!(GET_QUEUE_URL: GetQueueUrlRequest -> GetQueueUrlResult on Queue);
    const RECORDING: Recording = DATA_READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        let owner = input.queue_owner_aws_account_id.as_deref().unwrap_or(&call.account);
        address::named(call, tx, owner, &input.queue_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:GetQueueUrl", target)
    }

    fn run(call: &Call<'_>, _: &mut Tx, queue: Queue, _: &Self::Input) -> Result<GetQueueUrlResult> {
        Ok(GetQueueUrlResult { queue_url: Some(address::url(call, &queue.account, &queue.name)) })
    }
}

/// Lists the queues of the account.
pub struct ListQueues;

impl Operation for ListQueues {
    shape!(LIST_QUEUES: ListQueuesRequest -> ListQueuesResult on ());
    const RECORDING: Recording = DATA_READ;

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("sqs:ListQueues")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListQueuesResult> {
        let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
        let all = queues::list(tx.reads(), &call.account, &call.region)?;
        let names = all.into_iter().map(|queue| queue.name).filter(|name| name.starts_with(prefix)).collect();
        let page = pages::cut(names, input.next_token.as_deref(), input.max_results)?;
        let urls: Vec<String> =
            page.items.iter().map(|name| address::url(call, &call.account, name)).collect();
        Ok(ListQueuesResult { queue_urls: Some(urls).filter(|urls| !urls.is_empty()), next_token: page.next })
    }
}

/// Lists the queues whose dead-letter queue this is.
pub struct ListDeadLetterSourceQueues;

impl Operation for ListDeadLetterSourceQueues {
    shape!(LIST_DEAD_LETTER_SOURCE_QUEUES: ListDeadLetterSourceQueuesRequest -> ListDeadLetterSourceQueuesResult on Queue);
    const RECORDING: Recording = DATA_READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:ListDeadLetterSourceQueues", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<ListDeadLetterSourceQueuesResult> {
        let names = sources(tx, &queue)?.into_iter().map(|source| source.name).collect();
        let page = pages::cut(names, input.next_token.as_deref(), input.max_results)?;
        Ok(ListDeadLetterSourceQueuesResult {
            queue_urls: page.items.iter().map(|name| address::url(call, &queue.account, name)).collect(),
            next_token: page.next,
        })
    }
}

/// The queues whose dead-letter queue this is.
///
/// # Errors
/// Those of the store.
pub fn sources(tx: &Tx, queue: &Queue) -> Result<Vec<Queue>> {
    let arn = queue.arn();
    let names_it = |source: &Queue| source.settings.redrive.as_ref().is_some_and(|to| to.target == arn);
    let all = queues::list(tx.reads(), &queue.account, &queue.region)?;
    Ok(all.into_iter().filter(names_it).collect())
}

/// Deletes all messages of a queue.
pub struct PurgeQueue;

impl Operation for PurgeQueue {
    shape!(PURGE_QUEUE: PurgeQueueRequest -> PurgeQueueResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:PurgeQueue", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, queue: Queue, _: &Self::Input) -> Result<PurgeQueueResponse> {
        let now = call.now.milliseconds();
        if queue.purged.is_some_and(|at| at.saturating_add(PURGE_MS) > now) {
            return Err(errors::purge_in_progress(&queue.name));
        }
        messages::clear(tx, &queue)?;
        queues::put(tx, &Queue { purged: Some(now), ..queue })?;
        Ok(PurgeQueueResponse {})
    }
}
