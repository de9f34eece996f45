//! Functions: `lambda:InvokeFunction` as SNS, asynchronously, so that the function's policy decides.

use super::queues::in_region;
use super::{Failure, Letter};
use crate::envelope;
use kage_api_lambda::types as lambda;
use kage_core::{Arn, Call, Result, Tx};
use kage_schema::Blob;

/// Delivers a message.
///
/// # Errors
/// Why it failed.
pub fn deliver(call: &Call<'_>, tx: &mut Tx, letter: &Letter) -> std::result::Result<(), Failure> {
    let Letter { topic, subscription, note, text, .. } = letter;
    Ok(invoke(call, tx, letter, envelope::function_event(topic, subscription, note, text))?)
}

/// Invokes the function of a subscription with this event.
///
/// # Errors
/// Those of the function.
pub fn invoke(call: &Call<'_>, tx: &mut Tx, letter: &Letter, event: String) -> Result<()> {
    let endpoint = &letter.subscription.endpoint;
    let input = lambda::InvocationRequest {
        function_name: endpoint.clone(),
        invocation_type: Some("Event".to_owned()),
        payload: Some(Blob(event.into_bytes())),
        ..lambda::InvocationRequest::default()
    };
    let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
    let region = Arn::parse(endpoint).map_or_else(|| call.region.clone(), |arn| arn.region);
    let there = in_region(call, &region);
    let _: lambda::InvocationResponse = there.forward(tx, letter.sender(), target, input)?;
    Ok(())
}
