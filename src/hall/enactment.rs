//! From a passed decision to the act it allows: the one match from a decided matter to the verb that
//! carries it out. Matter and record are held against their digests first. A refusal is recorded as
//! why the decision passed and was not enacted; anything broken is tried again.

use crate::app::App;
use crate::assembly::proposals::{self, Decided, Outcome, ProposalJob, Record};
use crate::bargaining::{offers, tariffs};
use crate::error::{Error, NotRecorded, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::matter::Matter;
use crate::membership::coops;
use crate::platform::db::Tx;
use crate::treasury::{entries, splits};

/// Carries one passed decision out, once.
///
/// # Errors
/// When the database does, or something stored is not what its digest says.
pub async fn carry_out(app: &App, job: &ProposalJob) -> Result<()> {
    let (db, of) = (app.db.for_jobs(), job.clone());
    let done = db.write(move |tx| enact(tx, &of)).await;
    let Err(error) = done else { return Ok(()) };
    if matches!(error, Error::Broken(_)) || error.refusal::<NotRecorded>().is_some() {
        return Err(error);
    }
    // A floor that an agreed price would break is kept in the book, as at every other door.
    let error = offers::kept(&db, &job.coop, error).await?;
    let (of, because) = (job.clone(), error.to_string());
    db.write(move |tx| proposals::not_enacted(tx, &Actor::Hall, &of.coop, &of.proposal, &because)).await
}

/// Everything in one transaction: the act and the note of its effect stand or fall together.
fn enact(tx: &mut Tx<'_>, job: &ProposalJob) -> Result<()> {
    let (coop, id) = (&job.coop, &job.proposal);
    if proposals::enactment(tx, coop, id)?.is_some() {
        return Ok(());
    }
    let decided = proposals::decision(tx, coop, id)?.or_not_found()?;
    let (record, sheet) = (decided.record()?, proposals::sheet(tx, coop, id)?);
    if record.outcome != Outcome::Passed {
        return Ok(());
    }
    if record.matter_hash != sheet.matter_hash || record.proposal != *id || record.coop != *coop {
        return Err(anyhow::anyhow!("the decision on {id} is about something else than its proposal").into());
    }
    let effect = effect(tx, job, &sheet.matter()?, &record, &decided)?;
    proposals::enacted(tx, &Actor::Hall, coop, id, &effect)
}

/// Does what was decided and says in one sentence what that was.
fn effect(tx: &mut Tx<'_>, job: &ProposalJob, matter: &Matter, record: &Record, decided: &Decided) -> Result<String> {
    let (coop, id, hall) = (&job.coop, &job.proposal, &Actor::Hall);
    Ok(match matter {
        Matter::AdoptTerms { sheet } => {
            let version = tariffs::adopt_terms(tx, hall, coop, id, sheet)?;
            format!("Model terms version {version} are in force for {} buyers.", sheet.class.phrase())
        }
        Matter::SetFloor { ladder } => {
            let rate = record.floor.ok_or_else(|| anyhow::anyhow!("the passed ladder of {id} has no level"))?;
            tariffs::set_floor(tx, hall, coop, id, ladder, rate)?;
            let zone = coops::coop(tx, coop)?.zone;
            let (use_, class, unit, since) = (ladder.purpose.phrase(), ladder.class.phrase(), ladder.unit.phrase(), decided.closes_at.long(&zone));
            format!("The floor for {use_} by {class} buyers is {} {unit} since {since}.", ladder.currency.show_rate(rate))
        }
        Matter::RatifyOffer { offer } => {
            offers::agree(tx, coop, id, offer)?;
            format!("Version {} is agreed with the buyer for {}; the licence can be issued.", offer.version, offer.currency.show(offer.total))
        }
        Matter::AdoptSplit { split } => {
            let version = splits::adopt(tx, coop, id, split)?;
            format!("Split version {version} is applied to what comes in from now on.")
        }
        Matter::AmendBylaws { bylaws } => {
            let version = coops::amend_bylaws(tx, coop, id, bylaws)?;
            format!("Bylaws version {version} are in force.")
        }
        Matter::Spend { line, amount } => {
            entries::allow_spending(tx, coop, id, line, *amount)?;
            format!("Up to {} more may be spent on {line}.", coops::coop(tx, coop)?.currency()?.show(*amount))
        }
        Matter::Withhold { stop } => {
            tariffs::withhold(tx, hall, coop, id, *stop)?;
            if *stop { "No new licence is issued until members lift this." } else { "New licences may be issued again." }.to_owned()
        }
        Matter::Resolve {} => "It stands in the record. A resolution has no other effect here.".to_owned(),
    })
}
