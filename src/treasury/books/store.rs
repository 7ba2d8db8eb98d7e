//! Sums over the treasury's tables; it writes nothing.

use crate::kernel::ids::CoopId;
use crate::platform::db::Conn;
use crate::platform::db::schema::{budgets, entry_rulings, manual_entries, proposals, run_lines, run_rulings, runs, splits};
use crate::treasury::entries::{Kind, Verdict};
use crate::treasury::splits::Verdict as RunVerdict;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

/// Sum of approved entries of a kind.
pub(super) fn entered(conn: &mut Conn, coop: &CoopId, kind: Kind) -> QueryResult<i64> {
    manual_entries::table
        .inner_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
        .filter(manual_entries::coop_id.eq(coop).and(manual_entries::kind.eq(kind.word())).and(entry_rulings::verdict.eq(Verdict::Approved.word())))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(manual_entries.amount), 0) AS BIGINT)"))
        .get_result(conn)
}

/// By split version, newest first: how many runs were released, and what they shared.
pub(super) fn shared(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(i64, i64, i64)>> {
    runs::table
        .inner_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(coop).and(run_rulings::verdict.eq(RunVerdict::Released.word())))
        .group_by(runs::split_version)
        .order(runs::split_version.desc())
        .select((runs::split_version, sql::<BigInt>("CAST(COUNT(*) AS BIGINT)"), sql::<BigInt>("CAST(COALESCE(SUM(runs.amount), 0) AS BIGINT)")))
        .load(conn)
}

/// A split's text and the number of the proposal that adopted it.
pub(super) fn split(conn: &mut Conn, coop: &CoopId, version: i64) -> QueryResult<(String, i64)> {
    splits::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(splits::coop_id).and(proposals::id.eq(splits::proposal_id))))
        .filter(splits::coop_id.eq(coop).and(splits::version.eq(version)))
        .select((splits::body, proposals::number))
        .first(conn)
}

/// What released runs by one split version set aside for `costs` or `reserve`.
pub(super) fn set_aside(conn: &mut Conn, coop: &CoopId, version: i64, payee: &str) -> QueryResult<i64> {
    run_lines::table
        .inner_join(runs::table.on(runs::coop_id.eq(run_lines::coop_id).and(runs::id.eq(run_lines::run_id))))
        .inner_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(run_lines::coop_id.eq(coop).and(run_lines::payee.eq(payee)).and(runs::split_version.eq(version)).and(run_rulings::verdict.eq(RunVerdict::Released.word())))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(run_lines.amount), 0) AS BIGINT)"))
        .get_result(conn)
}

/// Budget lines with the numbers of the votes for them, newest first.
pub(super) fn votes(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(String, i64)>> {
    budgets::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(budgets::coop_id).and(proposals::id.eq(budgets::proposal_id))))
        .filter(budgets::coop_id.eq(coop))
        .order((budgets::in_force_at.desc(), proposals::number.desc()))
        .limit(1_000)
        .select((budgets::line, proposals::number))
        .load(conn)
}
