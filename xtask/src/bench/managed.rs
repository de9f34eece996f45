//! The AWS managed policies with which the bench of the policy engine works.

use crate::sources;
use crate::workspace::{self, Outcome};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Nine that are often attached; the tenth is the bench's own. None of them allows `dynamodb:PutItem`.
const NAMES: &[&str] = &[
    "AWSLambda_FullAccess",
    "AmazonEC2FullAccess",
    "AmazonRDSFullAccess",
    "AmazonS3FullAccess",
    "CloudWatchFullAccess",
    "IAMFullAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "ViewOnlyAccess",
];

/// A folder with one file for each, below the build folder.
pub fn folder() -> Outcome<PathBuf> {
    let source = sources::unpacked("managed-policies")?.join("package/dist/managedPolicies.json");
    let all: Value = serde_json::from_slice(&workspace::read_bytes(&source)?)
        .map_err(|error| format!("{}: {error}", source.display()))?;
    let folder = workspace::target().join("managed-policies");
    for name in NAMES {
        let policy = all.get(name);
        let version = policy.and_then(|policy| policy.get("latestVersionId")).and_then(Value::as_str);
        let versions = policy.and_then(|policy| policy.get("versions"));
        let document = version.and_then(|version| versions?.get(version)?.get("document"));
        let document = document.ok_or_else(|| format!("there is no managed policy `{name}`"))?;
        let text = json!({"Document": document}).to_string();
        workspace::write(&folder.join(format!("{name}.json")), text.as_bytes())?;
    }
    Ok(folder)
}
