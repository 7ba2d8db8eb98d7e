//! Giving notice: text, rule, choices and roll are frozen together and their digest is published.
//! The order is one short transaction; the roll is written in pieces by a job, and one last
//! transaction makes the notice visible, so that a roll of a million stops nobody's vote.

use super::{CLOSE, Phase, ProposalJob, Refusal, Sheet, closed, office, rules, store, tally};
use crate::app::App;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ChallengeId, CoopId, Id as _, MemberId, ProposalId};
use crate::kernel::matter::{Bylaws, DecisionRule, Level, Matter, MatterKind};
use crate::kernel::merkle::{Roots, Step};
use crate::kernel::time::{DAY, Timestamp};
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx, random};
use crate::platform::outbox::{self, Mail};
use crate::platform::{jobs, journal, secrets};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The job that writes the roll and publishes the notice; its payload is a [`ProposalJob`].
pub const PUBLISH: &str = "notice";
/// The job that writes to everybody on the roll; its payload is a [`CallJob`].
pub const CALL: &str = "call_members";

/// Which members to write to next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallJob {
    /// Of this cooperative.
    pub coop: CoopId,
    /// About this proposal.
    pub proposal: ProposalId,
    /// From this position of the roll on.
    pub from: i64,
}

/// The layout of notices made by this program.
pub const FORMAT: &str = "guildhall notice 1";

/// Everything that is frozen with a notice; its canonical JSON is what is stored and hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Which layout this is.
    pub format: String,
    /// The cooperative.
    pub coop: CoopId,
    /// The proposal.
    pub proposal: ProposalId,
    /// The number people see.
    pub number: i64,
    /// Kind of matter.
    pub kind: MatterKind,
    /// The question.
    pub title: String,
    /// What its drafters say.
    pub body: String,
    /// What is decided on.
    pub matter: Matter,
    /// Digest of the matter's canonical JSON.
    pub matter_hash: Digest,
    /// How it is decided.
    pub rule: DecisionRule,
    /// The bylaws the rule is taken from.
    pub bylaws_version: i64,
    /// The choices in order, abstaining first.
    pub choices: Vec<String>,
    /// How many may vote.
    pub roll_count: i64,
    /// Merkle root over the salted leaves.
    pub roll_root: Digest,
    /// Who may vote was settled at this instant.
    pub roll_at: Timestamp,
    /// How many are on this roll and were not on the last one.
    pub joined: i64,
    /// How many were on the last roll and are not on this one.
    pub departed: i64,
    /// Notice was given.
    pub at: Timestamp,
    /// Voting begins.
    pub opens_at: Timestamp,
    /// Voting ends.
    pub closes_at: Timestamp,
    /// Days after close in which the decision can be complained of before an offer is final.
    pub complaint_days: i64,
}

/// How many members one transaction puts on the roll, and how many mails one queues.
const PIECE: i64 = 500;

/// What notice of a draft would freeze now.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How it would be decided.
    pub rule: DecisionRule,
    /// The bylaws in force.
    pub bylaws: Bylaws,
    /// Their version.
    pub bylaws_version: i64,
    /// Digest of all a page shows of it, so that the password is bound to exactly that.
    pub act: Digest,
}

/// What notice of a draft would freeze now. `openly` holds a vote as an open roll call where the roll
/// is too small for the sealed one the bylaws want; it makes no difference elsewhere.
///
/// # Errors
/// [`Refusal::RollTooSmall`], [`Refusal::NobodyVotes`], [`Refusal::TooManyLevels`].
pub fn notice_terms(conn: &mut Conn, coop: &CoopId, sheet: &Sheet, openly: bool, now: Timestamp) -> Result<Terms> {
    let (matter, (bylaws_version, bylaws)) = (sheet.matter()?, coops::bylaws(conn, coop, now)?);
    let mut rule = bylaws.rule(matter.kind());
    let voters = electors_up_to(conn, coop, rules::MANY.max(usize::try_from(bylaws.sealed_roll).unwrap_or(0)), now)?;
    if openly && matches!(rules::fits_roll(&matter, rule.level, voters, &bylaws), Err(Refusal::RollTooSmall { .. })) {
        rule.level = Level::V0;
    }
    rules::fits_roll(&matter, rule.level, voters, &bylaws)?;
    let act = act_of(sheet, &rule, &bylaws);
    Ok(Terms { rule, bylaws, bylaws_version, act })
}

fn act_of(sheet: &Sheet, rule: &DecisionRule, bylaws: &Bylaws) -> Digest {
    let numbers = [rule.quorum_bp, rule.threshold_bp, bylaws.notice_days, bylaws.voting_days].map(|n| n.to_string()).join(" ");
    let what = &sheet.card.what;
    let parts = [what.id.as_str(), sheet.matter_hash.as_str(), &what.title, &sheet.body, &numbers, rule.level.word()];
    Digest::of_parts(&[b"give notice".as_slice()].into_iter().chain(parts.map(str::as_bytes)).collect::<Vec<_>>())
}

/// Counts electors until there are as many as anybody needs to know of.
fn electors_up_to(conn: &mut Conn, coop: &CoopId, most: usize, now: Timestamp) -> Result<usize> {
    let (mut after, mut found) = (0, 0);
    while found < most {
        let Some((last, members)) = store::electors(conn, coop, after, 1_000, now)? else { break };
        after = last;
        found += members.len();
    }
    Ok(found)
}

/// Orders notice of a draft under the bylaws in force, as [`notice_terms`] tells it.
///
/// # Errors
/// [`Refusal::Noticed`], [`Refusal::Cancelled`], [`Refusal::FloorMoved`], those of [`notice_terms`],
/// a missing office, a missing confirmation.
pub fn give_notice(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, openly: bool) -> Result<()> {
    let sheet = store::sheet(tx, coop, id).or_not_found()?;
    let (by, now) = (office(tx, actor, coop, sheet.card.what.kind)?.member, tx.now());
    match sheet.card.phase(now) {
        Phase::Draft => {}
        Phase::Cancelled => return Err(Refusal::Cancelled.into()),
        _ => return Err(Refusal::Noticed.into()),
    }
    super::check(tx, coop, &sheet.matter()?)?;
    let terms = notice_terms(tx, coop, &sheet, openly, now)?;
    if rules::is_weighty(sheet.card.what.kind) {
        actor.confirmed(&terms.act, now)?;
    }
    let order = super::Order { bylaws_version: terms.bylaws_version, level: terms.rule.level, by, at: now };
    store::insert_order(tx, coop, id, &order)?;
    jobs::queue(tx, Some(coop), PUBLISH, &ProposalJob { coop: coop.clone(), proposal: id.clone() }, now)?;
    let facts = json!({ "by": order.by, "bylaws": order.bylaws_version, "level": order.level, "matter_hash": sheet.matter_hash });
    journal::append(tx, coop, "notice_ordered", id.as_str(), &facts)
}

/// Writes the roll of an ordered notice in pieces and then publishes the notice. Whatever was
/// written by an earlier try is kept and continued; doing it again changes nothing.
///
/// # Errors
/// When the database or the secret file does.
pub async fn publish(app: &App, job: &ProposalJob) -> Result<()> {
    let db = app.db.for_jobs();
    let of = job.clone();
    let state = db.read(move |conn| Ok((store::card(conn, &of.coop, &of.proposal).or_not_found()?.dates(), store::order(conn, &of.coop, &of.proposal)?))).await?;
    let (dates, Some(order)) = state else { return Ok(()) };
    if dates.opens_at.is_some() || dates.cancelled_at.is_some() {
        return Ok(());
    }
    while write_piece(app, job, order.at).await? {}
    let of = job.clone();
    let (roll_count, roll_root, joined, departed) = db.read(move |conn| roll_figures(conn, &of, order.at)).await?;
    let key = match order.level {
        Level::V0 => None,
        Level::V1 => Some(fresh_key(app, &job.proposal)?),
    };
    let of = job.clone();
    db.write(move |tx| flip(tx, &of, &order, (roll_count, &roll_root, joined, departed), key.as_deref())).await
}

/// A fresh key for one vote's envelopes, sealed by that vote's key in the secret file.
fn fresh_key(app: &App, proposal: &ProposalId) -> Result<Vec<u8>> {
    let outer = app.secrets.add_vote(proposal)?;
    Ok(secrets::seal(&outer, super::ballot::key_context(proposal).as_bytes(), &random::<{ secrets::KEY }>())?)
}

/// Puts the next piece of members on the roll; false when all are on it.
async fn write_piece(app: &App, job: &ProposalJob, cut_off: Timestamp) -> Result<bool> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let (start, members) = db
        .read(move |conn| {
            let (start, mut after) = store::roll_so_far(conn, &of.coop, &of.proposal)?;
            loop {
                match store::electors(conn, &of.coop, after, PIECE, cut_off)? {
                    Some((last, members)) if members.is_empty() => after = last,
                    found => return Ok((start, found.map(|(_, members)| members).unwrap_or_default())),
                }
            }
        })
        .await?;
    if members.is_empty() {
        return Ok(false);
    }
    let place = |(position, member): (i64, MemberId)| {
        let salt = random::<16>().to_vec();
        let leaf = rules::roll_leaf(&salt, &member);
        (member, store::Place { position, salt, leaf })
    };
    let rows: Vec<(MemberId, store::Place)> = (start..).zip(members).map(place).collect();
    let of = job.clone();
    db.write(move |tx| {
        // Another node may have written this piece meanwhile; the next look starts where it ended.
        if store::roll_so_far(tx, &of.coop, &of.proposal)?.0 == start {
            for (member, place) in &rows {
                store::insert_place(tx, &of.coop, &of.proposal, member, place)?;
            }
        }
        Ok(true)
    })
    .await
}

/// How many are on the roll, its root, and how many joined and left since the last one.
fn roll_figures(conn: &mut Conn, job: &ProposalJob, ordered_at: Timestamp) -> Result<(i64, Digest, i64, i64)> {
    let (count, _) = store::roll_so_far(conn, &job.coop, &job.proposal)?;
    let root = root_of(conn, job, 0, count)?;
    let (joined, departed) = match store::notice_before(conn, &job.coop, ordered_at)? {
        None => (count, 0),
        Some((earlier, before)) => {
            let both = store::on_both(conn, &job.coop, &job.proposal, &earlier)?;
            (count - both, before - both)
        }
    };
    Ok((count, root, joined, departed))
}

/// The Merkle root over a range of the roll.
fn root_of(conn: &mut Conn, job: &ProposalJob, first: i64, many: i64) -> Result<Digest> {
    let (mut roots, mut done) = (Roots::default(), 0);
    while done < many {
        let page = store::leaves(conn, &job.coop, &job.proposal, first + done, (many - done).min(5_000))?;
        if page.is_empty() {
            break;
        }
        done += i64::try_from(page.len()).unwrap_or(i64::MAX);
        page.iter().for_each(|leaf| roots.push(leaf));
    }
    Ok(roots.root())
}

/// The proof that a place is in the roll: the siblings on the way to its root.
///
/// # Errors
/// When the database does.
pub(super) fn prove(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId, count: i64, position: i64) -> Result<Vec<Step>> {
    let job = ProposalJob { coop: coop.clone(), proposal: proposal.clone() };
    rules::siblings(count, position).into_iter().map(|(left, first, many)| Ok(Step { left, sibling: root_of(conn, &job, first, many)? })).collect()
}

type Figures<'a> = (i64, &'a Digest, i64, i64);

/// Makes a notice visible, queues its close and the mails about it.
fn flip(tx: &mut Tx<'_>, job: &ProposalJob, order: &super::Order, (roll_count, roll_root, joined, departed): Figures<'_>, key: Option<&[u8]>) -> Result<()> {
    let (coop, id, now) = (&job.coop, &job.proposal, tx.now());
    let sheet = store::sheet(tx, coop, id).or_not_found()?;
    if sheet.card.phase(now) != Phase::Noticing {
        return Ok(());
    }
    let (matter, bylaws) = (sheet.matter()?, coops::bylaws(tx, coop, order.at)?.1);
    let opens_at = now.plus(bylaws.notice_days.saturating_mul(DAY));
    let what = &sheet.card.what;
    let text = Text {
        format: FORMAT.to_owned(),
        coop: coop.clone(),
        proposal: id.clone(),
        number: what.number,
        kind: what.kind,
        title: what.title.clone(),
        body: sheet.body.clone(),
        choices: tally::choice_names(&matter),
        rule: DecisionRule { level: order.level, ..bylaws.rule(what.kind) },
        matter,
        matter_hash: sheet.matter_hash.clone(),
        bylaws_version: order.bylaws_version,
        roll_count,
        roll_root: roll_root.clone(),
        roll_at: order.at,
        joined,
        departed,
        at: now,
        opens_at,
        closes_at: opens_at.plus(bylaws.voting_days.max(1).saturating_mul(DAY)),
        complaint_days: bylaws.complaint_days,
    };
    let canonical = serde_json::to_string(&text)?;
    let hash = Digest::of(canonical.as_bytes());
    store::insert_notice(tx, coop, &text, &canonical, &hash, &order.by)?;
    if let Some(sealed) = key {
        store::insert_key(tx, coop, id, sealed)?;
    }
    jobs::queue(tx, Some(coop), CLOSE, job, text.closes_at)?;
    jobs::queue(tx, Some(coop), CALL, &CallJob { coop: coop.clone(), proposal: id.clone(), from: 0 }, now)?;
    let facts = json!({ "notice_hash": hash, "roll_root": roll_root, "roll_count": roll_count, "opens_at": text.opens_at, "closes_at": text.closes_at });
    journal::append(tx, coop, "notice_given", id.as_str(), &facts)
}

/// Writes to the next piece of the roll that something is waiting, with the journal's head of this
/// moment, and queues the piece after it.
///
/// # Errors
/// When the database does.
pub async fn call_members(app: &App, job: &CallJob) -> Result<()> {
    let (db, of, link) = (app.db.for_jobs(), job.clone(), app.link("/home"));
    db.write(move |tx| {
        let addresses = store::addresses(tx, &of.coop, &of.proposal, of.from, PIECE)?;
        let (coop, head) = (coops::coop(tx, &of.coop)?, journal::head(tx, &journal::Chain::from(&of.coop))?);
        let head = head.map_or_else(String::new, |head| format!("\nThe journal's head is {}:{}. Keep this mail: it shows later whether anything before it was changed.\n", head.height, head.hash));
        let many = i64::try_from(addresses.len()).unwrap_or(0);
        for to in addresses {
            let body = format!("Something in {} is waiting for you. Sign in to read it:\n{link}\n{head}", coop.name);
            outbox::queue(tx, &Mail { coop: Some(of.coop.clone()), to, subject: "Something is waiting for you".to_owned(), body })?;
        }
        if many == PIECE {
            let now = tx.now();
            jobs::queue(tx, Some(&of.coop), CALL, &CallJob { from: of.from + PIECE, ..of.clone() }, now)?;
        }
        Ok(())
    })
    .await
}

/// Says, before voting opens, what is wrong with a notice: its text, its rule, or who is on its roll.
///
/// # Errors
/// [`Refusal::ChallengeOver`], [`Refusal::StillDraft`], [`Refusal::Cancelled`], [`Refusal::WordsMissing`];
/// [`crate::error::NotFound`] for strangers. Suspended members may challenge their suspension elsewhere.
pub fn challenge(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, words: &str) -> Result<ChallengeId> {
    let member = coops::standing(tx, actor, coop)?.member;
    let (card, now) = (store::card(tx, coop, id).or_not_found()?, tx.now());
    if words.is_empty() || words.chars().count() > 4_000 {
        return Err(Refusal::WordsMissing.into());
    }
    match card.phase(now) {
        Phase::Noticed => {}
        Phase::Draft | Phase::Noticing => return Err(Refusal::StillDraft.into()),
        Phase::Cancelled => return Err(Refusal::Cancelled.into()),
        Phase::Open | Phase::Counting | Phase::Decided => {
            let opened = card.dates().opens_at.unwrap_or(now);
            return Err(Refusal::ChallengeOver(opened.long(&coops::coop(tx, coop)?.zone)).into());
        }
    }
    let challenge: ChallengeId = tx.fresh();
    store::insert_challenge(tx, coop, &challenge, id, &member, words)?;
    journal::append(tx, coop, "notice_challenged", challenge.as_str(), &json!({ "proposal": id, "words": Digest::of_parts(&[&tx.random::<16>(), words.as_bytes()]) }))?;
    Ok(challenge)
}

/// Answers a challenge, until voting closes. To put a notice right it is cancelled and given anew.
///
/// # Errors
/// [`Refusal::Answered`], [`Refusal::WordsMissing`], [`Refusal::Closed`]; a missing office.
pub fn answer_challenge(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, challenge: &ChallengeId, words: &str) -> Result<()> {
    let by = coops::with_role(tx, actor, coop, Role::Steward)?.member;
    let (card, now) = (store::card(tx, coop, id).or_not_found()?, tx.now());
    if store::is_answered(tx, coop, id, challenge).or_not_found()? {
        return Err(Refusal::Answered.into());
    }
    if words.is_empty() || words.chars().count() > 4_000 {
        return Err(Refusal::WordsMissing.into());
    }
    if matches!(card.phase(now), Phase::Counting | Phase::Decided) {
        return Err(closed(tx, coop, card.dates().closes_at.unwrap_or(now))?.into());
    }
    store::insert_answer(tx, coop, challenge, &by, words)?;
    journal::append(tx, coop, "challenge_answered", challenge.as_str(), &json!({ "by": by, "words": Digest::of_parts(&[&tx.random::<16>(), words.as_bytes()]) }))
}
