//! Filters: names with values, of which one must match; `*` and `?` are wildcards.
//! AWS: EC2 user guide, "List and filter using the CLI and API".

use crate::errors;
use kage_api_ec2::types::Filter;
use kage_core::Result;

/// Whether what has these values passes all filters.
///
/// # Errors
/// `InvalidParameterValue` for a filter that there is not.
pub fn pass(filters: Option<&Vec<Filter>>, values: &[(&str, &str)]) -> Result<bool> {
    let mut passed = true;
    for filter in filters.into_iter().flatten() {
        let name = filter.name.as_deref().unwrap_or_default();
        let Some((_, value)) = values.iter().find(|(known, _)| *known == name) else {
            return Err(errors::invalid_value(format!("The filter '{name}' is invalid")));
        };
        passed &= filter.values.iter().flatten().any(|pattern| matches(pattern.as_bytes(), value.as_bytes()));
    }
    Ok(passed)
}

/// Matches without backtracking further than the last `*`, so that no pattern takes long.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match (pattern.get(at), text.get(place)) {
            (Some(b'*'), _) => {
                star = Some((at, place));
                at = at.saturating_add(1);
            }
            (Some(b'?'), Some(_)) => {
                at = at.saturating_add(1);
                place = place.saturating_add(1);
            }
            (Some(wanted), Some(found)) if wanted == found => {
                at = at.saturating_add(1);
                place = place.saturating_add(1);
            }
            _ => {
                let Some((star_at, star_place)) = star else { return false };
                let next = star_place.saturating_add(1);
                star = Some((star_at, next));
                (at, place) = (star_at.saturating_add(1), next);
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_match() {
        for (pattern, text, expected) in [
            ("us-*", "us-east-1", true),
            ("*-1", "us-east-1", true),
            ("us-????-1", "us-east-1", true),
            ("us-?-1", "us-east-1", false),
            ("us-east-1", "us-east-10", false),
            ("", "", true),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
