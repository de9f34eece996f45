//! `CreateFunction`.

use kage_api_lambda::operations;
use kage_api_lambda::types::{CreateFunctionRequest, FunctionConfiguration};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateFunction;

impl Operation for CreateFunction {
    type Input = CreateFunctionRequest;
    type Output = FunctionConfiguration;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_FUNCTION;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateFunctionRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateFunctionRequest, _target: &Lookup<()>) -> Access {
        Access::any("lambda:CreateFunction")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateFunctionRequest,
    ) -> Result<FunctionConfiguration> {
        Err(Error::new("NotImplemented", 501, "lambda:CreateFunction is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateFunction works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
