//! The condition keys of a request.

/// The condition keys of one request with their values.
///
/// Names are case-insensitive (rules 80, 96). A key is single-valued or multivalued; that is a fact
/// about the key, not about how many values it has now (rule 81). A key with no values is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Sorted by lower-case name.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    lower: Box<str>,
    name: Box<str>,
    values: ContextValue,
}

/// The value of one condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// A single-valued key.
    Single(String),
    /// A multivalued key.
    Multiple(Vec<String>),
}

impl ContextValue {
    /// The values as a list.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::Single(value) => std::slice::from_ref(value),
            Self::Multiple(values) => values,
        }
    }
}

impl Context {
    /// A context without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key. An earlier value is replaced.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        self.set(key.as_ref(), ContextValue::Single(value.into()));
    }

    /// Sets a multivalued key. An earlier value is replaced; no values means that the key is absent.
    pub fn insert_many<V: Into<String>>(
        &mut self,
        key: impl AsRef<str>,
        values: impl IntoIterator<Item = V>,
    ) {
        self.set(key.as_ref(), ContextValue::Multiple(values.into_iter().map(Into::into).collect()));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Ok(at) = self.find(&key.to_lowercase()) {
            self.entries.remove(at);
        }
    }

    /// The value of a key, in any spelling. None if it is absent or has no values.
    pub fn get(&self, key: &str) -> Option<&ContextValue> {
        self.value_of(&key.to_lowercase())
    }

    /// The keys with their values, sorted by name without regard to case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextValue)> {
        self.entries.iter().map(|entry| (&*entry.name, &entry.values))
    }

    /// The values of a key whose name is already in lower case. None if there are none.
    pub(crate) fn values(&self, lower: &str) -> Option<&[String]> {
        self.value_of(lower).map(ContextValue::as_slice)
    }

    /// The value of a policy variable (rules 81-83). Only single-valued keys have one.
    pub(crate) fn variable<'a>(&'a self, lower: &str, default: Option<&'a str>) -> Option<&'a str> {
        match self.value_of(lower) {
            Some(ContextValue::Single(value)) => Some(value),
            _ => default,
        }
    }

    fn value_of(&self, lower: &str) -> Option<&ContextValue> {
        let entry = self.entries.get(self.find(lower).ok()?)?;
        (!entry.values.as_slice().is_empty()).then_some(&entry.values)
    }

    fn find(&self, lower: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (*entry.lower).cmp(lower))
    }

    fn set(&mut self, key: &str, values: ContextValue) {
        let lower = key.to_lowercase();
        let at = self.find(&lower);
        let entry = Entry { lower: lower.into(), name: key.into(), values };
        match at {
            Ok(at) => {
                if let Some(old) = self.entries.get_mut(at) {
                    *old = entry;
                }
            }
            Err(at) => self.entries.insert(at, entry),
        }
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Context {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let mut context = Self::new();
        for (key, value) in pairs {
            context.insert(key, value);
        }
        context
    }
}
