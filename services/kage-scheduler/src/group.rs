//! Groups of schedules.

use kage_core::{Arn, Call, Lookup, Millis, Resource, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::errors;

/// The group that every account has in every Region.
pub const DEFAULT: &str = "default";

const GROUPS: Table<Group> = Table::new("scheduler.groups");

/// A group of schedules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its tags, which count for its schedules as well.
    pub tags: BTreeMap<String, String>,
    /// When it was made; the default group was never made.
    pub created: Option<Millis>,
    /// When it was changed last.
    pub modified: Option<Millis>,
    /// The token of the call that made it.
    pub token: Option<String>,
}

impl Group {
    /// Its ARN.
    pub fn group_arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }
}

impl Resource for Group {
    fn arn(&self) -> String {
        self.group_arn()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
}

/// The ARN of a group.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("scheduler", region, account, format!("schedule-group/{name}")).to_string()
}

/// The group of this name. The default group is there without a row.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Group>> {
    let found = GROUPS.get(reads, &row(&[account, region, name]))?;
    Ok(found.or_else(|| (name == DEFAULT).then(|| default(account, region))))
}

fn default(account: &str, region: &str) -> Group {
    Group {
        account: account.to_owned(),
        region: region.to_owned(),
        name: DEFAULT.to_owned(),
        ..Group::default()
    }
}

/// The group that a call names, or the error that it is missing.
///
/// # Errors
/// Those of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Group>> {
    Ok(match find(tx.reads(), &call.account, &call.region, name)? {
        Some(group) => Lookup::Found(group),
        None => Lookup::missing(arn(&call.account, &call.region, name), errors::no_group(name)),
    })
}

/// The groups of an account and Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Group>> {
    let mut all = kage_core::scan(&GROUPS, reads, &row(&[account, region]))?;
    if !all.iter().any(|group: &Group| group.name == DEFAULT) {
        all.push(default(account, region));
        all.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(all)
}

/// Writes a group.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, group: &Group) -> Result<()> {
    Ok(GROUPS.put(tx.writer(), &row(&[&group.account, &group.region, &group.name]), group)?)
}

/// Removes a group.
pub fn remove(tx: &mut Tx, group: &Group) {
    GROUPS.delete(tx.writer(), &row(&[&group.account, &group.region, &group.name]));
}
