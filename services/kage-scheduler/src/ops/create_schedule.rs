//! `CreateSchedule`.

use kage_api_scheduler::operations;
use kage_api_scheduler::types::{CreateScheduleInput, CreateScheduleOutput};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct CreateSchedule;

impl Operation for CreateSchedule {
    type Input = CreateScheduleInput;
    type Output = CreateScheduleOutput;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::CREATE_SCHEDULE;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &CreateScheduleInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &CreateScheduleInput, _target: &Lookup<()>) -> Access {
        Access::any("scheduler:CreateSchedule")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &CreateScheduleInput,
    ) -> Result<CreateScheduleOutput> {
        Err(Error::new("NotImplemented", 501, "scheduler:CreateSchedule is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that CreateSchedule works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
