//! Whether a licence may be issued, with every reason, and how one stands afterwards.

use super::claims::{Corpus, Licensee};
use crate::bargaining::tariffs::{self, Bid, Floor, FloorCheck, Mandate, Shortfall, floor_guard};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{NegotiationId, OfferId, ProposalId};
use crate::kernel::matter::{Matter, OfferRef};
use crate::kernel::money::Currency;
use crate::kernel::sql::words;
use crate::kernel::terms::{TermSheet, Use};
use crate::kernel::time::{Timestamp, Zone};
use std::collections::BTreeSet;

words! {
    /// Why a licence was revoked, as its public status says.
    Ground {
        /// The licensee broke the terms.
        Breach = "breach", "the licensee broke the terms";
        /// It was not paid for.
        Unpaid = "unpaid", "it was not paid for";
        /// Work in it was withdrawn.
        Withdrawn = "withdrawn", "work in it was withdrawn";
        /// Both sides agreed to end it.
        Ended = "ended", "both sides agreed to end it";
        /// It should not have been issued.
        Mistake = "mistake", "it was issued by mistake";
    }
}

/// Why a licence was not issued or revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No vote ratified the deal.
    #[error("No vote has ratified an offer of this deal yet, so there is nothing to license.")]
    NotAgreed,
    /// The deal was ended.
    #[error("This deal was ended, so nothing is licensed by it.")]
    Ended,
    /// There is a licence already.
    #[error("Licence {0} was issued for this deal already.")]
    Issued(i64),
    /// The buyer did not accept this version.
    #[error("The buyer's signatory has not accepted exactly this version of the offer.")]
    NotAccepted,
    /// The terms are not those that were agreed.
    #[error("The stored terms are not those that were agreed: {0}.")]
    OtherTerms(&'static str),
    /// The corpus was not frozen for a use.
    #[error("The corpus was frozen for other uses: its contributors were not asked for {0}.")]
    NotCleared(String),
    /// Records may no longer be delivered.
    #[error("{0} of the records may no longer be delivered: they or a permission were withdrawn. Freeze a new revision and agree on that one.")]
    Barred(i64),
    /// Members may still complain of the decision.
    #[error("Members can complain of this decision until {0}. The licence can be issued after that; the offer stays firm meanwhile.")]
    WindowOpen(String),
    /// A higher floor is in force than the one that was voted under.
    #[error("A higher floor came into force after the vote that ratified this price, and the ballot did not name both. {}", .0.words)]
    HigherFloor(Box<Shortfall>),
    /// The tariff says no.
    #[error(transparent)]
    Tariff(#[from] tariffs::Refusal),
    /// Something changed between reading and issuing.
    #[error("Something changed while the licence was being signed, so nothing was issued. Look again.")]
    Overtaken,
    /// It was revoked already.
    #[error("This licence was revoked already.")]
    Revoked,
    /// It has ended.
    #[error("This licence has ended by itself, so there is nothing to revoke.")]
    Expired,
}

impl Refusal {
    /// By how much the price is below which floor, if that is why.
    #[must_use]
    pub fn shortfall(&self) -> Option<&Shortfall> {
        match self {
            Self::HigherFloor(short) | Self::Tariff(tariffs::Refusal::BelowFloor(short)) => Some(short),
            _ => None,
        }
    }
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::OtherTerms(_) | Self::NotCleared(_) | Self::HigherFloor(_) | Self::Tariff(_) => 422,
            _ => 409,
        }
    }
}

/// Everything a licence is issued from, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The bargaining.
    pub negotiation: NegotiationId,
    /// Its number.
    pub deal: i64,
    /// Who buys.
    pub buyer: Licensee,
    /// The agreed offer.
    pub offer: OfferId,
    /// Its version.
    pub version: i64,
    /// Its terms, as stored.
    pub sheet: String,
    /// Their digest, as stored.
    pub sheet_hash: Digest,
    /// The sum, minor units.
    pub total: i64,
    /// Its currency.
    pub currency: Currency,
    /// Digest of the text that the signatory accepted.
    pub accepted: Option<Digest>,
    /// Whether the deal was ended.
    pub ended: bool,
    /// Number of the licence there is already.
    pub issued: Option<i64>,
    /// The vote.
    pub proposal: ProposalId,
    /// What its decision says.
    pub mandate: Mandate,
    /// Digest of its notice.
    pub notice_hash: Digest,
    /// The text members voted on.
    pub notice_text: String,
    /// Until when members can complain of the decision.
    pub complaints_until: Timestamp,
    /// The frozen corpus.
    pub corpus: Corpus,
    /// The uses it was frozen for.
    pub cleared: BTreeSet<Use>,
    /// How many of its records are barred.
    pub barred: i64,
    /// Floors in force when voting ended.
    pub floors_then: Vec<Floor>,
    /// Floors in force now.
    pub floors_now: Vec<Floor>,
    /// Set while members withhold new licences.
    pub withheld: Option<tariffs::Refusal>,
}

/// One thing that was looked at before issuing, and what was found.
pub type Looked = (&'static str, Result<String, Refusal>);

/// Everything that is looked at, in order, each with its outcome.
///
/// # Errors
/// When the stored terms cannot be read.
pub fn look(facts: &Facts, now: Timestamp, zone: &Zone) -> Result<Vec<Looked>, serde_json::Error> {
    let sheet: TermSheet = serde_json::from_str(&facts.sheet)?;
    let until = facts.complaints_until;
    let window = if now < until { Err(Refusal::WindowOpen(until.long(zone))) } else { Ok(format!("Over since {}.", until.day(zone))) };
    let accepted = facts.accepted.as_ref().map(|text| format!("Version {} by its exact text {}.", facts.version, text.short())).ok_or(Refusal::NotAccepted);
    let barred = if facts.barred > 0 { Err(Refusal::Barred(facts.barred)) } else { Ok("Every record may be delivered.".to_owned()) };
    let withheld = facts.withheld.clone().map_or_else(|| Ok("Members do not withhold new licences.".to_owned()), |no| Err(no.into()));
    Ok(vec![
        ("The deal", standing(facts)),
        ("The vote", ratified(facts, zone)?),
        ("Complaints", window),
        ("The buyer", accepted),
        ("The terms", terms(facts, &sheet)),
        ("The corpus", cleared(facts, &sheet)),
        ("Withdrawals", barred),
        ("Floor at the vote", floor_then(facts, &sheet, zone).map(|checks| highest(facts, &checks))),
        ("Floor now", floor_now(facts, &sheet, zone)),
        ("Withholding", withheld),
    ])
}

/// The floors that bind, if a licence may be issued.
///
/// # Errors
/// The first reason why not, or broken terms.
pub fn admit(facts: &Facts, now: Timestamp, zone: &Zone) -> crate::error::Result<Vec<FloorCheck>> {
    for (_, outcome) in look(facts, now, zone)? {
        outcome?;
    }
    let sheet: TermSheet = serde_json::from_str(&facts.sheet)?;
    Ok(floor_then(facts, &sheet, zone)?)
}

fn standing(facts: &Facts) -> Result<String, Refusal> {
    match facts.issued {
        Some(number) => Err(Refusal::Issued(number)),
        None if facts.ended => Err(Refusal::Ended),
        None => Ok("Agreed, and nothing issued for it yet.".to_owned()),
    }
}

/// The decision is about exactly this offer: version, terms, corpus root and sum.
fn ratified(facts: &Facts, zone: &Zone) -> Result<Result<String, Refusal>, serde_json::Error> {
    let offer = OfferRef {
        negotiation: facts.negotiation.clone(),
        offer: facts.offer.clone(),
        version: facts.version,
        sheet_hash: facts.sheet_hash.clone(),
        revision: facts.corpus.id.clone(),
        corpus_root: facts.corpus.root.clone(),
        total: facts.total,
        currency: facts.currency.clone(),
    };
    let hash = Digest::of_json(&Matter::RatifyOffer { offer })?;
    let found = tariffs::rules::stands(Some(facts.mandate.clone()), &hash);
    Ok(found.map(|m| format!("Passed in no. {}, closed {}, on exactly this offer.", m.number, m.closes_at.day(zone))).map_err(Refusal::from))
}

fn terms(facts: &Facts, sheet: &TermSheet) -> Result<String, Refusal> {
    if Digest::of(facts.sheet.as_bytes()) != facts.sheet_hash {
        return Err(Refusal::OtherTerms("they do not hash to what was voted"));
    }
    if sheet.class != facts.buyer.class {
        return Err(Refusal::OtherTerms("they are for another class of buyer"));
    }
    match &sheet.price {
        Some(price) if price.currency == facts.currency => Ok(format!("Unchanged, {}.", facts.sheet_hash.short())),
        _ => Err(Refusal::OtherTerms("they name no price in the currency of the sum")),
    }
}

fn cleared(facts: &Facts, sheet: &TermSheet) -> Result<String, Refusal> {
    let missing: Vec<&str> = sheet.uses.difference(&facts.cleared).map(|used| used.phrase()).collect();
    if missing.is_empty() { Ok(format!("Revision {}, root {}.", facts.corpus.revision, facts.corpus.root.short())) } else { Err(Refusal::NotCleared(missing.join(", "))) }
}

fn held_against(facts: &Facts, sheet: &TermSheet, floors: &[Floor], zone: &Zone) -> Result<Vec<FloorCheck>, Refusal> {
    let price = sheet.price.as_ref().ok_or(Refusal::OtherTerms("they name no price"))?;
    let bid = Bid { price, total: facts.total, quantities: &facts.corpus.holds };
    Ok(floor_guard(&bid, &sheet.uses, sheet.class, floors, zone)?)
}

fn floor_then(facts: &Facts, sheet: &TermSheet, zone: &Zone) -> Result<Vec<FloorCheck>, Refusal> {
    held_against(facts, sheet, &facts.floors_then, zone)
}

fn highest(facts: &Facts, checks: &[FloorCheck]) -> String {
    let most = checks.iter().max_by_key(|check| check.least);
    most.map_or_else(String::new, |check| format!("{} asks {}; agreed {}.", check.floor.show(), facts.currency.show(check.least), facts.currency.show(facts.total)))
}

/// A floor that rose since the vote refuses, unless the ballot named the old and the new one.
fn floor_now(facts: &Facts, sheet: &TermSheet, zone: &Zone) -> Result<String, Refusal> {
    match held_against(facts, sheet, &facts.floors_now, zone) {
        Ok(checks) => Ok(highest(facts, &checks)),
        Err(Refusal::Tariff(tariffs::Refusal::BelowFloor(short))) => {
            if facts.floors_then.iter().any(|floor| floor.id == short.floor) {
                return Err(tariffs::Refusal::BelowFloor(short).into());
            }
            let risen = facts.floors_now.iter().find(|floor| floor.id == short.floor);
            if risen.is_some_and(|risen| named_both(facts, risen)) {
                return Ok("A higher floor is in force, and the ballot named both.".to_owned());
            }
            Err(Refusal::HigherFloor(short))
        }
        Err(other) => Err(other),
    }
}

fn named_both(facts: &Facts, risen: &Floor) -> bool {
    let same = |floor: &&Floor| floor.purpose == risen.purpose && floor.class == risen.class && floor.unit == risen.unit;
    let before = facts.floors_then.iter().find(same);
    before.is_some_and(|before| before.id != risen.id && facts.notice_text.contains(&before.show()) && facts.notice_text.contains(&risen.show()))
}

/// How a licence stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force.
    Active,
    /// Revoked, for this reason, then.
    Revoked(Ground, Timestamp),
    /// At its end, then.
    Expired(Timestamp),
}

impl Status {
    /// The word of status files and stamps.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked(..) => "revoked",
            Self::Expired(_) => "expired",
        }
    }
}

/// How a licence stands; a revocation counts even after the end.
#[must_use]
pub fn status(revoked: Option<(Ground, Timestamp)>, ends_at: Timestamp, now: Timestamp) -> Status {
    match revoked {
        Some((ground, at)) => Status::Revoked(ground, at),
        None if now >= ends_at => Status::Expired(ends_at),
        None => Status::Active,
    }
}

#[cfg(test)]
mod tests;
