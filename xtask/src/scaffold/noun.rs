//! A new noun: what a service keeps, and its collection.

use crate::codegen::names;

/// The file `src/<file>.rs`: `queues` of `Queue`.
pub fn file(service: &str, file: &str, name: &str) -> String {
    let table = file.to_uppercase();
    let kind = names::snake(name).replace('_', "-");
    format!(
        r#"//! Say in one line what these are.

use kage_core::{{Arn, Result, Tx, scan}};
use kage_store::table::{{Table, key as row}};
use serde::{{Deserialize, Serialize}};

// Rows by account, Region and name, so that a prefix lists those of one Region in the order of their names.
const {table}: Table<{name}> = Table::new("{service}.{file}");

/// Say in one line what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct {name} {{
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
}}

impl {name} {{
    /// Its ARN. Say where AWS writes how it is built.
    pub fn arn(&self) -> String {{
        Arn::new("{service}", &self.region, &self.account, format!("{kind}/{{}}", self.name)).to_string()
    }}
}}

/// The one of this name.
pub fn find(tx: &Tx, account: &str, region: &str, name: &str) -> Result<Option<{name}>> {{
    Ok({table}.get(tx.reads(), &row(&[account, region, name]))?)
}}

/// Those of an account in a Region, by name.
pub fn list(tx: &Tx, account: &str, region: &str) -> Result<Vec<{name}>> {{
    scan(&{table}, tx.reads(), &row(&[account, region]))
}}

/// Writes one.
pub fn put(tx: &mut Tx, item: &{name}) -> Result<()> {{
    Ok({table}.put(tx.writer(), &row(&[&item.account, &item.region, &item.name]), item)?)
}}

/// Takes one away.
pub fn remove(tx: &mut Tx, item: &{name}) {{
    {table}.delete(tx.writer(), &row(&[&item.account, &item.region, &item.name]));
}}
"#
    )
}
