//! Small changes to files that are there.

use super::templates::OperationNames;
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
    let lines: Vec<&str> = manifest.lines().collect();
    let same = lines.iter().enumerate().filter(|(_, known)| known.contains(&mark));
    let before = same.filter(|(_, known)| **known < line.as_str()).map(|(index, _)| index + 1).next_back();
    let first = lines.iter().position(|known| known.contains(&mark));
    let at = before.or(first).ok_or_else(|| format!("Cargo.toml lists no crate of {folder}/"))?;
    let (head, tail) = lines.split_at(at);
    Ok([head, &[line.as_str()], tail].concat().join("\n") + "\n")
}

/// The list of operations with one more module.
pub fn module(list: &str, names: &OperationNames) -> String {
    let (declaration, export) =
        (format!("mod {};", names.module), format!("pub use {}::{};", names.module, names.name));
    let at = list.find("pub use ").unwrap_or(list.len());
    let (before, behind) = list.split_at(at);
    let gap = if before.ends_with("\n\n") || before.is_empty() { "" } else { "\n" };
    let declared = format!("{}{gap}{declaration}\n", before.trim_end_matches('\n').to_owned() + "\n");
    format!("{declared}\n{behind}{export}\n")
}

/// The library with the operation in the service's list; `None` when there is no such list.
pub fn wired(library: &str, names: &OperationNames) -> Option<String> {
    let mark = "operations: vec![";
    let at = library.find(mark)? + mark.len();
    let (before, behind) = library.split_at(at);
    Some(format!("{before}\n            operation::<ops::{}>(),{behind}", names.name))
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
    }

    #[test]
    fn entries_go_to_the_main_model() {
        let registry =
            "service = \"s3\"\n\n[[operation]]\nname = \"A\"\n\n[[model]]\nservice = \"s3control\"\n";
        let more = entry(registry, "B");
        assert!(more.find("name = \"B\"").unwrap() < more.find("[[model]]").unwrap());
        assert!(is_listed(&more, "A") && is_listed(&more, "B") && !is_listed(&more, "C"));
    }
}
