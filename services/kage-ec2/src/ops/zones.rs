//! Availability Zones.

use crate::{access, errors, facts, filters, require_no_dry_run};
use kage_api_ec2::types::{AvailabilityZone, DescribeAvailabilityZonesResult};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Lists the Availability Zones of the Region.
pub struct DescribeAvailabilityZones;

impl Operation for DescribeAvailabilityZones {
    shape!(DESCRIBE_AVAILABILITY_ZONES: DescribeAvailabilityZonesRequest -> DescribeAvailabilityZonesResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:DescribeAvailabilityZones")
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<DescribeAvailabilityZonesResult> {
        require_no_dry_run(input.dry_run)?;
        if input.all_availability_zones == Some(true) {
            return Err(errors::not_modelled("Local Zones and Wavelength Zones (AllAvailabilityZones)"));
        }
        let Some(region) = facts::ENABLED.iter().find(|region| region.name == call.region) else {
            return Err(errors::not_modelled(&format!("the zones of {}", call.region)));
        };
        let all: Vec<(String, String)> = region
            .zones
            .iter()
            .map(|(letter, number)| {
                (format!("{}{letter}", region.name), format!("{}-az{number}", region.prefix))
            })
            .collect();
        let group = format!("{}-zg-1", region.name);
        let names = input.zone_names.as_ref().filter(|names| !names.is_empty());
        let ids = input.zone_ids.as_ref().filter(|ids| !ids.is_empty());
        let mut unknown =
            names.into_iter().flatten().filter(|name| !all.iter().any(|(known, _)| known == *name));
        let unknown_id = || ids.into_iter().flatten().find(|id| !all.iter().any(|(_, known)| known == *id));
        if let Some(zone) = unknown.next().or_else(unknown_id) {
            return Err(errors::invalid_value(format!("Invalid availability zone: [{zone}]")));
        }
        let mut zones = Vec::new();
        for (name, id) in &all {
            let values = [
                ("region-name", region.name),
                ("zone-name", name),
                ("zone-id", id),
                ("zone-type", "availability-zone"),
                ("state", "available"),
                ("opt-in-status", "opt-in-not-required"),
                ("group-name", &group),
            ];
            let wanted =
                names.is_none_or(|names| names.contains(name)) && ids.is_none_or(|ids| ids.contains(id));
            if filters::pass(input.filters.as_ref(), &values)? && wanted {
                zones.push(AvailabilityZone {
                    opt_in_status: Some("opt-in-not-required".to_owned()),
                    messages: Some(Vec::new()),
                    region_name: Some(region.name.to_owned()),
                    zone_name: Some(name.clone()),
                    zone_id: Some(id.clone()),
                    group_name: Some(group.clone()),
                    network_border_group: Some(region.name.to_owned()),
                    zone_type: Some("availability-zone".to_owned()),
                    state: Some("available".to_owned()),
                    ..AvailabilityZone::default()
                });
            }
        }
        Ok(DescribeAvailabilityZonesResult { availability_zones: Some(zones) })
    }
}
