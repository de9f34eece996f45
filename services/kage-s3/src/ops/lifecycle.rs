//! PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle.
//!
//! AWS: S3 API reference, PutBucketLifecycleConfiguration; the texts of refusals are S3's, as issues of Terraform and CDK and
//! the makers of compatible stores recorded them.

use crate::lifecycle::{DAY_MS, Form, Lifecycle, Old, Rule, When};
use crate::{ageing, errors};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::types::{
    AbortIncompleteMultipartUpload, DeleteBucketLifecycleResponse, GetBucketLifecycleConfigurationOutput,
    LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, PutBucketLifecycleConfigurationOutput, Tag,
    Transition,
};
use kage_core::{Call, Error, Recording, Result};
use kage_schema::Timestamp;

/// AWS: the model: "up to 1,000 rules".
const RULES_MAX: usize = 1000;
/// AWS: LifecycleRule, `ID`.
const ID_MAX: usize = 255;

on_bucket!(
    /// Replaces the lifecycle configuration.
    PutBucketLifecycleConfiguration(PutBucketLifecycleConfigurationRequest) -> PutBucketLifecycleConfigurationOutput,
    PUT_BUCKET_LIFECYCLE_CONFIGURATION, "s3:PutLifecycleConfiguration", Recording::MANAGEMENT,
    |call, tx, scene, input| {
        let given = input.lifecycle_configuration.as_ref().ok_or_else(errors::malformed_xml)?;
        let varies = input.transition_default_minimum_object_size.as_deref() == Some("varies_by_storage_class");
        let lifecycle = Lifecycle { rules: read(call, &given.rules)?, varies };
        ageing::set(call, tx, &scene.bucket, &lifecycle)?;
        Ok(PutBucketLifecycleConfigurationOutput {
            transition_default_minimum_object_size: Some(minimum(&lifecycle)),
        })
    }
);

on_bucket!(
    /// Shows the lifecycle configuration.
    GetBucketLifecycleConfiguration(GetBucketLifecycleConfigurationRequest) -> GetBucketLifecycleConfigurationOutput,
    GET_BUCKET_LIFECYCLE_CONFIGURATION, "s3:GetLifecycleConfiguration", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let lifecycle = ageing::find(tx.reads(), &scene.bucket.name)?.ok_or_else(|| {
            let text = "The lifecycle configuration does not exist";
            errors::not_configured("NoSuchLifecycleConfiguration", text, &input.bucket)
        })?;
        Ok(GetBucketLifecycleConfigurationOutput {
            transition_default_minimum_object_size: Some(minimum(&lifecycle)),
            rules: Some(lifecycle.rules.into_iter().map(shown).collect()),
        })
    }
);

on_bucket!(
    /// Removes the lifecycle configuration. AWS: it takes the permission of PutBucketLifecycleConfiguration.
    DeleteBucketLifecycle(DeleteBucketLifecycleRequest) -> DeleteBucketLifecycleResponse, DELETE_BUCKET_LIFECYCLE,
    "s3:PutLifecycleConfiguration", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        ageing::remove(tx, &scene.bucket.name);
        Ok(DeleteBucketLifecycleResponse {})
    }
);

fn minimum(lifecycle: &Lifecycle) -> String {
    if lifecycle.varies { "varies_by_storage_class" } else { "all_storage_classes_128K" }.to_owned()
}

fn argument(text: impl Into<String>) -> Error {
    Error::new("InvalidArgument", 400, text)
}

fn read(call: &Call<'_>, given: &[LifecycleRule]) -> Result<Vec<Rule>> {
    if given.is_empty() || given.len() > RULES_MAX {
        return Err(errors::malformed_xml());
    }
    let mut rules: Vec<Rule> = Vec::new();
    for one in given {
        let rule = rule(call, one)?;
        if rules.iter().any(|other| other.id == rule.id) {
            return Err(argument("Rule ID must be unique. Found same ID for more than one rule"));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(call: &Call<'_>, given: &LifecycleRule) -> Result<Rule> {
    let id = given.id.clone().filter(|id| !id.is_empty());
    if id.as_ref().is_some_and(|id| id.chars().count() > ID_MAX) {
        return Err(argument("ID length should not exceed allowed limit of 255"));
    }
    let mut rule = Rule {
        id: id.unwrap_or_else(|| STANDARD.encode(call.ids().uuid())),
        enabled: given.status == "Enabled",
        ..Rule::default()
    };
    scope(given, &mut rule)?;
    if let Some(expiration) = &given.expiration {
        read_expiration(expiration, &mut rule)?;
    }
    for one in given.transitions.iter().flatten() {
        rule.moves.push(transition(one)?);
    }
    if let Some(old) = &given.noncurrent_version_expiration {
        rule.old_expire = Some(self::old(
            "NoncurrentVersionExpiration",
            old.noncurrent_days,
            old.newer_noncurrent_versions,
        )?);
    }
    for one in given.noncurrent_version_transitions.iter().flatten() {
        let class = one.storage_class.clone().ok_or_else(errors::malformed_xml)?;
        let days = one.noncurrent_days;
        if days.is_some_and(|days| days < 0) {
            return Err(argument(
                "'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative",
            ));
        }
        require_warm_days(&class, days.unwrap_or(0), "NoncurrentDays", "NoncurrentVersionTransition")?;
        let days = days.ok_or_else(errors::malformed_xml)?;
        rule.old_moves.push((Old { days, newer: one.newer_noncurrent_versions }, class));
    }
    if let Some(abort) = &given.abort_incomplete_multipart_upload {
        let days = abort.days_after_initiation.filter(|days| *days > 0).ok_or_else(|| {
            argument(
                "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
            )
        })?;
        rule.abort = Some(days);
    }
    require_sense(&rule)?;
    Ok(rule)
}

/// Which objects a rule is for.
fn scope(given: &LifecycleRule, rule: &mut Rule) -> Result<()> {
    let filter = match (&given.prefix, &given.filter) {
        (Some(prefix), None) => {
            rule.form = Form::Prefix;
            rule.prefix = Some(prefix.clone());
            return Ok(());
        }
        (None, Some(filter)) => filter,
        _ => return Err(errors::malformed_xml()),
    };
    let tag = |tag: &Tag| (tag.key.clone(), tag.value.clone());
    let single = [
        filter.prefix.is_some(),
        filter.tag.is_some(),
        filter.object_size_greater_than.is_some(),
        filter.object_size_less_than.is_some(),
        filter.and.is_some(),
    ];
    if single.iter().filter(|is_there| **is_there).count() > 1 {
        return Err(errors::malformed_xml());
    }
    match &filter.and {
        Some(and) => {
            rule.form = Form::And;
            rule.prefix.clone_from(&and.prefix);
            rule.tags = and.tags.iter().flatten().map(tag).collect();
            (rule.greater, rule.less) = (and.object_size_greater_than, and.object_size_less_than);
        }
        None => {
            rule.prefix.clone_from(&filter.prefix);
            rule.tags = filter.tag.iter().map(tag).collect();
            (rule.greater, rule.less) = (filter.object_size_greater_than, filter.object_size_less_than);
        }
    }
    for (place, (key, _)) in rule.tags.iter().enumerate() {
        if rule.tags.iter().take(place).any(|(other, _)| other == key) {
            return Err(errors::invalid_request("Duplicate Tag Keys are not allowed."));
        }
    }
    Ok(())
}

fn read_expiration(given: &LifecycleExpiration, rule: &mut Rule) -> Result<()> {
    let count = usize::from(given.days.is_some())
        .saturating_add(usize::from(given.date.is_some()))
        .saturating_add(usize::from(given.expired_object_delete_marker.is_some()));
    if count != 1 {
        return Err(errors::malformed_xml());
    }
    if given.days.is_some_and(|days| days <= 0) {
        return Err(argument("'Days' for Expiration action must be a positive integer"));
    }
    rule.expires = when(given.days, given.date)?;
    rule.markers = given.expired_object_delete_marker;
    Ok(())
}

fn when(days: Option<i32>, date: Option<Timestamp>) -> Result<Option<When>> {
    match (days, date) {
        (Some(_), Some(_)) => Err(errors::malformed_xml()),
        (Some(days), None) => Ok(Some(When::Days(days))),
        (None, Some(date)) if date.milliseconds().rem_euclid(DAY_MS) != 0 => {
            Err(argument("'Date' must be at midnight GMT"))
        }
        (None, Some(date)) => Ok(Some(When::Date(date.milliseconds()))),
        (None, None) => Ok(None),
    }
}

fn transition(given: &Transition) -> Result<(When, String)> {
    let class = given.storage_class.clone().ok_or_else(errors::malformed_xml)?;
    let when = when(given.days, given.date)?.ok_or_else(errors::malformed_xml)?;
    if let When::Days(days) = when {
        if days < 0 {
            return Err(argument("'Days' in Transition action must be nonnegative"));
        }
        require_warm_days(&class, days, "Days", "Transition")?;
    }
    Ok((when, class))
}

/// AWS: "Constraints and considerations for transitions": 30 days before the classes of infrequent access.
fn require_warm_days(class: &str, days: i32, member: &str, action: &str) -> Result<()> {
    if matches!(class, "STANDARD_IA" | "ONEZONE_IA") && days < 30 {
        let text = format!(
            "'{member}' in {action} action must be greater than or equal to 30 for storageClass '{class}'"
        );
        return Err(argument(text));
    }
    Ok(())
}

fn old(action: &str, days: Option<i32>, newer: Option<i32>) -> Result<Old> {
    let days = days.ok_or_else(errors::malformed_xml)?;
    if days <= 0 {
        return Err(argument(format!("'NoncurrentDays' for {action} action must be a positive integer")));
    }
    Ok(Old { days, newer })
}

/// Judges what the parts of a rule say together.
fn require_sense(rule: &Rule) -> Result<()> {
    let has_action = rule.expires.is_some()
        || rule.markers.is_some()
        || rule.old_expire.is_some()
        || rule.abort.is_some()
        || !rule.moves.is_empty()
        || !rule.old_moves.is_empty();
    if !has_action {
        return Err(errors::invalid_request("At least one action needs to be specified in a rule"));
    }
    let is_narrow = !rule.tags.is_empty() || rule.greater.is_some() || rule.less.is_some();
    if rule.abort.is_some() && is_narrow {
        let text = if rule.tags.is_empty() {
            "AbortIncompleteMultipartUpload cannot be specified with Object Size."
        } else {
            "AbortIncompleteMultipartUpload cannot be specified with Tags."
        };
        return Err(errors::invalid_request(text));
    }
    if rule.markers.is_some() && !rule.tags.is_empty() {
        return Err(errors::invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
    }
    let filter = format!("(prefix={})", rule.prefix.as_deref().unwrap_or_default());
    let dated = |when: &When| matches!(when, When::Date(_));
    let all: Vec<When> = rule.moves.iter().map(|(when, _)| *when).collect();
    if all.iter().any(dated) && !all.iter().all(dated) {
        let text = format!(
            "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '{filter}'"
        );
        return Err(errors::invalid_request(text));
    }
    let Some(expires) = rule.expires else { return Ok(()) };
    for when in all {
        match (when, expires) {
            (When::Days(moved), When::Days(gone)) if gone <= moved => {
                let text = format!(
                    "'Days' in the Expiration action for filter '{filter}' must be greater than 'Days' in the Transition action"
                );
                return Err(argument(text));
            }
            (When::Date(moved), When::Date(gone)) if gone <= moved => {
                let text = format!(
                    "'Date' in the Expiration action for filter '{filter}' must be later than 'Date' in the Transition action"
                );
                return Err(argument(text));
            }
            (When::Days(_), When::Date(_)) | (When::Date(_), When::Days(_)) => {
                let text = format!(
                    "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '{filter}'"
                );
                return Err(errors::invalid_request(text));
            }
            _ => {}
        }
    }
    Ok(())
}

fn shown(rule: Rule) -> LifecycleRule {
    let days = |when: When| match when {
        When::Days(days) => (Some(days), None),
        When::Date(date) => (None, Some(Timestamp(date))),
    };
    let (prefix, filter) = shown_scope(&rule);
    let expiration = (rule.expires.is_some() || rule.markers.is_some()).then(|| {
        let (days, date) = rule.expires.map(days).unwrap_or_default();
        LifecycleExpiration { date, days, expired_object_delete_marker: rule.markers }
    });
    let moves = rule.moves.into_iter().map(|(when, class)| {
        let (days, date) = days(when);
        Transition { date, days, storage_class: Some(class) }
    });
    let old_moves = rule.old_moves.into_iter().map(|(old, class)| NoncurrentVersionTransition {
        noncurrent_days: Some(old.days),
        storage_class: Some(class),
        newer_noncurrent_versions: old.newer,
    });
    LifecycleRule {
        expiration,
        id: Some(rule.id),
        prefix,
        filter,
        status: if rule.enabled { "Enabled" } else { "Disabled" }.to_owned(),
        transitions: Some(moves.collect()).filter(|list: &Vec<_>| !list.is_empty()),
        noncurrent_version_transitions: Some(old_moves.collect()).filter(|list: &Vec<_>| !list.is_empty()),
        noncurrent_version_expiration: rule.old_expire.map(|old| NoncurrentVersionExpiration {
            noncurrent_days: Some(old.days),
            newer_noncurrent_versions: old.newer,
        }),
        abort_incomplete_multipart_upload: rule
            .abort
            .map(|days| AbortIncompleteMultipartUpload { days_after_initiation: Some(days) }),
    }
}

fn shown_scope(rule: &Rule) -> (Option<String>, Option<LifecycleRuleFilter>) {
    let mut tags = rule.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
    let filter = match rule.form {
        Form::Prefix => return (rule.prefix.clone(), None),
        Form::Single => LifecycleRuleFilter {
            prefix: rule.prefix.clone(),
            tag: tags.next(),
            object_size_greater_than: rule.greater,
            object_size_less_than: rule.less,
            and: None,
        },
        Form::And => LifecycleRuleFilter {
            and: Some(LifecycleRuleAndOperator {
                prefix: rule.prefix.clone(),
                tags: Some(tags.collect()).filter(|tags: &Vec<Tag>| !tags.is_empty()),
                object_size_greater_than: rule.greater,
                object_size_less_than: rule.less,
            }),
            ..LifecycleRuleFilter::default()
        },
    };
    (None, Some(filter))
}
