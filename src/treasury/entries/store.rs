//! The tables of entries, rulings and budgets.

use super::rules::{Kind, Line, Verdict, Wish};
use crate::kernel::ids::{CoopId, EntryId, MemberId, ProposalId, ReceiptId};
use crate::kernel::money::Currency;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{budgets, coops, entry_rulings, manual_entries};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

const SUM: &str = "CAST(COALESCE(SUM(amount), 0) AS BIGINT)";

pub(super) fn currency(conn: &mut Conn, coop: &CoopId) -> QueryResult<Currency> {
    coops::table.find(coop).select(coops::currency).first(conn)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = manual_entries::table.filter(manual_entries::coop_id.eq(coop)).order(manual_entries::number.desc()).select(manual_entries::number).first(conn).optional()?;
    Ok(last.unwrap_or(0) + 1)
}

#[expect(clippy::too_many_arguments, reason = "one row has that many columns")]
pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &EntryId, number: i64, wish: &Wish, currency: &Currency, receipt: Option<&ReceiptId>, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(manual_entries::table)
        .values((
            manual_entries::coop_id.eq(coop),
            manual_entries::id.eq(id),
            manual_entries::number.eq(number),
            manual_entries::kind.eq(wish.kind.word()),
            manual_entries::line.eq(&wish.line),
            manual_entries::amount.eq(wish.amount),
            manual_entries::currency.eq(currency),
            manual_entries::memo.eq(&wish.memo),
            manual_entries::receipt_id.eq(receipt),
            manual_entries::proposed_by.eq(by),
            manual_entries::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// An entry with its ruling, if it has one.
#[derive(Clone, Debug, Queryable)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Its number.
    pub number: i64,
    /// Its kind.
    pub kind: Kind,
    /// Budget line or fund.
    pub line: String,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// What for.
    pub memo: String,
    /// The receipt refunded.
    pub receipt: Option<ReceiptId>,
    /// Who proposed it.
    pub proposed_by: MemberId,
    /// When.
    pub at: Timestamp,
    /// How it was ruled on.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: Option<String>,
    /// Who ruled on it.
    pub ruled_by: Option<MemberId>,
    /// When.
    pub ruled_at: Option<Timestamp>,
}

pub(super) fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Option<Entry>> {
    select(conn, coop, Some(number), 0, 1).map(|mut rows| rows.pop())
}

pub(super) fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    select(conn, coop, None, offset, limit)
}

/// Number, proposer and time of entries that nobody has ruled on, oldest first.
pub(super) fn open(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(i64, MemberId, Timestamp)>> {
    manual_entries::table
        .left_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
        .filter(manual_entries::coop_id.eq(coop).and(entry_rulings::verdict.is_null()))
        .order(manual_entries::number)
        .limit(50)
        .select((manual_entries::number, manual_entries::proposed_by, manual_entries::at))
        .load(conn)
}

fn select(conn: &mut Conn, coop: &CoopId, number: Option<i64>, offset: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    let mut query = manual_entries::table
        .left_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
        .filter(manual_entries::coop_id.eq(coop))
        .into_boxed();
    if let Some(number) = number {
        query = query.filter(manual_entries::number.eq(number));
    }
    query
        .order(manual_entries::number.desc())
        .offset(offset)
        .limit(limit)
        .select((
            manual_entries::id,
            manual_entries::number,
            manual_entries::kind,
            manual_entries::line,
            manual_entries::amount,
            manual_entries::currency,
            manual_entries::memo,
            manual_entries::receipt_id,
            manual_entries::proposed_by,
            manual_entries::at,
            entry_rulings::verdict.nullable(),
            entry_rulings::reason.nullable(),
            entry_rulings::ruled_by.nullable(),
            entry_rulings::at.nullable(),
        ))
        .load(conn)
}

pub(super) fn insert_ruling(tx: &mut Tx<'_>, coop: &CoopId, entry: &EntryId, verdict: Verdict, reason: &str, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(entry_rulings::table)
        .values((
            entry_rulings::coop_id.eq(coop),
            entry_rulings::entry_id.eq(entry),
            entry_rulings::verdict.eq(verdict.word()),
            entry_rulings::reason.eq(reason),
            entry_rulings::ruled_by.eq(by),
            entry_rulings::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn line(conn: &mut Conn, coop: &CoopId, name: &str) -> QueryResult<Line> {
    let voted = budgets::table.filter(budgets::coop_id.eq(coop).and(budgets::line.eq(name))).select(sql::<BigInt>(SUM)).get_result(conn)?;
    let ruled = |verdict: Option<Verdict>| {
        let all = manual_entries::table
            .left_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
            .filter(manual_entries::coop_id.eq(coop).and(manual_entries::kind.eq(Kind::Expense.word())).and(manual_entries::line.eq(name)))
            .into_boxed();
        match verdict {
            Some(verdict) => all.filter(entry_rulings::verdict.eq(verdict.word())),
            None => all.filter(entry_rulings::verdict.is_null()),
        }
        .select(sql::<BigInt>(SUM))
    };
    Ok(Line { voted, spent: ruled(Some(Verdict::Approved)).get_result(conn)?, waiting: ruled(None).get_result(conn)? })
}

/// The newest vote that gave this line money.
pub(super) fn vote_for(conn: &mut Conn, coop: &CoopId, name: &str) -> QueryResult<Option<ProposalId>> {
    budgets::table.filter(budgets::coop_id.eq(coop).and(budgets::line.eq(name))).order(budgets::in_force_at.desc()).select(budgets::proposal_id).first(conn).optional()
}

pub(super) fn budget(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<Option<(String, i64)>> {
    budgets::table.find((coop, proposal)).select((budgets::line, budgets::amount)).first(conn).optional()
}

pub(super) fn insert_budget(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, line: &str, amount: i64, currency: &Currency) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(budgets::table)
        .values((
            budgets::coop_id.eq(coop),
            budgets::proposal_id.eq(proposal),
            budgets::line.eq(line),
            budgets::amount.eq(amount),
            budgets::currency.eq(currency),
            budgets::in_force_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn lines(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<String>> {
    budgets::table.filter(budgets::coop_id.eq(coop)).select(budgets::line).distinct().order(budgets::line).limit(200).load(conn)
}
