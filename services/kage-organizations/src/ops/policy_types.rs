//! Types of policies, enabled on the root as a whole. Rule 42 of `authorization.md`.

use crate::place::{self, Kind, Place};
use crate::scope::{Scoped, Who};
use crate::{errors, law, view};
use kage_api_organizations::types::{DisablePolicyTypeResponse, EnablePolicyTypeResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::organization;

fn root(call: &Call<'_>, tx: &Tx, id: &str) -> Result<Lookup<Scoped<Place>>> {
    place::named(call, tx, Who::Management, id, &[Kind::Root], errors::no_root)
}

/// Enables a type: AWS's own policy that allows everything is attached everywhere.
pub struct EnablePolicyType;

impl Operation for EnablePolicyType {
    shape!(ENABLE_POLICY_TYPE: EnablePolicyTypeRequest -> EnablePolicyTypeResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        root(call, tx, &input.root_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:EnablePolicyType", target)
            .key("organizations:PolicyType", &input.policy_type)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<EnablePolicyTypeResponse> {
        let Scoped { mut organization, item: root } = scoped;
        let kind = &input.policy_type;
        if organization.feature_set != "ALL" {
            return Err(errors::type_not_available());
        }
        let Some(full) = law::full_access(kind) else {
            return Err(errors::not_modelled(&format!("policies of type {kind}")));
        };
        if organization.policy_types.contains(kind) {
            return Err(errors::type_enabled());
        }
        organization.policy_types.push(kind.clone());
        organization::put(tx, &organization)?;
        for mut node in organization::nodes(tx.reads(), &organization.id)? {
            node.policies.insert(kind.clone(), vec![full.to_owned()]);
            organization::put_node(tx, &node)?;
        }
        Ok(EnablePolicyTypeResponse { root: Some(view::root(&organization, &root.node.name)) })
    }
}

/// Disables a type: all attachments of its policies are gone.
pub struct DisablePolicyType;

impl Operation for DisablePolicyType {
    shape!(DISABLE_POLICY_TYPE: DisablePolicyTypeRequest -> DisablePolicyTypeResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        root(call, tx, &input.root_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:DisablePolicyType", target)
            .key("organizations:PolicyType", &input.policy_type)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<DisablePolicyTypeResponse> {
        let Scoped { mut organization, item: root } = scoped;
        if !organization.policy_types.contains(&input.policy_type) {
            return Err(errors::type_not_enabled());
        }
        organization.policy_types.retain(|kind| *kind != input.policy_type);
        organization::put(tx, &organization)?;
        for mut node in organization::nodes(tx.reads(), &organization.id)? {
            node.policies.remove(&input.policy_type);
            organization::put_node(tx, &node)?;
        }
        Ok(DisablePolicyTypeResponse { root: Some(view::root(&organization, &root.node.name)) })
    }
}
