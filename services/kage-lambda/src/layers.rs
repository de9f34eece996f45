//! Layers and their versions.

use crate::function::{Code, PolicyRow};
use kage_core::{Arn, Millis, Resource, ResourcePolicy, Result, Semantics, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

const LAYERS: Table<u64> = Table::new("lambda.layers");
const VERSIONS: Table<LayerVersion> = Table::new("lambda.layer-versions");

/// One version of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerVersion {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// The layer's name.
    pub name: String,
    /// Its number.
    pub version: u64,
    /// What the owner says about it.
    pub description: String,
    /// Its package.
    pub code: Code,
    /// Runtimes it is for.
    pub runtimes: Option<Vec<String>>,
    /// Architectures it is for.
    pub architectures: Option<Vec<String>>,
    /// Its licence.
    pub license: Option<String>,
    /// When it was published.
    pub created: Millis,
    /// Who else may use it.
    pub policy: Option<PolicyRow>,
}

impl LayerVersion {
    /// The ARN of the layer.
    pub fn layer_arn(&self) -> String {
        layer_arn(&self.account, &self.region, &self.name)
    }

    /// The ARN of the version.
    pub fn version_arn(&self) -> String {
        format!("{}:{}", self.layer_arn(), self.version)
    }

    /// The number as the API has it.
    pub fn number(&self) -> i64 {
        i64::try_from(self.version).unwrap_or(i64::MAX)
    }
}

impl Resource for LayerVersion {
    fn arn(&self) -> String {
        self.version_arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let policy = self.policy.as_ref()?;
        Some(ResourcePolicy { text: policy.judged.as_str().into(), semantics: Semantics::Generic })
    }
}

/// The ARN of a layer.
pub fn layer_arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("lambda", region, account, format!("layer:{name}")).to_string()
}

fn key(account: &str, region: &str, name: &str) -> Key {
    row(&[account, region, name])
}

/// The next number of a layer. Numbers of deleted versions are not given again.
///
/// # Errors
/// Those of the store.
pub fn next_number(tx: &mut Tx, account: &str, region: &str, name: &str) -> Result<u64> {
    let key = key(account, region, name);
    let next = LAYERS.get(tx.reads(), &key)?.unwrap_or(0).saturating_add(1);
    LAYERS.put(tx.writer(), &key, &next)?;
    Ok(next)
}

/// One version.
///
/// # Errors
/// Those of the store.
pub fn find(
    reads: &dyn Reads,
    account: &str,
    region: &str,
    name: &str,
    version: u64,
) -> Result<Option<LayerVersion>> {
    Ok(VERSIONS.get(reads, &key(account, region, name).with_number(version))?)
}

/// One version by its ARN.
///
/// # Errors
/// Those of the store.
pub fn by_arn(reads: &dyn Reads, arn: &str) -> Result<Option<LayerVersion>> {
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service == "lambda") else { return Ok(None) };
    let Some((name, version)) = arn.of("layer").and_then(|rest| rest.split_once(':')) else {
        return Ok(None);
    };
    let Ok(version) = version.parse() else { return Ok(None) };
    find(reads, &arn.account, &arn.region, name, version)
}

/// The versions of a layer, oldest first.
///
/// # Errors
/// Those of the store.
pub fn versions(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Vec<LayerVersion>> {
    scan(&VERSIONS, reads, &key(account, region, name))
}

/// All versions of all layers of an account in a Region.
///
/// # Errors
/// Those of the store.
pub fn all(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<LayerVersion>> {
    scan(&VERSIONS, reads, &row(&[account, region]))
}

/// Writes a version.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, version: &LayerVersion) -> Result<()> {
    let key = key(&version.account, &version.region, &version.name).with_number(version.version);
    Ok(VERSIONS.put(tx.writer(), &key, version)?)
}

/// Removes a version.
pub fn remove(tx: &mut Tx, version: &LayerVersion) {
    let key = key(&version.account, &version.region, &version.name).with_number(version.version);
    VERSIONS.delete(tx.writer(), &key);
}
