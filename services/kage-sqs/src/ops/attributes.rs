//! `GetQueueAttributes` and `SetQueueAttributes`.

use super::create_queue::require_redrive;
use super::recording::DATA_READ;
use crate::queue::{Queue, own_access};
use crate::{address, delivery, errors, messages, policy, queues};
use kage_api_sqs::types::{
    GetQueueAttributesResult, SetQueueAttributesResponse, queue_attribute_name as name,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use std::collections::BTreeMap;

/// How many messages are looked at in one go for whether they are past their retention period.
const SWEPT_AT_ONCE: usize = 100;

/// Shows attributes.
pub struct GetQueueAttributes;

impl Operation for GetQueueAttributes {
    shape!(GET_QUEUE_ATTRIBUTES: GetQueueAttributesRequest -> GetQueueAttributesResult on Queue);
    const RECORDING: Recording = DATA_READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:GetQueueAttributes", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<GetQueueAttributesResult> {
        let wanted = input.attribute_names.as_deref().unwrap_or_default();
        if let Some(unknown) = wanted.iter().find(|name| !name::VALUES.contains(&name.as_str())) {
            return Err(errors::unknown_attribute(unknown));
        }
        let wants = |name: &str| wanted.iter().any(|wanted| wanted == name || wanted == name::ALL);
        let mut out = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            if wants(name) {
                out.insert(name.to_owned(), value);
            }
        };
        queue.settings.shown().into_iter().for_each(|(name, value)| put(name, value));
        put(name::QUEUE_ARN, queue.arn());
        put(name::CREATED_TIMESTAMP, (queue.created / 1000).to_string());
        put(name::LAST_MODIFIED_TIMESTAMP, (queue.modified / 1000).to_string());
        if let Some(text) = &queue.policy {
            put(name::POLICY, policy::shown(tx.reads(), text)?);
        }
        let numbers = [
            name::APPROXIMATE_NUMBER_OF_MESSAGES,
            name::APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
            name::APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED,
        ];
        if numbers.iter().any(|name| wants(name)) {
            // What is past its retention period is not there any more, though nobody has received since.
            while delivery::sweep(tx, &queue, call.now.milliseconds(), SWEPT_AT_ONCE)? == SWEPT_AT_ONCE {}
            let counts = messages::counts(tx.reads(), &queue, call.now.milliseconds())?;
            put(name::APPROXIMATE_NUMBER_OF_MESSAGES, counts.visible.to_string());
            put(name::APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, counts.in_flight.to_string());
            put(name::APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED, counts.delayed.to_string());
        }
        Ok(GetQueueAttributesResult { attributes: Some(out).filter(|out| !out.is_empty()) })
    }
}

/// Sets attributes.
pub struct SetQueueAttributes;

impl Operation for SetQueueAttributes {
    shape!(SET_QUEUE_ATTRIBUTES: SetQueueAttributesRequest -> SetQueueAttributesResponse on Queue);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:SetQueueAttributes", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut queue: Queue,
        input: &Self::Input,
    ) -> Result<SetQueueAttributesResponse> {
        if input.attributes.is_empty() {
            return Err(errors::missing("Attribute.Name"));
        }
        queue.settings.set(&input.attributes)?;
        if input.attributes.contains_key(name::REDRIVE_POLICY) {
            require_redrive(tx, &queue)?;
        }
        match input.attributes.get(name::POLICY).map(String::as_str) {
            Some("") => queue.policy = None,
            Some(text) => queue.policy = Some(policy::stored(tx.reads(), text)?),
            None => {}
        }
        queue.modified = call.now.milliseconds();
        queues::put(tx, &queue)?;
        Ok(SetQueueAttributesResponse {})
    }
}
