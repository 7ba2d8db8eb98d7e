//! Licences: each deal that members ratified is licensed once nobody can complain of the vote any
//! more; the buyer fetches the files and reports its use.

use super::{Player, Stage};
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AccountId, CoopId};
use crate::kernel::time::{DAY, HOUR};
use crate::licensing::deliveries::{self, Kind, Part};
use crate::licensing::{licences, usage};
use crate::platform::db::schema::{agreements, buyer_users, buyers, licences as issued, negotiations};
use crate::platform::db::Conn;
use diesel::prelude::*;

/// Issues a licence for every deal that is agreed and has none, and tells what follows from it.
///
/// # Errors
/// When a verb refuses.
pub async fn issue_all(stage: &Stage) -> Result<()> {
    let deals = stage.read(agreed).await?;
    let steward = stage.member(0)?.clone();
    for deal in deals {
        wait_for_complaints(stage, deal).await?;
        match issue(stage, &steward, deal).await {
            Ok(number) => {
                stage.pass(2 * HOUR).await?;
                fetch(stage, number).await?;
            }
            // A floor that rose since stops a licence here as it does anywhere.
            Err(error) => match licences::issuing::kept(&stage.app, &stage.coop, deal, &steward.account, error).await? {
                error if matches!(error.refusal(), Some(licences::Refusal::HigherFloor(_))) => {}
                error => return Err(error),
            },
        }
    }
    Ok(())
}

/// Lets the days pass in which members can complain of the decision.
async fn wait_for_complaints(stage: &Stage, deal: i64) -> Result<()> {
    let (coop, now) = (stage.coop.clone(), stage.app.now());
    let until = stage.app.db.read(move |conn| Ok(licences::ready(conn, &coop, deal, now)?.facts.complaints_until)).await?;
    if until > now { stage.pass(until.0 - now.0 + HOUR).await } else { Ok(()) }
}

/// Numbers of the deals that are agreed and not licensed yet.
fn agreed(conn: &mut Conn, coop: &CoopId) -> Result<Vec<i64>> {
    Ok(negotiations::table
        .inner_join(agreements::table.on(agreements::coop_id.eq(negotiations::coop_id).and(agreements::negotiation_id.eq(negotiations::id))))
        .left_join(issued::table.on(issued::coop_id.eq(negotiations::coop_id).and(issued::negotiation_id.eq(negotiations::id))))
        .filter(negotiations::coop_id.eq(coop).and(issued::id.nullable().is_null()))
        .order(negotiations::number)
        .select(negotiations::number)
        .load(conn)?)
}

async fn issue(stage: &Stage, steward: &Player, deal: i64) -> Result<i64> {
    let prepared = licences::prepare(&stage.app, &stage.coop, deal).await?;
    let (coop, steward) = (stage.coop.clone(), steward.clone());
    stage.app.db.write(move |tx| licences::issue(tx, &steward.confirming(prepared.act.clone(), tx), &coop, &prepared)).await
}

/// The buyer makes two tokens, fetches every file, and reports the first weeks of use.
async fn fetch(stage: &Stage, number: i64) -> Result<()> {
    let buyer = stage.read(move |conn, coop| signatory(conn, coop, number)).await?;
    let (actor, coop) = (Actor::person(buyer), stage.coop.clone());
    let (secret, hash) = deliveries::fresh_token();
    let (by, of) = (actor.clone(), coop.clone());
    stage
        .app
        .db
        .write(move |tx| {
            let spare = deliveries::fresh_token().1;
            deliveries::make_token(tx, &by, &of, number, &hash, Kind::Once, "First delivery", 7)?;
            deliveries::make_token(tx, &by, &of, number, &spare, Kind::Api, "Training cluster", 180)
        })
        .await?;
    let opened = deliveries::open(&stage.app, &coop.slug, &number.to_string(), &secret).await?;
    let licence = opened.licence.clone();
    let files = stage.app.db.read(move |conn| deliveries::files(conn, &licence)).await?;
    for file in files {
        let (opened, part) = (opened.clone(), Part { first: 0, last: file.bytes - 1, partial: false });
        stage.app.db.write(move |tx| deliveries::hand_over(tx, &opened, &file, part)).await?;
    }
    let issued_on = stage.app.now().date(&coop.zone);
    stage.pass(2 * DAY).await?;
    let wish = usage::Wish {
        to: stage.app.now().plus(-DAY).date(&coop.zone),
        from: issued_on,
        purpose: "Fine-tuning, one run of three epochs".to_owned(),
        model: "desk-assistant-7b, second version".to_owned(),
        note: "Nothing was passed on.".to_owned(),
    };
    stage.app.db.write(move |tx| usage::report(tx, &actor, &coop, number, &wish)).await
}

fn signatory(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<AccountId> {
    Ok(issued::table
        .inner_join(buyers::table.on(buyers::id.eq(issued::buyer_id)))
        .inner_join(buyer_users::table.on(buyer_users::buyer_id.eq(buyers::id)))
        .filter(issued::coop_id.eq(coop).and(issued::number.eq(number)).and(buyer_users::signatory.eq(1)))
        .order(buyer_users::at)
        .select(buyer_users::account_id)
        .first(conn)?)
}
