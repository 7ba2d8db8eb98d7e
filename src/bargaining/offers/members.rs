//! The way to the ballot and back: the accepted version becomes a proposal, and a passed vote on
//! exactly that version becomes the agreement.

use super::deal::{self, Ballot, Deal};
use super::rules::{Path, Refusal, Side};
use super::{Speaker, held, hold, hold_to_terms, on_table, side, store, tell};
use crate::assembly::proposals;
use crate::bargaining::tariffs;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, Id as _, ProposalId};
use crate::kernel::matter::{Matter, OfferRef};
use crate::membership::coops::{self, Coop};
use crate::platform::db::Tx;
use crate::platform::journal;
use serde_json::json;

/// The title and the frozen text of the question to members.
#[must_use]
pub fn question(coop: &Coop, deal: &Deal) -> (String, String) {
    let sum = deal.latest.currency.show(deal.latest.total);
    let title: String = format!("License {} to {} for {sum}", deal.what.corpus_name, deal.what.buyer.name).chars().take(120).collect();
    let signed = deal.signature().map_or_else(String::new, |a| {
        format!("\nAccepted for the licensee by {}, {} ({}), order number {}, on {}. Digest of the text accepted: {}\n", a.name, a.role, a.authority, a.order_number, a.at.long(&coop.zone), a.text_hash)
    });
    (title, format!("What the buyer wants it for: {}\n\n{}{signed}", deal.what.purpose, deal.text(coop)))
}

/// Puts the version that the buyer's signatory accepted to members; answers the proposal's number.
///
/// # Errors
/// Who may not, [`Refusal::Moved`], what [`super::rules::Course::may_put`], the terms and the floor
/// guard say, withholding, and what the assembly says to a draft.
pub fn put_to_members(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, seen: i64, hall_url: &str) -> Result<i64> {
    let (deal, now) = (deal::numbered(tx, coop, number)?, tx.now());
    let (cooperative, speaker) = (coops::coop(tx, coop)?, side(tx, actor, &deal)?);
    if speaker.side != Side::Coop {
        return Err(NotFound.into());
    }
    on_table(&deal, seen)?;
    deal.course.may_put(now)?;
    tariffs::not_withheld(tx, coop, now, &cooperative.zone)?;
    hold_to_terms(tx, &cooperative, &deal, &speaker, Path::Members, now)?;
    let (title, body) = question(&cooperative, &deal);
    let drafted = proposals::draft(tx, actor, coop, &Matter::RatifyOffer { offer: deal.reference() }, &title, &body)?;
    store::insert_ratification(tx, coop, &deal.what.id, &deal.latest.id, &drafted.id)?;
    let facts = json!({"offer": deal.latest.id, "version": seen, "proposal": drafted.id, "by": speaker.account});
    journal::append(tx, coop, "offer_put_to_members", deal.what.id.as_str(), &facts)?;
    tell(tx, &cooperative, &deal.what.buyer.id, number, Side::Buyer, "Your accepted offer goes to the members' vote", hall_url)?;
    Ok(drafted.number)
}

/// Calls off the vote on an offer that was withdrawn; the assembly writes to everybody on the roll.
pub(super) fn call_off(tx: &mut Tx<'_>, coop: &CoopId, ballot: &Ballot, side: Side) -> Result<()> {
    let reason = match side {
        Side::Buyer => "The buyer withdrew the offer this vote is about.",
        Side::Coop => "The cooperative's negotiator withdrew from the negotiation this vote is about.",
    };
    proposals::cancel(tx, &Actor::Hall, coop, &ballot.of.1, reason)
}

/// Notes that members ratified an offer, after looking again: the vote passed on exactly this
/// version, it still stands, and it keeps every floor in force when the vote closed. Doing it again
/// changes nothing.
///
/// # Errors
/// [`tariffs::Refusal::NotDecided`], [`Refusal::NotWhatWasVoted`], [`Refusal::BelowFloor`].
pub fn agree(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, offer: &OfferRef) -> Result<()> {
    let mandate = tariffs::mandate(tx, &Actor::Hall, coop, proposal, &Matter::RatifyOffer { offer: offer.clone() })?;
    let deal = deal::of_id(tx, coop, &offer.negotiation)?;
    if deal.agreement.as_ref().is_some_and(|(_, by, _)| by == proposal) {
        return Ok(());
    }
    still_stands(&deal, proposal, offer)?;
    let (cooperative, account) = (coops::coop(tx, coop)?, store::requester(tx, coop, &deal.what.id).or_not_found()?);
    let speaker = Speaker { side: Side::Coop, account };
    hold(tx, &cooperative, &held(&deal, Path::Members, &speaker), &deal.latest.sheet, mandate.closes_at)?;
    store::insert_agreement(tx, coop, &deal.what.id, &offer.offer, proposal)?;
    let facts = json!({"offer": offer.offer, "version": offer.version, "proposal": proposal, "sheet_hash": offer.sheet_hash, "record_hash": mandate.record_hash});
    journal::append(tx, coop, "offer_agreed", deal.what.id.as_str(), &facts)
}

fn still_stands(deal: &Deal, proposal: &ProposalId, offer: &OfferRef) -> Result<(), Refusal> {
    let put = deal.ballot().is_some_and(|ballot| ballot.of.1 == *proposal);
    let sheet = Digest::of_json(&deal.latest.sheet).ok();
    let faults = [
        (deal.termination.is_some(), "the negotiation was withdrawn"),
        (deal.agreement.is_some(), "another version was agreed"),
        (!put, "another version is on the table"),
        (deal.reference() != *offer, "its facts differ"),
        (sheet.as_ref() != Some(&offer.sheet_hash), "its terms differ from their digest"),
    ];
    match faults.into_iter().find(|(fault, _)| *fault) {
        Some((_, words)) => Err(Refusal::NotWhatWasVoted(words)),
        None => Ok(()),
    }
}
