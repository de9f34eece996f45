//! Archives: made, described, changed, deleted, listed.

use crate::archives::{self, Archive};
use crate::bus::{Bus, Place};
use crate::{buses, errors, pages};
use kage_api_events::types::{
    self, CreateArchiveResponse, DeleteArchiveResponse, DescribeArchiveResponse, ListArchivesResponse,
    UpdateArchiveResponse, archive_state,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_pattern::Pattern;
use kage_schema::Timestamp;

/// The archive that a call names.
///
/// # Errors
/// Those of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Archive>> {
    Ok(match archives::find(tx.reads(), &call.account, &call.region, name)? {
        Some(archive) => Lookup::Found(archive),
        None => Lookup::missing(
            archives::arn(&call.account, &call.region, name),
            errors::no_such("Archive", name),
        ),
    })
}

fn require_pattern(pattern: Option<&str>) -> Result<()> {
    match pattern.map(Pattern::parse) {
        Some(Err(error)) => Err(errors::pattern(&error)),
        _ => Ok(()),
    }
}

fn count(number: u64) -> Option<i64> {
    Some(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Makes an archive.
pub struct CreateArchive;

impl Operation for CreateArchive {
    shape!(CREATE_ARCHIVE: CreateArchiveRequest -> CreateArchiveResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        let place = Place::of_arn(&input.event_source_arn)
            .filter(|place| place.account == call.account && place.region == call.region)
            .ok_or_else(|| errors::parameter("EventSourceArn", "Must contain an event bus ARN."))?;
        buses::lookup(tx, &place)
    }

    fn access(call: &Call<'_>, input: &Self::Input, bus: &Lookup<Bus>) -> Access {
        let archive = archives::arn(&call.account, &call.region, &input.archive_name);
        Access::to("events:CreateArchive", archive).and(Access::on("events:CreateArchive", bus))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bus: Bus, input: &Self::Input) -> Result<CreateArchiveResponse> {
        errors::refuse(input.kms_key_identifier.as_ref(), "KmsKeyIdentifier")?;
        require_pattern(input.event_pattern.as_deref())?;
        let name = &input.archive_name;
        if archives::find(tx.reads(), &call.account, &call.region, name)?.is_some() {
            return Err(errors::exists("Archive", name));
        }
        let archive = Archive {
            bus: bus.place(),
            name: name.clone(),
            id: call.ids().uuid(),
            description: input.description.clone(),
            pattern: input.event_pattern.clone(),
            days: input.retention_days.unwrap_or(0),
            created: call.now.milliseconds(),
            count: 0,
            bytes: 0,
        };
        archives::put(tx, &archive)?;
        kage_record::bus::listen(tx, &call.account)?;
        Ok(CreateArchiveResponse {
            archive_arn: Some(archive.archive_arn()),
            state: Some(archive_state::ENABLED.to_owned()),
            creation_time: Some(Timestamp(archive.created)),
            state_reason: None,
        })
    }
}

/// Describes an archive.
pub struct DescribeArchive;

impl Operation for DescribeArchive {
    shape!(DESCRIBE_ARCHIVE: DescribeArchiveRequest -> DescribeArchiveResponse on Archive);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Archive>> {
        lookup(call, tx, &input.archive_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, archive: &Lookup<Archive>) -> Access {
        Access::on("events:DescribeArchive", archive)
    }

    fn run(_: &Call<'_>, _: &mut Tx, archive: Archive, _: &Self::Input) -> Result<DescribeArchiveResponse> {
        Ok(DescribeArchiveResponse {
            archive_arn: Some(archive.archive_arn()),
            archive_name: Some(archive.name),
            event_source_arn: Some(archive.bus.arn()),
            description: archive.description,
            event_pattern: archive.pattern,
            state: Some(archive_state::ENABLED.to_owned()),
            retention_days: Some(archive.days),
            size_bytes: count(archive.bytes),
            event_count: count(archive.count),
            creation_time: Some(Timestamp(archive.created)),
            ..Default::default()
        })
    }
}

/// Changes an archive.
pub struct UpdateArchive;

impl Operation for UpdateArchive {
    shape!(UPDATE_ARCHIVE: UpdateArchiveRequest -> UpdateArchiveResponse on Archive);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Archive>> {
        lookup(call, tx, &input.archive_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, archive: &Lookup<Archive>) -> Access {
        Access::on("events:UpdateArchive", archive)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        archive: Archive,
        input: &Self::Input,
    ) -> Result<UpdateArchiveResponse> {
        errors::refuse(input.kms_key_identifier.as_ref(), "KmsKeyIdentifier")?;
        if input.event_pattern.is_none() && input.retention_days.is_none() && input.description.is_none() {
            return Err(errors::validation(
                "At least one of EventPattern, RetentionDays or Description must be provided.",
            ));
        }
        require_pattern(input.event_pattern.as_deref())?;
        let archive = Archive {
            description: input.description.clone().or(archive.description),
            pattern: input.event_pattern.clone().or(archive.pattern),
            days: input.retention_days.unwrap_or(archive.days),
            ..archive
        };
        archives::put(tx, &archive)?;
        Ok(UpdateArchiveResponse {
            archive_arn: Some(archive.archive_arn()),
            state: Some(archive_state::ENABLED.to_owned()),
            creation_time: Some(Timestamp(archive.created)),
            state_reason: None,
        })
    }
}

/// Deletes an archive with its events.
pub struct DeleteArchive;

impl Operation for DeleteArchive {
    shape!(DELETE_ARCHIVE: DeleteArchiveRequest -> DeleteArchiveResponse on Archive);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Archive>> {
        lookup(call, tx, &input.archive_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, archive: &Lookup<Archive>) -> Access {
        Access::on("events:DeleteArchive", archive)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, archive: Archive, _: &Self::Input) -> Result<DeleteArchiveResponse> {
        archives::remove(tx, &archive);
        Ok(DeleteArchiveResponse {})
    }
}

/// Lists archives.
pub struct ListArchives;

impl Operation for ListArchives {
    shape!(LIST_ARCHIVES: ListArchivesRequest -> ListArchivesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::to("events:ListArchives", archives::arn(&call.account, &call.region, "*"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListArchivesResponse> {
        let given = [input.name_prefix.as_ref(), input.event_source_arn.as_ref(), input.state.as_ref()];
        if given.iter().flatten().count() > 1 {
            // AWS: ListArchives: only one of these.
            return Err(errors::validation(
                "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.",
            ));
        }
        if let Some(place) = input.event_source_arn.as_deref().and_then(Place::of_arn) {
            buses::lookup(tx, &place)?.require()?;
        }
        let mut all = archives::list(tx.reads(), &call.account, &call.region)?;
        all.retain(|archive| {
            input.name_prefix.as_ref().is_none_or(|prefix| archive.name.starts_with(prefix.as_str()))
                && input.event_source_arn.as_ref().is_none_or(|arn| archive.bus.arn() == *arn)
                && input.state.as_ref().is_none_or(|state| state == archive_state::ENABLED)
        });
        let page =
            pages::cut(call, all, |archive| archive.name.clone(), input.next_token.as_deref(), input.limit)?;
        let view = |archive: Archive| types::Archive {
            event_source_arn: Some(archive.bus.arn()),
            archive_name: Some(archive.name),
            state: Some(archive_state::ENABLED.to_owned()),
            state_reason: None,
            retention_days: Some(archive.days),
            size_bytes: count(archive.bytes),
            event_count: count(archive.count),
            creation_time: Some(Timestamp(archive.created)),
        };
        Ok(ListArchivesResponse {
            archives: Some(page.items.into_iter().map(view).collect()),
            next_token: page.next,
        })
    }
}
