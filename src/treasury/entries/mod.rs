//! Entries made by hand: bank fees, suppliers, opening balances, refunds. One person proposes,
//! another approves with the password given for exactly that entry; spending stays within a line
//! that members voted for, and within what costs have been set aside.

pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, EntryId, Id as _, MemberId, ProposalId, ReceiptId};
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::treasury::ledger::{self, Account, Posting, Transaction};
use crate::treasury::receipts::{self, State};
pub use rules::{Kind, Line, Refusal, Verdict, Wish, act};
use serde_json::json;
pub use store::Entry;

/// Carries out a vote to allow spending: at most `amount` more on a line. Twice is once.
///
/// # Errors
/// When the decision's budget is known with other numbers.
pub fn allow_spending(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, line: &str, amount: i64) -> Result<()> {
    if let Some(known) = store::budget(tx, coop, proposal)? {
        return if known == (line.to_owned(), amount) { Ok(()) } else { Err(Refusal::Different.into()) };
    }
    if amount <= 0 {
        return Err(Refusal::NoMoney.into());
    }
    let currency = store::currency(tx, coop)?;
    store::insert_budget(tx, coop, proposal, line, amount, &currency)?;
    journal::append(tx, coop, "spending_allowed", proposal.as_str(), &json!({ "line": line, "amount": amount, "currency": currency }))
}

/// Proposes an entry and answers its number; nothing is posted until somebody else approves it.
///
/// # Errors
/// Each [`Refusal`] that speaks of proposing.
pub fn propose(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, wish: &Wish) -> Result<i64> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) {
        return Err(Refusal::NotTreasurer.into());
    }
    let (currency, mut wish, mut receipt) = (store::currency(tx, coop)?, wish.clone(), None);
    match wish.kind {
        Kind::Expense if wish.amount > 0 => store::line(tx, coop, &wish.line)?.admit(&wish.line, wish.amount, &currency)?,
        Kind::Opening if !rules::OPENING_LINES.contains(&wish.line.as_str()) => return Err(Refusal::NoFund.into()),
        Kind::Refund => {
            let found = receipts::find(tx, coop, wish.receipt.ok_or(Refusal::NoReceipt)?).map_err(|_| Refusal::NoReceipt)?;
            refundable(tx, coop, &found.id, found.number)?;
            (wish.amount, wish.line) = (found.amount, String::new());
            receipt = Some(found.id);
        }
        Kind::Expense | Kind::Opening => {}
    }
    if wish.amount <= 0 {
        return Err(Refusal::NoMoney.into());
    }
    let (id, number): (EntryId, i64) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert(tx, coop, &id, number, &wish, &currency, receipt.as_ref(), &standing.member)?;
    let facts = json!({ "number": number, "kind": wish.kind, "line": wish.line, "amount": wish.amount, "currency": currency, "by": standing.member });
    journal::append(tx, coop, "entry_proposed", id.as_str(), &facts)?;
    Ok(number)
}

fn refundable(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId, number: i64) -> Result<()> {
    match receipts::state(conn, coop, receipt)? {
        State::Waiting => Ok(()),
        State::Proposed(run) | State::Shared(run) => Err(Refusal::AlreadySplit { receipt: number, run }.into()),
        State::Refunding(_) | State::Refunded(_) => Err(Refusal::AlreadyRefunded(number).into()),
    }
}

/// Approves an entry and posts it. Needs another member than the proposer, and the password given
/// for exactly this entry.
///
/// # Errors
/// Each [`Refusal`] that speaks of ruling, or the ledger's when the money is not there.
pub fn approve(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<()> {
    let (entry, by) = to_rule_on(tx, actor, coop, number)?;
    actor.confirmed(&rules::act(entry.number, entry.kind, &entry.line, entry.amount, &entry.memo), tx.now())?;
    let mut proposal = None;
    if entry.kind == Kind::Expense {
        let mut line = store::line(tx, coop, &entry.line)?;
        line.waiting = line.waiting.saturating_sub(entry.amount);
        line.admit(&entry.line, entry.amount, &entry.currency)?;
        proposal = store::vote_for(tx, coop, &entry.line)?;
    }
    let posted = Transaction {
        id: ledger::named("entry", entry.id.as_str()).or_not_found()?,
        kind: entry.kind.word(),
        memo: format!("Entry {number}: {}", entry.memo),
        proposal,
        currency: entry.currency.clone(),
        postings: postings(tx, coop, &entry)?,
    };
    store::insert_ruling(tx, coop, &entry.id, Verdict::Approved, "", &by)?;
    ledger::post(tx, coop, Some(&by), &posted)?;
    journal::append(tx, coop, "entry_approved", entry.id.as_str(), &json!({ "number": number, "transaction": posted.id, "by": by }))
}

/// Debits and credits of an entry: an expense draws on what costs were set aside, an opening balance
/// belongs to costs or reserve, a refund undoes its receipt.
fn postings(conn: &mut Conn, coop: &CoopId, entry: &Entry) -> Result<Vec<Posting>> {
    let (bank, other) = match (entry.kind, entry.line.as_str()) {
        (Kind::Expense, _) => (-entry.amount, Account::Costs),
        (Kind::Opening, "reserve") => (entry.amount, Account::Reserve),
        (Kind::Opening, _) => (entry.amount, Account::Costs),
        (Kind::Refund, _) => {
            let receipt = entry.receipt.as_ref().or_not_found()?;
            (-entry.amount, Account::Receipt(receipts::number_of(conn, coop, receipt)?))
        }
    };
    Ok(vec![Posting { account: Account::Bank, amount: bank }, Posting { account: other, amount: -bank }])
}

/// Refuses an entry, with the reason.
///
/// # Errors
/// Each [`Refusal`] that speaks of ruling.
pub fn refuse(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let (entry, by) = to_rule_on(tx, actor, coop, number)?;
    if reason.is_empty() {
        return Err(Refusal::NoReason.into());
    }
    store::insert_ruling(tx, coop, &entry.id, Verdict::Refused, reason, &by)?;
    journal::append(tx, coop, "entry_refused", entry.id.as_str(), &json!({ "number": number, "by": by }))
}

fn to_rule_on(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<(Entry, MemberId)> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) && !standing.may(Role::Steward) {
        return Err(Refusal::MayNotRule.into());
    }
    let entry = store::find(tx, coop, number)?.or_not_found()?;
    if entry.verdict.is_some() {
        return Err(Refusal::Ruled(number).into());
    }
    if !rules::are_two(&entry.proposed_by, &standing.member) {
        return Err(Refusal::SamePerson(number).into());
    }
    Ok((entry, standing.member))
}

/// One entry by its number.
///
/// # Errors
/// Nothing here.
pub fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Entry> {
    store::find(conn, coop, number)?.or_not_found()
}

/// Entries, newest first.
///
/// # Errors
/// When the database does.
pub fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> Result<Vec<Entry>> {
    Ok(store::list(conn, coop, offset, limit)?)
}

/// Entries that wait for a second person: number, who proposed it, when.
///
/// # Errors
/// When the database does.
pub fn open(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, MemberId, Timestamp)>> {
    Ok(store::open(conn, coop)?)
}

/// One budget line in numbers.
///
/// # Errors
/// When the database does.
pub fn line(conn: &mut Conn, coop: &CoopId, name: &str) -> Result<Line> {
    Ok(store::line(conn, coop, name)?)
}

/// Every line that members voted money for, in numbers.
///
/// # Errors
/// When the database does.
pub fn lines(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(String, Line)>> {
    store::lines(conn, coop)?.into_iter().map(|name| store::line(conn, coop, &name).map(|line| (name, line)).map_err(Into::into)).collect()
}
