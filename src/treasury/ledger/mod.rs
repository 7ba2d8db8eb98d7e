//! The ledger: what money moved, in double entry, never changed afterwards. Whoever posts names the
//! transaction, so posting twice is one effect; a mistake is put right by another transaction.
//!
//! Balances stand in rows of their own, one per account, written with the postings. Two posts that
//! touch the same account wait for each other on SQLite and are tried again on PostgreSQL; money
//! moves a few times a day and only through treasurers, so that costs nothing, and the audit proves
//! the balances equal to the fold of all postings.

pub mod accounts;
pub mod export;
pub mod rules;
mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::ids::{CoopId, MemberId, TransactionId};
use crate::kernel::time::Timestamp;
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
pub use accounts::Account;
pub use rules::{Posting, Refusal, Transaction, named};
use serde_json::json;
use std::collections::BTreeMap;
pub use store::Posted;

/// What posting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money moved now.
    New,
    /// It had moved before; nothing was changed.
    Known,
}

/// Posts a transaction: all its lines or none. For the other verbs of the treasury, which have
/// settled who may.
///
/// # Errors
/// Each [`Refusal`]: unbalanced, empty, to itself, not enough there, or its id known otherwise.
pub fn post(tx: &mut Tx<'_>, coop: &CoopId, by: Option<&MemberId>, transaction: &Transaction) -> Result<Outcome> {
    transaction.check()?;
    if let Some(known) = store::fields_of(tx, coop, &transaction.id)? {
        return if known == transaction.fields() { Ok(Outcome::Known) } else { Err(Refusal::Different.into()) };
    }
    let books = store::currency(tx, coop)?;
    if books != transaction.currency {
        return Err(Refusal::Currency(books.to_string()).into());
    }
    let touched: Vec<Account> = transaction.postings.iter().map(|p| p.account.clone()).collect();
    let before = store::balances_of(tx, coop, &transaction.currency, &touched)?;
    let after = rules::apply(&before, transaction)?;
    store::insert(tx, coop, by, transaction)?;
    for (account, balance) in &after {
        store::put_balance(tx, coop, &transaction.currency, account, *balance, before.contains_key(account))?;
    }
    let facts = json!({ "kind": transaction.kind, "fields": transaction.fields(), "lines": transaction.postings.len() });
    journal::append(tx, coop, "ledger_posted", transaction.id.to_string().as_str(), &facts)?;
    Ok(Outcome::New)
}

/// The balance of one account; debits are positive.
///
/// # Errors
/// When the database does.
pub fn balance(conn: &mut Conn, coop: &CoopId, account: &Account) -> Result<i64> {
    let currency = store::currency(conn, coop)?;
    let found = store::balances_of(conn, coop, &currency, std::slice::from_ref(account))?;
    Ok(found.get(account).copied().unwrap_or(0))
}

/// What stands in the books, by kind of account, as amounts above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// At the bank.
    pub bank: i64,
    /// Received and not yet split.
    pub unsplit: i64,
    /// Owed to contributors, claimed or not.
    pub members: i64,
    /// Set aside for running costs.
    pub costs: i64,
    /// In the reserve.
    pub reserve: i64,
}

/// The totals of a cooperative's books.
///
/// # Errors
/// When the database does.
pub fn totals(conn: &mut Conn, coop: &CoopId) -> Result<Totals> {
    let mut owed = |root: &str| store::sum_of_root(conn, coop, root).map(i64::saturating_neg);
    let (receipts, runs, members) = (owed("receipts")?, owed("runs")?, owed("members")?);
    let (costs, reserve, bank) = (owed("costs")?, owed("reserve")?, owed("bank")?.saturating_neg());
    Ok(Totals { bank, unsplit: receipts, members: members.saturating_add(runs), costs, reserve })
}

/// A page of postings, whole transactions in the order of time, after a place.
///
/// # Errors
/// When the database does.
pub fn page(conn: &mut Conn, coop: &CoopId, after: Option<&(Timestamp, TransactionId)>, limit: i64) -> Result<Vec<Posted>> {
    Ok(store::page(conn, coop, after, limit)?)
}

/// A page of the newest transactions before a place, whole and in the order of time, and where the
/// accounts they touch stood before them: a contributor's account counts as one with all others'.
///
/// # Errors
/// When the database does.
pub fn newest(conn: &mut Conn, coop: &CoopId, before: Option<&(Timestamp, String, TransactionId)>, limit: i64) -> Result<(Vec<Posted>, BTreeMap<String, i64>)> {
    let rows = store::newest(conn, coop, before, limit)?;
    let mut stood = BTreeMap::new();
    let Some(first) = rows.first() else { return Ok((rows, stood)) };
    let from = (first.at, first.kind.clone(), first.id.clone());
    for row in &rows {
        let kept = rules::joint(&row.account);
        if stood.contains_key(kept) {
            continue;
        }
        let now = match Account::parse(&row.account) {
            Some(Account::Member(_)) | None => store::sum_of_root(conn, coop, "members")?,
            Some(account) => balance(conn, coop, &account)?,
        };
        let paths = if kept == "members" { ("members:", "members;") } else { (kept, kept) };
        stood.insert(kept.to_owned(), now.saturating_sub(store::moved_since(conn, coop, &from, paths)?));
    }
    Ok((rows, stood))
}

/// All postings in the order of time, for a file.
///
/// # Errors
/// When the database does.
pub fn everything(conn: &mut Conn, coop: &CoopId) -> Result<Vec<Posted>> {
    let mut all: Vec<Posted> = Vec::new();
    loop {
        let after = all.iter().map(|row| (row.at, row.id.clone())).max();
        let more = store::page(conn, coop, after.as_ref(), 500)?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}
