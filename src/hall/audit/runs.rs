//! A6: every run computed anew from its own stored input, and held against its receipt and the
//! ledger.

use super::{Check, Scope};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, RunId};
use crate::kernel::time::{MINUTE, Timestamp};
use crate::platform::db::Conn;
use crate::platform::db::schema::{ledger_transactions, receipts, run_lines, run_rulings, runs};
use crate::treasury::{ledger, splits};
use diesel::prelude::*;

/// How long a long run may be in the writing.
const WRITING: i64 = 10 * MINUTE;

#[derive(Queryable)]
struct Stored {
    id: RunId,
    number: i64,
    input: String,
    input_hash: Digest,
    lines: i64,
    amount: i64,
    at: Timestamp,
    received: i64,
    verdict: Option<String>,
}

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    for coop in &scope.coops {
        let mut after = 0;
        while let Some(run) = next(conn, coop, after)? {
            after = run.number;
            check.count("runs", 1);
            one(conn, coop, &run, scope.now, check)?;
        }
    }
    Ok(())
}

fn next(conn: &mut Conn, coop: &CoopId, after: i64) -> Result<Option<Stored>> {
    Ok(runs::table
        .inner_join(receipts::table.on(receipts::coop_id.eq(runs::coop_id).and(receipts::id.eq(runs::receipt_id))))
        .left_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(coop).and(runs::number.gt(after)))
        .order(runs::number)
        .select((runs::id, runs::number, runs::input, runs::input_hash, runs::lines, runs::amount, runs::at, receipts::amount, run_rulings::verdict.nullable()))
        .first(conn)
        .optional()?)
}

fn one(conn: &mut Conn, coop: &CoopId, run: &Stored, now: Timestamp, check: &mut Check) -> Result<()> {
    check.expect(Digest::of(run.input.as_bytes()) == run.input_hash, &run.id, "the run's stored input does not hash to its input hash: it was changed");
    check.expect(run.amount == run.received, &run.id, "the run shares another amount than its receipt");
    let written: i64 = run_lines::table.filter(run_lines::coop_id.eq(coop).and(run_lines::run_id.eq(&run.id))).count().get_result(conn)?;
    check.count("lines", written);
    if written < run.lines && run.verdict.is_none() && run.at > now.plus(-WRITING) {
        check.count("runs being written", 1);
        return Ok(());
    }
    check.expect(written == run.lines, &run.id, "the run has another number of lines than it was proposed with");
    let file = match splits::file(conn, coop, run.number) {
        Ok(file) => file,
        Err(cause) => {
            check.find(&run.id, format!("the run cannot be replayed: {cause}"));
            return Ok(());
        }
    };
    let report = splits::verify_run(&serde_json::to_string(&file)?)?;
    report.problems.into_iter().for_each(|problem| check.find(&run.id, problem));
    if run.verdict.as_deref() == Some("released") {
        let posted = match ledger::named("run", run.id.to_string().as_str()) {
            Some(id) => ledger_transactions::table.find((coop, id)).count().get_result::<i64>(conn)?,
            None => 0,
        };
        check.expect(posted == 1, &run.id, "the run was released and is not in the ledger");
        still_on_the_way(conn, coop, run, now, check)?;
    }
    Ok(())
}

/// A released run's money stands on its own account only until the shares are posted.
fn still_on_the_way(conn: &mut Conn, coop: &CoopId, run: &Stored, now: Timestamp, check: &mut Check) -> Result<()> {
    let left = ledger::balance(conn, coop, &ledger::Account::Run(run.number))?;
    if left != 0 {
        let released: Option<Timestamp> = run_rulings::table.find((coop, &run.id)).select(run_rulings::at).first(conn).optional()?;
        check.expect(released.is_some_and(|at| at > now.plus(-WRITING)), &run.id, "the run was released and not all of it has reached the contributors' accounts");
    }
    Ok(())
}

