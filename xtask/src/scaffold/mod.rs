//! `cargo xtask new`: files with failing parts to fill in.

mod edit;
mod templates;

use crate::codegen::{self, Mode};
use crate::coverage;
use crate::workspace::{self, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use templates::OperationNames;

/// A new service crate with its first operations.
pub fn service(name: &str, first: &str, more: &[&str]) -> Outcome {
    let routes = workspace::root().join(format!("api/kage-api-routes/data/{name}.txt"));
    let routes = workspace::read(&routes).map_err(|_| {
        format!("`{name}` is not routed: add it to models/services.toml and run `cargo xtask codegen`")
    })?;
    let folder = folder(name);
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()));
    }
    workspace::write(&folder.join("service.toml"), templates::registry(name).as_bytes())?;
    workspace::write(&folder.join("Cargo.toml"), templates::manifest(name).as_bytes())?;
    workspace::write(&folder.join("README.md"), templates::readme(name).as_bytes())?;
    workspace::write(&folder.join("src/lib.rs"), templates::library(name, &routes)?.as_bytes())?;
    workspace::write(&folder.join("src/ops.rs"), templates::OPERATIONS.as_bytes())?;
    let root = workspace::root().join("Cargo.toml");
    let manifest = workspace::read(&root)?;
    let manifest = edit::dependency(&manifest, &format!("kage-api-{name}"), "api")?;
    let manifest = edit::dependency(&manifest, &format!("kage-{name}"), "services")?;
    workspace::write(&root, manifest.as_bytes())?;
    for operation in [first].iter().chain(more) {
        self::operation(name, operation)?;
    }
    println!("Now add `kage-{name}` to crates/kage (Cargo.toml and src/wiring.rs) and to ARCHITECTURE.md.");
    Ok(())
}

/// A new operation of a service: its entry, its types, its file.
pub fn operation(service: &str, name: &str) -> Outcome {
    let folder = folder(service);
    let (list, ops) = operations(&folder)?;
    let registry = folder.join("service.toml");
    let listed = workspace::read(&registry)?;
    if !edit::is_listed(&listed, name) {
        workspace::write(&registry, edit::entry(&listed, name).as_bytes())?;
        codegen::run(Mode::Write)?;
    }
    let names = OperationNames::find(service, name)?;
    let file = ops.join(format!("{}.rs", names.module));
    if file.exists() {
        return Err(format!("{} is there already", file.display()));
    }
    workspace::write(&file, templates::operation(&names).as_bytes())?;
    workspace::write(&list, edit::module(&workspace::read(&list)?, &names).as_bytes())?;
    let library = folder.join("src/lib.rs");
    match edit::wired(&workspace::read(&library)?, &names) {
        Some(text) => workspace::write(&library, text.as_bytes())?,
        None => println!("Now add `operation::<ops::{name}>()` to the operations of {}.", library.display()),
    }
    workspace::run(Command::new("rustfmt").args(["--edition", "2024"]).args([&file, &list, &library]))?;
    coverage::run(Mode::Write)?;
    println!("{} is to be filled in; its test fails until then.", file.display());
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

/// The file that lists the modules of the operations, and the folder in which they stand.
fn operations(folder: &Path) -> Outcome<(PathBuf, PathBuf)> {
    let ops = folder.join("src/ops");
    for list in [folder.join("src/ops.rs"), ops.join("mod.rs")] {
        if list.exists() {
            return Ok((list, ops));
        }
    }
    Err(format!("{} has no src/ops.rs", folder.display()))
}
