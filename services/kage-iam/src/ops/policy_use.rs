//! Who uses a policy, and which policies open a service.

use crate::entity::Entity;
use crate::managed::{self, Managed};
use crate::sources::{self, Source};
use crate::{errors, pages};
use kage_api_iam::types::{
    self as api, ListEntitiesForPolicyResponse, ListPoliciesGrantingServiceAccessEntry,
    ListPoliciesGrantingServiceAccessResponse, policy_usage_type,
};
use kage_authz::Policy;
use kage_authz::document::StatementEffect;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};
use kage_identity::{groups, roles, users};

/// Lists the users, groups and roles that a managed policy is attached to or bounds.
pub struct ListEntitiesForPolicy;

enum Holder {
    Group(api::PolicyGroup),
    User(api::PolicyUser),
    Role(api::PolicyRole),
}

impl Operation for ListEntitiesForPolicy {
    shape!(LIST_ENTITIES_FOR_POLICY: ListEntitiesForPolicyRequest -> ListEntitiesForPolicyResponse on Managed);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Managed>> {
        managed::lookup(tx, &input.policy_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Managed>) -> Access {
        Access::on("iam:ListEntitiesForPolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        policy: Managed,
        input: &Self::Input,
    ) -> Result<ListEntitiesForPolicyResponse> {
        let all = holders(call, tx, &policy.arn(), input)?;
        let cut = pages::by_place(call, all, input.marker.as_deref(), input.max_items)?;
        let (mut groups, mut users, mut roles) = (vec![], vec![], vec![]);
        for holder in cut.items {
            match holder {
                Holder::Group(group) => groups.push(group),
                Holder::User(user) => users.push(user),
                Holder::Role(role) => roles.push(role),
            }
        }
        Ok(ListEntitiesForPolicyResponse {
            policy_groups: Some(groups),
            policy_users: Some(users),
            policy_roles: Some(roles),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

fn holders(
    call: &Call<'_>,
    tx: &Tx,
    arn: &str,
    input: &api::ListEntitiesForPolicyRequest,
) -> Result<Vec<Holder>> {
    let wants = |kind: &str| input.entity_filter.as_deref().is_none_or(|filter| filter == kind);
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let usage = input.policy_usage_filter.as_deref();
    let mut out = Vec::new();
    if wants(api::entity_type::GROUP) {
        for group in groups::list(tx.reads(), &call.account)? {
            if group.path.starts_with(prefix) && uses(&group, arn, usage) {
                let (group_name, group_id) = (Some(group.name), Some(group.id));
                out.push(Holder::Group(api::PolicyGroup { group_name, group_id }));
            }
        }
    }
    if wants(api::entity_type::USER) {
        for user in users::list(tx.reads(), &call.account)? {
            if user.path.starts_with(prefix) && uses(&user, arn, usage) {
                let (user_name, user_id) = (Some(user.name), Some(user.id));
                out.push(Holder::User(api::PolicyUser { user_name, user_id }));
            }
        }
    }
    if wants(api::entity_type::ROLE) {
        for role in roles::list(tx.reads(), &call.account)? {
            if role.path.starts_with(prefix) && uses(&role, arn, usage) {
                let (role_name, role_id) = (Some(role.name), Some(role.id));
                out.push(Holder::Role(api::PolicyRole { role_name, role_id }));
            }
        }
    }
    Ok(out)
}

/// AWS: IAM API reference, ListEntitiesForPolicy: without a filter both kinds of use count.
fn uses<E: Entity>(entity: &E, arn: &str, filter: Option<&str>) -> bool {
    let attached = entity.policies().0.iter().any(|known| known == arn);
    let bounded = entity.boundary() == Some(arn);
    match filter {
        Some(policy_usage_type::PERMISSIONS_POLICY) => attached,
        Some(policy_usage_type::PERMISSIONS_BOUNDARY) => bounded,
        _ => attached || bounded,
    }
}

/// Lists, for each of some services, the policies of an identity that allow something there.
pub struct ListPoliciesGrantingServiceAccess;

impl Operation for ListPoliciesGrantingServiceAccess {
    shape!(LIST_POLICIES_GRANTING_SERVICE_ACCESS: ListPoliciesGrantingServiceAccessRequest ->
        ListPoliciesGrantingServiceAccessResponse on ());

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<()>> {
        Ok(match sources::of_arn(tx, &call.account, &input.arn)? {
            Some(_) => Lookup::Found(()),
            None => Lookup::missing(
                &input.arn,
                errors::no_such_entity(format!("ARN {} cannot be found.", input.arn)),
            ),
        })
    }

    fn access(_: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        Access::to("iam:ListPoliciesGrantingServiceAccess", &input.arn)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<ListPoliciesGrantingServiceAccessResponse> {
        let sources = sources::of_arn(tx, &call.account, &input.arn)?.unwrap_or_default();
        let cut = pages::by_place(call, &input.service_namespaces, input.marker.as_deref(), None)?;
        let entry = |namespace: &&String| ListPoliciesGrantingServiceAccessEntry {
            service_namespace: Some((*namespace).clone()),
            policies: Some(
                sources.iter().filter(|source| opens(&source.policy, namespace)).map(granting).collect(),
            ),
        };
        Ok(ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: cut.items.iter().map(entry).collect(),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

fn granting(source: &Source) -> api::PolicyGrantingServiceAccess {
    let inline = source.arn.is_none();
    let kind = if inline { api::policy_type::INLINE } else { api::policy_type::MANAGED };
    api::PolicyGrantingServiceAccess {
        policy_name: source.name.clone(),
        policy_type: kind.to_owned(),
        policy_arn: source.arn.clone(),
        entity_type: inline.then(|| source.kind.to_uppercase()),
        entity_name: inline.then(|| source.entity.clone()),
    }
}

/// Whether an Allow of the policy covers some action of the service.
fn opens(policy: &Policy, namespace: &str) -> bool {
    policy.statements().iter().filter(|statement| statement.effect == StatementEffect::Allow).any(
        |statement| {
            let patterns = &statement.action.patterns;
            if statement.action.negated {
                !patterns.iter().any(|pattern| covers_all(pattern, namespace))
            } else {
                patterns.iter().any(|pattern| pattern == "*" || in_namespace(pattern, namespace).is_some())
            }
        },
    )
}

fn in_namespace<'p>(pattern: &'p str, namespace: &str) -> Option<&'p str> {
    pattern.split_once(':').filter(|(prefix, _)| prefix.eq_ignore_ascii_case(namespace)).map(|(_, name)| name)
}

fn covers_all(pattern: &str, namespace: &str) -> bool {
    pattern == "*"
        || in_namespace(pattern, namespace).is_some_and(|name| name.bytes().all(|byte| byte == b'*'))
}
