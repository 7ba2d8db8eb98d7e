//! The tables of complaints and their answers.

use crate::kernel::ids::{ComplaintId, CoopId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, complaint_answers, complaints, members};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A complaint and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: ComplaintId,
    /// Its number, as people say it.
    pub number: i64,
    /// Who made it.
    pub member: MemberId,
    /// The member it is about, if it is about one.
    pub concerns: Option<MemberId>,
    /// What it is about, in a line.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// When it was made.
    pub at: Timestamp,
    /// The answer, who gave it and when.
    pub answer: Option<(String, MemberId, Timestamp)>,
}

type Row = (ComplaintId, i64, MemberId, Option<MemberId>, String, String, Timestamp, Option<(String, MemberId, Timestamp)>);

fn complaint((id, number, member, concerns, subject, body, at, answer): Row) -> Complaint {
    Complaint { id, number, member, concerns, subject, body, at, answer }
}

macro_rules! complaints_with_answers {
    ($filter:expr) => {
        complaints::table
            .left_join(complaint_answers::table.on(complaint_answers::coop_id.eq(complaints::coop_id).and(complaint_answers::complaint_id.eq(complaints::id))))
            .filter($filter)
            .order(complaints::number.desc())
            .limit(500)
            .select((
                complaints::id,
                complaints::number,
                complaints::member_id,
                complaints::concerns,
                complaints::subject,
                complaints::body,
                complaints::at,
                (complaint_answers::body, complaint_answers::answered_by, complaint_answers::at).nullable(),
            ))
    };
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = complaints::table.filter(complaints::coop_id.eq(coop)).select(diesel::dsl::max(complaints::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

#[expect(clippy::too_many_arguments, reason = "one row has that many columns")]
pub(super) fn insert(
    tx: &mut Tx<'_>,
    coop: &CoopId,
    id: &ComplaintId,
    number: i64,
    member: &MemberId,
    concerns: Option<&MemberId>,
    subject: &str,
    body: &str,
) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(complaints::table)
        .values((
            complaints::coop_id.eq(coop),
            complaints::id.eq(id),
            complaints::member_id.eq(member),
            complaints::number.eq(number),
            complaints::concerns.eq(concerns),
            complaints::subject.eq(subject),
            complaints::body.eq(body),
            complaints::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn insert_answer(tx: &mut Tx<'_>, coop: &CoopId, complaint: &ComplaintId, body: &str, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(complaint_answers::table)
        .values((
            complaint_answers::coop_id.eq(coop),
            complaint_answers::complaint_id.eq(complaint),
            complaint_answers::body.eq(body),
            complaint_answers::answered_by.eq(by),
            complaint_answers::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn all(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<Complaint>> {
    let rows: Vec<Row> = complaints_with_answers!(complaints::coop_id.eq(coop)).load(conn)?;
    Ok(rows.into_iter().map(complaint).collect())
}

pub(super) fn numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Complaint> {
    complaints_with_answers!(complaints::coop_id.eq(coop).and(complaints::number.eq(number))).first::<Row>(conn).map(complaint)
}

pub(super) fn email_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<String> {
    members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::coop_id.eq(coop).and(members::id.eq(member)))
        .select(accounts::email)
        .first(conn)
}
