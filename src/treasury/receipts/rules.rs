//! When a payment is recorded, as pure rules.

use crate::error;
use crate::kernel::digest::Digest;
use crate::kernel::money::Currency;
use crate::kernel::time::{Timestamp, Zone};

/// A payment as the treasurer typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Number of the licence it is for.
    pub licence: i64,
    /// Minor units of the cooperative's currency.
    pub amount: i64,
    /// What the bank statement says; the same licence and reference is the same payment.
    pub reference: String,
    /// Day it arrived, `2026-11-24`, in the cooperative's zone.
    pub received_on: String,
}

impl Payment {
    /// What the password is given for: exactly this payment.
    #[must_use]
    pub fn act(&self) -> Digest {
        let (licence, amount) = (self.licence.to_string(), self.amount.to_string());
        Digest::of_parts(&[b"record a receipt", licence.as_bytes(), amount.as_bytes(), self.reference.as_bytes(), self.received_on.as_bytes()])
    }
}

/// Why a payment was not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a treasurer.
    #[error("Only a treasurer may record payments.")]
    NotTreasurer,
    /// Nothing, or less than nothing.
    #[error("Enter an amount above zero.")]
    NoMoney,
    /// No such licence here.
    #[error("There is no licence no. {0} in this cooperative. Enter the number that stands on the licence.")]
    NoLicence(i64),
    /// Licence and books differ in currency.
    #[error("Licence no. {licence} is priced in {priced}, and the books are kept in {books}.")]
    Currency {
        /// Its number.
        licence: i64,
        /// Its currency.
        priced: String,
        /// The cooperative's.
        books: String,
    },
    /// No date.
    #[error("Enter the day as year, month and day, for example 2026-11-24.")]
    NoDay,
    /// A day that has not come.
    #[error("{0} has not come yet. Enter the day on which the money arrived.")]
    Future(String),
    /// The reference is known with another amount or day.
    #[error("Reference {reference} is recorded for this licence as receipt {number} with another amount or day. Enter another reference, or correct that receipt by a refund.")]
    Known {
        /// The reference.
        reference: String,
        /// The receipt that has it.
        number: i64,
    },
}

impl error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotTreasurer => 403,
            Self::Known { .. } => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoMoney => Some("amount"),
            Self::NoLicence(_) | Self::Currency { .. } => Some("licence"),
            Self::NoDay | Self::Future(_) => Some("received_on"),
            Self::Known { .. } => Some("reference"),
            Self::NotTreasurer => None,
        }
    }
}

/// Whether a payment is in order as far as it can be seen by itself.
///
/// # Errors
/// What is wrong with it.
pub fn admit(payment: &Payment, priced: &Currency, books: &Currency, zone: &Zone, now: Timestamp) -> Result<(), Refusal> {
    if payment.amount <= 0 {
        return Err(Refusal::NoMoney);
    }
    if priced != books {
        return Err(Refusal::Currency { licence: payment.licence, priced: priced.to_string(), books: books.to_string() });
    }
    match zone.start_of(&payment.received_on) {
        None => Err(Refusal::NoDay),
        Some(day) if day > now => Err(Refusal::Future(payment.received_on.clone())),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_has_an_amount_a_day_and_the_books_currency() {
        let (eur, usd, zone) = (Currency::parse("EUR").unwrap(), Currency::parse("USD").unwrap(), Zone::utc());
        let now = zone.at("2026-11-24T12:00").unwrap();
        let payment = |amount, day: &str| Payment { licence: 1, amount, reference: "a".into(), received_on: day.into() };
        assert_eq!(admit(&payment(5, "2026-11-24"), &eur, &eur, &zone, now), Ok(()));
        assert_eq!(admit(&payment(0, "2026-11-24"), &eur, &eur, &zone, now), Err(Refusal::NoMoney));
        assert_eq!(admit(&payment(5, "24.11.2026"), &eur, &eur, &zone, now), Err(Refusal::NoDay));
        assert_eq!(admit(&payment(5, "2026-11-25"), &eur, &eur, &zone, now), Err(Refusal::Future("2026-11-25".into())));
        assert!(matches!(admit(&payment(5, "2026-11-24"), &usd, &eur, &zone, now), Err(Refusal::Currency { .. })));
        assert_ne!(payment(5, "2026-11-24").act(), payment(6, "2026-11-24").act());
    }
}
