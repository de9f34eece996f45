//! `GetLogRecord` and `GetLogGroupFields`: what an event holds.

use crate::group::Group;
use crate::pointer::Pointer;
use crate::walk::{Path, Way};
use crate::{errors, named, streams};
use kage_api_logs::types::{GetLogGroupFieldsResponse, GetLogRecordResponse, LogGroupField};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};
use kage_logquery::discover;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// AWS: model, GetLogGroupFields: "the most recent 15 minutes", or 8 minutes before and after a time.
const RECENT: Millis = 15 * 60_000;
/// As above.
const AROUND: Millis = 8 * 60_000;
/// How many events are looked at. A limit of ours; AWS does not say its own.
const SAMPLE: u32 = 10_000;

/// Gives all fields of one event of a query's results.
pub struct GetLogRecord;

impl Operation for GetLogRecord {
    shape!(GET_LOG_RECORD: GetLogRecordRequest -> GetLogRecordResponse on (Group, Pointer));

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<(Group, Pointer)>> {
        let pointer = Pointer::parse(&input.log_record_pointer);
        let pointer = pointer.ok_or_else(|| errors::invalid("Invalid log record pointer"))?;
        Ok(named::by_name(call, tx, &pointer.group)?.map(|group| (group, pointer)))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<(Group, Pointer)>) -> Access {
        match target {
            Lookup::Found((group, _)) => Access::on_found("logs:GetLogRecord", group),
            Lookup::Missing { arn, .. } => Access::to("logs:GetLogRecord", arn.clone()),
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (group, pointer): (Group, Pointer),
        input: &Self::Input,
    ) -> Result<GetLogRecordResponse> {
        errors::refuse_flag(input.unmask, "unmask")?;
        let path = Path {
            group: &group,
            streams: std::slice::from_ref(&pointer.stream),
            from: pointer.position.timestamp,
            to: pointer.position.timestamp.saturating_add(1),
            way: Way::Forward,
            start: Some(pointer.position),
        };
        let found = path.walk(call, tx, |event| {
            if event.position != pointer.position {
                return ControlFlow::Break(None);
            }
            let own = [
                ("@message", event.text()),
                ("@timestamp", event.timestamp.to_string()),
                ("@ingestionTime", event.ingested.to_string()),
                ("@logStream", event.stream.to_owned()),
                ("@log", format!("{}:{}", group.account, group.name)),
                ("@ptr", pointer.text()),
            ];
            let mut record: BTreeMap<String, String> =
                own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            for (name, value) in discover(event.message) {
                record.entry(name).or_insert(value);
            }
            ControlFlow::Break(Some(record))
        })?;
        let record = found.flatten().ok_or_else(|| errors::missing("log record"))?;
        Ok(GetLogRecordResponse { log_record: Some(record) })
    }
}

/// Lists the fields of a group's events, and how many events have them.
pub struct GetLogGroupFields;

impl Operation for GetLogGroupFields {
    shape!(GET_LOG_GROUP_FIELDS: GetLogGroupFieldsRequest -> GetLogGroupFieldsResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_either(call, tx, input.log_group_name.as_ref(), input.log_group_identifier.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:GetLogGroupFields", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<GetLogGroupFieldsResponse> {
        let now = call.now.milliseconds();
        let (from, to) = match input.time.map(|seconds| seconds.saturating_mul(1_000)) {
            Some(center) => (center.saturating_sub(AROUND), center.saturating_add(AROUND)),
            None => (now.saturating_sub(RECENT), now),
        };
        let streams: Vec<String> =
            streams::list(tx.reads(), &group)?.into_iter().map(|stream| stream.name).collect();
        let path = Path {
            group: &group,
            streams: &streams,
            from,
            to: to.saturating_add(1),
            way: Way::Backward,
            start: None,
        };
        let mut seen = 0_u32;
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        path.walk(call, tx, |event| {
            if seen >= SAMPLE {
                return ControlFlow::Break(());
            }
            seen = seen.saturating_add(1);
            for name in discover(event.message)
                .into_iter()
                .map(|(name, _)| name)
                .chain(["@ingestionTime", "@log", "@logStream", "@message", "@timestamp"].map(str::to_owned))
            {
                let count = counts.entry(name).or_default();
                *count = count.saturating_add(1);
            }
            ControlFlow::Continue(())
        })?;
        let percent = |count: u32| {
            let percent = u64::from(count).saturating_mul(100) / u64::from(seen.max(1));
            i32::try_from(percent.max(1)).unwrap_or(100)
        };
        let mut fields: Vec<LogGroupField> = counts
            .into_iter()
            .map(|(name, count)| LogGroupField { name: Some(name), percent: Some(percent(count)) })
            .collect();
        fields.sort_by_key(|field| std::cmp::Reverse(field.percent));
        Ok(GetLogGroupFieldsResponse { log_group_fields: Some(fields) })
    }
}
