//! Denials that are kept: why a call was refused can be asked after a restart, too.
//!
//! A denial is explained when its record is written and kept with it in one transaction. The newest [`KEPT_MAX`] are kept.

use crate::decisions::Remembered;
use crate::why::Why;
use kage_core::{Error, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many denials are kept; one takes a few kilobytes.
const KEPT_MAX: u64 = 10_000;

const DENIALS: Table<Explanation> = Table::new("kage.denials");
/// Request ids by the order in which they came, and under `next` the number of the next one.
const ORDER: Table<String> = Table::new("kage.denials.order");
const NEXT: Table<u64> = Table::new("kage.denials.next");

/// An explanation in both forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// For programs.
    pub json: Value,
    /// For a terminal.
    pub text: String,
}

impl Explanation {
    /// Explains a call that is remembered.
    ///
    /// # Errors
    /// HTTP 500 when the explanation is no JSON.
    pub fn new(request_id: &str, call: &Remembered) -> Result<Explanation> {
        let why = Why::new(request_id, call);
        let json = serde_json::to_value(&why).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Explanation { json, text: why.render() })
    }
}

/// Keeps the explanation of a denial, and lets the oldest go when there are too many.
///
/// # Errors
/// Those of the store.
pub fn keep(tx: &mut Tx, request_id: &str, call: &Remembered) -> Result<()> {
    let number = NEXT.get(tx.reads(), &row(&["next"]))?.unwrap_or(0);
    let place = |number: u64| row(&[]).with_number(number);
    if let Some(old) = number.checked_sub(KEPT_MAX)
        && let Some(id) = ORDER.get(tx.reads(), &place(old))?
    {
        ORDER.delete(tx.writer(), &place(old));
        DENIALS.delete(tx.writer(), &row(&[&id]));
    }
    ORDER.put(tx.writer(), &place(number), &request_id.to_owned())?;
    NEXT.put(tx.writer(), &row(&["next"]), &number.wrapping_add(1))?;
    Ok(DENIALS.put(tx.writer(), &row(&[request_id]), &Explanation::new(request_id, call)?)?)
}

/// The explanation of a denial that was kept.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, request_id: &str) -> Result<Option<Explanation>> {
    Ok(DENIALS.get(reads, &row(&[request_id]))?)
}
