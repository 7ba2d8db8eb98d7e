//! A negotiation with everything that happened in it, as both sides see it.

use super::rules::{Course, Parts, Side, State, Vote};
use super::store::{self, Which};
use crate::bargaining::buyers::Buyer;
use crate::bargaining::tariffs::rules::PASSED;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BuyerId, CoopId, CorpusId, NegotiationId, OfferId, ProposalId, RevisionId};
use crate::kernel::matter::OfferRef;
use crate::kernel::money::Currency;
use crate::kernel::terms::{Quantities, TermSheet, Use};
use crate::kernel::time::{DAY, Timestamp};
use crate::membership::coops::{self, Coop};
use crate::platform::db::Conn;
use diesel::Queryable;
use std::collections::BTreeSet;

/// What a negotiation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiation {
    /// With which cooperative.
    pub coop: CoopId,
    /// Its id.
    pub id: NegotiationId,
    /// The number people see.
    pub number: i64,
    /// What the buyer wants it for.
    pub purpose: String,
    /// When it began.
    pub at: Timestamp,
    /// The buyer.
    pub buyer: Buyer,
    /// The corpus.
    pub corpus: CorpusId,
    /// Its name in addresses.
    pub corpus_slug: String,
    /// Its name.
    pub corpus_name: String,
    /// The frozen revision.
    pub revision: RevisionId,
    /// Its number.
    pub revision_number: i64,
    /// The uses it was frozen for.
    pub frozen_for: BTreeSet<Use>,
    /// Its Merkle root.
    pub root: Digest,
    /// How much it holds.
    pub quantities: Quantities,
}

/// One version of the terms on the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: OfferId,
    /// Its number, rising from 1.
    pub version: i64,
    /// Whose.
    pub side: Side,
    /// The terms.
    pub sheet: TermSheet,
    /// Their digest.
    pub sheet_hash: Digest,
    /// The sum due, minor units.
    pub total: i64,
    /// Of this currency.
    pub currency: Currency,
    /// A word to the other side.
    pub note: String,
    /// When it was made.
    pub at: Timestamp,
    /// Until when it stands.
    pub valid_until: Timestamp,
}

impl Version {
    /// The sum, for people: `EUR 775.63`.
    #[must_use]
    pub fn sum(&self) -> String {
        self.currency.show(self.total)
    }

    /// The sum without its currency.
    #[must_use]
    pub fn figure(&self) -> String {
        self.currency.figure(self.total)
    }
}

/// A price the floor guard refused: side, door, offered, needed, the arithmetic, when.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Refused {
    /// By which side.
    pub side: Side,
    /// At which door, as stored.
    pub path: String,
    /// Offered, minor units.
    pub total: i64,
    /// Needed, minor units.
    pub least: i64,
    /// The arithmetic in words.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

impl Refused {
    /// At which door, in words.
    #[must_use]
    pub fn door(&self) -> &'static str {
        super::rules::Path::parse(&self.path).map_or("", |path| path.phrase())
    }
}

/// The buyer's signature under one version.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Acceptance {
    /// Under which version.
    pub offer: OfferId,
    /// Who signed.
    pub name: String,
    /// As what.
    pub role: String,
    /// By what authority.
    pub authority: String,
    /// The buyer's own number for the order.
    pub order_number: String,
    /// Digest of the exact text.
    pub text_hash: Digest,
    /// When.
    pub at: Timestamp,
}

type Dates = (Option<Timestamp>, Option<Timestamp>);

/// The vote on one version, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Ballot {
    /// Version, proposal, its number, and when it was put to members.
    pub of: (OfferId, ProposalId, i64, Timestamp),
    /// When voting opens and closes, once noticed.
    pub dates: Dates,
    /// Why and when it was cancelled.
    pub cancelled: (Option<String>, Option<Timestamp>),
    /// Outcome, explanation, when decided.
    pub decided: (Option<String>, Option<String>, Option<Timestamp>),
    /// Why a passed vote was not carried out.
    pub because: Option<String>,
}

impl Ballot {
    /// The proposal's number.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.of.2
    }

    /// How far it has come.
    #[must_use]
    pub fn vote(&self) -> Vote {
        match (&self.decided.0, self.dates.1) {
            _ if self.cancelled.0.is_some() || self.because.is_some() => Vote::Failed,
            (Some(outcome), Some(closes)) if outcome == PASSED => Vote::Ended(closes),
            (Some(_), _) => Vote::Failed,
            (None, closes) => Vote::Ahead(closes),
        }
    }
}

/// Somebody ended it: side, reason, when.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Termination {
    /// By which side.
    pub side: Side,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A negotiation with everything that happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// What it is about.
    pub what: Negotiation,
    /// Its versions, the first first; never empty.
    pub versions: Vec<Version>,
    /// Refused prices, the first first.
    pub refused: Vec<Refused>,
    /// The buyer's signatures.
    pub acceptances: Vec<Acceptance>,
    /// The votes.
    pub ballots: Vec<Ballot>,
    /// The version members ratified, by which vote, when it was noted.
    pub agreement: Option<(OfferId, ProposalId, Timestamp)>,
    /// Who ended it.
    pub termination: Option<Termination>,
    /// The licence's number, issue and end.
    pub licence: Option<(i64, Timestamp, Timestamp)>,
    /// The version on the table.
    pub latest: Version,
    /// How far it has come.
    pub course: Course,
}

impl Deal {
    /// How far it has come at an instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        self.course.state(now)
    }

    /// The buyer's signature under the version on the table.
    #[must_use]
    pub fn signature(&self) -> Option<&Acceptance> {
        self.acceptances.iter().find(|a| a.offer == self.latest.id)
    }

    /// The vote on the version on the table.
    #[must_use]
    pub fn ballot(&self) -> Option<&Ballot> {
        self.ballots.iter().find(|b| b.of.0 == self.latest.id)
    }

    /// The reference that a ballot is about: the version on the table, exactly.
    #[must_use]
    pub fn reference(&self) -> OfferRef {
        OfferRef {
            negotiation: self.what.id.clone(),
            offer: self.latest.id.clone(),
            version: self.latest.version,
            sheet_hash: self.latest.sheet_hash.clone(),
            revision: self.what.revision.clone(),
            corpus_root: self.what.root.clone(),
            total: self.latest.total,
            currency: self.latest.currency.clone(),
        }
    }

    /// The exact text of the version on the table.
    #[must_use]
    pub fn text(&self, coop: &Coop) -> String {
        super::rules::text(&Parts {
            coop: &coop.name,
            zone: &coop.zone,
            buyer: &self.what.buyer,
            corpus: (&self.what.corpus_name, self.what.revision_number, &self.what.root),
            quantities: &self.what.quantities,
            number: (self.what.number, self.latest.version),
            sheet: &self.latest.sheet,
            sheet_hash: &self.latest.sheet_hash,
            total: self.latest.total,
            valid_until: self.latest.valid_until,
        })
    }
}

fn course(conn: &mut Conn, coop: &CoopId, latest: &Version, ballot: Option<&Ballot>, deal: (bool, bool, bool, bool)) -> Result<Course> {
    let (accepted, agreed, licensed, terminated) = deal;
    let firm_until = match ballot.and_then(|b| b.dates.1) {
        Some(closes) => Some(closes.plus(coops::bylaws(conn, coop, closes)?.1.complaint_days.saturating_mul(DAY))),
        None => None,
    };
    Ok(Course { latest: latest.side, valid_until: latest.valid_until, accepted, vote: ballot.map(Ballot::vote), agreed, firm_until, licensed, terminated })
}

fn gather(conn: &mut Conn, what: Negotiation) -> Result<Deal> {
    let (coop, id) = (what.coop.clone(), what.id.clone());
    let (versions, refused) = (store::versions(conn, &coop, &id)?, store::refused(conn, &what)?);
    let (acceptances, ballots) = (store::acceptances(conn, &coop, &id)?, store::ballots(conn, &coop, &id)?);
    let (agreement, termination) = (store::agreement(conn, &coop, &id)?, store::termination(conn, &coop, &id)?);
    let licence = store::licence(conn, &coop, &id)?;
    let latest = versions.last().cloned().ok_or_else(|| anyhow::anyhow!("negotiation {id} has no version"))?;
    let accepted = acceptances.iter().any(|a| a.offer == latest.id);
    let ballot = ballots.iter().find(|b| b.of.0 == latest.id);
    let course = course(conn, &coop, &latest, ballot, (accepted, agreement.is_some(), licence.is_some(), termination.is_some()))?;
    Ok(Deal { what, versions, refused, acceptances, ballots, agreement, termination, licence, latest, course })
}

fn one(conn: &mut Conn, which: &Which<'_>) -> Result<Deal> {
    let found = store::negotiations(conn, which)?.into_iter().next().or_not_found()?;
    gather(conn, found)
}

/// The negotiation of this number.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Deal> {
    one(conn, &Which::Number(coop, number))
}

/// The negotiation of this id.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn of_id(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> Result<Deal> {
    one(conn, &Which::Id(coop, id))
}

/// A page of a cooperative's negotiations with numbers below this one, newest first.
///
/// # Errors
/// When the database does.
pub fn of_coop(conn: &mut Conn, coop: &CoopId, below: i64) -> Result<Vec<Deal>> {
    store::negotiations(conn, &Which::Coop(coop, below))?.into_iter().map(|what| gather(conn, what)).collect()
}

/// A buyer's latest negotiations with all cooperatives, newest first.
///
/// # Errors
/// When the database does.
pub fn of_buyer(conn: &mut Conn, buyer: &BuyerId) -> Result<Vec<Deal>> {
    store::negotiations(conn, &Which::Buyer(buyer))?.into_iter().map(|what| gather(conn, what)).collect()
}
