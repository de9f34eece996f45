//! Which state data points come to.
//!
//! AWS: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", its two tables and
//! "Avoiding premature transitions to alarm state".

use serde::{Deserialize, Serialize};

/// How many periods before the evaluated ones are looked at when data is missing. In both tables of the user guide the
/// evaluation range is 5 where the evaluation periods are 3; AWS does not say more.
pub const BEYOND: usize = 2;

/// How a value is compared with the threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// At least.
    AtLeast,
    /// More.
    #[default]
    Greater,
    /// Less.
    Less,
    /// At most.
    AtMost,
}

impl Comparison {
    /// Reads AWS's word; `None` for those of anomaly detection.
    pub fn parse(text: &str) -> Option<Comparison> {
        Some(match text {
            "GreaterThanOrEqualToThreshold" => Comparison::AtLeast,
            "GreaterThanThreshold" => Comparison::Greater,
            "LessThanThreshold" => Comparison::Less,
            "LessThanOrEqualToThreshold" => Comparison::AtMost,
            _ => return None,
        })
    }

    /// AWS's word.
    pub fn name(self) -> String {
        let word = match self {
            Comparison::AtLeast => "GreaterThanOrEqualToThreshold",
            Comparison::Greater => "GreaterThanThreshold",
            Comparison::Less => "LessThanThreshold",
            Comparison::AtMost => "LessThanOrEqualToThreshold",
        };
        word.to_owned()
    }

    /// In the words of reasons.
    pub fn words(self) -> &'static str {
        match self {
            Comparison::AtLeast => "greater than or equal to",
            Comparison::Greater => "greater than",
            Comparison::Less => "less than",
            Comparison::AtMost => "less than or equal to",
        }
    }

    /// Whether a value breaches the threshold.
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Comparison::AtLeast => value >= threshold,
            Comparison::Greater => value > threshold,
            Comparison::Less => value < threshold,
            Comparison::AtMost => value <= threshold,
        }
    }
}

/// How missing data counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// As missing.
    #[default]
    Unknown,
    /// Not at all: the state stays.
    Ignore,
    /// As breaching.
    Breaching,
    /// As not breaching.
    NotBreaching,
}

impl Missing {
    /// Reads AWS's word.
    pub fn parse(text: &str) -> Option<Missing> {
        Some(match text {
            "missing" => Missing::Unknown,
            "ignore" => Missing::Ignore,
            "breaching" => Missing::Breaching,
            "notBreaching" => Missing::NotBreaching,
            _ => return None,
        })
    }

    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Unknown => "missing",
            Missing::Ignore => "ignore",
            Missing::Breaching => "breaching",
            Missing::NotBreaching => "notBreaching",
        }
    }
}

/// What data points come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The state stays as it is.
    Retain,
    /// The state is ALARM.
    Alarm,
    /// The state is OK.
    Ok,
    /// The state is INSUFFICIENT_DATA.
    Insufficient,
}

/// Judges the data points of the evaluation range, oldest first: whether each breaches, `None` where it is missing.
/// `periods` are the evaluation periods (N), `needed` the data points to alarm (M).
pub fn judge(points: &[Option<bool>], periods: usize, needed: usize, missing: Missing) -> Verdict {
    let real: Vec<bool> = points.iter().rev().flatten().copied().take(periods).collect();
    let breaching = real.iter().filter(|breaches| **breaches).count();
    let alarm_if = |is_alarm: bool| if is_alarm { Verdict::Alarm } else { Verdict::Ok };
    let filled = periods.saturating_sub(real.len());
    if filled == 0 {
        return alarm_if(breaching >= needed);
    }
    // Premature alarm: nothing but breaching data, and the oldest of it as old as the data points to alarm.
    let oldest = points.iter().position(Option::is_some).map(|first| points.len() - first);
    let only_breaching = breaching == real.len();
    let is_premature = only_breaching && oldest.is_some_and(|age| age >= needed);
    match missing {
        Missing::Breaching => alarm_if(breaching + filled >= needed),
        Missing::NotBreaching => alarm_if(breaching >= needed),
        Missing::Unknown if real.is_empty() => Verdict::Insufficient,
        Missing::Unknown => alarm_if(breaching >= needed || is_premature),
        Missing::Ignore if breaching >= needed => Verdict::Alarm,
        Missing::Ignore if only_breaching => Verdict::Retain,
        Missing::Ignore => Verdict::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, needed: usize) -> String {
        let points: Vec<Option<bool>> = text
            .split(' ')
            .map(|point| match point {
                "X" => Some(true),
                "0" => Some(false),
                _ => None,
            })
            .collect();
        [Missing::Unknown, Missing::Ignore, Missing::Breaching, Missing::NotBreaching]
            .map(|missing| format!("{:?}", judge(&points, 3, needed, missing)))
            .join(" ")
    }

    #[test]
    fn three_out_of_three_as_the_user_guide_says() {
        assert_eq!(row("0 - X - X", 3), "Ok Ok Ok Ok");
        assert_eq!(row("0 - - - -", 3), "Ok Ok Ok Ok");
        assert_eq!(row("- - - - -", 3), "Insufficient Retain Alarm Ok");
        assert_eq!(row("0 X X - X", 3), "Alarm Alarm Alarm Alarm");
        assert_eq!(row("- - X - -", 3), "Alarm Retain Alarm Ok");
    }

    #[test]
    fn two_out_of_three_as_the_user_guide_says() {
        assert_eq!(row("0 - X - X", 2), "Alarm Alarm Alarm Alarm");
        assert_eq!(row("0 0 X 0 X", 2), "Alarm Alarm Alarm Alarm");
        assert_eq!(row("0 - X - -", 2), "Ok Ok Alarm Ok");
        assert_eq!(row("- - - - 0", 2), "Ok Ok Alarm Ok");
        assert_eq!(row("- - - X -", 2), "Alarm Retain Alarm Ok");
    }

    #[test]
    fn one_breaching_point_is_no_alarm_yet() {
        assert!(row("- - - - X", 3).starts_with("Ok Retain"));
        assert!(row("- - - X -", 3).starts_with("Ok Retain"));
        assert!(row("- - - X 0", 3).starts_with("Ok Ok"));
    }
}
