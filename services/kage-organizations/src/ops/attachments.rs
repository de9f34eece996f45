//! Where policies hang.

use crate::law::{self, Law};
use crate::place::{self, Kind, Place};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, view};
use kage_api_organizations::types::{
    AttachPolicyResponse, DetachPolicyResponse, ListPoliciesForTargetResponse, ListTargetsForPolicyResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::organization::{self, RESOURCE_CONTROL};

/// What an attachment names: a policy and a place.
pub struct Pair {
    law: Lookup<Law>,
    place: Lookup<Place>,
}

fn pair(call: &Call<'_>, tx: &Tx, policy: &str, target: &str) -> Result<Lookup<Scoped<Pair>>> {
    scope::within(call, tx, Who::Management, policy, errors::no_policy, |organization| {
        let law = match law::find(tx, organization, policy)? {
            Some(law) => Lookup::Found(law),
            None => Lookup::missing(place::arn(organization, policy), errors::no_policy()),
        };
        let place = match place::find(tx, organization, target)? {
            Some(place) => Lookup::Found(place),
            None => Lookup::missing(place::arn(organization, target), errors::no_target()),
        };
        Ok(Some(Pair { law, place }))
    })
}

fn access(action: &str, target: &Lookup<Scoped<Pair>>) -> Access {
    match target {
        Lookup::Found(Scoped { item, .. }) => {
            let kind = item.law.found().map(|law| law.policy.kind.clone());
            Access::on(action, &item.law)
                .key_if("organizations:PolicyType", kind.clone())
                .and(Access::on(action, &item.place))
                .key_if("organizations:PolicyType", kind)
        }
        Lookup::Missing { arn, .. } => Access::to(action, arn.clone()),
    }
}

/// Attaches a policy to the root, a unit or an account.
pub struct AttachPolicy;

impl Operation for AttachPolicy {
    shape!(ATTACH_POLICY: AttachPolicyRequest -> AttachPolicyResponse on Scoped<Pair>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Pair>>> {
        pair(call, tx, &input.policy_id, &input.target_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Pair>>) -> Access {
        access("organizations:AttachPolicy", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, scoped: Scoped<Pair>, _: &Self::Input) -> Result<AttachPolicyResponse> {
        let Scoped { organization, item } = scoped;
        let policy = item.law.require()?.policy;
        let mut node = item.place.require()?.node;
        if !organization.policy_types.contains(&policy.kind) {
            return Err(errors::type_not_enabled());
        }
        let attached = node.policies.entry(policy.kind.clone()).or_default();
        if attached.contains(&policy.id) {
            return Err(errors::duplicate_attachment());
        }
        law::require_attachable(&policy.kind, attached.len())?;
        attached.push(policy.id);
        organization::put_node(tx, &node)?;
        Ok(AttachPolicyResponse {})
    }
}

/// Takes a policy off a target. One must remain.
pub struct DetachPolicy;

impl Operation for DetachPolicy {
    shape!(DETACH_POLICY: DetachPolicyRequest -> DetachPolicyResponse on Scoped<Pair>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Pair>>> {
        pair(call, tx, &input.policy_id, &input.target_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Pair>>) -> Access {
        access("organizations:DetachPolicy", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, scoped: Scoped<Pair>, _: &Self::Input) -> Result<DetachPolicyResponse> {
        let policy = scoped.item.law.require()?.policy;
        let mut node = scoped.item.place.require()?.node;
        let attached = node.policies.entry(policy.kind.clone()).or_default();
        if !attached.contains(&policy.id) {
            return Err(errors::not_attached());
        }
        // AWS: Organizations user guide, "Resource control policies": RCPFullAWSAccess can't be detached.
        if policy.kind == RESOURCE_CONTROL && policy.aws_managed {
            return Err(errors::invalid("NON_DETACHABLE_POLICY", "You can't detach this policy."));
        }
        if attached.len() <= 1 {
            return Err(errors::constraint(
                "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
            ));
        }
        attached.retain(|id| *id != policy.id);
        organization::put_node(tx, &node)?;
        Ok(DetachPolicyResponse {})
    }
}

/// Lists the policies of one type that hang directly on a target.
pub struct ListPoliciesForTarget;

impl Operation for ListPoliciesForTarget {
    shape!(LIST_POLICIES_FOR_TARGET: ListPoliciesForTargetRequest -> ListPoliciesForTargetResponse on Scoped<Place>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Place>>> {
        let kinds = [Kind::Root, Kind::Unit, Kind::Account];
        place::named(call, tx, Who::Administrators, &input.target_id, &kinds, errors::no_target)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Place>>) -> Access {
        Access::on("organizations:ListPoliciesForTarget", target)
            .key("organizations:PolicyType", &input.filter)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Place>,
        input: &Self::Input,
    ) -> Result<ListPoliciesForTargetResponse> {
        let Scoped { organization, item: Place { node, .. } } = scoped;
        let mut ids = node.policies.get(&input.filter).cloned().unwrap_or_default();
        ids.sort();
        let page = pages::cut(call, ids, String::clone, input.next_token.as_deref(), input.max_results)?;
        let mut shown = Vec::new();
        for id in &page.items {
            let found = law::find(tx, &organization, id)?;
            shown.extend(found.map(|law| view::policy_summary(&organization, &law.policy)));
        }
        Ok(ListPoliciesForTargetResponse { policies: Some(shown), next_token: page.next })
    }
}

/// Lists where a policy hangs.
pub struct ListTargetsForPolicy;

impl Operation for ListTargetsForPolicy {
    shape!(LIST_TARGETS_FOR_POLICY: ListTargetsForPolicyRequest -> ListTargetsForPolicyResponse on Scoped<Law>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Law>>> {
        law::named(call, tx, Who::Administrators, &input.policy_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Law>>) -> Access {
        law::access("organizations:ListTargetsForPolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Law>,
        input: &Self::Input,
    ) -> Result<ListTargetsForPolicyResponse> {
        let Scoped { organization, item: Law { policy, .. } } = scoped;
        let mut all = organization::nodes(tx.reads(), &organization.id)?;
        all.retain(|node| node.policies.get(&policy.kind).is_some_and(|ids| ids.contains(&policy.id)));
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |node| node.id.clone(), token, input.max_results)?;
        let places =
            page.items.into_iter().map(|node| Place { arn: place::arn(&organization, &node.id), node });
        let shown = places.map(|place| view::target(tx, &place)).collect::<Result<_>>()?;
        Ok(ListTargetsForPolicyResponse { targets: Some(shown), next_token: page.next })
    }
}
