//! Registered consumers: register, describe, list, deregister.

use crate::consumer::{Consumer, ConsumerStatus};
use crate::named::{self, Registered, own_access};
use crate::stream::Stream;
use crate::{consumers, errors, iterator, jobs, tags, view};
use kage_api_kinesis::types::{
    DeregisterStreamConsumerResponse, DescribeStreamConsumerOutput, ListStreamConsumersOutput,
    RegisterStreamConsumerOutput,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx, page};

/// AWS: API reference, RegisterStreamConsumer: 20 consumers of a stream, 5 of them being registered.
const MAX: usize = 20;
const MAX_CREATING: usize = 5;

/// Registers a consumer.
pub struct RegisterStreamConsumer;

impl Operation for RegisterStreamConsumer {
    shape!(REGISTER_STREAM_CONSUMER: RegisterStreamConsumerInput -> RegisterStreamConsumerOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::by_arn(call, tx, &input.stream_arn, input.stream_id.as_deref())
    }

    // AWS: API reference: "If you pass the Tags parameter, in addition to having the kinesis:RegisterStreamConsumer
    // permission, you must also have the kinesis:TagResource permission for the consumer that will be registered."
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Stream>) -> Access {
        let tags = || input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let access = own_access("kinesis:RegisterStreamConsumer", target).request_tags(tags());
        let Some(stream) = target.found().filter(|_| input.tags.is_some()) else { return access };
        let arn = new(call, &input.consumer_name).arn(stream);
        access.and(Access::to("kinesis:TagResource", arn).owned_by(&stream.account).request_tags(tags()))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<RegisterStreamConsumerOutput> {
        stream.require_open()?;
        let all = consumers::list(tx.reads(), &stream)?;
        if all.iter().any(|consumer| consumer.name == input.consumer_name) {
            return Err(errors::consumer_exists(&stream, &input.consumer_name));
        }
        let creating = all.iter().filter(|consumer| consumer.status == ConsumerStatus::Creating).count();
        if all.len() >= MAX || creating >= MAX_CREATING {
            // The text is ours.
            return Err(errors::limit(format!(
                "Stream {} under account {} cannot have more than {MAX} registered consumers, {MAX_CREATING} of them in the CREATING state.",
                stream.name, stream.account
            )));
        }
        let mut consumer = new(call, &input.consumer_name);
        if let Some(more) = &input.tags {
            tags::add(&stream.account, &consumer.name, &mut consumer.tags, more)?;
        }
        jobs::begin_consumer(call, tx, &stream, &consumer)?;
        Ok(RegisterStreamConsumerOutput { consumer: view::consumer(&stream, &consumer) })
    }
}

fn new(call: &Call<'_>, name: &str) -> Consumer {
    Consumer { name: name.to_owned(), created: call.now.milliseconds(), ..Consumer::default() }
}

/// Finds a consumer by its ARN, or by stream and name; all that is given must agree.
fn lookup(
    call: &Call<'_>,
    tx: &Tx,
    arn: Option<&str>,
    stream_arn: Option<&str>,
    name: Option<&str>,
) -> Result<Lookup<Registered>> {
    if let Some(arn) = arn {
        let found = named::consumer(call, tx, arn)?;
        let disagrees = |found: &Registered| {
            stream_arn.is_some_and(|stream| stream != found.stream.arn())
                || name.is_some_and(|name| name != found.consumer.name)
        };
        return match found.found() {
            // The text is ours.
            Some(found) if disagrees(found) => {
                Err(errors::argument("ConsumerARN does not match StreamARN and ConsumerName."))
            }
            _ => Ok(found),
        };
    }
    let (Some(stream_arn), Some(name)) = (stream_arn, name) else {
        // The text is ours.
        return Err(errors::argument(
            "Either ConsumerARN or both StreamARN and ConsumerName must be specified.",
        ));
    };
    Ok(match named::by_arn(call, tx, stream_arn, None)? {
        Lookup::Missing { arn, owner, error } => {
            Lookup::Missing { arn: format!("{arn}/consumer/{name}:*"), owner, error }
        }
        Lookup::Found(stream) => match consumers::find(tx.reads(), &stream, name)? {
            Some(consumer) => Lookup::Found(Registered { stream, consumer }),
            None => Lookup::Missing {
                arn: format!("{stream_arn}/consumer/{name}:*"),
                owner: Some(stream.account.clone()),
                error: errors::no_consumer(&stream.account, name),
            },
        },
    })
}

/// Shows a consumer.
pub struct DescribeStreamConsumer;

impl Operation for DescribeStreamConsumer {
    shape!(DESCRIBE_STREAM_CONSUMER: DescribeStreamConsumerInput -> DescribeStreamConsumerOutput on Registered);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Registered>> {
        named::refuse_id(input.stream_id.as_deref())?;
        let (arn, stream) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        lookup(call, tx, arn, stream, input.consumer_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Registered>) -> Access {
        Access::on("kinesis:DescribeStreamConsumer", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        found: Registered,
        _: &Self::Input,
    ) -> Result<DescribeStreamConsumerOutput> {
        Ok(DescribeStreamConsumerOutput { consumer_description: view::registered(&found) })
    }
}

/// Lists the consumers of a stream.
pub struct ListStreamConsumers;

impl Operation for ListStreamConsumers {
    shape!(LIST_STREAM_CONSUMERS: ListStreamConsumersInput -> ListStreamConsumersOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        let found = named::by_arn(call, tx, &input.stream_arn, input.stream_id.as_deref())?;
        let another = |stream: &Stream| {
            let created = stream.created.div_euclid(1000);
            input.stream_creation_timestamp.is_some_and(|at| at.seconds() != created)
        };
        Ok(match found {
            Lookup::Found(stream) if another(&stream) => Lookup::Missing {
                arn: stream.arn(),
                owner: Some(stream.account.clone()),
                error: errors::no_stream(&stream.account, &stream.name),
            },
            found => found,
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:ListStreamConsumers", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<ListStreamConsumersOutput> {
        const KIND: &str = "consumers";
        let after = match &input.next_token {
            Some(token) => iterator::open_page(call, tx.reads(), KIND, token)?.into_iter().next(),
            None => None,
        };
        // AWS: API reference, ListStreamConsumers: 100 by default and at most.
        let limit =
            input.max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100).clamp(1, 100);
        let all = consumers::list(tx.reads(), &stream)?;
        let page = page(all, |consumer| consumer.name.clone(), after.as_deref(), limit);
        let next_token = match &page.next {
            Some(next) => Some(iterator::seal(call, tx, KIND, &[next])?),
            None => None,
        };
        let shown = page.items.iter().map(|consumer| view::consumer(&stream, consumer)).collect();
        Ok(ListStreamConsumersOutput { consumers: Some(shown), next_token })
    }
}

/// Takes a consumer off the stream.
pub struct DeregisterStreamConsumer;

impl Operation for DeregisterStreamConsumer {
    shape!(DEREGISTER_STREAM_CONSUMER:
        DeregisterStreamConsumerInput -> DeregisterStreamConsumerResponse on Registered);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Registered>> {
        named::refuse_id(input.stream_id.as_deref())?;
        let (arn, stream) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        lookup(call, tx, arn, stream, input.consumer_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Registered>) -> Access {
        Access::on("kinesis:DeregisterStreamConsumer", target).policy(None)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut found: Registered,
        _: &Self::Input,
    ) -> Result<DeregisterStreamConsumerResponse> {
        found.require_active()?;
        found.consumer.status = ConsumerStatus::Deleting;
        jobs::begin_consumer(call, tx, &found.stream, &found.consumer)?;
        Ok(DeregisterStreamConsumerResponse {})
    }
}
