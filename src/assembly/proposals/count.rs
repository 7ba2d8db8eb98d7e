//! Closing a vote: no ballot is taken any more, those there are opened outside any transaction,
//! choices and receipts are written apart and sorted, and one last transaction records the decision
//! and destroys the key. Every step can be done again by whoever finds it half done; the secret
//! file forgets the vote only when the decision stands.

use super::store::{self, Ballot};
use super::tally::{Counts, FORMAT, Outcome, Record, decide};
use super::{ENACT, ProposalJob, ballot, notice};
use crate::app::App;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, Id as _, MemberId, ProposalId};
use crate::kernel::matter::{Ladder, Level, Matter, MatterKind};
use crate::kernel::time::DAY;
use crate::platform::db::{Conn, Tx};
use crate::platform::secrets::KEY;
use crate::platform::{jobs, journal};
use serde_json::json;

/// The job that closes a vote; its payload is a [`ProposalJob`].
pub const CLOSE: &str = "close_vote";

/// Rows a transaction writes at most.
const PIECE: usize = 500;

/// What opening the envelopes gave: choices and receipts, each sorted on its own.
struct Opened {
    choices: Vec<i64>,
    receipts: Vec<String>,
    unreadable: i64,
}

/// Closes, counts and decides one vote that is due, or forgets the key of one that was cancelled.
/// Doing it again finishes what is left and changes nothing else.
///
/// # Errors
/// When it is not due yet, or when the database or the secret file does.
pub async fn close(app: &App, job: &ProposalJob) -> Result<()> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let dates = db.read(move |conn| Ok(store::card(conn, &of.coop, &of.proposal).or_not_found()?.dates())).await?;
    if dates.decided_at.is_none() && dates.cancelled_at.is_none() {
        let closes = dates.closes_at.ok_or_else(|| anyhow::anyhow!("a vote without a notice cannot be closed"))?;
        if app.now() < closes {
            return Err(anyhow::anyhow!("voting is still open").into());
        }
        let of = job.clone();
        db.write(move |tx| end_voting(tx, &of)).await?;
        count(app, job).await?;
    }
    // Only now: until the decision stands, a ballot must stay countable.
    app.secrets.forget_vote(&job.proposal)?;
    Ok(())
}

/// From here no ballot is taken. Reading them all in the transaction that says so makes a ballot
/// still under way conflict with it, on either database.
fn end_voting(tx: &mut Tx<'_>, job: &ProposalJob) -> Result<()> {
    if store::closure(tx, &job.coop, &job.proposal)?.is_some() {
        return Ok(());
    }
    let ballots = store::ballot_rows(tx, &job.coop, &job.proposal)?;
    store::insert_closure(tx, &job.coop, &job.proposal, ballots)?;
    journal::append(tx, &job.coop, "voting_closed", job.proposal.as_str(), &json!({ "ballots": ballots }))
}

async fn count(app: &App, job: &ProposalJob) -> Result<()> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let sealed = db.read(move |conn| store::key(conn, &of.coop, &of.proposal).map_err(Into::into)).await?;
    let key = match sealed {
        Some(sealed) => Some(ballot::open_key(&app.secrets, &job.proposal, &sealed)?),
        None => None,
    };
    let of = job.clone();
    let opened = db.read(move |conn| open_all(conn, &of, key.as_ref())).await?;
    write_choices(app, job, &opened.choices).await?;
    write_receipts(app, job, &opened.receipts).await?;
    let of = job.clone();
    let record = db.read(move |conn| record_of(conn, &of, &opened)).await?;
    let text = serde_json::to_string(&record)?;
    let hash = Digest::of(text.as_bytes());
    let of = job.clone();
    db.write(move |tx| flip(tx, &of, &record, &text, &hash)).await
}

/// The last version of each member's ballot, opened. The reader's thread does the deciphering.
fn open_all(conn: &mut Conn, job: &ProposalJob, key: Option<&[u8; KEY]>) -> Result<Opened> {
    let level = store::level(conn, &job.coop, &job.proposal).or_not_found()?;
    if level == Level::V1 && key.is_none() {
        return Err(anyhow::anyhow!("the key of vote {} is gone before its decision", job.proposal).into());
    }
    let (mut opened, rows) = read_all(conn, job, key)?;
    if store::closure(conn, &job.coop, &job.proposal)? != Some(rows) {
        return Err(anyhow::anyhow!("vote {} has {rows} ballots, which is not what its closure says", job.proposal).into());
    }
    opened.choices.sort_unstable();
    opened.receipts.sort_unstable();
    Ok(opened)
}

/// Every member's last ballot as it is stored, and how many ballots there are in all.
fn read_all(conn: &mut Conn, job: &ProposalJob, key: Option<&[u8; KEY]>) -> Result<(Opened, i64)> {
    let (coop, id) = (&job.coop, &job.proposal);
    let mut opened = Opened { choices: Vec::new(), receipts: Vec::new(), unreadable: 0 };
    let mut take = |(member, ballot): &(MemberId, Ballot)| match ballot::slip(key, coop, id, member, ballot) {
        Some(slip) => {
            opened.choices.push(slip.choice);
            opened.receipts.push(slip.receipt());
        }
        None => opened.unreadable += 1,
    };
    let (mut after, mut last, mut rows) = (None::<(MemberId, i64)>, None::<(MemberId, Ballot)>, 0);
    loop {
        let page = store::ballots_after(conn, coop, id, after.as_ref(), 2_000)?;
        let Some((member, ballot)) = page.last() else { break };
        after = Some((member.clone(), ballot.version));
        for row in page {
            rows += 1;
            if let Some(before) = last.replace(row.clone())
                && before.0 != row.0
            {
                take(&before);
            }
        }
    }
    last.iter().for_each(&mut take);
    Ok((opened, rows))
}

/// How an open roll call that is over ends, before the job has recorded it; none of a sealed vote,
/// whose envelopes no page opens.
///
/// # Errors
/// When the database does.
pub fn provisional(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> Result<Option<Record>> {
    if store::level(conn, coop, id).or_not_found()? != Level::V0 {
        return Ok(None);
    }
    let job = ProposalJob { coop: coop.clone(), proposal: id.clone() };
    let (opened, _) = read_all(conn, &job, None)?;
    record_of(conn, &job, &opened).map(Some)
}

/// Sorted choices, in pieces; an earlier try's rows are the first of the same list.
async fn write_choices(app: &App, job: &ProposalJob, choices: &[i64]) -> Result<()> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let there = db.read(move |conn| store::counted(conn, &of.coop, &of.proposal).map_err(Into::into)).await?;
    let left: Vec<(i64, i64)> = (0..).zip(choices.iter().copied()).skip(usize::try_from(there).unwrap_or(0)).collect();
    for piece in left.chunks(PIECE) {
        let (of, piece) = (job.clone(), piece.to_vec());
        db.write(move |tx| {
            for (position, choice) in &piece {
                store::insert_counted(tx, &of.coop, &of.proposal, *position, *choice)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Sorted receipts, in pieces, without a position: nothing joins them to the choices.
async fn write_receipts(app: &App, job: &ProposalJob, receipts: &[String]) -> Result<()> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let there = db.read(move |conn| store::counted_receipt_rows(conn, &of.coop, &of.proposal).map_err(Into::into)).await?;
    let left: Vec<String> = receipts.iter().skip(usize::try_from(there).unwrap_or(0)).cloned().collect();
    for piece in left.chunks(PIECE) {
        let (of, piece) = (job.clone(), piece.to_vec());
        db.write(move |tx| {
            for receipt in &piece {
                store::insert_receipt(tx, &of.coop, &of.proposal, receipt)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

fn ladder_of(matter: &Matter) -> Option<&Ladder> {
    match matter {
        Matter::SetFloor { ladder } => Some(ladder),
        _ => None,
    }
}

/// The decision that follows from notice and ballots alone.
fn record_of(conn: &mut Conn, job: &ProposalJob, opened: &Opened) -> Result<Record> {
    let (text, notice_hash) = super::notice_of(conn, &job.coop, &job.proposal)?.or_not_found()?;
    let choices = i64::try_from(text.choices.len()).unwrap_or(i64::MAX);
    let counts = Counts::of(choices, &opened.choices, opened.unreadable);
    Ok(recorded(&text, notice_hash, &counts))
}

/// The record of these counts under a notice.
pub(super) fn recorded(text: &notice::Text, notice_hash: Digest, counts: &Counts) -> Record {
    let ladder = ladder_of(&text.matter);
    let decided = decide(&text.rule, text.roll_count, counts, ladder);
    Record {
        format: FORMAT.to_owned(),
        coop: text.coop.clone(),
        proposal: text.proposal.clone(),
        number: text.number,
        kind: text.kind,
        matter_hash: text.matter_hash.clone(),
        notice_hash,
        rule: text.rule,
        ladder: ladder.cloned(),
        roll_count: text.roll_count,
        roll_root: text.roll_root.clone(),
        closed_at: text.closes_at,
        counts: counts.by_choice.clone(),
        unreadable: counts.unreadable,
        outcome: decided.outcome,
        floor: decided.floor,
        explanation: decided.explanation,
    }
}

/// Records the decision, destroys the database's half of the key, and queues what follows.
fn flip(tx: &mut Tx<'_>, job: &ProposalJob, record: &Record, text: &str, hash: &Digest) -> Result<()> {
    let (coop, id) = (&job.coop, &job.proposal);
    if store::decided(tx, coop, id)?.is_some() {
        return Ok(());
    }
    store::insert_decision(tx, coop, id, record, text, hash)?;
    store::destroy_key(tx, coop, id)?;
    if record.outcome == Outcome::Passed {
        let days = super::notice_of(tx, coop, id)?.map_or(0, |(notice, _)| notice.complaint_days);
        // An offer becomes an agreement when the time for complaints is over; all else at once.
        let wait = if record.kind == MatterKind::RatifyOffer { days.saturating_mul(DAY) } else { 0 };
        jobs::queue(tx, Some(coop), ENACT, job, record.closed_at.plus(wait))?;
    }
    journal::append(tx, coop, "decision_recorded", id.as_str(), &json!({ "outcome": record.outcome, "record_hash": hash, "notice_hash": record.notice_hash }))
}

/// Notes what a passed decision did. Called in the transaction that did it.
///
/// # Errors
/// [`NotFound`] for anybody but the hall.
pub fn enacted(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, effect: &str) -> Result<()> {
    conclude(tx, actor, coop, id, Ok(effect))
}

/// Notes why a passed decision had no effect.
///
/// # Errors
/// [`NotFound`] for anybody but the hall.
pub fn not_enacted(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, because: &str) -> Result<()> {
    conclude(tx, actor, coop, id, Err(because))
}

fn conclude(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ProposalId, end: Result<&str, &str>) -> Result<()> {
    if *actor != Actor::Hall {
        return Err(NotFound.into());
    }
    if store::enactment(tx, coop, id)?.is_some() {
        return Ok(());
    }
    store::insert_enactment(tx, coop, id, end.ok(), end.err())?;
    let kind = if end.is_ok() { "decision_enacted" } else { "decision_not_enacted" };
    journal::append(tx, coop, kind, id.as_str(), &json!({ "words": Digest::of(end.unwrap_or_else(|because| because).as_bytes()) }))
}
