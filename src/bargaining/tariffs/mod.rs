//! The tariff: what members voted that their work may be licensed for, and the least it costs.
//!
//! Nothing here is set by a person. A passed vote queues its enactment, `hall::enactment` calls one
//! of [`adopt_terms`], [`set_floor`] and [`withhold`], and each looks again at the decision: that it
//! passed, on exactly this matter, and that the world is still the one it was voted in. A floor is in
//! force from the instant its vote closed, however late the program came to note it down.
//! [`floor_guard`] then stands at every door an offer goes through.

pub mod history;
pub mod rules;
mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, FloorId, Id as _, ProposalId};
use crate::kernel::matter::{Ladder, Matter};
use crate::kernel::money::Rate;
use crate::kernel::terms::{BuyerClass, TermSheet};
use crate::kernel::time::{Timestamp, Zone};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
pub use rules::{Bid, Floor, FloorCheck, Mandate, ModelTerms, Refusal, Shortfall, Withholding, floor_guard, in_force};
use serde_json::json;

/// The passed decision behind an act of the hall on this matter.
///
/// # Errors
/// [`Refusal::VoteNeeded`] for anybody but the hall; [`Refusal::NotDecided`] without such a decision.
pub fn mandate(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, proposal: &ProposalId, matter: &Matter) -> Result<Mandate> {
    if *actor != Actor::Hall {
        return Err(Refusal::VoteNeeded.into());
    }
    let hash = Digest::of_json(matter)?;
    Ok(rules::stands(store::mandate(tx, coop, proposal)?, &hash)?)
}

/// Puts voted model terms in force for their class of buyer. Doing it again changes nothing.
///
/// # Errors
/// As [`mandate`].
pub fn adopt_terms(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, proposal: &ProposalId, sheet: &TermSheet) -> Result<i64> {
    let mandate = mandate(tx, actor, coop, proposal, &Matter::AdoptTerms { sheet: Box::new(sheet.clone()) })?;
    if let Some(version) = store::terms_by(tx, coop, proposal)? {
        return Ok(version);
    }
    let (version, hash) = (store::last_version(tx, coop)? + 1, Digest::of_json(sheet)?);
    store::insert_terms(tx, coop, version, proposal, sheet, &hash, mandate.closes_at)?;
    let facts = json!({"version": version, "class": sheet.class, "sheet_hash": hash, "proposal": proposal, "record_hash": mandate.record_hash});
    journal::append(tx, coop, "terms_adopted", proposal.as_str(), &facts)?;
    Ok(version)
}

/// Puts the floor in force that members chose on a ladder. Doing it again changes nothing.
///
/// # Errors
/// As [`mandate`]; when the level is not on the ladder, or the floor moved since it was frozen.
pub fn set_floor(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, proposal: &ProposalId, ladder: &Ladder, rate: Rate) -> Result<FloorId> {
    let mandate = mandate(tx, actor, coop, proposal, &Matter::SetFloor { ladder: ladder.clone() })?;
    if let Some(id) = store::floor_by(tx, coop, proposal)? {
        return Ok(id);
    }
    let history = store::floors(tx, coop)?;
    rules::fits_ladder(ladder, rate, &history)?;
    let id: FloorId = tx.fresh();
    store::insert_floor(tx, coop, &id, proposal, ladder, rate, mandate.closes_at)?;
    let facts = json!({
        "use": ladder.purpose, "class": ladder.class, "unit": ladder.unit, "currency": ladder.currency, "rate": rate,
        "since": mandate.closes_at, "proposal": proposal, "record_hash": mandate.record_hash,
    });
    journal::append(tx, coop, "floor_set", id.as_str(), &facts)?;
    Ok(id)
}

/// Stops new licences, or lifts the stop, as members voted. Doing it again changes nothing.
///
/// # Errors
/// As [`mandate`].
pub fn withhold(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, proposal: &ProposalId, stop: bool) -> Result<()> {
    let mandate = mandate(tx, actor, coop, proposal, &Matter::Withhold { stop })?;
    if store::withheld_by(tx, coop, proposal)? {
        return Ok(());
    }
    store::insert_withholding(tx, coop, proposal, stop, mandate.closes_at)?;
    let kind = if stop { "licences_withheld" } else { "withholding_lifted" };
    journal::append(tx, coop, kind, proposal.as_str(), &json!({"proposal": proposal, "record_hash": mandate.record_hash}))
}

/// Every floor a cooperative ever voted, oldest first.
///
/// # Errors
/// When the database does.
pub fn history(conn: &mut Conn, coop: &CoopId) -> Result<Vec<Floor>> {
    Ok(store::floors(conn, coop)?)
}

/// The floors in force at an instant.
///
/// # Errors
/// When the database does.
pub fn floors_at(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<Vec<Floor>> {
    Ok(in_force(&store::floors(conn, coop)?, at))
}

/// The model terms in force at an instant, one for each class of buyer that has any.
///
/// # Errors
/// When the database does.
pub fn terms_at(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<Vec<ModelTerms>> {
    let all = store::terms(conn, coop)?;
    let latest = |class: BuyerClass| all.iter().filter(|t| t.class == class && t.since <= at).max_by_key(|t| (t.since, t.version)).cloned();
    Ok(BuyerClass::ALL.iter().filter_map(|class| latest(*class)).collect())
}

/// Every version of the model terms, newest first.
///
/// # Errors
/// When the database does.
pub fn terms_history(conn: &mut Conn, coop: &CoopId) -> Result<Vec<ModelTerms>> {
    store::terms(conn, coop)
}

/// The stop in force at an instant, if members voted one.
///
/// # Errors
/// When the database does.
pub fn withheld_at(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<Option<Withholding>> {
    let last = store::withholding_at(conn, coop, at)?;
    Ok(last.filter(|(stop, ..)| *stop != 0).map(|(_, since, number)| Withholding { since, number }))
}

/// Refuses while members withhold new licences.
///
/// # Errors
/// [`Refusal::Withheld`].
pub fn not_withheld(conn: &mut Conn, coop: &CoopId, at: Timestamp, zone: &Zone) -> Result<()> {
    match withheld_at(conn, coop, at)? {
        Some(Withholding { since, number }) => Err(Refusal::Withheld { since: since.day(zone), number }.into()),
        None => Ok(()),
    }
}
