//! Search expressions: which metrics `SEARCH` finds.
//!
//! AWS: CloudWatch user guide, "CloudWatch search expression syntax": `{Namespace,Dimension} MetricName="x" a OR b`.

use crate::MathError;

/// What is searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Namespace and the names of exactly all dimensions.
    schema: Option<(String, Vec<String>)>,
    terms: Term,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    /// A word, perhaps for one property only, perhaps exact.
    Word {
        property: Option<String>,
        text: String,
        exact: bool,
    },
}

/// A metric as a search sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its dimensions.
    pub dimensions: &'a [(String, String)],
}

impl Search {
    /// Reads a search expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Search, MathError> {
        let text = text.trim();
        let (schema, rest) = match text.strip_prefix('{') {
            None => (None, text),
            Some(inside) => {
                let (inside, rest) = inside
                    .split_once('}')
                    .ok_or_else(|| MathError::invalid("'}' is missing in the search"))?;
                let plain = |part: &str| part.trim().trim_matches('"').to_owned();
                let mut parts = split_list(inside).into_iter().map(|part| plain(&part));
                let namespace = parts.next().filter(|namespace| !namespace.is_empty());
                let namespace =
                    namespace.ok_or_else(|| MathError::invalid("a search schema names a namespace"))?;
                (Some((namespace, parts.collect())), rest)
            }
        };
        let words = words(rest)?;
        let mut reader = Reader { words: words.into_iter().peekable(), depth: 0 };
        let terms = reader.any(None)?;
        match reader.words.next() {
            None => Ok(Search { schema, terms }),
            Some(word) => Err(MathError::invalid(format!("unexpected '{}' in the search", word.text))),
        }
    }

    /// Whether it finds this metric.
    #[must_use]
    pub fn finds(&self, metric: Candidate<'_>) -> bool {
        let fits = self.schema.as_ref().is_none_or(|(namespace, names)| {
            let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut found: Vec<&str> = metric.dimensions.iter().map(|(name, _)| name.as_str()).collect();
            wanted.sort_unstable();
            found.sort_unstable();
            namespace == metric.namespace && wanted == found
        });
        fits && matches(&self.terms, metric)
    }
}

fn split_list(text: &str) -> Vec<String> {
    let mut quoted = false;
    let mut out = vec![String::new()];
    for letter in text.chars() {
        match (letter, out.last_mut()) {
            (',', _) if !quoted => out.push(String::new()),
            (letter, Some(last)) => {
                quoted ^= letter == '"';
                last.push(letter);
            }
            (_, None) => {}
        }
    }
    out
}

fn matches(term: &Term, metric: Candidate<'_>) -> bool {
    match term {
        Term::All(terms) => terms.iter().all(|term| matches(term, metric)),
        Term::Any(terms) => terms.iter().any(|term| matches(term, metric)),
        Term::Not(term) => !matches(term, metric),
        Term::Word { property, text, exact } => {
            let fits = |value: &str| if *exact { value == text } else { holds(value, text) };
            match property.as_deref() {
                None => {
                    fits(metric.name)
                        || fits(metric.namespace)
                        || metric.dimensions.iter().any(|(name, value)| fits(name) || fits(value))
                }
                Some("MetricName") => fits(metric.name),
                Some("Namespace") => fits(metric.namespace),
                Some(named) => metric.dimensions.iter().any(|(name, value)| name == named && fits(value)),
            }
        }
    }
}

/// Whether all words of `text` are words of `value`, without regard to case.
fn holds(value: &str, text: &str) -> bool {
    let known = pieces(value);
    let wanted: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    !wanted.is_empty() && wanted.iter().all(|part| known.contains(part))
}

/// The words of a value: between signs, and within them by case and digits, in lower case.
fn pieces(value: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        out.push(word.to_lowercase());
        let letters: Vec<char> = word.chars().collect();
        let mut piece = String::new();
        for (index, letter) in letters.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| letters.get(index));
            let after = letters.get(index + 1);
            // A new piece begins at an upper-case letter behind or before a lower-case one, and between letters and digits.
            let begins = before.is_some_and(|before| {
                (letter.is_uppercase()
                    && (before.is_lowercase() || after.is_some_and(|after| after.is_lowercase())))
                    || before.is_numeric() != letter.is_numeric()
            });
            if begins && !piece.is_empty() {
                out.push(std::mem::take(&mut piece).to_lowercase());
            }
            piece.push(*letter);
        }
        out.push(piece.to_lowercase());
    }
    out
}

struct Word {
    text: String,
    quoted: bool,
}

fn words(text: &str) -> Result<Vec<Word>, MathError> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (text, quoted, length) = match first {
            '"' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end =
                    inside.find('"').ok_or_else(|| MathError::invalid("a quotation mark is not closed"))?;
                (inside.get(..end).unwrap_or_default(), true, end + 2)
            }
            '(' | ')' | '=' => (rest.get(..1).unwrap_or_default(), false, 1),
            _ => {
                let end = rest
                    .find(|letter: char| letter.is_whitespace() || "()=\"".contains(letter))
                    .unwrap_or(rest.len());
                (rest.get(..end).unwrap_or_default(), false, end)
            }
        };
        out.push(Word { text: text.to_owned(), quoted });
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(out)
}

struct Reader {
    words: std::iter::Peekable<std::vec::IntoIter<Word>>,
    depth: usize,
}

impl Reader {
    fn sign(&mut self, text: &str) -> bool {
        self.words.next_if(|word| !word.quoted && word.text == text).is_some()
    }

    fn any(&mut self, property: Option<&str>) -> Result<Term, MathError> {
        let mut terms = vec![self.all(property)?];
        while self.sign("OR") {
            terms.push(self.all(property)?);
        }
        Ok(Term::Any(terms))
    }

    /// Terms beside each other must all match.
    fn all(&mut self, property: Option<&str>) -> Result<Term, MathError> {
        let mut terms = Vec::new();
        while self.words.peek().is_some_and(|word| word.quoted || !matches!(word.text.as_str(), ")" | "OR")) {
            if !self.sign("AND") {
                terms.push(self.one(property)?);
            }
        }
        Ok(Term::All(terms))
    }

    fn one(&mut self, property: Option<&str>) -> Result<Term, MathError> {
        self.depth += 1;
        if self.depth > 50 {
            return Err(MathError::invalid("the search is nested too deeply"));
        }
        let out = self.part(property);
        self.depth -= 1;
        out
    }

    fn part(&mut self, property: Option<&str>) -> Result<Term, MathError> {
        if self.sign("NOT") {
            return Ok(Term::Not(Box::new(self.one(property)?)));
        }
        if self.sign("(") {
            let inside = self.any(property)?;
            return if self.sign(")") {
                Ok(inside)
            } else {
                Err(MathError::invalid("')' is missing in the search"))
            };
        }
        let Some(word) = self.words.next() else {
            return Err(MathError::invalid("the search ends too early"));
        };
        if self.sign("=") {
            return self.one(Some(&word.text));
        }
        if !word.quoted && word.text == "=" {
            return Err(MathError::invalid("unexpected '=' in the search"));
        }
        Ok(Term::Word { property: property.map(str::to_owned), text: word.text, exact: word.quoted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str) -> bool {
        let dimensions =
            [("InstanceId".to_owned(), "i-0abc".to_owned()), ("Stage".to_owned(), "prod-eu".to_owned())];
        let metric = Candidate { namespace: "AWS/EC2", name: "CPUUtilization", dimensions: &dimensions };
        Search::parse(search).unwrap().finds(metric)
    }

    #[test]
    fn metrics_are_found_by_words_schema_and_property() {
        for text in [
            "cpu",
            "CPUUtilization",
            "cpu utilization",
            "{AWS/EC2,InstanceId,Stage} MetricName=\"CPUUtilization\"",
            "{AWS/EC2, Stage, InstanceId}",
            "Stage=prod",
            "InstanceId=(\"i-0abc\" OR \"i-1\")",
            "MetricName=(disk OR cpu) AND NOT Stage=test",
            "nothing OR ec2",
        ] {
            assert!(finds(text), "{text}");
        }
        for text in [
            "{AWS/EC2,InstanceId}",
            "{AWS/ELB,InstanceId,Stage}",
            "MetricName=\"CPU\"",
            "util",
            "NOT cpu",
            "Stage=\"prod\"",
            "cpu disk",
        ] {
            assert!(!finds(text), "{text}");
        }
        for text in ["{AWS/EC2", "(cpu", "\"cpu", "a = ", "{}"] {
            assert!(Search::parse(text).is_err(), "{text}");
        }
    }
}
