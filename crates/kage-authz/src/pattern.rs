//! Patterns with `*`, `?` and policy variables, compiled into tokens (rules 64, 67, 71, 74, 77-84).

use crate::context::Context;
use crate::document::Version;

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Exactly this text.
    Literal(Box<str>),
    /// `?`: one character.
    One,
    /// `*`: any number of characters, also none.
    Many,
    /// `${key}`: the value of a context key, taken literally (rule 84).
    Variable { key: Box<str>, default: Option<Box<str>> },
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Box<[Token]>,
}

/// Which characters of a pattern are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${...}` is a variable.
    pub variables: bool,
}

impl Syntax {
    /// Variables need version 2012-10-17 (rule 78).
    pub fn of(version: Version, wildcards: bool) -> Self {
        Self { wildcards, variables: version == Version::V2012 }
    }
}

/// A `${` that is not a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadVariable;

impl Pattern {
    /// Compiles a pattern.
    pub fn new(text: &str, syntax: Syntax) -> Result<Self, BadVariable> {
        let mut builder = Builder::default();
        builder.read(text, syntax)?;
        Ok(builder.finish())
    }

    /// Compiles a `Resource` pattern: variables count only behind the fifth colon (rule 71).
    pub fn resource(text: &str, version: Version) -> Result<Self, BadVariable> {
        let mut builder = Builder::default();
        let resource_part = text.match_indices(':').nth(4).map(|(at, _)| at.saturating_add(1));
        let (head, tail) = text.split_at(resource_part.unwrap_or(text.len()));
        builder.read(head, Syntax { wildcards: true, variables: false })?;
        builder.read(tail, Syntax::of(version, true))?;
        Ok(builder.finish())
    }

    /// The tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// True if the pattern is `*` alone.
    pub fn is_any(&self) -> bool {
        matches!(*self.tokens, [Token::Many])
    }

    /// The text of a pattern without wildcards and variables.
    pub fn literal(&self) -> Option<&str> {
        match &*self.tokens {
            [] => Some(""),
            [Token::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether the pattern matches the whole text. A variable without a value matches nothing (rule 83).
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        match_tokens(&self.tokens, text, context)
    }
}

/// Whether the tokens match the whole text.
pub(crate) fn match_tokens(tokens: &[Token], text: &str, context: &Context) -> bool {
    // A variable without a value fails the pattern wherever it stands, also behind a `*` that could end the match.
    let (mut token_at, mut text_at) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = text.get(text_at..).unwrap_or_default();
        let step = match tokens.get(token_at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Token::Many) => {
                token_at += 1;
                if token_at == tokens.len() {
                    return true;
                }
                retry = Some((token_at, text_at));
                continue;
            }
            Some(Token::One) => rest.chars().next().map(char::len_utf8),
            Some(Token::Literal(literal)) => rest.starts_with(&**literal).then_some(literal.len()),
            Some(Token::Variable { key, default }) => match context.variable(key, default.as_deref()) {
                None => return false,
                Some(value) => rest.starts_with(value).then_some(value.len()),
            },
        };
        if let Some(length) = step {
            token_at += 1;
            text_at += length;
            continue;
        }
        let Some((retry_token, retry_text)) = retry else { return false };
        let Some(skipped) = text.get(retry_text..).and_then(|rest| rest.chars().next()) else { return false };
        let next = retry_text + skipped.len_utf8();
        retry = Some((retry_token, next));
        token_at = retry_token;
        text_at = next;
    }
}

#[derive(Default)]
struct Builder {
    tokens: Vec<Token>,
    literal: String,
}

impl Builder {
    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.tokens.push(Token::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn finish(mut self) -> Pattern {
        self.flush();
        Pattern { tokens: self.tokens.into() }
    }

    fn read(&mut self, text: &str, syntax: Syntax) -> Result<(), BadVariable> {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if syntax.variables && rest.starts_with("${") {
                let body = rest.get(2..).unwrap_or_default();
                let end = body.find('}').ok_or(BadVariable)?;
                self.variable(body.get(..end).unwrap_or_default())?;
                rest = body.get(end.saturating_add(1)..).unwrap_or_default();
                continue;
            }
            match character {
                '*' if syntax.wildcards => {
                    self.flush();
                    if self.tokens.last() != Some(&Token::Many) {
                        self.tokens.push(Token::Many);
                    }
                }
                '?' if syntax.wildcards => {
                    self.flush();
                    self.tokens.push(Token::One);
                }
                _ => self.literal.push(character),
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
        Ok(())
    }

    fn variable(&mut self, body: &str) -> Result<(), BadVariable> {
        // Rule 74: ${*}, ${?} and ${$} are the characters themselves.
        if matches!(body, "*" | "?" | "$") {
            self.literal.push_str(body);
            return Ok(());
        }
        // Rule 82: ${key, 'default'}.
        let (key, default) = match body.split_once(',') {
            None => (body.trim(), None),
            Some((key, default)) => {
                let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                (key.trim(), Some(quoted.ok_or(BadVariable)?))
            }
        };
        if key.is_empty() || key.contains("${") {
            return Err(BadVariable);
        }
        self.flush();
        self.tokens
            .push(Token::Variable { key: key.to_lowercase().into(), default: default.map(Into::into) });
        Ok(())
    }
}
