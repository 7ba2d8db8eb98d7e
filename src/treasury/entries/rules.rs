//! Entries made by hand: what one person may propose and another approve, and what is left of a
//! budget line.

use crate::error;
use crate::kernel::digest::Digest;
use crate::kernel::ids::MemberId;
use crate::kernel::money::Currency;
use crate::kernel::sql::words;

words! {
    /// Kinds of entry.
    Kind {
        /// Money spent within a voted line.
        Expense = "expense", "Spent on a budget line";
        /// Money that was there before these books.
        Opening = "opening", "Opening balance";
        /// A receipt paid back whole.
        Refund = "refund", "Refund of a receipt";
    }
}

words! {
    /// How an entry was ruled on.
    Verdict {
        /// Posted.
        Approved = "approved", "Approved";
        /// Not posted.
        Refused = "refused", "Refused";
    }
}

/// Lines an opening balance may belong to.
pub const OPENING_LINES: [&str; 2] = ["costs", "reserve"];

/// An entry as somebody proposes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its kind.
    pub kind: Kind,
    /// The budget line of an expense; `costs` or `reserve` for an opening balance; empty for a refund.
    pub line: String,
    /// Minor units; a refund's is the receipt's.
    pub amount: i64,
    /// What for, without names.
    pub memo: String,
    /// The receipt that is refunded.
    pub receipt: Option<i64>,
}

/// Why an entry was not made or not approved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a treasurer.
    #[error("Only a treasurer may propose an entry.")]
    NotTreasurer,
    /// Neither treasurer nor steward.
    #[error("Only a treasurer or a steward may approve or refuse an entry.")]
    MayNotRule,
    /// The same person twice.
    #[error("You proposed entry {0} yourself. Somebody else has to approve it.")]
    SamePerson(i64),
    /// Ruled on before.
    #[error("Entry {0} was ruled on already. Nothing was changed.")]
    Ruled(i64),
    /// Nothing to post.
    #[error("Enter an amount above zero.")]
    NoMoney,
    /// No vote allows it.
    #[error("Members have voted no budget for the line {0}. Put spending on it to the vote first.")]
    NoBudget(String),
    /// More than is left.
    #[error("The line {line} has {left} left: {voted} voted, {spent} spent, {waiting} waiting for approval. {asked} does not fit.")]
    OverBudget {
        /// The line.
        line: String,
        /// Voted for it.
        voted: String,
        /// Approved on it.
        spent: String,
        /// Proposed on it and not ruled on.
        waiting: String,
        /// What remains.
        left: String,
        /// What was asked.
        asked: String,
    },
    /// Neither costs nor reserve.
    #[error("Say whether the opening balance belongs to running costs or to the reserve.")]
    NoFund,
    /// No receipt named.
    #[error("Enter the number of the receipt that is refunded.")]
    NoReceipt,
    /// Shared out already.
    #[error("Receipt {receipt} was shared out, or is about to be, in run {run}. What members received is not taken back; a payment to the buyer then needs a budget line.")]
    AlreadySplit {
        /// Its number.
        receipt: i64,
        /// The run.
        run: i64,
    },
    /// Refunded already.
    #[error("Receipt {0} was refunded already, or a refund of it waits for approval.")]
    AlreadyRefunded(i64),
    /// No reason given.
    #[error("Say why the entry is refused.")]
    NoReason,
    /// The decision's spending is known with other numbers.
    #[error("This decision's budget was recorded before with other numbers. Nothing was changed.")]
    Different,
}

impl error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotTreasurer | Self::MayNotRule | Self::SamePerson(_) => 403,
            Self::Ruled(_) | Self::AlreadyRefunded(_) | Self::AlreadySplit { .. } | Self::Different => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoMoney | Self::OverBudget { .. } => Some("amount"),
            Self::NoBudget(_) | Self::NoFund => Some("line"),
            Self::NoReceipt | Self::AlreadyRefunded(_) | Self::AlreadySplit { .. } => Some("receipt"),
            Self::NoReason => Some("reason"),
            _ => None,
        }
    }
}

/// The two-person rule: whoever rules on something is another member than whoever proposed it,
/// whatever session or role they act in.
#[must_use]
pub fn are_two(proposed_by: &MemberId, ruled_by: &MemberId) -> bool {
    proposed_by != ruled_by
}

/// A budget line in numbers, minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Sum of all votes for it.
    pub voted: i64,
    /// Sum of approved expenses on it.
    pub spent: i64,
    /// Sum of expenses proposed and not ruled on.
    pub waiting: i64,
}

impl Line {
    /// What may still be spent.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.voted.saturating_sub(self.spent).saturating_sub(self.waiting)
    }

    /// Whether an expense fits.
    ///
    /// # Errors
    /// When there is no budget, or not enough, with the numbers.
    #[expect(clippy::result_large_err, reason = "the refusal carries every number that explains it")]
    pub fn admit(&self, name: &str, amount: i64, currency: &Currency) -> Result<(), Refusal> {
        if self.voted == 0 {
            return Err(Refusal::NoBudget(name.to_owned()));
        }
        if amount <= self.left() {
            return Ok(());
        }
        let show = |minor| currency.show(minor);
        Err(Refusal::OverBudget { line: name.to_owned(), voted: show(self.voted), spent: show(self.spent), waiting: show(self.waiting), left: show(self.left()), asked: show(amount) })
    }
}

/// What an approver is shown and gives the password for.
#[must_use]
pub fn act(number: i64, kind: Kind, line: &str, amount: i64, memo: &str) -> Digest {
    let (number, amount) = (number.to_string(), amount.to_string());
    Digest::of_parts(&[b"approve an entry", number.as_bytes(), kind.word().as_bytes(), line.as_bytes(), amount.as_bytes(), memo.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_counts_what_waits() {
        let eur = Currency::parse("EUR").unwrap();
        let line = Line { voted: 10_000, spent: 6_000, waiting: 1_000 };
        assert_eq!(line.left(), 3_000);
        assert_eq!(line.admit("Hosting", 3_000, &eur), Ok(()));
        let refused = line.admit("Hosting", 3_001, &eur).unwrap_err();
        assert_eq!(refused.to_string(), "The line Hosting has EUR 30.00 left: EUR 100.00 voted, EUR 60.00 spent, EUR 10.00 waiting for approval. EUR 30.01 does not fit.");
        assert_eq!(Line::default().admit("Hosting", 1, &eur), Err(Refusal::NoBudget("Hosting".into())));
    }
}
