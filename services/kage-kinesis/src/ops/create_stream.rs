//! `CreateStream`.

use kage_api_kinesis::operations;
use kage_api_kinesis::types::{CreateStreamInput, CreateStreamResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateStream;

impl Operation for CreateStream {
    type Input = CreateStreamInput;
    type Output = CreateStreamResponse;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_STREAM;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateStreamInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateStreamInput, _target: &Lookup<()>) -> Access {
        Access::any("kinesis:CreateStream")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateStreamInput,
    ) -> Result<CreateStreamResponse> {
        Err(Error::new("NotImplemented", 501, "kinesis:CreateStream is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateStream works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
