//! The report for people.

use std::fmt::Write as _;

use crate::report::{End, FileReport, Report, SectionReport, StepReport};

/// Output of a failed step is cut to this many lines: the first half and the last half.
const LINES: usize = 40;

/// Renders the report, without colours; the width of no terminal is assumed.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for file in &report.files {
        render_file(&mut text, file);
    }
    text.push_str(&summary(report));
    text
}

fn render_file(text: &mut String, file: &FileReport) {
    let title = if file.title.is_empty() { String::new() } else { format!("  {}", file.title) };
    let _ = writeln!(text, "{}{title}", file.path);
    for problem in &file.refused {
        let _ = writeln!(text, "  refused: {problem}");
    }
    for section in &file.sections {
        let end = section.end();
        let word = if end == End::Failed { "FAILED" } else { end.word() };
        let steps = section.steps.len();
        let noun = if steps == 1 { "step" } else { "steps" };
        let _ = writeln!(text, "  {word:7}  {} ({steps} {noun})", section.name);
        if let Some(step) = section.steps.iter().find(|step| step.end == End::Failed) {
            render_failure(text, file, step);
        }
    }
    text.push('\n');
}

fn render_failure(text: &mut String, file: &FileReport, step: &StepReport) {
    let profile =
        if step.profile.is_empty() { String::new() } else { format!("  (profile {})", step.profile) };
    let _ = writeln!(text, "\n    {}:{}  {}{profile}", file.path, step.line, step.name);
    quote(text, &step.block, "      | ");
    for check in &step.checks {
        if let Some(came) = &check.came {
            let _ = writeln!(text, "    expected  {}   (line {})", check.text, check.line);
            let _ = writeln!(text, "    came      {came}");
        }
    }
    for (name, stream) in [("stdout", &step.stdout), ("stderr", &step.stderr)] {
        if !stream.trim().is_empty() {
            let _ = writeln!(text, "    {name}");
            quote(text, stream, "      | ");
        }
    }
    if let Some(why) = &step.why {
        text.push_str("    why\n");
        quote(text, why, "      | ");
    }
    text.push('\n');
}

fn quote(text: &mut String, body: &str, mark: &str) {
    for line in trimmed(body) {
        let _ = writeln!(text, "{}", format!("{mark}{line}").trim_end());
    }
}

/// The lines of a text, the middle left out when there are many.
pub fn trimmed(body: &str) -> Vec<String> {
    let lines: Vec<&str> = body.trim_matches('\n').lines().collect();
    if lines.len() <= LINES {
        return lines.into_iter().map(str::to_owned).collect();
    }
    let half = LINES / 2;
    let left_out = lines.len().saturating_sub(LINES);
    let head = lines.iter().take(half).map(|line| (*line).to_owned());
    let tail = lines.iter().skip(lines.len().saturating_sub(half)).map(|line| (*line).to_owned());
    head.chain([format!("… {left_out} lines left out …")]).chain(tail).collect()
}

fn summary(report: &Report) -> String {
    let sections: Vec<&SectionReport> = report.files.iter().flat_map(|file| &file.sections).collect();
    let ended = |end: End| sections.iter().filter(|section| section.end() == end).count();
    let refused = report.files.iter().filter(|file| !file.refused.is_empty()).count();
    let checks: usize =
        sections.iter().flat_map(|section| &section.steps).map(|step| step.checks.len()).sum();
    let claims = |proven: bool| {
        let mut ids: Vec<&str> = sections
            .iter()
            .filter(|section| !proven || section.end() == End::Passed)
            .flat_map(|section| section.claims.iter().map(String::as_str))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    let mut parts = vec![
        format!("{} {}", report.files.len(), if report.files.len() == 1 { "file" } else { "files" }),
        format!("{} passed", ended(End::Passed)),
        format!("{} failed", ended(End::Failed)),
    ];
    if ended(End::NotRun) > 0 {
        parts.push(format!("{} not run", ended(End::NotRun)));
    }
    if refused > 0 {
        parts.push(format!("{refused} refused"));
    }
    parts.push(format!("{checks} checks"));
    parts.push(format!("claims {} of {} proven", claims(true), claims(false)));
    format!("{}\n", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_loses_its_middle() {
        let body: String = (1..=100).map(|number| format!("{number}\n")).collect();
        let lines = trimmed(&body);
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(
            (lines[0].as_str(), lines[20].as_str(), lines[40].as_str()),
            ("1", "… 60 lines left out …", "100")
        );
    }
}
