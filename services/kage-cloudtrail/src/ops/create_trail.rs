//! Making trails.

use crate::trail::{Trail, arn, check_name};
use crate::{encryption, errors, log_group, notifications, object, organization, tagging, trails, view};
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
        let access = match &input.tags_list {
            // AWS: service authorization reference, CloudTrail: tags on creation also take AddTags.
            Some(tags) if !tags.is_empty() => {
                let add = Access::to("cloudtrail:AddTags", arn);
                tagging::requested(create, tags).and(tagging::requested(add, tags))
            }
            _ => create,
        };
        passing(access, input.cloud_watch_logs_role_arn.as_ref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        let mut trail = Trail {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.name.clone(),
            bucket: input.s3_bucket_name.clone(),
            prefix: given(input.s3_key_prefix.as_ref()),
            multi_region: input.is_multi_region_trail.unwrap_or(false),
            global_events: input.include_global_service_events.unwrap_or(true),
            validation: input.enable_log_file_validation.unwrap_or(false),
            recursive: input.recursive_logging,
            log_group: log_group::read(
                given(input.cloud_watch_logs_log_group_arn.as_ref()),
                given(input.cloud_watch_logs_role_arn.as_ref()),
            )?,
            ..Trail::default()
        };
        check(&trail)?;
        let wanted = input.is_organization_trail.unwrap_or(false);
        (trail.account, trail.organization) = organization::owner(call, tx, wanted)?;
        let all = trails::seen_by(tx.reads(), &trail.account)?;
        if all.iter().any(|other| other.region == trail.region && other.name == trail.name) {
            return Err(errors::trail_exists(&trail.name, &trail.account));
        }
        if all.iter().filter(|other| other.covers(&call.region)).count() >= LIMIT {
            return Err(errors::too_many_trails(&trail.account, &call.region, LIMIT));
        }
        tagging::add(&mut trail, input.tags_list.as_deref().unwrap_or_default())?;
        let none = Trail { organization: trail.organization.clone(), ..Trail::default() };
        let links =
            Links { key: given(input.kms_key_id.as_ref()), topic: given(input.sns_topic_name.as_ref()) };
        connect(call, tx, &none, &mut trail, links)?;
        trails::put(tx, &trail)?;
        Ok(view::created(&trail))
    }
}

/// What a trail names that is not named by its own text: a key by its alias, a topic by its name.
pub struct Links {
    /// `KmsKeyId`.
    pub key: Option<String>,
    /// `SnsTopicName`.
    pub topic: Option<String>,
}

/// Checks what is new about a trail with the services that it needs: its key, its bucket, its topic, its log group.
///
/// # Errors
/// Those of [`encryption::resolve`], [`object::check_bucket`], [`notifications::topic`], [`notifications::check`] and
/// [`log_group::check`].
pub fn connect(call: &Call<'_>, tx: &mut Tx, before: &Trail, trail: &mut Trail, links: Links) -> Result<()> {
    if let Some(named) = &links.key {
        trail.kms_key = Some(encryption::resolve(call, tx, trail, named)?);
    }
    if let Some(named) = &links.topic {
        trail.topic = Some(notifications::topic(call, named)?);
    }
    let place = |trail: &Trail| {
        (trail.bucket.clone(), trail.prefix.clone(), trail.organization.clone(), trail.kms_key.clone())
    };
    if place(trail) != place(before) || trail.validation && !before.validation {
        object::check_bucket(call, tx, trail)?;
    }
    if let Some(topic) = trail.topic.as_ref().filter(|topic| Some(*topic) != before.topic.as_ref()) {
        notifications::check(call, tx, trail, topic)?;
    }
    if let Some(group) = trail.log_group.as_ref().filter(|group| Some(*group) != before.log_group.as_ref()) {
        log_group::check(call, tx, trail, group)?;
    }
    Ok(())
}

/// What it takes to give a trail a role: the caller must be allowed to pass it.
/// AWS: CloudTrail user guide, "Granting permissions for CloudTrail administration": `iam:PassRole`.
#[must_use]
pub fn passing(access: Access, role: Option<&String>) -> Access {
    match given(role) {
        Some(role) => {
            access.and(Access::to("iam:PassRole", role).key("iam:PassedToService", object::PRINCIPAL))
        }
        None => access,
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
