//! Lifecycle rules: what becomes of objects as time passes. Pure; `ageing` does it.
//!
//! AWS: S3 user guide, "Lifecycle configuration elements" and "Lifecycle general considerations for transitions".

use crate::object::Version;
use kage_core::Millis;
use serde::{Deserialize, Serialize};

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// AWS: "Constraints and considerations for transitions": smaller objects stay where they are by default.
const SMALL: u64 = 128 * 1024;
/// The classes from warm to cold; objects only go to the right.
/// AWS: "Supported transitions", the waterfall.
const CLASSES: [&str; 8] = [
    "REDUCED_REDUNDANCY",
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

/// The lifecycle configuration of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Whether small objects may go to the archives (`varies_by_storage_class`).
    pub varies: bool,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Whether it counts.
    pub enabled: bool,
    /// How it was written which objects it is for.
    pub form: Form,
    /// What keys begin with.
    pub prefix: Option<String>,
    /// Tags that objects have.
    pub tags: Vec<(String, String)>,
    /// Objects have more bytes.
    pub greater: Option<i64>,
    /// Objects have fewer bytes.
    pub less: Option<i64>,
    /// When current versions expire.
    pub expires: Option<When>,
    /// Whether delete markers go that hide nothing.
    pub markers: Option<bool>,
    /// When current versions change their class.
    pub moves: Vec<(When, String)>,
    /// When old versions expire.
    pub old_expire: Option<Old>,
    /// When old versions change their class.
    pub old_moves: Vec<(Old, String)>,
    /// Days after which uploads are given up.
    pub abort: Option<i32>,
}

/// How a rule names its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A prefix without a filter, as long ago.
    Prefix,
    /// A filter of one condition or none.
    #[default]
    Single,
    /// A filter of several conditions.
    And,
}

/// When something happens to a current version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// So many days after it was made.
    Days(i32),
    /// At this time.
    Date(Millis),
}

/// When something happens to an old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Old {
    /// Days after it became old.
    pub days: i32,
    /// How many younger old versions must be there.
    pub newer: Option<i32>,
}

/// What is to be done with one version of a key, by its place among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The current version goes or is hidden.
    Expire,
    /// A version goes for good.
    Remove(usize),
    /// A version changes its class.
    Move(usize, String),
}

/// Days after a time, up to the next midnight of UTC.
/// AWS: S3 user guide, "Lifecycle rules: based on an object's age".
pub fn after(from: Millis, days: i32) -> Millis {
    let at = from.saturating_add(i64::from(days).saturating_mul(DAY_MS));
    match at.rem_euclid(DAY_MS) {
        0 => at,
        part => at.saturating_sub(part).saturating_add(DAY_MS),
    }
}

impl When {
    /// When it is, for a version of this time.
    pub fn of(self, modified: Millis) -> Millis {
        match self {
            When::Days(days) => after(modified, days),
            When::Date(at) => at,
        }
    }
}

impl Rule {
    /// Whether it is for this version.
    pub fn is_for(&self, version: &Version) -> bool {
        let size = i64::try_from(version.size).unwrap_or(i64::MAX);
        self.enabled
            && version.key.starts_with(self.prefix.as_deref().unwrap_or_default())
            && self.tags.iter().all(|tag| version.tags.contains(tag))
            && self.greater.is_none_or(|limit| size > limit)
            && self.less.is_none_or(|limit| size < limit)
    }

    fn may_move(&self, version: &Version, class: &str, varies: bool) -> bool {
        // AWS: the same page: a filter by size outweighs the default.
        let is_sized = self.greater.is_some() || self.less.is_some();
        let is_archive = matches!(class, "GLACIER" | "DEEP_ARCHIVE");
        let fits = version.size >= SMALL || is_sized || (varies && is_archive);
        let rank = |class: &str| CLASSES.iter().position(|known| *known == class);
        fits && rank(class) > rank(&version.about.storage_class)
    }
}

/// What is due for a key whose versions are given newest first, and when the next thing will be.
pub fn judge(lifecycle: &Lifecycle, versions: &[Version], now: Millis) -> (Vec<Act>, Option<Millis>) {
    let mut due: Vec<(Millis, Act)> = Vec::new();
    if let Some(current) = versions.first() {
        let is_alone = versions.len() == 1;
        for rule in lifecycle.rules.iter().filter(|rule| rule.is_for(current)) {
            current_acts(rule, lifecycle.varies, current, is_alone, &mut due);
        }
    }
    for (place, pair) in versions.windows(2).enumerate() {
        let [newer, old] = pair else { continue };
        for rule in lifecycle.rules.iter().filter(|rule| rule.is_for(old)) {
            old_acts(rule, lifecycle.varies, (place.saturating_add(1), newer, old), &mut due);
        }
    }
    let next = due.iter().map(|(at, _)| *at).filter(|at| *at > now).min();
    due.retain(|(at, _)| *at <= now);
    (chosen(due), next)
}

fn current_acts(rule: &Rule, varies: bool, current: &Version, is_alone: bool, due: &mut Vec<(Millis, Act)>) {
    if current.is_marker {
        // AWS: "Lifecycle actions": a marker that hides nothing goes, by its own rule or by age.
        let by_age = rule.expires.map(|when| when.of(current.modified));
        let at = if rule.markers == Some(true) { Some(after(current.modified, 0)) } else { by_age };
        due.extend(at.filter(|_| is_alone).map(|at| (at, Act::Remove(0))));
        return;
    }
    due.extend(rule.expires.map(|when| (when.of(current.modified), Act::Expire)));
    let moves = rule.moves.iter().filter(|(_, class)| rule.may_move(current, class, varies));
    due.extend(moves.map(|(when, class)| (when.of(current.modified), Act::Move(0, class.clone()))));
}

fn old_acts(
    rule: &Rule,
    varies: bool,
    (place, newer, old): (usize, &Version, &Version),
    due: &mut Vec<(Millis, Act)>,
) {
    // Of the old versions, the one behind the current has none that is younger.
    let younger = i32::try_from(place.saturating_sub(1)).unwrap_or(i32::MAX);
    let at = |rule: Old| (younger >= rule.newer.unwrap_or(0)).then(|| after(newer.modified, rule.days));
    due.extend(rule.old_expire.and_then(at).map(|at| (at, Act::Remove(place))));
    for (when, class) in rule.old_moves.iter().filter(|(_, class)| rule.may_move(old, class, varies)) {
        due.extend(at(*when).filter(|_| !old.is_marker).map(|at| (at, Act::Move(place, class.clone()))));
    }
}

/// One act for each version. AWS: "Conflicting lifecycle actions": expiry outweighs transition, the colder class the warmer.
fn chosen(due: Vec<(Millis, Act)>) -> Vec<Act> {
    let place = |act: &Act| match act {
        Act::Expire => 0,
        Act::Remove(place) | Act::Move(place, _) => *place,
    };
    let weight = |act: &Act| match act {
        Act::Move(_, class) => CLASSES.iter().position(|known| known == class),
        Act::Expire | Act::Remove(_) => Some(CLASSES.len()),
    };
    let mut best: Vec<Act> = Vec::new();
    for (_, act) in due {
        match best.iter_mut().find(|other| place(other) == place(&act)) {
            Some(other) if weight(&act) > weight(other) => *other = act,
            Some(_) => {}
            None => best.push(act),
        }
    }
    best
}

/// When the current version expires and by which rule, as answers tell it.
pub fn expiry(lifecycle: &Lifecycle, version: &Version) -> Option<String> {
    let rules = lifecycle.rules.iter().filter(|rule| rule.is_for(version));
    let dated = rules.filter_map(|rule| Some((rule.expires?.of(version.modified), &rule.id)));
    let (at, id) = dated.min_by_key(|(at, _)| *at)?;
    Some(format!("expiry-date=\"{}\", rule-id=\"{id}\"", kage_schema::Timestamp(at).rfc822()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MS;

    fn version(modified: i64, size: u64) -> Version {
        let mut version = Version { key: "logs/a".to_owned(), modified, size, ..Version::default() };
        version.about.storage_class = "STANDARD".to_owned();
        version
    }

    fn with(rule: Rule) -> Lifecycle {
        Lifecycle { rules: vec![Rule { enabled: true, ..rule }], varies: false }
    }

    #[test]
    fn ages_are_rounded_up_to_midnight() {
        // AWS: the page's own example: made on day 15 at 10:30, three days: midnight before day 19.
        assert_eq!(after(15 * DAY + 37_800_000, 3), 19 * DAY);
        assert_eq!(after(15 * DAY, 3), 18 * DAY);
    }

    #[test]
    fn current_versions_move_and_expire() {
        let lifecycle = with(Rule {
            moves: vec![(When::Days(30), "GLACIER".to_owned()), (When::Days(60), "DEEP_ARCHIVE".to_owned())],
            expires: Some(When::Days(90)),
            ..Rule::default()
        });
        let large = [version(1, 1 << 20)];
        assert_eq!(judge(&lifecycle, &large, 30 * DAY), (vec![], Some(31 * DAY)));
        assert_eq!(
            judge(&lifecycle, &large, 31 * DAY),
            (vec![Act::Move(0, "GLACIER".to_owned())], Some(61 * DAY))
        );
        assert_eq!(judge(&lifecycle, &large, 61 * DAY).0, [Act::Move(0, "DEEP_ARCHIVE".to_owned())]);
        assert_eq!(judge(&lifecycle, &large, 91 * DAY), (vec![Act::Expire], None));
        // Small objects stay where they are, unless the rule or the bucket says otherwise.
        let small = [version(1, 10)];
        assert_eq!(judge(&lifecycle, &small, 31 * DAY), (vec![], Some(91 * DAY)));
        let varies = Lifecycle { varies: true, ..lifecycle };
        assert_eq!(judge(&varies, &small, 31 * DAY).0.len(), 1);
    }

    #[test]
    fn old_versions_count_from_when_they_became_old() {
        let lifecycle = with(Rule { old_expire: Some(Old { days: 10, newer: Some(1) }), ..Rule::default() });
        let versions = [version(5 * DAY, 1), version(3 * DAY, 1), version(DAY, 1)];
        assert_eq!(judge(&lifecycle, &versions, 12 * DAY), (vec![], Some(13 * DAY)));
        assert_eq!(judge(&lifecycle, &versions, 20 * DAY), (vec![Act::Remove(2)], None));
    }

    #[test]
    fn markers_go_when_they_hide_nothing() {
        let lifecycle = with(Rule { markers: Some(true), ..Rule::default() });
        let marker = Version { is_marker: true, ..version(DAY, 0) };
        assert_eq!(judge(&lifecycle, &[marker.clone(), version(1, 1)], 9 * DAY).0, []);
        assert_eq!(judge(&lifecycle, &[marker], 9 * DAY).0, [Act::Remove(0)]);
    }
}
