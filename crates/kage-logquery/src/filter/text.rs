//! Patterns of terms: `ERROR "exit code" -debug ?warn %4[0-9]{2}%`.

use super::scan::Scan;
use super::{PatternError, require_regexes};
use memchr::memmem::Finder;
use regex::bytes::Regex;

/// A pattern of terms.
#[derive(Clone, Debug)]
pub struct Text {
    /// All must be there.
    required: Vec<Term>,
    /// None may be there.
    excluded: Vec<Term>,
    /// One must be there, when there are no others.
    optional: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Literal(Box<Finder<'static>>),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &[u8]) -> bool {
        match self {
            Term::Literal(finder) => finder.find(message).is_some(),
            Term::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Text {
    /// Reads it.
    pub fn parse(pattern: &str) -> Result<Text, PatternError> {
        let mut scan = Scan::new(pattern);
        let mut out = Text { required: Vec::new(), excluded: Vec::new(), optional: Vec::new() };
        loop {
            scan.space();
            let list = match scan.peek() {
                None => break,
                Some('-') => &mut out.excluded,
                Some('?') => &mut out.optional,
                Some(_) => &mut out.required,
            };
            if matches!(scan.peek(), Some('-' | '?')) {
                scan.next();
            }
            list.push(term(&mut scan)?);
        }
        require_regexes(out.regexes())?;
        Ok(out)
    }

    /// How many regular expressions it holds.
    pub fn regexes(&self) -> usize {
        let all = self.required.iter().chain(&self.excluded).chain(&self.optional);
        all.filter(|term| matches!(term, Term::Regex(_))).count()
    }

    /// Whether a message matches.
    pub fn matches(&self, message: &[u8]) -> bool {
        if self.excluded.iter().any(|term| term.is_in(message)) {
            return false;
        }
        // AWS: user guide: beside other terms, those with a question mark are ignored.
        if self.required.is_empty() && self.excluded.is_empty() {
            return self.optional.iter().any(|term| term.is_in(message));
        }
        self.required.iter().all(|term| term.is_in(message))
    }
}

fn term(scan: &mut Scan<'_>) -> Result<Term, PatternError> {
    let literal = |text: &str| Term::Literal(Box::new(Finder::new(text.as_bytes()).into_owned()));
    match scan.peek() {
        Some('"') => {
            let text = scan.quoted()?;
            if text.is_empty() {
                return Err(scan.error("empty term"));
            }
            Ok(literal(&text))
        }
        Some('%') => scan.regex().map(Term::Regex),
        _ => {
            let text = scan.while_(|next| !next.is_whitespace());
            // AWS: user guide: "terms that include non-alphanumeric characters must be placed inside double quotation
            // marks"; the text is recorded in issue threads of the CDK and Terraform.
            if text.is_empty() || !text.chars().all(|next| next.is_alphanumeric() || next == '_') {
                return Err(PatternError::new(format!("Invalid character(s) in term '{text}'")));
            }
            Ok(literal(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Text::parse(pattern).unwrap().matches(message.as_bytes())
    }

    // The examples of the user guide.
    #[test]
    fn terms_as_in_the_guide() {
        assert!(matches("ERROR", "[ERROR 400] BAD REQUEST"));
        assert!(!matches("ERROR", "[error 400] BAD REQUEST"));
        assert!(matches("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS"));
        assert!(!matches("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST"));
        assert!(matches("?ERROR ?ARGUMENTS", "[INFO] ARGUMENTS"));
        assert!(!matches("?ERROR ?ARGUMENTS", "[INFO] NOTHING"));
        assert!(matches("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR"));
        assert!(!matches("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS"));
        assert!(matches("ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST"));
        assert!(matches("ERROR ?WARN", "ERROR alone"));
        assert!(!matches("ERROR ?WARN", "WARN alone"));
        assert!(matches("-\"exit 1\"", "exit 0"));
        assert!(matches("\"say \\\"x\\\"\"", "he will say \"x\""));
    }

    #[test]
    fn regular_expressions() {
        assert!(matches("%4[0-9]{2}%", "status 404"));
        assert!(!matches("%4[0-9]{2}%", "status 503"));
        assert!(matches("ERROR -%50\\d%", "ERROR 404"));
        assert!(!matches("ERROR -%50\\d%", "ERROR 503"));
        for bad in ["%", "%%", "%[%", "%a% %b% %c%", "%(a)%"] {
            assert!(Text::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn terms_with_other_characters_are_quoted() {
        let error = Text::parse("user@example.com").unwrap_err();
        assert_eq!(error.to_string(), "Invalid character(s) in term 'user@example.com'");
        for bad in ["-", "?", "\"open", "\"\"", "a:b", "--x"] {
            assert!(Text::parse(bad).is_err(), "{bad}");
        }
    }
}
