//! IAM's own words for values that break the patterns of its model.
//!
//! AWS: recorded answers (aws-cfn-lint issues 722 and 996, aws-cli issue 5860, torchserve-examples issue 7), for example
//! `The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following:
//! +=,.@_-`. Lengths, ranges and missing members are told in the words of AWS's framework.

use crate::errors;
use kage_core::Error;
use kage_schema::Violation;

/// The error in IAM's words, when a name, a path or a document is what breaks the model.
#[must_use]
pub fn refuse(violations: &[Violation]) -> Option<Error> {
    let [only] = violations else { return None };
    let pattern = only.constraint.strip_prefix("Member must satisfy regular expression pattern: ")?;
    let says = match (only.path.as_str(), pattern) {
        (_, "[\\w+=,.@-]+") => "It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ("path" | "newPath", _) => {
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        }
        ("pathPrefix", _) => {
            "It must begin with the / character and contain only alphanumeric characters and/or / characters."
        }
        ("policyDocument" | "assumeRolePolicyDocument", _) => {
            "It must contain only printable ASCII characters."
        }
        _ => return None,
    };
    Some(errors::validation(format!("The specified value for {} is invalid. {says}", only.path)))
}
