//! Shell variables of earlier blocks, put into expectations, directives and files.

use std::collections::BTreeMap;

/// What the blocks so far have assigned; carried from block to block.
pub type Variables = BTreeMap<String, String>;

/// Replaces `$NAME` and `${NAME}`; `$$` is a dollar sign. Fails with the name that is not set: an expectation with a
/// hole in it would be another expectation.
pub fn expand(text: &str, variables: &Variables) -> Result<String, String> {
    replace(text, variables, true)
}

/// Replaces `${NAME}` alone, and only where NAME has the form of a shell variable, so that IAM policy variables such
/// as `${aws:username}` stay.
pub fn expand_braces(text: &str, variables: &Variables) -> Result<String, String> {
    replace(text, variables, false)
}

fn replace(text: &str, variables: &Variables, bare: bool) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((name, tail)) = braced.filter(|(name, _)| is_name(name)) {
            result.push_str(value(name, variables)?);
            rest = tail;
        } else if bare && let Some(tail) = after.strip_prefix('$') {
            result.push('$');
            rest = tail;
        } else if bare && !leading_name(after).is_empty() {
            let name = leading_name(after);
            result.push_str(value(name, variables)?);
            rest = after.get(name.len()..).unwrap_or_default();
        } else {
            result.push('$');
            rest = after;
        }
    }
    result.push_str(rest);
    Ok(result)
}

fn value<'a>(name: &str, variables: &'a Variables) -> Result<&'a str, String> {
    variables.get(name).map(String::as_str).ok_or_else(|| format!("the variable `{name}` is not set"))
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.get(..end).filter(|name| is_name(name)).unwrap_or_default()
}

/// Whether this is the name of a shell variable.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Variables {
        Variables::from([("KEY".to_owned(), "AKIA1".to_owned()), ("N".to_owned(), "3".to_owned())])
    }

    #[test]
    fn both_forms_and_the_dollar_sign() {
        assert_eq!(expand("a $KEY ${N}x $$5 $", &known()).expect("known"), "a AKIA1 3x $5 $");
        assert_eq!(expand("$NONE", &known()).expect_err("unset"), "the variable `NONE` is not set");
    }

    #[test]
    fn policy_variables_survive_in_files() {
        let text = r#"{"Resource":"arn:aws:s3:::b/${aws:username}/$KEY/${KEY}"}"#;
        assert_eq!(
            expand_braces(text, &known()).expect("known"),
            r#"{"Resource":"arn:aws:s3:::b/${aws:username}/$KEY/AKIA1"}"#
        );
    }
}
