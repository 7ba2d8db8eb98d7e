//! The table of usage reports.

use super::rules::Wish;
use crate::kernel::ids::{AccountId, CoopId, LicenceId, ReportId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::usage_reports as u;
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A report of use.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Report {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// What for.
    pub purpose: String,
    /// Which model.
    pub model: String,
    /// Anything else.
    pub note: String,
    /// When it came.
    pub at: Timestamp,
}

pub(super) fn of(conn: &mut Conn, coop: &CoopId, licence: &LicenceId) -> QueryResult<Vec<Report>> {
    u::table
        .filter(u::coop_id.eq(coop).and(u::licence_id.eq(licence)))
        .order((u::period_from.desc(), u::id.desc()))
        .limit(200)
        .select((u::period_from, u::period_to, u::purpose, u::model, u::note, u::at))
        .load(conn)
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &ReportId, licence: &LicenceId, wish: &Wish, by: &AccountId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(u::table)
        .values((
            u::coop_id.eq(coop),
            u::id.eq(id),
            u::licence_id.eq(licence),
            u::period_from.eq(&wish.from),
            u::period_to.eq(&wish.to),
            u::purpose.eq(&wish.purpose),
            u::model.eq(&wish.model),
            u::note.eq(&wish.note),
            u::reported_by.eq(by),
            u::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
