//! Every modelled operation is called by a test of its service, and so are its denial and its record.
//!
//! The criterion is textual, and `xtask/unproven.toml` says what it is. It asks whether a test looks, not whether it looks
//! well: that is for whoever reads the test, and the tests themselves decide whether what they claim holds.

use super::House;
use crate::registry::{self, Fidelity};
use crate::workspace::{self, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// What is not proven yet.
const RATCHET: &str = "xtask/unproven.toml";
/// How many lines below the name of the operation the denial may be looked at.
const DENIAL_WITHIN: usize = 6;
/// And the record.
const RECORD_WITHIN: usize = 12;
const DENIAL: &[&str] = &[
    "AccessDenied",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "not authorized",
    "denied(",
];
const RECORD: &[&str] = &["eventName", "errorCode", ".events(", "last(", "recorded("];
const KINDS: &[&str] = &["called", "denied", "recorded"];

/// By service and kind, the operations that lack the proof.
type Unproven = BTreeMap<(String, String), BTreeSet<String>>;

/// Operations that lack a proof and are not listed, and listed ones that have it.
pub fn check(house: &House) -> Vec<String> {
    let (found, listed) = match (find(house), read(house.text(RATCHET).unwrap_or_default())) {
        (Ok(found), Ok(listed)) => (found, listed),
        (Err(problem), _) | (_, Err(problem)) => return vec![problem],
    };
    compare(&found, &listed)
}

/// Prints all proofs that are missing, in the form of the list.
pub fn show() -> Outcome {
    let found = find(&House::read()?)?;
    println!("{}", write(&found).trim_start());
    Ok(())
}

/// Takes from the list what is proven now. What is not in it stays out of it.
pub fn shrink() -> Outcome {
    let house = House::read()?;
    let text = house.text(RATCHET).unwrap_or_default();
    let mut listed = read(text)?;
    let found = find(&house)?;
    for (key, names) in &mut listed {
        names.retain(|name| found.get(key).is_some_and(|found| found.contains(name)));
    }
    let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    let text = format!("{}\n{}", head.join("\n"), write(&listed));
    workspace::write(&workspace::root().join(RATCHET), text.as_bytes())?;
    let count: usize = listed.values().map(BTreeSet::len).sum();
    println!("{RATCHET}: {count} proofs are missing");
    Ok(())
}

fn compare(found: &Unproven, listed: &Unproven) -> Vec<String> {
    let mut problems = Vec::new();
    let lacking = |all: &Unproven, key, name: &String| {
        all.get(key).is_some_and(|names: &BTreeSet<String>| names.contains(name))
    };
    for (key, names) in found {
        for name in names.iter().filter(|name| !lacking(listed, key, name)) {
            problems.push(format!("{}:{name}: no test shows that it is {} ({RATCHET})", key.0, key.1));
        }
    }
    for (key, names) in listed {
        for name in names.iter().filter(|name| !lacking(found, key, name)) {
            problems.push(format!(
                "{RATCHET}: {}:{name} need not be listed as not {}: `cargo xtask proofs --shrink`",
                key.0, key.1
            ));
        }
    }
    problems
}

fn read(text: &str) -> Outcome<Unproven> {
    let table: toml::Table = text.parse().map_err(|error| format!("{RATCHET}: {error}"))?;
    let mut listed = Unproven::new();
    for (service, kinds) in &table {
        for (kind, names) in kinds.as_table().into_iter().flatten() {
            if !KINDS.contains(&kind.as_str()) {
                return Err(format!("{RATCHET}: unknown key `{kind}`"));
            }
            let names = names.as_array().into_iter().flatten().filter_map(|name| name.as_str());
            listed.insert((service.clone(), kind.clone()), names.map(str::to_owned).collect());
        }
    }
    Ok(listed)
}

fn write(listed: &Unproven) -> String {
    let mut text = String::new();
    let mut last = "";
    for ((service, kind), names) in listed.iter().filter(|(_, names)| !names.is_empty()) {
        if last != service {
            text.push_str(&format!("\n[{service}]\n"));
            last = service;
        }
        let names: Vec<String> = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
        text.push_str(&format!("{kind} = [\n{}]\n", names.concat()));
    }
    text
}

fn find(house: &House) -> Outcome<Unproven> {
    let mut unproven = Unproven::new();
    for service in registry::services()? {
        let folder = format!("services/{}/tests/", workspace::name(&service.folder));
        let files = house.texts.iter().filter(|(file, _)| file.starts_with(&folder) && file.ends_with(".rs"));
        let files: Vec<File> = files.map(|(_, text)| File::read(text)).collect();
        for model in &service.models {
            let modelled = model.operations.iter().filter(|known| known.fidelity != Fidelity::Routed);
            for operation in modelled {
                let lacks = lacking(&files, &model.service, &operation.name);
                for kind in lacks {
                    let key = (model.service.clone(), kind.to_owned());
                    unproven.entry(key).or_default().insert(operation.name.clone());
                }
            }
        }
    }
    Ok(unproven)
}

/// Which proofs the files lack.
fn lacking(files: &[File], service: &str, operation: &str) -> Vec<&'static str> {
    let mut lacks: Vec<&str> = KINDS.to_vec();
    if files.iter().any(|file| file.names.contains(operation)) {
        lacks.retain(|kind| *kind != "called");
    }
    for test in files.iter().flat_map(|file| &file.tests) {
        if test.shows(service, operation, DENIAL, DENIAL_WITHIN) {
            lacks.retain(|kind| *kind != "denied");
        }
        if test.shows(service, operation, RECORD, RECORD_WITHIN) {
            lacks.retain(|kind| *kind != "recorded");
        }
    }
    lacks
}

/// A file of tests.
struct File {
    /// All names in it: a function that helps the tests may make the call.
    names: BTreeSet<String>,
    tests: Vec<Test>,
}

/// The lines of one test function, with the constants of the file that each of them uses.
struct Test(Vec<Line>);

struct Line {
    text: String,
    /// The names of operations that stand here, in themselves or in a constant.
    names: BTreeSet<String>,
    /// Whether they stand in a list, over which the test runs.
    in_list: bool,
}

impl File {
    fn read(text: &str) -> File {
        let constants = constants(text);
        let mut tests = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(indent) = line.strip_suffix("#[test]") else { continue };
            let end = format!("{indent}}}");
            let body = lines.by_ref().take_while(|line| *line != end);
            tests.push(Test(body.map(|line| Line::read(line, &constants)).collect()));
        }
        let names = text.lines().flat_map(|line| Line::read(line, &[]).names).collect();
        File { names, tests }
    }
}

/// The constants of a file: their names, the texts in them, and whether they are lists.
fn constants(text: &str) -> Vec<(String, BTreeSet<String>, bool)> {
    let mut found = Vec::new();
    for part in text.split("\nconst ").skip(1) {
        let Some((name, rest)) = part.split_once(':') else { continue };
        let value = rest.split_once(';').map_or(rest, |(value, _)| value);
        // `[&str; 3]` has the semicolon in its type.
        let value = rest.split_once(" =").map_or(value, |(_, value)| value);
        let value = value.split_once(";\n").map_or(value, |(value, _)| value);
        found.push((name.to_owned(), literals(value), value.trim_start().starts_with(['[', '&'])));
    }
    found
}

fn literals(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

impl Line {
    fn read(line: &str, constants: &[(String, BTreeSet<String>, bool)]) -> Line {
        let text = line.trim();
        let mut names = literals(text);
        if let Some(list) = text.strip_prefix("// calls:") {
            names.extend(list.split(',').map(|name| name.trim().to_owned()));
        }
        let mut in_list = text.starts_with("for ") || text.starts_with(['"', '(', '[']);
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        for (_, values, is_list) in constants.iter().filter(|(name, ..)| words.contains(name.as_str())) {
            names.extend(values.iter().cloned());
            in_list |= is_list;
        }
        Line { text: text.to_owned(), names, in_list }
    }
}

impl Test {
    /// Whether one of the words stands near behind the operation, or behind a list with it, or in a test that runs over
    /// all operations of the service.
    fn shows(&self, service: &str, operation: &str, words: &[&str], within: usize) -> bool {
        let has_word = |line: &Line| words.iter().any(|word| line.text.contains(word));
        let all = format!("in kage_api_{}::SERVICE.operations", service.replace('-', "_"));
        self.0.iter().enumerate().any(|(at, line)| {
            let rest = self.0.get(at..).unwrap_or_default();
            if line.text.contains(&all) {
                return rest.iter().any(has_word);
            }
            let reach = if line.in_list { rest.len() } else { within.min(rest.len()) };
            line.names.contains(operation) && rest.iter().take(reach).any(has_word)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
const BOTH: [&str; 2] = ["Get", "Put"];
const ONE: &str = "Delete";

#[test]
fn near() {
    world.call(&admin, "Create").ok();
    let denied = world.call(&bob, "List").err();
    assert_eq!(denied.code, "AccessDenied");
}

#[test]
fn lists() {
    for operation in BOTH {
        one();
        two();
        three();
        four();
        five();
        six();
        assert_eq!(event["eventName"], operation);
    }
    world.call(&admin, ONE).ok();
}

#[test]
fn over_http() {
    // calls: Head, Copy
    assert_eq!(head("/b").code(), "AccessDenied");
}
"#;

    fn lacks(operation: &str) -> Vec<&'static str> {
        lacking(&[File::read(FILE)], "x", operation)
    }

    #[test]
    fn proofs_are_found_near_the_name_and_in_lists() {
        assert_eq!(lacks("List"), ["recorded"]);
        assert_eq!(lacks("Get"), ["denied"]);
        assert_eq!(lacks("Put"), ["denied"]);
        assert_eq!(lacks("Delete"), ["denied", "recorded"]);
        assert_eq!(lacks("Copy"), ["recorded"]);
        assert_eq!(lacks("Rename"), ["called", "denied", "recorded"]);
    }

    #[test]
    fn a_law_proves_all_operations_of_its_service_and_names_none() {
        let law = "#[test]\nfn law() {\n    for model in kage_api_x::SERVICE.operations {\n        x();\n        \
            assert_eq!(error.code, \"AccessDenied\");\n    }\n}\n";
        assert_eq!(lacking(&[File::read(law)], "x", "Get"), ["called", "recorded"]);
        assert_eq!(lacking(&[File::read(law)], "y", "Get"), ["called", "denied", "recorded"]);
    }

    #[test]
    fn the_list_may_only_shrink() {
        let list = |text: &str| read(text).unwrap();
        let found = list("[s3]\ncalled = ['A', 'B']\n");
        assert_eq!(compare(&found, &found), Vec::<String>::new());
        assert_eq!(compare(&found, &list("[s3]\ncalled = ['A']\n")).len(), 1);
        assert_eq!(compare(&found, &list("[s3]\ncalled = ['A', 'B', 'C']\ndenied = ['A']\n")).len(), 2);
        assert_eq!(read(&write(&found)).unwrap(), found);
        assert!(read("[s3]\nseen = ['A']\n").is_err());
    }
}
