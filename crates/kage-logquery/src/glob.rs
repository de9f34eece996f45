//! Texts with `*`, each of which stands for any number of characters.

use memchr::memmem::Finder;

/// A text with wildcards, ready to be compared.
#[derive(Clone, Debug)]
pub struct Glob {
    /// What stands before, between and behind the wildcards; one piece when there is none.
    pieces: Vec<Finder<'static>>,
}

impl Glob {
    /// A text in which `*` is a wildcard.
    pub fn new(text: &str) -> Glob {
        let piece = |piece: &str| Finder::new(piece.as_bytes()).into_owned();
        Glob { pieces: text.split('*').map(piece).collect() }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only.needle() == text);
        };
        let Some(rest) = text.strip_prefix(first.needle()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.needle()) else { return false };
        for piece in middle {
            let Some(at) = piece.find(rest) else { return false };
            rest = rest.get(at.saturating_add(piece.needle().len())..).unwrap_or_default();
        }
        true
    }

    /// The longest piece without wildcard: a text that does not hold it cannot match.
    pub fn longest(&self) -> &[u8] {
        self.pieces.iter().map(Finder::needle).max_by_key(|piece| piece.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (glob, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "abc", true),
            ("a*", "abc", true),
            ("a*", "bac", false),
            ("*c", "abc", true),
            ("a*c", "abbc", true),
            ("a*c", "ac", true),
            ("ab*ba", "aba", false),
            ("*b*", "abc", true),
            ("*bb*", "abc", false),
            ("a**c", "abc", true),
            ("*a*a*", "a", false),
        ] {
            assert_eq!(Glob::new(glob).matches(text.as_bytes()), matches, "{glob} on {text}");
        }
    }
}
