//! `cargo xtask new`: files with failing parts to fill in.

mod edit;
mod noun;
mod operation;
mod proofs;
mod templates;
pub mod trial;

use crate::codegen::{self, Mode, names};
use crate::coverage;
use crate::workspace::{self, Outcome};
use operation::OperationNames;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A new service crate with its first operations.
pub fn service(name: &str, words: &[&str]) -> Outcome {
    routes(name)?;
    let folder = folder(name);
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()));
    }
    workspace::write(&folder.join("service.toml"), templates::registry(name).as_bytes())?;
    workspace::write(&folder.join("Cargo.toml"), templates::manifest(name).as_bytes())?;
    workspace::write(&folder.join("README.md"), templates::readme(name).as_bytes())?;
    workspace::write(&folder.join("src/lib.rs"), templates::library(name, &routes(name)?)?.as_bytes())?;
    workspace::write(&folder.join("src/ops/mod.rs"), templates::operations(name).as_bytes())?;
    let root = workspace::root().join("Cargo.toml");
    change(&root, |manifest| {
        let manifest = edit::dependency(manifest, &format!("kage-api-{name}"), "api")?;
        edit::dependency(&manifest, &format!("kage-{name}"), "services")
    })?;
    operations(name, words)?;
    println!("Now add `kage-{name}` to crates/kage (Cargo.toml and src/wiring.rs) and to ARCHITECTURE.md.");
    Ok(())
}

/// New operations of a service: their entries, types, tests, and one file for all of them. The first word names that
/// file when it begins with a small letter; otherwise it is called like the first operation.
pub fn operations(service: &str, words: &[&str]) -> Outcome {
    let (file, all) = match words {
        [first, rest @ ..] if first.starts_with(|c: char| c.is_ascii_lowercase()) => {
            ((*first).to_owned(), rest)
        }
        [first, ..] => (names::snake(first), words),
        [] => return Err("no operation is named".to_owned()),
    };
    if all.is_empty() {
        return Err(format!("no operation for the file `{file}` is named"));
    }
    let folder = folder(service);
    let (list, ops) = list_of_operations(&folder)?;
    let (code, tests) = (ops.join(format!("{file}.rs")), folder.join(format!("tests/it/{file}.rs")));
    if let Some(there) = [&code, &tests].into_iter().find(|path| path.exists()) {
        return Err(format!("{} is there already", there.display()));
    }
    change(&folder.join("service.toml"), |registry| {
        let missing = all.iter().filter(|name| !edit::is_listed(registry, name));
        Ok(missing.fold(registry.to_owned(), |registry, name| edit::entry(&registry, name)))
    })?;
    codegen::run(Mode::Write)?;
    let routes = routes(service)?;
    let signing = templates::fact(&routes, "signing").unwrap_or(service);
    let found: Outcome<Vec<OperationNames>> =
        all.iter().map(|name| OperationNames::find(service, signing, name)).collect();
    let found = found?;
    workspace::write(&code, operation::file(&found).as_bytes())?;
    change(&list, |text| Ok(edit::module(&with_shape(text, service), &format!("pub mod {file};"))))?;
    let library = folder.join("src/lib.rs");
    for name in all {
        match edit::wired(&workspace::read(&library)?, &file, name) {
            Some(text) => workspace::write(&library, text.as_bytes())?,
            None => println!(
                "Now add `operation::<ops::{file}::{name}>()` to the operations of {}.",
                library.display()
            ),
        }
    }
    let main = prove(service, &folder, &file, &found)?;
    workspace::run(Command::new("rustfmt").args(["--edition", "2024"]).args([&library, &main]))?;
    coverage::run(Mode::Write)?;
    println!("To be filled in, in this order:");
    println!("  {}", code.display());
    println!("  {} (its tests fail until then)", tests.display());
    println!("  {} (fidelity and gaps)", folder.join("service.toml").display());
    Ok(())
}

/// Writes the tests. Gives their main file.
fn prove(service: &str, folder: &Path, file: &str, found: &[OperationNames]) -> Outcome<PathBuf> {
    let tests = folder.join("tests/it");
    let main = tests.join("main.rs");
    if !main.exists() {
        workspace::write(&main, proofs::main(service).as_bytes())?;
    }
    let has_world = workspace::read(&main)?.contains("fn world(");
    let text = proofs::file(service, found, has_world);
    workspace::write(&tests.join(format!("{file}.rs")), text.as_bytes())?;
    change(&folder.join("Cargo.toml"), |manifest| {
        let others = ["kage-iam", "kage-test", "serde_json"];
        let mut others = others.into_iter().filter(|name| *name != format!("kage-{service}"));
        others.try_fold(manifest.to_owned(), |manifest, name| edit::needed_by_tests(&manifest, name))
    })?;
    change(&main, |text| Ok(edit::test_module(text, file)))?;
    Ok(main)
}

/// A new noun of a service with its collection: `queues` of `Queue`.
pub fn noun(service: &str, file: &str, name: &str) -> Outcome {
    let folder = folder(service);
    let code = folder.join(format!("src/{file}.rs"));
    if code.exists() {
        return Err(format!("{} is there already", code.display()));
    }
    change(&folder.join("src/lib.rs"), |library| Ok(edit::module(library, &format!("mod {file};"))))?;
    change(&folder.join("Cargo.toml"), |manifest| {
        edit::library(&edit::library(manifest, "dependencies", "kage-store")?, "dependencies", "serde")
    })?;
    workspace::write(&code, noun::file(service, file, name).as_bytes())?;
    workspace::run(Command::new("rustfmt").args(["--edition", "2024"]).arg(&code))?;
    println!("{} is to be filled in: what it is, what it keeps, its ARN.", code.display());
    Ok(())
}

/// A new rehearsal.
pub fn rehearsal(name: &str) -> Outcome {
    let file = workspace::root().join("rehearsals").join(format!("{name}.md"));
    if file.exists() {
        return Err(format!("{} is there already", file.display()));
    }
    workspace::write(&file, templates::rehearsal(name).as_bytes())?;
    println!("{} is to be filled in; it fails until then.", file.display());
    Ok(())
}

fn folder(service: &str) -> PathBuf {
    workspace::root().join("services").join(format!("kage-{service}"))
}

/// What the routing data knows of the service.
fn routes(service: &str) -> Outcome<String> {
    let file = workspace::root().join(format!("api/kage-api-routes/data/{service}.txt"));
    workspace::read(&file).map_err(|_| {
        format!("`{service}` is not routed: add it to models/services.toml and run `cargo xtask codegen`")
    })
}

fn change(file: &Path, edit: impl FnOnce(&str) -> Outcome<String>) -> Outcome {
    workspace::write(file, edit(&workspace::read(file)?)?.as_bytes())
}

/// The list of modules with the macro `shape`, which must stand before them.
fn with_shape(list: &str, service: &str) -> String {
    if list.contains("macro_rules! shape") {
        return list.to_owned();
    }
    let head: Vec<&str> = list.lines().take_while(|line| line.starts_with("//!")).collect();
    let rest: Vec<&str> = list.lines().skip(head.len()).collect();
    format!("{}\n{}{}\n", head.join("\n"), operation::shape(service), rest.join("\n"))
}

/// The file that lists the modules of the operations, and the folder in which they stand.
fn list_of_operations(folder: &Path) -> Outcome<(PathBuf, PathBuf)> {
    let ops = folder.join("src/ops");
    for list in [folder.join("src/ops.rs"), ops.join("mod.rs")] {
        if list.exists() {
            return Ok((list, ops));
        }
    }
    Err(format!("{} has no src/ops/mod.rs", folder.display()))
}
