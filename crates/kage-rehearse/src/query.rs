//! JMESPath over the JSON that a block printed. AWS: `--query` of the AWS CLI speaks the same language.

use jmespath::ast::Ast;
use regex::{Captures, Regex};
use serde_json::Value;

/// Compiles an expression; the error says that it is JMESPath that was not understood.
pub fn compile(expression: &str) -> Result<jmespath::Expression<'static>, String> {
    jmespath::compile(expression).map_err(|error| format!("`{expression}` is not JMESPath: {}", error.reason))
}

/// Evaluates an expression over a document.
pub fn evaluate(expression: &str, document: &Value) -> Result<Value, String> {
    let found = compile(expression)?
        .search(document)
        .map_err(|error| format!("`{expression}` cannot be evaluated here: {}", error.reason))?;
    serde_json::to_value(&*found).map_err(|error| error.to_string())
}

/// The expression with each shell variable replaced by a letter, so that its grammar can be judged before the run.
pub fn with_any_variables(expression: &str) -> String {
    match Regex::new(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?") {
        Ok(regex) => regex.replace_all(expression, |_: &Captures<'_>| "x").into_owned(),
        Err(_) => expression.to_owned(),
    }
}

/// Whether the expression is a mere literal, which says nothing about any document.
pub fn is_constant(expression: &str) -> bool {
    jmespath::compile(expression).is_ok_and(|compiled| matches!(compiled.as_ast(), Ast::Literal { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_find_values() {
        let document =
            serde_json::json!({"Users": [{"UserName": "bob", "Age": 3}, {"UserName": "eve", "Age": 5}]});
        assert_eq!(
            evaluate("Users[?Age > `3`].UserName", &document).expect("found"),
            serde_json::json!(["eve"])
        );
        assert_eq!(evaluate("length(Users)", &document).expect("found"), serde_json::json!(2));
        assert_eq!(evaluate("Nothing.Here", &document).expect("found"), Value::Null);
        assert!(evaluate("length(Nothing)", &document).expect_err("of null").contains("cannot be evaluated"));
    }
}
