//! What an account's password and tokens must be.

use super::store::TokenRow;
use crate::kernel::sql::words;
use crate::kernel::time::Timestamp;

words! {
    /// What a mailed token is for.
    Purpose {
        /// Confirm an address.
        Verify = "verify", "confirm an address";
        /// Take another address.
        Change = "change", "take another address";
        /// Take the address before back.
        Undo = "undo", "take the address before back";
        /// Set a new password.
        Reset = "reset", "set a new password";
    }
}

/// Why something about an account was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Address or password, never said which.
    #[error("Address and password do not go together. Check both, or ask for a new password.")]
    Mismatch,
    /// Sign in first.
    #[error("Sign in first.")]
    SignIn,
    /// A token that does nothing.
    #[error("This link was used already, is too old, or is not complete. Ask for a new one.")]
    Token,
    /// Nothing to confirm.
    #[error("Your address is confirmed already.")]
    AlreadyConfirmed,
    /// The same address.
    #[error("This is the address you have already.")]
    SameAddress,
    /// The address has an account.
    #[error("There is an account with this address already.")]
    Known,
    /// Too short.
    #[error("A password has at least 8 characters. Three or four words in a row make a good one.")]
    TooShort,
    /// Too long.
    #[error("A password has at most 256 characters.")]
    TooLong,
    /// Too easy.
    #[error("This password is among the first that would be tried. Take one that has nothing to do with you or this hall; three or four words in a row make a good one.")]
    TooEasy,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::SignIn => 401,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooShort | Self::TooLong | Self::TooEasy => Some("password"),
            Self::SameAddress => Some("email"),
            _ => None,
        }
    }
    fn next(&self) -> Option<(String, String)> {
        match self {
            Self::Token => Some(("Ask for a new link".to_owned(), "/reset".to_owned())),
            Self::SignIn => Some(("Sign in".to_owned(), "/sign-in".to_owned())),
            _ => None,
        }
    }
}

/// Whether a password will do: 8 to 256 characters of any kind, and not one that is soon guessed,
/// the person's name, address and this product's name counted as known (ASVS 6.2).
///
/// # Errors
/// What is wrong with it.
pub fn may_be_password(password: &str, about: &[&str]) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length < 8 {
        return Err(Refusal::TooShort);
    }
    if length > 256 {
        return Err(Refusal::TooLong);
    }
    let known: Vec<&str> = about.iter().flat_map(|text| text.split([' ', '@', '.'])).filter(|word| word.len() > 2).chain(["guildhall", "cooperative"]).collect();
    if zxcvbn::zxcvbn(password, &known).score() < zxcvbn::Score::Two {
        return Err(Refusal::TooEasy);
    }
    Ok(())
}

/// Whether a token may be used for this, now.
///
/// # Errors
/// [`Refusal::Token`].
pub fn may_use(row: &TokenRow, purpose: Purpose, now: Timestamp) -> Result<(), Refusal> {
    if row.purpose == purpose && row.used_at.is_none() && row.expires_at > now { Ok(()) } else { Err(Refusal::Token) }
}

/// A path of this site to go to after signing in, or the waiting list.
#[must_use]
pub fn onward(next: &str) -> &str {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if plain { next } else { "/home" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_unguessable_and_otherwise_free() {
        let about = ["Ana Example", "ana@example.org"];
        assert_eq!(may_be_password("kort", &about), Err(Refusal::TooShort));
        assert_eq!(may_be_password("password1", &about), Err(Refusal::TooEasy));
        assert_eq!(may_be_password("guildhall", &about), Err(Refusal::TooEasy));
        assert_eq!(may_be_password("anaexample", &about), Err(Refusal::TooEasy));
        assert_eq!(may_be_password("løse brød æder vi", &about), Ok(()));
        assert_eq!(may_be_password(&"x1\u{1f600}".repeat(100), &about), Err(Refusal::TooLong));
    }

    #[test]
    fn nobody_is_led_off_the_site() {
        for bad in ["//evil.example", "https://evil.example", "/\\evil", "/a\r\nb", "", "javascript:x"] {
            assert_eq!(onward(bad), "/home", "{bad:?}");
        }
        assert_eq!(onward("/c/x/proposals/1?y=2"), "/c/x/proposals/1?y=2");
    }
}
