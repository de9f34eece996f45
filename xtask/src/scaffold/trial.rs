//! `cargo xtask test scaffold`: what the scaffolds write compiles without a warning, tests included.
//!
//! Every scaffold is run as a person would run it, in a copy of the repository below the build folder. The copy is kept and
//! only what differs is written again, so that a later run compiles little more than what is new.

use crate::workspace::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The services that are tried are the first ones of these protocols that the house does not have yet: the templates
/// differ by protocol.
const PROTOCOLS: &[&str] = &["Query", "RestJson", "RpcV2Cbor"];
/// The service that gets more operations.
const GROWING: &str = "kms";

/// Runs every scaffold, and the compiler on what came of it.
pub fn run() -> Outcome {
    let copy = workspace::target().join("scaffold");
    synchronize(&copy)?;
    let mut crates = Vec::new();
    for protocol in PROTOCOLS {
        let Some((service, operations)) = unknown(protocol)? else { continue };
        xtask(&copy, &["new", "service", &service], &operations)?;
        xtask(&copy, &["new", "noun", &service, "things", "Thing"], &[])?;
        crates.push(format!("kage-{service}"));
    }
    let registry = workspace::read(&super::folder(GROWING).join("service.toml"))?;
    let mut more = operations(&super::routes(GROWING)?);
    more.retain(|name| !registry.contains(&format!("\"{name}\"")));
    more.truncate(2);
    if !more.is_empty() {
        xtask(&copy, &["new", "op", GROWING, "trial"], &more)?;
    }
    xtask(&copy, &["new", "noun", GROWING, "trials", "Trial"], &[])?;
    xtask(&copy, &["new", "rehearsal", "trial"], &[])?;
    crates.push(format!("kage-{GROWING}"));
    let cargo = |words: &[&str], behind: &[&str]| {
        let mut cargo = workspace::cargo();
        cargo.current_dir(&copy).env("CARGO_TARGET_DIR", workspace::target()).args(words);
        for name in &crates {
            cargo.args(["--package", name]);
        }
        workspace::run(cargo.arg("--").args(behind))
    };
    cargo(&["fmt"], &["--check"])?;
    // A noun that nobody uses yet is no mistake of the template.
    let lints = ["-D", "warnings", "-A", "dead-code"];
    cargo(&["clippy", "--no-deps", "--all-targets", "--quiet"], &lints)?;
    println!("scaffold: {} are in order", crates.join(", "));
    Ok(())
}

/// `cargo xtask` on the copy.
fn xtask(copy: &Path, words: &[&str], more: &[String]) -> Outcome {
    let me = std::env::current_exe().map_err(|error| format!("where is xtask? {error}"))?;
    let mut command = Command::new(me);
    command.env(workspace::ROOT, copy).env("CARGO_TARGET_DIR", workspace::target());
    let said = workspace::output(command.args(words).args(more));
    said.map(|_| ())
}

/// The first service of this protocol that the house does not have, and two of its operations.
fn unknown(protocol: &str) -> Outcome<Option<(String, Vec<String>)>> {
    for file in workspace::list(&workspace::root().join("api/kage-api-routes/data"))? {
        let service = workspace::name(&file).trim_end_matches(".txt").to_owned();
        let text = super::routes(&service)?;
        let speaks = super::templates::fact(&text, "protocols")
            .is_some_and(|protocols| protocols.split(' ').next() == Some(protocol));
        if speaks && !super::folder(&service).exists() {
            let mut names = operations(&text);
            names.truncate(2);
            return Ok(Some((service, names)));
        }
    }
    Ok(None)
}

/// The operations of the routing data, which begin the lines behind the head.
fn operations(routes: &str) -> Vec<String> {
    let lines = routes.split_once("\n\n").map_or("", |(_, lines)| lines).lines();
    lines.filter_map(|line| line.split([' ', '\t']).next()).map(str::to_owned).collect()
}

/// Makes the copy like the repository, touching only what differs.
fn synchronize(copy: &Path) -> Outcome {
    let tracked = workspace::tracked()?;
    let mut open = vec![copy.to_path_buf()];
    while let Some(folder) = open.pop() {
        for path in workspace::list(&folder)? {
            let inside = path.strip_prefix(copy).unwrap_or(&path).to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if tracked.binary_search(&inside).is_err() {
                fs::remove_file(&path).map_err(|error| format!("cannot remove {inside}: {error}"))?;
            }
        }
    }
    remove_empty(copy)?;
    for file in &tracked {
        let (from, to): (PathBuf, PathBuf) = (workspace::root().join(file), copy.join(file));
        let mut wanted = workspace::read_bytes(&from)?;
        if file == "Cargo.toml" {
            wanted = other_version(&wanted);
        }
        if fs::read(&to).ok().as_ref() != Some(&wanted) {
            workspace::write(&to, &wanted)?;
        }
    }
    Ok(())
}

/// The copy's crates get a version of their own. Under the same one cargo takes what it built of the copy for what it built of
/// the repository, in the build folder that both share, and no longer sees that the repository's files change.
fn other_version(manifest: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(manifest);
    text.replacen("\nversion = \"", "\nversion = \"9", 1).into_bytes()
}

/// Cargo takes every folder of `services` and `api` for a crate.
fn remove_empty(folder: &Path) -> Outcome {
    for path in workspace::list(folder)? {
        if path.is_dir() {
            remove_empty(&path)?;
            if workspace::list(&path)?.is_empty() {
                fs::remove_dir(&path)
                    .map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
            }
        }
    }
    Ok(())
}
