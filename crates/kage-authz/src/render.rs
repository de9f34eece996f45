//! A decision as text for people.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::decision::{Check, CheckEffect, ConditionTrace, Decision, Effect, StatementTrace};
use crate::document::StatementEffect;
use crate::principal_match::PrincipalMatch;

impl Display for Effect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "ALLOWED",
            Self::ImplicitDeny => "DENIED (no policy allows it)",
            Self::ExplicitDeny => "DENIED (a policy forbids it)",
        })
    }
}

impl Display for CheckEffect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::NoImpact => "no impact",
            Self::ImplicitDeny => "no allow",
            Self::ExplicitDeny => "deny",
        })
    }
}

impl Display for Decision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.effect)?;
        writeln!(f, "  {} on {}", self.action, self.resource)?;
        writeln!(f, "  by {}", self.principal)?;
        for check in &self.checks {
            write_check(f, check)?;
        }
        writeln!(f, "{}", self.flip.text)
    }
}

fn write_check(f: &mut Formatter<'_>, check: &Check) -> fmt::Result {
    write!(f, "- {}", check.kind.policy_words())?;
    if let Some(target) = &check.target {
        write!(f, " of {target}")?;
    }
    writeln!(f, ": {}", check.effect)?;
    for note in &check.notes {
        writeln!(f, "    {note}")?;
    }
    for policy in &check.policies {
        // Statements about other actions would bury the ones that matter.
        for statement in policy.statements.iter().filter(|statement| statement.action) {
            write_statement(f, statement)?;
        }
    }
    Ok(())
}

fn write_statement(f: &mut Formatter<'_>, trace: &StatementTrace) -> fmt::Result {
    let effect = match trace.effect {
        StatementEffect::Allow => "Allow",
        StatementEffect::Deny => "Deny",
    };
    if trace.matched {
        writeln!(f, "    {effect}: {} matches", trace.statement)?;
    } else {
        writeln!(f, "    {effect}: {} does not match: {}", trace.statement, mismatch(trace))?;
    }
    for condition in &trace.conditions {
        writeln!(f, "        {}", words(condition))?;
    }
    Ok(())
}

fn mismatch(trace: &StatementTrace) -> String {
    let mut reasons = String::new();
    let mut add = |reason: &str| {
        let separator = if reasons.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(reasons, "{separator}{reason}");
    };
    if trace.principal == PrincipalMatch::None {
        add("other principal");
    }
    if !trace.resource {
        add("other resource");
    }
    if trace.conditions.iter().any(|condition| !condition.matched) {
        add("a condition fails");
    }
    reasons
}

fn words(condition: &ConditionTrace) -> String {
    let seen = match &condition.request_values {
        None => "absent".to_owned(),
        Some(values) => values.join(", "),
    };
    let verdict = if condition.matched { "holds" } else { "fails" };
    let wanted = condition.policy_values.join(", ");
    format!("{} {} [{wanted}] {verdict}, seen: {seen}", condition.operator, condition.key)
}
