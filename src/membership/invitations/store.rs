//! The table of invitations.

use crate::kernel::digest::Digest;
use crate::kernel::ids::{ApplicationId, CoopId, InvitationId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::invitations;
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// An invitation as its sender sees it.
#[derive(Clone, Debug, Queryable)]
pub struct Invitation {
    /// To whom.
    pub email: String,
    /// When.
    pub at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// The application it led to, if any.
    pub application: Option<ApplicationId>,
}

/// An invitation as its link finds it.
pub(super) struct Found {
    pub(super) id: InvitationId,
    pub(super) by: MemberId,
    pub(super) expires_at: Timestamp,
    pub(super) used: bool,
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, id: &InvitationId, token: &Digest, email: &str, by: &MemberId, expires_at: Timestamp) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(invitations::table)
        .values((
            invitations::coop_id.eq(coop),
            invitations::id.eq(id),
            invitations::token.eq(token),
            invitations::email.eq(email),
            invitations::invited_by.eq(by),
            invitations::at.eq(now),
            invitations::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn open_by(conn: &mut Conn, coop: &CoopId, member: &MemberId, now: Timestamp) -> QueryResult<i64> {
    invitations::table
        .filter(invitations::coop_id.eq(coop).and(invitations::invited_by.eq(member)).and(invitations::application_id.is_null()).and(invitations::expires_at.gt(now)))
        .count()
        .get_result(conn)
}

pub(super) fn by_token(conn: &mut Conn, coop: &CoopId, token: &Digest) -> QueryResult<Option<Found>> {
    type Row = (InvitationId, MemberId, Timestamp, Option<ApplicationId>);
    let row: Option<Row> = invitations::table
        .filter(invitations::coop_id.eq(coop).and(invitations::token.eq(token)))
        .select((invitations::id, invitations::invited_by, invitations::expires_at, invitations::application_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, by, expires_at, application)| Found { id, by, expires_at, used: application.is_some() }))
}

pub(super) fn mark_used(tx: &mut Tx<'_>, coop: &CoopId, id: &InvitationId, application: &ApplicationId) -> QueryResult<()> {
    diesel::update(invitations::table.find((coop, id))).set(invitations::application_id.eq(Some(application))).execute(&mut **tx).map(drop)
}

pub(super) fn sent_by(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<Invitation>> {
    invitations::table
        .filter(invitations::coop_id.eq(coop).and(invitations::invited_by.eq(member)))
        .order(invitations::at.desc())
        .limit(100)
        .select((invitations::email, invitations::at, invitations::expires_at, invitations::application_id))
        .load(conn)
}
