//! Wildcards: `*` stands for any characters, `\*` and `\\` for themselves.

/// How many places of a wildcard pattern one text may be at before AWS calls the rule too complex. AWS does not publish its
/// limit; this one lies between the two recorded cases of LocalStack's `test_events_patterns.py`
/// (`*:*:*:*:*:event-bus/*` is refused, `/Dir/*/dir/dir/dir/dir/dir/doc.txt` is not).
const PLACES_MAX: usize = 8;

/// A pattern with `*`: the pieces between the stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard {
    pieces: Vec<Vec<u8>>,
}

impl Wildcard {
    /// Reads a pattern.
    ///
    /// # Errors
    /// AWS's texts (event-ruler, `WildcardParser`). Positions count the opening quote.
    pub fn parse(text: &str) -> Result<Wildcard, String> {
        let bytes = text.as_bytes();
        let mut pieces = vec![Vec::new()];
        let mut index = 0_usize;
        while let Some(byte) = bytes.get(index) {
            let place = index.saturating_add(1);
            let next = bytes.get(place);
            match byte {
                b'*' if next == Some(&b'*') => {
                    return Err(format!("Consecutive wildcard characters at pos {place}"));
                }
                b'*' => pieces.push(Vec::new()),
                b'\\' => {
                    let Some(escaped @ (b'*' | b'\\')) = next else {
                        return Err(format!("Invalid escape character at pos {place}"));
                    };
                    push(&mut pieces, *escaped);
                    index = place;
                }
                other => push(&mut pieces, *other),
            }
            index = index.saturating_add(1);
        }
        Ok(Wildcard { pieces })
    }

    /// Whether AWS refuses it as too complex.
    pub fn is_too_complex(&self) -> bool {
        // The worst text for a pattern is the pattern's own characters.
        let tokens: Vec<Option<u8>> = self
            .pieces
            .iter()
            .enumerate()
            .flat_map(|(index, piece)| {
                (index > 0).then_some(None).into_iter().chain(piece.iter().copied().map(Some))
            })
            .collect();
        let mut at = vec![false; tokens.len().saturating_add(1)];
        settle(&mut at, &tokens, 0);
        for byte in tokens.iter().flatten() {
            let mut next = vec![false; at.len()];
            for (place, _) in at.iter().enumerate().filter(|(_, here)| **here) {
                match tokens.get(place) {
                    Some(None) => settle(&mut next, &tokens, place),
                    Some(Some(wanted)) if wanted == byte => {
                        settle(&mut next, &tokens, place.saturating_add(1))
                    }
                    _ => {}
                }
            }
            if next.iter().filter(|here| **here).count() > PLACES_MAX {
                return true;
            }
            at = next;
        }
        false
    }

    /// Whether the text is one of those the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        let mut rest = text.as_bytes();
        let Some((first, more)) = self.pieces.split_first() else { return rest.is_empty() };
        let Some((last, middle)) = more.split_last() else { return rest == first.as_slice() };
        let Some(after) = rest.strip_prefix(first.as_slice()) else { return false };
        rest = after;
        for piece in middle {
            let Some(found) = find(rest, piece) else { return false };
            rest = rest.get(found.saturating_add(piece.len())..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

fn push(pieces: &mut [Vec<u8>], byte: u8) {
    if let Some(last) = pieces.last_mut() {
        last.push(byte);
    }
}

/// Marks a place, and the one behind a star, which may stand for nothing.
fn settle(at: &mut [bool], tokens: &[Option<u8>], place: usize) {
    if let Some(here) = at.get_mut(place) {
        *here = true;
    }
    if tokens.get(place) == Some(&None)
        && let Some(here) = at.get_mut(place.saturating_add(1))
    {
        *here = true;
    }
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() {
        return Some(0);
    }
    text.windows(piece.len()).position(|window| window == piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "a", false),
            ("ab*ba", "aba", false),
            ("*/bin/*.jar", "x/bin/y.jar", true),
            ("*/bin/*.jar", "x/lib/y.jar", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\*", r"a\x", true),
            ("abc", "abc", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aba", false),
        ] {
            assert_eq!(Wildcard::parse(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        assert_eq!(Wildcard::parse("a**b").unwrap_err(), "Consecutive wildcard characters at pos 2");
        assert_eq!(Wildcard::parse(r"a\b").unwrap_err(), "Invalid escape character at pos 2");
    }

    #[test]
    fn the_recorded_cases_of_complexity() {
        let complex = |text: &str| Wildcard::parse(text).unwrap().is_too_complex();
        assert!(complex("*:*:*:*:*:event-bus/*"));
        assert!(!complex("/Dir/*/dir/dir/dir/dir/dir/doc.txt"));
        assert!(!complex("arn:aws:events:us-east-1:*:event-bus/*"));
        assert!(!complex("*/bin/*.jar"));
    }
}
