//! From an action to the statements whose `Action` or `NotAction` covers it (rules 64, 65).

use std::collections::BTreeMap;

use crate::document::Element;
use crate::glob::Glob;
use crate::request::{Action, hash};

/// The statements of one effect by action. Statements are numbers.
#[derive(Debug, Default)]
pub(crate) struct ActionIndex {
    /// Sorted by the hash of the prefix.
    services: Box<[Service]>,
    /// `Action: "*"` and patterns that span services.
    everywhere: Box<[(Glob, usize)]>,
    /// `NotAction` statements.
    complements: Box<[(Complement, usize)]>,
}

#[derive(Debug, Default)]
struct Service {
    hash: u64,
    prefix: Box<str>,
    /// Sorted by the hash of the action's name.
    exact: Box<[Exact]>,
    globs: Box<[(Glob, usize)]>,
}

/// An action without wildcards.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Exact {
    hash: u64,
    name: Box<str>,
    statement: usize,
}

/// A service while the index is built.
#[derive(Default)]
struct Building {
    exact: Vec<Exact>,
    globs: Vec<(Glob, usize)>,
}

/// A `NotAction` element.
#[derive(Debug)]
struct Complement {
    patterns: Box<[Glob]>,
}

impl Complement {
    fn new(element: &Element) -> Self {
        let patterns =
            element.patterns.iter().map(|pattern| Glob::new(&pattern.to_ascii_lowercase())).collect();
        Self { patterns }
    }

    fn matches(&self, action: &Action) -> bool {
        !self.patterns.iter().any(|pattern| pattern.matches(action.lower()))
    }
}

impl ActionIndex {
    /// Builds the index from numbered statements.
    pub fn new<'a>(elements: impl Iterator<Item = (usize, &'a Element)>) -> Self {
        let mut services: BTreeMap<String, Building> = BTreeMap::new();
        let (mut everywhere, mut complements) = (Vec::new(), Vec::new());
        for (statement, element) in elements {
            if element.negated {
                complements.push((Complement::new(element), statement));
                continue;
            }
            for pattern in &element.patterns {
                let pattern = pattern.to_ascii_lowercase();
                let Some((prefix, name)) =
                    pattern.split_once(':').filter(|(prefix, _)| !prefix.contains(['*', '?']))
                else {
                    everywhere.push((Glob::new(&pattern), statement));
                    continue;
                };
                let service = services.entry(prefix.to_owned()).or_default();
                if name.contains(['*', '?']) {
                    service.globs.push((Glob::new(name), statement));
                } else {
                    service.exact.push(Exact { hash: hash(name), name: name.into(), statement });
                }
            }
        }
        let mut services: Vec<Service> = services
            .into_iter()
            .map(|(prefix, mut service)| {
                service.exact.sort();
                service.exact.dedup();
                Service {
                    hash: hash(&prefix),
                    prefix: prefix.into(),
                    exact: service.exact.into(),
                    globs: service.globs.into(),
                }
            })
            .collect();
        services.sort_by_key(|service| service.hash);
        Self { services: services.into(), everywhere: everywhere.into(), complements: complements.into() }
    }

    /// Calls `visit` with statements that cover the action until it answers true. A statement may come twice.
    pub fn find(&self, action: &Action, mut visit: impl FnMut(usize) -> bool) -> bool {
        let start = self.services.partition_point(|service| service.hash < action.service_hash());
        let hashed =
            self.services.iter().skip(start).take_while(|service| service.hash == action.service_hash());
        for entry in hashed.filter(|service| *service.prefix == *action.service()) {
            let name = action.lower_name();
            let start = entry.exact.partition_point(|exact| exact.hash < action.name_hash());
            let hashed = entry.exact.iter().skip(start).take_while(|exact| exact.hash == action.name_hash());
            for exact in hashed.filter(|exact| *exact.name == *name) {
                if visit(exact.statement) {
                    return true;
                }
            }
            for (glob, statement) in &entry.globs {
                if glob.matches(name) && visit(*statement) {
                    return true;
                }
            }
        }
        self.everywhere.iter().any(|(glob, statement)| glob.matches(action.lower()) && visit(*statement))
            || self
                .complements
                .iter()
                .any(|(matcher, statement)| matcher.matches(action) && visit(*statement))
    }
}
