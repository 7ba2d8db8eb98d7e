//! What a report of use must say.

use crate::kernel::time::{Timestamp, Zone};

/// What a buyer reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// First day of the period, `2026-04-01`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// What the corpus was used for.
    pub purpose: String,
    /// Which model.
    pub model: String,
    /// Anything else.
    pub note: String,
}

/// Why a report was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No date.
    #[error("Enter the first day of the period, for example 2026-04-01.")]
    NoFrom,
    /// No date.
    #[error("Enter the last day of the period, for example 2026-06-30.")]
    NoTo,
    /// It ends before it begins.
    #[error("The period ends before it begins.")]
    Backwards,
    /// It has not ended.
    #[error("The period has not ended yet. Report what was, not what will be.")]
    Ahead,
    /// Before there was a licence.
    #[error("The period begins before the licence was issued.")]
    TooEarly,
    /// The same period.
    #[error("A report for exactly this period is here already.")]
    Known,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        if *self == Self::Known { 409 } else { 422 }
    }
    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoFrom | Self::TooEarly => "from",
            _ => "to",
        })
    }
}

/// Whether a period may be reported on: whole days in the cooperative's zone, since issue, over.
///
/// # Errors
/// What is wrong with it.
pub fn admit(wish: &Wish, issued: Timestamp, zone: &Zone, now: Timestamp) -> Result<(), Refusal> {
    let from = zone.start_of(&wish.from).ok_or(Refusal::NoFrom)?;
    let to = zone.start_of(&wish.to).ok_or(Refusal::NoTo)?;
    if to < from {
        return Err(Refusal::Backwards);
    }
    if to > now {
        return Err(Refusal::Ahead);
    }
    let first = zone.start_of(&issued.date(zone)).unwrap_or(issued);
    if from < first { Err(Refusal::TooEarly) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_about_days_that_are_over_and_licensed() {
        let zone = Zone::parse("Africa/Nairobi").unwrap();
        let (issued, now) = (zone.at("2026-04-10T12:00").unwrap(), zone.at("2026-07-01T09:00").unwrap());
        let asked = |from: &str, to: &str| {
            let text = str::to_owned;
            admit(&Wish { from: text(from), to: text(to), purpose: text("x"), model: text("x"), note: text("") }, issued, &zone, now)
        };
        assert_eq!(asked("2026-04-10", "2026-06-30"), Ok(()), "the day of issue counts");
        assert_eq!(asked("2026-04-09", "2026-06-30"), Err(Refusal::TooEarly));
        assert_eq!(asked("2026-06-30", "2026-04-10"), Err(Refusal::Backwards));
        assert_eq!(asked("2026-06-01", "2026-07-02"), Err(Refusal::Ahead));
        assert_eq!(asked("soon", "2026-07-02"), Err(Refusal::NoFrom));
        assert_eq!(asked("2026-06-01", "30.6.2026"), Err(Refusal::NoTo));
    }
}
