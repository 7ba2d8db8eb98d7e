//! The table of receipts, and what is read beside it.

use super::rules::Payment;
use crate::kernel::ids::{CoopId, LicenceId, MemberId, ReceiptId, RevisionId};
use crate::kernel::money::Currency;
use crate::kernel::time::{Timestamp, Zone};
use crate::platform::db::schema::{buyers, coops, licences, manual_entries, entry_rulings, receipts, run_rulings, runs};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

pub(super) fn coop(conn: &mut Conn, coop: &CoopId) -> QueryResult<(Currency, Zone)> {
    let (currency, zone): (Currency, String) = coops::table.find(coop).select((coops::currency, coops::zone)).first(conn)?;
    Ok((currency, Zone::parse(&zone).unwrap_or_else(Zone::utc)))
}

pub(super) fn licence(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Option<(LicenceId, Currency, String)>> {
    licences::table
        .inner_join(buyers::table.on(buyers::id.eq(licences::buyer_id)))
        .filter(licences::coop_id.eq(coop).and(licences::number.eq(number)))
        .select((licences::id, licences::currency, buyers::name))
        .first(conn)
        .optional()
}

/// A licence and what was received for it.
#[derive(Clone, Debug)]
pub struct Licensed {
    /// Its number.
    pub number: i64,
    /// Who bought it.
    pub buyer: String,
    /// Its price, minor units of the books' currency.
    pub total: i64,
    /// Received for it so far, paid back or not.
    pub received: i64,
}

pub(super) fn licences(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<Licensed>> {
    let rows: Vec<(LicenceId, i64, String, i64)> = licences::table
        .inner_join(buyers::table.on(buyers::id.eq(licences::buyer_id)))
        .filter(licences::coop_id.eq(coop))
        .order(licences::number.desc())
        .limit(200)
        .select((licences::id, licences::number, buyers::name, licences::total))
        .load(conn)?;
    let ids: Vec<LicenceId> = rows.iter().map(|(id, ..)| id.clone()).collect();
    let received: Vec<(LicenceId, i64)> = receipts::table
        .filter(receipts::coop_id.eq(coop).and(receipts::licence_id.eq_any(ids)))
        .group_by(receipts::licence_id)
        .select((receipts::licence_id, sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)")))
        .load(conn)?;
    let of = |id: &LicenceId| received.iter().find(|(known, _)| known == id).map_or(0, |(_, sum)| *sum);
    Ok(rows.into_iter().map(|(id, number, buyer, total)| Licensed { number, buyer, total, received: of(&id) }).collect())
}

pub(super) fn known(conn: &mut Conn, coop: &CoopId, licence: &LicenceId, reference: &str) -> QueryResult<Option<(i64, i64, String)>> {
    receipts::table
        .filter(receipts::coop_id.eq(coop).and(receipts::licence_id.eq(licence)).and(receipts::reference.eq(reference)))
        .select((receipts::number, receipts::amount, receipts::received_on))
        .first(conn)
        .optional()
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = receipts::table.filter(receipts::coop_id.eq(coop)).order(receipts::number.desc()).select(receipts::number).first(conn).optional()?;
    Ok(last.unwrap_or(0) + 1)
}

#[expect(clippy::too_many_arguments, reason = "one row has that many columns")]
pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &ReceiptId, number: i64, licence: &LicenceId, payment: &Payment, currency: &Currency, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(receipts::table)
        .values((
            receipts::coop_id.eq(coop),
            receipts::id.eq(id),
            receipts::number.eq(number),
            receipts::licence_id.eq(licence),
            receipts::amount.eq(payment.amount),
            receipts::currency.eq(currency),
            receipts::reference.eq(&payment.reference),
            receipts::received_on.eq(&payment.received_on),
            receipts::recorded_by.eq(by),
            receipts::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A receipt with the licence it is for.
#[derive(Clone, Debug, Queryable)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// Its number.
    pub number: i64,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// What the bank said.
    pub reference: String,
    /// The day it arrived.
    pub received_on: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The licence.
    pub licence_id: LicenceId,
    /// The licence's number.
    pub licence: i64,
    /// The licensed revision.
    pub revision_id: RevisionId,
    /// Who bought it.
    pub buyer: String,
    /// Who recorded it.
    pub recorded_by: MemberId,
}

pub(super) fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Option<Receipt>> {
    select(conn, coop, Some(number), 0, 1).map(|mut rows| rows.pop())
}

pub(super) fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> QueryResult<Vec<Receipt>> {
    select(conn, coop, None, offset, limit)
}

fn select(conn: &mut Conn, coop: &CoopId, number: Option<i64>, offset: i64, limit: i64) -> QueryResult<Vec<Receipt>> {
    let mut query = receipts::table
        .inner_join(licences::table.on(licences::coop_id.eq(receipts::coop_id).and(licences::id.eq(receipts::licence_id))))
        .inner_join(buyers::table.on(buyers::id.eq(licences::buyer_id)))
        .filter(receipts::coop_id.eq(coop))
        .into_boxed();
    if let Some(number) = number {
        query = query.filter(receipts::number.eq(number));
    }
    query
        .order(receipts::number.desc())
        .offset(offset)
        .limit(limit)
        .select((
            receipts::id,
            receipts::number,
            receipts::amount,
            receipts::currency,
            receipts::reference,
            receipts::received_on,
            receipts::at,
            licences::id,
            licences::number,
            licences::revision_id,
            buyers::name,
            receipts::recorded_by,
        ))
        .load(conn)
}

/// The run of a receipt that was not discarded, with its verdict if it has one.
pub(super) fn live_run(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId) -> QueryResult<Option<(i64, Option<String>)>> {
    let rows: Vec<(i64, Option<String>)> = runs::table
        .left_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(coop).and(runs::receipt_id.eq(receipt)))
        .order(runs::number)
        .select((runs::number, run_rulings::verdict.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().find(|(_, verdict)| verdict.as_deref() != Some("discarded")))
}

/// The refund of a receipt that was not refused, with its verdict if it has one.
pub(super) fn live_refund(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId) -> QueryResult<Option<(i64, Option<String>)>> {
    let rows: Vec<(i64, Option<String>)> = manual_entries::table
        .left_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
        .filter(manual_entries::coop_id.eq(coop).and(manual_entries::receipt_id.eq(Some(receipt))))
        .order(manual_entries::number)
        .select((manual_entries::number, entry_rulings::verdict.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().find(|(_, verdict)| verdict.as_deref() != Some("refused")))
}

pub(super) fn sum(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    receipts::table.filter(receipts::coop_id.eq(coop)).select(sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)")).get_result(conn)
}

pub(super) fn number_of(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId) -> QueryResult<i64> {
    receipts::table.find((coop, receipt)).select(receipts::number).first(conn)
}
