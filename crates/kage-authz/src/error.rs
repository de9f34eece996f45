//! Why a policy document is refused, in AWS's own words (rules 56, 167).

use crate::document::Position;
use crate::policy::{PolicyKind, ResourceService};

/// A policy document that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    kind: PolicyKind,
    reason: Reason,
    position: Option<Position>,
}

/// What is wrong with a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it; detail() spells each out")]
pub enum Reason {
    NotJson { expected: String },
    NotAnObject,
    TooDeep,
    DuplicateName { name: String },
    ForbiddenCharacter { character: char },
    UnknownField { name: String },
    MissingField { name: &'static str },
    ProhibitedField { name: &'static str },
    WrongType { field: String },
    EmptyList { field: &'static str },
    BothFields { first: &'static str, second: &'static str },
    InvalidVersion { value: String },
    VersionTooOld,
    InvalidEffect { value: String },
    InvalidSid { value: String },
    DuplicateSid { value: String },
    ActionWithoutVendor { value: String },
    ActionWithTwoColons { value: String },
    InvalidVendor { value: String },
    InvalidAction { value: String },
    ResourceNotArn { value: String },
    InvalidPartition { partition: String, value: String },
    ResourceWithoutVendor { value: String },
    ResourceWithRegion { value: String, iam: bool },
    InvalidIamPath { value: String },
    InvalidVariable { value: String },
    InvalidPrincipal { kind: &'static str, value: String },
    UnknownOperator { value: String },
    InvalidConditionValue { operator: String, key: String, value: String },
    TrustActionNotAssume { value: String },
    ResourceControl { requirement: &'static str },
}

/// The starts that IAM accepts in the resource part of an IAM ARN.
// AWS: the text of the IAM API's own error message.
pub(crate) const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

impl PolicyError {
    pub(crate) fn new(kind: PolicyKind, reason: Reason, position: Option<Position>) -> Self {
        Self { kind, reason, position }
    }

    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The kind of policy that was read.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Where, if one place is at fault.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The text that AWS answers with: of IAM's and STS's `MalformedPolicyDocument`, S3's `MalformedPolicy`,
    /// KMS's and Organizations' `MalformedPolicyDocumentException`, by the kind of policy.
    pub fn message(&self) -> String {
        match self.kind {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => iam_text(&self.reason),
            PolicyKind::Trust => trust_text(&self.reason),
            PolicyKind::Resource(ResourceService::S3) => s3_text(&self.reason),
            PolicyKind::Resource(ResourceService::Kms) => kms_text(&self.reason),
            // AWS: Organizations API reference, MalformedPolicyDocumentException.
            PolicyKind::ServiceControl | PolicyKind::ResourceControl => {
                "The provided policy document does not meet the requirements of the specified policy type."
                    .to_owned()
            }
            PolicyKind::Resource(ResourceService::Generic) | PolicyKind::Endpoint => self.detail(),
        }
    }

    /// What exactly is wrong and where, more than AWS tells.
    pub fn detail(&self) -> String {
        let what = detail(&self.reason);
        match self.position {
            Some(position) => format!("{what} (line {}, column {})", position.line, position.column),
            None => what,
        }
    }
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for PolicyError {}

fn iam_text(reason: &Reason) -> String {
    match reason {
        Reason::VersionTooOld => "Policy document must be version 2012-10-17 or greater.".to_owned(),
        // An effect in the wrong case passes the first parser and fails the second.
        Reason::InvalidEffect { value } if is_effect_in_other_case(value) => legacy(),
        Reason::InvalidConditionValue { .. } | Reason::InvalidVariable { .. } => legacy(),
        Reason::DuplicateSid { .. } => "Statement IDs (SID) in a single policy must be unique.".to_owned(),
        Reason::MissingField { name: "Action" } | Reason::EmptyList { field: "Action" | "NotAction" } => {
            "Policy statement must contain actions.".to_owned()
        }
        Reason::MissingField { name: "Resource" }
        | Reason::EmptyList { field: "Resource" | "NotResource" } => {
            "Policy statement must contain resources.".to_owned()
        }
        Reason::ProhibitedField { name: "Principal" | "NotPrincipal" } => {
            "Policy document should not specify a principal.".to_owned()
        }
        Reason::ActionWithoutVendor { .. } => {
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned()
        }
        Reason::ActionWithTwoColons { .. } => "Actions/Condition can contain only one colon.".to_owned(),
        Reason::InvalidVendor { value } => format!("Vendor {value} is not valid"),
        Reason::ResourceNotArn { value } => format!("Resource {value} must be in ARN format or \"*\"."),
        Reason::InvalidPartition { partition, value } => {
            format!("Partition \"{partition}\" is not valid for resource \"{value}\".")
        }
        Reason::ResourceWithoutVendor { .. } => {
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()
        }
        Reason::ResourceWithRegion { value, iam: true } => {
            format!("IAM resource {value} cannot contain region information.")
        }
        Reason::ResourceWithRegion { value, iam: false } => {
            format!("Resource {value} can not contain region information.")
        }
        Reason::InvalidIamPath { .. } => {
            format!("IAM resource path must either be \"*\" or start with {}.", IAM_PATHS.join(", "))
        }
        _ => "Syntax errors in policy.".to_owned(),
    }
}

fn legacy() -> String {
    "The policy failed legacy parsing".to_owned()
}

fn is_effect_in_other_case(value: &str) -> bool {
    value.eq_ignore_ascii_case("Allow") || value.eq_ignore_ascii_case("Deny")
}

fn trust_text(reason: &Reason) -> String {
    match reason {
        Reason::ProhibitedField { name: "NotPrincipal" } => {
            "AssumeRole policy must not contain NotPrincipal field.".to_owned()
        }
        Reason::ProhibitedField { name: "NotResource" } => {
            "AssumeRole policy must not contain resources.".to_owned()
        }
        Reason::ProhibitedField { name } => format!("Has prohibited field {name}"),
        Reason::MissingField { name } => format!("Missing required field {name}"),
        Reason::UnknownField { name } => format!("Unknown field {name}"),
        Reason::InvalidPrincipal { kind, value } => {
            format!("Invalid principal in policy: \"{kind}\":\"{value}\"")
        }
        Reason::TrustActionNotAssume { .. } => {
            "AssumeRole policy may only specify STS AssumeRole actions.".to_owned()
        }
        Reason::NotJson { .. } | Reason::NotAnObject => "This policy contains invalid Json".to_owned(),
        // AWS: recorded for CreateRole (ministryofjustice/modernisation-platform-environments pull 8893).
        Reason::UnknownOperator { value } => format!("Invalid Condition type : {value}"),
        other => iam_text(other),
    }
}

fn s3_text(reason: &Reason) -> String {
    match reason {
        Reason::NotAnObject => "Policies must be valid JSON and the first byte must be '{'".to_owned(),
        Reason::NotJson { .. } | Reason::DuplicateName { .. } | Reason::TooDeep => {
            "This policy contains invalid Json".to_owned()
        }
        Reason::MissingField { name } => format!("Missing required field {name}"),
        Reason::EmptyList { field: "Statement" } => {
            "Could not parse the policy: Statement is empty!".to_owned()
        }
        Reason::UnknownField { name } => format!("Unknown field {name}"),
        Reason::InvalidVersion { .. } => "The policy must contain a valid version string".to_owned(),
        Reason::InvalidEffect { value } => format!("Invalid effect: {value}"),
        Reason::ActionWithoutVendor { .. }
        | Reason::ActionWithTwoColons { .. }
        | Reason::InvalidVendor { .. }
        | Reason::InvalidAction { .. }
        | Reason::EmptyList { field: "Action" | "NotAction" } => "Policy has invalid action".to_owned(),
        Reason::ResourceNotArn { .. }
        | Reason::InvalidPartition { .. }
        | Reason::ResourceWithoutVendor { .. }
        | Reason::ResourceWithRegion { .. }
        | Reason::EmptyList { field: "Resource" | "NotResource" } => "Policy has invalid resource".to_owned(),
        Reason::InvalidPrincipal { .. } | Reason::EmptyList { field: "Principal" | "NotPrincipal" } => {
            "Invalid principal in policy".to_owned()
        }
        Reason::UnknownOperator { value } => format!("Invalid Condition type : {value}"),
        other => detail(other),
    }
}

fn kms_text(reason: &Reason) -> String {
    match reason {
        Reason::InvalidPrincipal { .. } | Reason::MissingField { name: "Principal" } => {
            "Policy contains a statement with one or more invalid principals.".to_owned()
        }
        other => detail(other),
    }
}

fn detail(reason: &Reason) -> String {
    match reason {
        Reason::NotJson { expected } => format!("the document is not JSON: expected {expected}"),
        Reason::NotAnObject => "the document is not a JSON object".to_owned(),
        Reason::TooDeep => "the document is nested too deeply".to_owned(),
        Reason::DuplicateName { name } => format!("the member `{name}` stands twice in one object"),
        Reason::ForbiddenCharacter { character } => {
            format!("the character {character:?} is not allowed in policies")
        }
        Reason::UnknownField { name } => format!("unknown element `{name}`"),
        Reason::MissingField { name } => format!("the element `{name}` is missing"),
        Reason::ProhibitedField { name } => {
            format!("the element `{name}` is not allowed in this kind of policy")
        }
        Reason::WrongType { field } => format!("`{field}` has a value of the wrong type"),
        Reason::EmptyList { field } => format!("`{field}` is empty"),
        Reason::BothFields { first, second } => format!("`{first}` and `{second}` stand together"),
        Reason::InvalidVersion { value } => format!("`{value}` is not a policy language version"),
        Reason::VersionTooOld => "the version must be 2012-10-17".to_owned(),
        Reason::InvalidEffect { value } => format!("the effect `{value}` is neither Allow nor Deny"),
        Reason::InvalidSid { value } => format!("the statement id `{value}` is not alphanumeric"),
        Reason::DuplicateSid { value } => format!("the statement id `{value}` stands twice"),
        Reason::ActionWithoutVendor { value } => format!("the action `{value}` has no service prefix"),
        Reason::ActionWithTwoColons { value } => format!("the action `{value}` has more than one colon"),
        Reason::InvalidVendor { value } => format!("`{value}` is not a service prefix"),
        Reason::InvalidAction { value } => format!("the action `{value}` does not belong into this policy"),
        Reason::ResourceNotArn { value } => format!("the resource `{value}` is neither an ARN nor `*`"),
        Reason::InvalidPartition { value, .. } => {
            format!("the resource `{value}` names an unknown partition")
        }
        Reason::ResourceWithoutVendor { value } => format!("the resource `{value}` names no service"),
        Reason::ResourceWithRegion { value, .. } => format!("the resource `{value}` must not name a region"),
        Reason::InvalidIamPath { value } => format!("the resource `{value}` is no IAM resource"),
        Reason::InvalidVariable { value } => format!("`{value}` contains a malformed policy variable"),
        Reason::InvalidPrincipal { kind, value } => format!("invalid principal `{kind}`: `{value}`"),
        Reason::UnknownOperator { value } => format!("unknown condition operator `{value}`"),
        Reason::InvalidConditionValue { operator, key, value } => {
            format!("`{value}` is not a value that {operator} on `{key}` can compare with")
        }
        Reason::TrustActionNotAssume { value } => {
            format!("the action `{value}` is not one of trust policies")
        }
        Reason::ResourceControl { requirement } => format!("resource control policy: {requirement}"),
    }
}
