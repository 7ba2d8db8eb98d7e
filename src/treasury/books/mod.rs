//! The books as anybody may read them: what came in, what was set aside by which vote, what went to
//! contributors and what waits. Totals only; nobody's name and nobody's part.

mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::ids::CoopId;
use crate::kernel::matter::Split;
use crate::platform::db::Conn;
use crate::treasury::entries::{self, Line};
use crate::treasury::{ledger, payouts, receipts};

/// What one voted split did so far, minor units.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Number of the proposal that adopted it.
    pub proposal: i64,
    /// The split.
    pub split: Split,
    /// Released runs by it.
    pub runs: i64,
    /// What they shared out.
    pub amount: i64,
    /// Set aside for running costs.
    pub costs: i64,
    /// Set aside for the reserve.
    pub reserve: i64,
}

/// A budget line with the votes that allowed it.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// Voted, spent, waiting.
    pub line: Line,
    /// Numbers of the votes, newest first.
    pub votes: Vec<i64>,
}

/// All totals, minor units.
#[derive(Clone, Debug)]
pub struct Books {
    /// Payments for licences.
    pub received: i64,
    /// Of these, paid back.
    pub refunded: i64,
    /// What was there before these books.
    pub opening: i64,
    /// What stands in the ledger now.
    pub now: ledger::Totals,
    /// Spent on budget lines.
    pub spent: i64,
    /// Sent to members.
    pub sent: i64,
    /// By split, newest first.
    pub shared: Vec<Shared>,
    /// By budget line.
    pub budgets: Vec<Budget>,
}

impl Books {
    /// Everything that came in and stayed.
    #[must_use]
    pub const fn came_in(&self) -> i64 {
        self.received.saturating_sub(self.refunded).saturating_add(self.opening)
    }

    /// Everything that was given to contributors, sent or not.
    #[must_use]
    pub const fn to_members(&self) -> i64 {
        self.now.members.saturating_add(self.sent)
    }

    /// Whether what came in is what the parts add up to, and the bank holds what was not spent or sent.
    #[must_use]
    pub const fn agree(&self) -> bool {
        let parts = self.now.costs.saturating_add(self.spent).saturating_add(self.now.reserve).saturating_add(self.to_members()).saturating_add(self.now.unsplit);
        self.came_in() == parts && self.now.bank == self.came_in().saturating_sub(self.spent).saturating_sub(self.sent)
    }
}

/// The books of a cooperative.
///
/// # Errors
/// When the database does.
pub fn totals(conn: &mut Conn, coop: &CoopId) -> Result<Books> {
    let votes = store::votes(conn, coop)?;
    let of = |name: &str| votes.iter().filter(|(line, _)| line == name).map(|(_, number)| *number).collect();
    let budgets = entries::lines(conn, coop)?.into_iter().map(|(name, line)| Budget { votes: of(&name), name, line }).collect();
    let mut entered = |kind| store::entered(conn, coop, kind);
    let (opening, refunded, spent) = (entered(entries::Kind::Opening)?, entered(entries::Kind::Refund)?, entered(entries::Kind::Expense)?);
    let mut shared = Vec::new();
    for (version, runs, amount) in store::shared(conn, coop)? {
        let (body, proposal) = store::split(conn, coop, version)?;
        let (costs, reserve) = (store::set_aside(conn, coop, version, "costs")?, store::set_aside(conn, coop, version, "reserve")?);
        shared.push(Shared { proposal, split: serde_json::from_str(&body)?, runs, amount, costs, reserve });
    }
    Ok(Books { received: receipts::total(conn, coop)?, refunded, opening, now: ledger::totals(conn, coop)?, spent, sent: payouts::total(conn, coop)?, shared, budgets })
}
