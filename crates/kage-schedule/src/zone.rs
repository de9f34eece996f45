//! Time zones.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// A time zone of the IANA database.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time, in which rules of EventBridge run.
    #[must_use]
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// The zone of this name: `Europe/Berlin`, `UTC`. `None` when the database has none.
    #[must_use]
    pub fn find(name: &str) -> Option<Zone> {
        if name == "UTC" {
            return Some(Zone::utc());
        }
        TimeZone::get(name).ok().map(Zone)
    }

    /// What clocks show at this time.
    pub(crate) fn civil(&self, at_ms: i64) -> Option<DateTime> {
        Timestamp::from_millisecond(at_ms).ok().map(|time| self.0.to_datetime(time))
    }

    /// When clocks show this. AWS: EventBridge Scheduler user guide, "Daylight savings time": a time that does not exist is
    /// skipped, and of a time that comes twice the first one counts.
    pub(crate) fn instant(&self, civil: DateTime) -> Option<i64> {
        let offset: Offset = match self.0.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => return None,
        };
        offset.to_timestamp(civil).ok().map(Timestamp::as_millisecond)
    }
}
