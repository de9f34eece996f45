//! Which unusual activity a trail tells of. AWS: CloudTrail API reference, PutInsightSelectors, InsightSelector.

use crate::errors;
use crate::selectors::Selectors;
use kage_api_cloudtrail::types as api;
use kage_core::Result;
use serde::{Deserialize, Serialize};

/// One kind of Insights events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    /// `ApiCallRateInsight`, `ApiErrorRateInsight`.
    pub kind: String,
    /// Whether management events are looked at.
    pub management: bool,
    /// Whether data events are looked at.
    pub data: bool,
}

/// Reads and checks selectors. None turns Insights events off.
///
/// # Errors
/// `InvalidInsightSelectorsException`.
pub fn read(all: &[api::InsightSelector], selectors: &Selectors) -> Result<Vec<Insight>> {
    let mut out: Vec<Insight> = Vec::new();
    for one in all {
        let kind = one.insight_type.clone().unwrap_or_default();
        if kind.is_empty() || out.iter().any(|other| other.kind == kind) {
            return Err(errors::insight_selectors("Each InsightType must be specified once."));
        }
        let categories = one.event_categories.as_deref().unwrap_or_default();
        let has = |category: &str| categories.iter().any(|one| one == category);
        let management = categories.is_empty() || has(api::source_event_category::MANAGEMENT);
        out.push(Insight { kind, management, data: has(api::source_event_category::DATA) });
    }
    if out.iter().any(|one| one.data) && !selectors.take_data() {
        return Err(errors::insight_selectors("The trail must log data events."));
    }
    let writes = |one: &&Insight| one.management && one.kind == api::insight_type::API_CALL_RATE_INSIGHT;
    if out.iter().any(|one| writes(&one)) && !selectors.take_management(true) {
        return Err(errors::insight_selectors("The trail must log write management events."));
    }
    if out.iter().any(|one| one.management)
        && !selectors.take_management(false)
        && !selectors.take_management(true)
    {
        return Err(errors::insight_selectors("The trail must log management events."));
    }
    Ok(out)
}

/// The selectors as the API shows them.
#[must_use]
pub fn view(all: &[Insight]) -> Vec<api::InsightSelector> {
    let categories = |one: &Insight| {
        let management = one.management.then(|| api::source_event_category::MANAGEMENT.to_owned());
        let data = one.data.then(|| api::source_event_category::DATA.to_owned());
        management.into_iter().chain(data).collect()
    };
    let shown = |one: &Insight| api::InsightSelector {
        insight_type: Some(one.kind.clone()),
        event_categories: Some(categories(one)),
    };
    all.iter().map(shown).collect()
}
