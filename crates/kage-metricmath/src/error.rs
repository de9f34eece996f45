//! What is wrong with an expression.

use std::fmt;

/// Why an expression cannot be read or evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MathError {
    /// It is wrong; the text says what.
    Invalid(String),
    /// A function that AWS has and this library has not.
    NotModelled(String),
}

impl MathError {
    /// The expression is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> MathError {
        MathError::Invalid(message.into())
    }
}

impl fmt::Display for MathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MathError::Invalid(message) => f.write_str(message),
            MathError::NotModelled(function) => write!(f, "the function {function} is not modelled"),
        }
    }
}

impl std::error::Error for MathError {}
