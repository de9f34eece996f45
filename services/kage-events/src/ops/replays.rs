//! Replays: started, cancelled, described, listed.

use crate::archives;
use crate::bus::Place;
use crate::replays::{self, Replay};
use crate::{buses, errors, pages};
use kage_api_events::types::{
    self, CancelReplayResponse, DescribeReplayResponse, ListReplaysResponse, ReplayDestination,
    StartReplayResponse, replay_state,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: EventBridge quotas: replays at one time.
const ACTIVE_MAX: usize = 10;

/// Starts a replay.
pub struct StartReplay;

impl Operation for StartReplay {
    shape!(START_REPLAY: StartReplayRequest -> StartReplayResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let to = |arn: String| Access::to("events:StartReplay", arn);
        to(replays::arn(&call.account, &call.region, &input.replay_name))
            .and(to(input.event_source_arn.clone()))
            .and(to(input.destination.arn.clone()))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<StartReplayResponse> {
        let invalid = |name: &str, reason: &str| errors::parameter(name, reason);
        let bus = Place::of_arn(&input.destination.arn)
            .ok_or_else(|| invalid("Destination.Arn", "Must contain an event bus ARN."))?;
        buses::lookup(tx, &bus)?.require()?;
        let name = Arn::parse(&input.event_source_arn)
            .and_then(|arn| arn.of("archive").map(str::to_owned))
            .ok_or_else(|| invalid("EventSourceArn", "Must contain an archive ARN."))?;
        let archive = archives::find(tx.reads(), &call.account, &call.region, &name)?
            .ok_or_else(|| invalid("EventSourceArn", &format!("Archive {name} does not exist.")))?;
        if archive.bus != bus {
            return Err(invalid("Destination.Arn", "Cross event bus replay is not permitted."));
        }
        if input.event_start_time >= input.event_end_time {
            return Err(invalid("EventEndTime", "EventStartTime must be before EventEndTime."));
        }
        let all = replays::list(tx.reads(), &call.account, &call.region)?;
        if all.iter().any(|replay| replay.name == input.replay_name) {
            return Err(errors::exists("Replay", &input.replay_name));
        }
        if all.iter().filter(|replay| replay.is_active()).count() >= ACTIVE_MAX {
            return Err(errors::limit());
        }
        let replay = Replay {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.replay_name.clone(),
            description: input.description.clone(),
            archive: name,
            bus,
            only: input.destination.filter_arns.clone().unwrap_or_default(),
            state: replay_state::STARTING.to_owned(),
            from: input.event_start_time.milliseconds(),
            to: input.event_end_time.milliseconds(),
            next: 0,
            last: None,
            started: call.now.milliseconds(),
            ended: None,
        };
        replays::start(tx, &replay)?;
        Ok(StartReplayResponse {
            replay_arn: Some(replay.replay_arn()),
            state: Some(replay.state),
            replay_start_time: Some(Timestamp(replay.started)),
            state_reason: None,
        })
    }
}

fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Replay>> {
    Ok(match replays::find(tx.reads(), &call.account, &call.region, name)? {
        Some(replay) => Lookup::Found(replay),
        None => {
            Lookup::missing(replays::arn(&call.account, &call.region, name), errors::no_such("Replay", name))
        }
    })
}

/// Stops a replay.
pub struct CancelReplay;

impl Operation for CancelReplay {
    shape!(CANCEL_REPLAY: CancelReplayRequest -> CancelReplayResponse on Replay);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Replay>> {
        lookup(call, tx, &input.replay_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, replay: &Lookup<Replay>) -> Access {
        Access::on("events:CancelReplay", replay)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, replay: Replay, _: &Self::Input) -> Result<CancelReplayResponse> {
        if !replay.is_active() {
            let text = format!("Replay {} is not in a valid state for this operation.", replay.name);
            return Err(errors::illegal_status(text));
        }
        let replay = Replay { state: replay_state::CANCELLING.to_owned(), ..replay };
        replays::put(tx, &replay)?;
        let replay_arn = Some(replay.replay_arn());
        Ok(CancelReplayResponse { replay_arn, state: Some(replay.state), state_reason: None })
    }
}

/// Describes a replay.
pub struct DescribeReplay;

impl Operation for DescribeReplay {
    shape!(DESCRIBE_REPLAY: DescribeReplayRequest -> DescribeReplayResponse on Replay);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Replay>> {
        lookup(call, tx, &input.replay_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, replay: &Lookup<Replay>) -> Access {
        Access::on("events:DescribeReplay", replay)
    }

    fn run(_: &Call<'_>, _: &mut Tx, replay: Replay, _: &Self::Input) -> Result<DescribeReplayResponse> {
        let filter_arns = (!replay.only.is_empty()).then(|| replay.only.clone());
        Ok(DescribeReplayResponse {
            replay_arn: Some(replay.replay_arn()),
            event_source_arn: Some(archives::arn(&replay.account, &replay.region, &replay.archive)),
            destination: Some(ReplayDestination { arn: replay.bus.arn(), filter_arns }),
            replay_name: Some(replay.name),
            description: replay.description,
            state: Some(replay.state),
            state_reason: None,
            event_start_time: Some(Timestamp(replay.from)),
            event_end_time: Some(Timestamp(replay.to)),
            event_last_replayed_time: replay.last.map(Timestamp),
            replay_start_time: Some(Timestamp(replay.started)),
            replay_end_time: replay.ended.map(Timestamp),
        })
    }
}

/// Lists replays.
pub struct ListReplays;

impl Operation for ListReplays {
    shape!(LIST_REPLAYS: ListReplaysRequest -> ListReplaysResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::to("events:ListReplays", replays::arn(&call.account, &call.region, "*"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListReplaysResponse> {
        let mut all = replays::list(tx.reads(), &call.account, &call.region)?;
        let source = |replay: &Replay| archives::arn(&replay.account, &replay.region, &replay.archive);
        all.retain(|replay| {
            input.name_prefix.as_ref().is_none_or(|prefix| replay.name.starts_with(prefix.as_str()))
                && input.state.as_ref().is_none_or(|state| replay.state == *state)
                && input.event_source_arn.as_ref().is_none_or(|arn| source(replay) == *arn)
        });
        let page =
            pages::cut(call, all, |replay| replay.name.clone(), input.next_token.as_deref(), input.limit)?;
        let view = |replay: Replay| types::Replay {
            event_source_arn: Some(source(&replay)),
            replay_name: Some(replay.name),
            state: Some(replay.state),
            state_reason: None,
            event_start_time: Some(Timestamp(replay.from)),
            event_end_time: Some(Timestamp(replay.to)),
            event_last_replayed_time: replay.last.map(Timestamp),
            replay_start_time: Some(Timestamp(replay.started)),
            replay_end_time: replay.ended.map(Timestamp),
        };
        Ok(ListReplaysResponse {
            replays: Some(page.items.into_iter().map(view).collect()),
            next_token: page.next,
        })
    }
}
