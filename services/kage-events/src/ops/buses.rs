//! Buses: made, described, changed, deleted, listed.

use crate::bus::{Bus, DEFAULT, Place};
use crate::{buses, errors, pages, rules, tags};
use kage_api_events::types::{
    CreateEventBusResponse, DeleteEventBusResponse, DescribeEventBusResponse, EventBus,
    ListEventBusesResponse, UpdateEventBusResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: EventBridge quotas: event buses of an account in a Region.
const BUSES_MAX: usize = 100;

fn own(call: &Call<'_>, name: &str) -> Place {
    Place { account: call.account.clone(), region: call.region.clone(), name: name.to_owned() }
}

/// Makes a bus.
pub struct CreateEventBus;

impl Operation for CreateEventBus {
    shape!(CREATE_EVENT_BUS: CreateEventBusRequest -> CreateEventBusResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = own(call, &input.name).arn();
        let access = tags::requested(Access::to("events:CreateEventBus", arn.clone()), input.tags.as_ref());
        if input.tags.as_ref().is_none_or(Vec::is_empty) {
            return access;
        }
        // AWS: PutRule and CreateEventBus with tags take events:TagResource as well.
        access.and(tags::requested(Access::to("events:TagResource", arn), input.tags.as_ref()))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateEventBusResponse> {
        errors::refuse(input.event_source_name.as_ref(), "EventSourceName")?;
        errors::refuse(input.kms_key_identifier.as_ref(), "KmsKeyIdentifier")?;
        errors::refuse(input.dead_letter_config.as_ref(), "DeadLetterConfig")?;
        errors::refuse(input.log_config.as_ref(), "LogConfig")?;
        // AWS: CreateEventBus, `Name`: no `/`, which partner buses have, and not `default`.
        if input.name.contains('/') {
            return Err(errors::validation("Event bus name must not contain '/'."));
        }
        let place = own(call, &input.name);
        if buses::find(tx.reads(), &place)?.is_some() {
            return Err(errors::exists("Event bus", &input.name));
        }
        if buses::list(tx.reads(), &call.account, &call.region)?.len() > BUSES_MAX {
            return Err(errors::limit());
        }
        let now = Some(call.now.milliseconds());
        let mut bus =
            Bus { description: input.description.clone(), created: now, modified: now, ..Bus::new(&place) };
        tags::add(&mut bus.tags, input.tags.as_deref().unwrap_or_default())?;
        buses::put(tx, &bus)?;
        Ok(CreateEventBusResponse {
            event_bus_arn: Some(place.arn()),
            description: bus.description,
            ..Default::default()
        })
    }
}

/// Describes a bus.
pub struct DescribeEventBus;

impl Operation for DescribeEventBus {
    shape!(DESCRIBE_EVENT_BUS: DescribeEventBusRequest -> DescribeEventBusResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        buses::lookup(tx, &Place::named(call, input.name.as_deref()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, bus: &Lookup<Bus>) -> Access {
        Access::on("events:DescribeEventBus", bus)
    }

    fn run(_: &Call<'_>, _: &mut Tx, bus: Bus, _: &Self::Input) -> Result<DescribeEventBusResponse> {
        Ok(DescribeEventBusResponse {
            arn: Some(bus.place().arn()),
            name: Some(bus.name),
            description: bus.description,
            policy: bus.policy,
            creation_time: bus.created.map(Timestamp),
            last_modified_time: bus.modified.map(Timestamp),
            ..Default::default()
        })
    }
}

/// Changes the description of a bus.
pub struct UpdateEventBus;

impl Operation for UpdateEventBus {
    shape!(UPDATE_EVENT_BUS: UpdateEventBusRequest -> UpdateEventBusResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        buses::lookup(tx, &own(call, input.name.as_deref().unwrap_or(DEFAULT)))
    }

    fn access(_: &Call<'_>, _: &Self::Input, bus: &Lookup<Bus>) -> Access {
        Access::on("events:UpdateEventBus", bus)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bus: Bus, input: &Self::Input) -> Result<UpdateEventBusResponse> {
        errors::refuse(input.kms_key_identifier.as_ref(), "KmsKeyIdentifier")?;
        errors::refuse(input.dead_letter_config.as_ref(), "DeadLetterConfig")?;
        errors::refuse(input.log_config.as_ref(), "LogConfig")?;
        let now = Some(call.now.milliseconds());
        let bus = Bus { description: input.description.clone().or(bus.description), modified: now, ..bus };
        buses::put(tx, &bus)?;
        Ok(UpdateEventBusResponse {
            arn: Some(bus.place().arn()),
            name: Some(bus.name),
            description: bus.description,
            ..Default::default()
        })
    }
}

/// Deletes a bus. It must have no rules; the default one stays.
pub struct DeleteEventBus;

impl Operation for DeleteEventBus {
    shape!(DELETE_EVENT_BUS: DeleteEventBusRequest -> DeleteEventBusResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        buses::lookup(tx, &own(call, &input.name))
    }

    fn access(_: &Call<'_>, _: &Self::Input, bus: &Lookup<Bus>) -> Access {
        Access::on("events:DeleteEventBus", bus)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, bus: Bus, _: &Self::Input) -> Result<DeleteEventBusResponse> {
        if bus.name == DEFAULT {
            return Err(errors::validation("Cannot delete event bus default."));
        }
        if !rules::list(tx.reads(), &bus.place())?.is_empty() {
            return Err(errors::validation(format!(
                "Event bus {} can't be deleted since it has rules.",
                bus.name
            )));
        }
        buses::remove(tx, &bus);
        Ok(DeleteEventBusResponse {})
    }
}

/// Lists buses.
pub struct ListEventBuses;

impl Operation for ListEventBuses {
    shape!(LIST_EVENT_BUSES: ListEventBusesRequest -> ListEventBusesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("events:ListEventBuses")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListEventBusesResponse> {
        let mut all = buses::list(tx.reads(), &call.account, &call.region)?;
        let prefix = input.name_prefix.as_deref().unwrap_or_default();
        all.retain(|bus| bus.name.starts_with(prefix));
        let page = pages::cut(call, all, |bus| bus.name.clone(), input.next_token.as_deref(), input.limit)?;
        let view = |bus: Bus| EventBus {
            arn: Some(bus.place().arn()),
            name: Some(bus.name),
            description: bus.description,
            policy: bus.policy,
            creation_time: bus.created.map(Timestamp),
            last_modified_time: bus.modified.map(Timestamp),
            managed_by: None,
        };
        Ok(ListEventBusesResponse {
            event_buses: Some(page.items.into_iter().map(view).collect()),
            next_token: page.next,
        })
    }
}
