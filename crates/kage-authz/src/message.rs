//! The error text of a denial (rules 170-173).

use crate::decision::{CheckEffect, CheckKind, Deciding, Decision};
use crate::request::{Principal, Request};

impl Decision {
    /// AWS's text for this denial: who may not do what on which resource, and which kind of policy is the cause.
    /// Empty for an allow.
    // AWS: IAM User Guide, troubleshoot_access-denied; S3 User Guide, troubleshoot-403-errors.
    pub fn denial_message(&self, request: &Request) -> String {
        let Some(deciding) = &self.deciding else { return String::new() };
        let mut text = self.denial_start(request);
        text.push_str(&match deciding.effect {
            CheckEffect::ExplicitDeny => explicit(deciding),
            _ => implicit(deciding, request.action.as_str()),
        });
        text
    }

    /// The text without the cause, as services answer to callers who may not know it (rule 174).
    pub fn denial_message_without_reason(&self, request: &Request) -> String {
        if self.deciding.is_none() { String::new() } else { self.denial_start(request) }
    }

    fn denial_start(&self, request: &Request) -> String {
        let action = request.action.as_str();
        if let Principal::Federated { .. } = request.principal {
            // AWS: STS answers callers without an identity so.
            return format!("Not authorized to perform {action}");
        }
        let mut text = format!("User: {} is not authorized to perform: {action}", request.principal.arn());
        if request.resource.arn != "*" {
            let quote = if request.action.service().starts_with("s3") { "\"" } else { "" };
            text.push_str(&format!(" on resource: {quote}{}{quote}", request.resource.arn));
        }
        text
    }
}

fn implicit(deciding: &Deciding, action: &str) -> String {
    let policy = match deciding.check {
        CheckKind::Resource if deciding.trust => "role trust policy",
        CheckKind::ResourceControl => "resource control policy",
        kind => kind.policy_words(),
    };
    format!(" because no {policy} allows the {action} action")
}

fn explicit(deciding: &Deciding) -> String {
    let policy = match deciding.check {
        CheckKind::Resource if deciding.trust => {
            return " with an explicit deny in the role trust policy".to_owned();
        }
        CheckKind::Identity => "an identity-based policy",
        CheckKind::Resource => "a resource-based policy",
        CheckKind::Boundary => "a permissions boundary",
        CheckKind::Session => "a session policy",
        CheckKind::ServiceControl => "a service control policy",
        CheckKind::ResourceControl => "a resource control policy",
        CheckKind::Endpoint => "a VPC endpoint policy",
    };
    // Rule 171: the policy's ARN follows, but not for endpoint and resource policies.
    let shown = !matches!(deciding.check, CheckKind::Endpoint | CheckKind::Resource);
    let arn = deciding.statement.as_ref().and_then(|statement| statement.arn.as_deref()).filter(|_| shown);
    match arn {
        Some(arn) => format!(" with an explicit deny in {policy}: {arn}"),
        None => format!(" with an explicit deny in {policy}"),
    }
}
