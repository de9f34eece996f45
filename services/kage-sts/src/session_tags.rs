//! Session tags. Rule 128 of `authorization.md`.
//!
//! AWS: IAM user guide, "Pass session tags in AWS STS".

use crate::errors;
use kage_api_sts::types::Tag;
use kage_core::{Caller, Result};

/// AWS: IAM user guide, "IAM and AWS STS quotas": session tags of one session.
const TAGS_MAX: usize = 50;

/// The tags of a new session.
pub struct SessionTags {
    /// All of them.
    pub all: Vec<(String, String)>,
    /// Keys of those that pass on to the next session of a chain.
    pub transitive: Vec<String>,
}

/// Tags of the request on top of those that pass on from the caller's own session.
///
/// # Errors
/// `InvalidParameterValue` for keys that stand twice or would replace one that passes on, `ValidationError` for
/// transitive keys without a tag.
pub fn merged(
    caller: &Caller,
    asked: Option<&Vec<Tag>>,
    transitive: Option<&Vec<String>>,
) -> Result<SessionTags> {
    let asked = asked.map_or(&[][..], Vec::as_slice);
    let transitive = transitive.map_or(&[][..], Vec::as_slice);
    let (mut all, mut passing) = inherited(caller);
    for (place, tag) in asked.iter().enumerate() {
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(errors::invalid_parameter(
                "System tag keys cannot be used: tag keys must not start with aws:",
            ));
        }
        let same = |key: &str| key.eq_ignore_ascii_case(&tag.key);
        if asked.iter().skip(place.saturating_add(1)).any(|other| same(&other.key)) {
            return Err(errors::invalid_parameter(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if passing.iter().any(|key| same(key)) {
            return Err(errors::invalid_parameter(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
    }
    if transitive.iter().any(|key| !asked.iter().any(|tag| tag.key.eq_ignore_ascii_case(key))) {
        return Err(errors::validation(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    all.extend(asked.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    passing.extend(transitive.iter().cloned());
    if all.len() > TAGS_MAX {
        return Err(errors::invalid_parameter("The number of tags has reached the maximum limit."));
    }
    Ok(SessionTags { all, transitive: passing })
}

fn inherited(caller: &Caller) -> (Vec<(String, String)>, Vec<String>) {
    let Some(session) = &caller.session else { return Default::default() };
    let passes = |key: &str| session.transitive_tags.iter().any(|known| known.eq_ignore_ascii_case(key));
    let all = session.tags.iter().filter(|(key, _)| passes(key)).cloned().collect();
    (all, session.transitive_tags.clone())
}
