//! The words of an expression.

use crate::MathError;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// `60`, `0.5`, `1e3`.
    Number(f64),
    /// A name: of a query, a function or a keyword.
    Name(String),
    /// Text in single or double quotes.
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
}

const SIGNS: [&str; 21] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "!", "=",
    "%",
];

/// Cuts an expression into words.
pub fn tokens(text: &str) -> Result<Vec<Token>, MathError> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first)?;
        out.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(out)
}

fn next(rest: &str, first: char) -> Result<(Token, usize), MathError> {
    if first == '\'' || first == '"' {
        let inside = rest.get(1..).unwrap_or_default();
        let end = inside.find(first).ok_or_else(|| MathError::invalid("a quotation mark is not closed"))?;
        return Ok((Token::Text(inside.get(..end).unwrap_or_default().to_owned()), end + 2));
    }
    if first.is_ascii_digit() || first == '.' {
        return number(rest);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        return Ok((Token::Name(rest.get(..end).unwrap_or_default().to_owned()), end));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Token::Sign(sign), sign.len())),
        None => Err(MathError::invalid(format!("unexpected character '{first}'"))),
    }
}

fn number(rest: &str) -> Result<(Token, usize), MathError> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        from + bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    let text = rest.get(..end).unwrap_or_default();
    let value = text.parse().map_err(|_| MathError::invalid(format!("'{text}' is no number")))?;
    Ok((Token::Number(value), end))
}
