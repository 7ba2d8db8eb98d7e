//! What may be posted, as pure rules: sums to zero, no account against itself, no account on the
//! wrong side, the same id only for the same fields.

use super::accounts::Account;
use crate::error;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{Id as _, ProposalId, TransactionId};
use crate::kernel::money::Currency;
use std::collections::{BTreeMap, BTreeSet};

/// Most postings of one transaction; longer work is posted in several.
pub const MOST_POSTINGS: usize = 480;

/// One line of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// Minor units; debits are positive.
    pub amount: i64,
}

/// Money moved, all or nothing, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Named by whoever posts it, so that posting again is the same effect.
    pub id: TransactionId,
    /// What happened: `receipt`, `expense`, `run`, ..
    pub kind: &'static str,
    /// In words, without names.
    pub memo: String,
    /// The vote that allows it, where one does.
    pub proposal: Option<ProposalId>,
    /// The currency of every posting.
    pub currency: Currency,
    /// The lines.
    pub postings: Vec<Posting>,
}

/// Why a transaction was not posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Debits and credits differ.
    #[error("The lines of this transaction do not sum to zero: {off} too much.")]
    Unbalanced {
        /// The sum, minor units.
        off: i128,
    },
    /// Nothing to post.
    #[error("A transaction needs at least two lines, none of them zero.")]
    Empty,
    /// More lines than one transaction holds.
    #[error("A transaction holds at most {MOST_POSTINGS} lines; this one has {0}.")]
    TooLong(usize),
    /// Payer and payee are the same.
    #[error("Money cannot be moved from {0} to itself.")]
    SelfTransfer(String),
    /// The id is known with other fields.
    #[error("This was posted before with other amounts or another purpose. Nothing was changed.")]
    Different,
    /// A balance past 2^63 minor units.
    #[error("The balance of {0} would be larger than can be kept.")]
    Overflow(String),
    /// Not enough there.
    #[error("There is not enough: {account} holds {holds}, and this needs {needs}.")]
    Short {
        /// In words.
        account: String,
        /// What is there.
        holds: String,
        /// What was asked for.
        needs: String,
    },
    /// Another currency than the cooperative's.
    #[error("The books are kept in {0}.")]
    Currency(String),
}

impl error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::Different => 409,
            _ => 422,
        }
    }
}

impl Transaction {
    /// Digest of every field but the id: the same id with another digest is another transaction.
    #[must_use]
    pub fn fields(&self) -> Digest {
        let mut parts = vec![self.kind.to_owned(), self.memo.clone(), self.proposal.as_ref().map_or_else(String::new, ToString::to_string), self.currency.code().to_owned()];
        parts.extend(self.postings.iter().flat_map(|posting| [posting.account.path(), posting.amount.to_string()]));
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        Digest::of_parts(&parts)
    }

    /// Whether its lines are in order, whatever the balances are.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.postings.len() < 2 || self.postings.iter().any(|p| p.amount == 0) {
            return Err(Refusal::Empty);
        }
        if self.postings.len() > MOST_POSTINGS {
            return Err(Refusal::TooLong(self.postings.len()));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.postings.iter().find(|p| !seen.insert(&p.account)) {
            return Err(Refusal::SelfTransfer(twice.account.phrase()));
        }
        match self.postings.iter().map(|p| i128::from(p.amount)).sum::<i128>() {
            0 => Ok(()),
            off => Err(Refusal::Unbalanced { off }),
        }
    }
}

/// The balances after a transaction, of the accounts it touches.
///
/// # Errors
/// When the transaction is not in order, a balance cannot be kept, or an account would leave its side.
pub fn apply(balances: &BTreeMap<Account, i64>, transaction: &Transaction) -> Result<BTreeMap<Account, i64>, Refusal> {
    transaction.check()?;
    transaction.postings.iter().map(|posting| after(balances, posting, &transaction.currency).map(|balance| (posting.account.clone(), balance))).collect()
}

fn after(balances: &BTreeMap<Account, i64>, posting: &Posting, currency: &Currency) -> Result<i64, Refusal> {
    let (account, before) = (&posting.account, balances.get(&posting.account).copied().unwrap_or(0));
    let balance = before.checked_add(posting.amount).ok_or_else(|| Refusal::Overflow(account.phrase()))?;
    if account.may_hold(balance) {
        return Ok(balance);
    }
    let size = |minor: i64| currency.show(minor.checked_abs().unwrap_or(i64::MAX));
    Err(Refusal::Short { account: account.phrase(), holds: size(before), needs: size(posting.amount) })
}

/// A transaction id made from what it is about, so that doing the same thing twice names the same
/// transaction (a UUID of version 8, RFC 9562, over SHA-256).
#[must_use]
pub fn named(kind: &str, subject: &str) -> Option<TransactionId> {
    let digest = Digest::of_parts(&[b"transaction", kind.as_bytes(), subject.as_bytes()]);
    let hex = digest.as_str();
    let (a, b, c, d) = (hex.get(..12)?, hex.get(12..15)?, hex.get(15..18)?, hex.get(18..30)?);
    TransactionId::parse(&format!("{a}8{b}8{c}{d}"))
}

/// The account under which members read a posting: contributors' accounts stand as one.
#[must_use]
pub fn joint(path: &str) -> &str {
    if path.starts_with("members:") { "members" } else { path }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
