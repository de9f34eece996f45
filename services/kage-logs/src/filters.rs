//! Metric filters and subscription filters of log groups.

use crate::group::Group;
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const METRIC: Table<MetricFilter> = Table::new("logs.metric-filters");
const SUBSCRIPTION: Table<SubscriptionFilter> = Table::new("logs.subscription-filters");

/// A filter that makes metric data of matching events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetricFilter {
    /// Its name.
    pub name: String,
    /// Its pattern.
    pub pattern: String,
    /// When it was made.
    pub created: Millis,
    /// Name of the metric.
    pub metric: String,
    /// Namespace of the metric.
    pub namespace: String,
    /// What each match counts: a number or a field.
    pub value: String,
    /// What a put without matches counts.
    pub default_value: Option<f64>,
    /// Dimensions by name: the fields that hold their values.
    pub dimensions: BTreeMap<String, String>,
    /// Unit of the metric.
    pub unit: Option<String>,
}

/// A filter that sends matching events on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionFilter {
    /// Its name.
    pub name: String,
    /// Its pattern.
    pub pattern: String,
    /// When it was made.
    pub created: Millis,
    /// Where events go.
    pub destination: String,
    /// The role with which they go there.
    pub role: Option<String>,
    /// `Random` or `ByLogStream`.
    pub distribution: String,
}

/// The metric filters of a group, by name.
///
/// # Errors
/// Those of the store.
pub fn list_metric(reads: &dyn Reads, group: &Group) -> Result<Vec<MetricFilter>> {
    kage_core::scan(&METRIC, reads, &row(&[&group.uid]))
}

/// How many metric filters a group has.
///
/// # Errors
/// Those of the store.
pub fn count_metric(reads: &dyn Reads, group: &Group) -> Result<i32> {
    Ok(i32::try_from(list_metric(reads, group)?.len()).unwrap_or(i32::MAX))
}

/// Writes a metric filter.
///
/// # Errors
/// Those of the store.
pub fn put_metric(tx: &mut Tx, group: &Group, filter: &MetricFilter) -> Result<()> {
    METRIC.put(tx.writer(), &row(&[&group.uid, &filter.name]), filter)?;
    Ok(())
}

/// Removes a metric filter; true if there was one.
pub fn remove_metric(tx: &mut Tx, group: &Group, name: &str) -> bool {
    METRIC.delete(tx.writer(), &row(&[&group.uid, name]))
}

/// The subscription filters of a group, by name.
///
/// # Errors
/// Those of the store.
pub fn list_subscriptions(reads: &dyn Reads, group: &Group) -> Result<Vec<SubscriptionFilter>> {
    kage_core::scan(&SUBSCRIPTION, reads, &row(&[&group.uid]))
}

/// Writes a subscription filter.
///
/// # Errors
/// Those of the store.
pub fn put_subscription(tx: &mut Tx, group: &Group, filter: &SubscriptionFilter) -> Result<()> {
    SUBSCRIPTION.put(tx.writer(), &row(&[&group.uid, &filter.name]), filter)?;
    Ok(())
}

/// Removes a subscription filter; true if there was one.
pub fn remove_subscription(tx: &mut Tx, group: &Group, name: &str) -> bool {
    SUBSCRIPTION.delete(tx.writer(), &row(&[&group.uid, name]))
}

/// Removes all filters of a group.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, group: &Group) -> Result<()> {
    for filter in list_metric(tx.reads(), group)? {
        remove_metric(tx, group, &filter.name);
    }
    for filter in list_subscriptions(tx.reads(), group)? {
        remove_subscription(tx, group, &filter.name);
    }
    Ok(())
}
