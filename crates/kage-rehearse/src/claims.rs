//! `<!-- claims: IR-KEYLEAK-01, IR-KEYLEAK-02 -->`: which claims of the specification a section proves.

use crate::problem::Problem;

/// The ids in one comment; none when it is some other comment. Fails on an id that has not the form of one.
pub fn parse(comment: &str, line: usize) -> Result<Vec<String>, Problem> {
    let Some(list) = comment.strip_prefix("claims:") else { return Ok(Vec::new()) };
    let ids: Vec<String> = list
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    if ids.is_empty() {
        return Err(Problem::at(line, "`claims:` names no claim"));
    }
    match ids.iter().find(|id| !is_id(id)) {
        Some(id) => Err(Problem::at(line, format!("`{id}` is not a claim id such as IR-KEYLEAK-01"))),
        None => Ok(ids),
    }
}

fn is_id(id: &str) -> bool {
    let mut parts = id.rsplitn(2, '-');
    let number = parts.next().unwrap_or_default();
    let area = parts.next().unwrap_or_default();
    let upper =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    number.len() == 2
        && number.chars().all(|c| c.is_ascii_digit())
        && area.contains('-')
        && area.split('-').all(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_other_comments_left() {
        assert_eq!(
            parse("claims: IR-KEYLEAK-01, GOV-SCP-02\n DET-EC2-03", 4).expect("ids"),
            ["IR-KEYLEAK-01", "GOV-SCP-02", "DET-EC2-03"]
        );
        assert_eq!(parse("a note about claims", 4).expect("none"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for comment in
            ["claims:", "claims: keyleak", "claims: IR-KEYLEAK-1", "claims: IR-01", "claims: IR-x-01"]
        {
            assert!(parse(comment, 4).is_err(), "{comment}");
        }
    }
}
