//! `PutMetricData`.

use kage_api_cloudwatch::operations;
use kage_api_cloudwatch::types::{PutMetricDataInput, PutMetricDataResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct PutMetricData;

impl Operation for PutMetricData {
    type Input = PutMetricDataInput;
    type Output = PutMetricDataResponse;
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::PUT_METRIC_DATA;

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &PutMetricDataInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_call: &Call<'_>, _input: &PutMetricDataInput, _target: &Lookup<()>) -> Access {
        Access::any("cloudwatch:PutMetricData")
    }

    // Conditions, one change, the answer.
    fn run(
        _call: &Call<'_>,
        _tx: &mut Tx,
        _target: (),
        _input: &PutMetricDataInput,
    ) -> Result<PutMetricDataResponse> {
        Err(Error::new("NotImplemented", 501, "cloudwatch:PutMetricData is not modelled yet"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {
        panic!(
            "prove with kage-test that PutMetricData works, is denied, refuses and is recorded; then set its fidelity"
        );
    }
}
