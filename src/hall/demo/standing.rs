//! What goes wrong among people, and how it is put right: a suspension lifted on appeal, another
//! whose appeal waits, somebody put out by two officers, complaints in writing, an invitation, an
//! application that waits for its second officer, and a licence that both sides ended.

use super::people::account;
use super::{PASSWORD, Stage};
use crate::error::Result;
use crate::kernel::time::{DAY, HOUR};
use crate::licensing::licences::{self, Ground};
use crate::membership::{complaints, coops, invitations};

/// Where the invitation leads; the mail is shown at start and sent nowhere.
const URL: &str = "http://127.0.0.1:8080";

/// The place of whoever's appeal waits, past those who vote last; the one put out stands behind it,
/// the one who is back before it, and votes.
const fn place(stage: &Stage) -> usize {
    stage.size.members * 4 / 5 + 1
}

/// Tells it, in less than two days.
///
/// # Errors
/// When a verb refuses.
pub async fn tell(stage: &Stage) -> Result<()> {
    lift(stage).await?;
    suspend(stage).await?;
    put_out(stage).await?;
    complain(stage).await?;
    gather(stage).await?;
    end_a_licence(stage).await
}

/// The number on the card of whoever stands at a place.
async fn number(stage: &Stage, place: usize) -> Result<i64> {
    let who = stage.member(place)?.clone();
    stage.act(&who, |tx, actor, coop| Ok(coops::ever(tx, actor, coop)?.number)).await
}

/// Suspended by one steward, and back as before when another officer has read the appeal.
async fn lift(stage: &Stage) -> Result<()> {
    let (member, steward, scrutineer) = (stage.member(place(stage) - 1)?.clone(), stage.member(0)?.clone(), stage.member(5)?.clone());
    let number = number(stage, place(stage) - 1).await?;
    stage.act(&steward, move |tx, actor, coop| coops::standing::suspend(tx, actor, coop, number, "Sixty calls came in from this card in one night, many of them twice.")).await?;
    stage.pass(4 * HOUR).await?;
    stage.act(&member, |tx, actor, coop| coops::standing::appeal(tx, actor, coop, "The line broke off and I sent the file again. Every call is mine; the shift plan shows it.")).await?;
    stage.pass(3 * HOUR).await?;
    stage.act(&scrutineer, move |tx, actor, coop| coops::standing::rule_appeal(tx, actor, coop, number, true, "The shift plan agrees, and the second file added nothing to the pool.")).await?;
    stage.pass(HOUR).await
}

/// Suspended, with an appeal that waits for its answer.
async fn suspend(stage: &Stage) -> Result<()> {
    let (member, steward) = (stage.member(place(stage))?.clone(), stage.member(1)?.clone());
    let number = number(stage, place(stage)).await?;
    stage.act(&steward, move |tx, actor, coop| coops::standing::suspend(tx, actor, coop, number, "Sent the draft of our answer to a buyer before members had read it.")).await?;
    stage.pass(3 * HOUR).await?;
    stage.act(&member, |tx, actor, coop| coops::standing::appeal(tx, actor, coop, "The buyer's clerk is my sister and saw it on our kitchen table. I sent nothing.")).await?;
    stage.pass(HOUR).await
}

/// Put out by two officers.
async fn put_out(stage: &Stage) -> Result<()> {
    let (first, second) = (stage.member(0)?.clone(), stage.member(5)?.clone());
    let number = number(stage, place(stage) + 1).await?;
    stage.act(&first, move |tx, actor, coop| coops::standing::propose_expulsion(tx, actor, coop, number, "Uploaded forty calls that a former colleague had made, under a name of their own.")).await?;
    stage.pass(5 * HOUR).await?;
    stage.act(&second, move |tx, actor, coop| coops::standing::second_expulsion(tx, actor, coop, number, "I compared the shift plans myself. The calls were not theirs.")).await?;
    stage.pass(HOUR).await
}

/// One complaint that has its answer, and one that waits.
async fn complain(stage: &Stage) -> Result<()> {
    let (ginger, iris, fern) = (stage.member(6)?.clone(), stage.member(8)?.clone(), stage.member(5)?.clone());
    let words = "The notice came on Friday at ten at night. Whoever works nights read it on Monday, and three of seven days were gone.";
    let first = stage.act(&ginger, move |tx, actor, coop| complaints::complain(tx, actor, coop, None, "Notices sent late in the evening", words)).await?;
    stage.pass(4 * HOUR).await?;
    let answer = "You are right. Notices go out before noon from now on, and a longer notice for every matter is put to a vote.";
    stage.act(&fern, move |tx, actor, coop| complaints::answer(tx, actor, coop, first, answer)).await?;
    let treasurer = number(stage, 3).await?;
    let words = "I changed my telephone in October and the list still went to the old number. Please tell me when it was drawn up.";
    stage.act(&iris, move |tx, actor, coop| complaints::complain(tx, actor, coop, Some(treasurer), "Paid to my old number", words).map(drop)).await?;
    stage.pass(HOUR).await
}

/// Somebody is invited; somebody else asked to join, and one of two officers has looked.
async fn gather(stage: &Stage) -> Result<()> {
    let (hazel, first) = (stage.member(7)?.clone(), stage.member(0)?.clone());
    stage.act(&hazel, |tx, actor, coop| invitations::invite(tx, actor, coop, "quince.colleague@demo.example", URL)).await?;
    let password = stage.app.hasher.hash(PASSWORD).await?;
    let newcomer = account(&stage.app, &password, "rowan.newcomer@demo.example", "Rowan Newcomer").await?;
    let note = "Second line, night shifts, since February.";
    let application = stage.act(&newcomer, move |tx, actor, coop| coops::apply(tx, actor, coop, "payslip", note)).await?;
    stage.pass(2 * HOUR).await?;
    stage.act(&first, move |tx, actor, coop| coops::review(tx, actor, coop, &application, true, "Payslip of October seen.")).await
}

/// The newest licence is ended by both sides; nothing where there is one only.
async fn end_a_licence(stage: &Stage) -> Result<()> {
    let (coop, steward) = (stage.coop.clone(), stage.member(0)?.clone());
    let all = stage.read(|conn, coop| licences::of_coop(conn, coop, i64::MAX, 1)).await?;
    let Some(licence) = all.into_iter().max_by_key(|licence| licence.number).filter(|licence| licence.number > 1) else { return Ok(()) };
    let reason = "Mock Speech Lab closes its reading project and deletes the files. What was paid stays paid.";
    stage.app.db.write(move |tx| licences::revoke(tx, &steward.confirming(licence.revocation_act(), tx), &coop, licence.number, Ground::Ended, reason)).await?;
    stage.pass(DAY / 4).await
}
