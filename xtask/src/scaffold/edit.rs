//! Small changes to files that are there.

use crate::workspace::Outcome;

/// Whether `service.toml` lists the operation.
pub fn is_listed(registry: &str, operation: &str) -> bool {
    registry.lines().any(|line| line == format!("name = \"{operation}\""))
}

/// `service.toml` with the operation, before the tables of further models.
pub fn entry(registry: &str, operation: &str) -> String {
    let entry = format!("\n[[operation]]\nname = \"{operation}\"\nfidelity = \"routed\"\ngaps = \"\"\n");
    match registry.find("\n[[model]]") {
        Some(at) => {
            let (before, behind) = registry.split_at(at);
            format!("{before}{entry}{behind}")
        }
        None => format!("{registry}{entry}"),
    }
}

/// The root manifest with one more crate of ours, in its place among those of the same folder.
pub fn dependency(manifest: &str, name: &str, folder: &str) -> Outcome<String> {
    let line = format!("{name} = {{ path = \"{folder}/{name}\" }}");
    if manifest.lines().any(|known| known == line) {
        return Ok(manifest.to_owned());
    }
    let mark = format!("path = \"{folder}/");
    sorted_in(manifest, &line, |known| known.contains(&mark))
        .ok_or_else(|| format!("Cargo.toml lists no crate of {folder}/"))
}

/// The manifest of a service with one more library in a section: `dependencies`.
pub fn library(manifest: &str, section: &str, name: &str) -> Outcome<String> {
    let line = format!("{name} = {{ workspace = true }}");
    let head = format!("[{section}]\n");
    let Some((before, behind)) = manifest.split_once(&head) else {
        return Err(format!("Cargo.toml has no [{section}]"));
    };
    let (list, tail) = behind.split_once("\n\n").unwrap_or((behind, ""));
    if list.lines().any(|known| known == line) {
        return Ok(manifest.to_owned());
    }
    let list = sorted_in(list, &line, |known| known.contains(" = ")).unwrap_or(line);
    Ok(format!("{before}{head}{}\n\n{tail}", list.trim_end()))
}

/// The manifest of a service with one more library for its tests, unless it has it anyway.
pub fn needed_by_tests(manifest: &str, name: &str) -> Outcome<String> {
    if manifest.lines().any(|line| line == format!("{name} = {{ workspace = true }}")) {
        return Ok(manifest.to_owned());
    }
    if manifest.contains("[dev-dependencies]") {
        return library(manifest, "dev-dependencies", name);
    }
    let (head, tail) = manifest.split_once("[lints]").ok_or("Cargo.toml has no [lints]")?;
    Ok(format!("{head}[dev-dependencies]\n{name} = {{ workspace = true }}\n\n[lints]{tail}"))
}

/// A list of modules with one more: among those like it (`mod a;`, `pub mod a;`), or else behind everything.
pub fn module(text: &str, declaration: &str) -> String {
    if text.lines().any(|known| known == declaration) {
        return text.to_owned();
    }
    let start = declaration.split_once("mod ").map_or("", |(start, _)| start);
    let like = |known: &str| known.starts_with(&format!("{start}mod ")) && known.ends_with(';');
    sorted_in(text, declaration, like).unwrap_or_else(|| format!("{}\n\n{declaration}\n", text.trim_end()))
}

/// The main file of the tests with one more module, before what it uses.
pub fn test_module(main: &str, file: &str) -> String {
    let (plain, guarded) = (format!("mod {file};"), "#[cfg(test)]");
    if main.lines().any(|known| known == plain) {
        return main.to_owned();
    }
    let lines: Vec<&str> = main.lines().collect();
    let first = lines.iter().position(|line| {
        let is_comment = line.starts_with("//!") || line.starts_with("#!");
        !is_comment && !line.is_empty()
    });
    let (head, tail) = lines.split_at(first.unwrap_or(lines.len()));
    // Next to other modules, and with an empty line before anything else.
    let beside = tail.first().is_some_and(|line| line.starts_with("mod ") || *line == guarded);
    let gap: &[&str] = if beside { &[] } else { &[""] };
    [head, &[guarded, plain.as_str()], gap, tail].concat().join("\n") + "\n"
}

/// The library with the operation in the service's list, in its place; `None` when there is no such list.
pub fn wired(library: &str, file: &str, name: &str) -> Option<String> {
    let line = format!("            operation::<ops::{file}::{name}>(),");
    let last = |line: &str| line.rsplit("::").next().map(str::to_owned);
    let lines: Vec<&str> = library.lines().collect();
    let is_entry = |line: &&str| line.trim_start().starts_with("operation::<");
    let at = match lines.iter().position(is_entry) {
        Some(first) => {
            let behind = lines[first..].iter().position(|known| is_entry(known) && last(known) > last(&line));
            let end = lines[first..].iter().position(|known| known.trim_start().starts_with(']'))?;
            first + behind.unwrap_or(end).min(end)
        }
        None => lines.iter().position(|line| line.trim() == "operations: vec![")? + 1,
    };
    let (head, tail) = lines.split_at(at);
    Some([head, &[line.as_str()], tail].concat().join("\n") + "\n")
}

/// A text with one more line, in its place among those like it; `None` when there are none.
fn sorted_in(text: &str, line: &str, like: impl Fn(&str) -> bool) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let same = lines.iter().enumerate().filter(|(_, known)| like(known));
    let before = same.filter(|(_, known)| **known < line).map(|(index, _)| index + 1).next_back();
    let at = before.or_else(|| lines.iter().position(|known| like(known)))?;
    let (head, tail) = lines.split_at(at);
    Some([head, &[line], tail].concat().join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_stay_sorted() {
        let manifest = "[workspace.dependencies]\nkage-api-kms = { path = \"api/kage-api-kms\" }\n\
            kage-api-sts = { path = \"api/kage-api-sts\" }\nkage-kms = { path = \"services/kage-kms\" }\n\n# Theirs.\n";
        let more = dependency(manifest, "kage-api-s3", "api").unwrap();
        let more = dependency(&more, "kage-acm", "services").unwrap();
        let names: Vec<&str> = more.lines().filter_map(|line| line.split(" = ").next()).collect();
        assert_eq!(names[1..6], ["kage-api-kms", "kage-api-s3", "kage-api-sts", "kage-acm", "kage-kms"]);
        assert_eq!(dependency(&more, "kage-acm", "services").unwrap(), more);
        let service =
            "[package]\n\n[dependencies]\na = { workspace = true }\nc = { workspace = true }\n\n[lints]\n";
        let more = library(service, "dependencies", "b").unwrap();
        assert_eq!(more, service.replace("c =", "b = { workspace = true }\nc ="));
        assert_eq!(library(&more, "dependencies", "b").unwrap(), more);
        assert!(library("[package]\n", "dependencies", "b").is_err());
    }

    #[test]
    fn entries_go_to_the_main_model() {
        let registry =
            "service = \"s3\"\n\n[[operation]]\nname = \"A\"\n\n[[model]]\nservice = \"s3control\"\n";
        let more = entry(registry, "B");
        assert!(more.find("name = \"B\"").unwrap() < more.find("[[model]]").unwrap());
        assert!(is_listed(&more, "A") && is_listed(&more, "B") && !is_listed(&more, "C"));
    }

    #[test]
    fn modules_stay_sorted() {
        let list = "//! Operations.\n\npub mod a;\npub mod c;\n";
        assert_eq!(module(list, "pub mod b;"), "//! Operations.\n\npub mod a;\npub mod b;\npub mod c;\n");
        assert_eq!(module(list, "pub mod a;"), list);
        assert_eq!(module("//! Operations.\n", "pub mod b;"), "//! Operations.\n\npub mod b;\n");
        assert_eq!(module("mod ops;\n\nuse x;\n", "mod a;"), "mod a;\nmod ops;\n\nuse x;\n");
        let main = "//! Tests.\n\nuse x;\n";
        let one = test_module(main, "a");
        assert_eq!(one, "//! Tests.\n\n#[cfg(test)]\nmod a;\n\nuse x;\n");
        assert!(test_module(&one, "b").contains("mod b;\n#[cfg(test)]\nmod a;\n\nuse x;"));
    }

    #[test]
    fn operations_stay_sorted_by_their_own_name() {
        let entry = |path: &str| format!("            operation::<ops::{path}>(),\n");
        let list = |entries: &[&str]| {
            let entries: Vec<String> = entries.iter().map(|path| entry(path)).collect();
            format!("fn operations() {{\n    vec![\n{}    ]\n}}\n", entries.concat())
        };
        let library = list(&["z::Create", "a::Get"]);
        assert_eq!(wired(&library, "m", "Delete"), Some(list(&["z::Create", "m::Delete", "a::Get"])));
        assert_eq!(wired(&library, "m", "Put"), Some(list(&["z::Create", "a::Get", "m::Put"])));
        let empty = "    operations: vec![\n    ],\n";
        assert_eq!(wired(empty, "m", "Put"), Some(empty.replace("[\n", &format!("[\n{}", entry("m::Put")))));
        assert_eq!(wired("fn service() {}\n", "m", "Put"), None);
    }
}
