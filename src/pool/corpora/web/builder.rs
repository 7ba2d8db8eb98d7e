//! Selecting a corpus: filters over records, with live counts of what they hold, what of it may
//! enter for the uses asked, and why the rest stays out.

use crate::error::Result;
use crate::kernel::terms::Use;
use crate::kernel::time::{DAY, Timestamp, Zone};
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::corpora::{self, Count, Filter};
use actix_web::web::{Path, Query};
use askama::Template;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "corpora/builder.html")]
struct BuilderPage {
    frame: Frame,
    form: Fields,
    here: Here,
    kinds: Vec<String>,
    languages: Vec<String>,
    uses: Vec<(String, String)>,
    count: Count,
    reasons: Vec<(String, i64)>,
}

/// The form with what it selects now.
pub async fn form(hall: Hall, slug: Path<String>, query: Query<Vec<(String, String)>>) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    here.with_role(Role::Steward)?;
    let asked = query.into_inner();
    let mut form = Fields::empty();
    if asked.is_empty() {
        form = form.with("min_words", "1").with("uses", Use::Finetune.word());
    }
    for (name, value) in asked.iter().filter(|(name, _)| name != "key").take(200) {
        form = form.with(name, value);
    }
    let filter = filter(&mut form, &here.coop.zone);
    builder_page(&hall, here, form, filter).await
}

async fn builder_page(hall: &Hall, here: Here, form: Fields, filter: Option<Filter>) -> Answer {
    let (uses, now) = (uses(&form), hall.now());
    let coop = here.coop.id.clone();
    let (count, kinds, languages) = hall
        .app
        .db
        .read(move |conn| {
            let (kinds, languages) = corpora::choices(conn, &coop)?;
            let count = filter.map(|filter| corpora::count(conn, &coop, &filter, &uses, now)).transpose()?;
            Ok((count.unwrap_or_default(), kinds, languages))
        })
        .await?;
    let mut reasons: Vec<(String, i64)> = count.reasons.clone().into_iter().collect();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let status = form.status();
    let frame = hall.frame("Select a corpus").in_coop(&here, "pool").of_form(&form);
    page(&BuilderPage { frame, form, here, kinds, languages, uses: Use::options(), count, reasons }, status)
}

/// Saves a corpus.
pub async fn save(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    here.with_role(Role::Steward)?;
    let (name, about) = (form.line("name", "Its name", 80), form.text("about", "What it is", 2_000));
    let filter = filter(&mut form, &here.coop.zone);
    if let (Some(filter), true) = (filter.clone(), form.is_fine()) {
        match save_it(&hall, &form, &here, name, about, filter).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    builder_page(&hall, here, form, filter).await
}

async fn save_it(hall: &Hall, form: &Fields, here: &Here, name: String, about: String, filter: Filter) -> Result<String> {
    let (coop, slug) = (here.coop.id.clone(), here.coop.slug.clone());
    hall.act(form, move |tx, actor| corpora::save(tx, actor, &coop, &name, &about, &filter).map(|corpus| format!("/c/{slug}/corpora/{}", corpus.slug))).await
}

/// The uses that are ticked.
pub(super) fn uses(form: &Fields) -> BTreeSet<Use> {
    form.words("uses", Use::parse).into_iter().collect()
}

/// The filter that a form tells.
fn filter(form: &mut Fields, zone: &Zone) -> Option<Filter> {
    let words = |form: &Fields, name: &str| -> BTreeSet<String> { form.all(name).map(str::to_owned).filter(|word| !word.is_empty()).collect() };
    let (kinds, languages) = (words(form, "kinds"), words(form, "languages"));
    let batches = batches(form);
    let (from, to) = (day(form, "from", zone), day(form, "to", zone).map(|last| last.plus(DAY)));
    let min_words = form.number("min_words", "Fewest words", 0..=1_000_000);
    let repeats = form.checked("repeats", "yes");
    if form.problems().iter().any(|problem| ["batches", "from", "to", "min_words"].contains(&problem.field.as_str())) {
        return None;
    }
    Some(Filter { kinds, languages, batches, from, to, min_words, repeats })
}

fn batches(form: &mut Fields) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    let typed = form.value("batches").to_owned();
    for word in typed.split([',', ' ']).filter(|word| !word.is_empty()) {
        match word.parse::<i64>() {
            Ok(number) if number > 0 => drop(numbers.insert(number)),
            _ => form.refuse("batches", "Batches: enter their numbers with commas between them, for example 1, 4."),
        }
    }
    numbers
}

fn day(form: &mut Fields, name: &str, zone: &Zone) -> Option<Timestamp> {
    let typed = form.value(name).trim().to_owned();
    if typed.is_empty() {
        return None;
    }
    let day = zone.start_of(&typed);
    if day.is_none() {
        form.refuse(name, "Enter a date, for example 2026-11-24.");
    }
    day
}

/// All corpora of a cooperative with their newest revision.
#[derive(Template)]
#[template(path = "corpora/list.html")]
struct ListPage {
    frame: Frame,
    here: Here,
    corpora: Vec<(corpora::Corpus, Option<corpora::RevisionView>)>,
    steward: bool,
}

/// Corpora, for members.
pub async fn list(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    let (actor, now) = (hall.actor(), hall.now());
    let (here, corpora) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            here.member()?;
            let mut rows = Vec::new();
            for corpus in corpora::all(conn, &here.coop.id)? {
                let newest = corpora::revisions(conn, &here.coop.id, &corpus.id)?.into_iter().next();
                rows.push((corpus, newest));
            }
            Ok((here, rows))
        })
        .await?;
    let steward = here.standing.as_ref().is_some_and(|standing| standing.may(Role::Steward));
    let frame = hall.frame("Corpora").in_coop(&here, "pool");
    page(&ListPage { frame, here, corpora, steward }, Default::default())
}
