//! `ListShards`.

use crate::named::{self, Naming, naming};
use crate::shard::Shard;
use crate::stream::Stream;
use crate::{errors, iterator, shard, shards, streams, view};
use kage_api_kinesis::types::{ListShardsInput, ListShardsOutput, ShardFilter};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};

const KIND: &str = "shards";
/// AWS: API reference, ListShards: 1,000 by default and at most.
const LIMIT: usize = 1000;

/// Lists the shards of a stream.
pub struct ListShards;

/// A stream, and what an earlier page said.
pub struct Listing {
    stream: Stream,
    after: Option<u32>,
    filter: Option<ShardFilter>,
}

impl kage_core::Resource for Listing {
    fn arn(&self) -> String {
        self.stream.arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.stream.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        kage_core::Resource::tags(&self.stream)
    }
    fn policy(&self) -> Option<kage_core::ResourcePolicy> {
        kage_core::Resource::policy(&self.stream)
    }
}

impl Operation for ListShards {
    shape!(LIST_SHARDS: ListShardsInput -> ListShardsOutput on Listing);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Listing>> {
        if let Some(token) = &input.next_token {
            return next_page(call, tx, input, token);
        }
        let found = named::stream(call, tx, &naming!(input))?;
        let filter = input.shard_filter.clone();
        Ok(match found {
            Lookup::Found(stream) if is_another(&stream, input) => Lookup::Missing {
                arn: stream.arn(),
                owner: Some(stream.account.clone()),
                error: errors::no_stream(&stream.account, &stream.name),
            },
            found => found.map(|stream| Listing { stream, after: None, filter }),
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Listing>) -> Access {
        Access::on("kinesis:ListShards", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Listing, input: &Self::Input) -> Result<ListShardsOutput> {
        let Listing { stream, after, filter } = target;
        let exclusive = match &input.exclusive_start_shard_id {
            Some(id) => Some(shard::number(id).ok_or_else(|| errors::no_shard_id(&stream, id))?),
            None => None,
        };
        let after = after.max(exclusive);
        let now = call.now.milliseconds();
        let mut all = shards::list(tx.reads(), &stream)?;
        let chosen = Chosen::new(&stream, filter.as_ref(), now)?;
        all.retain(|shard| {
            !shard.is_expired(&stream, now)
                && after.is_none_or(|after| shard.number > after)
                && chosen.holds(shard)
        });
        let limit =
            input.max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT).clamp(1, LIMIT);
        let more = all.len() > limit;
        all.truncate(limit);
        let next_token = match all.last().filter(|_| more) {
            Some(last) => Some(token(call, tx, &stream, last.number, filter.as_ref())?),
            None => None,
        };
        Ok(ListShardsOutput { shards: Some(all.iter().map(view::shard).collect()), next_token })
    }
}

fn is_another(stream: &Stream, input: &ListShardsInput) -> bool {
    input.stream_creation_timestamp.is_some_and(|at| at.seconds() != stream.created.div_euclid(1000))
}

fn token(
    call: &Call<'_>,
    tx: &mut Tx,
    stream: &Stream,
    last: u32,
    filter: Option<&ShardFilter>,
) -> Result<String> {
    let last = last.to_string();
    let (kind, shard, at) = match filter {
        Some(filter) => (
            filter.r#type.as_str(),
            filter.shard_id.as_deref().unwrap_or_default(),
            filter.timestamp.map(|at| at.milliseconds().to_string()).unwrap_or_default(),
        ),
        None => ("", "", String::new()),
    };
    let parts = [&stream.account, &stream.region, &stream.name, &stream.id, last.as_str(), kind, shard, &at];
    iterator::seal(call, tx, KIND, &parts)
}

fn next_page(call: &Call<'_>, tx: &Tx, input: &ListShardsInput, token: &str) -> Result<Lookup<Listing>> {
    // AWS: API reference, ListShards: "Don't specify StreamName or StreamCreationTimestamp if you specify NextToken".
    if input.stream_name.is_some()
        || input.stream_creation_timestamp.is_some()
        || input.exclusive_start_shard_id.is_some()
    {
        return Err(errors::token_alone());
    }
    let parts = iterator::open_page(call, tx.reads(), KIND, token)?;
    let [account, region, name, id, last, kind, shard, at] = parts.as_slice() else {
        return Err(errors::invalid_token());
    };
    let filter = (!kind.is_empty()).then(|| ShardFilter {
        r#type: kind.clone(),
        shard_id: Some(shard.clone()).filter(|shard| !shard.is_empty()),
        timestamp: at.parse().ok().map(kage_schema::Timestamp),
    });
    let found = if *region == call.region { streams::find(tx.reads(), account, region, name)? } else { None };
    let Some(stream) = found.filter(|stream| stream.id == *id) else {
        let arn = crate::stream::arn(account, region, name);
        let error = errors::no_stream(account, name);
        return named::stream(call, tx, &Naming { name: None, arn: Some(&arn), id: None })
            .map(|_| Lookup::Missing { arn: arn.clone(), owner: Some(account.clone()), error });
    };
    Ok(Lookup::Found(Listing { stream, after: last.parse().ok(), filter }))
}

/// Which shards a filter leaves.
// AWS: API reference, ShardFilter.
enum Chosen {
    All,
    After(u32),
    Open,
    /// Open at this moment.
    At(Millis),
    /// Closed at this moment or later, or open.
    From(Millis),
}

impl Chosen {
    fn new(stream: &Stream, filter: Option<&ShardFilter>, now: Millis) -> Result<Chosen> {
        let Some(filter) = filter else { return Ok(Chosen::All) };
        let horizon = stream.horizon(now).max(stream.created);
        let missing = |name: &str| {
            // Ours; the members are those that the documentation asks for.
            errors::argument(format!("ShardFilter of type {} needs {name}.", filter.r#type))
        };
        let time = || filter.timestamp.map(|at| at.milliseconds()).ok_or_else(|| missing("Timestamp"));
        Ok(match filter.r#type.as_str() {
            "AFTER_SHARD_ID" => {
                let id = filter.shard_id.as_deref().ok_or_else(|| missing("ShardId"))?;
                Chosen::After(shard::number(id).ok_or_else(|| errors::no_shard_id(stream, id))?)
            }
            "AT_TRIM_HORIZON" => Chosen::At(horizon.saturating_add(if horizon == stream.created {
                // The first shards are opened when the stream has been made.
                crate::jobs::CHANGE_MS
            } else {
                0
            })),
            "FROM_TRIM_HORIZON" => Chosen::From(horizon),
            "AT_LATEST" => Chosen::Open,
            "AT_TIMESTAMP" => Chosen::At(time()?),
            "FROM_TIMESTAMP" => Chosen::From(time()?),
            _ => Chosen::All,
        })
    }

    fn holds(&self, shard: &Shard) -> bool {
        match self {
            Chosen::All => true,
            Chosen::After(number) => shard.number > *number,
            Chosen::Open => shard.closed.is_none(),
            Chosen::At(time) => shard.opened <= *time && shard.closed.is_none_or(|closed| closed > *time),
            Chosen::From(time) => shard.closed.is_none_or(|closed| closed >= *time),
        }
    }
}
