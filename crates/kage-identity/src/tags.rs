//! Tags of principals and policies.

use serde::{Deserialize, Serialize};

/// Tags in the order in which they were set. Keys of IAM tags are unique without regard to case
/// (AWS: IAM user guide, "Tags for IAM resources": `Department` and `department` cannot both be set).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags(pub Vec<(String, String)>);

impl Tags {
    /// Sets a tag; a key that differs only in case is replaced, its new spelling kept.
    pub fn set(&mut self, key: &str, value: &str) {
        let found = self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key));
        match found {
            Some(entry) => *entry = (key.to_owned(), value.to_owned()),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    /// Removes a tag, if it is set.
    pub fn remove(&mut self, key: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(key));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
