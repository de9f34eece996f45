//! The query's text, character by character.

use super::QueryError;

/// A place in a query.
#[derive(Clone)]
pub struct Scan<'q> {
    query: &'q str,
    at: usize,
}

impl<'q> Scan<'q> {
    /// At the beginning.
    pub fn new(query: &'q str) -> Scan<'q> {
        Scan { query, at: 0 }
    }

    /// What is left.
    pub fn rest(&self) -> &'q str {
        self.query.get(self.at..).unwrap_or_default()
    }

    /// Where it stands, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The text from `from` to here, without white space around it.
    pub fn since(&self, from: usize) -> &'q str {
        self.query.get(from..self.at).unwrap_or_default().trim()
    }

    /// Passes white space and comments.
    pub fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at = self.at.saturating_add(rest.len() - trimmed.len());
            if !trimmed.starts_with('#') {
                return;
            }
            let line = trimmed.find('\n').unwrap_or(trimmed.len());
            self.at = self.at.saturating_add(line);
        }
    }

    /// The next character after white space.
    pub fn peek(&mut self) -> Option<char> {
        self.space();
        self.rest().chars().next()
    }

    /// Takes this text, if it is next.
    pub fn take(&mut self, text: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(text);
        if found {
            self.at = self.at.saturating_add(text.len());
        }
        found
    }

    /// Takes the next character, whatever it is.
    pub fn any(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at = self.at.saturating_add(next.len_utf8());
        Some(next)
    }

    /// Takes this word in any case, if it is next and ends there.
    pub fn word(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest();
        let matches = rest.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
        let ends = !rest.get(word.len()..).is_some_and(|behind| behind.starts_with(is_name));
        if matches && ends {
            self.at = self.at.saturating_add(word.len());
        }
        matches && ends
    }

    /// Takes a name: letters, digits, `_`, `.`, `@`. Empty when none is next.
    pub fn name(&mut self) -> &'q str {
        self.space();
        let rest = self.rest();
        let end = rest.find(|next| !is_name(next)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(end);
        rest.get(..end).unwrap_or_default()
    }

    /// Takes this text.
    ///
    /// # Errors
    /// When something else is next.
    pub fn expect(&mut self, text: &str) -> Result<(), QueryError> {
        if self.take(text) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// An error that names what is next.
    // The text is recorded in issue threads: "unexpected symbol found ( at line 1 and position 24".
    pub fn unexpected(&mut self) -> QueryError {
        self.space();
        let rest = self.rest();
        let end = rest.find(|next| !is_name(next)).unwrap_or(rest.len());
        let found = match end {
            0 => rest.chars().next().map(String::from),
            end => rest.get(..end).map(|found| found.chars().take(50).collect()),
        };
        let found = found.unwrap_or_else(|| "end of query".to_owned());
        self.error(&format!("unexpected symbol found {found}"))
    }

    /// An error at this place.
    pub fn error(&self, what: &str) -> QueryError {
        let before = self.query.get(..self.at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        QueryError {
            text: format!("{what} at line {line} and position {column}"),
            offset: before.chars().count(),
            unmodelled: false,
        }
    }

    /// An error for what Logs Insights has and is not modelled here.
    pub fn unmodelled(&self, what: &str) -> QueryError {
        QueryError { text: format!("{what} is not modelled"), unmodelled: true, ..self.error(what) }
    }

    /// Takes a text in quotation marks or apostrophes. A backslash takes the next mark or backslash as it is.
    ///
    /// # Errors
    /// When it does not end.
    pub fn quoted(&mut self) -> Result<String, QueryError> {
        self.space();
        let begin = self.clone();
        let Some(mark @ ('"' | '\'' | '`')) = self.any() else {
            return Err(begin.error("expected a quoted text"));
        };
        let mut out = String::new();
        loop {
            match self.any() {
                None => return Err(begin.error("unterminated text")),
                Some(end) if end == mark => return Ok(out),
                Some('\\') => match self.any() {
                    Some(next) if next == mark || next == '\\' => out.push(next),
                    Some(next) => out.extend(['\\', next]),
                    None => return Err(begin.error("unterminated text")),
                },
                Some(next) => out.push(next),
            }
        }
    }

    /// Takes a regular expression between slashes.
    ///
    /// # Errors
    /// When it does not end or cannot be read.
    pub fn regex(&mut self) -> Result<regex::Regex, QueryError> {
        self.space();
        let begin = self.clone();
        self.expect("/")?;
        let mut out = String::new();
        loop {
            match self.any() {
                None => return Err(begin.error("unterminated regular expression")),
                Some('/') => break,
                Some('\\') => match self.any() {
                    Some('/') => out.push('/'),
                    Some(next) => out.extend(['\\', next]),
                    None => return Err(begin.error("unterminated regular expression")),
                },
                Some(next) => out.push(next),
            }
        }
        begin.compile(&out)
    }

    /// A compiled regular expression.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn compile(&self, text: &str) -> Result<regex::Regex, QueryError> {
        let built = regex::RegexBuilder::new(text).size_limit(1 << 21).dfa_size_limit(1 << 21).build();
        built.map_err(|_| self.error("invalid regular expression"))
    }
}

/// Whether a character can stand in a name.
pub fn is_name(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '.' | '@')
}
