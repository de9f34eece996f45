//! `GetAccountSettings`.

use crate::ops::concurrency;
use crate::place::Place;
use crate::{functions, layers};
use kage_api_lambda::types::{AccountLimit, AccountUsage, GetAccountSettingsResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Shows quotas and what is used of them.
pub struct GetAccountSettings;

impl Operation for GetAccountSettings {
    shape!(GET_ACCOUNT_SETTINGS: GetAccountSettingsRequest -> GetAccountSettingsResponse, on (), as "GetAccountSettings20160819");

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("lambda:GetAccountSettings")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), _: &Self::Input) -> Result<GetAccountSettingsResponse> {
        let heads = functions::heads(tx.reads(), &call.account, &call.region)?;
        let mut used = 0_i64;
        for head in &heads {
            for version in functions::versions(tx.reads(), &Place::own(call, &head.name))? {
                used = used.saturating_add(version.code.size);
            }
        }
        for layer in layers::all(tx.reads(), &call.account, &call.region)? {
            used = used.saturating_add(layer.code.size);
        }
        let unreserved = concurrency::ACCOUNT.saturating_sub(concurrency::reserved(call, tx, None)?);
        Ok(GetAccountSettingsResponse {
            // AWS: Lambda quotas: 75 GB of code, 250 MB unzipped, 50 MB zipped.
            account_limit: Some(AccountLimit {
                total_code_size: Some(80_530_636_800),
                code_size_unzipped: Some(262_144_000),
                code_size_zipped: Some(52_428_800),
                concurrent_executions: Some(concurrency::ACCOUNT),
                unreserved_concurrent_executions: Some(unreserved),
            }),
            account_usage: Some(AccountUsage {
                total_code_size: Some(used),
                function_count: Some(i64::try_from(heads.len()).unwrap_or(i64::MAX)),
            }),
        })
    }
}
