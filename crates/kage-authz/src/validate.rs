//! What a newly written policy must keep beyond the grammar, by kind (rules 40, 47, 51, 56, 64, 68, 163, 167).

use crate::document::{Document, Element, Position, PrincipalEntryKind, Statement, StatementEffect, Version};
use crate::error::{IAM_PATHS, PolicyError, Reason};
use crate::policy::{PolicyKind, ResourceService};
use crate::principal_match::account_of;

type Result<T> = std::result::Result<T, PolicyError>;

/// Checks a document that is to be stored now.
pub(crate) fn written(document: &Document, kind: PolicyKind) -> Result<()> {
    let checker = Checker { kind };
    checker.version(document)?;
    checker.sids(document)?;
    for statement in &document.statements {
        checker.resources(statement)?;
        checker.actions(statement)?;
        if kind == PolicyKind::ResourceControl {
            checker.resource_control(statement)?;
        }
    }
    Ok(())
}

/// Whether the text can be a principal of this kind (rules 50, 51, 55). No part of it may be a wildcard.
pub(crate) fn is_principal(kind: PrincipalEntryKind, text: &str) -> bool {
    if kind == PrincipalEntryKind::Aws && text == "*" {
        return true;
    }
    if text.is_empty() || text.contains(['*', '?']) || text.chars().any(char::is_whitespace) {
        // CloudFront's origin access identities are the one kind of name with spaces in it.
        return text.starts_with("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ")
            && !text.contains(['*', '?']);
    }
    match kind {
        PrincipalEntryKind::Aws => account_of(text).is_some() || is_unique_id(text) || is_principal_arn(text),
        PrincipalEntryKind::Service => text.contains('.'),
        PrincipalEntryKind::Federated => text.starts_with("arn:") || text.contains('.'),
        PrincipalEntryKind::CanonicalUser => {
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
    }
}

/// AIDA..., AROA... and the like: what is stored and shown for users and roles (rule 53).
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_principal_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, resource) =
        (next(), next(), next(), next(), next(), next());
    let owned = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let named = |prefix: &str| {
        resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
    };
    arn == "arn"
        && partition.starts_with("aws")
        && region.is_empty()
        && owned
        && match service {
            "iam" => named("user/") || named("role/"),
            "sts" => {
                named("federated-user/")
                    || (named("assumed-role/") && resource.split('/').count() == 3)
                    || named("assumed-root/")
            }
            _ => false,
        }
}

struct Checker {
    kind: PolicyKind,
}

impl Checker {
    fn error<T>(&self, reason: Reason, position: Option<Position>) -> Result<T> {
        Err(PolicyError::new(self.kind, reason, position))
    }

    fn version(&self, document: &Document) -> Result<()> {
        let needs_2012 = matches!(
            self.kind,
            PolicyKind::Identity
                | PolicyKind::Boundary
                | PolicyKind::Session
                | PolicyKind::ServiceControl
                | PolicyKind::ResourceControl
        );
        if needs_2012 && document.version != Version::V2012 {
            return self.error(Reason::VersionTooOld, None);
        }
        Ok(())
    }

    fn sids(&self, document: &Document) -> Result<()> {
        // S3, KMS and endpoint policies take any text as Sid; IAM wants letters and digits, once each (rule 163).
        let of_iam = !matches!(self.kind, PolicyKind::Resource(_) | PolicyKind::Endpoint);
        let mut seen = std::collections::BTreeSet::new();
        for statement in &document.statements {
            let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) else { continue };
            if of_iam && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return self.error(Reason::InvalidSid { value: sid.to_owned() }, Some(statement.position));
            }
            if of_iam && !seen.insert(sid) {
                return self.error(Reason::DuplicateSid { value: sid.to_owned() }, Some(statement.position));
            }
        }
        Ok(())
    }

    fn actions(&self, statement: &Statement) -> Result<()> {
        for pattern in &statement.action.patterns {
            let value = pattern.clone();
            let reason = match pattern.split_once(':') {
                None if pattern == "*" && self.kind == PolicyKind::Trust => {
                    Some(Reason::TrustActionNotAssume { value })
                }
                None if pattern == "*" => None,
                None => Some(Reason::ActionWithoutVendor { value }),
                Some((_, name)) if name.contains(':') => Some(Reason::ActionWithTwoColons { value }),
                // Rule 64: no wildcard inside a prefix. `*:*` is one that IAM takes.
                Some((vendor, _)) if vendor != "*" && !is_vendor(vendor) => {
                    Some(Reason::InvalidVendor { value: vendor.to_owned() })
                }
                Some((vendor, _)) => self.foreign_action(vendor, value),
            };
            if let Some(reason) = reason {
                return self.error(reason, Some(statement.position));
            }
        }
        Ok(())
    }

    fn foreign_action(&self, vendor: &str, value: String) -> Option<Reason> {
        match self.kind {
            PolicyKind::Trust if !vendor.eq_ignore_ascii_case("sts") => {
                Some(Reason::TrustActionNotAssume { value })
            }
            PolicyKind::Resource(ResourceService::S3)
                if !vendor.to_ascii_lowercase().starts_with("s3") && vendor != "*" =>
            {
                Some(Reason::InvalidAction { value })
            }
            _ => None,
        }
    }

    fn resources(&self, statement: &Statement) -> Result<()> {
        let Some(Element { patterns, .. }) = &statement.resource else { return Ok(()) };
        for pattern in patterns {
            if let Some(reason) = resource_fault(pattern) {
                return self.error(reason, Some(statement.position));
            }
        }
        Ok(())
    }

    /// Rule 47.
    // AWS: Organizations User Guide, orgs_manage_policies_rcps_syntax.
    fn resource_control(&self, statement: &Statement) -> Result<()> {
        let any_principal = statement.principal.as_ref().is_some_and(|principal| {
            !principal.negated && principal.entries.iter().all(|entry| entry.value == "*")
        });
        let requirement = if statement.effect != StatementEffect::Deny {
            "Effect must be Deny"
        } else if !any_principal {
            "Principal must be *"
        } else if statement.action.negated {
            "NotAction is not supported"
        } else if statement.action.patterns.iter().any(|pattern| pattern.starts_with('*')) {
            "Action must have a service prefix"
        } else {
            return Ok(());
        };
        self.error(Reason::ResourceControl { requirement }, Some(statement.position))
    }
}

fn is_vendor(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// What is wrong with a `Resource` pattern (rules 68, 167).
fn resource_fault(pattern: &str) -> Option<Reason> {
    if pattern == "*" {
        return None;
    }
    let value = pattern.to_owned();
    let Some(rest) = pattern.strip_prefix("arn:") else { return Some(Reason::ResourceNotArn { value }) };
    let mut parts = rest.splitn(5, ':');
    let partition = parts.next().unwrap_or_default();
    let Some(service) = parts.next() else { return Some(Reason::ResourceWithoutVendor { value }) };
    let region = parts.next();
    let account = parts.next();
    let resource = parts.next();
    // `arn:*:...` is what policies for several partitions are written with.
    if partition != "*"
        && !["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
            .contains(&partition)
    {
        return Some(Reason::InvalidPartition { partition: partition.to_owned(), value });
    }
    match service {
        "iam" if region.is_some_and(|region| !matches!(region, "" | "*")) => {
            Some(Reason::ResourceWithRegion { value, iam: true })
        }
        "iam" => {
            let resource = resource?;
            let fine = resource.starts_with('*')
                || IAM_PATHS.iter().any(|path| resource.starts_with(path))
                || resource == "root";
            (!fine).then_some(Reason::InvalidIamPath { value })
        }
        // Bucket ARNs have neither region nor account; access points have both.
        "s3" if region.is_some_and(|region| !region.is_empty()) && account == Some("") => {
            Some(Reason::ResourceWithRegion { value, iam: false })
        }
        _ => None,
    }
}
