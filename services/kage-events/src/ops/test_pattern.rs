//! `TestEventPattern`.

use crate::errors;
use kage_api_events::types::TestEventPatternResponse;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_pattern::Pattern;
use serde_json::Value;

/// Members that the event must have. AWS: TestEventPattern, `Event`; that `resources` may be left out was validated by
/// LocalStack (`event_pattern_templates`).
const REQUIRED: [&str; 6] = ["id", "account", "source", "time", "region", "detail-type"];

/// Says whether a pattern matches an event.
pub struct TestEventPattern;

impl Operation for TestEventPattern {
    shape!(TEST_EVENT_PATTERN: TestEventPatternRequest -> TestEventPatternResponse on ());

    const RECORDING: Recording = Recording::READ;

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("events:TestEventPattern")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<TestEventPatternResponse> {
        let event: Option<Value> = serde_json::from_str(&input.event).ok();
        let event = event.filter(|event| REQUIRED.iter().all(|name| event.get(name).is_some()));
        let event = event.ok_or_else(|| errors::validation("Parameter Event is not valid."))?;
        let pattern = Pattern::parse(&input.event_pattern).map_err(|error| errors::pattern(&error))?;
        Ok(TestEventPatternResponse { result: Some(pattern.matches(&event)) })
    }
}
