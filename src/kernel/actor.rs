//! Who acts. Every verb takes an actor; whether the actor may is a rule, not a middleware.

use crate::kernel::digest::Digest;
use crate::kernel::ids::AccountId;
use crate::kernel::time::{MINUTE, Timestamp};

/// Whoever calls a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not signed in.
    Visitor,
    /// A person who has signed in.
    Person(Person),
    /// The program itself, carrying out what a person or a ballot decided before.
    Hall,
}

/// A person who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The password given again for one exact act, if it was.
    pub confirmation: Option<Confirmation>,
}

/// A password given again, bound to exactly what was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Digest of the act as the page showed it.
    pub act: Digest,
    /// When the password was checked.
    pub at: Timestamp,
}

/// How long a confirmation counts.
pub const CONFIRMATION_LASTS: i64 = 5 * MINUTE;

/// Why an act that needs the password again was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmRefusal {
    /// No password was given.
    #[error("Enter your password to confirm exactly this.")]
    Missing,
    /// What would happen is no longer what the page showed.
    #[error("Something changed since this page was shown, so nothing was done. Read it again and confirm.")]
    Changed,
    /// Given more than five minutes ago.
    #[error("Your confirmation is older than five minutes. Enter your password again.")]
    Stale,
}

impl Actor {
    /// A signed-in person without a confirmation.
    #[must_use]
    pub const fn person(account: AccountId) -> Self {
        Self::Person(Person { account, confirmation: None })
    }

    /// The account behind a signed-in person.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Person(person) => Some(&person.account),
            Self::Visitor | Self::Hall => None,
        }
    }

    /// Whether the password was given again, within five minutes, for exactly this act
    /// (what you see is what you sign; OWASP transaction authorisation).
    ///
    /// # Errors
    /// Says whether it is missing, stale or for something else.
    pub fn confirmed(&self, act: &Digest, now: Timestamp) -> Result<(), ConfirmRefusal> {
        let Self::Person(Person { confirmation: Some(given), .. }) = self else {
            return Err(ConfirmRefusal::Missing);
        };
        if given.act != *act {
            return Err(ConfirmRefusal::Changed);
        }
        if now.0.saturating_sub(given.at.0) > CONFIRMATION_LASTS {
            return Err(ConfirmRefusal::Stale);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::Id as _;

    #[test]
    fn a_confirmation_is_for_one_act_and_five_minutes() {
        let act = Digest::of(b"release run 7");
        let at = Timestamp(1_000);
        let account = AccountId::parse("0190a0b0-0000-7000-8000-000000000001").unwrap();
        let actor = Actor::Person(Person { account: account.clone(), confirmation: Some(Confirmation { act: act.clone(), at }) });
        assert_eq!(actor.confirmed(&act, at.plus(5 * MINUTE)), Ok(()));
        assert_eq!(actor.confirmed(&act, at.plus(5 * MINUTE + 1)), Err(ConfirmRefusal::Stale));
        assert_eq!(actor.confirmed(&Digest::of(b"release run 8"), at), Err(ConfirmRefusal::Changed));
        assert_eq!(Actor::person(account).confirmed(&act, at), Err(ConfirmRefusal::Missing));
    }
}
