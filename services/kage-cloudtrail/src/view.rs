//! Trails and selectors as the API shows them.

use crate::selectors::{Advanced, Basic, Selectors};
use crate::status::Status;
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
        has_insight_selectors: Some(!trail.insights.is_empty()),
        is_organization_trail: Some(trail.organization.is_some()),
        kms_key_id: trail.kms_key.clone(),
        sns_topic_name: topic_name(trail),
        sns_topic_arn: trail.topic.clone(),
        cloud_watch_logs_log_group_arn: trail.log_group.as_ref().map(|group| group.arn.clone()),
        cloud_watch_logs_role_arn: trail.log_group.as_ref().map(|group| group.role.clone()),
        recursive_logging: trail.recursive,
    }
}

/// AWS: API reference, Trail: `SnsTopicName` "is no longer in use", and recorded answers still have it.
fn topic_name(trail: &Trail) -> Option<String> {
    trail.topic.as_ref().and_then(|arn| arn.rsplit(':').next()).map(str::to_owned)
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
        is_organization_trail: Some(trail.organization.is_some()),
        kms_key_id: trail.kms_key.clone(),
        sns_topic_name: topic_name(trail),
        sns_topic_arn: trail.topic.clone(),
        cloud_watch_logs_log_group_arn: trail.log_group.as_ref().map(|group| group.arn.clone()),
        cloud_watch_logs_role_arn: trail.log_group.as_ref().map(|group| group.role.clone()),
        recursive_logging: trail.recursive,
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
        kms_key_id: created.kms_key_id,
        sns_topic_name: created.sns_topic_name,
        sns_topic_arn: created.sns_topic_arn,
        cloud_watch_logs_log_group_arn: created.cloud_watch_logs_log_group_arn,
        cloud_watch_logs_role_arn: created.cloud_watch_logs_role_arn,
        recursive_logging: created.recursive_logging,
    }
}

/// How a trail does. Members that are texts are those that AWS keeps for old clients; they are empty where there is no time.
#[must_use]
pub fn status(trail: &Trail, status: &Status) -> api::GetTrailStatusResponse {
    let time = |ms: Option<Millis>| ms.map(Timestamp);
    let text =
        |ms: Option<Millis>| Some(ms.map(|ms| Timestamp(ms).whole_seconds().iso8601()).unwrap_or_default());
    let Status { files, digests, notifications, log_group } = status;
    api::GetTrailStatusResponse {
        is_logging: Some(trail.logging),
        latest_delivery_error: files.error.clone(),
        latest_notification_error: notifications.error.clone(),
        latest_delivery_time: time(files.delivered),
        latest_notification_time: time(notifications.delivered),
        start_logging_time: time(trail.started),
        stop_logging_time: time(trail.stopped),
        latest_cloud_watch_logs_delivery_error: log_group.error.clone(),
        latest_cloud_watch_logs_delivery_time: time(log_group.delivered),
        latest_digest_delivery_time: time(digests.delivered),
        latest_digest_delivery_error: digests.error.clone(),
        latest_delivery_attempt_time: text(files.attempted),
        latest_delivery_attempt_succeeded: text(files.delivered),
        latest_notification_attempt_time: text(notifications.attempted),
        latest_notification_attempt_succeeded: text(notifications.delivered),
        time_logging_started: text(trail.started),
        time_logging_stopped: text(trail.stopped),
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
