//! ARCHITECTURE.md names every crate of the house and every library that it uses.

use super::House;

const FILE: &str = "ARCHITECTURE.md";

/// Crates and libraries that ARCHITECTURE.md does not name.
pub fn check(house: &House) -> Vec<String> {
    let Some(text) = house.text(FILE) else { return vec![format!("there is no {FILE}")] };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let names = |name: &str| text.split(|c| !is_part(c)).any(|word| word == name);
    let mut problems = Vec::new();
    for package in &house.packages {
        // The API crates of services are one line: `kage-api-<service>`.
        let family = package.name.starts_with("kage-api-") && names("kage-api-");
        if !family && !names(&package.name) {
            problems.push(format!("{FILE}: the code map does not name `{}`", package.name));
        }
    }
    for library in libraries(house.text("Cargo.toml").unwrap_or_default()) {
        if !names(&library) {
            problems.push(format!("{FILE} has no line of reason for the library `{library}`"));
        }
    }
    problems
}

/// The dependencies of the workspace that are not ours.
fn libraries(manifest: &str) -> Vec<String> {
    let Ok(table) = manifest.parse::<toml::Table>() else { return Vec::new() };
    let all = table.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let all = all.and_then(toml::Value::as_table).into_iter().flatten();
    all.filter(|(_, value)| value.get("path").is_none()).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::graph::Package;

    #[test]
    fn what_is_not_named_is_reported() {
        let manifest = "[workspace.dependencies]\nkage-core = { path = 'crates/kage-core' }\nhttp = '1'\nhttp-body = '1'\n";
        let package = |name: &str| Package {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            dependencies: Vec::new(),
        };
        let house = |text: &str| House {
            texts: vec![(FILE.to_owned(), text.to_owned()), ("Cargo.toml".to_owned(), manifest.to_owned())],
            files: Vec::new(),
            packages: vec![package("kage"), package("kage-core"), package("kage-api-s3")],
        };
        assert_eq!(
            check(&house("`kage`, `kage-core`, kage-api-<service>, `http-body`, `http`")),
            Vec::<String>::new()
        );
        assert_eq!(check(&house("`kage-core`, `http-body`")).len(), 3);
    }
}
