//! Attributes of the account.

use crate::{access, require_no_dry_run};
use kage_api_ec2::types::{AccountAttribute, AccountAttributeValue, DescribeAccountAttributesResult};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: EC2 API reference, DescribeAccountAttributes: the attributes, and the values of an account with default quotas. No
/// account of the double has a VPC, so there is no default one.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("supported-platforms", "VPC"),
    ("default-vpc", "none"),
    ("max-instances", "20"),
    ("vpc-max-security-groups-per-interface", "5"),
    ("max-elastic-ips", "5"),
    ("vpc-max-elastic-ips", "5"),
];

/// Shows the attributes of the account.
pub struct DescribeAccountAttributes;

impl Operation for DescribeAccountAttributes {
    shape!(DESCRIBE_ACCOUNT_ATTRIBUTES: DescribeAccountAttributesRequest -> DescribeAccountAttributesResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:DescribeAccountAttributes")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<DescribeAccountAttributesResult> {
        require_no_dry_run(input.dry_run)?;
        let names = input.attribute_names.as_ref().filter(|names| !names.is_empty());
        let wanted = |name: &str| names.is_none_or(|names| names.iter().any(|wanted| wanted == name));
        let attribute = |(name, value): &(&str, &str)| AccountAttribute {
            attribute_name: Some((*name).to_owned()),
            attribute_values: Some(vec![AccountAttributeValue {
                attribute_value: Some((*value).to_owned()),
            }]),
        };
        let shown = ATTRIBUTES.iter().filter(|(name, _)| wanted(name)).map(attribute).collect();
        Ok(DescribeAccountAttributesResult { account_attributes: Some(shown) })
    }
}
