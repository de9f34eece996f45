//! One way to state a case and to have both evaluators decide it.

use kage_authz::{
    Boundary, CheckEffect, CheckKind, Decision, Effect, ExtraAllow, Level, NamedPolicy, Outcome, Policy,
    PolicyKind, PolicySet, Principal, Request, ResourcePolicy, ResourceRef, ResourceService, Semantics,
    decide, explain,
};
use serde_json::{Value, json};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER: &str = "444455556666";
pub const OBJECT: &str = "arn:aws:s3:::bucket/a/b.txt";

pub fn user() -> Principal {
    user_of(ACCOUNT)
}

pub fn user_of(account: &str) -> Principal {
    Principal::User {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:user/team/alice"),
        id: format!("AIDA{account}ALICE"),
    }
}

pub fn session() -> Principal {
    session_of(ACCOUNT)
}

pub fn session_of(account: &str) -> Principal {
    Principal::RoleSession {
        account: account.to_owned(),
        role_arn: format!("arn:aws:iam::{account}:role/path/Dev"),
        role_id: format!("AROA{account}DEVDEV"),
        session_arn: format!("arn:aws:sts::{account}:assumed-role/Dev/work"),
        session_name: "work".to_owned(),
    }
}

pub fn federated() -> Principal {
    Principal::FederatedUser {
        account: ACCOUNT.to_owned(),
        arn: format!("arn:aws:sts::{ACCOUNT}:federated-user/guest"),
        id: format!("{ACCOUNT}:guest"),
        user_arn: format!("arn:aws:iam::{ACCOUNT}:user/broker"),
        user_id: format!("AIDA{ACCOUNT}BROKER"),
    }
}

pub fn root() -> Principal {
    Principal::Root { account: ACCOUNT.to_owned() }
}

pub fn service(name: &str) -> Principal {
    Principal::Service { name: name.to_owned() }
}

pub const USER_ARN: &str = "arn:aws:iam::111122223333:user/team/alice";
pub const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/path/Dev";
pub const SESSION_ARN: &str = "arn:aws:sts::111122223333:assumed-role/Dev/work";
pub const ROOT_ARN: &str = "arn:aws:iam::111122223333:root";

/// A document of one statement or a list of statements.
pub fn document(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

pub fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

pub fn deny(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Deny", "Action": action, "Resource": resource })
}

/// The statement with one more element.
pub fn with(mut statement: Value, name: &str, value: Value) -> Value {
    statement[name] = value;
    statement
}

/// An Allow of everything for a principal, as resource policies have it.
pub fn grant(principal: Value) -> Value {
    with(allow("*", "*"), "Principal", principal)
}

/// The statement for the given principal.
pub fn for_principal(statement: Value, principal: Value) -> Value {
    with(statement, "Principal", principal)
}

/// A statement that allows everything under a condition.
pub fn when(condition: Value) -> Value {
    with(allow("*", "*"), "Condition", condition)
}

pub fn stored(text: &str, kind: PolicyKind) -> Policy {
    Policy::parse_stored(text, kind).unwrap_or_else(|error| panic!("{}: {text}", error.detail()))
}

/// A request with the policies that apply to it.
#[derive(Debug, Clone)]
pub struct Case {
    pub request: Request,
    pub policies: PolicySet,
}

/// A user of the bucket's account reads an object; nothing allows it yet.
pub fn case(principal: Principal) -> Case {
    call(principal, "s3:GetObject", OBJECT)
}

pub fn call(principal: Principal, action: &str, arn: &str) -> Case {
    let resource = ResourceRef::new(arn, ACCOUNT);
    Case { request: Request::new(principal, action, resource), policies: PolicySet::default() }
}

fn named(name: &str, statements: &Value, kind: PolicyKind) -> NamedPolicy {
    NamedPolicy::inline(name, stored(&document(statements), kind))
}

impl Case {
    pub fn identity(mut self, statements: Value) -> Self {
        self.policies.identity.push(named("identity", &statements, PolicyKind::Identity));
        self
    }

    /// An identity policy given as text.
    pub fn identity_text(mut self, text: &str) -> Self {
        self.policies.identity.push(NamedPolicy::inline("identity", stored(text, PolicyKind::Identity)));
        self
    }

    pub fn boundary(mut self, statements: Value) -> Self {
        self.policies.boundary = Boundary::Policy(named("boundary", &statements, PolicyKind::Boundary));
        self
    }

    pub fn session(mut self, statements: Value) -> Self {
        let policy = named("session", &statements, PolicyKind::Session);
        self.policies.session.get_or_insert_default().push(policy);
        self
    }

    /// One more SCP level.
    pub fn scp(mut self, statements: Value) -> Self {
        let policies = vec![named("scp", &statements, PolicyKind::ServiceControl)];
        let target = format!("scp-level-{}", self.policies.service_control.len());
        self.policies.service_control.push(Level { target, policies });
        self
    }

    /// One more RCP level.
    pub fn rcp(mut self, statements: Value) -> Self {
        let policies = vec![named("rcp", &statements, PolicyKind::ResourceControl)];
        let target = format!("rcp-level-{}", self.policies.resource_control.len());
        self.policies.resource_control.push(Level { target, policies });
        self
    }

    pub fn endpoint(mut self, statements: Value) -> Self {
        self.policies.endpoint = Some(named("endpoint", &statements, PolicyKind::Endpoint));
        self
    }

    fn attach(mut self, statements: &Value, kind: PolicyKind, semantics: Semantics) -> Self {
        self.policies.resource =
            Some(ResourcePolicy { policy: named("resource", statements, kind), semantics });
        self
    }

    pub fn resource(self, statements: Value) -> Self {
        self.attach(&statements, PolicyKind::Resource(ResourceService::S3), Semantics::Generic)
    }

    pub fn key(self, statements: Value) -> Self {
        self.attach(&statements, PolicyKind::Resource(ResourceService::Kms), Semantics::Key)
    }

    pub fn trust(self, statements: Value) -> Self {
        self.attach(&statements, PolicyKind::Trust, Semantics::Trust)
    }

    pub fn extra(mut self, extra: ExtraAllow) -> Self {
        self.policies.extra_allows.push(extra);
        self
    }

    pub fn owner(mut self, account: &str) -> Self {
        self.request.resource.account = Some(account.to_owned());
        self
    }

    pub fn on(mut self, arn: &str) -> Self {
        self.request.resource.arn = arn.to_owned();
        self
    }

    pub fn doing(mut self, action: &str) -> Self {
        self.request.action = action.into();
        self
    }

    pub fn key_value(mut self, key: &str, value: &str) -> Self {
        self.request.context.insert(key, value);
        self
    }

    pub fn key_values(mut self, key: &str, values: &[&str]) -> Self {
        self.request.context.insert_many(key, values.iter().copied());
        self
    }

    /// What all evaluators say. They must agree, and the checks must keep rules 35 and 36.
    pub fn decision(&self) -> Decision {
        agreed(&self.request, &self.policies)
    }

    #[track_caller]
    pub fn allowed(&self) {
        let decision = self.decision();
        assert_eq!(decision.effect, Effect::Allow, "{decision}");
    }

    #[track_caller]
    pub fn implicitly_denied(&self, by: CheckKind) {
        let decision = self.decision();
        let expected = Outcome { effect: Effect::ImplicitDeny, decided_by: Some(by) };
        assert_eq!(decision.outcome(), expected, "{decision}");
    }

    #[track_caller]
    pub fn explicitly_denied(&self, by: CheckKind) {
        let decision = self.decision();
        let expected = Outcome { effect: Effect::ExplicitDeny, decided_by: Some(by) };
        assert_eq!(decision.outcome(), expected, "{decision}");
    }
}

/// Decides with the fast path and the literal evaluator and demands one answer.
pub fn same(request: &Request, policies: &PolicySet) -> Outcome {
    let outcome = decide(request, policies);
    let literal = kage_authz_spec::decide(request, policies);
    assert_eq!(
        literal,
        outcome,
        "the literal evaluator differs\n{request:#?}\n{policies:#?}\n{}",
        explain(request, policies)
    );
    outcome
}

/// Decides with the fast path, the explanation and the literal evaluator and demands one answer.
pub fn agreed(request: &Request, policies: &PolicySet) -> Decision {
    let decision = explain(request, policies);
    let show = || format!("{request:#?}\n{policies:#?}\n{decision}");
    assert_eq!(same(request, policies), decision.outcome(), "decide and explain differ\n{}", show());
    let has = |effect| decision.checks.iter().any(|check| check.effect == effect);
    match decision.effect {
        Effect::ExplicitDeny => assert!(has(CheckEffect::ExplicitDeny), "{}", show()),
        Effect::ImplicitDeny => {
            assert!(has(CheckEffect::ImplicitDeny) && !has(CheckEffect::ExplicitDeny), "{}", show());
        }
        Effect::Allow => {
            assert!(!has(CheckEffect::ImplicitDeny) && !has(CheckEffect::ExplicitDeny), "{}", show());
            assert!(has(CheckEffect::Allow), "{}", show());
        }
    }
    decision
}
