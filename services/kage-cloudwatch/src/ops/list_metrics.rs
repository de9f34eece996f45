//! `ListMetrics`.

use crate::metric::Metric;
use crate::{errors, metrics, pages};
use kage_api_cloudwatch::types::{self, DimensionFilter, ListMetricsInput, ListMetricsOutput};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};

/// AWS: ListMetrics: results of one page; for how long metrics without data are listed; `RecentlyActive`.
const PAGE: usize = 500;
const TWO_WEEKS: Millis = 14 * 86_400_000;
const THREE_HOURS: Millis = 3 * 3_600_000;
/// The last data is known to the minute.
const MINUTE: Millis = 60_000;

/// Lists metrics that had data lately.
pub struct ListMetrics;

impl Operation for ListMetrics {
    shape!(LIST_METRICS: ListMetricsInput -> ListMetricsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &ListMetricsInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &ListMetricsInput, _: &Lookup<()>) -> Access {
        Access::any("cloudwatch:ListMetrics")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &ListMetricsInput) -> Result<ListMetricsOutput> {
        errors::refuse(&input.owning_account, "OwningAccount")?;
        if input.include_linked_accounts == Some(true) {
            return Err(errors::not_modelled("IncludeLinkedAccounts"));
        }
        let place = (call.account.as_str(), call.region.as_str());
        let age = if input.recently_active.is_some() { THREE_HOURS } else { TWO_WEEKS };
        let since = call.now.milliseconds() - age;
        let filters = input.dimensions.as_deref().unwrap_or_default();
        let found =
            metrics::list(tx.reads(), place, input.namespace.as_deref(), input.metric_name.as_deref())?;
        let shown =
            found.into_iter().filter(|metric| metric.active + MINUTE >= since && matches(metric, filters));
        let key = |metric: &Metric| {
            let key = metric.name.key(kage_store::Key::new());
            key.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>()
        };
        let page = pages::cut(call, shown, key, input.next_token.as_deref(), PAGE)?;
        Ok(ListMetricsOutput {
            metrics: Some(page.items.iter().map(view).collect()),
            next_token: page.next,
            owning_accounts: None,
        })
    }
}

fn matches(metric: &Metric, filters: &[DimensionFilter]) -> bool {
    filters.iter().all(|filter| {
        metric.name.dimensions.iter().any(|(name, value)| {
            *name == filter.name && filter.value.as_ref().is_none_or(|wanted| wanted == value)
        })
    })
}

fn view(metric: &Metric) -> types::Metric {
    types::Metric {
        namespace: Some(metric.name.namespace.clone()),
        metric_name: Some(metric.name.name.clone()),
        dimensions: Some(metric.name.shown_dimensions()),
    }
}
