//! What a run of rehearsals found.

use serde_json::{Value, json};

/// The report of a whole run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One for each file, in the order given.
    pub files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Debug, Clone, Default)]
pub struct FileReport {
    /// The path as it was given.
    pub path: String,
    /// Its title; empty when it could not be read.
    pub title: String,
    /// Why nothing of it was run: what is wrong with the document, or with the double.
    pub refused: Vec<String>,
    /// `Given` when it has steps, then the variants.
    pub sections: Vec<SectionReport>,
}

/// What became of one section.
#[derive(Debug, Clone, Default)]
pub struct SectionReport {
    /// Its name.
    pub name: String,
    /// Line of its heading.
    pub line: usize,
    /// Claims that it names. They are proven when it passed.
    pub claims: Vec<String>,
    /// Its steps.
    pub steps: Vec<StepReport>,
}

/// What became of one step.
#[derive(Debug, Clone, Default)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// Line of its block.
    pub line: usize,
    /// The profile it ran with; empty when it is no shell block.
    pub profile: String,
    /// The block, as it is written.
    pub block: String,
    /// How it ended.
    pub end: End,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The checks, those that passed and the others.
    pub checks: Vec<CheckReport>,
    /// The decision trace of a call that was refused, when a check failed.
    pub why: Option<String>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// Every check passed.
    Passed,
    /// A check failed.
    Failed,
    /// A step before it failed.
    #[default]
    NotRun,
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// Line of the expectation.
    pub line: usize,
    /// The expectation, as it is written.
    pub text: String,
    /// What came instead, when it failed.
    pub came: Option<String>,
}

impl Report {
    /// Whether everything passed, and there was something.
    pub fn passed(&self) -> bool {
        !self.files.is_empty() && self.files.iter().all(FileReport::passed)
    }

    /// 0 when everything passed, 1 when something failed, 2 when a file was refused.
    pub fn exit_code(&self) -> u8 {
        if self.files.is_empty() || self.files.iter().any(|file| !file.refused.is_empty()) {
            2
        } else {
            u8::from(!self.passed())
        }
    }

    /// The report as JSON, for `--json`.
    pub fn to_json(&self) -> Value {
        json!({"passed": self.passed(), "files": self.files.iter().map(file_json).collect::<Vec<_>>()})
    }
}

impl FileReport {
    /// Whether every section passed, and there was one.
    pub fn passed(&self) -> bool {
        self.refused.is_empty()
            && !self.sections.is_empty()
            && self.sections.iter().all(|it| it.end() == End::Passed)
    }
}

impl SectionReport {
    /// How it ended, by its steps.
    pub fn end(&self) -> End {
        if self.steps.iter().any(|step| step.end == End::Failed) {
            End::Failed
        } else if self.steps.iter().all(|step| step.end == End::Passed) {
            End::Passed
        } else {
            End::NotRun
        }
    }
}

impl End {
    /// As it stands in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotRun => "not run",
        }
    }
}

fn file_json(file: &FileReport) -> Value {
    json!({
        "path": file.path, "title": file.title, "passed": file.passed(), "refused": file.refused,
        "sections": file.sections.iter().map(section_json).collect::<Vec<_>>(),
    })
}

fn section_json(section: &SectionReport) -> Value {
    json!({
        "name": section.name, "line": section.line, "end": section.end().word(), "claims": section.claims,
        "steps": section.steps.iter().map(step_json).collect::<Vec<_>>(),
    })
}

fn step_json(step: &StepReport) -> Value {
    let check = |check: &CheckReport| json!({"line": check.line, "text": check.text, "passed": check.came.is_none(), "came": check.came});
    json!({
        "name": step.name, "line": step.line, "profile": step.profile, "block": step.block, "end": step.end.word(),
        "stdout": step.stdout, "stderr": step.stderr, "why": step.why,
        "checks": step.checks.iter().map(check).collect::<Vec<_>>(),
    })
}
