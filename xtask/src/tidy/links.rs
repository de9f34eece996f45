//! Relative links of Markdown files lead somewhere.

use super::House;
use std::path::{Component, Path, PathBuf};

/// Links to files that do not exist and to headings that do not.
pub fn check(house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    for (file, text) in house.texts.iter().filter(|(file, _)| file.ends_with(".md")) {
        for target in links(text) {
            if let Some(problem) = broken(house, file, text, target) {
                problems.push(format!("{file}: {problem}"));
            }
        }
    }
    problems
}

fn broken(house: &House, file: &str, text: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let content = if path.is_empty() {
        Some(text)
    } else {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let Some(path) = normal(&folder.join(path)) else {
            return Some(format!("`{target}` leaves the repository"));
        };
        let as_folder = format!("{}/", path.trim_end_matches('/'));
        if !house.files.iter().any(|known| *known == path || known.starts_with(&as_folder)) {
            return Some(format!("`{target}` leads nowhere"));
        }
        house.text(&path)
    };
    let is_there = |content: &str| headings(content).any(|known| known == heading);
    (!heading.is_empty() && !content.is_some_and(is_there)).then(|| format!("`{target}` names no heading"))
}

fn normal(path: &Path) -> Option<String> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if !out.pop() => return None,
            Component::ParentDir => {}
            other => out.push(other),
        }
    }
    out.to_str().map(str::to_owned)
}

/// The targets of `[text](target)` outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(text) {
        // Code in a line is every second piece between backticks.
        for piece in line.split('`').step_by(2) {
            for rest in piece.split("](").skip(1) {
                if let Some((target, _)) = rest.split_once(')') {
                    found.push(target.split(' ').next().unwrap_or(target));
                }
            }
        }
    }
    found
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The anchors of the headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    prose(text).filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_must_lead_somewhere() {
        let page = "# A page: one\n[a](b.md) [c](../x/) [`d`](b.md#two-words) [e](#a-page-one) [f](https://x/y)\n\
            ```\n[g](nowhere)\n```\n`[h](nowhere)`\n[i](nowhere.md) [j](b.md#three) [k](../../../up.md) [l](#no)\n";
        let house = House {
            texts: vec![
                ("docs/a.md".to_owned(), page.to_owned()),
                ("docs/b.md".to_owned(), "## Two words\n".to_owned()),
            ],
            files: vec!["docs/a.md".to_owned(), "docs/b.md".to_owned(), "x/y.rs".to_owned()],
            packages: Vec::new(),
        };
        let problems = check(&house);
        assert_eq!(problems.len(), 4, "{problems:?}");
        for (problem, part) in problems.iter().zip(["nowhere.md", "#three", "up.md", "#no"]) {
            assert!(problem.contains(part), "{problem}");
        }
    }
}
