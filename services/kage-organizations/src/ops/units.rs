//! Organizational units.

use crate::place::{self, Kind, Place};
use crate::scope::{Scoped, Who};
use crate::{errors, tagging, view};
use kage_api_organizations::types::{
    CreateOrganizationalUnitResponse, DeleteOrganizationalUnitResponse, DescribeOrganizationalUnitResponse,
    UpdateOrganizationalUnitResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::organization;

fn unit(call: &Call<'_>, tx: &Tx, who: Who, id: &str) -> Result<Lookup<Scoped<Place>>> {
    place::named(call, tx, who, id, &[Kind::Unit], errors::no_unit)
}

/// Makes a unit under the root or another unit.
pub struct CreateOrganizationalUnit;

impl Operation for CreateOrganizationalUnit {
    shape!(CREATE_ORGANIZATIONAL_UNIT: CreateOrganizationalUnitRequest -> CreateOrganizationalUnitResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        let kinds = [Kind::Root, Kind::Unit];
        place::named(call, tx, Who::Management, &input.parent_id, &kinds, errors::no_parent)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        let access = Access::on("organizations:CreateOrganizationalUnit", target);
        tagging::on_create(access, input.tags.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<CreateOrganizationalUnitResponse> {
        let Scoped { organization, item: parent } = scoped;
        place::require_free_name(tx, &organization, &parent.node.id, &input.name, "")?;
        place::require_room(tx, &organization, &parent.node.id)?;
        let tags = tagging::of_new(input.tags.as_ref())?;
        let root = organization.root.trim_start_matches("r-");
        let id = format!("ou-{root}-{}", call.ids().lower(8));
        let mut node = place::new(&organization, id, &parent.node.id, tags);
        node.name.clone_from(&input.name);
        organization::put_node(tx, &node)?;
        let shown = view::unit(tx, &organization, &node)?;
        Ok(CreateOrganizationalUnitResponse { organizational_unit: Some(shown) })
    }
}

/// Renames a unit.
pub struct UpdateOrganizationalUnit;

impl Operation for UpdateOrganizationalUnit {
    shape!(UPDATE_ORGANIZATIONAL_UNIT: UpdateOrganizationalUnitRequest -> UpdateOrganizationalUnitResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        unit(call, tx, Who::Management, &input.organizational_unit_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:UpdateOrganizationalUnit", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<UpdateOrganizationalUnitResponse> {
        let Scoped { organization, item: Place { mut node, .. } } = scoped;
        if let Some(name) = &input.name {
            let parent = node.parent.clone().unwrap_or_default();
            place::require_free_name(tx, &organization, &parent, name, &node.id)?;
            node.name.clone_from(name);
            organization::put_node(tx, &node)?;
        }
        let shown = view::unit(tx, &organization, &node)?;
        Ok(UpdateOrganizationalUnitResponse { organizational_unit: Some(shown) })
    }
}

/// Shows a unit.
pub struct DescribeOrganizationalUnit;

impl Operation for DescribeOrganizationalUnit {
    shape!(DESCRIBE_ORGANIZATIONAL_UNIT: DescribeOrganizationalUnitRequest -> DescribeOrganizationalUnitResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        unit(call, tx, Who::Administrators, &input.organizational_unit_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:DescribeOrganizationalUnit", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        _: &Self::Input,
    ) -> Result<DescribeOrganizationalUnitResponse> {
        let shown = view::unit(tx, &scoped.organization, &scoped.item.node)?;
        Ok(DescribeOrganizationalUnitResponse { organizational_unit: Some(shown) })
    }
}

/// Removes an empty unit.
pub struct DeleteOrganizationalUnit;

impl Operation for DeleteOrganizationalUnit {
    shape!(DELETE_ORGANIZATIONAL_UNIT: DeleteOrganizationalUnitRequest -> DeleteOrganizationalUnitResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        unit(call, tx, Who::Management, &input.organizational_unit_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:DeleteOrganizationalUnit", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        _: &Self::Input,
    ) -> Result<DeleteOrganizationalUnitResponse> {
        let id = &scoped.item.node.id;
        if !place::children(tx, &scoped.organization, id)?.is_empty() {
            return Err(errors::unit_not_empty());
        }
        organization::remove_node(tx, id)?;
        Ok(DeleteOrganizationalUnitResponse {})
    }
}
