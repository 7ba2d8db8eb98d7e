//! Statements: a member's account of every share, from the receipt to the cent, worked out again
//! from what the run stored and set against what was paid.

pub mod rules;
mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::ids::{ContributorId, CoopId, MemberId};
use crate::kernel::matter::Split;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::treasury::ledger::{self, Account};
use crate::treasury::payouts::{self, Sent, Verdict};
use crate::treasury::splits::exact::Fraction;
use rules::Working;

/// One share of one run.
#[derive(Clone, Debug)]
pub struct Share {
    /// Run number.
    pub run: i64,
    /// When it was released.
    pub at: Timestamp,
    /// Receipt number.
    pub receipt: i64,
    /// The day it arrived.
    pub received_on: String,
    /// Its amount.
    pub amount: i64,
    /// Licence number.
    pub licence: i64,
    /// Who bought it.
    pub buyer: String,
    /// Corpus name.
    pub corpus: String,
    /// Revision number.
    pub revision: i64,
    /// Number of the proposal that adopted the split.
    pub proposal: i64,
    /// The share, minor units.
    pub share: i64,
    /// The split it follows.
    pub split: Split,
    /// How it was worked out.
    pub working: Working,
}

/// A member's statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Shares, newest first.
    pub shares: Vec<Share>,
    /// Sum of all shares.
    pub earned: i64,
    /// Sent.
    pub paid: i64,
    /// On a list that waits for release.
    pub listed: i64,
    /// Owed by the books: earned less paid.
    pub owed: i64,
    /// What was sent or listed.
    pub sent: Vec<Sent>,
}

impl Statement {
    /// Whether the shares, less what was sent, are what the ledger says is owed, and every share is
    /// within one minor unit of its exact value.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.earned.saturating_sub(self.paid) == self.owed && self.shares.iter().all(|share| share.working.is_near)
    }
}

/// The names under which a member contributed.
///
/// # Errors
/// When the database does.
pub fn names_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<ContributorId>> {
    Ok(store::names_of(conn, coop, member)?)
}

/// A member's statement over everything.
///
/// # Errors
/// When the database does.
pub fn statement(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Statement> {
    let names = store::names_of(conn, coop, member)?;
    let mut shares = Vec::new();
    loop {
        let page = store::shares(conn, coop, &names, i64::try_from(shares.len()).unwrap_or(i64::MAX), 500)?;
        let is_last = page.len() < 500;
        for row in page {
            shares.push(share(row)?);
        }
        if is_last {
            break;
        }
    }
    let sent = payouts::sent_to(conn, coop, &names)?;
    let sum = |verdict| sent.iter().filter(|s| s.verdict == verdict).map(|s| s.amount).sum();
    let mut owed = 0_i64;
    for name in &names {
        owed = owed.saturating_sub(ledger::balance(conn, coop, &Account::Member(name.clone()))?);
    }
    Ok(Statement { earned: shares.iter().map(|s| s.share).sum(), paid: sum(Some(Verdict::Released)), listed: sum(None), owed, shares, sent })
}

fn share(row: store::Row) -> Result<Share> {
    let split: Split = serde_json::from_str(&row.split)?;
    let read = |text: &str| Fraction::parse(text).ok_or_else(|| anyhow::anyhow!("run {} stores {text:?} as a fraction", row.run));
    let (all, mine) = ((read(&row.all_records)?, read(&row.all_words)?), (read(&row.records)?, read(&row.words)?));
    let working = rules::working(row.amount, &split, row.lines.saturating_sub(2), all, mine, row.share)?;
    Ok(Share {
        run: row.run,
        at: row.at,
        receipt: row.receipt,
        received_on: row.received_on,
        amount: row.amount,
        licence: row.licence,
        buyer: row.buyer,
        corpus: row.corpus,
        revision: row.revision,
        proposal: row.proposal,
        share: row.share,
        split,
        working,
    })
}
