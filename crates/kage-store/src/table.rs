//! Typed rows: a table is a space whose values are of one type.

use crate::error::StoreError;
use crate::key::Key;
use crate::reads::{Reads, Row};
use crate::transaction::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::ops::Bound;

/// First byte of a value: JSON follows.
const JSON: u8 = 1;

/// A space whose values are of type `T`, as one format byte and JSON.
///
/// ```
/// # use kage_store::{Store, table::{Table, key}};
/// const ALIASES: Table<String> = Table::new("kms.aliases");
///
/// let store = Store::ephemeral();
/// let mut txn = store.begin();
/// ALIASES.put(&mut txn, &key(&["111122223333", "us-east-1", "alias/app"]), &"1234abcd".to_owned())?;
/// txn.commit()?.wait()?;
/// let found = ALIASES.get(&store.read(), &key(&["111122223333", "us-east-1", "alias/app"]))?;
/// assert_eq!(found.as_deref(), Some("1234abcd"));
/// # Ok::<(), kage_store::StoreError>(())
/// ```
pub struct Table<T> {
    space: &'static str,
    values: PhantomData<fn(T) -> T>,
}

pub use crate::key::key;

impl<T> Table<T> {
    /// The table in this space. By convention `service.things`; no two tables share a space.
    pub const fn new(space: &'static str) -> Self {
        Table { space, values: PhantomData }
    }

    /// The space.
    pub const fn space(&self) -> &'static str {
        self.space
    }

    /// Whether there is such a row; it is not decoded.
    pub fn contains(&self, reads: &dyn Reads, key: &Key) -> bool {
        reads.get(self.space, key.as_bytes()).is_some()
    }

    /// Removes a row; true if there was one.
    pub fn delete(&self, txn: &mut Transaction, key: &Key) -> bool {
        txn.delete(self.space, key.as_bytes())
    }

    fn undecodable(&self, key: &[u8], reason: impl ToString) -> StoreError {
        let shown =
            Key::from_bytes(key).map_or_else(|| key.escape_ascii().to_string(), |key| key.to_string());
        StoreError::Undecodable { space: self.space.to_owned(), key: shown, reason: reason.to_string() }
    }
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// The value of a row. `Undecodable` if there is one that is no `T`.
    pub fn get(&self, reads: &dyn Reads, key: &Key) -> Result<Option<T>, StoreError> {
        let value = reads.get(self.space, key.as_bytes());
        value.map(|value| self.decode(key.as_bytes(), &value)).transpose()
    }

    /// Writes a row, in place of an older one of that key. `Unencodable` if JSON has no form for it.
    pub fn put(&self, txn: &mut Transaction, key: &Key, value: &T) -> Result<(), StoreError> {
        let mut bytes = vec![JSON];
        serde_json::to_writer(&mut bytes, value).map_err(|error| StoreError::Unencodable {
            space: self.space.to_owned(),
            key: key.to_string(),
            reason: error.to_string(),
        })?;
        txn.put(self.space, key.as_bytes(), &bytes);
        Ok(())
    }

    /// The rows whose keys begin with the parts of `prefix`, in order.
    pub fn scan_prefix<'a>(
        &'a self,
        reads: &'a dyn Reads,
        prefix: &Key,
    ) -> impl DoubleEndedIterator<Item = Result<(Key, T), StoreError>> + Send + 'a {
        reads.prefix(self.space, prefix.as_bytes()).map(|row| self.row(row))
    }

    /// As [`Table::scan_prefix`], from behind the row `after` on: the next page.
    pub fn scan_after<'a>(
        &'a self,
        reads: &'a dyn Reads,
        prefix: &Key,
        after: &Key,
    ) -> impl DoubleEndedIterator<Item = Result<(Key, T), StoreError>> + Send + 'a {
        let (end, after) = (crate::reads::after_prefix(prefix.as_bytes()), after.as_bytes());
        let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let from = if after < prefix.as_bytes() {
            Bound::Included(prefix.as_bytes())
        } else {
            Bound::Excluded(after)
        };
        reads.range(self.space, from, to).map(|row| self.row(row))
    }

    fn row(&self, (key, value): Row<'_>) -> Result<(Key, T), StoreError> {
        let parsed =
            Key::from_bytes(key).ok_or_else(|| self.undecodable(key, "its key is not made of parts"))?;
        Ok((parsed, self.decode(key, value)?))
    }

    fn decode(&self, key: &[u8], value: &[u8]) -> Result<T, StoreError> {
        match value.split_first() {
            Some((&JSON, json)) => serde_json::from_slice(json).map_err(|error| self.undecodable(key, error)),
            Some((format, _)) => Err(self.undecodable(key, format_args!("unknown value format {format}"))),
            None => Err(self.undecodable(key, "it is empty")),
        }
    }
}
