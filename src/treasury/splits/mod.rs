//! Splits and runs. A split is adopted by vote; a run shares one receipt among the contributors of
//! the licensed revision by the split in force when the receipt was recorded (or, where there was
//! none yet, by the first one adopted after). A treasurer proposes a run, somebody else releases it,
//! and only then does money move. What a run was computed from is kept whole, so anybody replays it.
//!
//! A member with several contributor names is one payee. A name that nobody has claimed is a payee
//! like any other: the money waits on its account until its person claims it.

pub mod exact;
pub mod rules;
pub mod spread;
mod store;
pub mod views;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ContributorId, CoopId, Id as _, MemberId, ProposalId, ReceiptId, RunId};
use crate::kernel::matter::Split;
use crate::membership::coops::{self, Role};
use crate::platform::db::schema::licences;
use crate::platform::db::{Conn, Db, Tx, random};
use crate::platform::jobs;
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
use crate::treasury::entries::rules::are_two;
use crate::treasury::ledger::{self, Account, Posting, Transaction};
use crate::treasury::receipts::{self, State};
use diesel::prelude::*;
use exact::{Fraction, Units};
use rules::{Input, Output, Received, RunFile, Weight};
pub use rules::{Refusal, Report, verify_run};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
pub use store::{Run, Verdict};

/// Lines written, or shares posted, in one write: with balances and mails below 1,000 rows.
const CHUNK: i64 = 300;

/// Carries out a vote to adopt a split and answers its version. Twice is once.
///
/// # Errors
/// When its parts make no whole, or the decision's split is known otherwise.
pub fn adopt(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, split: &Split) -> Result<i64> {
    if !split.is_whole() {
        return Err(Refusal::NotWhole.into());
    }
    let body = serde_json::to_string(split)?;
    if let Some((version, known)) = store::split_of(tx, coop, proposal)? {
        return if known == body { Ok(version) } else { Err(Refusal::AdoptedBefore.into()) };
    }
    let version = store::insert_split(tx, coop, &body, proposal)?;
    journal::append(tx, coop, "split_adopted", proposal.as_str(), &json!({ "version": version, "split": split }))?;
    Ok(version)
}

/// The splits ever adopted, newest first: version, split, number of its proposal, in force from.
///
/// # Errors
/// When the database does.
pub fn adopted(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, Split, i64, crate::kernel::time::Timestamp)>> {
    store::splits(conn, coop)?.into_iter().map(|((version, body, _, number), at)| Ok((version, serde_json::from_str(&body)?, number, at))).collect()
}

/// One line of a run as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    payee: String,
    records: Fraction,
    words: Fraction,
    amount: i64,
}

/// A run worked out and not yet proposed.
#[derive(Clone, Debug)]
pub struct Prepared {
    receipt: ReceiptId,
    split_version: i64,
    salt: Vec<u8>,
    input: Input,
    input_text: String,
    output_hash: Digest,
    records: Fraction,
    words: Fraction,
    rows: Arc<Vec<Row>>,
}

/// Works out the run of a receipt, without changing anything. It reads every share of the licensed
/// revision, so it belongs into a read, with the proposal in a write of its own.
///
/// # Errors
/// No such receipt, no split, nobody to pay.
pub fn prepare(conn: &mut Conn, coop: &CoopId, receipt: i64) -> Result<Prepared> {
    let receipt = receipts::find(conn, coop, receipt)?;
    let (split_version, body, _, adopted_by) = store::split_for(conn, coop, receipt.at)?.ok_or(Refusal::NoSplit)?;
    let root: Digest = licences::table.find((coop, &receipt.licence_id)).select(licences::corpus_root).first(conn)?;
    let salt = random::<32>().to_vec();
    let (measure, units) = weigh(conn, coop, &receipt.revision_id)?;
    let mut payees: Vec<(Digest, ContributorId, (u128, u128))> = units.into_iter().map(|(id, units)| (mark(&salt, id.as_str()), id, units)).collect();
    payees.sort();
    let weight = |(mark, _, (records, words)): &(Digest, ContributorId, (u128, u128))| Weight { mark: mark.clone(), records: Units(*records), words: Units(*words) };
    let input = Input {
        format: rules::FORMAT.to_owned(),
        receipt: Received { number: receipt.number, amount: receipt.amount, currency: receipt.currency.clone(), licence: receipt.licence_id.clone() },
        revision: receipt.revision_id,
        root,
        adopted_by,
        split: serde_json::from_str(&body)?,
        measure: Units(measure),
        payees: payees.iter().map(weight).collect(),
    };
    let output = rules::split(&input)?;
    let ids = payees.iter().map(|(_, id, _)| id.to_string());
    let rows = rows(&input, &output, ids);
    let sum = |unit: fn(&Weight) -> u128| Fraction::of(input.payees.iter().map(unit).sum(), measure);
    let (records, words) = (sum(|w| w.records.0), sum(|w| w.words.0));
    Ok(Prepared { receipt: receipt.id, split_version, salt, input_text: serde_json::to_string(&input)?, output_hash: Digest::of_json(&output)?, records, words, rows: Arc::new(rows), input })
}

/// The mark of a payee in a run.
fn mark(salt: &[u8], payee: &str) -> Digest {
    Digest::of_parts(&[b"payee", salt, payee.as_bytes()])
}

type ByPayee = BTreeMap<ContributorId, (u128, u128)>;

/// What each person contributed to a revision, in units of one measure. Shares count as they stood
/// when the revision was frozen; records erased since still count for the licence they were part of.
fn weigh(conn: &mut Conn, coop: &CoopId, revision: &crate::kernel::ids::RevisionId) -> Result<(u128, ByPayee)> {
    let mut first: BTreeMap<MemberId, ContributorId> = BTreeMap::new();
    let mut payee_of: BTreeMap<ContributorId, ContributorId> = BTreeMap::new();
    for (contributor, member) in store::claimed(conn, coop)? {
        let payee = first.entry(member).or_insert_with(|| contributor.clone()).clone();
        payee_of.insert(contributor, payee);
    }
    let shares = store::weights(conn, coop, revision)?;
    let wide = |n: i64| u128::try_from(n).unwrap_or(0);
    let measure = exact::measure(shares.iter().map(|(_, of, ..)| wide(*of)));
    let mut units: ByPayee = BTreeMap::new();
    for (contributor, of, records, words) in shares {
        let payee = payee_of.get(&contributor).cloned().unwrap_or(contributor);
        let (mine_records, mine_words) = units.entry(payee).or_default();
        for (sum, shares) in [(mine_records, records), (mine_words, words)] {
            let more = exact::units(wide(shares), wide(of), measure).ok_or(Refusal::TooMuch)?;
            *sum = sum.checked_add(more).ok_or(Refusal::TooMuch)?;
        }
    }
    Ok((measure, units))
}

/// The stored lines: costs, reserve, then contributors in the order of their marks.
fn rows(input: &Input, output: &Output, payees: impl Iterator<Item = String>) -> Vec<Row> {
    let none = Fraction { num: 0, den: 1 };
    let pot = |payee: &str, amount| Row { payee: payee.to_owned(), records: none, words: none, amount };
    let shares = input.payees.iter().zip(&output.lines).zip(payees).map(|((weight, line), payee)| Row {
        payee,
        records: Fraction::of(weight.records.0, input.measure.0),
        words: Fraction::of(weight.words.0, input.measure.0),
        amount: line.amount,
    });
    [pot("costs", output.costs), pot("reserve", output.reserve)].into_iter().chain(shares).collect()
}

/// Proposes a run that was worked out and answers its number. No money moves.
///
/// # Errors
/// Each [`Refusal`] that speaks of proposing; [`Refusal::Changed`] when it was worked out from other facts.
pub fn propose(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, run: &Prepared) -> Result<i64> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) {
        return Err(Refusal::NotTreasurer.into());
    }
    let receipt = receipts::find(tx, coop, run.input.receipt.number)?;
    let split = store::split_for(tx, coop, receipt.at)?.map(|(version, ..)| version);
    if receipt.id != run.receipt || receipt.amount != run.input.receipt.amount || split != Some(run.split_version) {
        return Err(Refusal::Changed.into());
    }
    match receipts::state(tx, coop, &receipt.id)? {
        State::Waiting => {}
        State::Proposed(number) | State::Shared(number) => return Err(Refusal::HasRun(receipt.number, number).into()),
        State::Refunding(_) | State::Refunded(_) => return Err(Refusal::Refunded(receipt.number).into()),
    }
    let (id, number): (RunId, i64) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert(tx, coop, &id, number, run, &standing.member)?;
    let first = run.rows.get(..usize::try_from(CHUNK).unwrap_or(0)).unwrap_or(&run.rows);
    store::insert_lines(tx, coop, &id, 0, first)?;
    if first.len() < run.rows.len() {
        let now = tx.now();
        jobs::queue(tx, Some(coop), WRITE, &RunJob { coop: coop.clone(), number }, now)?;
    }
    let facts = json!({ "number": number, "receipt": receipt.number, "split": run.split_version, "amount": receipt.amount, "input": Digest::of(run.input_text.as_bytes()), "output": run.output_hash, "by": standing.member });
    journal::append(tx, coop, "run_proposed", id.as_str(), &facts)?;
    Ok(number)
}

/// Job that writes down the lines of a long run.
pub const WRITE: &str = "write_run";
/// Job that posts the shares of a long run.
pub const SHARE: &str = "share_run";

/// Payload of both jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunJob {
    /// The cooperative.
    pub coop: CoopId,
    /// The run's number.
    pub number: i64,
}

/// Writes down the lines of a run that are not there yet, in chunks; each is worked out anew from
/// the run's own input, so breaking off and starting again changes nothing.
///
/// # Errors
/// When the database does.
pub async fn write_lines(db: &Db, job: &RunJob) -> Result<()> {
    let (coop, number) = (job.coop.clone(), job.number);
    let (id, rows) = db.read(move |conn| replayed(conn, &coop, number)).await?;
    let mut from = 0;
    while from < i64::try_from(rows.len()).unwrap_or(0) {
        let (coop, id, rows) = (job.coop.clone(), id.clone(), Arc::clone(&rows));
        from = db
            .write(move |tx| {
                let from = store::written(tx, &coop, &id)?;
                let start = usize::try_from(from).unwrap_or(usize::MAX);
                let end = start.saturating_add(usize::try_from(CHUNK).unwrap_or(0)).min(rows.len());
                store::insert_lines(tx, &coop, &id, from, rows.get(start..end).unwrap_or_default())?;
                Ok(i64::try_from(end).unwrap_or(i64::MAX))
            })
            .await?;
    }
    Ok(())
}

fn replayed(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<(RunId, Arc<Vec<Row>>)> {
    let run = store::find(conn, coop, number)?.or_not_found()?;
    let (text, salt) = store::input(conn, coop, &run.id)?;
    let input: Input = serde_json::from_str(&text)?;
    let by_mark: BTreeMap<Digest, ContributorId> = store::all_contributors(conn, coop)?.into_iter().map(|id| (mark(&salt, id.as_str()), id)).collect();
    let payees = input.payees.iter().map(|weight| by_mark.get(&weight.mark).map_or_else(String::new, ToString::to_string));
    let rows = rows(&input, &rules::split(&input)?, payees);
    Ok((run.id, Arc::new(rows)))
}

/// What somebody who releases a run is shown and gives the password for.
#[must_use]
pub fn release_act(run: &Run) -> Digest {
    let (number, amount) = (run.number.to_string(), run.amount.to_string());
    Digest::of_parts(&[b"release a run", number.as_bytes(), amount.as_bytes(), run.output_hash.as_str().as_bytes()])
}

/// Releases a run: its receipt's money goes to costs, reserve and contributors' accounts. Needs
/// another member than the proposer and the password given for exactly this run.
///
/// # Errors
/// Each [`Refusal`] that speaks of ruling.
pub fn release(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<()> {
    let (run, by) = to_rule_on(tx, actor, coop, number)?;
    if !are_two(&run.proposed_by, &by) {
        return Err(Refusal::SamePerson(number).into());
    }
    if store::written(tx, coop, &run.id)? < run.lines {
        return Err(Refusal::Unfinished(number).into());
    }
    actor.confirmed(&release_act(&run), tx.now())?;
    let split: Split = serde_json::from_str(&run.split)?;
    let (costs, reserve, rest) = rules::deduct(run.amount, &split)?;
    let credits = [(Account::Costs, costs), (Account::Reserve, reserve), (Account::Run(number), rest)];
    let credits = credits.into_iter().filter(|(_, amount)| *amount != 0).map(|(account, amount)| Posting { account, amount: -amount });
    let postings = std::iter::once(Posting { account: Account::Receipt(run.receipt), amount: run.amount }).chain(credits).collect();
    let posted = transaction(&run, "run", "", format!("Run {number} of receipt {}", run.receipt), postings)?;
    store::insert_ruling(tx, coop, &run.id, Verdict::Released, "", &by)?;
    ledger::post(tx, coop, Some(&by), &posted)?;
    journal::append(tx, coop, "run_released", run.id.as_str(), &json!({ "number": number, "amount": run.amount, "output": run.output_hash, "by": by }))?;
    if run.lines <= CHUNK {
        return share(tx, coop, &run, 2).map(|_| ());
    }
    let now = tx.now();
    jobs::queue(tx, Some(coop), SHARE, &RunJob { coop: coop.clone(), number }, now)?;
    Ok(())
}

fn transaction(run: &Run, kind: &'static str, part: &str, memo: String, postings: Vec<Posting>) -> Result<Transaction> {
    let id = ledger::named(kind, &format!("{}{part}", run.id)).or_not_found()?;
    Ok(Transaction { id, kind, memo, proposal: Some(run.proposal_id.clone()), currency: run.currency.clone(), postings })
}

/// Posts the shares of a released run to contributors' accounts, in chunks that are each whole.
///
/// # Errors
/// When the database does.
pub async fn share_out(db: &Db, job: &RunJob) -> Result<()> {
    let mut from = 2;
    loop {
        let job = job.clone();
        let next = db
            .write(move |tx| {
                let run = store::find(tx, &job.coop, job.number)?.or_not_found()?;
                share(tx, &job.coop, &run, from)
            })
            .await?;
        match next {
            Some(next) => from = next,
            None => return Ok(()),
        }
    }
}

/// Posts the shares from one position on and answers the next position, if there is one.
fn share(tx: &mut Tx<'_>, coop: &CoopId, run: &Run, from: i64) -> Result<Option<i64>> {
    let lines = store::lines(tx, coop, &run.id, from, CHUNK)?;
    let next = from.saturating_add(CHUNK);
    let paid: Vec<(ContributorId, i64)> = lines.iter().filter(|(_, amount)| *amount != 0).filter_map(|(payee, amount)| Some((ContributorId::parse(payee)?, *amount))).collect();
    let sum: i64 = paid.iter().map(|(_, amount)| amount).sum();
    if sum > 0 {
        let credits = paid.iter().map(|(payee, amount)| Posting { account: Account::Member(payee.clone()), amount: -amount });
        let postings = std::iter::once(Posting { account: Account::Run(run.number), amount: sum }).chain(credits).collect();
        let posted = transaction(run, "shares", &format!(":{from}"), format!("Shares of run {}", run.number), postings)?;
        if ledger::post(tx, coop, None, &posted)? == ledger::Outcome::New {
            tell(tx, coop, run, &paid)?;
        }
    }
    Ok((next < run.lines).then_some(next))
}

fn tell(tx: &mut Tx<'_>, coop: &CoopId, run: &Run, paid: &[(ContributorId, i64)]) -> Result<()> {
    let payees: Vec<ContributorId> = paid.iter().map(|(payee, _)| payee.clone()).collect();
    let name = coops::coop(tx, coop)?.name;
    let body = format!("{name} has shared out a payment (run {}). Sign in and open \"My earnings\" to see your part of it, how it was worked out, and when it is paid.\n", run.number);
    for to in store::addresses(tx, coop, &payees)? {
        outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "Something is waiting for you".to_owned(), body: body.clone() })?;
    }
    Ok(())
}

/// Discards a run that was not released, with the reason.
///
/// # Errors
/// Each [`Refusal`] that speaks of ruling.
pub fn discard(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let (run, by) = to_rule_on(tx, actor, coop, number)?;
    if reason.is_empty() {
        return Err(Refusal::NoReason.into());
    }
    store::insert_ruling(tx, coop, &run.id, Verdict::Discarded, reason, &by)?;
    journal::append(tx, coop, "run_discarded", run.id.as_str(), &json!({ "number": number, "by": by }))
}

fn to_rule_on(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<(Run, MemberId)> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) && !standing.may(Role::Steward) {
        return Err(Refusal::MayNotRule.into());
    }
    let run = store::find(tx, coop, number)?.or_not_found()?;
    if run.verdict.is_some() { Err(Refusal::Ruled(number).into()) } else { Ok((run, standing.member)) }
}

/// One run by its number.
///
/// # Errors
/// Nothing here.
pub fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Run> {
    store::find(conn, coop, number)?.or_not_found()
}

/// Runs, newest first.
///
/// # Errors
/// When the database does.
pub fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> Result<Vec<Run>> {
    Ok(store::list(conn, coop, offset, limit)?)
}

/// A run as the file that anybody checks: its input as stored, and its lines as stored, payees as
/// marks.
///
/// # Errors
/// Nothing here; broken when the stored input is no input.
pub fn file(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<RunFile> {
    let run = find(conn, coop, number)?;
    let (text, salt) = store::input(conn, coop, &run.id)?;
    let mut lines = store::lines(conn, coop, &run.id, 0, run.lines.saturating_add(1))?.into_iter();
    let mut pot = |name: &str| lines.next().filter(|(payee, _)| payee == name).map_or(0, |(_, amount)| amount);
    let (costs, reserve) = (pot("costs"), pot("reserve"));
    let lines = lines.map(|(payee, amount)| rules::Line { mark: mark(&salt, &payee), amount }).collect();
    Ok(RunFile { input: serde_json::from_str(&text)?, input_hash: run.input_hash, output: Output { costs, reserve, lines }, output_hash: run.output_hash })
}
