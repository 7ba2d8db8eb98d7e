//! Who reads a complaint and who answers it.

use super::store::Complaint;
use crate::kernel::ids::MemberId;
use crate::membership::coops::Standing;

/// Why something about a complaint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such member.
    #[error("There is no member with this number. Leave it empty if the complaint is about no one in particular.")]
    NobodyByThatNumber,
    /// One's own case.
    #[error("This complaint is yours or concerns you. Another officer has to answer it.")]
    Concerned,
    /// For good.
    #[error("This complaint has been answered already.")]
    Answered,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NobodyByThatNumber => 422,
            Self::Concerned | Self::Answered => 409,
        }
    }
    fn field(&self) -> Option<&'static str> {
        (*self == Self::NobodyByThatNumber).then_some("about")
    }
}

/// Its author reads a complaint, and every officer in good standing whom it does not concern.
#[must_use]
pub fn may_read(complaint: &Complaint, reader: &Standing) -> bool {
    let officer = reader.is_in() && !reader.roles.is_empty() && complaint.concerns.as_ref() != Some(&reader.member);
    complaint.member == reader.member || officer
}

/// Whether this officer may answer: not its author, not whom it concerns, and not twice.
///
/// # Errors
/// [`Refusal::Concerned`], [`Refusal::Answered`].
pub fn may_answer(complaint: &Complaint, officer: &MemberId) -> Result<(), Refusal> {
    if complaint.member == *officer || complaint.concerns.as_ref() == Some(officer) {
        return Err(Refusal::Concerned);
    }
    if complaint.answer.is_some() { Err(Refusal::Answered) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::{ComplaintId, Id as _};
    use crate::kernel::time::Timestamp;
    use crate::membership::coops::{Role, State};

    fn who(n: u8) -> MemberId {
        MemberId::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02}")).unwrap()
    }

    fn reader(n: u8, state: State, roles: &[Role]) -> Standing {
        Standing { member: who(n), number: n.into(), state, votes_from: Timestamp(0), roles: roles.iter().copied().collect() }
    }

    #[test]
    fn a_complaint_is_read_and_answered_by_officers_it_does_not_concern() {
        let id = ComplaintId::parse("0190a0b0-0000-7000-8000-000000000099").unwrap();
        let mut complaint = Complaint { id, number: 1, member: who(1), concerns: Some(who(2)), subject: "s".into(), body: "b".into(), at: Timestamp(0), answer: None };
        assert!(may_read(&complaint, &reader(1, State::Suspended, &[])), "one's own");
        assert!(!may_read(&complaint, &reader(2, State::Active, &[Role::Steward])), "about the reader");
        assert!(may_read(&complaint, &reader(3, State::Active, &[Role::Scrutineer])));
        assert!(!may_read(&complaint, &reader(3, State::Suspended, &[Role::Scrutineer])));
        assert!(!may_read(&complaint, &reader(4, State::Active, &[])));
        assert_eq!(may_answer(&complaint, &who(2)), Err(Refusal::Concerned));
        assert_eq!(may_answer(&complaint, &who(1)), Err(Refusal::Concerned));
        assert_eq!(may_answer(&complaint, &who(3)), Ok(()));
        complaint.answer = Some(("a".into(), who(3), Timestamp(1)));
        assert_eq!(may_answer(&complaint, &who(4)), Err(Refusal::Answered));
    }
}
