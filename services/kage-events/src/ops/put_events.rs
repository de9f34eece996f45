//! `PutEvents`.

use crate::bus::{Bus, Place};
use crate::route::{self, Arrival};
use crate::{buses, errors, event};
use kage_api_events::types::{
    PutEventsRequest, PutEventsRequestEntry, PutEventsResponse, PutEventsResultEntry,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};

/// AWS: PutEvents: the entries of a request have less than 1 MB together (256 KB until January 2026).
const SIZE_MAX: usize = 1_048_576;

/// Puts events on buses.
pub struct PutEvents;

fn place(call: &Call<'_>, entry: &PutEventsRequestEntry) -> Place {
    Place::named(call, entry.event_bus_name.as_deref())
}

impl Operation for PutEvents {
    shape!(PUT_EVENTS: PutEventsRequest -> PutEventsResponse on Vec<Lookup<Bus>>);

    // AWS: CloudTrail does not list PutEvents among the management events of EventBridge; putting events is data.
    const RECORDING: Recording = Recording::data("AWS::Events::EventBus");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Lookup<Bus>>>> {
        let found = input.entries.iter().map(|entry| buses::lookup(tx, &place(call, entry)));
        Ok(Lookup::Found(found.collect::<Result<_>>()?))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Vec<Lookup<Bus>>>) -> Access {
        let mut all: Option<Access> = None;
        let mut asked = Vec::new();
        for (entry, bus) in input.entries.iter().zip(target.found().into_iter().flatten()) {
            let question = (place(call, entry), entry.source.clone(), entry.detail_type.clone());
            if asked.contains(&question) {
                continue;
            }
            let one = Access::on("events:PutEvents", bus)
                .keys("events:source", entry.source.clone())
                .keys("events:detail-type", entry.detail_type.clone())
                .key("events:eventBusInvocation", "false");
            all = Some(match all {
                Some(access) => access.and(one),
                None => one,
            });
            asked.push(question);
        }
        all.unwrap_or_else(|| Access::any("events:PutEvents"))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        _: Vec<Lookup<Bus>>,
        input: &PutEventsRequest,
    ) -> Result<PutEventsResponse> {
        errors::refuse(input.endpoint_id.as_ref(), "EndpointId")?;
        if input.entries.iter().map(event::size).fold(0, usize::saturating_add) >= SIZE_MAX {
            return Err(errors::validation("Total size of the entries in the request is over the limit."));
        }
        let mut entries = Vec::new();
        for entry in &input.entries {
            errors::refuse(entry.trace_header.as_ref(), "TraceHeader")?;
            entries.push(put(call, tx, entry)?);
        }
        let failed = entries.iter().filter(|entry| entry.error_code.is_some()).count();
        Ok(PutEventsResponse { failed_entry_count: i32::try_from(failed).ok(), entries: Some(entries) })
    }
}

fn put(call: &Call<'_>, tx: &mut Tx, entry: &PutEventsRequestEntry) -> Result<PutEventsResultEntry> {
    let bus = place(call, entry);
    let event = match event::of_entry(call, entry, &bus) {
        Ok(event) => event,
        Err((code, text)) => {
            return Ok(PutEventsResultEntry {
                error_code: Some(code.to_owned()),
                error_message: Some(text),
                event_id: None,
            });
        }
    };
    // What another account puts here counts as coming from its bus: it goes no further than to this account.
    let from = (bus.account != call.account || bus.region != call.region).then(|| Place::named(call, None));
    let taken = call.now.milliseconds();
    let arrival = Arrival { event: &event, bus: &bus, from: from.as_ref(), only: &[], taken, latency_ms: 0 };
    route::take(call, tx, &arrival)?;
    let event_id = event["id"].as_str().map(str::to_owned);
    Ok(PutEventsResultEntry { event_id, ..Default::default() })
}
