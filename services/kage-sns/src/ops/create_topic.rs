//! `CreateTopic`.

use kage_api_sns::operations;
use kage_api_sns::types::{CreateTopicInput, CreateTopicResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateTopic;

impl Operation for CreateTopic {
    type Input = CreateTopicInput;
    type Output = CreateTopicResponse;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_TOPIC;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateTopicInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateTopicInput, _target: &Lookup<()>) -> Access {
        Access::any("sns:CreateTopic")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateTopicInput,
    ) -> Result<CreateTopicResponse> {
        Err(Error::new("NotImplemented", 501, "sns:CreateTopic is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateTopic works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
