//! `CreateLogGroup`.

use kage_api_logs::operations;
use kage_api_logs::types::{CreateLogGroupRequest, CreateLogGroupResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateLogGroup;

impl Operation for CreateLogGroup {
    type Input = CreateLogGroupRequest;
    type Output = CreateLogGroupResponse;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_LOG_GROUP;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateLogGroupRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateLogGroupRequest, _target: &Lookup<()>) -> Access {
        Access::any("logs:CreateLogGroup")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateLogGroupRequest,
    ) -> Result<CreateLogGroupResponse> {
        Err(Error::new("NotImplemented", 501, "logs:CreateLogGroup is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateLogGroup works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
