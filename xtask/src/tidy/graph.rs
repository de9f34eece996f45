//! Who may depend on whom.

use super::House;
use crate::workspace::{self, Outcome};
use serde_json::Value;

/// A crate of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder below the root: `crates/kage-core`.
    pub folder: String,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// One dependency.
#[derive(Debug)]
pub struct Dependency {
    /// The name of the crate.
    pub name: String,
    /// Whether only tests, benches and examples use it.
    pub dev: bool,
}

/// What a service may use of ours, besides its API crates.
const SERVICE_MAY: &[&str] = &[
    "kage-authz",
    "kage-core",
    "kage-detect",
    "kage-iam-data",
    "kage-identity",
    "kage-logquery",
    "kage-metricmath",
    "kage-network",
    "kage-pattern",
    "kage-posture",
    "kage-record",
    "kage-schedule",
    "kage-schema",
    "kage-store",
    "kage-zip",
];
/// What the tests of a service may use besides: the test kit, the parts it is made of, and other services, since what a
/// service does with another can only be shown with both.
const SERVICE_TESTS_MAY: &[&str] =
    &["kage-http", "kage-pipeline", "kage-sandbox", "kage-sigv4", "kage-test", "kage-wire"];
/// Who may use services.
const USES_SERVICES: &[&str] = &["kage", "kage-sim", "kage-test"];
/// Who may use the road.
const USES_PIPELINE: &[&str] = &["kage", "kage-http", "kage-sim", "kage-test"];
/// Libraries that know nothing of the double: what they may use of ours.
const PURE: &[(&str, &[&str])] = &[
    ("kage-authz", &[]),
    ("kage-authz-spec", &["kage-authz"]),
    ("kage-detect", &[]),
    ("kage-logquery", &[]),
    ("kage-metricmath", &[]),
    ("kage-network", &[]),
    ("kage-pattern", &[]),
    ("kage-posture", &[]),
    ("kage-rehearse", &[]),
    ("kage-schedule", &[]),
    ("kage-schema", &[]),
    ("kage-sigv4", &[]),
    ("kage-store", &[]),
    ("kage-wire", &["kage-schema"]),
    ("xtask", &[]),
    ("kage-zip", &[]),
];

/// Reads the packages from `cargo metadata`.
pub fn packages() -> Outcome<Vec<Package>> {
    let mut cargo = workspace::cargo();
    let text = workspace::output(cargo.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let root = value.get("workspace_root").and_then(Value::as_str).unwrap_or_default();
    let list = value.get("packages").and_then(Value::as_array).ok_or("cargo metadata lists no packages")?;
    Ok(list.iter().map(|package| read(package, root)).collect())
}

fn read(package: &Value, root: &str) -> Package {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let manifest = text(package, "manifest_path");
    let folder = manifest.strip_prefix(root).unwrap_or(&manifest).trim_start_matches('/');
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    let dependencies = dependencies.into_iter().flatten().map(|dependency| Dependency {
        name: text(dependency, "name"),
        dev: text(dependency, "kind") == "dev",
    });
    Package {
        name: text(package, "name"),
        folder: folder.trim_end_matches("/Cargo.toml").to_owned(),
        dependencies: dependencies.collect(),
    }
}

/// Every arrow that must not be.
pub fn check(house: &House) -> Vec<String> {
    let is_ours = |name: &str| house.packages.iter().any(|package| package.name == name);
    let mut problems = Vec::new();
    for package in &house.packages {
        for dependency in package.dependencies.iter().filter(|dependency| is_ours(&dependency.name)) {
            if let Some(law) = broken(&house.packages, package, dependency) {
                problems.push(format!("{} depends on {}: {law}", package.name, dependency.name));
            }
        }
    }
    problems
}

fn broken(packages: &[Package], package: &Package, dependency: &Dependency) -> Option<&'static str> {
    let other = dependency.name.as_str();
    let is_service =
        |name: &str| packages.iter().any(|p| p.name == name && p.folder.starts_with("services/"));
    let is_api = other.starts_with("kage-api-");
    if package.folder.starts_with("services/") {
        if is_service(other) {
            return (!dependency.dev).then_some("services talk by calls (law 5)");
        }
        let in_tests = dependency.dev && SERVICE_TESTS_MAY.contains(&other);
        let allowed = is_api || SERVICE_MAY.contains(&other) || in_tests;
        return (!allowed).then_some("a service knows its API, the core and pure engines only (law 4)");
    }
    if is_service(other) && !USES_SERVICES.contains(&package.name.as_str()) {
        return Some("only the binary and the test kits know services");
    }
    if other == "kage-pipeline" && !USES_PIPELINE.contains(&package.name.as_str()) {
        return Some("only the binary, its server and the test kits know the road");
    }
    if package.folder.starts_with("api/") && other != "kage-schema" {
        return Some("generated crates know schemas only");
    }
    let pure = PURE.iter().find(|(name, _)| *name == package.name);
    // The literal evaluator and the compiled one test each other.
    let twins = dependency.dev && package.name.starts_with("kage-authz") && other.starts_with("kage-authz");
    pure.is_some_and(|(_, may)| !may.contains(&other) && !twins).then_some("an engine is pure (law 8)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, dependencies: &[(&str, bool)]) -> Package {
        let name = folder.rsplit('/').next().unwrap_or(folder).to_owned();
        let dependencies =
            dependencies.iter().map(|(name, dev)| Dependency { name: (*name).to_owned(), dev: *dev });
        Package { name, folder: folder.to_owned(), dependencies: dependencies.collect() }
    }

    fn problems(packages: Vec<Package>) -> usize {
        check(&House { texts: Vec::new(), files: Vec::new(), packages }).len()
    }

    #[test]
    fn arrows_point_one_way() {
        let all = || {
            vec![
                package(
                    "services/kage-kms",
                    &[("kage-core", false), ("kage-api-kms", false), ("kage-test", true), ("kage-s3", true)],
                ),
                package("services/kage-s3", &[]),
                package("crates/kage-core", &[("serde", false)]),
                package("crates/kage-test", &[("kage-kms", false), ("kage-pipeline", false)]),
                package("crates/kage-pipeline", &[("kage-core", false)]),
                package("crates/kage-authz", &[]),
                package("api/kage-api-kms", &[]),
            ]
        };
        assert_eq!(problems(all()), 0);
        for (folder, other, dev) in [
            ("services/kage-iam", "kage-kms", false),
            ("services/kage-iam", "kage-pipeline", false),
            ("services/kage-iam", "kage-test", false),
            ("crates/kage-x", "kage-kms", false),
            ("crates/kage-x", "kage-pipeline", false),
            ("crates/kage-wire", "kage-core", false),
            ("api/kage-api-iam", "kage-core", false),
        ] {
            let mut packages = all();
            packages.push(package(folder, &[(other, dev)]));
            assert_eq!(problems(packages), 1, "{folder} -> {other}");
        }
    }
}
