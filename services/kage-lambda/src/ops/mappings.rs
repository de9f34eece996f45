//! Event source mappings.

use crate::errors::{self, refuse};
use crate::mapping::{self, Mapping, StreamSettings};
use crate::sources::{self, Reader, Source};
use crate::target::{self, Target};
use crate::{event_configs, pages, queue_source, stream_source, tagging};
use kage_api_lambda::types::{
    CreateEventSourceMappingRequest, DestinationConfig, EventSourceMappingConfiguration, Filter,
    FilterCriteria, ListEventSourceMappingsResponse, OnFailure,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// Has a function read a queue or stream.
pub struct CreateEventSourceMapping;

impl Operation for CreateEventSourceMapping {
    shape!(CREATE_EVENT_SOURCE_MAPPING: CreateEventSourceMappingRequest -> EventSourceMappingConfiguration, on (), as "CreateEventSourceMapping20150331");

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    // AWS: service authorization reference, Lambda: CreateEventSourceMapping has no resource, but `lambda:FunctionArn`.
    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = crate::place::parse(call, &input.function_name, None).map(|name| name.arn()).ok();
        let tags = input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        Access::any("lambda:CreateEventSourceMapping").key_if("lambda:FunctionArn", arn).request_tags(tags)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<EventSourceMappingConfiguration> {
        require_modelled(input)?;
        let Some(source) = &input.event_source_arn else {
            return Err(errors::invalid("Unrecognized event source."));
        };
        let kind = sources::kind(source)?;
        let target = target::lookup(call, tx, &input.function_name, None)?.require()?;
        for other in mapping::list(tx.reads(), &call.account, &call.region)? {
            if other.source == *source
                && other.function == target.function.name
                && other.qualifier == target.qualifier
            {
                let name = if kind == Source::Queue { "SQS" } else { "Kinesis" };
                return Err(errors::conflict(format!(
                    "An event source mapping with {name} arn (\" {source} \") and function (\" {} \") already exists. Please update or delete the existing mapping with UUID {}",
                    target.function.name, other.id
                )));
            }
        }
        let mut made = Mapping {
            account: call.account.clone(),
            region: call.region.clone(),
            id: call.ids().uuid(),
            source: source.clone(),
            function: target.function.name.clone(),
            qualifier: target.qualifier.clone(),
            enabled: input.enabled.unwrap_or(true),
            changing: true,
            created: call.now.milliseconds(),
            last_result: "No records processed".to_owned(),
            // AWS: Lambda API reference, CreateEventSourceMapping, `BatchSize`.
            batch: if kind == Source::Queue { 10 } else { 100 },
            stream: stream_settings(kind, input)?,
            ..Mapping::default()
        };
        if let Some(tags) = &input.tags {
            tagging::add(&mut made.tags, tags)?;
        }
        let wanted = Wanted {
            batch: input.batch_size,
            window: input.maximum_batching_window_in_seconds,
            filters: input.filter_criteria.as_ref(),
            responses: input.function_response_types.as_ref(),
            age: input.maximum_record_age_in_seconds,
            retries: input.maximum_retry_attempts,
            bisect: input.bisect_batch_on_function_error,
            destinations: input.destination_config.as_ref(),
        };
        wanted.apply(kind, &mut made)?;
        require_readable(call, tx, kind, &target, &made)?;
        store(call, tx, &mut made)?;
        Ok(shown(&made, "Creating"))
    }
}

fn require_modelled(input: &CreateEventSourceMappingRequest) -> Result<()> {
    refuse(&input.kms_key_arn, "KMSKeyArn")?;
    refuse(&input.metrics_config, "MetricsConfig")?;
    refuse(&input.logging_config, "LoggingConfig")?;
    refuse(&input.scaling_config, "ScalingConfig")?;
    refuse(&input.parallelization_factor.filter(|factor| *factor > 1), "ParallelizationFactor")?;
    refuse(&input.tumbling_window_in_seconds.filter(|seconds| *seconds > 0), "TumblingWindowInSeconds")?;
    refuse(&input.topics, "Topics")?;
    refuse(&input.queues, "Queues")?;
    refuse(&input.source_access_configurations, "SourceAccessConfigurations")?;
    refuse(&input.self_managed_event_source, "SelfManagedEventSource")?;
    refuse(&input.amazon_managed_kafka_event_source_config, "AmazonManagedKafkaEventSourceConfig")?;
    refuse(&input.self_managed_kafka_event_source_config, "SelfManagedKafkaEventSourceConfig")?;
    refuse(&input.document_db_event_source_config, "DocumentDBEventSourceConfig")?;
    refuse(&input.provisioned_poller_config, "ProvisionedPollerConfig")
}

fn stream_settings(kind: Source, input: &CreateEventSourceMappingRequest) -> Result<Option<StreamSettings>> {
    if kind == Source::Queue {
        return match &input.starting_position {
            Some(_) => Err(errors::invalid("StartingPosition is not valid for SQS event sources.")),
            None => Ok(None),
        };
    }
    let Some(start) = input.starting_position.clone() else {
        return Err(errors::invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ));
    };
    if start == "AT_TIMESTAMP" && input.starting_position_timestamp.is_none() {
        return Err(errors::invalid(
            "StartingPositionTimestamp is required for the starting position AT_TIMESTAMP.",
        ));
    }
    let start_at = input.starting_position_timestamp.map(Timestamp::milliseconds);
    Ok(Some(StreamSettings { start, start_at, max_age: -1, retries: -1, ..StreamSettings::default() }))
}

/// What both writing calls may say.
struct Wanted<'a> {
    batch: Option<i32>,
    window: Option<i32>,
    filters: Option<&'a FilterCriteria>,
    responses: Option<&'a Vec<String>>,
    age: Option<i32>,
    retries: Option<i32>,
    bisect: Option<bool>,
    destinations: Option<&'a DestinationConfig>,
}

impl Wanted<'_> {
    fn apply(&self, kind: Source, mapping: &mut Mapping) -> Result<()> {
        mapping.batch = self.batch.unwrap_or(mapping.batch);
        mapping.window = self.window.unwrap_or(mapping.window);
        if kind == Source::Queue && mapping.batch > 10 {
            if mapping.source.ends_with(".fifo") {
                return Err(errors::invalid("Batch size greater than 10 is not supported for FIFO queues."));
            }
            if mapping.window == 0 {
                return Err(errors::invalid(
                    "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
                ));
            }
        }
        if let Some(criteria) = self.filters {
            let patterns = criteria.filters.iter().flatten().filter_map(|filter| filter.pattern.clone());
            mapping.filters = patterns.collect();
            sources::require_patterns(&mapping.filters)?;
        }
        if let Some(responses) = self.responses {
            mapping.partial = responses.iter().any(|response| response == "ReportBatchItemFailures");
        }
        let Some(stream) = &mut mapping.stream else {
            let only = self.age.is_some()
                || self.retries.is_some()
                || self.bisect.is_some()
                || self.destinations.is_some();
            return match only {
                true => Err(errors::invalid(
                    "MaximumRecordAgeInSeconds, MaximumRetryAttempts, BisectBatchOnFunctionError and DestinationConfig are not supported for SQS event sources.",
                )),
                false => Ok(()),
            };
        };
        if self.age.is_some_and(|age| (0..60).contains(&age)) {
            return Err(errors::invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."));
        }
        stream.max_age = self.age.unwrap_or(stream.max_age);
        stream.retries = self.retries.unwrap_or(stream.retries);
        stream.bisect = self.bisect.unwrap_or(stream.bisect);
        if let Some(failure) = self.destinations.and_then(|config| config.on_failure.as_ref()) {
            let to = failure.destination.clone().filter(|to| !to.is_empty());
            if let Some(to) = &to {
                event_configs::require_destination(to)?;
            }
            stream.on_failure = to;
        }
        Ok(())
    }
}

/// Refuses a source that the execution role may not read.
// AWS: the texts are recorded answers.
fn require_readable(
    call: &Call<'_>,
    tx: &mut Tx,
    kind: Source,
    target: &Target,
    mapping: &Mapping,
) -> Result<()> {
    let reader = Reader::of(call, tx, target)?;
    match kind {
        Source::Queue => {
            let denied = |what: &str, error: &kage_core::Error| match error.code.as_ref() {
                "AWS.SimpleQueueService.NonExistentQueue" | "QueueDoesNotExist" => errors::invalid(format!(
                    "Error occurred while ReceiveMessage. SQS Error Code: {}. SQS Error Message: {}",
                    error.code, error.message
                )),
                _ => errors::invalid(format!(
                    "The function execution role does not have permissions to call {what} on SQS"
                )),
            };
            queue_source::try_receive(&reader, tx, mapping)
                .map_err(|error| denied("ReceiveMessage", &error))?;
            let attributes = queue_source::attributes(&reader, tx, &mapping.source)
                .map_err(|error| denied("GetQueueAttributes", &error))?;
            let visible: i64 =
                attributes.get("VisibilityTimeout").and_then(|text| text.parse().ok()).unwrap_or(30);
            let timeout = i64::from(target.function.settings.timeout);
            if visible < timeout {
                return Err(errors::invalid(format!(
                    "Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
                )));
            }
        }
        Source::Stream => {
            stream_source::shards(&reader, tx, mapping).map_err(|_| {
                errors::invalid(format!(
                    "Cannot access stream {}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.",
                    mapping.source
                ))
            })?;
        }
    }
    Ok(())
}

/// Writes a mapping and has it listen to its source, or not any more.
fn store(call: &Call<'_>, tx: &mut Tx, mapping: &mut Mapping) -> Result<()> {
    mapping.changing = true;
    mapping.modified = call.now.milliseconds();
    mapping::put(tx, mapping)?;
    match mapping.enabled {
        true => tx.listen(&mapping.topic(), &mapping.id, &sources::poll_job(mapping))?,
        false => tx.unlisten(&mapping.topic(), &mapping.id),
    }
    sources::plan_poll(tx, mapping, call.now.milliseconds())
}

fn shown(mapping: &Mapping, state: &str) -> EventSourceMappingConfiguration {
    let stream = mapping.stream.as_ref();
    let pattern = |text: &String| Filter { pattern: Some(text.clone()) };
    let filters = (!mapping.filters.is_empty())
        .then(|| FilterCriteria { filters: Some(mapping.filters.iter().map(pattern).collect()) });
    let responses = mapping.partial.then(|| vec!["ReportBatchItemFailures".to_owned()]);
    EventSourceMappingConfiguration {
        uuid: Some(mapping.id.clone()),
        starting_position: stream.map(|stream| stream.start.clone()),
        starting_position_timestamp: stream.and_then(|stream| stream.start_at).map(Timestamp),
        batch_size: Some(mapping.batch),
        maximum_batching_window_in_seconds: Some(mapping.window),
        parallelization_factor: stream.map(|_| 1),
        event_source_arn: Some(mapping.source.clone()),
        filter_criteria: filters,
        function_arn: Some(mapping.name().arn()),
        last_modified: Some(Timestamp(mapping.modified)),
        last_processing_result: stream.map(|_| mapping.last_result.clone()),
        state: Some(state.to_owned()),
        state_transition_reason: Some("USER_INITIATED".to_owned()),
        destination_config: stream.map(|stream| DestinationConfig {
            on_failure: Some(OnFailure { destination: stream.on_failure.clone() }),
            ..DestinationConfig::default()
        }),
        maximum_record_age_in_seconds: stream.map(|stream| stream.max_age),
        bisect_batch_on_function_error: stream.map(|stream| stream.bisect),
        maximum_retry_attempts: stream.map(|stream| stream.retries),
        tumbling_window_in_seconds: stream.map(|_| 0),
        function_response_types: Some(responses.unwrap_or_default()),
        event_source_mapping_arn: Some(mapping.own_arn()),
        ..EventSourceMappingConfiguration::default()
    }
}

fn state(mapping: &Mapping) -> &'static str {
    match (mapping.enabled, mapping.changing) {
        (true, true) => "Enabling",
        (true, false) => "Enabled",
        (false, true) => "Disabling",
        (false, false) => "Disabled",
    }
}

fn find(call: &Call<'_>, tx: &Tx, id: &str) -> Result<Lookup<Mapping>> {
    Ok(match mapping::find(tx.reads(), &call.account, &call.region, id)? {
        Some(found) => Lookup::Found(found),
        None => {
            let missing = Mapping {
                account: call.account.clone(),
                region: call.region.clone(),
                id: id.to_owned(),
                ..Mapping::default()
            };
            Lookup::missing(missing.own_arn(), errors::no_resource())
        }
    })
}

fn access(action: &str, target: &Lookup<Mapping>) -> Access {
    let function = target.found().map(|mapping| mapping.name().arn());
    Access::on(action, target).key_if("lambda:FunctionArn", function)
}

/// Shows a mapping.
pub struct GetEventSourceMapping;

impl Operation for GetEventSourceMapping {
    shape!(GET_EVENT_SOURCE_MAPPING: GetEventSourceMappingRequest -> EventSourceMappingConfiguration, on Mapping, as "GetEventSourceMapping20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Mapping>> {
        find(call, tx, &input.uuid)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Mapping>) -> Access {
        access("lambda:GetEventSourceMapping", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: Mapping,
        _: &Self::Input,
    ) -> Result<EventSourceMappingConfiguration> {
        Ok(shown(&target, state(&target)))
    }
}

/// Changes a mapping.
pub struct UpdateEventSourceMapping;

impl Operation for UpdateEventSourceMapping {
    shape!(UPDATE_EVENT_SOURCE_MAPPING: UpdateEventSourceMappingRequest -> EventSourceMappingConfiguration, on Mapping, as "UpdateEventSourceMapping20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Mapping>> {
        find(call, tx, &input.uuid)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Mapping>) -> Access {
        access("lambda:UpdateEventSourceMapping", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut changed: Mapping,
        input: &Self::Input,
    ) -> Result<EventSourceMappingConfiguration> {
        refuse(&input.kms_key_arn, "KMSKeyArn")?;
        refuse(&input.metrics_config, "MetricsConfig")?;
        refuse(&input.logging_config, "LoggingConfig")?;
        refuse(&input.scaling_config, "ScalingConfig")?;
        refuse(&input.parallelization_factor.filter(|factor| *factor > 1), "ParallelizationFactor")?;
        refuse(&input.tumbling_window_in_seconds.filter(|seconds| *seconds > 0), "TumblingWindowInSeconds")?;
        refuse(&input.source_access_configurations, "SourceAccessConfigurations")?;
        refuse(&input.provisioned_poller_config, "ProvisionedPollerConfig")?;
        if changed.changing {
            // AWS: the text is a recorded answer, code ResourceInUseException.
            return Err(kage_core::Error::of(
                &kage_api_lambda::errors::RESOURCE_IN_USE_EXCEPTION,
                "Cannot update the event source mapping because it is in use.",
            ));
        }
        let kind = sources::kind(&changed.source)?;
        if let Some(name) = &input.function_name {
            let target = target::lookup(call, tx, name, None)?.require()?;
            changed.function.clone_from(&target.function.name);
            changed.qualifier.clone_from(&target.qualifier);
        }
        changed.enabled = input.enabled.unwrap_or(changed.enabled);
        let wanted = Wanted {
            batch: input.batch_size,
            window: input.maximum_batching_window_in_seconds,
            filters: input.filter_criteria.as_ref(),
            responses: input.function_response_types.as_ref(),
            age: input.maximum_record_age_in_seconds,
            retries: input.maximum_retry_attempts,
            bisect: input.bisect_batch_on_function_error,
            destinations: input.destination_config.as_ref(),
        };
        wanted.apply(kind, &mut changed)?;
        store(call, tx, &mut changed)?;
        let state = match input.enabled {
            Some(true) => "Enabling",
            Some(false) => "Disabling",
            None => "Updating",
        };
        Ok(shown(&changed, state))
    }
}

/// Removes a mapping.
pub struct DeleteEventSourceMapping;

impl Operation for DeleteEventSourceMapping {
    shape!(DELETE_EVENT_SOURCE_MAPPING: DeleteEventSourceMappingRequest -> EventSourceMappingConfiguration, on Mapping, as "DeleteEventSourceMapping20150331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Mapping>> {
        find(call, tx, &input.uuid)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Mapping>) -> Access {
        access("lambda:DeleteEventSourceMapping", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Mapping,
        _: &Self::Input,
    ) -> Result<EventSourceMappingConfiguration> {
        tx.unlisten(&target.topic(), &target.id);
        mapping::remove(tx, &target)?;
        Ok(shown(&target, "Deleting"))
    }
}

/// Lists mappings.
pub struct ListEventSourceMappings;

impl Operation for ListEventSourceMappings {
    shape!(LIST_EVENT_SOURCE_MAPPINGS: ListEventSourceMappingsRequest -> ListEventSourceMappingsResponse, on (), as "ListEventSourceMappings20150331");

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("lambda:ListEventSourceMappings")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<ListEventSourceMappingsResponse> {
        let mut all = mapping::list(tx.reads(), &call.account, &call.region)?;
        if let Some(source) = &input.event_source_arn {
            all.retain(|mapping| mapping.source == *source);
        }
        if let Some(function) = &input.function_name {
            let name = crate::place::parse(call, function, None)?;
            all.retain(|mapping| mapping.name() == name);
        }
        let page = pages::cut(all, |mapping| mapping.id.clone(), input.marker.as_deref(), input.max_items)?;
        let mappings = page.items.iter().map(|mapping| shown(mapping, state(mapping))).collect();
        Ok(ListEventSourceMappingsResponse { next_marker: page.next, event_source_mappings: Some(mappings) })
    }
}
