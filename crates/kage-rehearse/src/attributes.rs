//! The info string of a fenced block: a language, then `key=value`, `key="some words"` or bare flags.

use crate::problem::Problem;

/// A parsed info string. Every attribute must be taken by its reader; what is left is refused by name.
#[derive(Debug)]
pub struct Attributes {
    /// The first word, possibly empty.
    pub language: String,
    pairs: Vec<(String, Option<String>)>,
    line: usize,
}

impl Attributes {
    /// Parses an info string that stands at `line`.
    pub fn parse(info: &str, line: usize) -> Result<Self, Problem> {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut quoted = false;
        for c in info.chars() {
            match c {
                '"' => quoted = !quoted,
                c if c.is_whitespace() && !quoted => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                }
                c => word.push(c),
            }
        }
        if quoted {
            return Err(Problem::at(line, "a quotation mark in the info string is never closed"));
        }
        if !word.is_empty() {
            words.push(word);
        }
        let mut words = words.into_iter();
        let language = words.next().unwrap_or_default();
        let pairs = words
            .map(|word| match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (word, None),
            })
            .collect();
        Ok(Self { language, pairs, line })
    }

    /// Takes the value of `key`; fails when the key stands without a value or twice.
    pub fn take(&mut self, key: &str) -> Result<Option<String>, Problem> {
        let mut found = None;
        let mut kept = Vec::new();
        for (name, value) in std::mem::take(&mut self.pairs) {
            if name != key {
                kept.push((name, value));
                continue;
            }
            let value = value.filter(|value| !value.is_empty());
            let Some(value) = value else {
                return Err(Problem::at(self.line, format!("`{key}` needs a value: {key}=…")));
            };
            if found.replace(value).is_some() {
                return Err(Problem::at(self.line, format!("`{key}` stands twice")));
            }
        }
        self.pairs = kept;
        Ok(found)
    }

    /// Takes a bare flag.
    pub fn take_flag(&mut self, key: &str) -> bool {
        let before = self.pairs.len();
        self.pairs.retain(|(name, value)| !(name == key && value.is_none()));
        self.pairs.len() < before
    }

    /// Fails when something was not taken; `known` is said in the message.
    pub fn finish(self, known: &str) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::at(
                self.line,
                format!("`{name}` is not an attribute of a `{}` block; known: {known}", self.language),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_values_and_flags() {
        let mut attributes =
            Attributes::parse("sh profile=bob name=\"Bob lists users\" quiet", 7).expect("parses");
        assert_eq!(attributes.language, "sh");
        assert_eq!(attributes.take("profile").expect("one"), Some("bob".into()));
        assert_eq!(attributes.take("name").expect("one"), Some("Bob lists users".into()));
        assert_eq!(attributes.take("file").expect("none"), None);
        assert!(attributes.take_flag("quiet"));
        assert!(!attributes.take_flag("quiet"));
        attributes.finish("profile, name").expect("all taken");
    }

    #[test]
    fn what_is_unknown_twice_or_empty_is_refused() {
        let left = Attributes::parse("sh porfile=bob", 3)
            .expect("parses")
            .finish("profile, name")
            .expect_err("typo");
        assert_eq!(
            left.to_string(),
            "line 3: `porfile` is not an attribute of a `sh` block; known: profile, name"
        );
        assert!(Attributes::parse("sh a=1 a=2", 3).expect("parses").take("a").is_err());
        assert!(Attributes::parse("sh a=", 3).expect("parses").take("a").is_err());
        assert!(Attributes::parse("sh name=\"x", 3).is_err());
    }
}
