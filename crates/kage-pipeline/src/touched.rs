//! The resources of a call as its record names them.

use kage_core::{Access, Arn, Call};
use kage_record::Touched;

/// The `resources` of the record: what the operation asked permission for, where it is a resource that CloudTrail names.
#[must_use]
pub fn of(call: &Call<'_>, access: &Access) -> Vec<Touched> {
    let mut out: Vec<Touched> = Vec::new();
    for evaluation in &access.evaluations {
        let Some(kind) = kind(&evaluation.resource) else { continue };
        let account = evaluation.owner.clone().unwrap_or_else(|| call.account.clone());
        let touched = Touched { arn: evaluation.resource.clone(), account, kind: Some(kind.to_owned()) };
        if !out.contains(&touched) {
            out.push(touched);
        }
    }
    out
}

/// The CloudFormation type of a resource. AWS: CloudTrail user guide, "CloudTrail record contents", `resources`; seen in
/// published records of KMS, S3 and STS. Other services' records have no `resources`.
fn kind(arn: &str) -> Option<&'static str> {
    let arn = Arn::parse(arn)?;
    match arn.service.as_str() {
        "kms" if arn.resource.starts_with("key/") => Some("AWS::KMS::Key"),
        "s3" if arn.resource.contains('/') => Some("AWS::S3::Object"),
        "s3" => Some("AWS::S3::Bucket"),
        "iam" if arn.resource.starts_with("role/") => Some("AWS::IAM::Role"),
        _ => None,
    }
}
