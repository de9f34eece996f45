//! Many patterns that are asked about the same events.

use crate::Pattern;
use crate::event::Wanted;
use crate::matcher::Matcher;
use crate::pattern::{Fields, passes};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Compiled patterns under keys, with an index: an event is compared with those patterns only of which one exact text
/// occurs in it, and with those that have no exact text.
#[derive(Clone, Debug)]
pub struct Rules<K> {
    keys: Vec<K>,
    wanted: Wanted,
    alternatives: Vec<Alternative>,
    /// By field, then by text: the alternatives that need it.
    index: HashMap<usize, HashMap<String, Vec<usize>>>,
    /// Alternatives that no exact text leads to.
    always: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Alternative {
    key: usize,
    tests: Vec<(usize, Vec<Matcher>)>,
}

impl<K> Rules<K> {
    /// Compiles patterns under their keys.
    pub fn new(patterns: impl IntoIterator<Item = (K, Pattern)>) -> Rules<K> {
        let mut rules = Rules {
            keys: Vec::new(),
            wanted: Wanted::default(),
            alternatives: Vec::new(),
            index: HashMap::new(),
            always: Vec::new(),
        };
        for (number, (key, pattern)) in patterns.into_iter().enumerate() {
            rules.keys.push(key);
            for fields in pattern.alternatives {
                rules.add(number, fields);
            }
        }
        rules.make_index();
        rules
    }

    fn add(&mut self, key: usize, fields: Fields) {
        let tests =
            fields.into_iter().map(|(path, field)| (self.wanted.add(&path), field.matchers)).collect();
        self.alternatives.push(Alternative { key, tests });
    }

    fn make_index(&mut self) {
        // An alternative is found by the field whose texts the fewest others share.
        let mut shared: HashMap<(usize, &str), usize> = HashMap::new();
        for (field, texts) in
            self.alternatives.iter().flat_map(|alternative| exact_fields(&alternative.tests))
        {
            for text in texts {
                let count = shared.entry((field, text)).or_default();
                *count = count.saturating_add(1);
            }
        }
        for (number, alternative) in self.alternatives.iter().enumerate() {
            let cost = |(field, texts): &(usize, Vec<&str>)| {
                texts.iter().map(|text| shared.get(&(*field, *text)).copied().unwrap_or(0)).sum::<usize>()
            };
            match exact_fields(&alternative.tests).min_by_key(cost) {
                Some((field, texts)) => {
                    let by_text = self.index.entry(field).or_default();
                    for text in texts {
                        by_text.entry(text.to_owned()).or_default().push(number);
                    }
                }
                None => self.always.push(number),
            }
        }
    }

    /// How many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of the patterns that the event matches, in the order in which they were given.
    #[must_use]
    pub fn matching(&self, event: &Map<String, Value>) -> Vec<&K> {
        let values = self.wanted.values(event);
        let mut candidates: Vec<usize> = self.always.clone();
        for (field, by_text) in &self.index {
            for found in values.get(*field).into_iter().flatten() {
                if let Some(numbers) = found.value.as_str().and_then(|text| by_text.get(text)) {
                    candidates.extend(numbers);
                }
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut matched: Vec<usize> = candidates
            .into_iter()
            .filter_map(|number| self.alternatives.get(number))
            .filter(|alternative| {
                let tests: Vec<(usize, &[Matcher])> =
                    alternative.tests.iter().map(|(field, matchers)| (*field, matchers.as_slice())).collect();
                passes(&tests, &values, &[])
            })
            .map(|alternative| alternative.key)
            .collect();
        matched.dedup();
        matched.into_iter().filter_map(|number| self.keys.get(number)).collect()
    }
}

/// The fields whose tests are exact texts only.
fn exact_fields(tests: &[(usize, Vec<Matcher>)]) -> impl Iterator<Item = (usize, Vec<&str>)> {
    tests.iter().filter_map(|(field, matchers)| {
        let texts: Option<Vec<&str>> = matchers
            .iter()
            .map(|matcher| match matcher {
                Matcher::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        texts.map(|texts| (*field, texts))
    })
}
