//! The tables of splits, runs, lines and rulings, and the weights they are computed from.

use super::{Prepared, Row};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ContributorId, CoopId, MemberId, ProposalId, ReceiptId, RevisionId, RunId};
use crate::kernel::money::Currency;
use crate::kernel::sql::words;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, contributors, licences, members, proposals, receipts, record_contributors, records, revision_records, run_lines, run_rulings, runs, splits};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

words! {
    /// How a run was ruled on.
    Verdict {
        /// The money moved.
        Released = "released", "Released";
        /// It did not.
        Discarded = "discarded", "Discarded";
    }
}

/// A split in force: its version, its text, and the vote that adopted it.
pub(super) type Adopted = (i64, String, ProposalId, i64);

/// The split in force at an instant, or else the first adopted afterwards.
pub(super) fn split_for(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> QueryResult<Option<Adopted>> {
    let of_coop = || {
        splits::table
            .inner_join(proposals::table.on(proposals::coop_id.eq(splits::coop_id).and(proposals::id.eq(splits::proposal_id))))
            .filter(splits::coop_id.eq(coop))
            .select((splits::version, splits::body, splits::proposal_id, proposals::number))
    };
    let before = of_coop().filter(splits::in_force_at.le(at)).order(splits::version.desc()).first(conn).optional()?;
    match before {
        Some(found) => Ok(Some(found)),
        None => of_coop().order(splits::version).first(conn).optional(),
    }
}

pub(super) fn splits(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(Adopted, Timestamp)>> {
    let rows: Vec<(i64, String, ProposalId, i64, Timestamp)> = splits::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(splits::coop_id).and(proposals::id.eq(splits::proposal_id))))
        .filter(splits::coop_id.eq(coop))
        .order(splits::version.desc())
        .limit(50)
        .select((splits::version, splits::body, splits::proposal_id, proposals::number, splits::in_force_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(version, body, proposal, number, at)| ((version, body, proposal, number), at)).collect())
}

pub(super) fn split_of(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<Option<(i64, String)>> {
    splits::table.filter(splits::coop_id.eq(coop).and(splits::proposal_id.eq(proposal))).select((splits::version, splits::body)).first(conn).optional()
}

pub(super) fn insert_split(tx: &mut Tx<'_>, coop: &CoopId, body: &str, proposal: &ProposalId) -> QueryResult<i64> {
    let last: Option<i64> = splits::table.filter(splits::coop_id.eq(coop)).order(splits::version.desc()).select(splits::version).first(&mut **tx).optional()?;
    let (version, now) = (last.unwrap_or(0) + 1, tx.now());
    diesel::insert_into(splits::table)
        .values((splits::coop_id.eq(coop), splits::version.eq(version), splits::body.eq(body), splits::proposal_id.eq(proposal), splits::in_force_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(version)
}

/// Per contributor and denominator of shares: how many shares of records, and of words.
pub(super) fn weights(conn: &mut Conn, coop: &CoopId, revision: &RevisionId) -> QueryResult<Vec<(ContributorId, i64, i64, i64)>> {
    revision_records::table
        .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
        .inner_join(record_contributors::table.on(record_contributors::coop_id.eq(revision_records::coop_id).and(record_contributors::record_id.eq(revision_records::record_id))))
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(revision)).and(record_contributors::share.gt(0)))
        .group_by((record_contributors::contributor_id, record_contributors::of_shares))
        .select((
            record_contributors::contributor_id,
            record_contributors::of_shares,
            sql::<BigInt>("CAST(SUM(record_contributors.share) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(record_contributors.share * records.words) AS BIGINT)"),
        ))
        .load(conn)
}

/// Contributors that members claimed, oldest first.
pub(super) fn claimed(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(ContributorId, MemberId)>> {
    contributors::table
        .filter(contributors::coop_id.eq(coop).and(contributors::member_id.is_not_null()))
        .order(contributors::id)
        .select((contributors::id, contributors::member_id.assume_not_null()))
        .load(conn)
}

pub(super) fn all_contributors(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<ContributorId>> {
    contributors::table.filter(contributors::coop_id.eq(coop)).select(contributors::id).load(conn)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = runs::table.filter(runs::coop_id.eq(coop)).order(runs::number.desc()).select(runs::number).first(conn).optional()?;
    Ok(last.unwrap_or(0) + 1)
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &RunId, number: i64, run: &Prepared, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(runs::table)
        .values((
            runs::coop_id.eq(coop),
            runs::id.eq(id),
            runs::number.eq(number),
            runs::receipt_id.eq(&run.receipt),
            runs::split_version.eq(run.split_version),
            runs::salt.eq(&run.salt),
            runs::input.eq(&run.input_text),
            runs::input_hash.eq(Digest::of(run.input_text.as_bytes())),
            runs::output_hash.eq(&run.output_hash),
            runs::lines.eq(i64::try_from(run.rows.len()).unwrap_or(i64::MAX)),
            runs::records.eq(run.records.to_string()),
            runs::words.eq(run.words.to_string()),
            runs::amount.eq(run.input.receipt.amount),
            runs::currency.eq(&run.input.receipt.currency),
            runs::proposed_by.eq(by),
            runs::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many lines of a run are written; they are written in order.
pub(super) fn written(conn: &mut Conn, coop: &CoopId, run: &RunId) -> QueryResult<i64> {
    run_lines::table.filter(run_lines::coop_id.eq(coop).and(run_lines::run_id.eq(run))).count().get_result(conn)
}

pub(super) fn insert_lines(tx: &mut Tx<'_>, coop: &CoopId, run: &RunId, from: i64, rows: &[Row]) -> QueryResult<()> {
    for (position, row) in (from..).zip(rows) {
        diesel::insert_into(run_lines::table)
            .values((
                run_lines::coop_id.eq(coop),
                run_lines::run_id.eq(run),
                run_lines::position.eq(position),
                run_lines::payee.eq(&row.payee),
                run_lines::records.eq(row.records.to_string()),
                run_lines::words.eq(row.words.to_string()),
                run_lines::amount.eq(row.amount),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// A run with its receipt, its split and its ruling.
#[derive(Clone, Debug, Queryable)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its number.
    pub number: i64,
    /// How many lines it has, costs and reserve included.
    pub lines: i64,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Digest of what it was computed from.
    pub input_hash: Digest,
    /// Digest of what came out.
    pub output_hash: Digest,
    /// All records counted in it, as an exact fraction.
    pub records: String,
    /// All words.
    pub words: String,
    /// Who proposed it.
    pub proposed_by: MemberId,
    /// When.
    pub at: Timestamp,
    /// The receipt.
    pub receipt_id: ReceiptId,
    /// Its number.
    pub receipt: i64,
    /// Number of the licence it paid for.
    pub licence: i64,
    /// Version of the split.
    pub split_version: i64,
    /// The split as adopted.
    pub split: String,
    /// The vote that adopted it.
    pub proposal_id: ProposalId,
    /// Its number.
    pub proposal: i64,
    /// How it was ruled on.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub ruled_at: Option<Timestamp>,
}

pub(super) fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Option<Run>> {
    select(conn, coop, Some(number), 0, 1).map(|mut rows| rows.pop())
}

pub(super) fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> QueryResult<Vec<Run>> {
    select(conn, coop, None, offset, limit)
}

fn select(conn: &mut Conn, coop: &CoopId, number: Option<i64>, offset: i64, limit: i64) -> QueryResult<Vec<Run>> {
    let mut query = runs::table
        .inner_join(receipts::table.on(receipts::coop_id.eq(runs::coop_id).and(receipts::id.eq(runs::receipt_id))))
        .inner_join(licences::table.on(licences::coop_id.eq(receipts::coop_id).and(licences::id.eq(receipts::licence_id))))
        .inner_join(splits::table.on(splits::coop_id.eq(runs::coop_id).and(splits::version.eq(runs::split_version))))
        .inner_join(proposals::table.on(proposals::coop_id.eq(splits::coop_id).and(proposals::id.eq(splits::proposal_id))))
        .left_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(coop))
        .into_boxed();
    if let Some(number) = number {
        query = query.filter(runs::number.eq(number));
    }
    query
        .order(runs::number.desc())
        .offset(offset)
        .limit(limit)
        .select((
            runs::id,
            runs::number,
            runs::lines,
            runs::amount,
            runs::currency,
            runs::input_hash,
            runs::output_hash,
            runs::records,
            runs::words,
            runs::proposed_by,
            runs::at,
            receipts::id,
            receipts::number,
            licences::number,
            splits::version,
            splits::body,
            proposals::id,
            proposals::number,
            run_rulings::verdict.nullable(),
            run_rulings::reason.nullable(),
            run_rulings::at.nullable(),
        ))
        .load(conn)
}

pub(super) fn input(conn: &mut Conn, coop: &CoopId, run: &RunId) -> QueryResult<(String, Vec<u8>)> {
    runs::table.find((coop, run)).select((runs::input, runs::salt)).first(conn)
}

/// Payees and amounts from a position on.
pub(super) fn lines(conn: &mut Conn, coop: &CoopId, run: &RunId, from: i64, limit: i64) -> QueryResult<Vec<(String, i64)>> {
    run_lines::table
        .filter(run_lines::coop_id.eq(coop).and(run_lines::run_id.eq(run)).and(run_lines::position.ge(from)))
        .order(run_lines::position)
        .limit(limit)
        .select((run_lines::payee, run_lines::amount))
        .load(conn)
}

/// Sum and number of lines whose payee is one of these contributors.
pub(super) fn part_of(conn: &mut Conn, coop: &CoopId, run: &RunId, names: &[ContributorId]) -> QueryResult<(i64, i64)> {
    let payees: Vec<String> = names.iter().map(ToString::to_string).collect();
    run_lines::table
        .filter(run_lines::coop_id.eq(coop).and(run_lines::run_id.eq(run)).and(run_lines::payee.eq_any(payees)))
        .select((sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)"), sql::<BigInt>("CAST(COUNT(*) AS BIGINT)")))
        .first(conn)
}

/// Sum and number of lines whose contributor nobody has claimed.
pub(super) fn unclaimed(conn: &mut Conn, coop: &CoopId, run: &RunId) -> QueryResult<(i64, i64)> {
    run_lines::table
        .inner_join(contributors::table.on(contributors::coop_id.eq(run_lines::coop_id).and(contributors::id.eq(run_lines::payee))))
        .filter(run_lines::coop_id.eq(coop).and(run_lines::run_id.eq(run)).and(contributors::member_id.is_null()))
        .select((sql::<BigInt>("CAST(COALESCE(SUM(run_lines.amount), 0) AS BIGINT)"), sql::<BigInt>("CAST(COUNT(*) AS BIGINT)")))
        .first(conn)
}

/// Number, proposer and time of runs that nobody has ruled on, oldest first.
pub(super) fn open(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(i64, MemberId, Timestamp)>> {
    runs::table
        .left_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(coop).and(run_rulings::verdict.is_null()))
        .order(runs::number)
        .limit(50)
        .select((runs::number, runs::proposed_by, runs::at))
        .load(conn)
}

/// Who ruled on a run.
pub(super) fn ruled_by(conn: &mut Conn, coop: &CoopId, run: &RunId) -> QueryResult<Option<MemberId>> {
    run_rulings::table.find((coop, run)).select(run_rulings::ruled_by).first(conn).optional()
}

pub(super) fn insert_ruling(tx: &mut Tx<'_>, coop: &CoopId, run: &RunId, verdict: Verdict, reason: &str, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(run_rulings::table)
        .values((
            run_rulings::coop_id.eq(coop),
            run_rulings::run_id.eq(run),
            run_rulings::verdict.eq(verdict.word()),
            run_rulings::reason.eq(reason),
            run_rulings::ruled_by.eq(by),
            run_rulings::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Addresses of the members behind these contributors.
pub(super) fn addresses(conn: &mut Conn, coop: &CoopId, payees: &[ContributorId]) -> QueryResult<Vec<String>> {
    contributors::table
        .inner_join(members::table.on(members::coop_id.nullable().eq(contributors::coop_id.nullable()).and(members::id.nullable().eq(contributors::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(contributors::coop_id.eq(coop).and(contributors::id.eq_any(payees)))
        .select(accounts::email)
        .distinct()
        .load(conn)
}
