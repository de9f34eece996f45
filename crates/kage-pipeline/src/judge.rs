//! Step 6: may the caller do what the operation says it must be allowed to do?
//!
//! Every evaluation that the operation named is judged by the whole chain of policies (`kage-authz`). Only this module
//! makes an [`Allowed`], and only an [`Allowed`] can be run (law 2).

use crate::context;
use crate::decisions::{Judgement, Judgements};
use crate::policies::PolicyCache;
use kage_authz::{
    Boundary, Effect, Level, NamedPolicy, PolicyKind, PolicySet, Principal, Request, ResourceRef,
    ResourceService,
};
use kage_core::{Access, Call, Caller, CallerKind, Evaluation, KeyValue, Prepared, Result, Semantics};
use kage_identity::organization::{self, Guardrails, OrganizationPolicy};
use kage_identity::principal::{self, PolicyText, PrincipalPolicies};
use kage_store::Reads;
use std::collections::HashMap;
use std::sync::Arc;

/// A call that every applicable policy allows, with what `resolve` found. It can only be made here.
pub struct Allowed {
    prepared: Prepared,
}

impl Allowed {
    /// What the operation needs to run.
    #[must_use]
    pub fn into_prepared(self) -> Prepared {
        self.prepared
    }
}

/// What came out.
pub enum Verdict {
    /// Everything was allowed.
    Allowed(Allowed),
    /// The judgement at this position was no.
    Denied(usize),
}

/// The judge of one double.
#[derive(Default)]
pub struct Judge {
    cache: PolicyCache,
}

/// What binds the caller, read once per call.
struct Bonds {
    policies: PrincipalPolicies,
    rails: Guardrails,
    compiled: PolicySet,
    principal: Principal,
    context: kage_authz::Context,
    /// Canonical id of the caller's account: `CanonicalUser` in bucket policies (rule 60).
    canonical: Option<String>,
}

impl Judge {
    /// Judges every evaluation of the prepared call, in order, until one is refused. The judgements are given back with
    /// everything needed to explain them later.
    ///
    /// # Errors
    /// HTTP 500 when a stored policy cannot be read.
    pub fn judge(
        &self,
        call: &Call<'_>,
        reads: &dyn Reads,
        prepared: Prepared,
    ) -> Result<(Verdict, Judgements)> {
        let (denied, judgements) = self.ask(call, reads, &prepared.access)?;
        let verdict = match denied {
            Some(position) => Verdict::Denied(position),
            None => Verdict::Allowed(Allowed { prepared }),
        };
        Ok((verdict, judgements))
    }

    /// Judges every evaluation of `access`, in order, until one is refused; gives its position.
    ///
    /// # Errors
    /// HTTP 500 when a stored policy cannot be read.
    pub fn ask(
        &self,
        call: &Call<'_>,
        reads: &dyn Reads,
        access: &Access,
    ) -> Result<(Option<usize>, Judgements)> {
        let evaluations = &access.evaluations;
        if evaluations.is_empty() {
            return Ok((None, Judgements::default()));
        }
        let bonds = self.bonds(call, reads)?;
        let mut rails_of = HashMap::from([(call.account.clone(), bonds.rails.clone())]);
        let mut judged = Vec::with_capacity(evaluations.len());
        for (position, evaluation) in evaluations.iter().enumerate() {
            let judgement = self.evaluate(call, reads, &bonds, &mut rails_of, evaluation)?;
            let allowed = judgement.effect == Effect::Allow;
            judged.push(judgement);
            if !allowed {
                return Ok((Some(position), Judgements(Arc::new(judged))));
            }
        }
        Ok((None, Judgements(Arc::new(judged))))
    }

    /// Lets a call pass without judging it: `--auth open` with credentials that the double did not make.
    #[must_use]
    pub fn waive(prepared: Prepared) -> Allowed {
        Allowed { prepared }
    }

    fn bonds(&self, call: &Call<'_>, reads: &dyn Reads) -> Result<Bonds> {
        let policies = principal::policies_of(reads, &call.caller)?;
        let has_account = !call.caller.is_anonymous() && call.caller.service_name().is_none();
        let rails = if has_account {
            organization::guardrails(reads, &call.caller.account)?
        } else {
            Guardrails::default()
        };
        let mut compiled = PolicySet {
            identity: self.all(PolicyKind::Identity, &policies.identity)?,
            boundary: match &policies.boundary {
                principal::Boundary::None => Boundary::Absent,
                principal::Boundary::Deleted { arn } => Boundary::Deleted { arn: arn.clone() },
                principal::Boundary::Policy(text) => {
                    Boundary::Policy(self.named(PolicyKind::Boundary, text)?)
                }
            },
            ..PolicySet::default()
        };
        if let Some(session) = &policies.session {
            compiled.session = Some(self.all(PolicyKind::Session, session)?);
        }
        // Rule 37: service-linked roles are exempt.
        if !policies.service_linked {
            compiled.service_control =
                self.levels(PolicyKind::ServiceControl, &rails.service_control, &rails)?;
        }
        let principal = principal_of(&call.caller);
        let context = context::of_call(call, &policies.tags, &rails);
        let account = kage_identity::accounts::find(reads, &call.caller.account)?;
        let canonical = account.map(|account| account.canonical_id);
        Ok(Bonds { policies, rails, compiled, principal, context, canonical })
    }

    fn evaluate(
        &self,
        call: &Call<'_>,
        reads: &dyn Reads,
        bonds: &Bonds,
        rails_of: &mut HashMap<String, Guardrails>,
        evaluation: &Evaluation,
    ) -> Result<Judgement> {
        let owner = evaluation.owner.as_deref().unwrap_or(&call.account);
        let rails = match rails_of.get(owner) {
            Some(rails) => rails.clone(),
            None => {
                let rails = organization::guardrails(reads, owner)?;
                rails_of.insert(owner.to_owned(), rails.clone());
                rails
            }
        };
        let mut set = bonds.compiled.clone();
        // Rules 45 and 46: service-linked roles are exempt, and so is every service without RCP support.
        let prefix = evaluation.action.split(':').next().unwrap_or_default();
        if evaluation.resource_control
            && !bonds.policies.service_linked
            && kage_iam_data::supports_resource_control(prefix)
        {
            set.resource_control =
                self.levels(PolicyKind::ResourceControl, &rails.resource_control, &rails)?;
        }
        if let Some(policy) = &evaluation.policy {
            set.resource = Some(self.resource_policy(prefix, policy)?);
        }
        set.extra_allows = evaluation.extra_allows.iter().map(|extra| extra_allow(prefix, extra)).collect();
        let mut request = Request::new(
            bonds.principal.clone(),
            evaluation.action.as_str(),
            ResourceRef {
                arn: evaluation.resource.clone(),
                account: (!owner.is_empty()).then(|| owner.to_owned()),
            },
        );
        request.service_linked_role = bonds.policies.service_linked;
        request.canonical_user.clone_from(&bonds.canonical);
        request.context = bonds.context.clone();
        context::of_resource(&mut request.context, owner, &rails);
        for (name, value) in &evaluation.keys {
            match value {
                KeyValue::One(value) => request.context.insert(name, value),
                KeyValue::Many(values) => request.context.insert_many(name, values),
            }
        }
        let effect = kage_authz::decide(&request, &set).effect;
        Ok(Judgement { request, policies: set, effect })
    }

    fn resource_policy(
        &self,
        prefix: &str,
        policy: &kage_core::ResourcePolicy,
    ) -> Result<kage_authz::ResourcePolicy> {
        let (kind, semantics, name) = match (policy.semantics, prefix) {
            (Semantics::Trust, _) => (PolicyKind::Trust, kage_authz::Semantics::Trust, "role trust policy"),
            (Semantics::Key, _) => {
                (PolicyKind::Resource(ResourceService::Kms), kage_authz::Semantics::Key, "key policy")
            }
            (Semantics::Generic, "s3") => {
                (PolicyKind::Resource(ResourceService::S3), kage_authz::Semantics::Generic, "bucket policy")
            }
            (Semantics::Generic, _) => (
                PolicyKind::Resource(ResourceService::Generic),
                kage_authz::Semantics::Generic,
                "resource policy",
            ),
        };
        let policy = NamedPolicy::inline(name, self.cache.compile(kind, &policy.text)?);
        Ok(kage_authz::ResourcePolicy { policy, semantics })
    }

    fn all(&self, kind: PolicyKind, texts: &[PolicyText]) -> Result<Vec<NamedPolicy>> {
        texts.iter().map(|text| self.named(kind, text)).collect()
    }

    fn named(&self, kind: PolicyKind, text: &PolicyText) -> Result<NamedPolicy> {
        let policy = match (&text.text, &text.arn) {
            (Some(document), _) => self.cache.compile(kind, document)?,
            (None, Some(arn)) => self.cache.aws_managed(kind, arn)?,
            (None, None) => self.cache.compile(kind, "")?,
        };
        Ok(NamedPolicy { name: text.name.clone(), arn: text.arn.clone(), policy })
    }

    fn levels(
        &self,
        kind: PolicyKind,
        levels: &[organization::Level],
        rails: &Guardrails,
    ) -> Result<Vec<Level>> {
        let management = rails.organization.as_ref().map_or("", |(_, management)| management.as_str());
        let named = |policy: &OrganizationPolicy| {
            let compiled = self.cache.compile(kind, &policy.content)?;
            Ok(NamedPolicy::managed(&policy.name, policy.arn(management), compiled))
        };
        levels
            .iter()
            .map(|level| {
                let policies = level.policies.iter().map(named).collect::<Result<Vec<_>>>()?;
                Ok(Level { target: level.target.clone(), policies })
            })
            .collect()
    }
}

fn extra_allow(prefix: &str, extra: &kage_core::ExtraAllow) -> kage_authz::ExtraAllow {
    let kind = if prefix == "kms" {
        kage_authz::ExtraAllowKind::KmsGrant
    } else {
        kage_authz::ExtraAllowKind::S3AccessControlList
    };
    kage_authz::ExtraAllow {
        kind,
        label: extra.label.clone(),
        principal: kage_authz::PrincipalMatch::Wildcard,
    }
}

/// The caller as policies see it.
#[must_use]
pub fn principal_of(caller: &Caller) -> Principal {
    let account = caller.account.clone();
    match &caller.kind {
        CallerKind::Anonymous => Principal::Anonymous,
        CallerKind::Root => Principal::Root { account },
        CallerKind::User { .. } => {
            Principal::User { account, arn: caller.arn.clone(), id: caller.id.clone() }
        }
        CallerKind::Role { role_arn, role_id, session_name, .. } => Principal::RoleSession {
            account,
            role_arn: role_arn.clone(),
            role_id: role_id.clone(),
            session_arn: caller.arn.clone(),
            session_name: session_name.clone(),
        },
        CallerKind::Federated { issuer_arn, issuer_id, .. } => Principal::FederatedUser {
            account,
            arn: caller.arn.clone(),
            id: caller.id.clone(),
            user_arn: issuer_arn.clone(),
            user_id: issuer_id.clone(),
        },
        CallerKind::Service { name } => Principal::Service { name: name.clone() },
    }
}
