//! What every manifest says.

use super::{House, is_generated};

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Crates that do not take the workspace's lints or facts.
pub fn check(house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    for package in &house.packages {
        let file = format!("{}/Cargo.toml", package.folder);
        let Some(table) = house.text(&file).and_then(|text| text.parse::<toml::Table>().ok()) else {
            problems.push(format!("{file} cannot be read"));
            continue;
        };
        let inherits = |section: &str, key: &str| {
            let value = table.get(section).and_then(|section| section.get(key));
            value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
        };
        let lints =
            table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if lints != Some(true) && !is_generated(&format!("{}/src/lib.rs", package.folder)) {
            problems.push(format!("{file}: no `[lints] workspace = true`"));
        }
        for key in INHERITED.iter().filter(|key| !inherits("package", key)) {
            problems.push(format!("{file}: no `{key}.workspace = true`"));
        }
        // A folder at the root may leave the prefix out: `fuzz` is kage-fuzz.
        let at_root = package.folder == package.name || format!("kage-{}", package.folder) == package.name;
        if !package.folder.ends_with(&format!("/{}", package.name)) && !at_root {
            problems.push(format!("{file}: the folder is not called `{}`", package.name));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let listed = table.get(section).and_then(toml::Value::as_table);
            for (name, value) in listed.into_iter().flatten() {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    problems.push(format!("{file}: `{name}` is not `{{ workspace = true }}`"));
                }
            }
        }
    }
    problems
}
