//! The organization: its tree, and the policies attached to it.

use crate::Tags;
use kage_core::{Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// The management account.
    pub management: String,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
    /// The root: `r-…`.
    pub root: String,
    /// Policy types that are enabled on the root: `SERVICE_CONTROL_POLICY`, …
    pub policy_types: Vec<String>,
    /// Service principals with trusted access, and since when.
    pub service_access: BTreeMap<String, Millis>,
    /// Delegated administrators: account to service principal to time.
    pub delegated: BTreeMap<String, BTreeMap<String, Millis>>,
    /// When it was made.
    pub created: Millis,
}

/// A place in the tree: the root, an organizational unit, or a member account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// `r-…`, `ou-…`, or the account's twelve digits.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// Its parent; `None` for the root.
    pub parent: Option<String>,
    /// Name of a root or organizational unit; empty for accounts.
    pub name: String,
    /// Policies attached to it: policy type to policy ids, in order of attachment.
    pub policies: BTreeMap<String, Vec<String>>,
    /// Its tags.
    pub tags: Tags,
    /// For accounts: when and how it joined (`INVITED`, `CREATED`).
    pub joined: Option<(Millis, String)>,
}

/// A policy of the organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationPolicy {
    /// `p-…`.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// `SERVICE_CONTROL_POLICY`, `RESOURCE_CONTROL_POLICY`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The document.
    pub content: String,
    /// Whether it is AWS's own (`FullAWSAccess`, `RCPFullAWSAccess`).
    pub aws_managed: bool,
    /// Its tags.
    pub tags: Tags,
}

/// The policies that bind an account, one entry per level from the root down to the account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guardrails {
    /// The organization, and its management account.
    pub organization: Option<(String, String)>,
    /// `o-…/r-…/ou-…/`: the account's place, for `aws:PrincipalOrgPaths`.
    pub path: String,
    /// Service control policies by level; empty when none apply (management account, type not enabled, no organization).
    pub service_control: Vec<Level>,
    /// Resource control policies by level.
    pub resource_control: Vec<Level>,
}

/// One level of the tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    /// The root, unit or account.
    pub target: String,
    /// What is attached there.
    pub policies: Vec<OrganizationPolicy>,
}

/// The type of service control policies.
pub const SERVICE_CONTROL: &str = "SERVICE_CONTROL_POLICY";
/// The type of resource control policies.
pub const RESOURCE_CONTROL: &str = "RESOURCE_CONTROL_POLICY";

const ORGANIZATIONS: Table<Organization> = Table::new("organizations.organizations");
const NODES: Table<Node> = Table::new("organizations.nodes");
const POLICIES: Table<OrganizationPolicy> = Table::new("organizations.policies");

impl OrganizationPolicy {
    /// `arn:aws:organizations::<management>:policy/<org>/service_control_policy/p-…`; AWS's own have the account `aws`
    /// and no organization.
    #[must_use]
    pub fn arn(&self, management: &str) -> String {
        let kind = self.kind.to_lowercase();
        if self.aws_managed {
            return format!("arn:aws:organizations::aws:policy/{kind}/{}", self.id);
        }
        format!("arn:aws:organizations::{management}:policy/{}/{kind}/{}", self.organization, self.id)
    }
}

/// The organization with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, id: &str) -> Result<Option<Organization>> {
    Ok(ORGANIZATIONS.get(reads, &row(&[id]))?)
}

/// The organization of an account, if it is in one.
///
/// # Errors
/// Those of the store.
pub fn of_account(reads: &dyn Reads, account: &str) -> Result<Option<Organization>> {
    match node(reads, account)? {
        Some(node) => find(reads, &node.organization),
        None => Ok(None),
    }
}

/// Writes the organization.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, organization: &Organization) -> Result<()> {
    Ok(ORGANIZATIONS.put(tx.writer(), &row(&[&organization.id]), organization)?)
}

/// Removes the organization itself; its nodes and policies are removed by the caller.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, id: &str) -> Result<()> {
    ORGANIZATIONS.delete(tx.writer(), &row(&[id]));
    Ok(())
}

/// The place with this id.
///
/// # Errors
/// Those of the store.
pub fn node(reads: &dyn Reads, id: &str) -> Result<Option<Node>> {
    Ok(NODES.get(reads, &row(&[id]))?)
}

/// All places of an organization, by id.
///
/// # Errors
/// Those of the store.
pub fn nodes(reads: &dyn Reads, organization: &str) -> Result<Vec<Node>> {
    let mut all = scan(&NODES, reads, &Key::new())?;
    all.retain(|node| node.organization == organization);
    Ok(all)
}

/// Writes a place.
///
/// # Errors
/// Those of the store.
pub fn put_node(tx: &mut Tx, node: &Node) -> Result<()> {
    Ok(NODES.put(tx.writer(), &row(&[&node.id]), node)?)
}

/// Removes a place.
///
/// # Errors
/// Those of the store.
pub fn remove_node(tx: &mut Tx, id: &str) -> Result<()> {
    NODES.delete(tx.writer(), &row(&[id]));
    Ok(())
}

/// The policy with this id in an organization.
///
/// # Errors
/// Those of the store.
pub fn policy(reads: &dyn Reads, organization: &str, id: &str) -> Result<Option<OrganizationPolicy>> {
    Ok(POLICIES.get(reads, &row(&[organization, id]))?)
}

/// All policies of an organization, by id.
///
/// # Errors
/// Those of the store.
pub fn policies(reads: &dyn Reads, organization: &str) -> Result<Vec<OrganizationPolicy>> {
    scan(&POLICIES, reads, &row(&[organization]))
}

/// Writes a policy.
///
/// # Errors
/// Those of the store.
pub fn put_policy(tx: &mut Tx, policy: &OrganizationPolicy) -> Result<()> {
    Ok(POLICIES.put(tx.writer(), &row(&[&policy.organization, &policy.id]), policy)?)
}

/// Removes a policy.
///
/// # Errors
/// Those of the store.
pub fn remove_policy(tx: &mut Tx, organization: &str, id: &str) -> Result<()> {
    POLICIES.delete(tx.writer(), &row(&[organization, id]));
    Ok(())
}

/// The chain of places from the root down to `id`, both included.
///
/// # Errors
/// Those of the store.
pub fn ancestry(reads: &dyn Reads, id: &str) -> Result<Vec<Node>> {
    let mut chain = Vec::new();
    let mut next = Some(id.to_owned());
    // Seven levels at most in AWS (root, five units, account); the bound keeps a broken tree from looping.
    while let Some(id) = next.take()
        && chain.len() < 16
    {
        let Some(found) = node(reads, &id)? else { break };
        next.clone_from(&found.parent);
        chain.push(found);
    }
    chain.reverse();
    Ok(chain)
}

/// What binds the principals and the resources of an account.
///
/// # Errors
/// Those of the store.
pub fn guardrails(reads: &dyn Reads, account: &str) -> Result<Guardrails> {
    let chain = ancestry(reads, account)?;
    let Some(organization) = (match chain.last() {
        Some(node) => find(reads, &node.organization)?,
        None => None,
    }) else {
        return Ok(Guardrails::default());
    };
    let units = chain.iter().filter(|node| !node.id.starts_with(|c: char| c.is_ascii_digit()));
    let mut path = format!("{}/", organization.id);
    units.for_each(|node| {
        path.push_str(&node.id);
        path.push('/');
    });
    let mut out = Guardrails {
        organization: Some((organization.id.clone(), organization.management.clone())),
        path,
        ..Guardrails::default()
    };
    // AWS: Organizations user guide, "SCPs don't affect users or roles in the management account"; RCPs likewise.
    if organization.management != account {
        out.service_control = levels(reads, &organization, &chain, SERVICE_CONTROL)?;
        out.resource_control = levels(reads, &organization, &chain, RESOURCE_CONTROL)?;
    }
    Ok(out)
}

fn levels(reads: &dyn Reads, organization: &Organization, chain: &[Node], kind: &str) -> Result<Vec<Level>> {
    if !organization.policy_types.iter().any(|enabled| enabled == kind) {
        return Ok(Vec::new());
    }
    let mut levels = Vec::with_capacity(chain.len());
    for node in chain {
        let mut level = Level { target: node.id.clone(), policies: Vec::new() };
        for id in node.policies.get(kind).into_iter().flatten() {
            level.policies.extend(policy(reads, &organization.id, id)?);
        }
        levels.push(level);
    }
    Ok(levels)
}
