//! `cargo xtask tidy`: the laws of the house that the compiler does not know.

mod graph;
mod links;
mod manifests;
mod names;
pub mod proofs;
mod sizes;
mod words;

use crate::codegen::Mode;
use crate::coverage;
use crate::workspace::{self, Outcome};
use std::path::Path;

/// The repository as the checks see it.
#[derive(Debug)]
pub struct House {
    /// Every file of the repository that is text, as a path below the root and its content, sorted.
    pub texts: Vec<(String, String)>,
    /// Every path below the root.
    pub files: Vec<String>,
    /// The packages of the workspace.
    pub packages: Vec<graph::Package>,
}

impl House {
    fn read() -> Outcome<House> {
        let files = workspace::tracked()?;
        let root = workspace::root();
        let mut texts = Vec::new();
        for file in &files {
            if let Ok(text) = String::from_utf8(workspace::read_bytes(&root.join(file))?) {
                texts.push((file.clone(), text));
            }
        }
        Ok(House { texts, files, packages: graph::packages()? })
    }

    /// The content of a file.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| name == file).map(|(_, text)| text.as_str())
    }

    /// The hand-written Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        let hand_written = |file: &str| is_rust(file) && !is_generated(file);
        self.texts
            .iter()
            .filter(move |(file, _)| hand_written(file))
            .map(|(file, text)| (file.as_str(), text.as_str()))
    }
}

fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

/// Whether the file is written by `cargo xtask codegen`. In `kage-api-routes` and `kage-iam-data` only the data is.
pub fn is_generated(file: &str) -> bool {
    let by_hand = ["api/kage-api-routes/", "api/kage-iam-data/"];
    let data = file.contains("/data/") || file.ends_with("/data.rs");
    file.starts_with("api/") && (data || !by_hand.iter().any(|folder| file.starts_with(folder)))
}

/// Runs all checks and fails with everything that is not in order.
pub fn run() -> Outcome {
    let house = House::read()?;
    let checks: &[fn(&House) -> Vec<String>] = &[
        graph::check,
        manifests::check,
        sizes::check,
        words::check,
        names::check,
        links::check,
        proofs::check,
        |_| coverage::run(Mode::Check).err().into_iter().collect(),
    ];
    let problems: Vec<String> = checks.iter().flat_map(|check| check(&house)).collect();
    if problems.is_empty() {
        println!("tidy: {} files, {} crates, all laws hold", house.files.len(), house.packages.len());
        return Ok(());
    }
    Err(format!("tidy found {}:\n  {}", problems.len(), problems.join("\n  ")))
}
