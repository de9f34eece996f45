//! JSON as a stream of tokens with places.
//!
//! AWS reads patterns with Jackson and shows its places in errors: a string is passed over lazily, so that its place is
//! behind the opening quote until its text is asked for; a member's name has the place behind the beginning of its value.
//! Both are seen in the recorded answers of LocalStack's `test_events_patterns.snapshot.json`.

use crate::parse::PatternError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// The name of a member.
    Name(String),
    /// A text.
    Text(String),
    /// A number as it is written.
    Number(String),
    /// `null`, `true` or `false`.
    Word(&'static str),
    /// Behind the last token.
    End,
}

/// A place: line and column from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// What an open bracket waits for.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// An object; whether a member was read.
    Object { begun: bool },
    /// An array; whether a value was read.
    Array { begun: bool },
}

/// Nesting beyond this is refused: Jackson's own limit.
const DEPTH_MAX: usize = 1000;

/// A reader of tokens.
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Inside>,
    /// The value that was read with its name.
    ahead: Option<(Token, Place)>,
    /// The place of the last token, and behind its text.
    place: Place,
    behind: Place,
}

impl<'t> Tokens<'t> {
    /// A reader of this text.
    pub fn new(text: &'t str) -> Tokens<'t> {
        let start = Place { line: 1, column: 1 };
        Tokens { text, at: 0, open: Vec::new(), ahead: None, place: start, behind: start }
    }

    /// An error at the last token.
    pub fn fail<T>(&self, reason: impl Into<String>) -> Result<T, PatternError> {
        Err(PatternError::at(reason, self.text, self.place))
    }

    /// The same in a list of `anything-but`, where AWS says the place twice: its reader wraps the error once more.
    pub fn fail_in_list<T>(&self, reason: impl Into<String>, is_list: bool) -> Result<T, PatternError> {
        let mut error = PatternError::at(reason, self.text, self.place);
        if is_list {
            error.place = error.place.repeat(2);
        }
        Err(error)
    }

    /// Says that the text of the last token was looked at: its place is then behind it.
    pub fn read_text(&mut self) {
        self.place = self.behind;
    }

    fn here(&self) -> Place {
        let done = self.text.get(..self.at).unwrap_or(self.text);
        let line_start = done.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let column = done.get(line_start..).unwrap_or_default().encode_utf16().count().saturating_add(1);
        Place { line: done.matches('\n').count().saturating_add(1), column }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.skip(rest.len().saturating_sub(rest.trim_start_matches([' ', '\t', '\r', '\n']).len()));
    }

    /// A syntax error behind the character at which it was seen.
    fn syntax<T>(&mut self, reason: impl Into<String>) -> Result<T, PatternError> {
        self.place = self.here();
        self.fail(reason)
    }

    fn unexpected<T>(&mut self, what: &str) -> Result<T, PatternError> {
        match self.rest().chars().next() {
            Some(c) => self.syntax(format!("Unexpected character ('{c}' (code {})): {what}", u32::from(c))),
            None => self.unexpected_end(),
        }
    }

    fn unexpected_end<T>(&mut self) -> Result<T, PatternError> {
        let what = match self.open.last() {
            Some(Inside::Object { .. }) => "Object",
            Some(Inside::Array { .. }) => "Array",
            None => return self.syntax("No content to map due to end-of-input"),
        };
        self.syntax(format!("Unexpected end-of-input: expected close marker for {what}"))
    }

    /// The next token; its place becomes the current one.
    ///
    /// # Errors
    /// A text that is no JSON.
    pub fn next(&mut self) -> Result<Token, PatternError> {
        if let Some((token, place)) = self.ahead.take() {
            self.place = place;
            return Ok(token);
        }
        self.skip_space();
        match self.open.last().copied() {
            None => self.value_or_end(),
            Some(Inside::Object { begun }) => self.member(begun),
            Some(Inside::Array { begun }) => self.element(begun),
        }
    }

    fn value_or_end(&mut self) -> Result<Token, PatternError> {
        if self.rest().is_empty() {
            if self.at == 0 {
                return self.unexpected_end();
            }
            return Ok(Token::End);
        }
        self.value()
    }

    fn member(&mut self, begun: bool) -> Result<Token, PatternError> {
        if self.rest().starts_with('}') {
            return self.close(Token::ObjectEnd);
        }
        if begun {
            if !self.rest().starts_with(',') {
                return self.unexpected("was expecting comma to separate Object entries");
            }
            self.skip(1);
            self.skip_space();
        }
        if let Some(Inside::Object { begun }) = self.open.last_mut() {
            *begun = true;
        }
        if !self.rest().starts_with('"') {
            return self.unexpected("was expecting double-quote to start field name");
        }
        let name = self.text_token()?;
        self.skip_space();
        if !self.rest().starts_with(':') {
            return self.unexpected("was expecting a colon to separate field name and value");
        }
        self.skip(1);
        self.skip_space();
        let value = self.value()?;
        self.ahead = Some((value, self.place));
        Ok(Token::Name(name))
    }

    fn element(&mut self, begun: bool) -> Result<Token, PatternError> {
        if self.rest().starts_with(']') {
            return self.close(Token::ArrayEnd);
        }
        if begun {
            if !self.rest().starts_with(',') {
                return self.unexpected("was expecting comma to separate Array entries");
            }
            self.skip(1);
            self.skip_space();
        }
        if let Some(Inside::Array { begun }) = self.open.last_mut() {
            *begun = true;
        }
        self.value()
    }

    fn close(&mut self, token: Token) -> Result<Token, PatternError> {
        self.open.pop();
        self.skip(1);
        self.stand();
        Ok(token)
    }

    fn stand(&mut self) {
        self.place = self.here();
        self.behind = self.place;
    }

    fn value(&mut self) -> Result<Token, PatternError> {
        let rest = self.rest();
        match rest.bytes().next() {
            Some(b'{') => self.begin(Token::ObjectStart, Inside::Object { begun: false }),
            Some(b'[') => self.begin(Token::ArrayStart, Inside::Array { begun: false }),
            Some(b'"') => {
                self.at = self.at.saturating_add(1);
                let opened = self.here();
                self.at = self.at.saturating_sub(1);
                let text = self.text_token()?;
                self.behind = self.here();
                self.place = opened;
                Ok(Token::Text(text))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b) if b.is_ascii_alphabetic() || b == b'_' => self.word(),
            Some(_) => {
                self.unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
            }
            None => self.unexpected_end(),
        }
    }

    fn begin(&mut self, token: Token, inside: Inside) -> Result<Token, PatternError> {
        if self.open.len() >= DEPTH_MAX {
            return self.syntax(format!("Document nesting depth exceeds the maximum allowed ({DEPTH_MAX})"));
        }
        self.open.push(inside);
        self.skip(1);
        self.stand();
        Ok(token)
    }

    fn number(&mut self) -> Result<Token, PatternError> {
        let rest = self.rest();
        let length =
            rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        if serde_json::from_str::<serde_json::Number>(text).is_err() {
            return self.unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
        }
        self.skip(length);
        self.stand();
        Ok(Token::Number(text.to_owned()))
    }

    fn word(&mut self) -> Result<Token, PatternError> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        self.skip(length);
        let word = match text {
            "null" => "null",
            "true" => "true",
            "false" => "false",
            other => {
                let reason = format!(
                    "Unrecognized token '{other}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
                );
                return self.syntax(reason);
            }
        };
        self.stand();
        Ok(Token::Word(word))
    }

    /// The text at the opening quote.
    fn text_token(&mut self) -> Result<String, PatternError> {
        let rest = self.rest();
        let mut escaped = false;
        for (index, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let quoted = rest.get(..=index).unwrap_or_default();
                    let read = serde_json::from_str::<String>(quoted);
                    self.skip(quoted.len());
                    return match read {
                        Ok(text) => Ok(text),
                        Err(_) => self.syntax(
                            "Unrecognized character escape or illegal unquoted character in a string",
                        ),
                    };
                }
                _ => {}
            }
        }
        self.skip(rest.len());
        self.syntax("Unexpected end-of-input in VALUE_STRING")
    }
}
