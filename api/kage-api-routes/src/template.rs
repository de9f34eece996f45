//! One path template with what the query and headers must carry.

/// A parsed template: `/{Bucket}/{Key+}?uploads`.
#[derive(Debug)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    /// Literal parameters; without a value any will do.
    literals: Vec<(&'static str, Option<&'static str>)>,
    /// Parameters that must be there.
    query: Vec<&'static str>,
    /// Headers that must be there.
    headers: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Label(&'static str),
    /// `{Key+}`: one segment or more.
    Greedy(&'static str),
}

/// How specific a template is; the greater one is tried first. Segment by segment from the left a literal beats a label
/// and a label beats a greedy one; after the path the number of conditions on query and headers counts.
pub(crate) type Rank = (Vec<u8>, usize);

impl Template {
    pub(crate) fn new(uri: &'static str, query: Vec<&'static str>, headers: Vec<&'static str>) -> Template {
        let (path, fixed) = uri.split_once('?').unwrap_or((uri, ""));
        let segments = trimmed(path).split('/').filter(|segment| !segment.is_empty()).map(segment).collect();
        let literals = fixed.split('&').filter(|piece| !piece.is_empty());
        let literals = literals.map(|piece| match piece.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (piece, None),
        });
        Template { segments, literals: literals.collect(), query, headers }
    }

    pub(crate) fn rank(&self) -> Rank {
        let path = self.segments.iter().map(|segment| match segment {
            Segment::Literal(_) => 3,
            Segment::Label(_) => 2,
            Segment::Greedy(_) => 1,
        });
        (path.collect(), self.literals.len() + self.query.len() + self.headers.len())
    }

    /// Whether the parameters and headers are those that the template wants.
    pub(crate) fn accepts(&self, parameters: &[(&str, &str)], has_header: &dyn Fn(&str) -> bool) -> bool {
        let named = |name: &str| parameters.iter().find(|(key, _)| *key == name);
        let literal = |(name, value): &(&str, Option<&str>)| {
            named(name).is_some_and(|(_, given)| value.is_none_or(|value| value == *given))
        };
        self.literals.iter().all(literal)
            && self.query.iter().all(|name| named(name).is_some())
            && self.headers.iter().all(|name| has_header(name))
    }

    /// The labels with their values as the path has them, still percent-encoded.
    pub(crate) fn labels<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let mut rest = path.strip_prefix('/')?;
        let mut labels = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            let after = self.segments.len() - index - 1;
            match *segment {
                Segment::Greedy(name) => {
                    let (value, behind) = split_greedy(rest, after)?;
                    labels.push((name, value));
                    rest = behind;
                }
                Segment::Label(name) => {
                    let (value, behind) = rest.split_once('/').unwrap_or((rest, ""));
                    if value.is_empty() {
                        return None;
                    }
                    labels.push((name, value));
                    rest = behind;
                }
                Segment::Literal(text) => {
                    let (value, behind) = rest.split_once('/').unwrap_or((rest, ""));
                    if value != text {
                        return None;
                    }
                    rest = behind;
                }
            }
        }
        // What is left after the last segment is nothing, also when the path ends with one slash.
        rest.is_empty().then_some(labels)
    }
}

/// Takes everything but the last `after` segments.
fn split_greedy(rest: &str, after: usize) -> Option<(&str, &str)> {
    let mut end = rest.len();
    for _ in 0..after {
        end = rest.get(..end)?.rfind('/')?;
    }
    let value = rest.get(..end)?;
    let behind = rest.get(end..)?;
    (!value.is_empty()).then_some((value, behind.strip_prefix('/').unwrap_or(behind)))
}

fn trimmed(path: &'static str) -> &'static str {
    path.strip_prefix('/').unwrap_or(path)
}

fn segment(text: &'static str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name),
            None => Segment::Label(name),
        },
        None => Segment::Literal(text),
    }
}

/// Decodes `%41` to `A`. `None` when an escape is broken or the bytes are no UTF-8.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digits =
                bytes.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
            out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(template: &'static str, path: &'static str) -> Option<Vec<(&'static str, &'static str)>> {
        Template::new(template, Vec::new(), Vec::new()).labels(path)
    }

    #[test]
    fn paths_are_taken_apart() {
        assert_eq!(labels("/{B}/{K+}", "/b/x"), Some(vec![("B", "b"), ("K", "x")]));
        assert_eq!(labels("/{B}/{K+}", "/b//x//y/"), Some(vec![("B", "b"), ("K", "/x//y/")]));
        assert_eq!(labels("/{B}/{K+}", "/b/"), None);
        assert_eq!(labels("/{B}", "/b/"), Some(vec![("B", "b")]));
        assert_eq!(labels("/{B}", "/b/c"), None);
        assert_eq!(labels("/{B}", "/"), None);
        assert_eq!(labels("/", "/"), Some(vec![]));
        assert_eq!(labels("/a/{B}", "/A/b"), None);
        assert_eq!(labels("/a/{B+}/c", "/a/1/2/c"), Some(vec![("B", "1/2")]));
        assert_eq!(labels("/a/{B+}/c", "/a/c"), None);
        assert_eq!(labels("/2015-03-31/functions/", "/2015-03-31/functions"), Some(vec![]));
        assert_eq!(labels("/a", "no slash"), None);
    }

    #[test]
    fn escapes_are_decoded_or_refused() {
        assert_eq!(percent_decode("a%2Fb%C3%A9+").as_deref(), Some("a/bé+"));
        for bad in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(percent_decode(bad), None, "{bad}");
        }
    }
}
