//! A metric: a name in a namespace, with dimensions.

use crate::errors;
use kage_api_cloudwatch::types::Dimension;
use kage_core::{Millis, Result};
use kage_store::Key;
use serde::{Deserialize, Serialize};

/// What names a metric. Dimensions stand in the order of their names: their order in a request means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct MetricName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub dimensions: Vec<(String, String)>,
}

impl MetricName {
    /// The name in sorted form.
    pub fn new(namespace: &str, name: &str, dimensions: Option<&[Dimension]>) -> MetricName {
        let mut dimensions: Vec<(String, String)> = dimensions
            .unwrap_or_default()
            .iter()
            .map(|dimension| (dimension.name.clone(), dimension.value.clone()))
            .collect();
        dimensions.sort();
        MetricName { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }

    /// The row of the metric behind this prefix. Control characters are refused in names, so the text is unambiguous.
    pub fn key(&self, prefix: Key) -> Key {
        let pairs: Vec<String> =
            self.dimensions.iter().map(|(name, value)| format!("{name}\u{1f}{value}")).collect();
        prefix.with(&self.namespace).with(&self.name).with(pairs.join("\u{1e}"))
    }

    /// The dimensions as the API shows them.
    pub fn shown_dimensions(&self) -> Vec<Dimension> {
        self.dimensions
            .iter()
            .map(|(name, value)| Dimension { name: name.clone(), value: value.clone() })
            .collect()
    }

    /// Refuses names that no metric may have. `place` is the parameter's path: `MetricData.member.1`.
    ///
    /// # Errors
    /// `InvalidParameterValue`.
    // AWS: PutMetricData, `Namespace`, `Dimension`: printable ASCII; names not only of spaces, not beginning with a colon.
    pub fn require_valid(&self, place: &str) -> Result<()> {
        let printable = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !printable(&self.namespace) || self.namespace.trim().is_empty() {
            return Err(errors::bad_value(&self.namespace, "Namespace"));
        }
        if self.name.chars().any(char::is_control) {
            return Err(errors::bad_value(&self.name, &format!("{place}.MetricName")));
        }
        for (index, (name, value)) in self.dimensions.iter().enumerate() {
            let place = format!("{place}.Dimensions.member.{}", index + 1);
            if !printable(name) || name.trim().is_empty() || name.starts_with(':') {
                return Err(errors::bad_value(name, &format!("{place}.Name")));
            }
            if !printable(value) || value.trim().is_empty() {
                return Err(errors::bad_value(value, &format!("{place}.Value")));
            }
        }
        if self.dimensions.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(errors::value(format!("The parameter {place}.Dimensions names a dimension twice.")));
        }
        Ok(())
    }
}

/// A metric that has data.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metric {
    /// What names it.
    #[serde(flatten)]
    pub name: MetricName,
    /// Under which number its points are kept.
    pub id: u64,
    /// The units with which data came, in the order of their first data.
    pub units: Vec<String>,
    /// When data last came, to the minute.
    pub active: Millis,
    /// Until when its points are aggregated.
    pub compacted: Millis,
}
