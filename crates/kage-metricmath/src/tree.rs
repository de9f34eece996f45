//! Expressions as trees.
//!
//! AWS: CloudWatch user guide, "Using math expressions with CloudWatch metrics", "Metric math syntax and functions".

use crate::MathError;
use crate::token::{Token, tokens};

/// So deep may brackets stand in each other.
const DEPTH: usize = 60;

/// A metric math expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(pub(crate) Node);

/// A part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Number(f64),
    Text(String),
    /// The id of a query, or a keyword of a function.
    Name(String),
    Array(Vec<Node>),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
}

/// What stands between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    AtMost,
    AtLeast,
    Less,
    Greater,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Expression, MathError> {
        let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
        let node = parser.level(0)?;
        match parser.tokens.next() {
            None => Ok(Expression(node)),
            Some(token) => Err(MathError::invalid(format!("unexpected {}", shown(&token)))),
        }
    }

    /// The ids of queries that it uses, without those that `METRICS()` adds.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut out = Vec::new();
        self.visit(&mut |node| {
            if let Node::Name(name) = node
                && name.starts_with(|letter: char| letter.is_ascii_lowercase())
            {
                out.push(name.as_str());
            }
        });
        out
    }

    /// Whether it calls one of these functions.
    #[must_use]
    pub fn calls(&self, functions: &[&str]) -> bool {
        let mut found = false;
        self.visit(&mut |node| {
            found |= matches!(node, Node::Call(name, _) if functions.contains(&name.as_str()));
        });
        found
    }

    fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Node)) {
        let mut open = vec![&self.0];
        while let Some(node) = open.pop() {
            see(node);
            match node {
                Node::Array(parts) | Node::Call(_, parts) => open.extend(parts),
                Node::Negative(part) => open.push(part),
                Node::Binary(_, left, right) => open.extend([left.as_ref(), right.as_ref()]),
                _ => {}
            }
        }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(number) => format!("'{number}'"),
        Token::Name(text) | Token::Text(text) => format!("'{text}'"),
        Token::Sign(sign) => format!("'{sign}'"),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

/// Operators by level, weakest first; `AND` and `OR` are names.
fn operator(level: usize, token: &Token) -> Option<Operator> {
    use Operator::*;
    Some(match (level, token) {
        (0, Token::Sign("||")) => Or,
        (0, Token::Name(name)) if name == "OR" => Or,
        (1, Token::Sign("&&")) => And,
        (1, Token::Name(name)) if name == "AND" => And,
        (2, Token::Sign("==")) => Equal,
        (2, Token::Sign("!=")) => NotEqual,
        (2, Token::Sign("<=")) => AtMost,
        (2, Token::Sign(">=")) => AtLeast,
        (2, Token::Sign("<")) => Less,
        (2, Token::Sign(">")) => Greater,
        (3, Token::Sign("+")) => Add,
        (3, Token::Sign("-")) => Subtract,
        (4, Token::Sign("*")) => Multiply,
        (4, Token::Sign("/")) => Divide,
        (5, Token::Sign("^")) => Power,
        _ => return None,
    })
}

impl Parser {
    fn level(&mut self, level: usize) -> Result<Node, MathError> {
        if level > 5 {
            return self.one();
        }
        let mut left = self.level(level + 1)?;
        let mut parts = 0_usize;
        while let Some(found) = self.tokens.peek().and_then(|token| operator(level, token)) {
            // A long chain is a deep tree.
            parts += 1;
            if parts > 500 {
                return Err(MathError::invalid("the expression is too long"));
            }
            self.tokens.next();
            let right = self.level(level + 1)?;
            left = Node::Binary(found, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Node, MathError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(MathError::invalid("the expression is nested too deeply"));
        }
        let out = self.part();
        self.depth -= 1;
        out
    }

    fn part(&mut self) -> Result<Node, MathError> {
        match self.tokens.next() {
            Some(Token::Number(number)) => Ok(Node::Number(number)),
            Some(Token::Text(text)) => Ok(Node::Text(text)),
            Some(Token::Sign("-")) => Ok(Node::Negative(Box::new(self.level(5)?))),
            Some(Token::Sign("(")) => {
                let inside = self.level(0)?;
                self.require(")")?;
                Ok(inside)
            }
            Some(Token::Sign("[")) => Ok(Node::Array(self.list("]")?)),
            Some(Token::Name(name)) => {
                if self.tokens.next_if_eq(&Token::Sign("(")).is_none() {
                    return Ok(Node::Name(name));
                }
                Ok(Node::Call(name, self.list(")")?))
            }
            Some(token) => Err(MathError::invalid(format!("unexpected {}", shown(&token)))),
            None => Err(MathError::invalid("the expression ends too early")),
        }
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Node>, MathError> {
        let mut out = Vec::new();
        if self.tokens.next_if_eq(&Token::Sign(end)).is_some() {
            return Ok(out);
        }
        loop {
            out.push(self.level(0)?);
            if self.tokens.next_if_eq(&Token::Sign(",")).is_none() {
                self.require(end)?;
                return Ok(out);
            }
        }
    }

    fn require(&mut self, sign: &'static str) -> Result<(), MathError> {
        match self.tokens.next_if_eq(&Token::Sign(sign)) {
            Some(_) => Ok(()),
            None => Err(MathError::invalid(format!("'{sign}' is missing"))),
        }
    }
}
