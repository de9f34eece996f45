//! A function: one row for each version, and one for what all versions share.

use kage_core::{Arn, FunctionIdentity, Millis};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The name of the version that can be changed.
pub const LATEST: &str = "$LATEST";

/// One version of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Function {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// What can be configured.
    pub settings: Settings,
    /// Its deployment package.
    pub code: Code,
    /// `Pending` until it is made ready.
    pub pending: bool,
    /// Whether an update is under way.
    pub updating: bool,
    /// When it was changed last.
    pub modified: Millis,
    /// Changes with every change.
    pub revision: String,
}

/// What UpdateFunctionConfiguration can change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `python3.12`.
    pub runtime: String,
    /// `index.handler`.
    pub handler: String,
    /// ARN of the execution role.
    pub role: String,
    /// What the owner says about it.
    pub description: String,
    /// Seconds.
    pub timeout: i32,
    /// MiB.
    pub memory: i32,
    /// Size of `/tmp` in MiB.
    pub storage: i32,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Its environment variables, sealed.
    pub environment: Option<SealedEnvironment>,
    /// The customer's KMS key for them.
    pub kms_key: Option<String>,
    /// Its layers.
    pub layers: Vec<LayerUse>,
    /// ARN of the dead-letter target.
    pub dead_letter: Option<String>,
    /// `PassThrough` or `Active`.
    pub tracing: String,
    /// The log group, when it is not the usual one.
    pub log_group: Option<String>,
    /// `Text` or `JSON`.
    pub log_format: String,
}

/// Environment variables under a key of their own, which is wrapped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SealedEnvironment {
    /// JSON of the variables, sealed with AES-256-GCM.
    pub sealed: Vec<u8>,
    /// The key: encrypted by KMS under the customer's key, or sealed under a secret of the double.
    pub key: Vec<u8>,
    /// The KMS key that wrapped it; `None` for the double's secret.
    pub kms_key: Option<String>,
}

/// A deployment package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Code {
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Bytes of the archive.
    pub size: i64,
}

/// A layer version that a function uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerUse {
    /// ARN of the layer version.
    pub arn: String,
    /// Its package, which stays as long as the function needs it.
    pub code: Code,
}

/// What all versions of a function share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The number of the version published last; zero before the first.
    pub last_version: u64,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Reserved concurrency.
    pub reserved: Option<i32>,
}

/// An alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alias {
    /// Its name.
    pub name: String,
    /// The version it stands for.
    pub version: String,
    /// What the owner says about it.
    pub description: String,
    /// Another version and the share of invocations that it gets, in millionths.
    pub other: Option<(String, u32)>,
    /// Changes with every change.
    pub revision: String,
}

/// The resource policy of a function, version or alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyRow {
    /// Its statements as shown; principals are names.
    pub statements: Vec<Value>,
    /// The document as judged: users and roles by their unique ids.
    pub judged: String,
    /// Changes with every change.
    pub revision: String,
}

/// The unqualified ARN of a function.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("lambda", region, account, format!("function:{name}")).to_string()
}

impl Function {
    /// The unqualified ARN.
    pub fn arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }

    /// The ARN with the version.
    pub fn version_arn(&self) -> String {
        format!("{}:{}", self.arn(), self.version)
    }

    /// The ARN as configurations show it: the version of `$LATEST` is left out unless it was asked for.
    pub fn shown_arn(&self, qualified: bool) -> String {
        if self.version == LATEST && !qualified { self.arn() } else { self.version_arn() }
    }

    /// What the sandbox tells environments apart by.
    pub fn identity(&self) -> FunctionIdentity {
        FunctionIdentity {
            arn: self.arn(),
            name: self.name.clone(),
            version: self.version.clone(),
            revision: self.revision.clone(),
        }
    }

    /// The log group it writes to. AWS: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs".
    pub fn log_group(&self) -> String {
        self.settings.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", self.name))
    }

    /// Whether a new version of this would be no other than `version`.
    pub fn is_same_as(&self, version: &Function) -> bool {
        self.code == version.code
            && Settings { description: String::new(), ..self.settings.clone() }
                == Settings { description: String::new(), ..version.settings.clone() }
    }
}
