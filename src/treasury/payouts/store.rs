//! The tables of payment details, lists, their lines and rulings.

use super::rules::{Details, Method};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, ContributorId, CoopId, MemberId, PayoutId};
use crate::kernel::money::Currency;
use crate::kernel::sql::words;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, balances, contributors, members, payout_details, payout_lines, payout_rulings, payouts};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;
use std::collections::BTreeSet;

words! {
    /// How a list was ruled on.
    Verdict {
        /// Paid.
        Released = "released", "Released";
        /// Not paid.
        Discarded = "discarded", "Discarded";
    }
}

pub(super) fn details(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Option<Details>> {
    let row: Option<(Method, String, String)> =
        payout_details::table.find((coop, member)).select((payout_details::method, payout_details::holder, payout_details::number)).first(conn).optional()?;
    Ok(row.map(|(method, holder, number)| Details { method, holder, number }))
}

pub(super) fn put_details(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, details: &Details) -> QueryResult<()> {
    let now = tx.now();
    let values = (
        payout_details::method.eq(details.method.word()),
        payout_details::holder.eq(&details.holder),
        payout_details::number.eq(&details.number),
        payout_details::at.eq(now),
    );
    if self::details(tx, coop, member)?.is_some() {
        diesel::update(payout_details::table.find((coop, member))).set(values).execute(&mut **tx)?;
    } else {
        diesel::insert_into(payout_details::table).values((payout_details::coop_id.eq(coop), payout_details::member_id.eq(member), values)).execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn address(conn: &mut Conn, account: &AccountId) -> QueryResult<String> {
    accounts::table.find(account).select(accounts::email).first(conn)
}

/// Accounts of contributors that are owed something, after a path, in the order of paths.
pub(super) fn owed(conn: &mut Conn, coop: &CoopId, after: &str, limit: i64) -> QueryResult<Vec<(String, i64)>> {
    balances::table
        .filter(balances::coop_id.eq(coop).and(balances::root.eq("members")).and(balances::amount.lt(0)).and(balances::account.gt(after)))
        .order(balances::account)
        .limit(limit)
        .select((balances::account, balances::amount))
        .load(conn)
}

/// Who is behind a contributor's account, and where they want to be paid.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Payee {
    pub contributor: ContributorId,
    pub member: i64,
    pub email: String,
    method: Option<Method>,
    holder: Option<String>,
    number: Option<String>,
}

impl Payee {
    pub(super) fn details(&self) -> Option<Details> {
        Some(Details { method: self.method?, holder: self.holder.clone()?, number: self.number.clone()? })
    }
}

pub(super) fn payees(conn: &mut Conn, coop: &CoopId, ids: &[ContributorId]) -> QueryResult<Vec<Payee>> {
    contributors::table
        .inner_join(members::table.on(members::coop_id.eq(contributors::coop_id).and(members::id.nullable().eq(contributors::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .left_join(payout_details::table.on(payout_details::coop_id.eq(members::coop_id).and(payout_details::member_id.eq(members::id))))
        .filter(contributors::coop_id.eq(coop).and(contributors::id.eq_any(ids)))
        .order((members::number, contributors::id))
        .select((contributors::id, members::number, accounts::email, payout_details::method.nullable(), payout_details::holder.nullable(), payout_details::number.nullable()))
        .load(conn)
}

/// Contributors on a list that nobody has ruled on.
pub(super) fn on_lists(conn: &mut Conn, coop: &CoopId, ids: &[ContributorId]) -> QueryResult<BTreeSet<ContributorId>> {
    let rows: Vec<ContributorId> = payout_lines::table
        .left_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payout_lines::coop_id).and(payout_rulings::payout_id.eq(payout_lines::payout_id))))
        .filter(payout_lines::coop_id.eq(coop).and(payout_lines::contributor_id.eq_any(ids)).and(payout_rulings::verdict.is_null()))
        .select(payout_lines::contributor_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = payouts::table.filter(payouts::coop_id.eq(coop)).order(payouts::number.desc()).select(payouts::number).first(conn).optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// One line of a list: payee, amount, digest of where it goes.
pub(super) type Line = (ContributorId, i64, Digest);

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, payout: &Payout, lines: &[Line]) -> QueryResult<()> {
    diesel::insert_into(payouts::table)
        .values((
            payouts::coop_id.eq(coop),
            payouts::id.eq(&payout.id),
            payouts::number.eq(payout.number),
            payouts::total.eq(payout.total),
            payouts::currency.eq(&payout.currency),
            payouts::listed_by.eq(&payout.listed_by),
            payouts::at.eq(payout.at),
        ))
        .execute(&mut **tx)?;
    for (payee, amount, hash) in lines {
        diesel::insert_into(payout_lines::table)
            .values((
                payout_lines::coop_id.eq(coop),
                payout_lines::payout_id.eq(&payout.id),
                payout_lines::contributor_id.eq(payee),
                payout_lines::amount.eq(amount),
                payout_lines::details_hash.eq(hash),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// A list of payments with its ruling, if it has one.
#[derive(Clone, Debug, Queryable)]
pub struct Payout {
    /// Its id.
    pub id: PayoutId,
    /// Its number.
    pub number: i64,
    /// Minor units.
    pub total: i64,
    /// Their currency.
    pub currency: Currency,
    /// Who made it.
    pub listed_by: MemberId,
    /// When.
    pub at: Timestamp,
    /// How it was ruled on.
    pub verdict: Option<Verdict>,
    /// When.
    pub ruled_at: Option<Timestamp>,
    /// Who ruled on it.
    pub ruled_by: Option<MemberId>,
    /// Why it was discarded.
    pub reason: Option<String>,
}

/// Number, maker and time of lists that nobody has ruled on, oldest first.
pub(super) fn open(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(i64, MemberId, Timestamp)>> {
    payouts::table
        .left_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payouts::coop_id).and(payout_rulings::payout_id.eq(payouts::id))))
        .filter(payouts::coop_id.eq(coop).and(payout_rulings::verdict.is_null()))
        .order(payouts::number)
        .limit(50)
        .select((payouts::number, payouts::listed_by, payouts::at))
        .load(conn)
}

pub(super) fn list(conn: &mut Conn, coop: &CoopId, number: Option<i64>, offset: i64, limit: i64) -> QueryResult<Vec<Payout>> {
    let mut query = payouts::table
        .left_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payouts::coop_id).and(payout_rulings::payout_id.eq(payouts::id))))
        .filter(payouts::coop_id.eq(coop))
        .into_boxed();
    if let Some(number) = number {
        query = query.filter(payouts::number.eq(number));
    }
    query
        .order(payouts::number.desc())
        .offset(offset)
        .limit(limit)
        .select((
            payouts::id,
            payouts::number,
            payouts::total,
            payouts::currency,
            payouts::listed_by,
            payouts::at,
            payout_rulings::verdict.nullable(),
            payout_rulings::at.nullable(),
            payout_rulings::ruled_by.nullable(),
            payout_rulings::reason.nullable(),
        ))
        .load(conn)
}

pub(super) fn lines(conn: &mut Conn, coop: &CoopId, payout: &PayoutId) -> QueryResult<Vec<Line>> {
    payout_lines::table
        .filter(payout_lines::coop_id.eq(coop).and(payout_lines::payout_id.eq(payout)))
        .order(payout_lines::contributor_id)
        .select((payout_lines::contributor_id, payout_lines::amount, payout_lines::details_hash))
        .load(conn)
}

pub(super) fn insert_ruling(tx: &mut Tx<'_>, coop: &CoopId, payout: &PayoutId, verdict: Verdict, reason: &str, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(payout_rulings::table)
        .values((
            payout_rulings::coop_id.eq(coop),
            payout_rulings::payout_id.eq(payout),
            payout_rulings::verdict.eq(verdict.word()),
            payout_rulings::reason.eq(reason),
            payout_rulings::ruled_by.eq(by),
            payout_rulings::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// What was sent, or is listed to be sent, to somebody.
#[derive(Clone, Debug, Queryable)]
pub struct Sent {
    /// Number of the list.
    pub list: i64,
    /// Minor units.
    pub amount: i64,
    /// When it was listed.
    pub at: Timestamp,
    /// How the list was ruled on.
    pub verdict: Option<Verdict>,
}

pub(super) fn sent_to(conn: &mut Conn, coop: &CoopId, ids: &[ContributorId]) -> QueryResult<Vec<Sent>> {
    payout_lines::table
        .inner_join(payouts::table.on(payouts::coop_id.eq(payout_lines::coop_id).and(payouts::id.eq(payout_lines::payout_id))))
        .left_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payout_lines::coop_id).and(payout_rulings::payout_id.eq(payout_lines::payout_id))))
        .filter(payout_lines::coop_id.eq(coop).and(payout_lines::contributor_id.eq_any(ids)))
        .order(payouts::number.desc())
        .select((payouts::number, payout_lines::amount, payouts::at, payout_rulings::verdict.nullable()))
        .load(conn)
}

/// Everything that released lists sent.
pub(super) fn sent(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    payouts::table
        .inner_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payouts::coop_id).and(payout_rulings::payout_id.eq(payouts::id))))
        .filter(payouts::coop_id.eq(coop).and(payout_rulings::verdict.eq(Verdict::Released.word())))
        .select(diesel::dsl::sql::<diesel::sql_types::BigInt>("CAST(COALESCE(SUM(payouts.total), 0) AS BIGINT)"))
        .get_result(conn)
}
