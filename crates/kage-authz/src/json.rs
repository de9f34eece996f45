//! A strict JSON reader for policy documents.
//!
//! It keeps the order of members, the position of every value and the byte span of every string,
//! refuses duplicate member names (rule 168) and limits the depth. `serde_json` does none of this.

use std::collections::BTreeSet;
use std::ops::Range;

/// How deep arrays and objects may nest. A policy needs six levels.
const MAX_DEPTH: usize = 32;

/// A place in a policy text. Lines and columns count from 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize)]
pub struct Position {
    /// Byte offset from the start of the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One JSON value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub value: Value,
    pub position: Position,
    /// The bytes of the value in the text, quotes included.
    pub span: Range<usize>,
}

/// A JSON value. Numbers keep their text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// Why a text is not JSON as policies need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonError {
    Invalid { expected: &'static str, position: Position },
    DuplicateName { name: String, position: Position },
    TooDeep { position: Position },
}

/// Reads one JSON value that fills the whole text.
pub(crate) fn parse(text: &str) -> Result<Node, JsonError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, line: 1, counted_to: 0, column: 1 };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(node) } else { Err(reader.invalid("the end of the document")) }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    /// How far the characters of this line have been counted, and the column there. Positions are asked for in
    /// ascending order, so no text is counted twice.
    counted_to: usize,
    column: usize,
}

impl Reader<'_> {
    fn position(&mut self) -> Position {
        let between = self.text.get(self.counted_to..self.at).unwrap_or_default();
        self.column = self.column.saturating_add(between.chars().count());
        self.counted_to = self.at;
        Position { offset: self.at, line: self.line, column: self.column }
    }

    fn invalid(&mut self, expected: &'static str) -> JsonError {
        JsonError::Invalid { expected, position: self.position() }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.counted_to = self.at;
                    self.column = 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => break,
            }
        }
    }

    fn eat(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.invalid(expected))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        let position = self.position();
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep { position });
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.invalid("a value")),
        };
        Ok(Node { value, position, span: start..self.at })
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.invalid("a value"))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.eat(b'{', "{")?;
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut names = BTreeSet::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let position = self.position();
            let name = self.string()?;
            if !names.insert(name.clone()) {
                return Err(JsonError::DuplicateName { name, position });
            }
            self.skip_space();
            self.eat(b':', ":")?;
            self.skip_space();
            let node = self.value(depth + 1)?;
            members.push((name, node));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.invalid(", or }")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.eat(b'[', "[")?;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.invalid(", or ]")),
            }
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.eat(b'"', "a string")?;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    out.push(character);
                }
                _ => return Err(self.invalid("the end of the string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.peek() else { return Err(self.invalid("an escape")) };
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.invalid("an escape")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.four_hex()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if self.bytes.get(self.at..self.at.saturating_add(2)) != Some(br"\u") {
                return Err(self.invalid("the second half of a surrogate pair"));
            }
            self.at += 2;
            let second = self.four_hex()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.invalid("the second half of a surrogate pair"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.invalid("a Unicode character"))
    }

    fn four_hex(&mut self) -> Result<u32, JsonError> {
        let end = self.at.saturating_add(4);
        let digits = self.bytes.get(self.at..end).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at = end;
                Ok(code)
            }
            None => Err(self.invalid("four hexadecimal digits")),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.invalid("a digit")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let node = parse("{\n  \"é\": [1,\n 2]}").unwrap();
        let Value::Object(members) = node.value else { panic!("an object") };
        let Value::Array(items) = &members[0].1.value else { panic!("an array") };
        assert_eq!((members[0].1.position.line, members[0].1.position.column), (2, 8));
        assert_eq!((items[1].position.line, items[1].position.column), (3, 2));
    }

    #[test]
    fn duplicate_names_are_refused() {
        assert!(matches!(parse(r#"{"a":1,"a":2}"#), Err(JsonError::DuplicateName { .. })));
        assert!(matches!(parse(r#"{"a":1,"\u0061":2}"#), Err(JsonError::DuplicateName { .. })));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "+1",
            "1.",
            "nul",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"a",
            "1 2",
            "'a'",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(parse(&deep), Err(JsonError::TooDeep { .. })));
    }

    #[test]
    fn escapes_are_read() {
        let node = parse(r#""\u00e9\ud83d\ude00\n\/""#).unwrap();
        assert_eq!(node.value, Value::String("é😀\n/".to_owned()));
    }
}
