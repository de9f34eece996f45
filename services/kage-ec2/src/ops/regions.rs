//! Regions.

use crate::{access, errors, facts, filters, require_no_dry_run};
use kage_api_ec2::types::{DescribeRegionsResult, Region};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Lists the Regions that are enabled for the account, or all.
pub struct DescribeRegions;

impl Operation for DescribeRegions {
    shape!(DESCRIBE_REGIONS: DescribeRegionsRequest -> DescribeRegionsResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:DescribeRegions")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<DescribeRegionsResult> {
        require_no_dry_run(input.dry_run)?;
        let enabled = facts::ENABLED.iter().map(|region| (region.name, "opt-in-not-required"));
        let others = facts::OPT_IN.iter().map(|name| (*name, "not-opted-in"));
        let mut all: Vec<(&str, &str)> = enabled.chain(others).collect();
        all.sort_unstable();
        let named = input.region_names.as_ref().filter(|names| !names.is_empty());
        for name in named.into_iter().flatten() {
            if !all.iter().any(|(known, _)| known == name) {
                return Err(errors::invalid_value(format!("Invalid region provided: {name}")));
            }
        }
        let mut regions = Vec::new();
        for (name, status) in all {
            let wanted = match named {
                Some(names) => names.iter().any(|wanted| wanted == name),
                None => input.all_regions == Some(true) || status != "not-opted-in",
            };
            let endpoint = format!("ec2.{name}.amazonaws.com");
            let values = [("region-name", name), ("opt-in-status", status), ("endpoint", endpoint.as_str())];
            if filters::pass(input.filters.as_ref(), &values)? && wanted {
                regions.push(Region {
                    opt_in_status: Some(status.to_owned()),
                    geography: None,
                    region_name: Some(name.to_owned()),
                    endpoint: Some(endpoint),
                });
            }
        }
        Ok(DescribeRegionsResult { regions: Some(regions) })
    }
}
