//! `PutRule`.

use kage_api_events::operations;
use kage_api_events::types::{PutRuleRequest, PutRuleResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct PutRule;

impl Operation for PutRule {
    type Input = PutRuleRequest;
    type Output = PutRuleResponse;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::PUT_RULE;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &PutRuleRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &PutRuleRequest, _target: &Lookup<()>) -> Access {
        Access::any("events:PutRule")
    }

    // Conditions, one change, the answer.
    fn run(_call: &Call<'_>, _tx: &mut Tx, _target: (), _input: &PutRuleRequest) -> Result<PutRuleResponse> {
        Err(Error::new("NotImplemented", 501, "events:PutRule is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that PutRule works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
