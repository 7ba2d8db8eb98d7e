//! What waits for somebody in the books: a second person's word, a receipt to share out, or saying
//! where to be paid.

use crate::error::Result;
use crate::kernel::ids::MemberId;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{Coop, Role, Standing};
use crate::platform::db::Conn;
use crate::treasury::ledger::{self, Account};
use crate::treasury::{entries, payouts, receipts, splits, statements};

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What to do.
    pub words: String,
    /// Where.
    pub path: String,
    /// Since when.
    pub at: Timestamp,
}

/// Everything in a cooperative's books that waits for one member.
///
/// # Errors
/// When the database does.
pub fn waiting(conn: &mut Conn, coop: &Coop, standing: &Standing) -> Result<Vec<Waiting>> {
    let mut all = Vec::new();
    let mut add = |words: String, path: String, at| all.push(Waiting { words, path: format!("/c/{}/{path}", coop.slug), at });
    if standing.may(Role::Treasurer) || standing.may(Role::Steward) {
        let by_others = |open: Vec<(i64, MemberId, Timestamp)>| open.into_iter().filter(|(_, by, _)| *by != standing.member).map(|(number, _, at)| (number, at));
        for (n, at) in by_others(entries::open(conn, &coop.id)?) {
            add(format!("Approve or refuse entry {n}"), format!("entries/{n}"), at);
        }
        for (n, at) in by_others(splits::views::open(conn, &coop.id)?) {
            add(format!("Release or discard run {n}"), format!("runs/{n}"), at);
        }
        for (n, at) in by_others(payouts::open(conn, &coop.id)?) {
            add(format!("Release or discard payment list {n}"), format!("payouts/{n}"), at);
        }
    }
    if standing.may(Role::Treasurer) {
        for receipt in receipts::list(conn, &coop.id, 0, 50)? {
            if receipts::state(conn, &coop.id, &receipt.id)? == receipts::State::Waiting {
                add(format!("Share out receipt {}", receipt.number), format!("receipts/{}", receipt.number), receipt.at);
            }
        }
    }
    if payouts::details(conn, &coop.id, &standing.member)?.is_none() {
        let statement_names = statements::names_of(conn, &coop.id, &standing.member)?;
        let mut owed = 0_i64;
        for name in statement_names {
            owed = owed.saturating_sub(ledger::balance(conn, &coop.id, &Account::Member(name))?);
        }
        if owed > 0 {
            add(format!("Say where you are paid: {} waits for you", coop.currency()?.show(owed)), "earnings/details".to_owned(), coop.founded_at);
        }
    }
    Ok(all)
}
