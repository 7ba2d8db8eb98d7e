//! Who may fetch which bytes: tokens, ranges (RFC 9110 section 14) and what a one-time token is worth.

use crate::kernel::digest::Digest;
use crate::kernel::sql::words;
use crate::kernel::time::{DAY, Timestamp, Zone};
use crate::licensing::licences::Status;

words! {
    /// What a token is good for.
    Kind {
        /// One complete set of files.
        Once = "once", "one complete set of files";
        /// Any number of fetches.
        Api = "api", "any number of fetches";
    }
}

/// What every token begins with, so that a leaked one is recognised.
pub const PREFIX: &str = "ghd_";
/// How long a one-time token lasts.
pub const ONCE_LASTS: i64 = 7 * DAY;
/// The longest an API token may last, in days.
pub const API_DAYS: i64 = 365;
/// Tokens that may be open on one licence.
pub const MOST_OPEN: usize = 20;

/// Why nothing was delivered, or no token made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token, or none that is known.
    #[error("Send a delivery token: Authorization: Bearer {PREFIX}... Make one on the page of the licence.")]
    NoToken,
    /// It has ended.
    #[error("This token ended on {0}. Make another on the page of the licence.")]
    TokenEnded(String),
    /// It was revoked.
    #[error("This token was revoked. Make another on the page of the licence.")]
    TokenRevoked,
    /// Whoever made it no longer acts for the licensee.
    #[error("Whoever made this token no longer acts for the licensee, so it fetches nothing.")]
    MakerGone,
    /// The one-time token has done its work.
    #[error("This one-time token has delivered this file whole. Make another to fetch it again.")]
    UsedUp,
    /// The licence was revoked.
    #[error("This licence was revoked, so nothing is delivered under it.")]
    Revoked,
    /// The licence has ended.
    #[error("This licence ended on {0}, so nothing is delivered under it.")]
    Ended(String),
    /// Something in the revision was withdrawn.
    #[error("{0} of the records were withdrawn since this revision was frozen, so it is delivered no more. The cooperative will freeze a new one.")]
    Barred(i64),
    /// Withdrawn in between.
    #[error("Something was withdrawn a moment ago. Ask again.")]
    Overtaken,
    /// The range is outside the file.
    #[error("The file has {0} bytes, and none of them were asked for.")]
    Unsatisfiable(i64),
    /// Too many open tokens.
    #[error("{MOST_OPEN} tokens are open on this licence already. Revoke one first.")]
    TooMany,
    /// Shown once.
    #[error("This token was made and shown already. Revoke it and make another if it was lost.")]
    Shown,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NoToken | Self::TokenEnded(_) | Self::TokenRevoked => 401,
            Self::MakerGone | Self::Revoked | Self::Ended(_) => 403,
            Self::UsedUp | Self::Barred(_) => 410,
            Self::Unsatisfiable(_) => 416,
            Self::Overtaken | Self::TooMany | Self::Shown => 409,
        }
    }
}

/// The hash of a token, if it looks like one.
#[must_use]
pub fn hash(token: &str) -> Option<Digest> {
    let token = token.trim();
    let fits = token.len() == PREFIX.len() + 48 && token.strip_prefix(PREFIX).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    fits.then(|| Digest::of(token.as_bytes()))
}

/// A token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it is good for.
    pub kind: Kind,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
    /// Whether its maker still acts for the licensee.
    pub maker_stays: bool,
}

/// Whether a token opens anything at an instant.
///
/// # Errors
/// Why not.
pub fn open(token: &Stored, now: Timestamp, zone: &Zone) -> Result<(), Refusal> {
    if token.revoked_at.is_some() {
        return Err(Refusal::TokenRevoked);
    }
    if now >= token.expires_at {
        return Err(Refusal::TokenEnded(token.expires_at.day(zone)));
    }
    if token.maker_stays { Ok(()) } else { Err(Refusal::MakerGone) }
}

/// Whether a licence in this state has anything delivered under it.
///
/// # Errors
/// Why not.
pub fn in_force(status: &Status, zone: &Zone) -> Result<(), Refusal> {
    match status {
        Status::Active => Ok(()),
        Status::Revoked(..) => Err(Refusal::Revoked),
        Status::Expired(at) => Err(Refusal::Ended(at.day(zone))),
    }
}

/// Whether ranges that were handed over cover a whole file.
#[must_use]
pub fn covers(handed: &[(i64, i64)], bytes: i64) -> bool {
    let mut ranges = handed.to_vec();
    ranges.sort_unstable();
    ranges.iter().fold(0, |reached, (first, last)| if *first <= reached { reached.max(last.saturating_add(1)) } else { reached }) >= bytes
}

/// Which bytes are asked for: first and last, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First byte.
    pub first: i64,
    /// Last byte.
    pub last: i64,
    /// Whether it is an answer to a range (206).
    pub partial: bool,
}

/// Reads `Range` and `If-Range` against a file of so many bytes with this entity tag. Anything that
/// is not one plain range, or is conditional on another state of the file, asks for the whole.
///
/// # Errors
/// [`Refusal::Unsatisfiable`] when the range lies outside.
pub fn part(range: Option<&str>, if_range: Option<&str>, tag: &str, bytes: i64) -> Result<Part, Refusal> {
    let whole = Part { first: 0, last: bytes - 1, partial: false };
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else { return Ok(whole) };
    if if_range.is_some_and(|seen| seen.trim() != tag) || spec.contains(',') {
        return Ok(whole);
    }
    let Some((from, to)) = spec.split_once('-') else { return Ok(whole) };
    let number = |text: &str| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().unwrap_or(i64::MAX));
    let (from, to) = (from.trim(), to.trim());
    let (first, last) = match (number(from), number(to)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(bytes - 1)),
        (Some(first), None) if to.is_empty() => (first, bytes - 1),
        (None, Some(count)) if from.is_empty() && count > 0 => (bytes.saturating_sub(count).max(0), bytes - 1),
        (None, Some(0)) if from.is_empty() => return Err(Refusal::Unsatisfiable(bytes)),
        _ => return Ok(whole),
    };
    if first >= bytes { Err(Refusal::Unsatisfiable(bytes)) } else { Ok(Part { first, last, partial: true }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str) -> Result<(i64, i64, bool), Refusal> {
        part(Some(range), None, "\"x\"", 100).map(|p| (p.first, p.last, p.partial))
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(asked("bytes=0-9"), Ok((0, 9, true)));
        assert_eq!(asked("bytes=90-"), Ok((90, 99, true)));
        assert_eq!(asked("bytes=-10"), Ok((90, 99, true)));
        assert_eq!(asked("bytes=-1000"), Ok((0, 99, true)));
        assert_eq!(asked("bytes=50-5000"), Ok((50, 99, true)));
        for whole in ["bytes=9-0", "bytes=0-1,5-9", "lines=0-9", "bytes=x-", "bytes=-", "bytes=1"] {
            assert_eq!(asked(whole), Ok((0, 99, false)), "{whole}");
        }
        for outside in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(asked(outside), Err(Refusal::Unsatisfiable(100)), "{outside}");
        }
        assert_eq!(part(Some("bytes=5-"), Some("\"x\""), "\"x\"", 100).unwrap().first, 5);
        assert_eq!(part(Some("bytes=5-"), Some("\"y\""), "\"x\"", 100).unwrap().first, 0, "the file is another one now");
    }

    #[test]
    fn a_file_is_whole_when_its_ranges_leave_no_gap() {
        assert!(covers(&[(0, 99)], 100));
        assert!(covers(&[(50, 99), (0, 30), (20, 49)], 100));
        assert!(!covers(&[(0, 48), (50, 99)], 100));
        assert!(!covers(&[(0, 98)], 100));
        assert!(!covers(&[], 100));
    }

    #[test]
    fn a_token_is_recognised_by_its_looks() {
        let token = format!("{PREFIX}{}", "0123456789abcdef".repeat(3));
        assert_eq!(hash(&format!(" {token}\n")), Some(Digest::of(token.as_bytes())));
        for bad in ["", "ghd_", "0123456789abcdef0123456789abcdef0123456789abcdef", "ghd_zz23456789abcdef0123456789abcdef0123456789abcdef"] {
            assert_eq!(hash(bad), None, "{bad}");
        }
    }
}
