//! Who may act for a buyer.

use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;

/// Why an act about a buyer was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An account acts for one buyer.
    #[error("You act for {0} already, and one account acts for one buyer. Use another account.")]
    ActsAlready(String),
    /// The organisation is known.
    #[error("An organisation with this registration number is here already. Ask one of its signatories to invite you.")]
    Registered,
    /// Somebody who acts for nobody.
    #[error("You act for no buyer. Register your organisation first, or open the link in the invitation you got.")]
    NoBuyer,
    /// A signatory is needed.
    #[error("Only a signatory of {0} can do this.")]
    SignatoryNeeded(String),
    /// The mailed link does not work.
    #[error("This invitation was used, withdrawn or is older than 14 days. Ask for a new one.")]
    Invitation,
    /// The link was mailed to somebody else.
    #[error("This invitation was sent to another address than that of your account. Sign in with the account it was sent to.")]
    OtherAddress,
    /// Nobody could sign any more.
    #[error("This is the only signatory. Invite another signatory first.")]
    LastSignatory,
    /// Enough invitations are open.
    #[error("Twenty invitations are open. Wait until some are used or run out.")]
    EnoughInvited,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NoBuyer | Self::SignatoryNeeded(_) | Self::OtherAddress => 403,
            Self::ActsAlready(_) | Self::Registered | Self::LastSignatory => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Registered => Some("registration"),
            Self::EnoughInvited => Some("email"),
            _ => None,
        }
    }
    fn next(&self) -> Option<(String, String)> {
        matches!(self, Self::NoBuyer).then(|| ("Register an organisation".to_owned(), "/buyer/new".to_owned()))
    }
}

/// An invitation as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// To which address.
    pub email: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Whether an invitation may be used by the account of this address, now.
///
/// # Errors
/// [`Refusal::Invitation`], [`Refusal::OtherAddress`].
pub fn may_join(invited: Option<&Invited>, email: &str, now: Timestamp) -> Result<(), Refusal> {
    let invited = invited.filter(|i| i.used_at.is_none() && i.expires_at > now).ok_or(Refusal::Invitation)?;
    if invited.email == email { Ok(()) } else { Err(Refusal::OtherAddress) }
}

/// Whether a user may be taken out: somebody who can sign must remain.
///
/// # Errors
/// [`Refusal::LastSignatory`].
pub fn may_remove(signatories: &[AccountId], whom: &AccountId) -> Result<(), Refusal> {
    if signatories.iter().any(|one| one != whom) { Ok(()) } else { Err(Refusal::LastSignatory) }
}

/// A registration number in the form in which it is compared: capital letters and digits only.
#[must_use]
pub fn registration(typed: &str) -> String {
    typed.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::Id as _;

    #[test]
    fn an_invitation_works_once_in_time_and_for_its_address() {
        let now = Timestamp(100);
        let open = Invited { email: "a@b.example".into(), expires_at: Timestamp(101), used_at: None };
        assert_eq!(may_join(Some(&open), "a@b.example", now), Ok(()));
        assert_eq!(may_join(Some(&open), "c@b.example", now), Err(Refusal::OtherAddress));
        assert_eq!(may_join(Some(&open), "a@b.example", Timestamp(101)), Err(Refusal::Invitation));
        assert_eq!(may_join(Some(&Invited { used_at: Some(now), ..open }), "a@b.example", now), Err(Refusal::Invitation));
        assert_eq!(may_join(None, "a@b.example", now), Err(Refusal::Invitation));
    }

    #[test]
    fn a_signatory_remains() {
        let id = |n: u8| AccountId::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02}")).unwrap();
        assert_eq!(may_remove(&[id(1)], &id(1)), Err(Refusal::LastSignatory));
        assert_eq!(may_remove(&[id(1)], &id(2)), Ok(()));
        assert_eq!(may_remove(&[id(1), id(2)], &id(1)), Ok(()));
        assert_eq!(registration(" hrb 12.345-b "), "HRB12345B");
    }
}
