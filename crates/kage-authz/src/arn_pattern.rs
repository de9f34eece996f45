//! ARN patterns: six components, each a pattern of its own (rule 107).

use crate::context::Context;
use crate::pattern::{Pattern, Token, match_tokens};

/// A compiled ARN pattern. One that has not six components matches nothing.
#[derive(Debug, Clone)]
pub(crate) enum ArnPattern {
    /// The components.
    Split(Box<[Box<[Token]>]>),
    /// A variable stands where it could bring colons: split after substitution.
    Whole(Pattern),
}

impl ArnPattern {
    /// Splits a pattern.
    pub fn new(pattern: Pattern) -> Self {
        match split_components(pattern.tokens()) {
            Some(components) => Self::Split(components.into()),
            None => Self::Whole(pattern),
        }
    }

    /// Whether the pattern matches the ARN. Text that is no ARN matches nothing.
    pub fn matches(&self, arn: &str, context: &Context) -> bool {
        match self {
            Self::Split(components) => matches_components(components, arn, context),
            Self::Whole(pattern) => {
                let mut resolved = Vec::new();
                for token in pattern.tokens() {
                    resolved.push(match token {
                        Token::Variable { key, default } => match context.variable(key, default.as_deref()) {
                            Some(value) => Token::Literal(value.into()),
                            None => return false,
                        },
                        other => other.clone(),
                    });
                }
                split_components(&resolved)
                    .is_some_and(|components| matches_components(&components, arn, context))
            }
        }
    }
}

fn matches_components(components: &[Box<[Token]>], arn: &str, context: &Context) -> bool {
    let mut parts = arn.splitn(6, ':');
    arn.starts_with("arn:")
        && components
            .iter()
            .all(|component| parts.next().is_some_and(|part| match_tokens(component, part, context)))
}

/// The six components of an ARN pattern. None if it has fewer, or a variable stands before the fifth colon.
fn split_components(tokens: &[Token]) -> Option<Vec<Box<[Token]>>> {
    let mut components: Vec<Box<[Token]>> = Vec::with_capacity(6);
    let mut current: Vec<Token> = Vec::new();
    for token in tokens {
        match token {
            Token::Literal(text) => {
                let mut rest: &str = text;
                while components.len() < 5
                    && let Some((head, tail)) = rest.split_once(':')
                {
                    if !head.is_empty() {
                        current.push(Token::Literal(head.into()));
                    }
                    components.push(std::mem::take(&mut current).into());
                    rest = tail;
                }
                if !rest.is_empty() {
                    current.push(Token::Literal(rest.into()));
                }
            }
            Token::Variable { .. } if components.len() < 5 => return None,
            other => current.push(other.clone()),
        }
    }
    components.push(current.into());
    (components.len() == 6).then_some(components)
}
