//! A rehearsal as it is written: a title, what is given, and the variants that start from it.

use std::path::Path;

use crate::attributes::Attributes;
use crate::claims;
use crate::directive::{self, Directive, Kind};
use crate::expectation::Expectation;
use crate::expectation_parser;
use crate::markdown::{self, Element};
use crate::problem::Problem;

/// A whole file.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The text of the first heading.
    pub title: String,
    /// Names of the accounts, the management account first. `mgmt` alone when the file says nothing.
    pub accounts: Vec<String>,
    /// What is run once, before anything else. Possibly without steps.
    pub given: Section,
    /// Each is run from the state after `given`. One without a name of its own in a file without variants.
    pub variants: Vec<Section>,
}

/// A run of steps. The first step that fails ends it.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// `Given`, `Variant: …`, or the heading of the only section.
    pub name: String,
    /// Line of its heading.
    pub line: usize,
    /// Claims named in it.
    pub claims: Vec<String>,
    /// In order.
    pub steps: Vec<Step>,
}

/// One block that does something, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// `name="…"` of the block, or the heading it stands under, or its first line.
    pub name: String,
    /// Line of the opening fence.
    pub line: usize,
    /// What is done.
    pub action: Action,
    /// What is expected; when it says nothing about the exit status, 0 is expected too.
    pub checks: Vec<Check>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Runs a block with bash.
    Shell {
        /// The block.
        script: String,
        /// The profile that `aws` uses when the command names none; else the first account's.
        profile: Option<String>,
    },
    /// Writes the block to a file of the working folder.
    File {
        /// Path relative to the working folder.
        path: String,
        /// The text.
        body: String,
        /// Whether `${NAME}` is replaced.
        expand: bool,
    },
    /// Carries out directives.
    Directives(Vec<Directive>),
}

/// One expectation and where it stands.
#[derive(Debug, Clone)]
pub struct Check {
    /// Line in the Markdown file.
    pub line: usize,
    /// As it is written.
    pub text: String,
    /// As it is understood.
    pub expectation: Expectation,
}

/// Reads a document. All problems are found, not only the first, except where the Markdown itself is broken.
pub fn parse(text: &str) -> Result<Rehearsal, Vec<Problem>> {
    let elements = markdown::scan(text).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(&elements);
    for element in elements {
        if let Err(problem) = reader.element(element) {
            reader.problems.push(problem);
        }
    }
    reader.finish()
}

struct Reader {
    has_variants: bool,
    title: Option<String>,
    accounts: Option<Vec<String>>,
    given: Section,
    variants: Vec<Section>,
    /// Where the next block goes.
    place: Place,
    /// The last heading of any level, for the names of steps.
    heading: String,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Given,
    Variant,
    Nowhere,
}

impl Reader {
    fn new(elements: &[Element]) -> Self {
        let has_variants = elements.iter().any(
            |element| matches!(element, Element::Heading { level: 2, text, .. } if variant_name(text).is_some()),
        );
        Self {
            has_variants,
            title: None,
            accounts: None,
            given: Section { name: "Given".to_owned(), line: 1, ..Section::default() },
            variants: Vec::new(),
            place: Place::Given,
            heading: String::new(),
            problems: Vec::new(),
        }
    }

    fn element(&mut self, element: Element) -> Result<(), Problem> {
        match element {
            Element::Heading { level, text, line } => self.heading(level, text, line),
            Element::Comment { text, line } => {
                let claims = claims::parse(&text, line)?;
                if !claims.is_empty() {
                    self.section(line)?.claims.extend(claims);
                }
                Ok(())
            }
            Element::Fence { info, body, line } => self.fence(&info, body, line),
        }
    }

    fn heading(&mut self, level: usize, text: String, line: usize) -> Result<(), Problem> {
        self.heading.clone_from(&text);
        if level == 1 && self.title.is_none() {
            self.title = Some(text);
        } else if level == 2 && is_given(&text) {
            if self
                .variants
                .iter()
                .any(|it| self.has_variants || !it.steps.is_empty() || !it.claims.is_empty())
            {
                return Err(Problem::at(line, "`## Given` must come before what starts from it"));
            }
            // Headings before it were prose.
            self.variants.clear();
            self.place = Place::Given;
            self.given.line = line;
        } else if level == 2 && self.has_variants {
            match variant_name(&text) {
                Some(name) => self.variant(name, line)?,
                None => self.place = Place::Nowhere,
            }
        } else if level <= 2 && !self.has_variants && self.variants.is_empty() {
            self.variants.push(Section { name: text, line, ..Section::default() });
            self.place = Place::Variant;
        }
        Ok(())
    }

    fn variant(&mut self, name: &str, line: usize) -> Result<(), Problem> {
        let name = format!("Variant: {name}");
        self.place = Place::Variant;
        let twice = self.variants.iter().any(|section| section.name == name);
        self.variants.push(Section { name: name.clone(), line, ..Section::default() });
        if twice { Err(Problem::at(line, format!("`{name}` stands twice"))) } else { Ok(()) }
    }

    fn section(&mut self, line: usize) -> Result<&mut Section, Problem> {
        let section = match self.place {
            Place::Given => Some(&mut self.given),
            Place::Variant => self.variants.last_mut(),
            Place::Nowhere => None,
        };
        section.ok_or_else(|| {
            Problem::at(line, "in a file with variants this must stand under `## Given` or a `## Variant: …`")
        })
    }

    fn fence(&mut self, info: &str, body: String, line: usize) -> Result<(), Problem> {
        let mut attributes = Attributes::parse(info, line)?;
        match attributes.language.as_str() {
            "sh" => {
                let profile = attributes.take("profile")?;
                let name = attributes.take("name")?;
                attributes.finish("profile, name")?;
                if body.trim().is_empty() {
                    return Err(Problem::at(line, "this sh block is empty"));
                }
                let name = name.unwrap_or_else(|| self.step_name(&body));
                self.step(Step {
                    name,
                    line,
                    action: Action::Shell { script: body, profile },
                    checks: Vec::new(),
                })
            }
            "kage" => {
                attributes.finish("none")?;
                let directives = directive::parse(&body, line.saturating_add(1))?;
                self.directives(directives, line)
            }
            "expect" => {
                attributes.finish("none")?;
                self.expect(&body, line)
            }
            "output" => {
                attributes.finish("none")?;
                let lines = body.lines().map(str::to_owned).collect();
                self.check(Check {
                    line,
                    text: "output as written".to_owned(),
                    expectation: Expectation::Transcript(lines),
                })
            }
            "bash" | "shell" | "zsh" => Err(Problem::at(
                line,
                format!(
                    "write ```sh for a block that is run, ```text for one that is not; `{}` is neither",
                    attributes.language
                ),
            )),
            _ => self.other(attributes, body, line),
        }
    }

    /// Any other language is prose, unless it is to be a file.
    fn other(&mut self, mut attributes: Attributes, body: String, line: usize) -> Result<(), Problem> {
        let Some(path) = attributes.take("file")? else { return Ok(()) };
        let expand = attributes.take_flag("expand");
        attributes.finish("file, expand")?;
        if !is_inside(&path) {
            return Err(Problem::at(line, format!("`{path}` is not a path inside the working folder")));
        }
        let name = format!("write {path}");
        self.step(Step { name, line, action: Action::File { path, body, expand }, checks: Vec::new() })
    }

    fn directives(&mut self, directives: Vec<Directive>, line: usize) -> Result<(), Problem> {
        let mut kept = Vec::new();
        for directive in directives {
            let Kind::Accounts(names) = &directive.kind else {
                kept.push(directive);
                continue;
            };
            if self.place != Place::Given || !self.given.steps.is_empty() || !kept.is_empty() {
                return Err(Problem::at(directive.line, "`accounts:` must come before every step"));
            }
            if self.accounts.replace(names.clone()).is_some() {
                return Err(Problem::at(directive.line, "`accounts:` stands twice"));
            }
        }
        let Some(first) = kept.first() else { return Ok(()) };
        let name = first.text.clone();
        self.step(Step { name, line, action: Action::Directives(kept), checks: Vec::new() })
    }

    fn expect(&mut self, body: &str, line: usize) -> Result<(), Problem> {
        let mut count = 0_usize;
        for (offset, text) in body.lines().enumerate() {
            let line = line.saturating_add(offset).saturating_add(1);
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            count = count.saturating_add(1);
            match expectation_parser::parse(text) {
                Ok(expectation) => self.check(Check { line, text: text.to_owned(), expectation })?,
                Err(message) => self.problems.push(Problem::at(line, message)),
            }
        }
        if count == 0 { Err(Problem::at(line, "this expect block expects nothing")) } else { Ok(()) }
    }

    fn check(&mut self, check: Check) -> Result<(), Problem> {
        if let Some(why) = check.expectation.vacuous() {
            return Err(Problem::at(check.line, format!("`{}` cannot fail: {why}", check.text)));
        }
        let line = check.line;
        let step = self.section(line)?.steps.last_mut();
        match step {
            Some(step) if matches!(step.action, Action::Shell { .. }) => {
                step.checks.push(check);
                Ok(())
            }
            _ => Err(Problem::at(line, "an expectation must follow the sh block that it judges")),
        }
    }

    fn step(&mut self, step: Step) -> Result<(), Problem> {
        let line = step.line;
        self.section(line)?.steps.push(step);
        Ok(())
    }

    fn step_name(&self, script: &str) -> String {
        let plain = is_given(&self.heading) || variant_name(&self.heading).is_some();
        if !self.heading.is_empty() && !plain && self.title.as_deref() != Some(self.heading.as_str()) {
            return self.heading.clone();
        }
        let first = script.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        first.unwrap_or("sh").trim_end_matches('\\').trim_end().to_owned()
    }

    fn finish(mut self) -> Result<Rehearsal, Vec<Problem>> {
        if self.title.is_none() {
            self.problems.push(Problem::at(0, "a rehearsal needs a title: `# …`"));
        }
        self.require_expectations();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Rehearsal {
            title: self.title.unwrap_or_default(),
            accounts: self.accounts.unwrap_or_else(|| vec!["mgmt".to_owned()]),
            given: self.given,
            variants: self.variants,
        })
    }

    /// A check that cannot fail is no check. `## Given` may go without: its steps must succeed.
    fn require_expectations(&mut self) {
        let count = |section: &Section| section.steps.iter().map(|step| step.checks.len()).sum::<usize>();
        // Headings without blocks in a file without variants are prose.
        self.variants.retain(|section| self.has_variants || !section.steps.is_empty());
        let all = self.variants.iter().map(count).sum::<usize>().saturating_add(count(&self.given));
        // A broken expectation has been reported already; it is not also a missing one.
        if all == 0 && self.problems.is_empty() {
            self.problems.push(Problem::at(0, "this rehearsal expects nothing, so it cannot fail"));
            return;
        }
        if !self.problems.is_empty() {
            return;
        }
        for section in &self.variants {
            if count(section) == 0 {
                let message = format!("`{}` expects nothing, so it cannot fail", section.name);
                self.problems.push(Problem::at(section.line, message));
            }
        }
        if !self.given.claims.is_empty() && count(&self.given) == 0 {
            let message = "claims are named in `Given`, which expects nothing";
            self.problems.push(Problem::at(self.given.line, message));
        }
    }
}

fn is_given(heading: &str) -> bool {
    heading == "Given" || heading.starts_with("Given ") || heading.starts_with("Given:")
}

fn variant_name(heading: &str) -> Option<&str> {
    heading.strip_prefix("Variant:").map(str::trim).filter(|name| !name.is_empty())
}

fn is_inside(path: &str) -> bool {
    use std::path::Component;
    Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
