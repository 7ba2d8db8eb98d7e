//! The tables of proposals, notices, challenges, cancellations, decisions and enactments.

mod roll;
mod urn;

pub use roll::Place;
pub(super) use roll::{addresses, electors, insert_place, leaves, on_both, place, roll_so_far, unvoted};
pub(super) use urn::*;

use super::{Card, Challenge, Decided, Enactment, Order, Sheet};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ChallengeId, CoopId, MemberId, OfferId, ProposalId};
use crate::kernel::matter::{Ladder, Level, MatterKind};
use crate::kernel::money::Rate;
use crate::kernel::terms::BuyerClass;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{cancellations, challenge_answers, challenges, decisions, enactments, floors, members, model_terms, notice_orders, notices, offers, proposals};
use crate::platform::db::{Conn, Tx, each_db};
use diesel::prelude::*;
use diesel::result::QueryResult;

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = proposals::table.filter(proposals::coop_id.eq(coop)).select(diesel::dsl::max(proposals::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// What a draft consists of.
pub(super) struct Draft<'a> {
    pub id: &'a ProposalId,
    pub number: i64,
    pub kind: MatterKind,
    pub matter: &'a str,
    pub matter_hash: &'a Digest,
    pub title: &'a str,
    pub body: &'a str,
    pub by: &'a MemberId,
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, draft: &Draft<'_>) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(proposals::table)
        .values((
            proposals::coop_id.eq(coop),
            proposals::id.eq(draft.id),
            proposals::number.eq(draft.number),
            proposals::kind.eq(draft.kind),
            proposals::matter.eq(draft.matter),
            proposals::matter_hash.eq(draft.matter_hash),
            proposals::title.eq(draft.title),
            proposals::body.eq(draft.body),
            proposals::drafted_by.eq(Some(draft.by)),
            proposals::drafted_at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// The floor in force where a ladder wants to move it. Floors are written by the tariff.
pub(super) fn floor(conn: &mut Conn, coop: &CoopId, ladder: &Ladder, at: Timestamp) -> QueryResult<Option<Rate>> {
    floors::table
        .filter(floors::coop_id.eq(coop).and(floors::purpose.eq(ladder.purpose)).and(floors::class.eq(ladder.class)).and(floors::unit.eq(ladder.unit)))
        .filter(floors::in_force_at.le(at))
        .order((floors::in_force_at.desc(), floors::id.desc()))
        .select(floors::rate)
        .first(conn)
        .optional()
}

/// All proposals with what has happened to each, as joins that every list starts from.
macro_rules! told {
    () => {
        proposals::table
            .left_join(notice_orders::table.on(notice_orders::coop_id.eq(proposals::coop_id).and(notice_orders::proposal_id.eq(proposals::id))))
            .left_join(notices::table.on(notices::coop_id.eq(proposals::coop_id).and(notices::proposal_id.eq(proposals::id))))
            .left_join(cancellations::table.on(cancellations::coop_id.eq(proposals::coop_id).and(cancellations::proposal_id.eq(proposals::id))))
            .left_join(decisions::table.on(decisions::coop_id.eq(proposals::coop_id).and(decisions::proposal_id.eq(proposals::id))))
            .left_join(enactments::table.on(enactments::coop_id.eq(proposals::coop_id).and(enactments::proposal_id.eq(proposals::id))))
    };
}

/// The columns of a [`Card`], in its order.
macro_rules! card {
    () => {
        (
            (proposals::id, proposals::number, proposals::kind, proposals::title, proposals::drafted_at),
            (notice_orders::at.nullable(), notices::opens_at.nullable(), notices::closes_at.nullable(), cancellations::at.nullable(), decisions::at.nullable()),
            (decisions::outcome.nullable(), enactments::effect.nullable(), enactments::because.nullable()),
        )
    };
}

pub(super) fn cards(conn: &mut Conn, coop: &CoopId, before: i64, limit: i64) -> QueryResult<Vec<Card>> {
    each_db!(conn, c => told!().filter(proposals::coop_id.eq(coop).and(proposals::number.lt(before))).order(proposals::number.desc()).limit(limit).select(card!()).load(c))
}

pub(super) fn card(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Card> {
    told!().filter(proposals::coop_id.eq(coop).and(proposals::id.eq(id))).select(card!()).first(conn)
}

pub(super) fn id_of(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<ProposalId> {
    proposals::table.filter(proposals::coop_id.eq(coop).and(proposals::number.eq(number))).select(proposals::id).first(conn)
}

pub(super) fn sheet(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Sheet> {
    let card = card(conn, coop, id)?;
    let (matter, matter_hash, body): (String, Digest, String) =
        proposals::table.find((coop, id)).select((proposals::matter, proposals::matter_hash, proposals::body)).first(conn)?;
    Ok(Sheet { card, matter, matter_hash, body })
}

pub(super) fn order(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<Order>> {
    notice_orders::table
        .find((coop, id))
        .select((notice_orders::bylaws_version, notice_orders::level, notice_orders::ordered_by, notice_orders::at))
        .first(conn)
        .optional()
}

pub(super) fn insert_order(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, order: &Order) -> QueryResult<()> {
    diesel::insert_into(notice_orders::table)
        .values((
            notice_orders::coop_id.eq(coop),
            notice_orders::proposal_id.eq(id),
            notice_orders::bylaws_version.eq(order.bylaws_version),
            notice_orders::level.eq(order.level),
            notice_orders::ordered_by.eq(&order.by),
            notice_orders::at.eq(order.at),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// Text and hash of a published notice.
pub(super) fn notice(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<(String, Digest)>> {
    notices::table.find((coop, id)).select((notices::text, notices::notice_hash)).first(conn).optional()
}

/// The proposal whose notice came last before this one, and how many were on its roll.
pub(super) fn notice_before(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> QueryResult<Option<(ProposalId, i64)>> {
    notices::table.filter(notices::coop_id.eq(coop).and(notices::at.lt(at))).order(notices::at.desc()).select((notices::proposal_id, notices::roll_count)).first(conn).optional()
}

pub(super) fn insert_notice(tx: &mut Tx<'_>, coop: &CoopId, notice: &super::notice::Text, text: &str, hash: &Digest, by: &MemberId) -> QueryResult<()> {
    diesel::insert_into(notices::table)
        .values((
            (notices::coop_id.eq(coop), notices::proposal_id.eq(&notice.proposal), notices::text.eq(text), notices::notice_hash.eq(hash), notices::level.eq(notice.rule.level)),
            (notices::choices.eq(i64::try_from(notice.choices.len()).unwrap_or(i64::MAX)), notices::quorum_bp.eq(notice.rule.quorum_bp), notices::threshold_bp.eq(notice.rule.threshold_bp)),
            (notices::roll_count.eq(notice.roll_count), notices::roll_root.eq(&notice.roll_root), notices::joined.eq(notice.joined), notices::departed.eq(notice.departed)),
            (notices::noticed_by.eq(by), notices::at.eq(notice.at), notices::opens_at.eq(notice.opens_at), notices::closes_at.eq(notice.closes_at)),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn cancellation(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<String>> {
    cancellations::table.find((coop, id)).select(cancellations::reason).first(conn).optional()
}

pub(super) fn insert_cancellation(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, reason: &str, by: Option<&MemberId>) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(cancellations::table)
        .values((
            cancellations::coop_id.eq(coop),
            cancellations::proposal_id.eq(id),
            cancellations::reason.eq(reason),
            cancellations::cancelled_by.eq(by),
            cancellations::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn challenges(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Vec<Challenge>> {
    challenges::table
        .left_join(challenge_answers::table.on(challenge_answers::coop_id.eq(challenges::coop_id).and(challenge_answers::challenge_id.eq(challenges::id))))
        .inner_join(members::table.on(members::coop_id.eq(challenges::coop_id).and(members::id.eq(challenges::member_id))))
        .filter(challenges::coop_id.eq(coop).and(challenges::proposal_id.eq(id)))
        .order((challenges::at, challenges::id))
        .limit(500)
        .select((challenges::id, members::number, challenges::body, challenges::at, challenge_answers::body.nullable(), challenge_answers::at.nullable()))
        .load(conn)
}

pub(super) fn insert_challenge(tx: &mut Tx<'_>, coop: &CoopId, id: &ChallengeId, proposal: &ProposalId, member: &MemberId, words: &str) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(challenges::table)
        .values((
            challenges::coop_id.eq(coop),
            challenges::id.eq(id),
            challenges::proposal_id.eq(proposal),
            challenges::member_id.eq(member),
            challenges::body.eq(words),
            challenges::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// Whether a challenge stands against this proposal, and whether it is answered.
pub(super) fn is_answered(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId, id: &ChallengeId) -> QueryResult<bool> {
    challenges::table.filter(challenges::coop_id.eq(coop).and(challenges::id.eq(id)).and(challenges::proposal_id.eq(proposal))).select(challenges::id).first::<ChallengeId>(conn)?;
    let answers: i64 = challenge_answers::table.filter(challenge_answers::coop_id.eq(coop).and(challenge_answers::challenge_id.eq(id))).count().get_result(conn)?;
    Ok(answers > 0)
}

pub(super) fn insert_answer(tx: &mut Tx<'_>, coop: &CoopId, id: &ChallengeId, by: &MemberId, words: &str) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(challenge_answers::table)
        .values((
            challenge_answers::coop_id.eq(coop),
            challenge_answers::challenge_id.eq(id),
            challenge_answers::body.eq(words),
            challenge_answers::answered_by.eq(by),
            challenge_answers::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

/// Challenges nobody has answered: the proposal's number and heading, and when.
pub(super) fn unanswered(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<(i64, String, Timestamp)>> {
    challenges::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(challenges::coop_id).and(proposals::id.eq(challenges::proposal_id))))
        .left_join(challenge_answers::table.on(challenge_answers::coop_id.eq(challenges::coop_id).and(challenge_answers::challenge_id.eq(challenges::id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(challenges::coop_id).and(cancellations::proposal_id.eq(challenges::proposal_id))))
        .filter(challenges::coop_id.eq(coop).and(challenge_answers::at.is_null()).and(cancellations::at.is_null()))
        .order(challenges::at)
        .limit(50)
        .select((proposals::number, proposals::title, challenges::at))
        .load(conn)
}

pub(super) fn decided(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<Decided>> {
    let row = decisions::table
        .inner_join(notices::table.on(notices::coop_id.eq(decisions::coop_id).and(notices::proposal_id.eq(decisions::proposal_id))))
        .filter(decisions::coop_id.eq(coop).and(decisions::proposal_id.eq(id)))
        .select((decisions::outcome, decisions::explanation, decisions::record, decisions::record_hash, notices::closes_at, decisions::at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(outcome, explanation, record, record_hash, closes_at, at)| Decided { outcome, explanation, record, record_hash, closes_at, at }))
}

pub(super) fn insert_decision(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, record: &super::tally::Record, text: &str, hash: &Digest) -> QueryResult<()> {
    let now = tx.now();
    let level = record.ladder.as_ref().zip(record.floor).and_then(|(ladder, floor)| ladder.levels.iter().position(|level| *level == floor));
    diesel::insert_into(decisions::table)
        .values((
            decisions::coop_id.eq(coop),
            decisions::proposal_id.eq(id),
            decisions::outcome.eq(record.outcome),
            decisions::level.eq(level.and_then(|level| i64::try_from(level).ok())),
            decisions::explanation.eq(&record.explanation),
            decisions::record.eq(text),
            decisions::record_hash.eq(hash),
            decisions::at.eq(now),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn enactment(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Option<Enactment>> {
    enactments::table.find((coop, id)).select((enactments::effect, enactments::because, enactments::at)).first(conn).optional()
}

pub(super) fn insert_enactment(tx: &mut Tx<'_>, coop: &CoopId, id: &ProposalId, effect: Option<&str>, because: Option<&str>) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(enactments::table)
        .values((enactments::coop_id.eq(coop), enactments::proposal_id.eq(id), enactments::effect.eq(effect), enactments::because.eq(because), enactments::at.eq(now)))
        .execute(&mut **tx)
        .map(drop)
}

/// The level of secrecy frozen with a notice.
pub(super) fn level(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<Level> {
    notices::table.find((coop, id)).select(notices::level).first(conn)
}

/// Canonical JSON of the term sheet of one offer. Offers are written by the bargaining.
pub(super) fn offer_sheet(conn: &mut Conn, coop: &CoopId, offer: &OfferId) -> QueryResult<Option<(String, Digest)>> {
    offers::table.filter(offers::coop_id.eq(coop).and(offers::id.eq(offer))).select((offers::sheet, offers::sheet_hash)).first(conn).optional()
}

/// Canonical JSON of the model terms in force for a class of buyer. They are written by the tariff.
pub(super) fn model_terms(conn: &mut Conn, coop: &CoopId, class: BuyerClass, at: Timestamp) -> QueryResult<Option<String>> {
    model_terms::table
        .filter(model_terms::coop_id.eq(coop).and(model_terms::class.eq(class)).and(model_terms::in_force_at.le(at)))
        .order((model_terms::in_force_at.desc(), model_terms::version.desc()))
        .select(model_terms::sheet)
        .first(conn)
        .optional()
}
