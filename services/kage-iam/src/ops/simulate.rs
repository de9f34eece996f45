//! The policy simulator.

use crate::simulation::{ANY, Simulation, given};
use crate::sources::{self, Identity, Source};
use crate::{context_keys, errors, pages, positions};
use kage_api_iam::types::{
    self as api, ContextEntry, GetContextKeysForPolicyResponse, PolicyIdentifier, SimulatePolicyResponse,
    policy_identifier_policy_type as kind,
};
use kage_authz::{Boundary, Context, Level, NamedPolicy, Policy, PolicyKind, PolicySet, Principal};
use kage_core::{Access, Arn, Call, Lookup, Operation, Resource, Result, Tx};
use kage_identity::organization;
use kage_identity::policies;

/// The simulated session of a role.
const SESSION: &str = "simulation";

/// Says what given policies would decide.
pub struct SimulateCustomPolicy;

impl Operation for SimulateCustomPolicy {
    shape!(SIMULATE_CUSTOM_POLICY: SimulateCustomPolicyRequest -> SimulatePolicyResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:SimulateCustomPolicy")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<SimulatePolicyResponse> {
        require_no_handling(input.resource_handling_option.as_deref())?;
        let mut context = Context::new();
        let principal = match &input.caller_arn {
            Some(arn) => caller(call, tx, arn, &mut context)?,
            None => Principal::User {
                account: call.account.clone(),
                arn: call.global_arn("iam", "user/simulation"),
                id: String::new(),
            },
        };
        add_context(&mut context, input.context_entries.as_deref());
        let levels = input.ordered_organization_policy_input_list.as_deref().unwrap_or_default();
        let simulation = Simulation {
            principal,
            policies: PolicySet {
                identity: numbered("PolicyInputList", &input.policy_input_list, PolicyKind::Identity)?,
                boundary: given_boundary(input.permissions_boundary_policy_input_list.as_deref())?
                    .unwrap_or_default(),
                service_control: given_levels(levels)?,
                ..PolicySet::default()
            },
            context,
            resource_policy: input.resource_policy.clone(),
            resource_owner: input.resource_owner.as_deref().map(account_of),
            in_organization: !levels.is_empty(),
            service_linked: false,
        };
        let resources = input.resource_arns.as_deref();
        let page = (input.marker.as_deref(), input.max_items);
        answer(call, &simulation, &input.action_names, resources, page)
    }
}

/// Says what the policies of a user, group or role would decide.
pub struct SimulatePrincipalPolicy;

impl Operation for SimulatePrincipalPolicy {
    shape!(SIMULATE_PRINCIPAL_POLICY: SimulatePrincipalPolicyRequest -> SimulatePolicyResponse on IdentityOf);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<IdentityOf>> {
        lookup(call, tx, &input.policy_source_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<IdentityOf>) -> Access {
        Access::on("iam:SimulatePrincipalPolicy", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        IdentityOf(identity, arn): IdentityOf,
        input: &Self::Input,
    ) -> Result<SimulatePolicyResponse> {
        require_no_handling(input.resource_handling_option.as_deref())?;
        let nameless = input.resource_policy.is_some() && input.caller_arn.is_none();
        if nameless && !matches!(identity, Identity::User(_)) {
            return Err(errors::invalid_input(
                "CallerArn is required with a ResourcePolicy unless PolicySourceArn is a user.",
            ));
        }
        let mut context = Context::new();
        let principal = caller(call, tx, input.caller_arn.as_ref().unwrap_or(&arn), &mut context)?;
        add_context(&mut context, input.context_entries.as_deref());
        let excluded = input.policy_exclusion_list.as_deref().unwrap_or_default();
        let mut identity_policies: Vec<NamedPolicy> = sources::of(tx, &identity)?
            .into_iter()
            .filter(|source| !excluded.iter().any(|one| excludes(one, source)))
            .map(|source| NamedPolicy { name: source.id, arn: source.arn, policy: source.policy })
            .collect();
        let extra = input.policy_input_list.as_deref().unwrap_or_default();
        identity_policies.extend(numbered("PolicyInputList", extra, PolicyKind::Identity)?);
        let without = |name: &str| {
            excluded.iter().any(|one| matches!(one, PolicyIdentifier::PolicyType(kind) if kind == name))
        };
        let boundary = match given_boundary(input.permissions_boundary_policy_input_list.as_deref())? {
            Some(given) => given,
            None if without(kind::PERMISSION_BOUNDARY) => Boundary::Absent,
            None => own_boundary(tx, &identity)?,
        };
        let service_linked = matches!(&identity, Identity::Role(role) if role.is_service_linked());
        let rails = organization::guardrails(tx.reads(), &call.account)?;
        let apply = !service_linked && !without(kind::SCP);
        let service_control = if apply { levels(&rails)? } else { Vec::new() };
        let simulation = Simulation {
            principal,
            policies: PolicySet {
                identity: identity_policies,
                boundary,
                service_control,
                ..PolicySet::default()
            },
            context,
            resource_policy: input.resource_policy.clone(),
            resource_owner: input.resource_owner.as_deref().map(account_of),
            in_organization: rails.organization.is_some(),
            service_linked,
        };
        let resources = input.resource_arns.as_deref();
        let page = (input.marker.as_deref(), input.max_items);
        answer(call, &simulation, &input.action_names, resources, page)
    }
}

/// Lists the condition keys that given policies ask for.
pub struct GetContextKeysForCustomPolicy;

impl Operation for GetContextKeysForCustomPolicy {
    shape!(GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY: GetContextKeysForCustomPolicyRequest ->
        GetContextKeysForPolicyResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:GetContextKeysForCustomPolicy")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<GetContextKeysForPolicyResponse> {
        let policies = all_given(&input.policy_input_list)?;
        Ok(GetContextKeysForPolicyResponse { context_key_names: Some(context_keys::of(&policies)) })
    }
}

/// Lists the condition keys that the policies of a user, group or role ask for.
pub struct GetContextKeysForPrincipalPolicy;

impl Operation for GetContextKeysForPrincipalPolicy {
    shape!(GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY: GetContextKeysForPrincipalPolicyRequest ->
        GetContextKeysForPolicyResponse on IdentityOf);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<IdentityOf>> {
        lookup(call, tx, &input.policy_source_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<IdentityOf>) -> Access {
        Access::on("iam:GetContextKeysForPrincipalPolicy", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        IdentityOf(identity, _): IdentityOf,
        input: &Self::Input,
    ) -> Result<GetContextKeysForPolicyResponse> {
        let mut policies: Vec<Policy> =
            sources::of(tx, &identity)?.into_iter().map(|source| source.policy).collect();
        policies.extend(all_given(input.policy_input_list.as_deref().unwrap_or_default())?);
        Ok(GetContextKeysForPolicyResponse { context_key_names: Some(context_keys::of(&policies)) })
    }
}

/// An identity and its ARN.
pub struct IdentityOf(Identity, String);

impl Resource for IdentityOf {
    fn arn(&self) -> String {
        self.1.clone()
    }
    fn tags(&self) -> Vec<(String, String)> {
        match &self.0 {
            Identity::User(user) => user.tags.0.clone(),
            Identity::Role(role) => role.tags.0.clone(),
            Identity::Group(_) => Vec::new(),
        }
    }
}

fn lookup(call: &Call<'_>, tx: &Tx, arn: &str) -> Result<Lookup<IdentityOf>> {
    let account = Arn::parse(arn).ok_or_else(errors::unparsable_arn)?.account;
    Ok(match sources::find(tx, &call.account, arn)? {
        Some(identity) => Lookup::Found(IdentityOf(identity, arn.to_owned())),
        None => Lookup::Missing {
            arn: arn.to_owned(),
            owner: Some(account),
            error: errors::no_such_entity(format!("The entity with ARN {arn} cannot be found.")),
        },
    })
}

fn answer(
    call: &Call<'_>,
    simulation: &Simulation,
    actions: &[String],
    resources: Option<&[String]>,
    (marker, max_items): (Option<&str>, Option<i32>),
) -> Result<SimulatePolicyResponse> {
    let any = [ANY.to_owned()];
    let resources = resources.filter(|list| !list.is_empty()).unwrap_or(&any);
    let cut = pages::by_place(call, actions, marker, max_items)?;
    let results =
        cut.items.into_iter().map(|action| simulation.evaluate(action, resources)).collect::<Result<_>>()?;
    Ok(SimulatePolicyResponse {
        evaluation_results: Some(results),
        is_truncated: cut.is_truncated,
        marker: cut.marker,
    })
}

fn require_no_handling(option: Option<&str>) -> Result<()> {
    match option {
        Some(_) => Err(errors::not_modelled("ResourceHandlingOption of the policy simulator")),
        None => Ok(()),
    }
}

/// The simulated caller, and the condition keys that come with it.
fn caller(call: &Call<'_>, tx: &Tx, arn: &str, context: &mut Context) -> Result<Principal> {
    let account = Arn::parse(arn).ok_or_else(errors::unparsable_arn)?.account;
    context.insert("aws:PrincipalArn", arn);
    context.insert("aws:PrincipalAccount", &account);
    let rails = organization::guardrails(tx.reads(), &account)?;
    if let Some((id, _)) = &rails.organization {
        context.insert("aws:PrincipalOrgID", id);
        context.insert_many("aws:PrincipalOrgPaths", [&rails.path]);
    }
    let mut tags = |tags: &[(String, String)]| {
        tags.iter().for_each(|(key, value)| context.insert(format!("aws:PrincipalTag/{key}"), value));
    };
    Ok(match sources::find(tx, &account, arn)? {
        Some(Identity::User(user)) => {
            tags(&user.tags.0);
            context.insert("aws:PrincipalType", "User");
            context.insert("aws:username", &user.name);
            context.insert("aws:userid", &user.id);
            Principal::User { account, arn: arn.to_owned(), id: user.id }
        }
        Some(Identity::Role(role)) => {
            tags(&role.tags.0);
            context.insert("aws:PrincipalType", "AssumedRole");
            context.insert("aws:userid", format!("{}:{SESSION}", role.id));
            Principal::RoleSession {
                session_arn: format!("arn:aws:sts::{account}:assumed-role/{}/{SESSION}", role.name),
                account,
                role_arn: arn.to_owned(),
                role_id: role.id,
                session_name: SESSION.to_owned(),
            }
        }
        Some(Identity::Group(_)) => Principal::User { account, arn: arn.to_owned(), id: String::new() },
        None if account == call.account => {
            return Err(errors::no_such_entity(format!("The entity with ARN {arn} cannot be found.")));
        }
        None => Principal::User { account, arn: arn.to_owned(), id: String::new() },
    })
}

fn add_context(context: &mut Context, entries: Option<&[ContextEntry]>) {
    for entry in entries.unwrap_or_default() {
        let Some(name) = &entry.context_key_name else { continue };
        let values = entry.context_key_values.as_deref().unwrap_or_default();
        let list = entry.context_key_type.as_deref().is_some_and(|kind| kind.ends_with("List"));
        match values {
            [value] if !list => context.insert(name, value),
            values => context.insert_many(name, values),
        }
    }
}

fn numbered(list: &str, texts: &[String], kind: PolicyKind) -> Result<Vec<NamedPolicy>> {
    let named = |(place, text): (usize, &String)| {
        let name = format!("{list}.{}", place.saturating_add(1));
        Ok(NamedPolicy::inline(name, given(text, kind)?))
    };
    texts.iter().enumerate().map(named).collect()
}

fn all_given(texts: &[String]) -> Result<Vec<Policy>> {
    texts.iter().map(|text| given(text, PolicyKind::Identity)).collect()
}

fn given_boundary(texts: Option<&[String]>) -> Result<Option<Boundary>> {
    match texts.unwrap_or_default() {
        [] => Ok(None),
        [text] => {
            let policy = given(text, PolicyKind::Boundary)?;
            Ok(Some(Boundary::Policy(NamedPolicy::inline("PermissionsBoundaryPolicyInputList.1", policy))))
        }
        _ => Err(errors::invalid_input("Only one permissions boundary can be simulated.")),
    }
}

fn own_boundary(tx: &Tx, identity: &Identity) -> Result<Boundary> {
    let Some(arn) = identity.boundary() else { return Ok(Boundary::Absent) };
    let name = crate::managed::name_of(arn);
    Ok(match sources::managed(tx, arn, PolicyKind::Boundary)? {
        Some(policy) => Boundary::Policy(NamedPolicy::managed(name, arn, policy)),
        None => Boundary::Deleted { arn: arn.to_owned() },
    })
}

fn given_levels(levels: &[api::OrderedOrganizationPolicyType]) -> Result<Vec<Level>> {
    let level = |(place, level): (usize, &api::OrderedOrganizationPolicyType)| {
        let target = format!("OrderedOrganizationPolicyInputList.{}", place.saturating_add(1));
        let texts = level.service_control_policy_input_list.as_deref().unwrap_or_default();
        Ok(Level { policies: numbered(&target, texts, PolicyKind::ServiceControl)?, target })
    };
    levels.iter().enumerate().map(level).collect()
}

fn levels(rails: &organization::Guardrails) -> Result<Vec<Level>> {
    let management = rails.organization.as_ref().map_or("", |(_, management)| management.as_str());
    let policy = |policy: &organization::OrganizationPolicy| {
        let read = sources::read(&policy.content, PolicyKind::ServiceControl)?;
        Ok(NamedPolicy::managed(&policy.name, policy.arn(management), read))
    };
    let level = |level: &organization::Level| {
        let policies = level.policies.iter().map(policy).collect::<Result<_>>()?;
        Ok(Level { target: level.target.clone(), policies })
    };
    rails.service_control.iter().map(level).collect()
}

/// AWS: IAM API reference, PolicyIdentifier.
fn excludes(identifier: &PolicyIdentifier, source: &Source) -> bool {
    match identifier {
        PolicyIdentifier::PolicyType(name) => match name.as_str() {
            kind::INLINE => source.arn.is_none(),
            kind::AWS_MANAGED => source.arn.as_deref().is_some_and(policies::is_aws_managed),
            kind::USER_MANAGED => source.arn.as_deref().is_some_and(|arn| !policies::is_aws_managed(arn)),
            _ => false,
        },
        PolicyIdentifier::PolicyArn(pattern) => {
            source.arn.as_deref().is_some_and(|arn| positions::is_like(pattern, arn))
        }
        PolicyIdentifier::InlinePolicyIdentifier(inline) => {
            source.arn.is_none()
                && source.name == inline.policy_name
                && source.kind == inline.attachment_type
                && positions::is_like(&inline.attachment_name, &source.entity)
        }
        PolicyIdentifier::Unset => false,
    }
}

/// The account in a resource owner, which is an account or the ARN of its root.
fn account_of(text: &str) -> String {
    Arn::parse(text).map_or_else(|| text.to_owned(), |arn| arn.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_owner_is_an_account() {
        assert_eq!(account_of("111122223333"), "111122223333");
        assert_eq!(account_of("arn:aws:iam::111122223333:root"), "111122223333");
        assert!(given("{}", PolicyKind::Identity).is_err());
    }
}
