//! All errors of the service. Codes: the API model. Texts: recorded answers as public test suites hold them, where one is
//! known; the others say the same in the model's sense.

use kage_api_cloudtrail::errors as model;
use kage_core::Error;

/// A trail that is not there. AWS: recorded answer.
pub fn no_trail(name: &str, account: &str) -> Error {
    Error::of(&model::TRAIL_NOT_FOUND_EXCEPTION, format!("Unknown trail: {name} for the user: {account}"))
}

/// A second trail of one name.
pub fn trail_exists(name: &str, account: &str) -> Error {
    Error::of(
        &model::TRAIL_ALREADY_EXISTS_EXCEPTION,
        format!("Trail {name} already exists for customer: {account}"),
    )
}

/// More trails than a Region may have. AWS: CloudTrail user guide, "Quotas": 5.
pub fn too_many_trails(account: &str, region: &str, limit: usize) -> Error {
    Error::of(
        &model::MAXIMUM_NUMBER_OF_TRAILS_EXCEEDED_EXCEPTION,
        format!("User: {account} already has {limit} trails in {region}."),
    )
}

/// A change that was asked for in another Region than that of the trail.
pub fn not_home_region(arn: &str, home: &str) -> Error {
    Error::of(
        &model::INVALID_HOME_REGION_EXCEPTION,
        format!("Trail {arn} can only be modified from its home region {home}."),
    )
}

/// A trail name that breaks the rules of names. AWS: recorded answers.
pub fn trail_name(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_TRAIL_NAME_EXCEPTION, message)
}

/// An ARN that is none of CloudTrail's.
pub fn invalid_arn(arn: &str) -> Error {
    Error::of(
        &model::CLOUD_TRAIL_ARN_INVALID_EXCEPTION,
        format!(
            "Invalid ARN provided: {arn}. It must be of the form arn:aws:cloudtrail:region:account:trail/name."
        ),
    )
}

/// A bucket that is not there. AWS: recorded answer.
pub fn no_bucket(bucket: &str) -> Error {
    Error::of(&model::S3_BUCKET_DOES_NOT_EXIST_EXCEPTION, format!("S3 bucket {bucket} does not exist!"))
}

/// A bucket whose policy does not let CloudTrail write. AWS: recorded answer.
pub fn bucket_policy(bucket: &str) -> Error {
    Error::of(
        &model::INSUFFICIENT_S3_BUCKET_POLICY_EXCEPTION,
        format!("Incorrect S3 bucket policy is detected for bucket: {bucket}"),
    )
}

/// A bucket name that is none.
pub fn bucket_name(bucket: &str) -> Error {
    Error::of(&model::INVALID_S3_BUCKET_NAME_EXCEPTION, format!("Bucket name {bucket} is not valid."))
}

/// A key prefix that is too long. AWS: API reference, CreateTrail: 200 characters.
pub fn prefix() -> Error {
    Error::of(
        &model::INVALID_S3_PREFIX_EXCEPTION,
        "S3 prefix is longer than maximum length. Maximum allowed length: 200 characters.",
    )
}

/// Members that do not go together.
pub fn combination(message: &str) -> Error {
    Error::of(&model::INVALID_PARAMETER_COMBINATION_EXCEPTION, message)
}

/// Event selectors that break a rule.
pub fn selectors(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_EVENT_SELECTORS_EXCEPTION, message)
}

/// More than one lookup attribute. AWS: API reference, LookupEvents.
pub fn lookup_attributes() -> Error {
    Error::of(
        &model::INVALID_LOOKUP_ATTRIBUTES_EXCEPTION,
        "You can only specify one attribute at a time in LookupAttributes.",
    )
}

/// A start that lies behind the end.
pub fn time_range() -> Error {
    Error::of(&model::INVALID_TIME_RANGE_EXCEPTION, "Invalid time range: StartTime must be before EndTime.")
}

/// A token that belongs to no list, or to another one.
pub fn next_token() -> Error {
    Error::of(&model::INVALID_NEXT_TOKEN_EXCEPTION, "Invalid NextToken.")
}

/// A token of a list of keys, tags or trails, which have one page only.
pub fn token() -> Error {
    Error::of(&model::INVALID_TOKEN_EXCEPTION, "The token that is provided is not valid.")
}

/// More tags than a trail may have. AWS: CloudTrail API reference, AddTags: 50.
pub fn too_many_tags(arn: &str) -> Error {
    Error::of(
        &model::TAGS_LIMIT_EXCEEDED_EXCEPTION,
        format!("The number of tags per resource {arn} exceeds 50."),
    )
}

/// A tag that breaks the rules of tags.
pub fn tag(message: &str) -> Error {
    Error::of(&model::INVALID_TAG_PARAMETER_EXCEPTION, message)
}

/// A trail named by the ARN of something else, or not there.
pub fn no_resource(arn: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("The resource {arn} was not found."))
}

/// The caller's account is in no organization.
pub fn organizations_not_in_use() -> Error {
    Error::of(
        &model::ORGANIZATIONS_NOT_IN_USE_EXCEPTION,
        "The request could not be processed because your account is not a member of an organization.",
    )
}

/// An organization trail is made or changed by another account than the management account or a delegated administrator.
pub fn not_management_account() -> Error {
    Error::of(
        &model::NOT_ORGANIZATION_MASTER_ACCOUNT_EXCEPTION,
        "The request could not be processed because the account that made it is not the management account of the organization.",
    )
}

/// A delegated administrator is made by another account than the management account.
pub fn not_the_manager() -> Error {
    Error::of(
        &model::NOT_ORGANIZATION_MANAGEMENT_ACCOUNT_EXCEPTION,
        "The account that made the request is not the management account of the organization.",
    )
}

/// The management account needs no delegation.
pub fn management_account_delegated() -> Error {
    Error::of(
        &model::CANNOT_DELEGATE_MANAGEMENT_ACCOUNT_EXCEPTION,
        "The management account of an organization cannot be its CloudTrail delegated administrator.",
    )
}

/// An account that is not in the organization.
pub fn no_account(account: &str) -> Error {
    Error::of(
        &model::ACCOUNT_NOT_FOUND_EXCEPTION,
        format!("The account {account} was not found or is not part of the organization."),
    )
}

/// A delegated administrator already.
pub fn account_registered(account: &str) -> Error {
    Error::of(
        &model::ACCOUNT_REGISTERED_EXCEPTION,
        format!("The account {account} is already registered as the CloudTrail delegated administrator."),
    )
}

/// No delegated administrator.
pub fn account_not_registered(account: &str) -> Error {
    Error::of(
        &model::ACCOUNT_NOT_REGISTERED_EXCEPTION,
        format!("The account {account} is not registered as the CloudTrail delegated administrator."),
    )
}

/// More delegated administrators than there may be.
pub fn too_many_delegates(limit: usize) -> Error {
    Error::of(
        &model::DELEGATED_ADMIN_ACCOUNT_LIMIT_EXCEEDED_EXCEPTION,
        format!("An organization can have {limit} CloudTrail delegated administrators."),
    )
}

/// An organization for consolidated billing only.
pub fn not_all_features() -> Error {
    Error::of(
        &model::ORGANIZATION_NOT_IN_ALL_FEATURES_MODE_EXCEPTION,
        "The request could not be processed because all features are not enabled in your organization.",
    )
}

/// Organizations does not trust CloudTrail. AWS: text of issue threads.
pub fn access_not_enabled(account: &str) -> Error {
    Error::of(
        &model::CLOUD_TRAIL_ACCESS_NOT_ENABLED_EXCEPTION,
        format!(
            "The request could not be processed because your organization hasn't enabled CloudTrail service access. Enable service access for CloudTrail, and then try again. You are signed in with the following AWS account ID: {account}"
        ),
    )
}

/// The caller may not do in Organizations or IAM what an organization trail takes. AWS: text of issue threads.
pub fn dependency() -> Error {
    Error::of(
        &model::INSUFFICIENT_DEPENDENCY_SERVICE_ACCESS_PERMISSION_EXCEPTION,
        "AWS CloudTrail cannot create resources for your organization because access to one or more required APIs has been denied.",
    )
}

/// A delegated administrator comes before the service-linked role.
pub fn no_service_linked_role() -> Error {
    Error::of(
        &model::NO_MANAGEMENT_ACCOUNT_SLR_EXISTS_EXCEPTION,
        "The management account does not have the service-linked role AWSServiceRoleForCloudTrail.",
    )
}

/// Something that names no KMS key.
pub fn kms_key_id(named: &str) -> Error {
    Error::of(&model::INVALID_KMS_KEY_ID_EXCEPTION, format!("KMS key ID {named} is not valid."))
}

/// A KMS key that is not there, or not in the Region of the bucket.
pub fn no_kms_key(named: &str) -> Error {
    Error::of(
        &model::KMS_KEY_NOT_FOUND_EXCEPTION,
        format!(
            "The KMS key {named} does not exist, or the S3 bucket and the KMS key are not in the same Region."
        ),
    )
}

/// A key policy that does not let CloudTrail encrypt. AWS: text of issue threads.
pub fn encryption_policy(bucket: &str, named: &str) -> Error {
    Error::of(
        &model::INSUFFICIENT_ENCRYPTION_POLICY_EXCEPTION,
        format!("Insufficient permissions to access S3 bucket {bucket} or KMS key {named}."),
    )
}

/// A KMS key that cannot be used as it is.
pub fn kms(named: &str, why: &str) -> Error {
    Error::of(&model::KMS_EXCEPTION, format!("There is an issue with the KMS key {named}: {why}"))
}

/// A topic name that is none.
pub fn topic_name(named: &str) -> Error {
    Error::of(&model::INVALID_SNS_TOPIC_NAME_EXCEPTION, format!("SNS topic name {named} is not valid."))
}

/// A topic that does not take what CloudTrail publishes. AWS: text of issue threads.
pub fn topic_policy() -> Error {
    Error::of(
        &model::INSUFFICIENT_SNS_TOPIC_POLICY_EXCEPTION,
        "SNS Topic does not exist or the topic policy is incorrect!",
    )
}

/// A log group that cannot be used.
pub fn log_group(message: &str) -> Error {
    Error::of(&model::INVALID_CLOUD_WATCH_LOGS_LOG_GROUP_ARN_EXCEPTION, message)
}

/// A log group that is not there, or no ARN of one. AWS: text of issue threads.
pub fn no_log_group() -> Error {
    log_group("CloudTrail cannot validate the specified log group ARN.")
}

/// A role that cannot be used.
pub fn log_role(message: &str) -> Error {
    Error::of(&model::INVALID_CLOUD_WATCH_LOGS_ROLE_ARN_EXCEPTION, message)
}

/// Insight selectors that break a rule.
pub fn insight_selectors(message: &str) -> Error {
    Error::of(&model::INVALID_INSIGHT_SELECTORS_EXCEPTION, message)
}

/// A trail that tells of no unusual activity.
pub fn no_insights(arn: &str) -> Error {
    Error::of(
        &model::INSIGHT_NOT_ENABLED_EXCEPTION,
        format!(
            "Trail {arn} does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again."
        ),
    )
}

/// A member that is missing or does not fit.
pub fn parameter(message: &str) -> Error {
    Error::of(&model::INVALID_PARAMETER_EXCEPTION, message)
}

/// A lookup attribute that Insights events do not have.
pub fn insight_attribute(name: &str) -> Error {
    Error::of(
        &model::INVALID_LOOKUP_ATTRIBUTES_EXCEPTION,
        format!("{name} is not a valid lookup attribute for Insights events."),
    )
}

/// Something that the double does not model (law 7).
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("kage does not model {what}."))
}
