//! `StartLiveTail`.

use crate::group::{self, Group};
use crate::live::{Session, State, Watched, topic};
use crate::ops::metric_filters::read_pattern;
use crate::{errors, named};
use kage_api_logs::types::{LiveTailSessionStart, StartLiveTailResponse};
use kage_core::{Access, Call, LiveStream, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Body;
use std::sync::Arc;

/// Shows events as they come.
pub struct StartLiveTail;

impl Operation for StartLiveTail {
    shape!(START_LIVE_TAIL: StartLiveTailRequest -> StartLiveTailResponse on Vec<(String, Lookup<Group>)>);
    const RECORDING: Recording = Recording::READ;

    fn resolve(
        call: &Call<'_>,
        tx: &Tx,
        input: &Self::Input,
    ) -> Result<Lookup<Vec<(String, Lookup<Group>)>>> {
        let mut groups = Vec::new();
        for identifier in &input.log_group_identifiers {
            // AWS: model, StartLiveTail$logGroupIdentifiers: "The ARN can't end with an asterisk"; ARNs only.
            if !identifier.starts_with("arn:") {
                return Err(errors::invalid("logGroupIdentifiers must be ARNs of log groups."));
            }
            groups.push((identifier.clone(), named::by_identifier(call, tx, identifier)?));
        }
        Ok(Lookup::Found(groups))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Vec<(String, Lookup<Group>)>>) -> Access {
        let action = "logs:StartLiveTail";
        let groups = target.found().map(Vec::as_slice).unwrap_or_default();
        let each = groups.iter().map(|(_, group)| Access::on(action, group));
        each.reduce(Access::and).unwrap_or_else(|| Access::to(action, group::account_arn(call)))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        groups: Vec<(String, Lookup<Group>)>,
        input: &Self::Input,
    ) -> Result<StartLiveTailResponse> {
        // Texts of moto's tests (tests/test_logs/test_logs.py).
        if input.log_stream_names.is_some() && input.log_stream_name_prefixes.is_some() {
            return Err(errors::invalid(
                "Only one of logStreamNames or logStreamNamePrefixes can be provided.",
            ));
        }
        let named = input.log_stream_names.is_some() || input.log_stream_name_prefixes.is_some();
        if named && groups.len() > 1 {
            return Err(errors::invalid(
                "logStreamNames and logStreamNamePrefixes can only be used with a single log group.",
            ));
        }
        let pattern = read_pattern(input.log_event_filter_pattern.as_deref().unwrap_or_default())?;
        let mut watched = Vec::new();
        for (identifier, group) in groups {
            let group = group.require()?;
            named::require_standard(&group)?;
            if group.encryption.is_some() {
                return Err(errors::not_modelled("StartLiveTail of a log group under a KMS key"));
            }
            let next = tx.reads().stream_len(&group.journal());
            watched.push(Watched { group, identifier, next });
        }
        let session = Session {
            start: Some(LiveTailSessionStart {
                request_id: Some(call.request_id.clone()),
                session_id: Some(call.ids().uuid()),
                log_group_identifiers: Some(input.log_group_identifiers.clone()),
                log_stream_names: Some(input.log_stream_names.clone().unwrap_or_default()),
                log_stream_name_prefixes: Some(input.log_stream_name_prefixes.clone().unwrap_or_default()),
                log_event_filter_pattern: input.log_event_filter_pattern.clone(),
            }),
            topic: topic(&call.account, &call.region),
            groups: watched,
            streams: input.log_stream_names.clone(),
            prefixes: input.log_stream_name_prefixes.clone(),
            pattern,
            until: Session::end(call.now.milliseconds()),
            state: State::Looking,
        };
        Ok(StartLiveTailResponse { response_stream: Body::Attached(Arc::new(LiveStream::new(session))) })
    }
}
