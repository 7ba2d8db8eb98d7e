//! Proposals: a question put to members about one matter, from draft to enactment.
//!
//! A draft becomes a notice, which freezes text, rule, choices and roll together ([`give_notice`],
//! [`publish`]); members vote ([`cast`]); the stored instant ends it and [`close`] records the
//! decision that follows from the ballots, however late it runs; `hall::enactment` carries it out.

mod ballot;
mod count;
pub mod ladder;
mod notice;
pub mod rules;
mod store;
pub mod tally;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ChallengeId, CoopId, Id as _, MemberId, ProposalId};
use crate::kernel::matter::{DecisionRule, Level, Matter, MatterKind};
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Role, Standing};
use crate::platform::db::{Conn, Tx};
use crate::platform::{jobs, journal};
pub use ballot::{Booths, Choice, Own, Slip, Vote, cast, cast_at, may_vote, receipt, vote};
pub use count::{CLOSE, close, enacted, not_enacted, provisional};
use diesel::Queryable;
pub use notice::{CALL, CallJob, PUBLISH, Terms, Text, answer_challenge, call_members, challenge, give_notice, notice_terms, publish};
pub use rules::{Dates, Phase, Refusal, Undecided};
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use store::Place;
pub use tally::{Outcome, Record};

/// The job of carrying a passed decision out; its payload is a [`ProposalJob`].
pub const ENACT: &str = "enact";

/// Which proposal a job is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProposalJob {
    /// Of this cooperative.
    pub coop: CoopId,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A fresh draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// Its id.
    pub id: ProposalId,
    /// The number people see.
    pub number: i64,
}

type Maybe = Option<Timestamp>;
type Instants = (Maybe, Maybe, Maybe, Maybe, Maybe);

/// What every list tells of a proposal.
#[derive(Clone, Debug, Queryable)]
pub struct Card {
    /// Which.
    pub what: What,
    /// Notice ordered, voting opens, voting closes, cancelled, decided.
    when: Instants,
    /// How it ended, its effect, why it has none.
    ended: (Option<Outcome>, Option<String>, Option<String>),
}

/// What a proposal is.
#[derive(Clone, Debug, Queryable)]
pub struct What {
    /// Its id.
    pub id: ProposalId,
    /// The number people see.
    pub number: i64,
    /// Kind of matter.
    pub kind: MatterKind,
    /// Heading.
    pub title: String,
    /// When it was drafted.
    pub drafted_at: Timestamp,
}

impl Card {
    /// The instants that settle where it stands.
    #[must_use]
    pub const fn dates(&self) -> Dates {
        let (ordered_at, opens_at, closes_at, cancelled_at, decided_at) = self.when;
        Dates { ordered_at, opens_at, closes_at, cancelled_at, decided_at }
    }

    /// Where it stands at an instant.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        rules::phase(&self.dates(), now)
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> Option<Outcome> {
        self.ended.0
    }

    /// Its effect, once carried out.
    #[must_use]
    pub fn effect(&self) -> Option<&str> {
        self.ended.1.as_deref()
    }

    /// Why it passed and was not carried out.
    #[must_use]
    pub fn because(&self) -> Option<&str> {
        self.ended.2.as_deref()
    }
}

/// One proposal with its matter.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What every list tells of it.
    pub card: Card,
    /// Canonical JSON of the matter.
    matter: String,
    /// Its digest.
    pub matter_hash: Digest,
    /// What its drafters say.
    pub body: String,
}

impl Sheet {
    /// The matter.
    ///
    /// # Errors
    /// When the row was changed past the program.
    pub fn matter(&self) -> Result<Matter> {
        if Digest::of(self.matter.as_bytes()) != self.matter_hash {
            return Err(anyhow::anyhow!("the matter of proposal {} is not what its digest says", self.card.what.id).into());
        }
        Ok(serde_json::from_str(&self.matter)?)
    }
}

/// A notice that was ordered.
#[derive(Clone, Debug, Queryable)]
pub struct Order {
    /// Bylaws in force then.
    pub bylaws_version: i64,
    /// Secrecy.
    pub level: Level,
    /// By whom.
    pub by: MemberId,
    /// When; also the cut-off of the roll.
    pub at: Timestamp,
}

/// A member's challenge to a notice, and its answer.
#[derive(Clone, Debug, Queryable)]
pub struct Challenge {
    /// Which.
    pub id: ChallengeId,
    /// The member's number.
    pub number: i64,
    /// What is wrong.
    pub words: String,
    /// When.
    pub at: Timestamp,
    /// What a steward answered.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

/// A recorded decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// How it ended.
    pub outcome: Outcome,
    /// The arithmetic in words.
    pub explanation: String,
    /// Canonical JSON of the [`Record`], exactly as it was hashed.
    pub record: String,
    /// Digest of the record's bytes.
    pub record_hash: Digest,
    /// When voting ended; what was decided counts from here.
    pub closes_at: Timestamp,
    /// When the decision was written down.
    pub at: Timestamp,
}

impl Decided {
    /// The record.
    ///
    /// # Errors
    /// When the row was changed past the program.
    pub fn record(&self) -> Result<Record> {
        if Digest::of(self.record.as_bytes()) != self.record_hash {
            return Err(anyhow::anyhow!("a decision's record is not what its digest says").into());
        }
        Ok(serde_json::from_str(&self.record)?)
    }
}

/// What became of a passed decision.
#[derive(Clone, Debug, Queryable)]
pub struct Enactment {
    /// What was done.
    pub effect: Option<String>,
    /// Or why nothing was.
    pub because: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The standing of whoever may draft, notice and cancel this kind of matter: a steward or the
/// office it belongs to.
fn office(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, kind: MatterKind) -> Result<Standing> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.is_in() {
        return Err(coops::Refusal::Suspended.into());
    }
    let second = rules::second_office(kind);
    if standing.may(Role::Steward) || standing.may(second) { Ok(standing) } else { Err(coops::Refusal::NeedsRole(second).into()) }
}

/// Holds a matter against the bylaws, the currency and the floor in force now.
fn check(tx: &mut Tx<'_>, coop: &CoopId, matter: &Matter) -> Result<coops::Coop> {
    let now = tx.now();
    let (here, bylaws) = (coops::coop(tx, coop)?, coops::bylaws(tx, coop, now)?.1);
    let floor = match matter {
        Matter::SetFloor { ladder } => store::floor(tx, coop, ladder, now)?,
        _ => None,
    };
    let currency = here.currency()?;
    rules::is_sound(matter, &rules::Ground { currency: &currency, floor, bylaws: &bylaws })?;
    Ok(here)
}

/// Writes a proposal down. It is not edited afterwards: a better text is a new draft.
///
/// # Errors
/// [`coops::Refusal::NeedsRole`], [`Refusal::Title`], [`Refusal::Body`], [`Refusal::Unsound`],
/// [`Refusal::FloorMoved`]; [`crate::error::NotFound`] for strangers and for the hall itself.
pub fn draft(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, matter: &Matter, title: &str, body: &str) -> Result<Drafted> {
    let by = office(tx, actor, coop, matter.kind())?.member;
    if !(3..=120).contains(&title.chars().count()) {
        return Err(Refusal::Title.into());
    }
    if body.chars().count() > 20_000 {
        return Err(Refusal::Body.into());
    }
    check(tx, coop, matter)?;
    let text = serde_json::to_string(matter)?;
    let (id, number, matter_hash): (ProposalId, _, _) = (tx.fresh(), store::next_number(tx, coop)?, Digest::of(text.as_bytes()));
    store::insert(tx, coop, &store::Draft { id: &id, number, kind: matter.kind(), matter: &text, matter_hash: &matter_hash, title, body, by: &by })?;
    journal::append(tx, coop, "proposal_drafted", id.as_str(), &json!({ "number": number, "kind": matter.kind(), "matter_hash": matter_hash }))?;
    Ok(Drafted { id, number })
}

/// Calls a proposal off, with a reason that everybody on the roll is written to about. The hall
/// itself does so when what was proposed is withdrawn, such as a buyer's offer.
///
/// # Errors
/// [`Refusal::ReasonMissing`], [`Refusal::Cancelled`], [`Refusal::Closed`] once voting is over,
/// [`coops::Refusal::NeedsRole`]; [`crate::error::NotFound`].
pub fn cancel(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, reason: &str) -> Result<()> {
    let card = store::card(tx, coop, id).or_not_found()?;
    let by = if *actor == Actor::Hall { None } else { Some(office(tx, actor, coop, card.what.kind)?.member) };
    if reason.is_empty() || reason.chars().count() > 2_000 {
        return Err(Refusal::ReasonMissing.into());
    }
    let (dates, now) = (card.dates(), tx.now());
    match rules::phase(&dates, now) {
        Phase::Cancelled => return Err(Refusal::Cancelled.into()),
        Phase::Counting | Phase::Decided => return Err(closed(tx, coop, dates.closes_at.unwrap_or(now))?.into()),
        Phase::Draft | Phase::Noticing | Phase::Noticed | Phase::Open => {}
    }
    store::insert_cancellation(tx, coop, id, reason, by.as_ref())?;
    store::destroy_key(tx, coop, id)?;
    if dates.opens_at.is_some() {
        let job = ProposalJob { coop: coop.clone(), proposal: id.clone() };
        jobs::queue(tx, Some(coop), CLOSE, &job, now)?;
        jobs::queue(tx, Some(coop), CALL, &CallJob { coop: coop.clone(), proposal: id.clone(), from: 0 }, now)?;
    }
    journal::append(tx, coop, "proposal_cancelled", id.as_str(), &json!({ "by": by, "reason": Digest::of_parts(&[&tx.random::<16>(), reason.as_bytes()]) }))
}

fn closed(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<Refusal> {
    Ok(Refusal::Closed(at.long(&coops::coop(conn, coop)?.zone)))
}

/// The decision on a proposal, once it is recorded.
///
/// # Errors
/// When the database does.
pub fn decision(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> Result<Option<Decided>> {
    Ok(store::decided(conn, coop, proposal)?)
}

/// What became of a passed decision, once it was tried.
///
/// # Errors
/// When the database does.
pub fn enactment(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> Result<Option<Enactment>> {
    Ok(store::enactment(conn, coop, proposal)?)
}

/// The floor in force where a ladder wants to move it.
///
/// # Errors
/// When the database does.
pub fn floor_for(conn: &mut Conn, coop: &CoopId, ladder: &crate::kernel::matter::Ladder, at: Timestamp) -> Result<Option<crate::kernel::money::Rate>> {
    Ok(store::floor(conn, coop, ladder, at)?)
}

/// The newest proposals with numbers below one.
///
/// # Errors
/// When the database does.
pub fn list(conn: &mut Conn, coop: &CoopId, before: i64, limit: i64) -> Result<Vec<Card>> {
    Ok(store::cards(conn, coop, before, limit)?)
}

/// A proposal's id by the number people see.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn id_of(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<ProposalId> {
    store::id_of(conn, coop, number).or_not_found()
}

/// A proposal with its matter.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn sheet(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<Sheet> {
    store::sheet(conn, coop, id).or_not_found()
}

/// The published notice as it was frozen, and its digest.
///
/// # Errors
/// When the database does.
pub fn notice_of(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<Option<(Text, Digest)>> {
    let Some((text, hash)) = store::notice(conn, coop, id)? else { return Ok(None) };
    Ok(Some((serde_json::from_str(&text)?, hash)))
}

/// Why a proposal was cancelled.
///
/// # Errors
/// When the database does.
pub fn cancellation(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<Option<String>> {
    Ok(store::cancellation(conn, coop, id)?)
}

/// Challenges to a notice, the first first.
///
/// # Errors
/// When the database does.
pub fn challenges(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<Vec<Challenge>> {
    Ok(store::challenges(conn, coop, id)?)
}

/// Challenges that wait for a steward's answer: number, heading, when.
///
/// # Errors
/// When the database does.
pub fn unanswered(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, String, Timestamp)>> {
    Ok(store::unanswered(conn, coop)?)
}

/// Open votes that wait for this account's ballot: number, heading, when voting ends.
///
/// # Errors
/// When the database does.
pub fn unvoted(conn: &mut Conn, coop: &CoopId, account: &crate::kernel::ids::AccountId, now: Timestamp) -> Result<Vec<(i64, String, Timestamp)>> {
    Ok(store::unvoted(conn, coop, account, now)?)
}

/// How many have voted; never how.
///
/// # Errors
/// When the database does.
pub fn turnout(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<i64> {
    Ok(store::turnout(conn, coop, id)?)
}

/// A rule in one sentence a person can hold an outcome against.
#[must_use]
pub fn rule_words(rule: &DecisionRule, roll: i64) -> String {
    let quorum = tally::quorum(roll, rule.quorum_bp);
    format!("At least {} vote, and more than {} of those who take a side say yes.", rules::of(quorum, roll), crate::kernel::money::percent(rule.threshold_bp))
}
