//! The page on which a buyer asks for a licence of a frozen revision.

use super::web::read_terms;
use super::{Ask, Refusal};
use crate::bargaining::buyers::{self, Agent};
use crate::bargaining::tariffs::{self, Floor, ModelTerms, Withholding};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::{Id as _, RevisionId};
use crate::kernel::terms::{Quantities, TermSheet, Use};
use crate::kernel::text::thousands;
use crate::membership::coops::{self, Here};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other, terms};
use crate::pool::corpora::{self, Corpus};
use actix_web::web::Path;
use askama::Template;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "offers/request.html")]
struct RequestPage {
    frame: Frame,
    form: Fields,
    view: View,
    currency: String,
    /// Use, floor, least total for this revision.
    floors: Vec<(Floor, String)>,
    size: Vec<(&'static str, String)>,
}

/// What is asked for, by whom, and what is in force.
struct View {
    here: Here,
    agent: Agent,
    corpus: Corpus,
    revision: RevisionId,
    number: i64,
    uses: BTreeSet<Use>,
    quantities: Quantities,
    model: Option<ModelTerms>,
    floors: Vec<Floor>,
    withheld: Option<Withholding>,
}

async fn view(hall: &Hall, slug: String, name: String, revision: Option<RevisionId>) -> Result<View> {
    hall.account()?;
    let (actor, now) = (hall.actor(), hall.now());
    let read = move |conn: &mut crate::platform::db::Conn| {
        let here = coops::enter(conn, &actor, &slug, now)?;
        let coop = &here.coop.id;
        let corpus = corpora::by_slug(conn, coop, &name)?;
        let agent = buyers::agent(conn, &actor)?;
        let all = corpora::revisions(conn, coop, &corpus.id)?;
        let wanted = |view: &&corpora::RevisionView| view.frozen.is_some() && revision.as_ref().is_none_or(|id| view.revision.id == *id);
        let found = all.iter().find(wanted).or_not_found()?;
        let freeze = found.frozen.as_ref().or_not_found()?;
        if here.standing.is_some() {
            return Err(Refusal::Conflict.into());
        }
        let model = tariffs::terms_at(conn, coop, now)?.into_iter().find(|terms| terms.class == agent.buyer.class);
        let floors = tariffs::floors_at(conn, coop, now)?.into_iter().filter(|floor| floor.class == agent.buyer.class).collect();
        let (withheld, uses) = (tariffs::withheld_at(conn, coop, now)?, serde_json::from_str(&found.revision.uses)?);
        let (revision, number, quantities) = (found.revision.id.clone(), found.revision.number, freeze.quantities());
        Ok(View { agent, corpus, revision, number, uses, quantities, model, floors, withheld, here })
    };
    hall.app.db.read(read).await
}

fn request_page(hall: &Hall, view: View, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame(format!("Request {}", view.corpus.name)).in_coop(&view.here, "catalogue").of_form(&form);
    let least = |floor: &Floor| floor.least(&view.quantities).map_or_else(|| "too large".to_owned(), |least| floor.currency.show(least));
    let floors = view.floors.iter().filter(|floor| view.uses.contains(&floor.purpose)).map(|floor| (floor.clone(), least(floor))).collect();
    let q = &view.quantities;
    let size = vec![("records", thousands(q.records)), ("words", thousands(q.words)), ("bytes of text", thousands(q.bytes))];
    let currency = view.here.coop.currency()?.code().to_owned();
    page(&RequestPage { frame, form, floors, size, currency, view }, status)
}

/// The form filled with what the adopted terms permit, as far as this revision goes.
fn prefilled(view: &View) -> Fields {
    let mut sheet = view.model.as_ref().map_or_else(|| TermSheet::strictest(view.agent.buyer.class), |model| model.sheet.clone());
    sheet.uses = sheet.uses.intersection(&view.uses).copied().filter(|purpose| view.floors.iter().any(|floor| floor.purpose == *purpose)).collect();
    terms::filled(Fields::empty(), &sheet).with("unit", "record").with("valid_days", "30").with("revision", view.revision.as_str())
}

/// The form that asks for a licence.
pub async fn request_form(hall: Hall, at: Path<(String, String)>) -> Answer {
    let (slug, name) = at.into_inner();
    let view = view(&hall, slug, name, None).await?;
    let form = prefilled(&view);
    request_page(&hall, view, form)
}

/// Asks for a licence.
pub async fn request(hall: Hall, at: Path<(String, String)>, mut form: Fields) -> Answer {
    let (slug, name) = at.into_inner();
    let typed = form.value("revision").to_owned();
    let revision = if typed.is_empty() { None } else { Some(RevisionId::parse(&typed).or_not_found()?) };
    let view = view(&hall, slug, name, revision).await?;
    let (purpose, terms) = (form.text("purpose", "What you want it for", 2_000), read_terms(&mut form, &view.here.coop.currency()?));
    if !form.is_fine() {
        return request_page(&hall, view, form);
    }
    let ask = Ask { corpus: view.corpus.id.clone(), revision: view.revision.clone(), purpose, terms };
    let (coop, slug, url) = (view.here.coop.id.clone(), view.here.coop.slug.clone(), hall.app.config.public_url.clone());
    match hall.act(&form, move |tx, actor| super::request(tx, actor, &coop, &ask, &url).map(|n| format!("/c/{slug}/deals/{n}"))).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(super::kept(&hall.app.db, &view.here.coop.id, error).await?)?;
            request_page(&hall, view, form)
        }
    }
}
