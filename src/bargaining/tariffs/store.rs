//! The tariffs' tables: model_terms, floors, withholdings. Decisions are read, never written.

use super::history::Offered;
use super::rules::{Floor, Mandate, ModelTerms};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, FloorId, ProposalId};
use crate::kernel::matter::Ladder;
use crate::kernel::money::Rate;
use crate::kernel::terms::{BuyerClass, Quantities, TermSheet, Unit, Use};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{agreements, decisions, floors, freezes, model_terms, negotiations, notices, offers, proposals, refused_offers, withholdings};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::max;
use diesel::prelude::*;

pub(super) fn mandate(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<Option<Mandate>> {
    proposals::table
        .inner_join(decisions::table.on(decisions::coop_id.eq(proposals::coop_id).and(decisions::proposal_id.eq(proposals::id))))
        .inner_join(notices::table.on(notices::coop_id.eq(proposals::coop_id).and(notices::proposal_id.eq(proposals::id))))
        .filter(proposals::coop_id.eq(coop).and(proposals::id.eq(proposal)))
        .select((proposals::number, proposals::matter_hash, decisions::outcome, decisions::record_hash, notices::closes_at))
        .first(conn)
        .optional()
}

pub(super) fn floors(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<Floor>> {
    floors::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(floors::coop_id).and(proposals::id.eq(floors::proposal_id))))
        .filter(floors::coop_id.eq(coop))
        .order((floors::in_force_at, floors::id))
        .select((floors::id, floors::purpose, floors::class, floors::unit, floors::currency, floors::rate, floors::proposal_id, proposals::number, floors::in_force_at))
        .load(conn)
}

pub(super) fn floor_by(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<Option<FloorId>> {
    floors::table.filter(floors::coop_id.eq(coop).and(floors::proposal_id.eq(proposal))).select(floors::id).first(conn).optional()
}

pub(super) fn insert_floor(tx: &mut Tx<'_>, coop: &CoopId, id: &FloorId, proposal: &ProposalId, ladder: &Ladder, rate: Rate, since: Timestamp) -> QueryResult<()> {
    diesel::insert_into(floors::table)
        .values((
            floors::coop_id.eq(coop),
            floors::id.eq(id),
            floors::purpose.eq(ladder.purpose),
            floors::class.eq(ladder.class),
            floors::unit.eq(ladder.unit),
            floors::currency.eq(&ladder.currency),
            floors::rate.eq(rate),
            floors::proposal_id.eq(proposal),
            floors::in_force_at.eq(since),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

type TermsRow = (i64, BuyerClass, String, Digest, ProposalId, i64, Timestamp);

pub(super) fn terms(conn: &mut Conn, coop: &CoopId) -> crate::error::Result<Vec<ModelTerms>> {
    let rows: Vec<TermsRow> = model_terms::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(model_terms::coop_id).and(proposals::id.eq(model_terms::proposal_id))))
        .filter(model_terms::coop_id.eq(coop))
        .order(model_terms::version.desc())
        .select((model_terms::version, model_terms::class, model_terms::sheet, model_terms::sheet_hash, model_terms::proposal_id, proposals::number, model_terms::in_force_at))
        .load(conn)?;
    rows.into_iter()
        .map(|(version, class, sheet, sheet_hash, proposal, number, since)| {
            Ok(ModelTerms { version, class, sheet: serde_json::from_str(&sheet)?, sheet_hash, proposal, number, since })
        })
        .collect()
}

pub(super) fn terms_by(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<Option<i64>> {
    model_terms::table.filter(model_terms::coop_id.eq(coop).and(model_terms::proposal_id.eq(proposal))).select(model_terms::version).first(conn).optional()
}

pub(super) fn last_version(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = model_terms::table.filter(model_terms::coop_id.eq(coop)).select(max(model_terms::version)).first(conn)?;
    Ok(last.unwrap_or(0))
}

pub(super) fn insert_terms(tx: &mut Tx<'_>, coop: &CoopId, version: i64, proposal: &ProposalId, sheet: &TermSheet, hash: &Digest, since: Timestamp) -> crate::error::Result<()> {
    diesel::insert_into(model_terms::table)
        .values((
            model_terms::coop_id.eq(coop),
            model_terms::version.eq(version),
            model_terms::class.eq(sheet.class),
            model_terms::sheet.eq(serde_json::to_string(sheet)?),
            model_terms::sheet_hash.eq(hash),
            model_terms::proposal_id.eq(proposal),
            model_terms::in_force_at.eq(since),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn withholding_at(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> QueryResult<Option<(i64, Timestamp, i64)>> {
    withholdings::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(withholdings::coop_id).and(proposals::id.eq(withholdings::proposal_id))))
        .filter(withholdings::coop_id.eq(coop).and(withholdings::in_force_at.le(at)))
        .order((withholdings::in_force_at.desc(), withholdings::proposal_id.desc()))
        .select((withholdings::stop, withholdings::in_force_at, proposals::number))
        .first(conn)
        .optional()
}

pub(super) fn withheld_by(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> QueryResult<bool> {
    let rows: i64 = withholdings::table.filter(withholdings::coop_id.eq(coop).and(withholdings::proposal_id.eq(proposal))).count().get_result(conn)?;
    Ok(rows > 0)
}

pub(super) fn insert_withholding(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, stop: bool, since: Timestamp) -> QueryResult<()> {
    diesel::insert_into(withholdings::table)
        .values((
            withholdings::coop_id.eq(coop),
            withholdings::proposal_id.eq(proposal),
            withholdings::stop.eq(i64::from(stop)),
            withholdings::in_force_at.eq(since),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many offers, and how many refused ones, the picture shows at most: the latest.
const SHOWN: i64 = 200;

type Sum = (i64, Timestamp, i64, i64, i64);

fn offer(uses: std::collections::BTreeSet<Use>, class: BuyerClass, (total, at, records, words, bytes): Sum, unit: Option<Unit>) -> Offered {
    Offered { uses, class, total, quantities: Quantities { records, words, bytes }, at, refused: unit.is_some(), unit }
}

/// What was offered and what was refused: all offers for members, for others those that were agreed.
pub(super) fn offered(conn: &mut Conn, coop: &CoopId, all: bool) -> crate::error::Result<Vec<Offered>> {
    let frozen = freezes::coop_id.eq(negotiations::coop_id).and(freezes::revision_id.eq(negotiations::revision_id));
    let mut query = offers::table
        .inner_join(negotiations::table.on(negotiations::coop_id.eq(offers::coop_id).and(negotiations::id.eq(offers::negotiation_id))))
        .inner_join(freezes::table.on(frozen))
        .left_join(agreements::table.on(agreements::coop_id.eq(offers::coop_id).and(agreements::offer_id.eq(offers::id))))
        .filter(offers::coop_id.eq(coop))
        .order((offers::at.desc(), offers::id.desc()))
        .limit(SHOWN)
        .select((offers::sheet, (offers::total, offers::at, freezes::records, freezes::words, freezes::bytes)))
        .into_boxed();
    if !all {
        query = query.filter(agreements::offer_id.is_not_null());
    }
    let made: Vec<(String, Sum)> = query.load(conn)?;
    let refused: Vec<(Use, BuyerClass, Unit, Sum)> = refused_offers::table
        .inner_join(floors::table.on(floors::coop_id.eq(refused_offers::coop_id).and(floors::id.eq(refused_offers::floor_id))))
        .inner_join(freezes::table.on(freezes::coop_id.eq(refused_offers::coop_id).and(freezes::revision_id.eq(refused_offers::revision_id))))
        .filter(refused_offers::coop_id.eq(coop))
        .order((refused_offers::at.desc(), refused_offers::id.desc()))
        .limit(SHOWN)
        .select((floors::purpose, floors::class, floors::unit, (refused_offers::total, refused_offers::at, freezes::records, freezes::words, freezes::bytes)))
        .load(conn)?;
    let mut out: Vec<Offered> = refused.into_iter().map(|(purpose, class, unit, sum)| offer([purpose].into(), class, sum, Some(unit))).collect();
    for (sheet, sum) in made {
        let sheet: TermSheet = serde_json::from_str(&sheet)?;
        out.push(offer(sheet.uses, sheet.class, sum, None));
    }
    Ok(out)
}
