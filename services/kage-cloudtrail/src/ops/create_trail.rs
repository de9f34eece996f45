//! Making trails.

use crate::selectors::Selectors;
use crate::trail::{Status, Trail, arn, check_name};
use crate::{errors, object, tagging, trails, view};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Trails that a Region may show, shadows included. AWS: CloudTrail user guide, "Quotas in AWS CloudTrail".
const LIMIT: usize = 5;

/// Makes a trail. It does not log before StartLogging.
pub struct CreateTrail;

impl Operation for CreateTrail {
    shape!(CREATE_TRAIL: CreateTrailRequest -> CreateTrailResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<()>> {
        check_name(&input.name)?;
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = arn(&call.region, &call.account, &input.name);
        let create = Access::to("cloudtrail:CreateTrail", arn.clone());
        match &input.tags_list {
            // AWS: service authorization reference, CloudTrail: tags on creation also take AddTags.
            Some(tags) if !tags.is_empty() => {
                let add = Access::to("cloudtrail:AddTags", arn);
                tagging::requested(create, tags).and(tagging::requested(add, tags))
            }
            _ => create,
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_modelled(Links {
            topic: input.sns_topic_name.as_deref(),
            log_group: input.cloud_watch_logs_log_group_arn.as_deref(),
            role: input.cloud_watch_logs_role_arn.as_deref(),
            key: input.kms_key_id.as_deref(),
            organization: input.is_organization_trail,
            recursive: input.recursive_logging,
        })?;
        let mut trail = Trail {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.name.clone(),
            bucket: input.s3_bucket_name.clone(),
            prefix: given(input.s3_key_prefix.as_ref()),
            multi_region: input.is_multi_region_trail.unwrap_or(false),
            global_events: input.include_global_service_events.unwrap_or(true),
            validation: input.enable_log_file_validation.unwrap_or(false),
            selectors: Selectors::default(),
            tags: Vec::new(),
            logging: false,
            started: None,
            stopped: None,
            status: Status::default(),
        };
        check(&trail)?;
        let all = trails::of_account(tx.reads(), &call.account)?;
        if all.iter().any(|other| other.region == trail.region && other.name == trail.name) {
            return Err(errors::trail_exists(&trail.name, &call.account));
        }
        if all.iter().filter(|other| other.covers(&call.region)).count() >= LIMIT {
            return Err(errors::too_many_trails(&call.account, &call.region, LIMIT));
        }
        tagging::add(&mut trail, input.tags_list.as_deref().unwrap_or_default())?;
        object::check_bucket(call, tx, &trail)?;
        trails::put(tx, &trail)?;
        Ok(view::created(&trail))
    }
}

/// An empty text means none.
pub fn given(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// Rules of a whole trail. The order is that of recorded answers: members before the bucket.
///
/// # Errors
/// `InvalidParameterCombinationException`, `InvalidS3BucketNameException`, `InvalidS3PrefixException`.
pub fn check(trail: &Trail) -> Result<()> {
    if trail.multi_region && !trail.global_events {
        return Err(errors::combination("Multi-Region trail must include global service events."));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if !(3..=63).contains(&trail.bucket.len()) || !trail.bucket.chars().all(plain) {
        return Err(errors::bucket_name(&trail.bucket));
    }
    if trail.prefix.as_ref().is_some_and(|prefix| prefix.len() > 200) {
        return Err(errors::prefix());
    }
    Ok(())
}

/// Members that lead to services and features that a trail here does not have.
pub struct Links<'a> {
    /// `SnsTopicName`.
    pub topic: Option<&'a str>,
    /// `CloudWatchLogsLogGroupArn`.
    pub log_group: Option<&'a str>,
    /// `CloudWatchLogsRoleArn`.
    pub role: Option<&'a str>,
    /// `KmsKeyId`.
    pub key: Option<&'a str>,
    /// `IsOrganizationTrail`.
    pub organization: Option<bool>,
    /// `RecursiveLogging`.
    pub recursive: Option<bool>,
}

/// Refuses what is not modelled, by name. An empty text asks for nothing.
///
/// # Errors
/// 501.
pub fn require_modelled(links: Links<'_>) -> Result<()> {
    let texts = [
        (links.topic, "SnsTopicName of a trail"),
        (links.log_group, "CloudWatchLogsLogGroupArn of a trail"),
        (links.role, "CloudWatchLogsRoleArn of a trail"),
        (links.key, "KmsKeyId of a trail"),
    ];
    if let Some((_, what)) = texts.iter().find(|(text, _)| text.is_some_and(|text| !text.is_empty())) {
        return Err(errors::not_modelled(what));
    }
    if links.organization == Some(true) {
        return Err(errors::not_modelled("organization trails"));
    }
    if links.recursive.is_some() {
        return Err(errors::not_modelled("RecursiveLogging of a trail"));
    }
    Ok(())
}
