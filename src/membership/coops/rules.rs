//! Who stands how in a cooperative: a pure fold over what happened, and what follows from it.

use crate::kernel::ids::MemberId;
use crate::kernel::sql::words;
use crate::kernel::time::Timestamp;
use std::collections::BTreeSet;

words! {
    /// Offices a member can hold.
    Role {
        /// Runs the desk.
        Steward = "steward", "steward";
        /// Bargains with buyers.
        Negotiator = "negotiator", "negotiator";
        /// Keeps the money, by two.
        Treasurer = "treasurer", "treasurer";
        /// Watches ballots.
        Scrutineer = "scrutineer", "scrutineer";
    }
}

words! {
    /// What can happen to a member's standing.
    StandingKind {
        /// Barred for now.
        Suspended = "suspended", "suspended";
        /// No longer barred.
        Reinstated = "reinstated", "reinstated";
        /// One officer wants the member put out.
        ExpulsionProposed = "expulsion_proposed", "expulsion proposed";
        /// Put out.
        Expelled = "expelled", "expelled";
        /// Asked members to look again.
        Appealed = "appealed", "appealed";
        /// The appeal was right.
        AppealUpheld = "appeal_upheld", "appeal upheld";
        /// The appeal was not.
        AppealDismissed = "appeal_dismissed", "appeal dismissed";
        /// Gave notice of leaving.
        Left = "left", "gave notice";
    }
}

/// How a member stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All rights.
    Active,
    /// A member whose waiting period before voting still runs.
    Waiting,
    /// Barred for now: reads, does nothing.
    Suspended,
    /// No longer a member.
    Gone,
}

/// A member's standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which member.
    pub member: MemberId,
    /// Number on the card.
    pub number: i64,
    /// How the member stands now.
    pub state: State,
    /// From when the member votes.
    pub votes_from: Timestamp,
    /// Offices held.
    pub roles: BTreeSet<Role>,
}

impl Standing {
    /// Whether the member holds this office and may act in it.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.is_in() && self.roles.contains(&role)
    }

    /// Whether the member has a member's rights (voting has its own waiting period).
    #[must_use]
    pub const fn is_in(&self) -> bool {
        matches!(self.state, State::Active | State::Waiting)
    }
}

/// The state after these events, oldest first, each with the instant it takes effect.
#[must_use]
pub fn state(events: &[(StandingKind, Timestamp)], votes_from: Timestamp, now: Timestamp) -> State {
    let start = if votes_from > now { State::Waiting } else { State::Active };
    events.iter().filter(|(_, at)| *at <= now).fold(start, |state, (kind, _)| match kind {
        StandingKind::Suspended if state != State::Gone => State::Suspended,
        StandingKind::Expelled | StandingKind::Left => State::Gone,
        StandingKind::Reinstated | StandingKind::AppealUpheld => start,
        StandingKind::Suspended | StandingKind::ExpulsionProposed | StandingKind::Appealed | StandingKind::AppealDismissed => state,
    })
}

/// Why something about a cooperative was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name in addresses is taken.
    #[error("There is a cooperative with this name already. Take another name.")]
    Taken,
    /// Nothing is left of the name.
    #[error("The name needs at least three letters or digits from a to z and 0 to 9, for its address.")]
    NoSlug,
    /// An office is needed.
    #[error("Only a {0} can do this.")]
    NeedsRole(Role),
    /// Any office is needed.
    #[error("Only a member who holds an office can do this.")]
    NeedsOffice,
    /// Suspended.
    #[error("Your membership is suspended. You can read everything, and write a complaint.")]
    Suspended,
    /// Somebody is a member already.
    #[error("You are a member of this cooperative already.")]
    AlreadyMember,
    /// An application is open.
    #[error("Your application is being looked at. You will get a mail.")]
    AlreadyApplied,
    /// The same person twice.
    #[error("Admission takes two different officers, and you have given your verdict on this application.")]
    SecondPerson,
    /// Nothing to rule on any more.
    #[error("This application was decided already.")]
    Decided,
    /// The last steward.
    #[error("This is the only steward. Give the office to somebody else first.")]
    LastSteward,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NeedsRole(_) | Self::NeedsOffice | Self::Suspended => 403,
            Self::AlreadyMember | Self::AlreadyApplied | Self::SecondPerson | Self::Decided => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        matches!(self, Self::Taken | Self::NoSlug).then_some("name")
    }
}

/// Whether an application is decided by these verdicts (true: admit): two yeses of different
/// officers admit, one no refuses, otherwise it stays open.
#[must_use]
pub fn admission(verdicts: &[bool], officers: i64) -> Option<bool> {
    if verdicts.iter().any(|yes| !yes) {
        return Some(false);
    }
    // A cooperative with one officer cannot wait for a second: one is all there is.
    let needed = usize::try_from(officers.clamp(1, 2)).unwrap_or(2);
    (verdicts.len() >= needed).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_is_what_happened_and_took_effect() {
        let at = Timestamp;
        let now = at(10);
        assert_eq!(state(&[], at(11), now), State::Waiting);
        assert_eq!(state(&[], at(10), now), State::Active);
        assert_eq!(state(&[(StandingKind::Suspended, at(5))], at(0), now), State::Suspended);
        assert_eq!(state(&[(StandingKind::Suspended, at(5)), (StandingKind::Reinstated, at(6))], at(0), now), State::Active);
        assert_eq!(state(&[(StandingKind::Left, at(11))], at(0), now), State::Active, "notice still runs");
        assert_eq!(state(&[(StandingKind::Expelled, at(1)), (StandingKind::Appealed, at(2))], at(0), now), State::Gone);
        assert_eq!(state(&[(StandingKind::Expelled, at(1)), (StandingKind::AppealUpheld, at(2))], at(0), now), State::Active);
        assert_eq!(state(&[(StandingKind::Expelled, at(1)), (StandingKind::Suspended, at(2))], at(0), now), State::Gone);
    }

    #[test]
    fn two_officers_admit_and_one_refuses() {
        assert_eq!(admission(&[], 3), None);
        assert_eq!(admission(&[true], 3), None);
        assert_eq!(admission(&[true, true], 3), Some(true));
        assert_eq!(admission(&[true, false], 3), Some(false));
        assert_eq!(admission(&[true], 1), Some(true));
    }
}
