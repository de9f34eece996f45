//! From an action to the statements whose `Action` or `NotAction` covers it (rules 64, 65).

use std::collections::BTreeMap;

use crate::document::Element;
use crate::glob::Glob;
use crate::request::Action;

/// The statements of one effect by action. Statements are numbers.
#[derive(Debug, Default)]
pub(crate) struct ActionIndex {
    /// Sorted by service prefix.
    services: Box<[Service]>,
    /// `Action: "*"` and patterns that span services.
    everywhere: Box<[(Glob, usize)]>,
    /// `NotAction` statements.
    complements: Box<[(Complement, usize)]>,
}

#[derive(Debug, Default)]
struct Service {
    prefix: Box<str>,
    /// Sorted by action name, statements ascending.
    exact: Box<[(Box<str>, usize)]>,
    globs: Box<[(Glob, usize)]>,
}

/// A service while the index is built.
#[derive(Default)]
struct Building {
    exact: Vec<(Box<str>, usize)>,
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
                    service.exact.push((name.into(), statement));
                }
            }
        }
        let services = services
            .into_iter()
            .map(|(prefix, mut service)| {
                service.exact.sort();
                service.exact.dedup();
                Service { prefix: prefix.into(), exact: service.exact.into(), globs: service.globs.into() }
            })
            .collect();
        Self { services, everywhere: everywhere.into(), complements: complements.into() }
    }

    /// Calls `visit` with statements that cover the action until it answers true. A statement may come twice.
    pub fn find(&self, action: &Action, mut visit: impl FnMut(usize) -> bool) -> bool {
        let service = action.service();
        let found = self.services.binary_search_by(|entry| (*entry.prefix).cmp(service)).ok();
        if let Some(entry) = found.and_then(|at| self.services.get(at)) {
            let name = action.lower_name();
            let start = entry.exact.partition_point(|(known, _)| **known < *name);
            let exact = entry.exact.iter().skip(start).take_while(|(known, _)| **known == *name);
            for (_, statement) in exact {
                if visit(*statement) {
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
