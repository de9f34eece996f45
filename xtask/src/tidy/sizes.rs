//! Hand-written files stay short. Those that are long already are listed, and the list may only shrink.

use super::House;
use std::collections::BTreeMap;

/// Lines of a hand-written Rust file, at most.
const LIMIT: usize = 600;
/// `<lines> <file>` for each file that may be longer.
const RATCHET: &str = "xtask/long-files.txt";

/// Files that are too long, and entries of the list that are no longer needed.
pub fn check(house: &House) -> Vec<String> {
    let listed: BTreeMap<&str, usize> = house
        .text(RATCHET)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(lines, file)| Some((file, lines.parse().ok()?)))
        .collect();
    let mut problems = Vec::new();
    let mut found = BTreeMap::new();
    for (file, text) in house.rust() {
        let lines = text.lines().count();
        found.insert(file, lines);
        let limit = listed.get(file).copied().unwrap_or(LIMIT);
        if lines > limit {
            problems.push(format!("{file} has {lines} lines, {limit} are allowed: split it"));
        }
    }
    for (file, limit) in listed {
        let lines = found.get(file).copied().unwrap_or(0);
        if lines <= LIMIT {
            problems.push(format!("{RATCHET}: {file} is short enough now, take it from the list"));
        } else if lines < limit {
            problems.push(format!("{RATCHET}: {file} has {lines} lines now, lower the number"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(lines: usize, ratchet: &str) -> House {
        let texts = vec![
            ("crates/a/src/b.rs".to_owned(), "x\n".repeat(lines)),
            (RATCHET.to_owned(), ratchet.to_owned()),
            ("api/kage-api-s3/src/types.rs".to_owned(), "x\n".repeat(9000)),
        ];
        House { texts, files: Vec::new(), packages: Vec::new() }
    }

    #[test]
    fn the_list_may_only_shrink() {
        assert_eq!(check(&house(600, "")).len(), 0);
        assert_eq!(check(&house(601, "")).len(), 1);
        assert_eq!(check(&house(700, "700 crates/a/src/b.rs")).len(), 0);
        assert_eq!(check(&house(701, "700 crates/a/src/b.rs")).len(), 1);
        assert_eq!(check(&house(650, "700 crates/a/src/b.rs")).len(), 1);
        assert_eq!(check(&house(500, "700 crates/a/src/b.rs")).len(), 1);
        assert_eq!(check(&house(500, "700 crates/gone.rs")).len(), 1);
    }
}
