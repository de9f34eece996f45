//! Amazon EC2: Regions, zones and attributes of the account.

mod ops;

mod ebs_encryption;
mod errors;
mod facts;
mod filters;
mod snapshot_sharing;

use kage_core::{Access, Call, DenialStyle, Result, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_ec2::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "ec2.amazonaws.com",
        global: false,
        denial: DenialStyle::UnauthorizedOperation,
        validation_code: "InvalidParameterValue",
        validation_first: false,
        operations: vec![
            operation::<ops::account::DescribeAccountAttributes>(),
            operation::<ops::ebs_encryption::DisableEbsEncryptionByDefault>(),
            operation::<ops::snapshot_sharing::DisableSnapshotBlockPublicAccess>(),
            operation::<ops::ebs_encryption::EnableEbsEncryptionByDefault>(),
            operation::<ops::snapshot_sharing::EnableSnapshotBlockPublicAccess>(),
            operation::<ops::ebs_encryption::GetEbsEncryptionByDefault>(),
            operation::<ops::regions::DescribeRegions>(),
            operation::<ops::zones::DescribeAvailabilityZones>(),
            operation::<ops::snapshot_sharing::GetSnapshotBlockPublicAccessState>(),
        ],
        jobs: Vec::new(),
    }
}

/// One action without a resource. AWS: Service Authorization Reference, EC2: every action has the key `ec2:Region`.
fn access(call: &Call<'_>, action: &str) -> Access {
    Access::any(action).key("ec2:Region", &call.region)
}

/// Ends a dry run, which comes here only when the caller has the permission.
fn require_no_dry_run(dry_run: Option<bool>) -> Result<()> {
    if dry_run == Some(true) { Err(errors::dry_run()) } else { Ok(()) }
}
