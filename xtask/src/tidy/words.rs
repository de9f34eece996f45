//! What must not stand in a file.

use super::{House, is_generated};

/// In Rust: what, and why not. Written in pieces, so that this file passes its own check.
const RUST: &[(&[&str], &str)] = &[
    (&["#[", "ignore"], "a test that does not run"),
    (&["#[", "allow("], "use #[expect(…, reason = \"…\")]"),
    (&["#![", "allow("], "use #![expect(…, reason = \"…\")]"),
    (&["thread::", "sleep"], "wait for the thing itself, or move the clock"),
];

/// In every file: folders of one person's machine.
const PATHS: &[&[&str]] = &[&["/", "work/"], &["/", "root/"], &["/", "home/"], &["/", "Users/"]];

/// What the scaffolds write for somebody to replace. Their templates stand in xtask.
const PLACEHOLDERS: &[&str] = &["Say in one ", "\"say\": \"what ", "the code that AWS answers"];

/// Forbidden words with their places.
pub fn check(house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    for (file, text) in house.rust() {
        for (pieces, reason) in RUST {
            find(file, text, &pieces.concat(), reason, &mut problems);
        }
    }
    for (file, text) in house.texts.iter().filter(|(file, _)| !is_generated(file) && file != "Cargo.lock") {
        for pieces in PATHS {
            find(file, text, &pieces.concat(), "a path of one machine", &mut problems);
        }
        for word in PLACEHOLDERS.iter().filter(|_| !file.starts_with("xtask/")) {
            find(file, text, word, "the scaffold left this to be filled in", &mut problems);
        }
    }
    problems
}

fn find(file: &str, text: &str, word: &str, reason: &str, problems: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        let Some(at) = line.find(word) else { continue };
        // `a/home/b` is a longer path and none of a machine.
        let before = line.get(..at).and_then(|before| before.chars().last());
        let inside =
            word.starts_with('/') && before.is_some_and(|c| c.is_alphanumeric() || "}_.-*".contains(c));
        if !inside {
            problems.push(format!("{file}:{}: `{word}`: {reason}", index + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_words_are_found() {
        let texts = vec![
            ("crates/a/src/b.rs".to_owned(), format!("fn a() {{}}\n#[{}]\n", "ignore")),
            ("README.md".to_owned(), format!("see `/{}x`\nand a/{}y\n", "work/", "work/")),
            ("api/kage-api-s3/src/types.rs".to_owned(), format!("#![{}x)]", "allow(")),
            ("services/kage-s3/Cargo.toml".to_owned(), "description = \"Say in one line\"\n".to_owned()),
            ("xtask/src/scaffold/templates.rs".to_owned(), "Say in one line\n".to_owned()),
        ];
        let problems = check(&House { texts, files: Vec::new(), packages: Vec::new() });
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("crates/a/src/b.rs:2:"));
        assert!(problems[1].starts_with("README.md:1:"));
    }
}
