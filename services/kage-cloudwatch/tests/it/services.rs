//! AWS services that publish metrics.

use crate::{call, world};
use kage_api_cloudwatch::operations::PUT_METRIC_DATA;
use kage_api_cloudwatch::types::{MetricDatum, PutMetricDataInput, PutMetricDataResponse};
use kage_core::{Call, Forward, Origin, Tx};
use kage_test::{MANAGEMENT, World};
use serde_json::json;

/// Puts data as a service, as its own operations do.
fn publish(
    world: &World,
    service: &'static str,
    namespace: &str,
) -> kage_core::Result<PutMetricDataResponse> {
    let state = world.pipeline.world();
    let call = Call {
        world: state,
        road: &world.pipeline,
        caller: kage_core::Caller::service(service),
        account: MANAGEMENT.to_owned(),
        region: "eu-west-1".to_owned(),
        service: &kage_api_cloudwatch::SERVICE,
        operation: &PUT_METRIC_DATA,
        request_id: state.ids().uuid(),
        now: state.clock.now(),
        origin: Origin::default(),
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    };
    let input = PutMetricDataInput {
        namespace: namespace.to_owned(),
        metric_data: Some(vec![MetricDatum {
            metric_name: "Invocations".to_owned(),
            value: Some(1.0),
            ..MetricDatum::default()
        }]),
        ..PutMetricDataInput::default()
    };
    let how =
        Forward::AsService { name: service, source_arn: None, source_account: Some(MANAGEMENT.to_owned()) };
    let mut tx = Tx::new(state.store.begin());
    let out = call.forward(&mut tx, how, (&kage_api_cloudwatch::SERVICE, &PUT_METRIC_DATA), input);
    tx.into_inner().commit().unwrap().wait().unwrap();
    out
}

#[test]
fn services_publish_into_the_namespaces_of_aws() {
    let world = world();
    publish(&world, "lambda.amazonaws.com", "AWS/Lambda").unwrap();
    publish(&world, "logs.amazonaws.com", "Mine").unwrap();
    let out = world.call_in(&world.admin(), "eu-west-1", "cloudwatch", "ListMetrics", &json!({})).ok();
    let namespaces: Vec<&str> = out["Metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|metric| metric["Namespace"].as_str().unwrap())
        .collect();
    assert_eq!(namespaces, ["AWS/Lambda", "Mine"]);
    assert_eq!(call(&world, &world.admin(), "ListMetrics", json!({}))["Metrics"], json!([]));
}
