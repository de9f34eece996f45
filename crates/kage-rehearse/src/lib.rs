//! Rehearsals: runbooks in Markdown that are run with bash and the real AWS CLI, and judged.
//!
//! The format is described in `rehearsals/README.md`; reading order of the modules: [`markdown`] finds headings and
//! fenced blocks, [`document`] makes a rehearsal of them or refuses it, [`expectation`] is what can be expected,
//! [`runner`] runs sections and steps, [`judge`] compares, [`report`], [`text`] and [`junit`] tell.
//!
//! A document is refused before anything runs when it has a mistake, and also when it, or a variant of it, expects
//! nothing: a check that cannot fail is no check.

pub mod admin;
mod attributes;
mod claims;
pub mod directive;
pub mod document;
pub mod double;
pub mod expectation;
mod expectation_parser;
mod history;
mod http;
pub mod judge;
pub mod junit;
pub mod markdown;
pub mod problem;
mod query;
pub mod report;
mod runner;
pub mod shell;
pub mod text;
pub mod variables;
mod workplace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::document::Rehearsal;
use crate::double::Double;
use crate::report::FileReport;
pub use crate::report::Report;
use crate::runner::Run;
use crate::shell::Shell;
use crate::workplace::Workplace;

/// What is to be rehearsed, and where. The binary fills this from its command line and environment.
#[derive(Debug, Clone)]
pub struct Options {
    /// The Markdown files.
    pub files: Vec<PathBuf>,
    /// The double.
    pub double: Double,
    /// `PATH`, for bash and the AWS CLI.
    pub search_path: String,
    /// How long one block may take. 5 minutes is a good limit.
    pub limit: Duration,
    /// Leaves the state on a double that was running before; else it is brought back to what it was.
    pub keep: bool,
}

/// Runs every file, one after the other. What goes wrong is in the report.
pub fn run(options: &Options) -> Report {
    Report { files: options.files.iter().map(|file| run_file(options, file)).collect() }
}

fn run_file(options: &Options, file: &Path) -> FileReport {
    let mut report = FileReport { path: file.display().to_string(), ..FileReport::default() };
    let rehearsal = match read(file) {
        Ok(rehearsal) => rehearsal,
        Err(problems) => {
            report.refused = problems;
            return report;
        }
    };
    report.title.clone_from(&rehearsal.title);
    if let Err(why) = rehearse(options, file, &rehearsal, &mut report) {
        report.refused.push(why);
    }
    report
}

#[expect(clippy::disallowed_methods, reason = "reading the Markdown files is what this crate is for")]
fn read(file: &Path) -> Result<Rehearsal, Vec<String>> {
    let text = std::fs::read_to_string(file).map_err(|error| vec![error.to_string()])?;
    document::parse(&text).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn rehearse(
    options: &Options,
    file: &Path,
    rehearsal: &Rehearsal,
    report: &mut FileReport,
) -> Result<(), String> {
    if !std::env::split_paths(&options.search_path).any(|folder| folder.join("aws").is_file()) {
        return Err("the AWS CLI (`aws`) is not on PATH; a rehearsal runs the real one".to_owned());
    }
    let place = Workplace::new()?;
    let double = double::begin(&options.double, &place.path("home"), &options.search_path)?;
    let shell = Shell {
        search_path: options.search_path.clone(),
        endpoint: double.endpoint.clone(),
        limit: options.limit,
    };
    let before = format!("rehearse-before-{}", std::process::id());
    let bring_back = double.is_foreign() && !options.keep;
    if bring_back {
        double.admin.save(&before)?;
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let ran = Run::begin(&name, rehearsal, &double.admin, &shell, place)
        .and_then(|mut run| run.all(&mut report.sections));
    if bring_back {
        double.admin.restore(&before)?;
        double.admin.forget(&before)?;
    }
    ran
}
