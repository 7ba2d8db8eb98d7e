//! What a statement is read from; it writes nothing.

use crate::kernel::ids::{ContributorId, CoopId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{buyers, contributors, corpora, licences, proposals, receipts, revisions, run_lines, run_rulings, runs, splits};
use diesel::prelude::*;
use diesel::result::QueryResult;

pub(super) fn names_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<ContributorId>> {
    contributors::table
        .filter(contributors::coop_id.eq(coop).and(contributors::member_id.eq(Some(member))))
        .order(contributors::id)
        .limit(1_000)
        .select(contributors::id)
        .load(conn)
}

/// One share as stored, with where it came from.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Row {
    pub run: i64,
    pub at: Timestamp,
    pub receipt: i64,
    pub received_on: String,
    pub amount: i64,
    pub licence: i64,
    pub buyer: String,
    pub corpus: String,
    pub revision: i64,
    pub proposal: i64,
    pub split: String,
    pub lines: i64,
    pub all_records: String,
    pub all_words: String,
    pub records: String,
    pub words: String,
    pub share: i64,
}

pub(super) fn shares(conn: &mut Conn, coop: &CoopId, names: &[ContributorId], offset: i64, limit: i64) -> QueryResult<Vec<Row>> {
    let payees: Vec<String> = names.iter().map(ToString::to_string).collect();
    run_lines::table
        .inner_join(runs::table.on(runs::coop_id.eq(run_lines::coop_id).and(runs::id.eq(run_lines::run_id))))
        .inner_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .inner_join(receipts::table.on(receipts::coop_id.eq(runs::coop_id).and(receipts::id.eq(runs::receipt_id))))
        .inner_join(licences::table.on(licences::coop_id.eq(receipts::coop_id).and(licences::id.eq(receipts::licence_id))))
        .inner_join(buyers::table.on(buyers::id.eq(licences::buyer_id)))
        .inner_join(revisions::table.on(revisions::coop_id.eq(licences::coop_id).and(revisions::id.eq(licences::revision_id))))
        .inner_join(corpora::table.on(corpora::coop_id.eq(revisions::coop_id).and(corpora::id.eq(revisions::corpus_id))))
        .inner_join(splits::table.on(splits::coop_id.eq(runs::coop_id).and(splits::version.eq(runs::split_version))))
        .inner_join(proposals::table.on(proposals::coop_id.eq(splits::coop_id).and(proposals::id.eq(splits::proposal_id))))
        .filter(run_lines::coop_id.eq(coop).and(run_lines::payee.eq_any(payees)).and(run_rulings::verdict.eq("released")))
        .order((runs::number.desc(), run_lines::position))
        .offset(offset)
        .limit(limit)
        .select((
            runs::number,
            run_rulings::at,
            receipts::number,
            receipts::received_on,
            receipts::amount,
            licences::number,
            buyers::name,
            corpora::name,
            revisions::number,
            proposals::number,
            splits::body,
            runs::lines,
            runs::records,
            runs::words,
            run_lines::records,
            run_lines::words,
            run_lines::amount,
        ))
        .load(conn)
}
