//! Places in the tree: the root, organizational units, member accounts.

use crate::scope::{self, Scoped, Who};
use crate::{errors, law};
use kage_core::{Arn, Call, Error, Lookup, Resource, Result, Tx};
use kage_identity::Tags;
use kage_identity::organization::{self, Node, Organization};
use std::collections::BTreeMap;

/// AWS: Organizations user guide, "Quotas": "OU maximum nesting in a root: five levels of OUs deep under a root".
const UNIT_LEVELS_MAX: usize = 5;
/// AWS: the same page: organizational units of one organization.
const UNITS_MAX: usize = 2_000;

/// A place, with its ARN.
pub struct Place {
    /// The place.
    pub node: Node,
    /// Its ARN.
    pub arn: String,
}

impl Resource for Place {
    fn arn(&self) -> String {
        self.arn.clone()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.node.tags.0.clone()
    }
}

/// The kinds of places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The root.
    Root,
    /// An organizational unit.
    Unit,
    /// A member account.
    Account,
}

impl Kind {
    /// The kind of the place with this id.
    #[must_use]
    pub fn of(id: &str) -> Kind {
        match id {
            _ if id.starts_with("r-") => Kind::Root,
            _ if id.starts_with("ou-") => Kind::Unit,
            _ => Kind::Account,
        }
    }

    /// `ROOT`, `ORGANIZATIONAL_UNIT`, `ACCOUNT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Root => "ROOT",
            Kind::Unit => "ORGANIZATIONAL_UNIT",
            Kind::Account => "ACCOUNT",
        }
    }
}

/// The ARN of a place, or of one of the organization's own policies. AWS: Service Authorization Reference, Organizations.
#[must_use]
pub fn arn(organization: &Organization, id: &str) -> String {
    let kind = match id {
        _ if id.starts_with("p-") => "policy",
        _ if id.starts_with("r-") => "root",
        _ if id.starts_with("ou-") => "ou",
        _ if id.starts_with("o-") => "organization",
        _ => "account",
    };
    let resource = match kind {
        "organization" => format!("{kind}/{id}"),
        _ => format!("{kind}/{}/{id}", organization.id),
    };
    Arn::new("organizations", "", &organization.management, resource).to_string()
}

/// The place with this id in the organization.
pub fn find(tx: &Tx, organization: &Organization, id: &str) -> Result<Option<Place>> {
    let found = organization::node(tx.reads(), id)?.filter(|node| node.organization == organization.id);
    Ok(found.map(|node| Place { arn: arn(organization, &node.id), node }))
}

/// The place that a call names, if it is of one of these kinds.
pub fn named(
    call: &Call<'_>,
    tx: &Tx,
    who: Who,
    id: &str,
    kinds: &[Kind],
    missing: fn() -> Error,
) -> Result<Lookup<Scoped<Place>>> {
    scope::within(call, tx, who, id, missing, |organization| {
        Ok(find(tx, organization, id)?.filter(|place| kinds.contains(&Kind::of(&place.node.id))))
    })
}

/// The places directly under this one, by id.
pub fn children(tx: &Tx, organization: &Organization, id: &str) -> Result<Vec<Node>> {
    let mut all = organization::nodes(tx.reads(), &organization.id)?;
    all.retain(|node| node.parent.as_deref() == Some(id));
    Ok(all)
}

/// A new place under `parent`, with the full-access policies of the policy types that are enabled.
#[must_use]
pub fn new(organization: &Organization, id: String, parent: &str, tags: Tags) -> Node {
    let full = |kind: &String| Some((kind.clone(), vec![law::full_access(kind)?.to_owned()]));
    let policies: BTreeMap<_, _> = organization.policy_types.iter().filter_map(full).collect();
    Node {
        id,
        organization: organization.id.clone(),
        parent: Some(parent.to_owned()),
        policies,
        tags,
        ..Node::default()
    }
}

/// `o-…/r-…/ou-…/`: the way to this place.
pub fn path(tx: &Tx, organization: &Organization, id: &str) -> Result<String> {
    let mut out = format!("{}/", organization.id);
    for node in organization::ancestry(tx.reads(), id)? {
        out.push_str(&node.id);
        out.push('/');
    }
    Ok(out)
}

/// Refuses a new unit too deep or too many.
pub fn require_room(tx: &Tx, organization: &Organization, parent: &str) -> Result<()> {
    // The root stands first in the ancestry of the parent.
    if organization::ancestry(tx.reads(), parent)?.len() > UNIT_LEVELS_MAX {
        return Err(errors::constraint(
            "OU_DEPTH_LIMIT_EXCEEDED",
            "You have exceeded the maximum organizational unit depth.",
        ));
    }
    let all = organization::nodes(tx.reads(), &organization.id)?;
    if all.iter().filter(|node| Kind::of(&node.id) == Kind::Unit).count() >= UNITS_MAX {
        return Err(errors::constraint(
            "OU_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of organizational units.",
        ));
    }
    Ok(())
}

/// Refuses a name that another unit under the same parent has.
pub fn require_free_name(
    tx: &Tx,
    organization: &Organization,
    parent: &str,
    name: &str,
    but: &str,
) -> Result<()> {
    let taken = |node: &Node| node.id != but && Kind::of(&node.id) == Kind::Unit && node.name == name;
    if children(tx, organization, parent)?.iter().any(taken) {
        return Err(errors::duplicate_unit());
    }
    Ok(())
}
