//! A policy compiled for fast evaluation: statements by effect, indexed by action.

use std::collections::BTreeSet;

use crate::action_index::ActionIndex;
use crate::arn_pattern::ArnPattern;
use crate::condition::{BadValue, CompiledCondition};
use crate::document::{Document, Statement, StatementEffect, Version};
use crate::error::{PolicyError, Reason};
use crate::pattern::Pattern;
use crate::policy::PolicyKind;
use crate::principal_match::{PrincipalMatch, PrincipalMatcher};
use crate::request::Request;
use crate::switches;

/// The compiled form of a policy.
#[derive(Debug)]
pub(crate) struct CompiledPolicy {
    /// In the order of the document.
    statements: Box<[CompiledStatement]>,
    allow: ActionIndex,
    deny: ActionIndex,
}

/// One statement without its actions, which the index holds.
#[derive(Debug)]
pub(crate) struct CompiledStatement {
    principal: Option<PrincipalMatcher>,
    resource: Option<ResourceMatcher>,
    conditions: Box<[CompiledCondition]>,
}

/// A `Resource` or `NotResource` element.
#[derive(Debug)]
struct ResourceMatcher {
    negated: bool,
    patterns: Box<[ResourcePattern]>,
}

/// One pattern of a `Resource` element.
#[derive(Debug)]
enum ResourcePattern {
    /// Matched over the whole ARN (rule 67).
    Whole(Pattern),
    /// Matched component by component: the other reading of rule 67.
    Components(ArnPattern),
}

impl ResourcePattern {
    fn new(pattern: Pattern) -> Self {
        if switches::RESOURCE_WILDCARD_CROSSES_COLONS || pattern.is_any() {
            Self::Whole(pattern)
        } else {
            Self::Components(ArnPattern::new(pattern))
        }
    }

    fn matches(&self, request: &Request) -> bool {
        match self {
            Self::Whole(pattern) => pattern.matches(&request.resource.arn, &request.context),
            Self::Components(pattern) => pattern.matches(&request.resource.arn, &request.context),
        }
    }
}

impl ResourceMatcher {
    fn matches(&self, request: &Request) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(request)) != self.negated
    }
}

impl CompiledStatement {
    fn new(statement: &Statement, version: Version, kind: PolicyKind) -> Result<Self, PolicyError> {
        let fail = |reason| PolicyError::new(kind, reason, Some(statement.position));
        let resource = match &statement.resource {
            None => None,
            Some(element) => {
                let mut patterns = Vec::with_capacity(element.patterns.len());
                for text in &element.patterns {
                    let pattern = Pattern::resource(text, version);
                    let pattern =
                        pattern.map_err(|_| fail(Reason::InvalidVariable { value: text.clone() }))?;
                    patterns.push(ResourcePattern::new(pattern));
                }
                Some(ResourceMatcher { negated: element.negated, patterns: patterns.into() })
            }
        };
        let mut conditions = Vec::with_capacity(statement.conditions.len());
        for condition in &statement.conditions {
            let compiled = CompiledCondition::new(condition, version).map_err(|BadValue(value)| {
                let (operator, key) = (condition.operator.clone(), condition.key.clone());
                fail(Reason::InvalidConditionValue { operator, key, value })
            })?;
            let unknown = || fail(Reason::UnknownOperator { value: condition.operator.clone() });
            conditions.push(compiled.ok_or_else(unknown)?);
        }
        let principal = statement.principal.as_ref().map(PrincipalMatcher::new);
        Ok(Self { principal, resource, conditions: conditions.into() })
    }

    /// How the statement names the caller. Without a `Principal` element it names whoever it is attached to.
    pub fn principal(&self, request: &Request, deny: bool) -> PrincipalMatch {
        self.principal.as_ref().map_or(PrincipalMatch::Wildcard, |matcher| matcher.matches(request, deny))
    }

    pub fn resource_matches(&self, request: &Request) -> bool {
        self.resource.as_ref().is_none_or(|resource| resource.matches(request))
    }

    pub fn conditions(&self) -> &[CompiledCondition] {
        &self.conditions
    }

    /// How the statement names the caller, if everything but the action matches.
    fn matches(&self, request: &Request, deny: bool) -> PrincipalMatch {
        let principal = self.principal(request, deny);
        let applies = principal.is_match()
            && self.resource_matches(request)
            && self.conditions.iter().all(|condition| condition.holds(&request.context));
        if applies { principal } else { PrincipalMatch::None }
    }
}

impl CompiledPolicy {
    pub fn new(document: &Document, kind: PolicyKind) -> Result<Self, PolicyError> {
        let statements = document.statements.iter();
        let compiled = statements.map(|statement| CompiledStatement::new(statement, document.version, kind));
        let index = |effect| {
            let numbered = document.statements.iter().enumerate();
            let of_effect = numbered.filter(move |(_, statement)| statement.effect == effect);
            ActionIndex::new(of_effect.map(|(number, statement)| (number, &statement.action)))
        };
        Ok(Self {
            statements: compiled.collect::<Result<_, _>>()?,
            allow: index(StatementEffect::Allow),
            deny: index(StatementEffect::Deny),
        })
    }

    /// Whether a Deny statement matches.
    pub fn denies(&self, request: &Request) -> bool {
        self.deny.find(&request.action, |number| self.matches(number, request, true).is_match())
    }

    /// Whether an Allow statement matches.
    pub fn allows(&self, request: &Request) -> bool {
        self.allow.find(&request.action, |number| self.matches(number, request, false).is_match())
    }

    /// Calls `found` with the principal match of every Allow statement that matches.
    pub fn each_allow(&self, request: &Request, mut found: impl FnMut(PrincipalMatch)) {
        self.allow.find(&request.action, |number| {
            found(self.matches(number, request, false));
            false
        });
    }

    /// The statements in the order of the document.
    pub fn statements(&self) -> &[CompiledStatement] {
        &self.statements
    }

    /// The numbers of the statements whose actions cover the request's.
    pub fn covering(&self, request: &Request) -> BTreeSet<usize> {
        let mut numbers = BTreeSet::new();
        for index in [&self.allow, &self.deny] {
            index.find(&request.action, |number| {
                numbers.insert(number);
                false
            });
        }
        numbers
    }

    fn matches(&self, number: usize, request: &Request, deny: bool) -> PrincipalMatch {
        self.statements.get(number).map_or(PrincipalMatch::None, |statement| statement.matches(request, deny))
    }
}
