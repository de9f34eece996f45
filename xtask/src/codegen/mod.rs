//! `cargo xtask codegen`: everything under `api/` that is generated.

mod archive;
mod collect;
pub mod iam_data;
mod model;
pub mod names;
mod operations;
mod routes;
mod schemas;
mod service_crate;
mod sqs_query;
mod types;

use crate::registry;
use crate::sources;
use crate::workspace::{self, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What to do with what was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Bring the files up to date.
    Write,
    /// Fail when a file is not.
    Check,
}

/// Generated files by path below the root of the repository, and the folders that hold nothing else.
#[derive(Debug, Default)]
pub struct Files {
    contents: BTreeMap<PathBuf, Vec<u8>>,
    folders: Vec<PathBuf>,
}

impl Files {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.contents.insert(path.into(), content.into());
    }

    /// Says that a folder holds generated files only.
    pub fn own(&mut self, folder: impl Into<PathBuf>) {
        self.folders.push(folder.into());
    }
}

/// Generates everything and writes or compares it.
pub fn run(mode: Mode) -> Outcome {
    let mut files = Files::default();
    let data = sources::botocore()?;
    for service in registry::services()? {
        for listed in &service.models {
            let model = model::Model::read(&data, &listed.service)?;
            service_crate::generate(model, listed, &mut files)
                .map_err(|error| format!("{}: {error}", service.folder.display()))?;
        }
    }
    routes::generate(&data, &mut files)?;
    iam_data::generate(&mut files)?;
    match mode {
        Mode::Write => write(&files),
        Mode::Check => check(&files),
    }
}

fn write(files: &Files) -> Outcome {
    let root = workspace::root();
    let mut changed = 0;
    for (path, content) in &files.contents {
        let path = root.join(path);
        // An untouched file keeps its time, so that nothing is built again for nothing.
        if fs::read(&path).ok().as_deref() != Some(content) {
            workspace::write(&path, content)?;
            changed += 1;
        }
    }
    for path in stray(&root, files)? {
        fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
        changed += 1;
    }
    let lines: usize = files.contents.values().map(|c| c.iter().filter(|byte| **byte == b'\n').count()).sum();
    println!("codegen: {} files, {lines} lines, {changed} changed", files.contents.len());
    Ok(())
}

fn check(files: &Files) -> Outcome {
    let root = workspace::root();
    let mut stale: Vec<String> = Vec::new();
    for (path, content) in &files.contents {
        if fs::read(root.join(path)).ok().as_deref() != Some(content) {
            stale.push(path.display().to_string());
        }
    }
    stale.extend(stray(&root, files)?.iter().map(|path| path.display().to_string()));
    if stale.is_empty() {
        println!("codegen: {} files are up to date", files.contents.len());
        return Ok(());
    }
    Err(format!("generated files are stale, run `cargo xtask codegen`:\n  {}", stale.join("\n  ")))
}

/// Files in generated folders that are no longer generated.
fn stray(root: &Path, files: &Files) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = files.folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        for path in workspace::list(&folder)? {
            if path.is_dir() {
                open.push(path);
            } else if !path.strip_prefix(root).is_ok_and(|inside| files.contents.contains_key(inside)) {
                found.push(path);
            }
        }
    }
    Ok(found)
}
