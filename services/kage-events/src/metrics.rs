//! What EventBridge tells CloudWatch about deliveries.
//!
//! AWS: EventBridge user guide, "Monitoring Amazon EventBridge": namespace `AWS/Events`, by `RuleName`, on a bus of one's own also
//! by `EventBusName`. `Invocations` counts what was delivered or failed for good.

use crate::bus::DEFAULT;
use crate::delivery::Delivery;
use crate::send::PRINCIPAL;
use kage_api_cloudwatch::types::{Dimension, MetricDatum, PutMetricDataInput, PutMetricDataResponse};
use kage_core::{Call, Forward, Tx};

/// A delivery was made or failed for good.
pub const INVOCATIONS: &str = "Invocations";
/// It failed for good.
pub const FAILED: &str = "FailedInvocations";
/// It was given to the dead-letter queue.
pub const BURIED: &str = "InvocationsSentToDlq";
/// The dead-letter queue refused it.
pub const NOT_BURIED: &str = "InvocationsFailedToBeSentToDlq";

/// Counts one delivery in these metrics. A double without CloudWatch counts nothing, and a delivery never fails for it.
pub fn count(call: &Call<'_>, tx: &mut Tx, delivery: &Delivery, names: &[&str]) {
    let dimension = |name: &str, value: &str| Dimension { name: name.to_owned(), value: value.to_owned() };
    let mut dimensions = vec![dimension("RuleName", &delivery.rule)];
    if delivery.bus.name != DEFAULT {
        dimensions.insert(0, dimension("EventBusName", &delivery.bus.name));
    }
    let datum = |name: &&str| MetricDatum {
        metric_name: (*name).to_owned(),
        dimensions: Some(dimensions.clone()),
        timestamp: Some(call.now),
        value: Some(1.0),
        unit: Some("Count".to_owned()),
        ..MetricDatum::default()
    };
    let input = PutMetricDataInput {
        namespace: "AWS/Events".to_owned(),
        metric_data: Some(names.iter().map(datum).collect()),
        ..PutMetricDataInput::default()
    };
    let how = Forward::AsService {
        name: PRINCIPAL,
        source_arn: Some(delivery.rule_arn()),
        source_account: Some(delivery.bus.account.clone()),
    };
    let target = (&kage_api_cloudwatch::SERVICE, &kage_api_cloudwatch::operations::PUT_METRIC_DATA);
    let _ = call.forward::<PutMetricDataResponse>(tx, how, target, input);
}
