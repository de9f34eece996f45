//! `GetLogEvents`.

use crate::group::Group;
use crate::position::Position;
use crate::walk::{Path, Way};
use crate::{errors, named, puts, streams};
use kage_api_logs::types::{GetLogEventsResponse, OutputLogEvent};
use kage_core::{Access, Call, Lookup, Millis, Operation, Recording, Result, Tx};
use std::ops::ControlFlow;

/// AWS: model, GetLogEvents: "up to 1 MB of log events or up to 10,000 log events".
pub const PAGE_BYTES: usize = 1_048_576;
/// As above.
pub const PAGE_EVENTS: usize = 10_000;

/// Lists the events of a stream, in both directions.
pub struct GetLogEvents;

/// A stream that is to be read.
pub struct Reading {
    group: Group,
    stream: String,
    is_there: bool,
}

impl kage_core::Resource for Reading {
    fn arn(&self) -> String {
        crate::group::stream_arn(&self.group.region, &self.group.account, &self.group.name, &self.stream)
    }
    fn owner(&self) -> Option<String> {
        self.group.owner()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.group.tags()
    }
}

impl Operation for GetLogEvents {
    shape!(GET_LOG_EVENTS: GetLogEventsRequest -> GetLogEventsResponse on Reading);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Reading>> {
        let stream = &input.log_stream_name;
        let group =
            named::by_either(call, tx, input.log_group_name.as_ref(), input.log_group_identifier.as_ref())?;
        Ok(match group {
            Lookup::Found(group) => {
                let is_there = streams::find(tx.reads(), &group, stream)?.is_some();
                Lookup::Found(Reading { group, stream: stream.clone(), is_there })
            }
            Lookup::Missing { arn, owner, error } => {
                Lookup::Missing { arn: format!("{arn}{stream}"), owner, error }
            }
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Reading>) -> Access {
        Access::on("logs:GetLogEvents", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Reading,
        input: &Self::Input,
    ) -> Result<GetLogEventsResponse> {
        errors::refuse_flag(input.unmask, "unmask")?;
        if !target.is_there {
            return Err(errors::no_stream());
        }
        named::require_readable(&target.group)?;
        let token = input.next_token.as_deref().map(Token::parse).transpose()?;
        let way = match &token {
            Some(token) => token.way,
            None if input.start_from_head == Some(true) => Way::Forward,
            None => Way::Backward,
        };
        let from = input.start_time.unwrap_or(0);
        let path = Path {
            group: &target.group,
            streams: std::slice::from_ref(&target.stream),
            from,
            to: input.end_time.unwrap_or(Millis::MAX),
            way,
            start: token.as_ref().map(|token| token.place),
        };
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE_EVENTS);
        let mut page = Page::default();
        path.walk(call, tx, |event| {
            if page.events.len() >= limit {
                return ControlFlow::Break(());
            }
            let size = event.message.len().saturating_add(puts::OVERHEAD);
            if !page.events.is_empty() && page.bytes.saturating_add(size) > PAGE_BYTES {
                return ControlFlow::Break(());
            }
            page.bytes = page.bytes.saturating_add(size);
            page.places.push(event.position);
            page.events.push(OutputLogEvent {
                timestamp: Some(event.timestamp),
                message: Some(event.text()),
                ingestion_time: Some(event.ingested),
            });
            ControlFlow::Continue(())
        })?;
        if way == Way::Backward {
            page.events.reverse();
            page.places.reverse();
        }
        // Without events both tokens lead on from where the call stood, so that they equal the token it came with.
        let stood = token.map_or_else(|| Position::at(from), |token| token.place);
        let (first, behind) = match (page.places.first(), page.places.last()) {
            (Some(first), Some(last)) => (*first, last.next()),
            _ => (stood, stood),
        };
        Ok(GetLogEventsResponse {
            events: Some(page.events),
            next_forward_token: Some(Token { way: Way::Forward, place: behind }.text()),
            next_backward_token: Some(Token { way: Way::Backward, place: first }.text()),
        })
    }
}

#[derive(Default)]
struct Page {
    events: Vec<OutputLogEvent>,
    places: Vec<Position>,
    bytes: usize,
}

/// A token: which way, and the place between two events from which it leads on.
struct Token {
    way: Way,
    place: Position,
}

impl Token {
    fn parse(text: &str) -> Result<Token> {
        let (way, rest) = match (text.strip_prefix("f/"), text.strip_prefix("b/")) {
            (Some(rest), _) => (Way::Forward, rest),
            (_, Some(rest)) => (Way::Backward, rest),
            _ => return Err(errors::invalid_token()),
        };
        let digits = rest.strip_suffix("/s").unwrap_or(rest);
        let place = Position::parse(digits).ok_or_else(errors::invalid_token)?;
        Ok(Token { way, place })
    }

    // Tokens recorded in issue threads end in `/s`.
    fn text(&self) -> String {
        let way = if self.way == Way::Forward { 'f' } else { 'b' };
        format!("{way}/{}/s", self.place.digits())
    }
}
