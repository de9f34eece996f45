//! Which condition keys policies ask for.

use kage_authz::Policy;

/// The keys of conditions and of policy variables, each once, in the order in which they stand.
#[must_use]
pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut add = |key: &str| {
        if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            keys.push(key.to_owned());
        }
    };
    for statement in policies.into_iter().flat_map(Policy::statements) {
        let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
        patterns.flat_map(|pattern| variables(pattern)).for_each(&mut add);
        for condition in &statement.conditions {
            add(&condition.key);
            condition.values.iter().flat_map(|value| variables(value)).for_each(&mut add);
        }
    }
    keys
}

/// The names of policy variables: `aws:username` in `${aws:username, 'nobody'}`. `${*}` and the like are no variables
/// (rule 74 of `authorization.md`).
fn variables(text: &str) -> Vec<&str> {
    let bodies = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(body, _)| body));
    bodies
        .map(|body| body.split(',').next().unwrap_or_default().trim())
        .filter(|name| name.contains(':'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kage_authz::PolicyKind;

    #[test]
    fn keys_come_from_conditions_and_variables() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",
            "Resource":"arn:aws:s3:::b/${aws:username}/${*}",
            "Condition":{"StringLike":{"s3:prefix":["${aws:PrincipalTag/team, 'x'}"],"AWS:UserName":"bob"}}}}"#;
        let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
        assert_eq!(of([&policy]), ["aws:username", "s3:prefix", "aws:PrincipalTag/team"]);
    }
}
