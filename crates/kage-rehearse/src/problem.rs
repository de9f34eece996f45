//! What is wrong with a rehearsal as a document, with the line that says so.

use std::fmt;

/// Why a rehearsal is refused before anything of it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the Markdown file, counted from 1; 0 when it is about the whole file.
    pub line: usize,
    /// One sentence: what is wrong, and what to write instead.
    pub message: String,
}

impl Problem {
    /// A problem at one line.
    pub fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str(&self.message)
        } else {
            write!(f, "line {}: {}", self.line, self.message)
        }
    }
}

impl std::error::Error for Problem {}
