//! The services of the double.

use kage_core::Service;

/// All services, in alphabetical order. A service crate is added here and in Cargo.toml, and nowhere else.
pub fn services() -> Vec<Service> {
    vec![
        kage_cloudtrail::service(),
        kage_cloudwatch::service(),
        kage_ec2::service(),
        kage_events::service(),
        kage_iam::service(),
        kage_kinesis::service(),
        kage_kms::service(),
        kage_lambda::service(),
        kage_logs::service(),
        kage_organizations::service(),
        kage_s3::service(),
        kage_scheduler::service(),
        kage_sns::service(),
        kage_sqs::service(),
        kage_sts::service(),
    ]
}
