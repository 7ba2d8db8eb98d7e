//! Offers: a buyer asks for a licence of a frozen revision, either side puts versions of the terms
//! on the table, the buyer's signatory accepts one exactly, members ratify it. States are those of
//! the Dataspace Protocol and follow from rows. At every door the price is held against the floor,
//! and the cooperative offers no more than the terms members adopted.

pub mod asking;
pub mod deal;
pub mod desk;
mod members;
pub mod rules;
pub mod sight;
mod store;
pub mod web;

use crate::bargaining::buyers;
use crate::bargaining::tariffs::{self, Bid};
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, CoopId, CorpusId, Id as _, NegotiationId, OfferId, RevisionId};
use crate::kernel::terms::{BuyerClass, TermSheet};
use crate::kernel::time::{DAY, MINUTE, Timestamp};
use crate::membership::accounts::signed_in;
use crate::membership::coops::{self, Coop, Role};
use crate::platform::db::{Conn, Db, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
use crate::pool::corpora;
use deal::{Deal, Version};
pub use desk::{waiting_for_buyer, waiting_for_coop};
pub use members::{agree, put_to_members};
pub use rules::{Attempt, Path, Refusal, Side, State};
use serde_json::json;

/// A version somebody wants to put on the table.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The terms, with a price.
    pub sheet: TermSheet,
    /// A word to the other side.
    pub note: String,
    /// Days it stands.
    pub valid_days: i64,
}

/// What a buyer asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The corpus.
    pub corpus: CorpusId,
    /// Its frozen revision.
    pub revision: RevisionId,
    /// What for.
    pub purpose: String,
    /// The first version.
    pub terms: Terms,
}

/// Who signs for a buyer.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// Office.
    pub role: String,
    /// By what authority.
    pub authority: String,
    /// The buyer's own number for the order.
    pub order_number: String,
}

/// A side's agent in one negotiation.
struct Speaker {
    side: Side,
    account: AccountId,
}

/// Days a version stands at most.
pub const MOST_DAYS: i64 = 180;
const MOST_VERSIONS: i64 = 100;

/// Asks for a licence of a frozen revision; answers the negotiation's number.
///
/// # Errors
/// [`buyers::Refusal::NoBuyer`], [`Refusal::Conflict`], withholding, [`Refusal::AlreadyOpen`],
/// [`Refusal::NoTerms`], and what the floor guard says. What goes beyond the adopted terms may be
/// asked for; it cannot be offered.
pub fn request(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, ask: &Ask, hall_url: &str) -> Result<i64> {
    let agent = buyers::agent(tx, actor)?;
    let (cooperative, now) = (coops::coop(tx, coop)?, tx.now());
    not_both(tx, &agent.account, coop, now)?;
    tariffs::not_withheld(tx, coop, now, &cooperative.zone)?;
    let found = corpora::revisions(tx, coop, &ask.corpus)?.into_iter().find(|view| view.revision.id == ask.revision).or_not_found()?;
    let (revision, freeze) = (found.revision, found.frozen.or_not_found()?);
    if let Some(number) = store::open_over(tx, coop, &agent.buyer.id, ask)? {
        return Err(Refusal::AlreadyOpen(number).into());
    }
    rules::fits(&ask.terms.sheet, agent.buyer.class, &serde_json::from_str(&revision.uses)?)?;
    limit(tx, coop, agent.buyer.class, now)?;
    let held = Held { buyer: &agent.buyer.id, revision: &ask.revision, negotiation: None, quantities: freeze.quantities(), path: Path::Request, side: Side::Buyer, by: &agent.account };
    let total = hold(tx, &cooperative, &held, &ask.terms.sheet, now)?;
    let (id, number): (NegotiationId, _) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert_negotiation(tx, coop, &id, number, &agent.buyer.id, ask, &agent.account)?;
    journal::append(tx, coop, "licence_requested", id.as_str(), &json!({"number": number, "buyer": agent.buyer.id, "revision": ask.revision}))?;
    put_down(tx, coop, &id, 1, Side::Buyer, &ask.terms, total, &agent.account)?;
    tell(tx, &cooperative, &agent.buyer.id, number, Side::Coop, "A buyer asks for a licence", hall_url)?;
    Ok(number)
}

/// Puts a version on the table in answer to version `seen`; answers its number.
///
/// # Errors
/// Not found for strangers, who may not (see [`side`]), [`Refusal::Moved`], [`Refusal::NotOpen`],
/// [`Refusal::Beyond`] for the cooperative, and what the floor guard says.
pub fn offer(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, seen: i64, terms: &Terms, hall_url: &str) -> Result<i64> {
    let (deal, now) = (deal::numbered(tx, coop, number)?, tx.now());
    let (cooperative, speaker) = (coops::coop(tx, coop)?, side(tx, actor, &deal)?);
    on_table(&deal, seen)?;
    deal.course.may_offer(now)?;
    if deal.latest.version >= MOST_VERSIONS {
        return Err(Refusal::TooMany.into());
    }
    rules::fits(&terms.sheet, deal.what.buyer.class, &deal.what.frozen_for)?;
    let model = limit(tx, coop, deal.what.buyer.class, now)?;
    if speaker.side == Side::Coop {
        tariffs::not_withheld(tx, coop, now, &cooperative.zone)?;
        rules::within(&terms.sheet, &model.sheet, model.version)?;
    }
    let first = speaker.side == Side::Coop && !deal.versions.iter().any(|v| v.side == Side::Coop);
    let path = if first { Path::Offer } else { Path::Counter };
    let total = hold(tx, &cooperative, &held(&deal, path, &speaker), &terms.sheet, now)?;
    let version = deal.latest.version + 1;
    put_down(tx, coop, &deal.what.id, version, speaker.side, terms, total, &speaker.account)?;
    tell(tx, &cooperative, &deal.what.buyer.id, number, speaker.side.other(), "A new version is on the table", hall_url)?;
    Ok(version)
}

/// Signs for the buyer under exactly the cooperative's version on the table, with the password
/// given for exactly its text.
///
/// # Errors
/// [`buyers::Refusal::SignatoryNeeded`], [`Refusal::Moved`], what [`rules::Course::may_accept`] and
/// the floor guard say, [`crate::kernel::actor::ConfirmRefusal`].
pub fn accept(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, seen: i64, signature: &Signature, hall_url: &str) -> Result<()> {
    let (deal, now) = (deal::numbered(tx, coop, number)?, tx.now());
    let speaker = side(tx, actor, &deal)?;
    if speaker.side != Side::Buyer {
        return Err(NotFound.into());
    }
    buyers::agent(tx, actor)?.signing()?;
    let cooperative = coops::coop(tx, coop)?;
    on_table(&deal, seen)?;
    deal.course.may_accept(now)?;
    tariffs::not_withheld(tx, coop, now, &cooperative.zone)?;
    hold_to_terms(tx, &cooperative, &deal, &speaker, Path::Accept, now)?;
    let text_hash = Digest::of(deal.text(&cooperative).as_bytes());
    actor.confirmed(&rules::acceptance_act(&text_hash), now)?;
    store::insert_acceptance(tx, coop, &deal.what.id, &deal.latest.id, &speaker.account, signature, &text_hash)?;
    let facts = json!({"offer": deal.latest.id, "version": seen, "text_hash": text_hash, "sheet_hash": deal.latest.sheet_hash, "by": speaker.account});
    journal::append(tx, coop, "offer_accepted", deal.what.id.as_str(), &facts)?;
    tell(tx, &cooperative, &deal.what.buyer.id, number, Side::Coop, "The buyer has accepted an offer", hall_url)
}

/// Ends a negotiation with a reason. A vote that is not closed yet is cancelled with it.
///
/// # Errors
/// Who may not, [`Refusal::Firm`] once members have voted, [`Refusal::NotOpen`].
pub fn withdraw(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str, hall_url: &str) -> Result<()> {
    let (deal, now) = (deal::numbered(tx, coop, number)?, tx.now());
    let (cooperative, speaker) = (coops::coop(tx, coop)?, side(tx, actor, &deal)?);
    let with_vote = deal.course.may_withdraw(now, &cooperative.zone)?;
    if with_vote && let Some(ballot) = deal.ballot() {
        members::call_off(tx, coop, ballot, speaker.side)?;
    }
    store::insert_termination(tx, coop, &deal.what.id, speaker.side, reason, &speaker.account)?;
    let facts = json!({"side": speaker.side, "by": speaker.account, "vote_cancelled": with_vote});
    journal::append(tx, coop, "negotiation_withdrawn", deal.what.id.as_str(), &facts)?;
    tell(tx, &cooperative, &deal.what.buyer.id, number, speaker.side.other(), "The other side has withdrawn", hall_url)
}

/// Keeps a price the guard refused, once however often it is sent within ten minutes. It has a
/// transaction of its own, since the refused act was undone with its own.
///
/// # Errors
/// When the database does.
pub fn note_refused(tx: &mut Tx<'_>, coop: &CoopId, attempt: &Attempt) -> Result<()> {
    let since = tx.now().plus(-10 * MINUTE);
    if store::refused_since(tx, coop, attempt, since)? {
        return Ok(());
    }
    let id: OfferId = tx.fresh();
    store::insert_refused(tx, coop, &id, attempt)?;
    let facts = json!({"negotiation": attempt.negotiation, "path": attempt.path, "side": attempt.side, "total": attempt.total, "floor": attempt.floor, "needed": attempt.least});
    journal::append(tx, coop, "offer_refused", id.as_str(), &facts)
}

/// Keeps what an act was refused for, if it was the floor, and hands the refusal on.
///
/// # Errors
/// When the database does.
pub async fn kept(db: &Db, coop: &CoopId, error: crate::error::Error) -> Result<crate::error::Error> {
    if let Some(Refusal::BelowFloor(attempt)) = error.refusal::<Refusal>() {
        let (coop, attempt) = (coop.clone(), attempt.clone());
        db.write(move |tx| note_refused(tx, &coop, &attempt)).await?;
    }
    Ok(error)
}

/// Where a price stands that is held against the floors.
struct Held<'a> {
    buyer: &'a crate::kernel::ids::BuyerId,
    revision: &'a RevisionId,
    negotiation: Option<&'a NegotiationId>,
    quantities: crate::kernel::terms::Quantities,
    path: Path,
    side: Side,
    by: &'a AccountId,
}

fn held<'a>(deal: &'a Deal, path: Path, speaker: &'a Speaker) -> Held<'a> {
    let what = &deal.what;
    Held { buyer: &what.buyer.id, revision: &what.revision, negotiation: Some(&what.id), quantities: what.quantities, path, side: speaker.side, by: &speaker.account }
}

fn guard(conn: &mut Conn, coop: &Coop, held: &Held<'_>, sheet: &TermSheet, at: Timestamp) -> Result<(i64, Vec<tariffs::FloorCheck>)> {
    let price = sheet.price.as_ref().ok_or(Refusal::NoPrice)?;
    let total = price.total(&held.quantities).ok_or(Refusal::TooLarge)?;
    let floors = tariffs::floors_at(conn, &coop.id, at)?;
    let bid = Bid { price, total, quantities: &held.quantities };
    match tariffs::floor_guard(&bid, &sheet.uses, sheet.class, &floors, &coop.zone) {
        Ok(checks) => Ok((total, checks)),
        Err(tariffs::Refusal::BelowFloor(short)) => Err(Refusal::BelowFloor(Box::new(Attempt {
            negotiation: held.negotiation.cloned(),
            buyer: held.buyer.clone(),
            revision: held.revision.clone(),
            path: held.path,
            side: held.side,
            total: short.total,
            least: short.least,
            floor: short.floor,
            words: short.words,
            made_by: held.by.clone(),
        }))
        .into()),
        Err(other) => Err(other.into()),
    }
}

fn hold(conn: &mut Conn, coop: &Coop, held: &Held<'_>, sheet: &TermSheet, at: Timestamp) -> Result<i64> {
    guard(conn, coop, held, sheet, at).map(|(total, _)| total)
}

/// The version on the table held against terms and floors as they are now.
fn hold_to_terms(conn: &mut Conn, coop: &Coop, deal: &Deal, speaker: &Speaker, path: Path, now: Timestamp) -> Result<()> {
    let model = limit(conn, &coop.id, deal.what.buyer.class, now)?;
    rules::within(&deal.latest.sheet, &model.sheet, model.version)?;
    hold(conn, coop, &held(deal, path, speaker), &deal.latest.sheet, now).map(drop)
}

/// The terms members adopted for a class of buyer.
fn limit(conn: &mut Conn, coop: &CoopId, class: BuyerClass, now: Timestamp) -> Result<tariffs::ModelTerms> {
    let found = tariffs::terms_at(conn, coop, now)?.into_iter().find(|terms| terms.class == class);
    found.ok_or_else(|| Refusal::NoTerms(class).into())
}

fn not_both(conn: &mut Conn, account: &AccountId, coop: &CoopId, now: Timestamp) -> Result<()> {
    if coops::standing_of(conn, account, coop, now)?.is_some() { Err(Refusal::Conflict.into()) } else { Ok(()) }
}

/// For whom the actor speaks here: the buyer's people for the buyer, a negotiator for the cooperative.
fn side(tx: &mut Tx<'_>, actor: &Actor, deal: &Deal) -> Result<Speaker> {
    let (account, now) = (signed_in(actor)?.clone(), tx.now());
    if buyers::acting(tx, &account)?.is_some_and(|agent| agent.buyer.id == deal.what.buyer.id) {
        not_both(tx, &account, &deal.what.coop, now)?;
        return Ok(Speaker { side: Side::Buyer, account });
    }
    coops::with_role(tx, actor, &deal.what.coop, Role::Negotiator)?;
    Ok(Speaker { side: Side::Coop, account })
}

fn on_table(deal: &Deal, seen: i64) -> Result<()> {
    if deal.latest.version == seen { Ok(()) } else { Err(Refusal::Moved(deal.latest.version).into()) }
}

#[allow(clippy::too_many_arguments, reason = "one row's facts")]
fn put_down(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, version: i64, side: Side, terms: &Terms, total: i64, by: &AccountId) -> Result<()> {
    let price = terms.sheet.price.as_ref().ok_or(Refusal::NoPrice)?;
    let now = tx.now();
    let row = Version {
        id: tx.fresh(),
        version,
        side,
        sheet_hash: Digest::of_json(&terms.sheet)?,
        sheet: terms.sheet.clone(),
        total,
        currency: price.currency.clone(),
        note: terms.note.clone(),
        at: now,
        valid_until: now.plus(terms.valid_days.clamp(1, MOST_DAYS) * DAY),
    };
    store::insert_version(tx, coop, id, &row, by)?;
    let facts = json!({"offer": row.id, "version": version, "side": side, "sheet_hash": row.sheet_hash, "total": total, "currency": row.currency, "valid_until": row.valid_until});
    journal::append(tx, coop, "offer_made", id.as_str(), &facts)
}

/// Writes to one side's people that something waits; the subject says no more.
fn tell(tx: &mut Tx<'_>, coop: &Coop, buyer: &crate::kernel::ids::BuyerId, number: i64, whom: Side, words: &str, hall_url: &str) -> Result<()> {
    let addresses = match whom {
        Side::Buyer => store::buyers_addresses(tx, buyer)?,
        Side::Coop => store::negotiators_addresses(tx, &coop.id)?,
    };
    let body = format!("{words}: negotiation no. {number} with {}.\n\n{hall_url}/c/{}/deals/{number}\n", coop.name, coop.slug);
    for to in addresses {
        outbox::queue(tx, &Mail { coop: Some(coop.id.clone()), to, subject: "Something is waiting for you".to_owned(), body: body.clone() })?;
    }
    Ok(())
}
