//! The report as JUnit XML: a suite for each file, a case for each step.

use std::fmt::Write as _;

use crate::report::{End, FileReport, Report, SectionReport, StepReport};
use crate::text::trimmed;

/// Renders the report. No times are written: the same run gives the same bytes.
pub fn render(report: &Report) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failures, errors, skipped) = report.files.iter().map(counts).fold((0, 0, 0, 0), add);
    let _ = writeln!(
        xml,
        "<testsuites name=\"kage rehearse\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    );
    for file in &report.files {
        suite(&mut xml, file);
    }
    xml.push_str("</testsuites>\n");
    xml
}

type Counts = (usize, usize, usize, usize);

fn add(left: Counts, right: Counts) -> Counts {
    (
        left.0.saturating_add(right.0),
        left.1.saturating_add(right.1),
        left.2.saturating_add(right.2),
        left.3.saturating_add(right.3),
    )
}

fn counts(file: &FileReport) -> Counts {
    let steps = || file.sections.iter().flat_map(|section| &section.steps);
    let ended = |end: End| steps().filter(|step| step.end == end).count();
    let refused = usize::from(!file.refused.is_empty());
    (steps().count().saturating_add(refused), ended(End::Failed), refused, ended(End::NotRun))
}

fn suite(xml: &mut String, file: &FileReport) {
    let (tests, failures, errors, skipped) = counts(file);
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">",
        escape(&file.path)
    );
    if !file.refused.is_empty() {
        let _ = writeln!(
            xml,
            "    <testcase classname=\"{0}\" name=\"the document\"><error message=\"refused\">{1}</error></testcase>",
            escape(&file.path),
            escape(&file.refused.join("\n"))
        );
    }
    for section in &file.sections {
        for step in &section.steps {
            case(xml, file, section, step);
        }
    }
    xml.push_str("  </testsuite>\n");
}

fn case(xml: &mut String, file: &FileReport, section: &SectionReport, step: &StepReport) {
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
        escape(&section.name),
        escape(&step.name),
        escape(&file.path),
        step.line
    );
    match step.end {
        End::Passed => xml.push_str("/>\n"),
        End::NotRun => xml.push_str("><skipped message=\"a step before it failed\"/></testcase>\n"),
        End::Failed => {
            let failed: Vec<String> = step
                .checks
                .iter()
                .filter_map(|check| {
                    check
                        .came
                        .as_ref()
                        .map(|came| format!("line {}: {}\ncame: {came}", check.line, check.text))
                })
                .collect();
            let message = failed.first().map_or("failed", |text| text.lines().next().unwrap_or("failed"));
            let mut body = failed.clone();
            body.push(format!("stdout:\n{}", trimmed(&step.stdout).join("\n")));
            body.push(format!("stderr:\n{}", trimmed(&step.stderr).join("\n")));
            body.extend(step.why.iter().map(|why| format!("why:\n{why}")));
            let _ = writeln!(
                xml,
                "><failure message=\"{}\">{}</failure></testcase>",
                escape(message),
                escape(&body.join("\n"))
            );
        }
    }
}

/// Escapes text for XML 1.0 and replaces the characters that XML cannot hold at all.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            // XML 1.0, production [2] Char.
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}
