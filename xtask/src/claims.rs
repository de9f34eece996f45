//! `cargo xtask claims`: which claims of the specification are proven, and by which files.
//!
//! A proof is a comment in a test, `// claims: DATA-KMS-24, DATA-KMS-40` (`# claims: …` in scripts,
//! `<!-- claims: … -->` in rehearsals and specs). The tests themselves decide whether the proof holds.

use crate::workspace::{self, Outcome};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// The proven claims with their files.
    Proven,
    /// The claims that nothing proves yet.
    Missing,
    /// The sums only.
    Sums,
}

/// Prints and checks. Fails on ids that the specification does not have and on comments outside of tests.
pub fn run(show: Show) -> Outcome {
    let mut problems = Vec::new();
    let proofs = proofs(&mut problems)?;
    match known()? {
        Some(known) => {
            for (id, files) in proofs.iter().filter(|(id, _)| !known.contains_key(*id)) {
                let files: Vec<&str> = files.iter().map(String::as_str).collect();
                problems.push(format!("{}: there is no claim `{id}`", files.join(", ")));
            }
            print(show, &known, &proofs);
        }
        None => println!(
            "claims: {} named by tests; the specification is not here, so no id was checked",
            proofs.len()
        ),
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("claims:\n  {}", problems.join("\n  "))) }
}

fn print(show: Show, known: &BTreeMap<String, String>, proofs: &BTreeMap<String, BTreeSet<String>>) {
    for (id, claim) in known {
        match (show, proofs.get(id)) {
            (Show::Proven, Some(files)) => {
                println!("{id}  {}", files.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
            }
            (Show::Missing, None) => println!("{id}  {claim}"),
            _ => {}
        }
    }
    let proven = known.keys().filter(|id| proofs.contains_key(*id)).count();
    let files: BTreeSet<&String> = proofs.values().flatten().collect();
    println!("claims: {proven} of {} proven, by {} files", known.len(), files.len());
}

/// The specification: `KAGE_SPEC`, `spec/` in the repository, or `../shared/spec`.
fn known() -> Outcome<Option<BTreeMap<String, String>>> {
    let given = std::env::var_os("KAGE_SPEC").map(PathBuf::from);
    let beside = workspace::root().parent().map(|parent| parent.join("shared/spec"));
    let folders = [given, Some(workspace::root().join("spec")), beside];
    let file =
        folders.into_iter().flatten().map(|folder| folder.join("claims.json")).find(|file| file.exists());
    let Some(file) = file else { return Ok(None) };
    let value: Value = serde_json::from_slice(&workspace::read_bytes(&file)?)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let text =
        |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let entries = value.as_array().ok_or_else(|| format!("{} is no list", file.display()))?;
    Ok(Some(entries.iter().map(|entry| (text(entry, "id"), text(entry, "claim"))).collect()))
}

fn proofs(problems: &mut Vec<String>) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in workspace::tracked()? {
        let Some(read) = reader(&file) else { continue };
        let text = workspace::read(&workspace::root().join(&file))?;
        match read(&file, &text) {
            Ok(ids) => {
                for id in ids {
                    found.entry(id).or_default().insert(file.clone());
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    Ok(found)
}

type Reader = fn(&str, &str) -> Outcome<Vec<String>>;

fn reader(file: &str) -> Option<Reader> {
    let (_, extension) = file.rsplit_once('.')?;
    match extension {
        _ if file.starts_with("xtask/") || file.ends_with("README.md") => None,
        "rs" => Some(in_rust),
        "md" if file.starts_with("rehearsals/") || file.contains("/spec/") => Some(in_markdown),
        "py" | "sh" | "js" | "mjs" | "ts" | "go" | "java" if file.starts_with("acceptance/") => {
            Some(in_script)
        }
        _ => None,
    }
}

fn in_rust(file: &str, text: &str) -> Outcome<Vec<String>> {
    let is_test_file = file.contains("/tests/") || file.ends_with("_tests.rs") || file.ends_with("/tests.rs");
    let mut ids = Vec::new();
    let mut in_tests = is_test_file;
    for (index, line) in text.lines().map(str::trim).enumerate() {
        in_tests |= line == "#[cfg(test)]";
        if let Some(list) = line.strip_prefix("// claims:") {
            if !in_tests {
                return Err(format!("{file}:{}: `claims:` stands outside of a test", index + 1));
            }
            ids.extend(parse(file, list)?);
        }
    }
    Ok(ids)
}

fn in_script(file: &str, text: &str) -> Outcome<Vec<String>> {
    let mut ids = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(list) = line.strip_prefix("# claims:").or_else(|| line.strip_prefix("// claims:")) {
            ids.extend(parse(file, list)?);
        }
    }
    Ok(ids)
}

fn in_markdown(file: &str, text: &str) -> Outcome<Vec<String>> {
    let mut ids = Vec::new();
    for rest in text.split("<!-- claims:").skip(1) {
        let (list, _) = rest.split_once("-->").ok_or_else(|| format!("{file}: a comment has no end"))?;
        ids.extend(parse(file, list)?);
    }
    Ok(ids)
}

fn parse(file: &str, list: &str) -> Outcome<Vec<String>> {
    let ids = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|id| !id.is_empty());
    let ids: Vec<String> = ids.map(|id| id.trim_end_matches('.').to_owned()).collect();
    match ids.iter().find(|id| !is_id(id)) {
        Some(id) => Err(format!("{file}: `{id}` is no id of a claim")),
        None if ids.is_empty() => Err(format!("{file}: `claims:` names none")),
        None => Ok(ids),
    }
}

fn is_id(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    let upper =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    parts.len() >= 3
        && parts.iter().all(upper)
        && parts.last().is_some_and(|last| last.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_read_from_tests_only() {
        let rust = "#[cfg(test)]\nmod tests {\n    // claims: DATA-KMS-24, DATA-KMS-40\n}";
        assert_eq!(
            in_rust("crates/a/src/b.rs", rust),
            Ok(vec!["DATA-KMS-24".to_owned(), "DATA-KMS-40".to_owned()])
        );
        assert!(in_rust("crates/a/src/b.rs", "// claims: DATA-KMS-24").is_err());
        assert_eq!(in_rust("crates/a/tests/b.rs", "// claims: DATA-KMS-24").map(|ids| ids.len()), Ok(1));
        assert_eq!(
            in_rust("crates/a/tests/b.rs", "let text = \"claims: DATA-KMS-24\";").map(|ids| ids.len()),
            Ok(0)
        );
        assert!(in_rust("crates/a/tests/b.rs", "// claims: kms").is_err());
        assert_eq!(in_markdown("r.md", "<!-- claims: A-B-01\n A-B-02 -->").map(|ids| ids.len()), Ok(2));
        assert_eq!(in_markdown("r.md", "claims: A-B-01").map(|ids| ids.len()), Ok(0));
        assert_eq!(in_script("a.py", "  # claims: A-B-01").map(|ids| ids.len()), Ok(1));
    }
}
