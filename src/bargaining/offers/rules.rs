//! How far a negotiation has come, what may happen next, and the text that is accepted and voted on.
//! States are those of the Dataspace Protocol (2025-1), derived from rows and never stored.

use crate::bargaining::buyers::Buyer;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, FloorId, NegotiationId, RevisionId};
use crate::kernel::sql::words;
use crate::kernel::terms::{BuyerClass, Quantities, TermSheet, clauses};
use crate::kernel::text::thousands;
use crate::kernel::time::{Timestamp, Zone};

words! {
    /// How far a negotiation has come.
    State {
        /// The buyer's version is on the table.
        Requested = "REQUESTED", "requested";
        /// The cooperative's version is on the table.
        Offered = "OFFERED", "offered";
        /// The buyer has signed the version on the table; members have the word.
        Accepted = "ACCEPTED", "accepted";
        /// Members ratified it; the decision can still be complained of.
        Agreed = "AGREED", "agreed";
        /// The window for complaints is over and all was looked at again; the licence can be issued.
        Verified = "VERIFIED", "verified";
        /// The licence is issued.
        Finalized = "FINALIZED", "licensed";
        /// Somebody withdrew.
        Terminated = "TERMINATED", "withdrawn";
    }
}

words! {
    /// Who speaks.
    Side {
        /// The cooperative, by its negotiator.
        Coop = "coop", "the cooperative";
        /// The buyer, by one of its people.
        Buyer = "buyer", "the buyer";
    }
}

impl Side {
    /// The one across the table.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Coop => Self::Buyer,
            Self::Buyer => Self::Coop,
        }
    }
}

words! {
    /// At which door a price was held against the floor.
    Path {
        /// The buyer's first version.
        Request = "request", "asking";
        /// The cooperative's first version.
        Offer = "offer", "offering";
        /// Any later version.
        Counter = "counter", "countering";
        /// The buyer's signature.
        Accept = "accept", "accepting";
        /// The way to the ballot and back.
        Members = "members", "putting it to members";
        /// The licence.
        Issue = "issue", "issuing the licence";
    }
}

/// How far the vote on the accepted version has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Drafted or noticed; no end is known while it is a draft.
    Ahead(Option<Timestamp>),
    /// Passed.
    Ended(Timestamp),
    /// Cancelled, not passed, or not carried out.
    Failed,
}

/// Everything that says how far a negotiation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Whose version is on the table.
    pub latest: Side,
    /// Until when that version stands.
    pub valid_until: Timestamp,
    /// Whether the buyer signed it.
    pub accepted: bool,
    /// The vote on it.
    pub vote: Option<Vote>,
    /// Whether the agreement was noted, after the window for complaints.
    pub agreed: bool,
    /// The end of the complaint window after the vote's close, once that is known.
    pub firm_until: Option<Timestamp>,
    /// Whether the licence is issued.
    pub licensed: bool,
    /// Whether somebody withdrew.
    pub terminated: bool,
}

impl Course {
    /// How far it has come at an instant. A signature lapses with its version unless members have
    /// it by then; after a failed vote the version is an offer like any other.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        let signed = self.accepted && self.vote != Some(Vote::Failed) && (self.vote.is_some() || self.valid_until > now);
        match self {
            Self { terminated: true, .. } => State::Terminated,
            Self { licensed: true, .. } => State::Finalized,
            Self { agreed: true, .. } => State::Verified,
            Self { accepted: true, vote: Some(Vote::Ended(_)), .. } => State::Agreed,
            _ if signed => State::Accepted,
            Self { latest: Side::Coop, .. } => State::Offered,
            Self { latest: Side::Buyer, .. } => State::Requested,
        }
    }

    /// Whether either side may put a new version on the table.
    ///
    /// # Errors
    /// [`Refusal::NotOpen`].
    pub fn may_offer(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state(now) {
            State::Requested | State::Offered => Ok(()),
            state => Err(Refusal::NotOpen(state)),
        }
    }

    /// Whether the buyer's signatory may accept the version on the table.
    ///
    /// # Errors
    /// [`Refusal::NotOpen`], [`Refusal::OwnVersion`], [`Refusal::VotedDown`], [`Refusal::Expired`].
    pub fn may_accept(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state(now) {
            State::Offered if self.accepted && self.vote.is_some() => Err(Refusal::VotedDown),
            State::Offered if self.valid_until <= now => Err(Refusal::Expired),
            State::Offered => Ok(()),
            State::Requested => Err(Refusal::OwnVersion),
            state => Err(Refusal::NotOpen(state)),
        }
    }

    /// Whether the negotiator may put the accepted version to members.
    ///
    /// # Errors
    /// [`Refusal::NotAccepted`], [`Refusal::AlreadyPut`], [`Refusal::Expired`].
    pub fn may_put(&self, now: Timestamp) -> Result<(), Refusal> {
        match (self.state(now), self.vote) {
            (State::Accepted, None) => Ok(()),
            (State::Accepted, Some(_)) => Err(Refusal::AlreadyPut),
            (State::Offered, None) if self.accepted => Err(Refusal::Expired),
            _ => Err(Refusal::NotAccepted),
        }
    }

    /// Whether either side may withdraw; true when a vote under way goes with it. What members have
    /// voted on is firm until the window for complaints is over.
    ///
    /// # Errors
    /// [`Refusal::NotOpen`], [`Refusal::Firm`].
    pub fn may_withdraw(&self, now: Timestamp, zone: &Zone) -> Result<bool, Refusal> {
        match (self.state(now), self.vote) {
            (state @ (State::Finalized | State::Terminated), _) => Err(Refusal::NotOpen(state)),
            (State::Accepted, Some(Vote::Ahead(closes))) if closes.is_none_or(|at| at > now) => Ok(true),
            (State::Accepted | State::Agreed, Some(_)) => match self.firm_until.filter(|until| *until > now) {
                Some(until) => Err(Refusal::Firm(until.long(zone))),
                None => Ok(false),
            },
            _ => Ok(false),
        }
    }
}

/// A price that the floor guard refused, with all that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The negotiation, unless the request itself was refused.
    pub negotiation: Option<NegotiationId>,
    /// The buyer concerned.
    pub buyer: BuyerId,
    /// For which frozen corpus.
    pub revision: RevisionId,
    /// At which door.
    pub path: Path,
    /// By which side.
    pub side: Side,
    /// Offered, minor units.
    pub total: i64,
    /// Needed, minor units.
    pub least: i64,
    /// The floor.
    pub floor: FloorId,
    /// The arithmetic in words.
    pub words: String,
    /// By whom.
    pub made_by: AccountId,
}

/// Why something in a negotiation was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The price stays below a floor.
    #[error("{}", .0.words)]
    BelowFloor(Box<Attempt>),
    /// The person is on both sides.
    #[error("You are a member of this cooperative and act for this buyer, so you can act for neither here. A colleague has to.")]
    Conflict,
    /// Members adopted no terms for this kind of buyer.
    #[error("Members have adopted no terms for {0} buyers, so nothing can be offered to them yet.")]
    NoTerms(BuyerClass),
    /// The sheet allows more than members permit.
    #[error("These clauses allow more than the terms members adopted (version {version}): {clauses}. The negotiator may not offer more than that.")]
    Beyond {
        /// Headings of the clauses.
        clauses: String,
        /// Version of the model terms.
        version: i64,
    },
    /// The sheet is for another kind of buyer.
    #[error("This buyer is of the class {of}. Terms for {asked} buyers are not for it.")]
    OtherClass {
        /// Of the buyer.
        of: BuyerClass,
        /// Of the sheet.
        asked: BuyerClass,
    },
    /// The revision was not frozen for a use.
    #[error("This revision holds records whose contributors permit other uses. Not among them: {0}.")]
    NotForUse(String),
    /// No price was named.
    #[error("Name a price.")]
    NoPrice,
    /// The numbers do not fit.
    #[error("This price and quantity are larger than can be kept. Enter a smaller price.")]
    TooLarge,
    /// The buyer bargains over this already.
    #[error("You are bargaining over this revision already, in negotiation no. {0}. Make your offer there.")]
    AlreadyOpen(i64),
    /// Another version came first.
    #[error("Version {0} has come onto the table since this page was shown. Read it before you go on.")]
    Moved(i64),
    /// Nothing may change any more, or not now.
    #[error("This negotiation is {0}, so this cannot be done now.")]
    NotOpen(State),
    /// The version no longer stands.
    #[error("This version no longer stands: its time has run out. Either side can make a new one.")]
    Expired,
    /// One's own version.
    #[error("The version on the table is the buyer's own. The cooperative answers it.")]
    OwnVersion,
    /// Members said no to it.
    #[error("Members did not ratify this version. Either side can make another one.")]
    VotedDown,
    /// There is nothing to put to members.
    #[error("Only a version that the buyer's signatory has accepted goes to members.")]
    NotAccepted,
    /// Members have it.
    #[error("This version is before members already.")]
    AlreadyPut,
    /// It cannot be taken back.
    #[error("Members have voted on this offer, and it is firm until {0}.")]
    Firm(String),
    /// What was decided is not what is on the table.
    #[error("The offer that members voted on is not, or no longer, what stands here: {0}.")]
    NotWhatWasVoted(&'static str),
    /// There were too many versions.
    #[error("A hundred versions have been on the table. Withdraw and begin anew.")]
    TooMany,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::Conflict => 403,
            Self::AlreadyOpen(_) | Self::Moved(_) | Self::NotOpen(_) | Self::AlreadyPut | Self::Firm(_) => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::BelowFloor(_) | Self::NoPrice | Self::TooLarge => Some("rate"),
            Self::NotForUse(_) => Some("uses"),
            Self::OtherClass { .. } => Some("class"),
            _ => None,
        }
    }
}

/// Whether a sheet is for this buyer and this revision.
///
/// # Errors
/// [`Refusal::OtherClass`], [`Refusal::NotForUse`].
pub fn fits(sheet: &TermSheet, class: BuyerClass, frozen_for: &std::collections::BTreeSet<crate::kernel::terms::Use>) -> Result<(), Refusal> {
    if sheet.class != class {
        return Err(Refusal::OtherClass { of: class, asked: sheet.class });
    }
    let other: Vec<&str> = sheet.uses.difference(frozen_for).map(|u| u.phrase()).collect();
    if other.is_empty() { Ok(()) } else { Err(Refusal::NotForUse(other.join(", "))) }
}

/// Whether the cooperative may offer this: nothing in it is freer than the adopted terms.
///
/// # Errors
/// [`Refusal::Beyond`].
pub fn within(sheet: &TermSheet, limit: &TermSheet, version: i64) -> Result<(), Refusal> {
    let beyond = sheet.beyond(limit);
    if beyond.is_empty() { Ok(()) } else { Err(Refusal::Beyond { clauses: beyond.join(", "), version }) }
}

/// What a text about one version needs.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The cooperative's name.
    pub coop: &'a str,
    /// Its zone.
    pub zone: &'a Zone,
    /// The buyer.
    pub buyer: &'a Buyer,
    /// The corpus's name and the revision's number and root.
    pub corpus: (&'a str, i64, &'a Digest),
    /// How much it holds.
    pub quantities: &'a Quantities,
    /// Number of the negotiation and of the version.
    pub number: (i64, i64),
    /// The terms.
    pub sheet: &'a TermSheet,
    /// Their digest.
    pub sheet_hash: &'a Digest,
    /// The sum due.
    pub total: i64,
    /// Until when it stands.
    pub valid_until: Timestamp,
}

/// The exact text a signatory accepts and members vote on.
#[must_use]
pub fn text(parts: &Parts<'_>) -> String {
    let (corpus, revision, root) = parts.corpus;
    let (buyer, q) = (parts.buyer, parts.quantities);
    let sum = parts.sheet.price.as_ref().map_or_else(String::new, |price| {
        format!("Sum due: {} ({}, converted exactly and rounded up to the next minor unit).\n", price.currency.show(parts.total), price.show())
    });
    let head = format!(
        "Negotiation no. {}, version {}.\nLicensor: {}, for its members.\nLicensee: {}, {} register number {}, {}.\nCorpus: {corpus}, revision {revision}: {} records, {} words, {} bytes of text.\nMerkle root: {root}\n{sum}Stands until: {}.\nDigest of the term sheet: {}\n",
        parts.number.0,
        parts.number.1,
        parts.coop,
        buyer.name,
        buyer.country,
        buyer.registration,
        buyer.class,
        thousands(q.records),
        thousands(q.words),
        thousands(q.bytes),
        parts.valid_until.long(parts.zone),
        parts.sheet_hash,
    );
    clauses(parts.sheet).iter().enumerate().fold(head, |text, (n, clause)| format!("{text}\n{}. {}. {}", n + 1, clause.title, clause.text)) + "\n"
}

/// The act a signatory confirms by password: accepting exactly this text.
#[must_use]
pub fn acceptance_act(text_hash: &Digest) -> Digest {
    Digest::of_parts(&[b"accept an offer", text_hash.as_str().as_bytes()])
}

#[cfg(test)]
mod tests;
