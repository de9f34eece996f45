//! Reserved concurrency.

use crate::target::{self, Target};
use crate::{errors, functions};
use kage_api_lambda::types::{
    Concurrency, DeleteFunctionConcurrencyResponse, GetFunctionConcurrencyResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

// AWS: Lambda quotas: 1,000 concurrent executions; 100 of them always stay unreserved.
pub const ACCOUNT: i32 = 1_000;
const UNRESERVED_MIN: i32 = 100;

/// What is reserved by the functions of the call's account and Region.
///
/// # Errors
/// Those of the store.
pub fn reserved(call: &Call<'_>, tx: &Tx, but: Option<&str>) -> Result<i32> {
    let heads = functions::heads(tx.reads(), &call.account, &call.region)?;
    let counted = heads.into_iter().filter(|head| Some(head.name.as_str()) != but);
    Ok(counted.filter_map(|head| head.reserved).fold(0, i32::saturating_add))
}

/// Reserves concurrency for a function.
pub struct PutFunctionConcurrency;

impl Operation for PutFunctionConcurrency {
    shape!(PUT_FUNCTION_CONCURRENCY: PutFunctionConcurrencyRequest -> Concurrency, on Target, as "PutFunctionConcurrency20171031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:PutFunctionConcurrency", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<Concurrency> {
        let wanted = input.reserved_concurrent_executions;
        let others = reserved(call, tx, Some(&target.head.name))?;
        if ACCOUNT.saturating_sub(others).saturating_sub(wanted) < UNRESERVED_MIN {
            return Err(errors::invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MIN}]."
            )));
        }
        let mut head = target.head;
        head.reserved = Some(wanted);
        functions::put_head(tx, &head)?;
        Ok(Concurrency { reserved_concurrent_executions: Some(wanted) })
    }
}

/// Shows what is reserved.
pub struct GetFunctionConcurrency;

impl Operation for GetFunctionConcurrency {
    shape!(GET_FUNCTION_CONCURRENCY: GetFunctionConcurrencyRequest -> GetFunctionConcurrencyResponse, on Target, as "GetFunctionConcurrency20190930");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:GetFunctionConcurrency", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: Target,
        _: &Self::Input,
    ) -> Result<GetFunctionConcurrencyResponse> {
        Ok(GetFunctionConcurrencyResponse { reserved_concurrent_executions: target.head.reserved })
    }
}

/// Gives the reservation back.
pub struct DeleteFunctionConcurrency;

impl Operation for DeleteFunctionConcurrency {
    shape!(DELETE_FUNCTION_CONCURRENCY: DeleteFunctionConcurrencyRequest -> DeleteFunctionConcurrencyResponse, on Target, as "DeleteFunctionConcurrency20171031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        target::lookup(call, tx, &input.function_name, None)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:DeleteFunctionConcurrency", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Target,
        _: &Self::Input,
    ) -> Result<DeleteFunctionConcurrencyResponse> {
        let mut head = target.head;
        head.reserved = None;
        functions::put_head(tx, &head)?;
        Ok(DeleteFunctionConcurrencyResponse {})
    }
}
