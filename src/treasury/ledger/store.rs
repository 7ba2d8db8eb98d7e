//! The ledger's tables.

use super::accounts::Account;
use super::rules::Transaction;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, MemberId, TransactionId};
use crate::kernel::money::Currency;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{balances, coops, ledger_transactions, postings, proposals};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

pub(super) fn currency(conn: &mut Conn, coop: &CoopId) -> QueryResult<Currency> {
    coops::table.find(coop).select(coops::currency).first(conn)
}

pub(super) fn fields_of(conn: &mut Conn, coop: &CoopId, id: &TransactionId) -> QueryResult<Option<Digest>> {
    ledger_transactions::table.find((coop, id)).select(ledger_transactions::fields).first(conn).optional()
}

pub(super) fn balances_of(conn: &mut Conn, coop: &CoopId, currency: &Currency, accounts: &[Account]) -> QueryResult<BTreeMap<Account, i64>> {
    let paths: Vec<String> = accounts.iter().map(Account::path).collect();
    let rows: Vec<(String, i64)> = balances::table
        .filter(balances::coop_id.eq(coop).and(balances::currency.eq(currency)).and(balances::account.eq_any(paths)))
        .select((balances::account, balances::amount))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(path, amount)| Some((Account::parse(&path)?, amount))).collect())
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, by: Option<&MemberId>, transaction: &Transaction) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(ledger_transactions::table)
        .values((
            ledger_transactions::coop_id.eq(coop),
            ledger_transactions::id.eq(&transaction.id),
            ledger_transactions::kind.eq(transaction.kind),
            ledger_transactions::memo.eq(&transaction.memo),
            ledger_transactions::fields.eq(transaction.fields()),
            ledger_transactions::proposal_id.eq(&transaction.proposal),
            ledger_transactions::posted_by.eq(by),
            ledger_transactions::at.eq(now),
        ))
        .execute(&mut **tx)?;
    for (position, posting) in (0_i64..).zip(&transaction.postings) {
        diesel::insert_into(postings::table)
            .values((
                postings::coop_id.eq(coop),
                postings::transaction_id.eq(&transaction.id),
                postings::position.eq(position),
                postings::account.eq(posting.account.path()),
                postings::amount.eq(posting.amount),
                postings::currency.eq(&transaction.currency),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn put_balance(tx: &mut Tx<'_>, coop: &CoopId, currency: &Currency, account: &Account, amount: i64, known: bool) -> QueryResult<()> {
    if known {
        diesel::update(balances::table.find((coop, account.path(), currency))).set(balances::amount.eq(amount)).execute(&mut **tx)?;
    } else {
        diesel::insert_into(balances::table)
            .values((
                balances::coop_id.eq(coop),
                balances::account.eq(account.path()),
                balances::root.eq(account.root()),
                balances::currency.eq(currency),
                balances::amount.eq(amount),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn sum_of_root(conn: &mut Conn, coop: &CoopId, root: &str) -> QueryResult<i64> {
    balances::table
        .filter(balances::coop_id.eq(coop).and(balances::root.eq(root)))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)"))
        .get_result(conn)
}

/// One posting with its transaction, as exports and pages show it.
#[derive(Clone, Debug, Queryable)]
pub struct Posted {
    /// When.
    pub at: Timestamp,
    /// Which transaction.
    pub id: TransactionId,
    /// Line of it, from 0.
    pub position: i64,
    /// What happened.
    pub kind: String,
    /// In words.
    pub memo: String,
    /// Account path.
    pub account: String,
    /// Minor units; debits are positive.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Number of the vote that allowed it.
    pub proposal: Option<i64>,
}

type Place = (Timestamp, TransactionId);
/// A place among transactions as they are read: those of one instant by kind, so that a run stands
/// before its shares.
pub(super) type Read = (Timestamp, String, TransactionId);

/// Postings after a place in the order of time, then id, then line.
pub(super) fn page(conn: &mut Conn, coop: &CoopId, after: Option<&Place>, limit: i64) -> QueryResult<Vec<Posted>> {
    let mut ids = ledger_transactions::table.filter(ledger_transactions::coop_id.eq(coop)).into_boxed();
    if let Some((at, id)) = after {
        ids = ids.filter(ledger_transactions::at.gt(at).or(ledger_transactions::at.eq(at).and(ledger_transactions::id.gt(id))));
    }
    let ids: Vec<TransactionId> = ids.order((ledger_transactions::at, ledger_transactions::id)).limit(limit).select(ledger_transactions::id).load(conn)?;
    of_transactions(conn, coop, ids)
}

/// Postings of the newest transactions before a place, in the order of time.
pub(super) fn newest(conn: &mut Conn, coop: &CoopId, before: Option<&Read>, limit: i64) -> QueryResult<Vec<Posted>> {
    let mut ids = ledger_transactions::table.filter(ledger_transactions::coop_id.eq(coop)).into_boxed();
    if let Some((at, kind, id)) = before {
        let same = ledger_transactions::kind.lt(kind).or(ledger_transactions::kind.eq(kind).and(ledger_transactions::id.lt(id)));
        ids = ids.filter(ledger_transactions::at.lt(at).or(ledger_transactions::at.eq(at).and(same)));
    }
    let newest_first = (ledger_transactions::at.desc(), ledger_transactions::kind.desc(), ledger_transactions::id.desc());
    let ids: Vec<TransactionId> = ids.order(newest_first).limit(limit).select(ledger_transactions::id).load(conn)?;
    of_transactions(conn, coop, ids)
}

fn of_transactions(conn: &mut Conn, coop: &CoopId, ids: Vec<TransactionId>) -> QueryResult<Vec<Posted>> {
    ledger_transactions::table
        .inner_join(postings::table.on(postings::coop_id.eq(ledger_transactions::coop_id).and(postings::transaction_id.eq(ledger_transactions::id))))
        .left_join(proposals::table.on(proposals::coop_id.eq(ledger_transactions::coop_id).and(proposals::id.nullable().eq(ledger_transactions::proposal_id))))
        .filter(ledger_transactions::coop_id.eq(coop).and(ledger_transactions::id.eq_any(ids)))
        .order((ledger_transactions::at, ledger_transactions::kind, ledger_transactions::id, postings::position))
        .select((
            ledger_transactions::at,
            ledger_transactions::id,
            postings::position,
            ledger_transactions::kind,
            ledger_transactions::memo,
            postings::account,
            postings::amount,
            postings::currency,
            proposals::number.nullable(),
        ))
        .load(conn)
}

/// What was posted from a place on (that transaction too) to accounts from one path to another.
pub(super) fn moved_since(conn: &mut Conn, coop: &CoopId, from: &Read, paths: (&str, &str)) -> QueryResult<i64> {
    let (at, kind, id) = from;
    let same = ledger_transactions::kind.gt(kind).or(ledger_transactions::kind.eq(kind).and(ledger_transactions::id.ge(id)));
    ledger_transactions::table
        .inner_join(postings::table.on(postings::coop_id.eq(ledger_transactions::coop_id).and(postings::transaction_id.eq(ledger_transactions::id))))
        .filter(ledger_transactions::coop_id.eq(coop).and(postings::account.ge(paths.0)).and(postings::account.le(paths.1)))
        .filter(ledger_transactions::at.gt(at).or(ledger_transactions::at.eq(at).and(same)))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(postings.amount), 0) AS BIGINT)"))
        .get_result(conn)
}
