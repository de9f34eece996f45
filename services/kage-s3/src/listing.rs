//! Lists of keys: prefixes, delimiters, markers.
//!
//! AWS: S3 user guide, "Organizing objects using prefixes".

use crate::object::Version;
use crate::objects;
use kage_core::Result;
use kage_store::{Key, Reads};

/// What to list.
pub struct Query<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Keys must begin with this.
    pub prefix: &'a str,
    /// Groups keys up to its first place behind the prefix; empty for none.
    pub delimiter: &'a str,
    /// Begin behind this key, or common prefix.
    pub after: Option<&'a str>,
    /// Whether `after` may be a common prefix of an earlier page.
    pub after_is_marker: bool,
    /// At most so many entries.
    pub limit: usize,
}

/// One entry of a list.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A version, and whether it is the newest of its key.
    Item(Box<Version>, bool),
    /// Keys with this beginning.
    Prefix(String),
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether more follow.
    pub truncated: bool,
}

impl Page {
    /// The common prefixes.
    pub fn prefixes(&self) -> Vec<String> {
        self.entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Prefix(prefix) => Some(prefix.clone()),
                Entry::Item(..) => None,
            })
            .collect()
    }

    /// The versions.
    pub fn items(&self) -> impl Iterator<Item = (&Version, bool)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Item(version, newest) => Some((version.as_ref(), *newest)),
            Entry::Prefix(_) => None,
        })
    }

    /// Key (or common prefix) and version of the last entry, when more follow.
    pub fn next(&self) -> Option<(String, Option<String>)> {
        let last = self.entries.last().filter(|_| self.truncated)?;
        Some(match last {
            Entry::Item(version, _) => (version.key.clone(), Some(version.id.clone())),
            Entry::Prefix(prefix) => (prefix.clone(), None),
        })
    }
}

impl Query<'_> {
    /// The group of a key.
    fn group(&self, key: &str) -> Option<String> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = key.get(self.prefix.len()..)?;
        let end = rest.find(self.delimiter)?.checked_add(self.delimiter.len())?;
        Some(format!("{}{}", self.prefix, rest.get(..end)?))
    }

    fn start(&self) -> Key {
        let begin = objects::before(self.bucket, self.prefix);
        let Some(after) = self.after else { return begin };
        let is_group = self.after_is_marker && self.group(after).as_deref() == Some(after);
        let behind = if is_group {
            objects::behind_prefix(self.bucket, after)
        } else {
            objects::behind_key(self.bucket, after)
        };
        begin.max(behind)
    }

    /// Current objects; delete markers hide their key.
    ///
    /// # Errors
    /// Those of the store.
    pub fn objects(&self, reads: &dyn Reads) -> Result<Page> {
        self.walk(reads, self.start(), false, None)
    }

    /// All versions and delete markers. `from` is the version after which the page begins.
    ///
    /// # Errors
    /// Those of the store.
    pub fn versions(&self, reads: &dyn Reads, from: Option<&Version>) -> Result<Page> {
        let start = from.map_or_else(|| self.start(), |version| objects::at(self.bucket, version));
        self.walk(reads, start, true, from.map(|version| version.key.clone()))
    }

    fn walk(&self, reads: &dyn Reads, start: Key, all: bool, begun: Option<String>) -> Result<Page> {
        let mut page = Page::default();
        let mut cursor = start;
        // The key of the row before, to tell which version is the newest.
        let mut last_key = begun;
        while let Some((place, version)) = objects::next(reads, self.bucket, &cursor)? {
            if !version.key.starts_with(self.prefix) {
                break;
            }
            if !all && version.is_marker {
                cursor = objects::behind_key(self.bucket, &version.key);
                continue;
            }
            if page.entries.len() >= self.limit {
                page.truncated = self.limit > 0;
                break;
            }
            if let Some(group) = self.group(&version.key) {
                cursor = objects::behind_prefix(self.bucket, &group);
                page.entries.push(Entry::Prefix(group));
                continue;
            }
            let newest = last_key.as_deref() != Some(version.key.as_str());
            cursor = if all { place } else { objects::behind_key(self.bucket, &version.key) };
            last_key = Some(version.key.clone());
            page.entries.push(Entry::Item(Box::new(version), newest));
        }
        Ok(page)
    }
}

/// AWS: ListObjectsV2: at most 1,000 keys, however many are asked for.
pub const MAX: i32 = 1000;

/// The number of entries of a page.
///
/// # Errors
/// `InvalidArgument` below zero.
pub fn limit(asked: Option<i32>, name: &'static str) -> Result<(i32, usize)> {
    let limit = asked.unwrap_or(MAX);
    if limit < 0 {
        let text = format!("Argument {name} must be an integer between 0 and 2147483647");
        return Err(crate::errors::invalid_argument(text, name, limit.to_string()));
    }
    let limit = limit.min(MAX);
    Ok((limit, usize::try_from(limit).unwrap_or_default()))
}
