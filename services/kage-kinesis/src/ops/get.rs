//! `GetRecords`.

use crate::iterator::{GOOD_MS, Iterator};
use crate::log::{MAX_ANSWER, Most};
use crate::stream::{self, Stream};
use crate::{batch, encryption, errors, meter, named, shards, streams};
use kage_api_kinesis::types::GetRecordsOutput;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use std::collections::HashMap;

/// AWS: API reference, GetRecords: "The default value is 10,000".
const LIMIT: usize = 10_000;

/// A stream and a position in it.
pub struct Reading {
    stream: Stream,
    iterator: Iterator,
}

impl kage_core::Resource for Reading {
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

/// Gives records of a shard.
pub struct GetRecords;

impl Operation for GetRecords {
    shape!(GET_RECORDS: GetRecordsInput -> GetRecordsOutput on Reading);
    const RECORDING: Recording = super::DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Reading>> {
        named::refuse_id(input.stream_id.as_deref())?;
        let Some(iterator) = Iterator::read(tx.reads(), &input.shard_iterator)? else {
            let arn = input.stream_arn.clone().unwrap_or_else(|| "*".to_owned());
            return Ok(Lookup::missing(arn, errors::invalid_iterator()));
        };
        let (account, region, name) = (&iterator.account, &iterator.region, &iterator.stream);
        let arn = stream::arn(account, region, name);
        if input.stream_arn.as_ref().is_some_and(|given| *given != arn) {
            return Err(errors::invalid_iterator());
        }
        let found =
            if *region == call.region { streams::find(tx.reads(), account, region, name)? } else { None };
        Ok(match found.filter(|stream| stream.id == iterator.stream_id) {
            Some(stream) => Lookup::Found(Reading { stream, iterator }),
            None => {
                Lookup::Missing { arn, owner: Some(account.clone()), error: errors::no_stream(account, name) }
            }
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Reading>) -> Access {
        Access::on("kinesis:GetRecords", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Reading, input: &Self::Input) -> Result<GetRecordsOutput> {
        let Reading { stream, iterator } = target;
        let now = call.now.milliseconds();
        if now.saturating_sub(iterator.made) > GOOD_MS {
            return Err(errors::expired_iterator(iterator.made, now));
        }
        stream.require_open()?;
        let shard = shards::find(tx.reads(), &stream, iterator.shard)?
            .ok_or_else(|| errors::no_shard(&stream, iterator.shard))?;
        super::require_wet(input.dry_run)?;
        let mut used = meter::of_reads(tx, &stream.id, shard.number);
        if !used.begin_read(now) {
            return Err(errors::throttled(&stream, shard.number));
        }
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT);
        let most = Most { records: limit, bytes: MAX_ANSWER };
        let batch = batch::read(tx.reads(), &stream, &shard, iterator.position, most, now)?;
        let mut keys = HashMap::new();
        for number in batch.data_keys() {
            keys.insert(number, encryption::for_get(call, tx, &stream, number)?);
        }
        let next = match batch.children {
            Some(_) => None,
            None => Some(Iterator { made: now, position: batch.next, ..iterator }.text(call, tx)?),
        };
        let (behind, child_shards) = (batch.behind, batch.children.clone());
        let (records, bytes) = batch.open(&shard, &keys)?;
        used.end_read(bytes);
        meter::put_reads(tx, &stream.id, shard.number, used);
        Ok(GetRecordsOutput {
            records,
            next_shard_iterator: next,
            millis_behind_latest: Some(behind),
            child_shards,
        })
    }
}
