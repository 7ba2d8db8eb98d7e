//! Who may vote: read from the members' tables as they stood at the cut-off, kept in the roll.

use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, CoopId, MemberId, ProposalId};
use crate::kernel::time::Timestamp;
use crate::membership::coops::rules::{StandingKind, state};
use crate::membership::coops::State;
use crate::platform::db::schema::{accounts, ballots, cancellations, members, notices, proposals, roll, standing_events};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;
use std::collections::BTreeMap;

/// Members by number after one: the last number looked at, and those of them who could vote at the
/// cut-off. None when there are no more.
pub fn electors(conn: &mut Conn, coop: &CoopId, after: i64, limit: i64, cut_off: Timestamp) -> QueryResult<Option<(i64, Vec<MemberId>)>> {
    let page: Vec<(MemberId, i64, Timestamp)> = members::table
        .filter(members::coop_id.eq(coop).and(members::number.gt(after)).and(members::joined_at.le(cut_off)))
        .order(members::number)
        .limit(limit)
        .select((members::id, members::number, members::votes_from))
        .load(conn)?;
    let Some(last) = page.last().map(|(_, number, _)| *number) else { return Ok(None) };
    let ids: Vec<&MemberId> = page.iter().map(|(id, ..)| id).collect();
    let rows: Vec<(MemberId, StandingKind, Timestamp)> = standing_events::table
        .filter(standing_events::coop_id.eq(coop).and(standing_events::member_id.eq_any(ids)).and(standing_events::at.le(cut_off)))
        .order((standing_events::at, standing_events::id))
        .select((standing_events::member_id, standing_events::kind, standing_events::effective_at))
        .load(conn)?;
    let mut events: BTreeMap<MemberId, Vec<(StandingKind, Timestamp)>> = BTreeMap::new();
    for (member, kind, at) in rows {
        events.entry(member).or_default().push((kind, at));
    }
    let votes = |id: &MemberId, from: Timestamp| state(events.get(id).map_or(&[], Vec::as_slice), from, cut_off) == State::Active;
    Ok(Some((last, page.into_iter().filter(|(id, _, from)| votes(id, *from)).map(|(id, ..)| id).collect())))
}

/// How many are on the roll so far, and the last one's number as a member.
pub fn roll_so_far(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<(i64, i64)> {
    let last: Option<(i64, i64)> = roll::table
        .inner_join(members::table.on(members::coop_id.eq(roll::coop_id).and(members::id.eq(roll::member_id))))
        .filter(roll::coop_id.eq(coop).and(roll::proposal_id.eq(id)))
        .order(roll::position.desc())
        .select((roll::position, members::number))
        .first(conn)
        .optional()?;
    Ok(last.map_or((0, 0), |(position, number)| (position + 1, number)))
}

/// One voter's place on the roll.
#[derive(Clone, Debug, Queryable)]
pub struct Place {
    /// From zero.
    pub position: i64,
    /// Known to this member.
    pub salt: Vec<u8>,
    /// Leaf of the Merkle tree.
    pub leaf: Digest,
}

pub fn insert_place(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, member: &MemberId, place: &Place) -> QueryResult<()> {
    diesel::insert_into(roll::table)
        .values((
            roll::coop_id.eq(coop),
            roll::proposal_id.eq(id),
            roll::member_id.eq(member),
            roll::position.eq(place.position),
            roll::salt.eq(&place.salt),
            roll::leaf.eq(&place.leaf),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub fn place(conn: &mut Conn, coop: &CoopId, id: &ProposalId, member: &MemberId) -> QueryResult<Option<Place>> {
    roll::table.find((coop, id, member)).select((roll::position, roll::salt, roll::leaf)).first(conn).optional()
}

/// Leaves in order from a position on.
pub fn leaves(conn: &mut Conn, coop: &CoopId, id: &ProposalId, from: i64, limit: i64) -> QueryResult<Vec<Digest>> {
    roll::table
        .filter(roll::coop_id.eq(coop).and(roll::proposal_id.eq(id)).and(roll::position.ge(from)))
        .order(roll::position)
        .limit(limit)
        .select(roll::leaf)
        .load(conn)
}

/// How many are on both rolls.
pub fn on_both(conn: &mut Conn, coop: &CoopId, one: &ProposalId, other: &ProposalId) -> QueryResult<i64> {
    let earlier = diesel::alias!(roll as earlier);
    roll::table
        .inner_join(earlier.on(earlier.field(roll::coop_id).eq(roll::coop_id).and(earlier.field(roll::member_id).eq(roll::member_id)).and(earlier.field(roll::proposal_id).eq(other.clone()))))
        .filter(roll::coop_id.eq(coop).and(roll::proposal_id.eq(one)))
        .count()
        .get_result(conn)
}

/// Addresses of those on the roll from a position on.
pub fn addresses(conn: &mut Conn, coop: &CoopId, id: &ProposalId, from: i64, limit: i64) -> QueryResult<Vec<String>> {
    roll::table
        .inner_join(members::table.on(members::coop_id.eq(roll::coop_id).and(members::id.eq(roll::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(roll::coop_id.eq(coop).and(roll::proposal_id.eq(id)).and(roll::position.ge(from)))
        .order(roll::position)
        .limit(limit)
        .select(accounts::email)
        .load(conn)
}

/// Open votes of one cooperative that somebody is on the roll of and has not voted in: number,
/// heading and when voting ends.
pub fn unvoted(conn: &mut Conn, coop: &CoopId, account: &AccountId, now: Timestamp) -> QueryResult<Vec<(i64, String, Timestamp)>> {
    roll::table
        .inner_join(members::table.on(members::coop_id.eq(roll::coop_id).and(members::id.eq(roll::member_id))))
        .inner_join(notices::table.on(notices::coop_id.eq(roll::coop_id).and(notices::proposal_id.eq(roll::proposal_id))))
        .inner_join(proposals::table.on(proposals::coop_id.eq(roll::coop_id).and(proposals::id.eq(roll::proposal_id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(roll::coop_id).and(cancellations::proposal_id.eq(roll::proposal_id))))
        .left_join(ballots::table.on(ballots::coop_id.eq(roll::coop_id).and(ballots::proposal_id.eq(roll::proposal_id)).and(ballots::member_id.eq(roll::member_id)).and(ballots::version.eq(1))))
        .filter(roll::coop_id.eq(coop).and(members::account_id.eq(account)))
        .filter(notices::opens_at.le(now).and(notices::closes_at.gt(now)).and(cancellations::at.is_null()).and(ballots::at.is_null()))
        .order(notices::closes_at)
        .limit(100)
        .select((proposals::number, proposals::title, notices::closes_at))
        .load(conn)
}
