//! `SubscribeToShard`.

use crate::named::{self, Registered};
use crate::ops::iterate::Asked;
use crate::subscription::{self, Subscription};
use crate::{batch, encryption, log, shards};
use kage_api_kinesis::types::SubscribeToShardOutput;
use kage_core::{Access, Call, LiveStream, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Body;
use std::sync::Arc;

/// Pushes the records of a shard to a consumer.
pub struct SubscribeToShard;

impl Operation for SubscribeToShard {
    shape!(SUBSCRIBE_TO_SHARD: SubscribeToShardInput -> SubscribeToShardOutput on Registered);
    const RECORDING: Recording = super::CONSUMER_DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Registered>> {
        named::refuse_id(input.stream_id.as_deref())?;
        named::consumer(call, tx, &input.consumer_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Registered>) -> Access {
        Access::on("kinesis:SubscribeToShard", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        found: Registered,
        input: &Self::Input,
    ) -> Result<SubscribeToShardOutput> {
        found.require_active()?;
        let Registered { stream, consumer } = found;
        stream.require_open()?;
        let shard = shards::require(tx.reads(), &stream, &input.shard_id)?;
        let asked = Asked {
            kind: &input.starting_position.r#type,
            sequence: input.starting_position.sequence_number.as_deref(),
            timestamp: input.starting_position.timestamp,
        };
        let position = asked.position(call, tx, &stream, &shard)?;
        super::require_wet(input.dry_run)?;
        let now = call.now.milliseconds();
        let first = log::Most { records: 1, bytes: 1 };
        let first = batch::read(tx.reads(), &stream, &shard, position, first, now)?;
        let oldest = first.data_keys().first().copied().unwrap_or(stream.data_key);
        encryption::require_decrypt(call, tx, &stream, oldest)?;
        let (id, arn) = (call.ids().hex(16), consumer.arn(&stream));
        subscription::begin(tx, &stream, &arn, shard.number, &id, now)?;
        let live = Subscription {
            id,
            consumer: arn,
            stream_id: stream.id,
            shard: shard.number,
            position,
            made: now,
            data_key: stream.data_key,
            sent: call.world.clock.wall().milliseconds(),
            is_over: false,
        };
        Ok(SubscribeToShardOutput { event_stream: Body::Attached(Arc::new(LiveStream::new(live))) })
    }
}
