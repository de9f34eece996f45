//! Trails and selectors as the API shows them.

use crate::selectors::{Advanced, Basic, Selectors};
use crate::trail::Trail;
use kage_api_cloudtrail::types as api;
use kage_core::{Millis, Resource};
use kage_schema::Timestamp;

/// A trail in DescribeTrails and GetTrail.
#[must_use]
pub fn trail(trail: &Trail) -> api::Trail {
    api::Trail {
        name: Some(trail.name.clone()),
        s3_bucket_name: Some(trail.bucket.clone()),
        s3_key_prefix: trail.prefix.clone(),
        include_global_service_events: Some(trail.global_events),
        is_multi_region_trail: Some(trail.multi_region),
        home_region: Some(trail.region.clone()),
        trail_arn: Some(trail.arn()),
        log_file_validation_enabled: Some(trail.validation),
        has_custom_event_selectors: Some(trail.selectors.are_custom()),
        has_insight_selectors: Some(false),
        is_organization_trail: Some(false),
        ..api::Trail::default()
    }
}

/// A trail in ListTrails.
#[must_use]
pub fn info(trail: &Trail) -> api::TrailInfo {
    api::TrailInfo {
        trail_arn: Some(trail.arn()),
        name: Some(trail.name.clone()),
        home_region: Some(trail.region.clone()),
    }
}

/// A trail in the answer of CreateTrail.
#[must_use]
pub fn created(trail: &Trail) -> api::CreateTrailResponse {
    api::CreateTrailResponse {
        name: Some(trail.name.clone()),
        s3_bucket_name: Some(trail.bucket.clone()),
        s3_key_prefix: trail.prefix.clone(),
        include_global_service_events: Some(trail.global_events),
        is_multi_region_trail: Some(trail.multi_region),
        trail_arn: Some(trail.arn()),
        log_file_validation_enabled: Some(trail.validation),
        is_organization_trail: Some(false),
        ..api::CreateTrailResponse::default()
    }
}

/// A trail in the answer of UpdateTrail.
#[must_use]
pub fn updated(trail: &Trail) -> api::UpdateTrailResponse {
    let created = created(trail);
    api::UpdateTrailResponse {
        name: created.name,
        s3_bucket_name: created.s3_bucket_name,
        s3_key_prefix: created.s3_key_prefix,
        include_global_service_events: created.include_global_service_events,
        is_multi_region_trail: created.is_multi_region_trail,
        trail_arn: created.trail_arn,
        log_file_validation_enabled: created.log_file_validation_enabled,
        is_organization_trail: created.is_organization_trail,
        ..api::UpdateTrailResponse::default()
    }
}

/// How a trail does. Members that are texts are those that AWS keeps for old clients; they are empty where there is no time.
#[must_use]
pub fn status(trail: &Trail) -> api::GetTrailStatusResponse {
    let time = |ms: Option<Millis>| ms.map(Timestamp);
    let text =
        |ms: Option<Millis>| Some(ms.map(|ms| Timestamp(ms).whole_seconds().iso8601()).unwrap_or_default());
    let status = &trail.status;
    api::GetTrailStatusResponse {
        is_logging: Some(trail.logging),
        latest_delivery_error: status.error.clone(),
        latest_delivery_time: time(status.delivered),
        start_logging_time: time(trail.started),
        stop_logging_time: time(trail.stopped),
        latest_digest_delivery_time: time(status.digest_delivered),
        latest_digest_delivery_error: status.digest_error.clone(),
        latest_delivery_attempt_time: text(status.attempted),
        latest_delivery_attempt_succeeded: text(status.delivered),
        latest_notification_attempt_time: text(None),
        latest_notification_attempt_succeeded: text(None),
        time_logging_started: text(trail.started),
        time_logging_stopped: text(trail.stopped),
        ..api::GetTrailStatusResponse::default()
    }
}

/// The selectors as `EventSelectors` or `AdvancedEventSelectors`.
#[must_use]
pub fn selectors(
    selectors: &Selectors,
) -> (Option<Vec<api::EventSelector>>, Option<Vec<api::AdvancedEventSelector>>) {
    match selectors {
        Selectors::Basic(all) => (Some(all.iter().map(basic).collect()), None),
        Selectors::Advanced(all) => (None, Some(all.iter().map(advanced).collect())),
    }
}

fn basic(selector: &Basic) -> api::EventSelector {
    let data = selector
        .data
        .iter()
        .map(|(kind, values)| api::DataResource { r#type: Some(kind.clone()), values: Some(values.clone()) });
    api::EventSelector {
        read_write_type: Some(selector.read_write.clone()),
        include_management_events: Some(selector.management),
        data_resources: Some(data.collect()),
        exclude_management_event_sources: Some(selector.excluded.clone()),
    }
}

fn advanced(selector: &Advanced) -> api::AdvancedEventSelector {
    let fields = selector.fields.iter().map(|field| {
        let ([equals, starts_with, ends_with], [not_equals, not_starts_with, not_ends_with]) =
            (field.yes.clone(), field.no.clone());
        api::AdvancedFieldSelector {
            field: field.name.clone(),
            equals,
            starts_with,
            ends_with,
            not_equals,
            not_starts_with,
            not_ends_with,
        }
    });
    api::AdvancedEventSelector { name: selector.name.clone(), field_selectors: fields.collect() }
}
