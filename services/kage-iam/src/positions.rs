//! Places in policy texts, and wildcards.

use kage_api_iam::types::Position;

/// Where a statement begins and ends. It begins behind the character before it that is no white space, and ends behind
/// its closing brace. AWS: recorded answers of SimulatePrincipalPolicy and the example of the AWS CLI.
#[must_use]
pub fn span(text: &str, offset: usize) -> (Position, Position) {
    let before = text.get(..offset).unwrap_or_default().trim_end().len();
    (place(text, before), place(text, end_of_object(text, offset)))
}

fn place(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    Position { line: i32::try_from(line).ok(), column: i32::try_from(column).ok() }
}

/// The byte behind the closing brace of the object that begins at `offset`; the end of the text when there is none.
fn end_of_object(text: &str, offset: usize) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(offset) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth = depth.saturating_add(1),
            b'}' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Whether an ARN is of the form of a template: `arn:${Partition}:s3:::${BucketName}/${KeyName}`.
#[must_use]
pub fn fits_template(template: &str, arn: &str) -> bool {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((fixed, behind)) = rest.split_once("${") {
        pattern.push_str(fixed);
        pattern.push('*');
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    pattern.push_str(rest);
    is_like(&pattern, arn)
}

/// Whether a text is like a pattern with `*` and `?`.
#[must_use]
pub fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut in_text, mut star) = (0, 0, None);
    while let Some(letter) = text.get(in_text) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_text));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                in_text += 1;
            }
            _ => {
                // Let the last `*` take one letter more.
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = place + 1;
                in_text = taken + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(position: &Position) -> (i32, i32) {
        (position.line.unwrap(), position.column.unwrap())
    }

    #[test]
    fn a_statement_is_found_where_aws_finds_it() {
        // The layout of the example of the AWS CLI, simulate-principal-policy.
        let text = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Effect\": \"Allow\",\n            \"Action\": \"codecommit:{ListRepositories\",\n            \"Resource\": \"*\",\n            \"Sid\": \"a\"\n        }\n    ]\n}";
        let (start, end) = span(text, text.find("        {").unwrap() + 8);
        assert_eq!((numbers(&start), numbers(&end)), ((3, 19), (9, 10)));
    }

    #[test]
    fn wildcards() {
        assert!(is_like("a*c?", "abbbcd"));
        assert!(is_like("*", ""));
        assert!(!is_like("a*c", "ab"));
        assert!(fits_template("arn:${Partition}:s3:::${Bucket}/${Key}", "arn:aws:s3:::b/k"));
        assert!(!fits_template("arn:${Partition}:s3:::${Bucket}/${Key}", "arn:aws:s3:::b"));
    }
}
