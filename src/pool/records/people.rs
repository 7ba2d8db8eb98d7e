//! Rows of contributors, claims and tombstones.

use super::rules::Verdict;
use crate::kernel::ids::{ClaimId, ContributorId, CoopId, MemberId, RecordId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{claim_rulings, claims, contributors, members, tombstones};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;

/// A contributor.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct StoredContributor {
    /// Its id.
    pub id: ContributorId,
    /// The source's pseudonym.
    pub pseudonym: Option<String>,
    /// The member recognised behind it.
    pub member: Option<MemberId>,
}

macro_rules! contributor_columns {
    () => {
        (contributors::id, contributors::pseudonym, contributors::member_id)
    };
}

pub(super) fn contributor(conn: &mut Conn, coop: &CoopId, id: &ContributorId) -> QueryResult<StoredContributor> {
    contributors::table.find((coop, id)).select(contributor_columns!()).first(conn)
}

pub(super) fn contributors_named(conn: &mut Conn, coop: &CoopId, names: &[String]) -> QueryResult<Vec<StoredContributor>> {
    contributors::table.filter(contributors::coop_id.eq(coop).and(contributors::pseudonym.eq_any(names))).select(contributor_columns!()).load(conn)
}

/// The contributor a member is in their own uploads.
pub(super) fn own_contributor(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Option<ContributorId>> {
    contributors::table
        .filter(contributors::coop_id.eq(coop).and(contributors::member_id.eq(member)).and(contributors::pseudonym.is_null()))
        .select(contributors::id)
        .first(conn)
        .optional()
}

pub(super) fn put_contributor(tx: &mut Tx<'_>, coop: &CoopId, pseudonym: Option<&str>, member: Option<&MemberId>) -> QueryResult<ContributorId> {
    let (id, now): (ContributorId, _) = (tx.fresh(), tx.now());
    diesel::insert_into(contributors::table)
        .values((
            contributors::coop_id.eq(coop),
            contributors::id.eq(&id),
            contributors::pseudonym.eq(pseudonym),
            contributors::member_id.eq(member),
            contributors::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// A claim, with the pseudonym claimed, the claimant's number and the ruling if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Claim {
    /// Its id.
    pub id: ClaimId,
    /// Of whom.
    pub contributor: ContributorId,
    /// The pseudonym.
    pub pseudonym: Option<String>,
    /// By whom.
    pub member: MemberId,
    /// Their number.
    pub member_number: i64,
    /// What they show for it.
    pub evidence: String,
    /// When.
    pub at: Timestamp,
    /// The answer.
    pub verdict: Option<Verdict>,
    /// Its reason.
    pub reason: Option<String>,
}

/// Claims from the newest; of one member where given.
pub(super) fn claims(conn: &mut Conn, coop: &CoopId, member: Option<&MemberId>, limit: i64) -> QueryResult<Vec<Claim>> {
    let mut query = claims::table
        .inner_join(contributors::table.on(contributors::coop_id.eq(claims::coop_id).and(contributors::id.eq(claims::contributor_id))))
        .inner_join(members::table.on(members::coop_id.eq(claims::coop_id).and(members::id.eq(claims::member_id))))
        .left_join(claim_rulings::table.on(claim_rulings::coop_id.eq(claims::coop_id).and(claim_rulings::claim_id.eq(claims::id))))
        .filter(claims::coop_id.eq(coop))
        .order(claims::at.desc())
        .limit(limit)
        .select((
            claims::id,
            claims::contributor_id,
            contributors::pseudonym,
            claims::member_id,
            members::number,
            claims::evidence,
            claims::at,
            claim_rulings::verdict.nullable(),
            claim_rulings::reason.nullable(),
        ))
        .into_boxed();
    if let Some(member) = member {
        query = query.filter(claims::member_id.eq(member.clone()));
    }
    query.load(conn)
}

pub(super) fn put_claim(tx: &mut Tx<'_>, coop: &CoopId, contributor: &ContributorId, member: &MemberId, evidence: &str) -> QueryResult<ClaimId> {
    let (id, now): (ClaimId, _) = (tx.fresh(), tx.now());
    diesel::insert_into(claims::table)
        .values((claims::coop_id.eq(coop), claims::id.eq(&id), claims::contributor_id.eq(contributor), claims::member_id.eq(member), claims::evidence.eq(evidence), claims::at.eq(now)))
        .execute(&mut **tx)?;
    Ok(id)
}

/// The contributor and the claimant of a claim, and whether it has been answered.
pub(super) fn claim(conn: &mut Conn, coop: &CoopId, id: &ClaimId) -> QueryResult<(ContributorId, MemberId, bool)> {
    let (contributor, member) = claims::table.find((coop, id)).select((claims::contributor_id, claims::member_id)).first(conn)?;
    let ruled: i64 = claim_rulings::table.filter(claim_rulings::coop_id.eq(coop).and(claim_rulings::claim_id.eq(id))).count().get_result(conn)?;
    Ok((contributor, member, ruled > 0))
}

pub(super) fn claim_waits(conn: &mut Conn, coop: &CoopId, contributor: &ContributorId, member: &MemberId) -> QueryResult<bool> {
    let open: i64 = claims::table
        .left_join(claim_rulings::table.on(claim_rulings::coop_id.eq(claims::coop_id).and(claim_rulings::claim_id.eq(claims::id))))
        .filter(claims::coop_id.eq(coop).and(claims::contributor_id.eq(contributor)).and(claims::member_id.eq(member)))
        .filter(claim_rulings::at.nullable().is_null())
        .count()
        .get_result(conn)?;
    Ok(open > 0)
}

pub(super) fn put_ruling(tx: &mut Tx<'_>, coop: &CoopId, claim: &ClaimId, verdict: Verdict, reason: &str, by: &MemberId) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(claim_rulings::table)
        .values((
            claim_rulings::coop_id.eq(coop),
            claim_rulings::claim_id.eq(claim),
            claim_rulings::verdict.eq(verdict),
            claim_rulings::reason.eq(reason),
            claim_rulings::ruled_by.eq(by),
            claim_rulings::at.eq(now),
        ))
        .execute(&mut **tx)
}

pub(super) fn recognise(tx: &mut Tx<'_>, coop: &CoopId, contributor: &ContributorId, member: &MemberId) -> QueryResult<usize> {
    diesel::update(contributors::table.find((coop, contributor))).set(contributors::member_id.eq(Some(member))).execute(&mut **tx)
}

pub(super) fn put_tombstone(tx: &mut Tx<'_>, coop: &CoopId, record: &RecordId, reason: &str, by: &MemberId) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(tombstones::table)
        .values((tombstones::coop_id.eq(coop), tombstones::record_id.eq(record), tombstones::reason.eq(reason), tombstones::by_member.eq(by), tombstones::at.eq(now)))
        .execute(&mut **tx)
}
