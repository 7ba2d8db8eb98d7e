//! What a mandate or consent is worth at an instant.

use crate::kernel::ids::AuthorisationId;
use crate::kernel::matter::Bylaws;
use crate::kernel::sql::words;
use crate::kernel::terms::Use;
use crate::kernel::time::{DAY, Timestamp};

words! {
    /// The two things a member gives, each apart from the other.
    Kind {
        /// The cooperative may license the work.
        Mandate = "mandate", "mandate";
        /// Personal data and likeness in it may be used.
        Consent = "consent", "consent";
    }
}

/// One thing given, and when it ends if it was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// Which.
    pub id: AuthorisationId,
    /// What.
    pub kind: Kind,
    /// For which use.
    pub purpose: Use,
    /// Since when.
    pub at: Timestamp,
    /// Until when, once withdrawn.
    pub ends_at: Option<Timestamp>,
}

/// How one use stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Given and not withdrawn.
    Given,
    /// Withdrawn; it ends then.
    Ending(Timestamp),
    /// Not given, or ended.
    Absent,
}

/// Why something about a mandate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to withdraw.
    #[error("This was not given, or was withdrawn already, so nothing was changed.")]
    NotGiven,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        409
    }
}

/// Six months, the longest notice a mandate may ask for (Directive 2014/26/EU, article 5(4)).
const LONGEST_NOTICE_DAYS: i64 = 183;

/// When a withdrawal of `now` takes effect: consents at once, mandates after the bylaws' notice,
/// six months at most whatever the bylaws say.
#[must_use]
pub fn ends_at(kind: Kind, bylaws: &Bylaws, now: Timestamp) -> Timestamp {
    match kind {
        Kind::Consent => now,
        Kind::Mandate => now.plus(bylaws.mandate_days.clamp(0, LONGEST_NOTICE_DAYS) * DAY),
    }
}

/// How one use stands at an instant, after everything that was given and withdrawn.
#[must_use]
pub fn state(given: &[Authorisation], kind: Kind, purpose: Use, now: Timestamp) -> State {
    let of_this = given.iter().filter(|a| a.kind == kind && a.purpose == purpose && a.at <= now);
    of_this.fold(State::Absent, |best, a| match (best, a.ends_at) {
        (State::Given, _) | (_, None) => State::Given,
        (State::Ending(other), Some(ends)) if ends > now => State::Ending(other.max(ends)),
        (State::Absent, Some(ends)) if ends > now => State::Ending(ends),
        (best, Some(_)) => best,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::Id as _;

    fn given(kind: Kind, at: i64, ends_at: Option<i64>) -> Authorisation {
        let id = AuthorisationId::parse("0190a0b0-0000-7000-8000-000000000001").unwrap();
        Authorisation { id, kind, purpose: Use::Finetune, at: Timestamp(at), ends_at: ends_at.map(Timestamp) }
    }

    #[test]
    fn a_mandate_runs_on_through_its_notice_and_a_consent_ends_at_once() {
        let bylaws = Bylaws::founding();
        let now = Timestamp(0);
        assert_eq!(ends_at(Kind::Consent, &bylaws, now), now);
        assert_eq!(ends_at(Kind::Mandate, &bylaws, now), now.plus(180 * DAY));
        let mut greedy = bylaws;
        greedy.mandate_days = 10_000;
        assert_eq!(ends_at(Kind::Mandate, &greedy, now), now.plus(183 * DAY), "six months at most");
    }

    #[test]
    fn each_use_and_kind_stands_for_itself() {
        let all = [given(Kind::Mandate, 1, Some(10)), given(Kind::Consent, 1, None)];
        let state = |kind, purpose, now| super::state(&all, kind, purpose, Timestamp(now));
        assert_eq!(state(Kind::Mandate, Use::Finetune, 5), State::Ending(Timestamp(10)));
        assert_eq!(state(Kind::Mandate, Use::Finetune, 10), State::Absent);
        assert_eq!(state(Kind::Consent, Use::Finetune, 50), State::Given);
        assert_eq!(state(Kind::Consent, Use::Pretrain, 50), State::Absent);
        assert_eq!(state(Kind::Consent, Use::Finetune, 0), State::Absent, "not before it was given");
    }
}
