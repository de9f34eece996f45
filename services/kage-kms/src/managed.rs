//! AWS managed keys: one for each service, made when the service first needs it.

use crate::aliases::Alias;
use crate::key::{Key, State};
use kage_core::Call;
use serde_json::json;
use std::collections::BTreeMap;

/// AWS: KMS developer guide, "Rotating AWS KMS keys": AWS managed keys are rotated every year (approximately 365 days).
pub const ROTATION_DAYS: i32 = 365;

/// The services with a managed key: name in the alias, name in `kms:ViaService`, name in texts.
// AWS: KMS developer guide, "kms:ViaService", services that support it; the user guides of those services name the alias.
const SERVICES: [(&str, &str, &str); 14] = [
    ("backup", "backup", "Backup"),
    ("dynamodb", "dynamodb", "Amazon DynamoDB"),
    ("ebs", "ec2", "EBS"),
    ("elasticfilesystem", "elasticfilesystem", "EFS"),
    ("es", "es", "Elasticsearch"),
    ("fsx", "fsx", "FSx"),
    ("kinesis", "kinesis", "Kinesis"),
    ("lambda", "lambda", "AWS Lambda"),
    ("rds", "rds", "RDS"),
    ("redshift", "redshift", "Redshift"),
    ("s3", "s3", "S3"),
    ("secretsmanager", "secretsmanager", "AWS Secrets Manager"),
    ("sns", "sns", "SNS"),
    ("sqs", "sqs", "SQS"),
];

/// The AWS managed key of this alias, for the call that is the first to need it; `None` when the alias is none of
/// AWS's, or the call is none that makes such a key.
// AWS: KMS API reference, DescribeKey: "If you specify a predefined AWS alias, KMS associates the alias with an AWS
// managed key". Services make it by using it.
pub fn first_use(call: &Call<'_>, account: &str, alias: &str) -> Option<Key> {
    let makes = call.operation.name == "DescribeKey" || !call.called_via.is_empty();
    let name = alias.strip_prefix("alias/aws/").filter(|_| makes && account == call.account)?;
    let (name, via, title) = SERVICES.into_iter().find(|(known, _, _)| *known == name)?;
    Some(Key {
        account: account.to_owned(),
        region: call.region.clone(),
        id: call.ids().uuid(),
        description: format!(
            "Default key that protects my {title} {} when no other key is defined",
            if name == "s3" { "objects" } else { "data" }
        ),
        policy: policy(account, &call.region, name, via, title),
        state: State::Enabled,
        created: call.now.milliseconds(),
        made_for: Some(name.to_owned()),
        rotation: None,
        backing: Vec::new(),
        tags: BTreeMap::new(),
    })
}

/// The alias of a managed key.
pub fn alias(key: &Key, name: &str) -> Alias {
    Alias {
        account: key.account.clone(),
        region: key.region.clone(),
        name: name.to_owned(),
        key: key.id.clone(),
        created: key.created,
        updated: key.created,
    }
}

/// AWS's policy of such a key: use through the service by whoever may use the service, metadata for the account,
/// and nothing else for anybody.
// AWS: KMS developer guide, "View the key policy of an AWS managed key".
fn policy(account: &str, region: &str, name: &str, via: &str, title: &str) -> String {
    let mut actions = vec!["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];
    if name != "s3" {
        actions.push("kms:CreateGrant");
    }
    actions.push("kms:DescribeKey");
    let policy = json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{name}-2"),
        "Statement": [
            {
                "Sid": format!("Allow access through {title} for all principals in the account that are authorized to use {title}"),
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": actions,
                "Resource": "*",
                "Condition": { "StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("{via}.{region}.amazonaws.com"),
                } },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    });
    policy.to_string()
}
