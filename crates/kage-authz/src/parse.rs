//! From JSON to the syntax tree: the grammar, and which elements each kind of policy has (rules 62, 73, 163, 168).

use crate::document::{
    Condition, Document, Element, Position, PrincipalElement, PrincipalEntry, PrincipalEntryKind, Statement,
    StatementEffect, Version,
};
use crate::error::{PolicyError, Reason};
use crate::json::{self, JsonError, Node, Value};
use crate::operator::Operator;
use crate::policy::{PolicyKind, ResourceService};
use crate::validate;

type Result<T> = std::result::Result<T, PolicyError>;

/// Reads a document and checks its grammar.
pub(crate) fn document(text: &str, kind: PolicyKind) -> Result<Document> {
    Parser { kind }.document(text)
}

/// Whether statements of this kind must, may or must not name principals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
    Prohibited,
}

impl PolicyKind {
    fn principal(self) -> Presence {
        match self {
            Self::Identity | Self::Boundary | Self::Session | Self::ServiceControl => Presence::Prohibited,
            Self::Resource(_) | Self::Trust | Self::ResourceControl | Self::Endpoint => Presence::Required,
        }
    }

    fn resource(self) -> Presence {
        match self {
            Self::Trust => Presence::Prohibited,
            // Rule 72: some services take the resource to be the one the policy is attached to.
            Self::Resource(ResourceService::Generic) => Presence::Optional,
            _ => Presence::Required,
        }
    }

    /// The kinds whose text IAM itself checks character by character (rule 164).
    fn limits_characters(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session | Self::Trust)
    }
}

/// An element and its complement.
type Pair = [&'static str; 2];

const PRINCIPAL: Pair = ["Principal", "NotPrincipal"];
const ACTION: Pair = ["Action", "NotAction"];
const RESOURCE: Pair = ["Resource", "NotResource"];

/// A statement while its members are read.
#[derive(Default)]
struct Draft {
    sid: Option<String>,
    effect: Option<StatementEffect>,
    principal: Option<PrincipalElement>,
    action: Option<Element>,
    resource: Option<Element>,
    conditions: Vec<Condition>,
}

struct Parser {
    kind: PolicyKind,
}

impl Parser {
    fn error<T>(&self, reason: Reason, position: impl Into<Option<Position>>) -> Result<T> {
        Err(PolicyError::new(self.kind, reason, position.into()))
    }

    fn document(&self, text: &str) -> Result<Document> {
        let foreign =
            |character: &char| !matches!(character, '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{ff}');
        if self.kind.limits_characters()
            && let Some(character) = text.chars().find(foreign)
        {
            return self.error(Reason::ForbiddenCharacter { character }, None);
        }
        if !text.trim_start().starts_with('{') {
            return self.error(Reason::NotAnObject, None);
        }
        let node = json::parse(text).or_else(|error| match error {
            JsonError::Invalid { expected, position } => {
                self.error(Reason::NotJson { expected: expected.to_owned() }, position)
            }
            JsonError::DuplicateName { name, position } => {
                self.error(Reason::DuplicateName { name }, position)
            }
            JsonError::TooDeep { position } => self.error(Reason::TooDeep, position),
        })?;
        let Value::Object(members) = &node.value else {
            return self.error(Reason::NotAnObject, node.position);
        };
        let mut document =
            Document { version: Version::V2008, version_stated: false, id: None, statements: Vec::new() };
        let mut has_statements = false;
        for (name, member) in members {
            match name.as_str() {
                "Version" => {
                    document.version = self.version(member)?;
                    document.version_stated = true;
                }
                "Id" => document.id = Some(self.string(member, name)?.to_owned()),
                "Statement" => {
                    has_statements = true;
                    document.statements = self.statements(member)?;
                }
                _ => return self.error(Reason::UnknownField { name: name.clone() }, member.position),
            }
        }
        if !has_statements {
            return self.error(Reason::MissingField { name: "Statement" }, node.position);
        }
        Ok(document)
    }

    fn string<'a>(&self, node: &'a Node, field: &str) -> Result<&'a str> {
        match &node.value {
            Value::String(text) => Ok(text),
            _ => self.error(Reason::WrongType { field: field.to_owned() }, node.position),
        }
    }

    fn version(&self, node: &Node) -> Result<Version> {
        match self.string(node, "Version")? {
            "2012-10-17" => Ok(Version::V2012),
            "2008-10-17" => Ok(Version::V2008),
            other => self.error(Reason::InvalidVersion { value: other.to_owned() }, node.position),
        }
    }

    fn statements(&self, node: &Node) -> Result<Vec<Statement>> {
        match &node.value {
            Value::Object(_) => Ok(vec![self.statement(node)?]),
            Value::Array(items) if items.is_empty() => {
                self.error(Reason::EmptyList { field: "Statement" }, node.position)
            }
            Value::Array(items) => items.iter().map(|item| self.statement(item)).collect(),
            _ => self.error(Reason::WrongType { field: "Statement".to_owned() }, node.position),
        }
    }

    fn statement(&self, node: &Node) -> Result<Statement> {
        let Value::Object(members) = &node.value else {
            return self.error(Reason::WrongType { field: "Statement".to_owned() }, node.position);
        };
        let mut draft = Draft::default();
        for (name, member) in members {
            self.member(&mut draft, name, member, node)?;
        }
        let Draft { sid, effect, principal, action, resource, conditions } = draft;
        // Rule 57.
        if self.kind == PolicyKind::Trust && principal.as_ref().is_some_and(|element| element.negated) {
            return self.error(Reason::ProhibitedField { name: "NotPrincipal" }, node.position);
        }
        let Some(effect) = effect else {
            return self.error(Reason::MissingField { name: "Effect" }, node.position);
        };
        let negated = principal.as_ref().map(|element| element.negated);
        self.presence(self.kind.principal(), negated, PRINCIPAL, node)?;
        let Some(action) = action else {
            return self.error(Reason::MissingField { name: "Action" }, node.position);
        };
        let negated = resource.as_ref().map(|element| element.negated);
        self.presence(self.kind.resource(), negated, RESOURCE, node)?;
        Ok(Statement { sid, effect, principal, action, resource, conditions, position: node.position })
    }

    fn member(&self, draft: &mut Draft, name: &str, member: &Node, node: &Node) -> Result<()> {
        match name {
            "Sid" => draft.sid = Some(self.string(member, name)?.to_owned()),
            "Effect" => draft.effect = Some(self.effect(member)?),
            "Principal" => {
                self.once(&mut draft.principal, self.principal(member, false)?, PRINCIPAL, node)?
            }
            "NotPrincipal" => {
                self.once(&mut draft.principal, self.principal(member, true)?, PRINCIPAL, node)?
            }
            "Action" => self.once(&mut draft.action, self.element(member, "Action", false)?, ACTION, node)?,
            "NotAction" => {
                self.once(&mut draft.action, self.element(member, "NotAction", true)?, ACTION, node)?
            }
            "Resource" => {
                self.once(&mut draft.resource, self.element(member, "Resource", false)?, RESOURCE, node)?
            }
            "NotResource" => {
                self.once(&mut draft.resource, self.element(member, "NotResource", true)?, RESOURCE, node)?;
            }
            "Condition" => draft.conditions = self.conditions(member)?,
            _ => return self.error(Reason::UnknownField { name: name.to_owned() }, member.position),
        }
        Ok(())
    }

    /// Rule 73: an element and its complement exclude each other.
    fn once<T>(&self, slot: &mut Option<T>, value: T, [first, second]: Pair, node: &Node) -> Result<()> {
        if slot.is_some() {
            return self.error(Reason::BothFields { first, second }, node.position);
        }
        *slot = Some(value);
        Ok(())
    }

    fn presence(
        &self,
        presence: Presence,
        negated: Option<bool>,
        [plain, complement]: Pair,
        node: &Node,
    ) -> Result<()> {
        match (presence, negated) {
            (Presence::Required, None) => self.error(Reason::MissingField { name: plain }, node.position),
            (Presence::Prohibited, Some(negated)) => {
                let name = if negated { complement } else { plain };
                self.error(Reason::ProhibitedField { name }, node.position)
            }
            _ => Ok(()),
        }
    }

    fn effect(&self, node: &Node) -> Result<StatementEffect> {
        match self.string(node, "Effect")? {
            "Allow" => Ok(StatementEffect::Allow),
            "Deny" => Ok(StatementEffect::Deny),
            other => self.error(Reason::InvalidEffect { value: other.to_owned() }, node.position),
        }
    }

    fn element(&self, node: &Node, field: &'static str, negated: bool) -> Result<Element> {
        let patterns = self.strings(node, field)?;
        if patterns.is_empty() {
            return self.error(Reason::EmptyList { field }, node.position);
        }
        Ok(Element { negated, patterns: patterns.into_iter().map(|(text, _)| text.to_owned()).collect() })
    }

    /// A string, or a list of strings.
    fn strings<'a>(&self, node: &'a Node, field: &str) -> Result<Vec<(&'a str, &'a Node)>> {
        match &node.value {
            Value::String(text) => Ok(vec![(text.as_str(), node)]),
            Value::Array(items) => items.iter().map(|item| Ok((self.string(item, field)?, item))).collect(),
            _ => self.error(Reason::WrongType { field: field.to_owned() }, node.position),
        }
    }

    fn principal(&self, node: &Node, negated: bool) -> Result<PrincipalElement> {
        let field = if negated { "NotPrincipal" } else { "Principal" };
        let mut entries = Vec::new();
        match &node.value {
            Value::String(text) if text == "*" => entries.push(PrincipalEntry {
                kind: PrincipalEntryKind::Aws,
                value: text.clone(),
                span: node.span.clone(),
            }),
            Value::String(text) => {
                return self
                    .error(Reason::InvalidPrincipal { kind: "AWS", value: text.clone() }, node.position);
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let kind = match name.as_str() {
                        "AWS" => PrincipalEntryKind::Aws,
                        "Service" => PrincipalEntryKind::Service,
                        "Federated" => PrincipalEntryKind::Federated,
                        "CanonicalUser" => PrincipalEntryKind::CanonicalUser,
                        _ => return self.error(Reason::UnknownField { name: name.clone() }, member.position),
                    };
                    for (text, item) in self.strings(member, name)? {
                        if !validate::is_principal(kind, text) {
                            let reason =
                                Reason::InvalidPrincipal { kind: kind.name(), value: text.to_owned() };
                            return self.error(reason, item.position);
                        }
                        entries.push(PrincipalEntry {
                            kind,
                            value: text.to_owned(),
                            span: item.span.clone(),
                        });
                    }
                }
            }
            _ => return self.error(Reason::WrongType { field: field.to_owned() }, node.position),
        }
        if entries.is_empty() {
            return self.error(Reason::EmptyList { field }, node.position);
        }
        Ok(PrincipalElement { negated, entries })
    }

    fn conditions(&self, node: &Node) -> Result<Vec<Condition>> {
        let wrong = |field: &str, node: &Node| {
            self.error(Reason::WrongType { field: field.to_owned() }, node.position)
        };
        let Value::Object(operators) = &node.value else { return wrong("Condition", node) };
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            if Operator::parse(operator).is_none() {
                return self.error(Reason::UnknownOperator { value: operator.clone() }, keys.position);
            }
            let Value::Object(keys) = &keys.value else { return wrong(operator, keys) };
            for (key, values) in keys {
                let items = match &values.value {
                    Value::Array(items) => items.as_slice(),
                    _ => std::slice::from_ref(values),
                };
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    // Rule 98: strings, numbers and booleans are all text here.
                    texts.push(match &item.value {
                        Value::String(text) | Value::Number(text) => text.clone(),
                        Value::Bool(value) => value.to_string(),
                        _ => return wrong(key, item),
                    });
                }
                conditions.push(Condition {
                    operator: operator.clone(),
                    key: key.clone(),
                    values: texts,
                    position: values.position,
                });
            }
        }
        Ok(conditions)
    }
}
