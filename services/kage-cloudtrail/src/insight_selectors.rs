//! Which unusual activity a trail tells of.

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
