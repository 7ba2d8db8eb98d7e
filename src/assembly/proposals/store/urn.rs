//! Ballots, the keys that seal them, and what was counted.

use crate::kernel::ids::{AccountId, CoopId, MemberId, ProposalId};
use crate::kernel::matter::Level;
use crate::kernel::time::Timestamp;
use crate::membership::coops::rules::StandingKind;
use crate::platform::db::schema::{accounts, ballot_keys, ballots, cancellations, closures, coops, counted_ballots, counted_receipts, members, notices, proposals, roll, standing_events};
use crate::platform::db::{Conn, Tx, each_db};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A cooperative and one of its proposals by their address.
pub fn by_address(conn: &mut Conn, slug: &str, number: i64) -> QueryResult<(CoopId, ProposalId)> {
    coops::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(coops::id)))
        .filter(coops::slug.eq(slug).and(proposals::number.eq(number)))
        .select((coops::id, proposals::id))
        .first(conn)
}

/// Everything that decides whether an account may cast a ballot now.
#[derive(Clone, Debug, Queryable)]
pub struct Booth {
    /// As which member.
    pub member: MemberId,
    /// Address, for whoever wants a mail.
    pub email: String,
    /// From when the member votes at all.
    pub votes_from: Timestamp,
    /// When notice was given.
    pub noticed_at: Timestamp,
    /// Voting begins.
    pub opens_at: Timestamp,
    /// Voting ends.
    pub closes_at: Timestamp,
    /// Secrecy.
    pub level: Level,
    /// How many choices.
    pub choices: i64,
    /// Place on the roll.
    pub position: Option<i64>,
    /// Called off.
    pub cancelled_at: Option<Timestamp>,
    /// Counting has begun.
    pub closed_at: Option<Timestamp>,
}

pub fn booth(conn: &mut Conn, coop: &CoopId, id: &ProposalId, account: &AccountId) -> QueryResult<Option<Booth>> {
    let found = each_db!(conn, c => members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .inner_join(notices::table.on(notices::coop_id.eq(members::coop_id)))
        .left_join(roll::table.on(roll::coop_id.eq(members::coop_id).and(roll::proposal_id.eq(notices::proposal_id)).and(roll::member_id.eq(members::id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(members::coop_id).and(cancellations::proposal_id.eq(notices::proposal_id))))
        .left_join(closures::table.on(closures::coop_id.eq(members::coop_id).and(closures::proposal_id.eq(notices::proposal_id))))
        .filter(members::coop_id.eq(coop).and(members::account_id.eq(account)).and(notices::proposal_id.eq(id)))
        .select((
            members::id,
            accounts::email,
            members::votes_from,
            notices::at,
            notices::opens_at,
            notices::closes_at,
            notices::level,
            notices::choices,
            roll::position.nullable(),
            cancellations::at.nullable(),
            closures::at.nullable(),
        ))
        .first(c));
    found.optional()
}

pub fn standing_events(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<(StandingKind, Timestamp)>> {
    standing_events::table
        .filter(standing_events::coop_id.eq(coop).and(standing_events::member_id.eq(member)))
        .order((standing_events::at, standing_events::id))
        .select((standing_events::kind, standing_events::effective_at))
        .load(conn)
}

/// One cast ballot.
#[derive(Clone, Debug, Queryable)]
pub struct Ballot {
    /// Counted from one; the last counts.
    pub version: i64,
    /// In clear at an open roll call.
    pub choice: Option<i64>,
    /// Sealed, or the receipt of an open roll call.
    pub envelope: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

pub fn last_ballot(conn: &mut Conn, coop: &CoopId, id: &ProposalId, member: &MemberId) -> QueryResult<Option<Ballot>> {
    ballots::table
        .filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id)).and(ballots::member_id.eq(member)))
        .order(ballots::version.desc())
        .select((ballots::version, ballots::choice, ballots::envelope, ballots::at))
        .first(conn)
        .optional()
}

pub fn last_version(conn: &mut Conn, coop: &CoopId, id: &ProposalId, member: &MemberId) -> QueryResult<i64> {
    let last: Option<i64> = ballots::table
        .filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id)).and(ballots::member_id.eq(member)))
        .order(ballots::version.desc())
        .select(ballots::version)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

pub fn insert_ballot(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, member: &MemberId, version: i64, choice: Option<i64>, envelope: &[u8]) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(ballots::table)
        .values((
            ballots::coop_id.eq(coop),
            ballots::proposal_id.eq(id),
            ballots::member_id.eq(member),
            ballots::version.eq(version),
            ballots::choice.eq(choice),
            ballots::envelope.eq(envelope),
            ballots::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// How many members have voted.
pub fn turnout(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<i64> {
    ballots::table.filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id)).and(ballots::version.eq(1))).count().get_result(conn)
}

/// How many ballots there are, all versions.
pub fn ballot_rows(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<i64> {
    ballots::table.filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id))).count().get_result(conn)
}

/// A page of ballots in the order of member and version, after one of them.
pub fn ballots_after(conn: &mut Conn, coop: &CoopId, id: &ProposalId, after: Option<&(MemberId, i64)>, limit: i64) -> QueryResult<Vec<(MemberId, Ballot)>> {
    let mut query = ballots::table.filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id))).into_boxed();
    if let Some((member, version)) = after {
        query = query.filter(ballots::member_id.gt(member.clone()).or(ballots::member_id.eq(member.clone()).and(ballots::version.gt(*version))));
    }
    query
        .order((ballots::member_id, ballots::version))
        .limit(limit)
        .select((ballots::member_id, (ballots::version, ballots::choice, ballots::envelope, ballots::at)))
        .load(conn)
}

/// Who has voted, by number, for the scrutineer.
pub fn voters(conn: &mut Conn, coop: &CoopId, id: &ProposalId, after: i64, limit: i64) -> QueryResult<Vec<(i64, String)>> {
    ballots::table
        .inner_join(members::table.on(members::coop_id.eq(ballots::coop_id).and(members::id.eq(ballots::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id)).and(ballots::version.eq(1)).and(members::number.gt(after)))
        .order(members::number)
        .limit(limit)
        .select((members::number, accounts::name))
        .load(conn)
}

/// Every version of an open roll call: number, name, choice, in the order of number and version.
pub fn roll_call(conn: &mut Conn, coop: &CoopId, id: &ProposalId, limit: i64) -> QueryResult<Vec<(i64, String, Option<i64>)>> {
    ballots::table
        .inner_join(members::table.on(members::coop_id.eq(ballots::coop_id).and(members::id.eq(ballots::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(id)))
        .order((members::number, ballots::version))
        .limit(limit)
        .select((members::number, accounts::name, ballots::choice))
        .load(conn)
}

pub fn key(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<Vec<u8>>> {
    ballot_keys::table.find((coop, id)).select(ballot_keys::sealed).first(conn).optional()
}

pub fn insert_key(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, sealed: &[u8]) -> QueryResult<()> {
    diesel::insert_into(ballot_keys::table)
        .values((ballot_keys::coop_id.eq(coop), ballot_keys::proposal_id.eq(id), ballot_keys::sealed.eq(sealed)))
        .execute(&mut **tx)
        .map(drop)
}

pub fn destroy_key(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId) -> QueryResult<()> {
    diesel::delete(ballot_keys::table.find((coop, id))).execute(&mut **tx).map(drop)
}

pub fn closure(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<i64>> {
    closures::table.find((coop, id)).select(closures::ballots).first(conn).optional()
}

pub fn insert_closure(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, ballots: i64) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(closures::table)
        .values((closures::coop_id.eq(coop), closures::proposal_id.eq(id), closures::ballots.eq(ballots), closures::at.eq(now)))
        .execute(&mut **tx)
        .map(drop)
}

pub fn counted(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<i64> {
    counted_ballots::table.filter(counted_ballots::coop_id.eq(coop).and(counted_ballots::proposal_id.eq(id))).count().get_result(conn)
}

pub fn insert_counted(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, position: i64, choice: i64) -> QueryResult<()> {
    diesel::insert_into(counted_ballots::table)
        .values((counted_ballots::coop_id.eq(coop), counted_ballots::proposal_id.eq(id), counted_ballots::position.eq(position), counted_ballots::choice.eq(choice)))
        .execute(&mut **tx)
        .map(drop)
}

pub fn receipts(conn: &mut Conn, coop: &CoopId, id: &ProposalId, after: &str, limit: i64) -> QueryResult<Vec<String>> {
    counted_receipts::table
        .filter(counted_receipts::coop_id.eq(coop).and(counted_receipts::proposal_id.eq(id)).and(counted_receipts::receipt.gt(after)))
        .order(counted_receipts::receipt)
        .limit(limit)
        .select(counted_receipts::receipt)
        .load(conn)
}

pub fn counted_receipt_rows(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<i64> {
    counted_receipts::table.filter(counted_receipts::coop_id.eq(coop).and(counted_receipts::proposal_id.eq(id))).count().get_result(conn)
}

pub fn insert_receipt(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, receipt: &str) -> QueryResult<()> {
    diesel::insert_into(counted_receipts::table)
        .values((counted_receipts::coop_id.eq(coop), counted_receipts::proposal_id.eq(id), counted_receipts::receipt.eq(receipt)))
        .execute(&mut **tx)
        .map(drop)
}
