//! The services of the double.

use kage_core::Service;

/// All services, in alphabetical order. A service crate is added here and in Cargo.toml, and nowhere else.
pub fn services() -> Vec<Service> {
    vec![
        kage_cloudtrail::service(),
        kage_ec2::service(),
        kage_iam::service(),
        kage_kms::service(),
        kage_organizations::service(),
        kage_s3::service(),
        kage_sts::service(),
    ]
}
