//! When somebody may be suspended, put out, heard and taken back: pure rules over what happened.

use super::rules::{State, StandingKind};
use crate::kernel::ids::MemberId;
use crate::kernel::time::{DAY, Timestamp};
use diesel::Queryable;

/// Something that happened to a member's standing.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Event {
    /// What.
    pub kind: StandingKind,
    /// Why, in the words of whoever did it.
    pub reason: String,
    /// Who did it; for an appeal and for leaving, the member.
    pub by: MemberId,
    /// When it was recorded.
    pub at: Timestamp,
    /// From when it counts.
    pub effective_at: Timestamp,
}

/// Days within which a proposed expulsion is seconded or lapses, and within which one may appeal.
pub const WINDOW_DAYS: i64 = 30;

/// Why an act on somebody's standing was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misconduct {
    /// About oneself.
    #[error("Nobody decides about their own membership.")]
    Yourself,
    /// Nothing left to take.
    #[error("This member is suspended or gone already, so nothing was changed.")]
    BarredAlready,
    /// Proposed already.
    #[error("Putting this member out is proposed already. A second officer has to agree.")]
    ProposedAlready,
    /// Nobody proposed it.
    #[error("Nobody has proposed to put this member out, or the proposal is older than 30 days.")]
    NotProposed,
    /// The same officer twice.
    #[error("Putting a member out takes two different officers, and you proposed it.")]
    SecondOfficer,
    /// Not suspended.
    #[error("This member is not suspended.")]
    NotSuspended,
    /// Nothing to appeal against.
    #[error("There is no suspension or expulsion to appeal against.")]
    NothingToAppeal,
    /// One appeal each.
    #[error("You have appealed against this already. An answer comes in writing.")]
    AppealedAlready,
    /// Too late.
    #[error("An appeal is made within 30 days. You can write a complaint.")]
    TooLate,
    /// No open appeal.
    #[error("There is no appeal to rule on.")]
    NoAppeal,
    /// Had a part in it.
    #[error("You had a part in what the appeal is about. An officer who had none has to rule on it.")]
    Concerned,
    /// Notice given already.
    #[error("You have given notice already.")]
    LeavingAlready,
}

impl crate::error::Refusal for Misconduct {
    fn status(&self) -> u16 {
        409
    }
}

/// What happened since the member last stood unburdened.
fn since_restored(history: &[Event]) -> &[Event] {
    let restored = |event: &Event| matches!(event.kind, StandingKind::Reinstated | StandingKind::AppealUpheld);
    let from = history.iter().rposition(restored).map_or(0, |at| at + 1);
    history.get(from..).unwrap_or_default()
}

fn last(history: &[Event], kinds: &[StandingKind]) -> Option<usize> {
    history.iter().rposition(|event| kinds.contains(&event.kind))
}

/// Who proposed to put the member out, while that waits for a second officer.
#[must_use]
pub fn proposed_by(history: &[Event], now: Timestamp) -> Option<&MemberId> {
    let open = since_restored(history);
    let proposal = last(open, &[StandingKind::ExpulsionProposed])?;
    let seconded = last(open, &[StandingKind::Expelled]).is_some_and(|at| at > proposal);
    let event = open.get(proposal)?;
    (!seconded && event.at.plus(WINDOW_DAYS * DAY) > now).then_some(&event.by)
}

/// The appeal that waits for a ruling.
#[must_use]
pub fn open_appeal(history: &[Event]) -> Option<&Event> {
    let open = since_restored(history);
    let appeal = last(open, &[StandingKind::Appealed])?;
    let ruled = last(open, &[StandingKind::AppealDismissed]).is_some_and(|at| at > appeal);
    if ruled { None } else { open.get(appeal) }
}

/// Whether `by` may suspend a member who stands like this.
///
/// # Errors
/// [`Misconduct::Yourself`], [`Misconduct::BarredAlready`].
pub fn may_suspend(by: &MemberId, member: &MemberId, state: State) -> Result<(), Misconduct> {
    if by == member {
        return Err(Misconduct::Yourself);
    }
    if matches!(state, State::Suspended | State::Gone) { Err(Misconduct::BarredAlready) } else { Ok(()) }
}

/// Whether `by` may propose to put a member out; it takes effect when a second officer agrees.
///
/// # Errors
/// [`Misconduct::Yourself`], [`Misconduct::BarredAlready`], [`Misconduct::ProposedAlready`].
pub fn may_propose(by: &MemberId, member: &MemberId, state: State, history: &[Event], now: Timestamp) -> Result<(), Misconduct> {
    if by == member {
        return Err(Misconduct::Yourself);
    }
    if state == State::Gone {
        return Err(Misconduct::BarredAlready);
    }
    if proposed_by(history, now).is_some() { Err(Misconduct::ProposedAlready) } else { Ok(()) }
}

/// Whether `by` may put a member out whose expulsion another officer proposed.
///
/// # Errors
/// [`Misconduct::Yourself`], [`Misconduct::NotProposed`], [`Misconduct::SecondOfficer`].
pub fn may_second(by: &MemberId, member: &MemberId, history: &[Event], now: Timestamp) -> Result<(), Misconduct> {
    if by == member {
        return Err(Misconduct::Yourself);
    }
    match proposed_by(history, now) {
        None => Err(Misconduct::NotProposed),
        Some(first) if first == by => Err(Misconduct::SecondOfficer),
        Some(_) => Ok(()),
    }
}

/// Whether the member may appeal: once against each suspension or expulsion, within thirty days.
///
/// # Errors
/// [`Misconduct::NothingToAppeal`], [`Misconduct::AppealedAlready`], [`Misconduct::TooLate`].
pub fn may_appeal(history: &[Event], now: Timestamp) -> Result<(), Misconduct> {
    let open = since_restored(history);
    let barred = last(open, &[StandingKind::Suspended, StandingKind::Expelled]).ok_or(Misconduct::NothingToAppeal)?;
    if last(open, &[StandingKind::Appealed]).is_some_and(|at| at > barred) {
        return Err(Misconduct::AppealedAlready);
    }
    let in_time = open.get(barred).is_some_and(|event| event.at.plus(WINDOW_DAYS * DAY) > now);
    if in_time { Ok(()) } else { Err(Misconduct::TooLate) }
}

/// Whether `by` may rule on the open appeal: an officer who had no part in what it is about.
///
/// # Errors
/// [`Misconduct::NoAppeal`], [`Misconduct::Concerned`].
pub fn may_rule(by: &MemberId, member: &MemberId, history: &[Event]) -> Result<(), Misconduct> {
    open_appeal(history).ok_or(Misconduct::NoAppeal)?;
    let part = |event: &Event| matches!(event.kind, StandingKind::Suspended | StandingKind::ExpulsionProposed | StandingKind::Expelled) && event.by == *by;
    if by == member || since_restored(history).iter().any(part) { Err(Misconduct::Concerned) } else { Ok(()) }
}

/// Whether the member's suspension may be lifted. An expulsion is lifted by appeal or a new admission.
///
/// # Errors
/// [`Misconduct::Yourself`], [`Misconduct::NotSuspended`].
pub fn may_reinstate(by: &MemberId, member: &MemberId, state: State) -> Result<(), Misconduct> {
    if by == member {
        return Err(Misconduct::Yourself);
    }
    if state == State::Suspended { Ok(()) } else { Err(Misconduct::NotSuspended) }
}

/// Whether the member may give notice of leaving.
///
/// # Errors
/// [`Misconduct::LeavingAlready`].
pub fn may_leave(history: &[Event]) -> Result<(), Misconduct> {
    let leaving = last(since_restored(history), &[StandingKind::Left]).is_some();
    if leaving { Err(Misconduct::LeavingAlready) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::Id as _;
    use StandingKind::{AppealDismissed, AppealUpheld, Appealed, Expelled, ExpulsionProposed, Left, Reinstated, Suspended};

    fn who(n: u8) -> MemberId {
        MemberId::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02}")).unwrap()
    }

    fn history(events: &[(StandingKind, u8)]) -> Vec<Event> {
        (1..).zip(events).map(|(at, (kind, by))| Event { kind: *kind, reason: "x".into(), by: who(*by), at: Timestamp(at), effective_at: Timestamp(at) }).collect()
    }

    const NOW: Timestamp = Timestamp(100);
    const LATE: Timestamp = Timestamp(31 * DAY);

    #[test]
    fn putting_out_takes_two_different_officers_within_thirty_days() {
        let (ana, bea, dan) = (who(1), who(2), who(9));
        assert_eq!(may_propose(&dan, &dan, State::Active, &[], NOW), Err(Misconduct::Yourself));
        let proposed = history(&[(ExpulsionProposed, 1)]);
        assert_eq!(may_propose(&bea, &dan, State::Active, &proposed, NOW), Err(Misconduct::ProposedAlready));
        assert_eq!(may_second(&ana, &dan, &proposed, NOW), Err(Misconduct::SecondOfficer));
        assert_eq!(may_second(&dan, &dan, &proposed, NOW), Err(Misconduct::Yourself));
        assert_eq!(may_second(&bea, &dan, &proposed, NOW), Ok(()));
        assert_eq!(may_second(&bea, &dan, &proposed, LATE), Err(Misconduct::NotProposed), "lapsed");
        assert_eq!(may_second(&bea, &dan, &history(&[(ExpulsionProposed, 1), (Reinstated, 1)]), NOW), Err(Misconduct::NotProposed), "dropped");
        assert_eq!(may_propose(&ana, &dan, State::Gone, &history(&[(ExpulsionProposed, 1), (Expelled, 2)]), NOW), Err(Misconduct::BarredAlready));
    }

    #[test]
    fn an_appeal_is_heard_once_by_somebody_who_had_no_part() {
        assert_eq!(may_appeal(&[], NOW), Err(Misconduct::NothingToAppeal));
        let barred = [(Suspended, 1), (ExpulsionProposed, 1), (Expelled, 2)];
        assert_eq!(may_appeal(&history(&barred), NOW), Ok(()));
        assert_eq!(may_appeal(&history(&barred), LATE), Err(Misconduct::TooLate));
        let appealed = history(&[barred.as_slice(), &[(Appealed, 9)]].concat());
        assert_eq!(may_appeal(&appealed, NOW), Err(Misconduct::AppealedAlready));
        for concerned in [1, 2, 9] {
            assert_eq!(may_rule(&who(concerned), &who(9), &appealed), Err(Misconduct::Concerned));
        }
        assert_eq!(may_rule(&who(3), &who(9), &appealed), Ok(()));
        let dismissed = history(&[barred.as_slice(), &[(Appealed, 9), (AppealDismissed, 3)]].concat());
        assert_eq!(may_rule(&who(4), &who(9), &dismissed), Err(Misconduct::NoAppeal));
        assert_eq!(may_appeal(&dismissed, NOW), Err(Misconduct::AppealedAlready), "once against each");
        let again = history(&[(Suspended, 1), (Appealed, 9), (AppealUpheld, 3), (Suspended, 1)]);
        assert_eq!(may_appeal(&again, NOW), Ok(()), "a new suspension, a new appeal");
    }

    #[test]
    fn a_suspension_is_lifted_and_leaving_is_said_once() {
        assert_eq!(may_suspend(&who(1), &who(1), State::Active), Err(Misconduct::Yourself));
        assert_eq!(may_suspend(&who(1), &who(9), State::Suspended), Err(Misconduct::BarredAlready));
        assert_eq!(may_suspend(&who(1), &who(9), State::Waiting), Ok(()));
        assert_eq!(may_reinstate(&who(2), &who(9), State::Suspended), Ok(()));
        assert_eq!(may_reinstate(&who(2), &who(9), State::Gone), Err(Misconduct::NotSuspended));
        assert_eq!(may_leave(&history(&[(Left, 9)])), Err(Misconduct::LeavingAlready));
        assert_eq!(may_leave(&history(&[(Left, 9), (Reinstated, 1)])), Ok(()));
    }
}
