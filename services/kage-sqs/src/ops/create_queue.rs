//! `CreateQueue`.

use kage_api_sqs::operations;
use kage_api_sqs::types::{CreateQueueRequest, CreateQueueResult};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateQueue;

impl Operation for CreateQueue {
    type Input = CreateQueueRequest;
    type Output = CreateQueueResult;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_QUEUE;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateQueueRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateQueueRequest, _target: &Lookup<()>) -> Access {
        Access::any("sqs:CreateQueue")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateQueueRequest,
    ) -> Result<CreateQueueResult> {
        Err(Error::new("NotImplemented", 501, "sqs:CreateQueue is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateQueue works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
