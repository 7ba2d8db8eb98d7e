//! Where money goes and when a list of payments may be made and released, as pure rules.

use crate::error;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ContributorId, Id as _};
use crate::kernel::money::Currency;
use crate::kernel::sql::words;
use crate::treasury::ledger::export::cell;
use std::fmt::Write as _;

words! {
    /// How somebody is paid.
    Method {
        /// To a bank account.
        Bank = "bank", "Bank account";
        /// To a telephone.
        Mobile = "mobile", "Mobile money";
    }
}

/// Where somebody wants to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// How.
    pub method: Method,
    /// Name on the account.
    pub holder: String,
    /// IBAN or account number, or the telephone number with its country code; no spaces, no plus.
    pub number: String,
}

/// Why something about payouts was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No holder.
    #[error("Enter the name that stands on the account.")]
    NoHolder,
    /// An IBAN whose check digits do not fit.
    #[error("This IBAN is not right: its check digits do not fit the rest. Compare it with your statement.")]
    Iban,
    /// No account number at all.
    #[error("Enter an IBAN or an account number: 4 to 34 letters and digits.")]
    Account,
    /// No telephone number.
    #[error("Enter the telephone number with its country code, 8 to 15 digits, for example +254 712 345678.")]
    Telephone,
    /// Not a treasurer.
    #[error("Only a treasurer may list payments.")]
    NotTreasurer,
    /// Neither treasurer nor steward.
    #[error("Only a treasurer or a steward may release or discard a list of payments.")]
    MayNotRule,
    /// Nobody to pay.
    #[error("There is nobody to pay now: nobody is owed anything who has said where to be paid and is not on a list already.")]
    Nobody,
    /// Too little at the bank.
    #[error("The list comes to {total}, and the bank account holds {bank}.")]
    NotEnough {
        /// Of the list.
        total: String,
        /// At the bank.
        bank: String,
    },
    /// The same person twice.
    #[error("You made payment list {0} yourself. Somebody else has to release it.")]
    SamePerson(i64),
    /// Ruled on already.
    #[error("Payment list {0} was ruled on already. Nothing was changed.")]
    Ruled(i64),
    /// Details changed since.
    #[error("{0} of the people on this list changed where they are paid since it was made. Discard it and make a new one.")]
    DetailsChanged(usize),
    /// No file before release.
    #[error("Payment list {0} was not released. There is a file for the bank once it is.")]
    NotReleased(i64),
    /// No reason given.
    #[error("Say why the list is discarded.")]
    NoReason,
}

impl error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotTreasurer | Self::MayNotRule | Self::SamePerson(_) => 403,
            Self::Ruled(_) | Self::DetailsChanged(_) | Self::NotReleased(_) => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoHolder => Some("holder"),
            Self::Iban | Self::Account | Self::Telephone => Some("number"),
            Self::NoReason => Some("reason"),
            _ => None,
        }
    }
}

impl Details {
    /// Reads what somebody typed; spaces, hyphens and points in numbers do not matter.
    ///
    /// # Errors
    /// What is missing or cannot be an account.
    pub fn read(method: Method, holder: &str, number: &str) -> Result<Self, Refusal> {
        if holder.is_empty() {
            return Err(Refusal::NoHolder);
        }
        let bare: String = number.chars().filter(|c| !c.is_whitespace() && !"-./()".contains(*c)).collect();
        let number = match method {
            Method::Bank => account(&bare)?,
            Method::Mobile => telephone(&bare)?,
        };
        Ok(Self { method, holder: holder.to_owned(), number })
    }

    /// What is shown of it to people other than its owner: the last four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail = self.number.get(self.number.len().saturating_sub(4)..).unwrap_or("");
        format!("{}, ending {tail}", self.method.phrase())
    }

    /// What the password is given for: exactly these details.
    #[must_use]
    pub fn act(&self) -> Digest {
        Digest::of_parts(&[b"be paid here", self.method.word().as_bytes(), self.holder.as_bytes(), self.number.as_bytes()])
    }

    /// Digest kept on a list, so that a change after listing is seen.
    #[must_use]
    pub fn on_list(&self, payout: &str, payee: &ContributorId) -> Digest {
        Digest::of_parts(&[payout.as_bytes(), payee.as_str().as_bytes(), self.act().as_str().as_bytes()])
    }
}

fn account(bare: &str) -> Result<String, Refusal> {
    let upper = bare.to_ascii_uppercase();
    if !(4..=34).contains(&upper.len()) || !upper.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Refusal::Account);
    }
    let mut head = upper.bytes();
    let like_iban = head.by_ref().take(2).all(|b| b.is_ascii_uppercase()) && head.take(2).all(|b| b.is_ascii_digit());
    if like_iban && !iban_fits(&upper) { Err(Refusal::Iban) } else { Ok(upper) }
}

/// ISO 13616: the first four characters put last, letters as 10 to 35, modulo 97 leaves one.
fn iban_fits(iban: &str) -> bool {
    let turned = iban.chars().skip(4).chain(iban.chars().take(4));
    let rest = turned.filter_map(|c| c.to_digit(36)).fold(0_u32, |rest, digit| (rest * if digit > 9 { 100 } else { 10 } + digit) % 97);
    iban.len() >= 15 && rest == 1
}

fn telephone(bare: &str) -> Result<String, Refusal> {
    let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")).unwrap_or(bare);
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if fits { Ok(digits.to_owned()) } else { Err(Refusal::Telephone) }
}

/// One payment of a list, as the file for the bank shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Number of the member.
    pub member: i64,
    /// Where to.
    pub details: Details,
    /// Minor units.
    pub amount: i64,
}

/// The file for the bank or the mobile money service: one line a payment.
#[must_use]
pub fn csv(list: i64, currency: &Currency, reference: &str, payments: &[Payment]) -> String {
    let mut out = "list,line,method,name,bank_account,mobile_number,amount,currency,reference\r\n".to_owned();
    for (line, payment) in (1..).zip(payments) {
        let (bank, mobile) = match payment.details.method {
            Method::Bank => (payment.details.number.as_str(), ""),
            Method::Mobile => ("", payment.details.number.as_str()),
        };
        let (method, name, amount) = (payment.details.method.word(), cell(&payment.details.holder), currency.plain(payment.amount));
        let reference = cell(&format!("{reference} {list}-{line} member {}", payment.member));
        let _ = write!(out, "{list},{line},{method},{name},{bank},{mobile},{amount},{currency},{reference}\r\n");
    }
    out
}

/// What somebody who releases a list is shown and gives the password for.
#[must_use]
pub fn release_act(number: i64, total: i64, lines: &[(ContributorId, i64, Digest)]) -> Digest {
    let mut parts = vec!["release payments".to_owned(), number.to_string(), total.to_string()];
    parts.extend(lines.iter().flat_map(|(payee, amount, details)| [payee.to_string(), amount.to_string(), details.to_string()]));
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    Digest::of_parts(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_telephones_are_read_as_people_write_them() {
        let bank = |number| Details::read(Method::Bank, "Ana", number).map(|d| d.number);
        // The example IBANs of the registry (ISO 13616).
        assert_eq!(bank("DE89 3704 0044 0532 0130 00").as_deref(), Ok("DE89370400440532013000"));
        assert_eq!(bank("gb29-nwbk-6016-1331-9268-19").as_deref(), Ok("GB29NWBK60161331926819"));
        assert_eq!(bank("DE89 3704 0044 0532 0130 01"), Err(Refusal::Iban));
        assert_eq!(bank("0123456789").as_deref(), Ok("0123456789"));
        assert_eq!(bank("12"), Err(Refusal::Account));
        assert_eq!(bank("=1+1;"), Err(Refusal::Account));
        let mobile = |number| Details::read(Method::Mobile, "Ana", number).map(|d| d.number);
        assert_eq!(mobile("+254 712 345678").as_deref(), Ok("254712345678"));
        assert_eq!(mobile("00254712345678").as_deref(), Ok("254712345678"));
        assert_eq!(mobile("0712345678"), Err(Refusal::Telephone));
        assert_eq!(mobile("call me"), Err(Refusal::Telephone));
        assert_eq!(Details::read(Method::Bank, "", "1234"), Err(Refusal::NoHolder));
    }

    #[test]
    fn no_name_becomes_a_formula_and_none_breaks_a_line() {
        let eur = Currency::parse("EUR").unwrap();
        let payment = |holder: &str| Payment { member: 7, details: Details { method: Method::Mobile, holder: holder.into(), number: "254712345678".into() }, amount: 1_205 };
        let file = csv(3, &eur, "Example", &[payment("=HYPERLINK(\"http://x\")"), payment("Ana, \"the\"\r\nOne"), payment("\u{ff1d}1")]);
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines[1], r#"3,1,mobile,"'=HYPERLINK(""http://x"")",,254712345678,12.05,EUR,Example 3-1 member 7"#);
        assert_eq!(lines[2], r#"3,2,mobile,"Ana, ""the""  One",,254712345678,12.05,EUR,Example 3-2 member 7"#);
        assert!(lines[3].starts_with("3,3,mobile,'\u{ff1d}1,"));
        assert_eq!(lines.len(), 4);
    }
}
