//! The two acts on a licence, each on a page that shows exactly what the password confirms: issuing
//! one from an agreed deal, and revoking one.

use super::rules::{self, Ground, Looked, Refusal};
use super::web::{Reader, reader};
use super::{Ready, act};
use crate::app::App;
use crate::bargaining::offers::{self, Attempt, Side};
use crate::error::{Error, OrNotFound as _, Result};
use crate::kernel::ids::AccountId;
use crate::kernel::terms::{Clause, TermSheet, clauses};
use crate::membership::coops::{Coop, Here, Role};
use crate::platform::db::Tx;
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// One thing that was looked at, as the page shows it.
struct Seen {
    name: &'static str,
    holds: bool,
    words: String,
}

fn seen((name, outcome): Looked) -> Seen {
    let holds = outcome.is_ok();
    Seen { name, holds, words: outcome.unwrap_or_else(|refusal| refusal.to_string()) }
}

#[derive(Template)]
#[template(path = "licences/issue.html")]
struct IssuePage {
    frame: Frame,
    form: Fields,
    here: Here,
    ready: Ready,
    looked: Vec<Seen>,
    clauses: Vec<Clause>,
    total: String,
    may: bool,
}

async fn issue_page(hall: &Hall, here: Here, deal: i64, mut form: Fields) -> Answer {
    let (coop, now) = (here.coop.clone(), hall.now());
    let ready = hall.app.db.read(move |conn| super::ready(conn, &coop, deal, now)).await?;
    let looked: Vec<Seen> = rules::look(&ready.facts, now, &here.coop.zone)?.into_iter().map(seen).collect();
    let sheet: TermSheet = serde_json::from_str(&ready.facts.sheet)?;
    let may = looked.iter().all(|seen| seen.holds);
    if may {
        form.set("act", act(&hall.app.config.public_url, &here.coop, &ready, now)?.as_str());
    }
    let status = form.status();
    let frame = hall.frame(format!("Issue licence {}", ready.number)).in_coop(&here, "licences").of_form(&form);
    let total = ready.facts.currency.show(ready.facts.total);
    page(&IssuePage { frame, form, here, looked, clauses: clauses(&sheet), total, may, ready }, status)
}

async fn steward(hall: &Hall, slug: &str) -> Result<Here> {
    hall.account()?;
    let here = hall.here(slug).await?;
    here.with_role(Role::Steward)?;
    Ok(here)
}

/// What would be issued for a deal, and whether it may.
pub async fn form(hall: Hall, path: Path<(String, String)>) -> Answer {
    let here = steward(&hall, &path.0).await?;
    issue_page(&hall, here, path.1.parse().ok().or_not_found()?, Fields::empty()).await
}

/// Issues the licence. The same form sent again leads to the same licence.
pub async fn issue(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let here = steward(&hall, &path.0).await?;
    let deal: i64 = path.1.parse().ok().or_not_found()?;
    let at = |number: i64| format!("/c/{}/licences/{number}", here.coop.slug);
    let done = match super::prepare(&hall.app, &here.coop, deal).await {
        Err(error) => Err(error),
        Ok(prepared) => {
            let (coop, location) = (here.coop.clone(), at(prepared.claims.number));
            hall.confirmed_act(&form, move |tx, actor| super::issue(tx, actor, &coop, &prepared).map(|_| location.clone())).await
        }
    };
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            if let Some(Refusal::Issued(number)) = error.refusal() {
                return see_other(&at(*number));
            }
            form.take(kept(&hall.app, &here.coop, deal, &hall.account()?, error).await?)?;
            issue_page(&hall, here, deal, form).await
        }
    }
}

/// Keeps what issuing was refused for, if it was a floor, in the negotiation's book as every other
/// door does, and hands the refusal on.
///
/// # Errors
/// When the database does.
pub async fn kept(app: &App, coop: &Coop, deal: i64, by: &AccountId, error: Error) -> Result<Error> {
    let Some(short) = error.refusal::<Refusal>().and_then(Refusal::shortfall).cloned() else { return Ok(error) };
    let (coop, by) = (coop.clone(), by.clone());
    let note = move |tx: &mut Tx<'_>| {
        let now = tx.now();
        let facts = super::facts(tx, &coop, deal, now, false)?;
        let attempt = Attempt {
            negotiation: Some(facts.negotiation),
            buyer: facts.buyer.id,
            revision: facts.corpus.id,
            path: offers::Path::Issue,
            side: Side::Coop,
            total: short.total,
            least: short.least,
            floor: short.floor.clone(),
            words: short.words.clone(),
            made_by: by.clone(),
        };
        offers::note_refused(tx, &coop.id, &attempt)
    };
    app.db.write(note).await?;
    Ok(error)
}

#[derive(Template)]
#[template(path = "licences/revoke.html")]
struct RevokePage {
    frame: Frame,
    form: Fields,
    reader: Reader,
    grounds: Vec<(String, String)>,
}

fn revoke_page(hall: &Hall, reader: Reader, mut form: Fields) -> Answer {
    form.set("act", reader.licence.revocation_act().as_str());
    let status = form.status();
    let frame = hall.frame(format!("Revoke licence {}", reader.licence.number)).in_coop(&reader.here, "licences").of_form(&form);
    page(&RevokePage { frame, form, reader, grounds: Ground::options() }, status)
}

/// The form to revoke.
pub async fn revoke_form(hall: Hall, path: Path<(String, String)>) -> Answer {
    steward(&hall, &path.0).await?;
    let reader = reader(&hall, &path.0, &path.1).await?;
    revoke_page(&hall, reader, Fields::empty())
}

/// Revokes a licence.
pub async fn revoke(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let here = steward(&hall, &path.0).await?;
    let reader = reader(&hall, &path.0, &path.1).await?;
    let (ground, reason) = (form.word("ground", "why", Ground::parse), form.text("reason", "The reason in your words", 2_000));
    let (Some(ground), true) = (ground, form.is_fine()) else { return revoke_page(&hall, reader, form) };
    let (coop, number, location) = (here.coop, reader.licence.number, reader.page());
    match hall.confirmed_act(&form, move |tx, actor| super::revoke(tx, actor, &coop, number, ground, &reason).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            revoke_page(&hall, reader, form)
        }
    }
}
