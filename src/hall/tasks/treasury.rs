//! What waits in the treasury: runs, entries and payouts for a second person, receipts to split,
//! and where a member wants to be paid.

use super::{Place, Task};
use crate::error::Result;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{entry_rulings, manual_entries, payout_rulings, payouts, receipts, run_rulings, runs};
use crate::treasury::waiting;
use diesel::prelude::*;

/// At most so many of each are shown; the oldest first.
const MOST: i64 = 100;

type Waiting = Vec<(i64, Timestamp)>;

fn unruled_runs(conn: &mut Conn, place: &Place<'_>) -> Result<Waiting> {
    let rows = runs::table
        .left_join(run_rulings::table.on(run_rulings::coop_id.eq(runs::coop_id).and(run_rulings::run_id.eq(runs::id))))
        .filter(runs::coop_id.eq(&place.coop.id).and(run_rulings::at.is_null()))
        .order(runs::number)
        .limit(MOST)
        .select((runs::number, runs::at));
    Ok(rows.load(conn)?)
}

fn unruled_entries(conn: &mut Conn, place: &Place<'_>) -> Result<Waiting> {
    let rows = manual_entries::table
        .left_join(entry_rulings::table.on(entry_rulings::coop_id.eq(manual_entries::coop_id).and(entry_rulings::entry_id.eq(manual_entries::id))))
        .filter(manual_entries::coop_id.eq(&place.coop.id).and(entry_rulings::at.is_null()))
        .order(manual_entries::number)
        .limit(MOST)
        .select((manual_entries::number, manual_entries::at));
    Ok(rows.load(conn)?)
}

fn unruled_payouts(conn: &mut Conn, place: &Place<'_>) -> Result<Waiting> {
    let rows = payouts::table
        .left_join(payout_rulings::table.on(payout_rulings::coop_id.eq(payouts::coop_id).and(payout_rulings::payout_id.eq(payouts::id))))
        .filter(payouts::coop_id.eq(&place.coop.id).and(payout_rulings::at.is_null()))
        .order(payouts::number)
        .limit(MOST)
        .select((payouts::number, payouts::at));
    Ok(rows.load(conn)?)
}

fn unsplit(conn: &mut Conn, place: &Place<'_>) -> Result<Waiting> {
    let rows = receipts::table
        .left_join(runs::table.on(runs::coop_id.eq(receipts::coop_id).and(runs::receipt_id.eq(receipts::id))))
        .filter(receipts::coop_id.eq(&place.coop.id).and(runs::at.is_null()))
        .order(receipts::number)
        .limit(MOST)
        .select((receipts::number, receipts::at));
    Ok(rows.load(conn)?)
}

/// The queue that a page of the treasury belongs to; none for what is one person's own.
fn queue(link: &str) -> &'static str {
    let under = |part: &str| link.contains(part);
    if under("/runs/") || under("/receipts/") {
        "Runs"
    } else if under("/entries/") || under("/payouts/") {
        "Money in and out"
    } else {
        ""
    }
}

pub(super) fn tasks(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let own = waiting::waiting(conn, place.coop, place.reader)?;
    let mut tasks: Vec<Task> = own.into_iter().map(|w| Task { queue: queue(&w.path), words: w.words, link: w.path, at: w.at, mine: true }).collect();
    if !place.reader.is_in() || place.reader.roles.is_empty() {
        return Ok(tasks);
    }
    // What waits for others, so that the desk shows all of it.
    let open = [
        ("Run no.", "/runs", unruled_runs(conn, place)?),
        ("Entry no.", "/entries", unruled_entries(conn, place)?),
        ("Payment list no.", "/payouts", unruled_payouts(conn, place)?),
        ("Receipt no.", "/receipts", unsplit(conn, place)?),
    ];
    for (words, path, rows) in open {
        for (number, at) in rows {
            let link = place.link(&format!("{path}/{number}"));
            if tasks.iter().all(|task| task.link != link) {
                tasks.push(Task { queue: queue(&link), words: format!("{words} {number} waits for somebody else"), link, at, mine: false });
            }
        }
    }
    Ok(tasks)
}
