//! The tables of authorisations and their withdrawals.

use super::rules::{Authorisation, Kind};
use crate::kernel::ids::{AuthorisationId, CoopId, MemberId};
use crate::kernel::terms::Use;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{authorisation_withdrawals, authorisations};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

pub(super) fn of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<Authorisation>> {
    type Row = (AuthorisationId, Kind, Use, Timestamp, Option<Timestamp>);
    let same = authorisation_withdrawals::coop_id.eq(authorisations::coop_id).and(authorisation_withdrawals::authorisation_id.eq(authorisations::id));
    let rows: Vec<Row> = authorisations::table
        .left_join(authorisation_withdrawals::table.on(same))
        .filter(authorisations::coop_id.eq(coop).and(authorisations::member_id.eq(member)))
        .order((authorisations::at, authorisations::id))
        .select((authorisations::id, authorisations::kind, authorisations::purpose, authorisations::at, authorisation_withdrawals::effective_at.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, kind, purpose, at, ends_at)| Authorisation { id, kind, purpose, at, ends_at }).collect())
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &AuthorisationId, member: &MemberId, kind: Kind, purpose: Use) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(authorisations::table)
        .values((
            authorisations::coop_id.eq(coop),
            authorisations::id.eq(id),
            authorisations::member_id.eq(member),
            authorisations::kind.eq(kind),
            authorisations::purpose.eq(purpose),
            authorisations::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn withdraw(tx: &mut Tx<'_>, coop: &CoopId, id: &AuthorisationId, ends: Timestamp) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(authorisation_withdrawals::table)
        .values((
            authorisation_withdrawals::coop_id.eq(coop),
            authorisation_withdrawals::authorisation_id.eq(id),
            authorisation_withdrawals::at.eq(now),
            authorisation_withdrawals::effective_at.eq(ends),
        ))
        .execute(&mut **tx)
        .map(drop)
}
