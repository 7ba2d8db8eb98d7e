//! Instants, and how they are shown to people in a cooperative's own zone.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::BigInt;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// An instant: microseconds since 1970-01-01 UTC, the same on both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow, Serialize, Deserialize)]
#[diesel(sql_type = BigInt)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Microseconds in a second, a minute, an hour and a day.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// This instant moved by a number of microseconds, staying within what can be shown.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The same day and hour by the wall clock of a zone, so many months later; the last day of a
    /// shorter month where there is no such day.
    #[must_use]
    pub fn months_later(self, months: u16, zone: &Zone) -> Self {
        let later = self.jiff().to_zoned_datetime(zone.zone()).checked_add(jiff::Span::new().months(i64::from(months)));
        later.map_or(self, |later| Self(later.timestamp().as_microsecond()))
    }

    /// Whole seconds since 1970, as JSON web tokens count (RFC 7519).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC, for `<time datetime>` and files.
    #[must_use]
    pub fn iso(self) -> String {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The date in this zone, `2026-11-24`.
    #[must_use]
    pub fn date(self, zone: &Zone) -> String {
        self.jiff().to_zoned_datetime(zone.zone()).strftime("%Y-%m-%d").to_string()
    }

    /// Long form in this zone, named: `Tuesday 24 November 2026, 18:00 Nairobi`.
    #[must_use]
    pub fn long(self, zone: &Zone) -> String {
        format!("{} {}", self.jiff().to_zoned_datetime(zone.zone()).strftime("%A %-d %B %Y, %H:%M"), zone.city())
    }

    /// Short form in this zone: `24 Nov 18:00`.
    #[must_use]
    pub fn short(self, zone: &Zone) -> String {
        self.jiff().to_zoned_datetime(zone.zone()).strftime("%-d %b %H:%M").to_string()
    }

    /// Day form in this zone: `24 Nov 2026`.
    #[must_use]
    pub fn day(self, zone: &Zone) -> String {
        self.jiff().to_zoned_datetime(zone.zone()).strftime("%-d %b %Y").to_string()
    }

    /// What `<input type=datetime-local>` holds: `2026-11-24T18:00`.
    #[must_use]
    pub fn local(self, zone: &Zone) -> String {
        self.jiff().to_zoned_datetime(zone.zone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// How far this lies from `now`, in words: `in 21 hours`, `3 days ago`.
    #[must_use]
    pub fn relative(self, now: Self) -> String {
        let span = self.0.saturating_sub(now.0);
        let words = match span.abs() {
            s if s < MINUTE => "a moment".to_owned(),
            s if s < HOUR => count(s / MINUTE, "minute"),
            s if s < 2 * DAY => count(s / HOUR, "hour"),
            s => count(s / DAY, "day"),
        };
        if span < 0 { format!("{words} ago") } else { format!("in {words}") }
    }
}

fn count(n: i64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// A named time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(String);

impl Zone {
    /// Reads a zone name such as `Africa/Nairobi`; `None` when there is no such zone.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        TimeZone::get(name).ok().map(|zone| Self(zone.iana_name().unwrap_or(name).to_owned()))
    }

    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }

    /// The zone's full name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The city or area the name ends in, for people.
    #[must_use]
    pub fn city(&self) -> String {
        self.0.rsplit('/').next().unwrap_or(&self.0).replace('_', " ")
    }

    /// The instant at which a wall clock here shows `2026-11-24T18:00` or `2026-11-24 18:00`; in
    /// the hour that a clock change repeats, the first; `None` when it is no date and time.
    #[must_use]
    pub fn at(&self, local: &str) -> Option<Timestamp> {
        let local: DateTime = local.trim().replace(' ', "T").parse().ok()?;
        let zoned = local.to_zoned_datetime(self.zone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_microsecond()))
    }

    /// The first instant of a date such as `2026-11-24` here.
    #[must_use]
    pub fn start_of(&self, date: &str) -> Option<Timestamp> {
        let date: Date = date.trim().parse().ok()?;
        Some(Timestamp(date.to_zoned_datetime(self.zone()).ok()?.timestamp().as_microsecond()))
    }
}

crate::kernel::sql::stored_as_number!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_shows_its_own_wall_clock() {
        let nairobi = Zone::parse("Africa/Nairobi").unwrap();
        let at = nairobi.at("2026-11-24T18:00").unwrap();
        assert_eq!(at.iso(), "2026-11-24T15:00:00Z");
        assert_eq!(at.long(&nairobi), "Tuesday 24 November 2026, 18:00 Nairobi");
        assert_eq!(at.relative(at.plus(-21 * HOUR)), "in 21 hours");
        assert_eq!(at.relative(at.plus(3 * DAY)), "3 days ago");
    }

    #[test]
    fn months_are_counted_by_the_calendar() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let at = berlin.at("2026-01-31T10:00").unwrap();
        assert_eq!(at.months_later(1, &berlin).local(&berlin), "2026-02-28T10:00");
        assert_eq!(at.months_later(6, &berlin).local(&berlin), "2026-07-31T10:00", "across the change to summer time");
    }

    #[test]
    fn nonsense_is_no_time() {
        assert!(Zone::parse("Mars/Olympus").is_none());
        assert!(Zone::utc().at("2026-02-30T10:00").is_none());
        assert!(Zone::utc().at("soon").is_none());
    }
}
