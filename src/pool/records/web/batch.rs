//! A batch from upload to attestation: what it waits for, its preview, its ground, its import with
//! progress, the report of its findings, and a steward's statement.

use super::{here_and_batch, size};
use crate::error::Result;
use crate::kernel::text::thousands;
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::records::canonical::Record;
use crate::pool::records::mapping::Mapping;
use crate::pool::records::rules::{Basis, BasisKind, without_words};
use crate::pool::records::{self, BatchView, Finding, Preview};
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Path};
use askama::Template;

/// Findings shown on the page; the file has all.
const SHOWN: i64 = 40;
/// Parts of a record shown in a preview.
const PARTS: usize = 4;

/// One line of a preview, as the mapping reads it.
pub(super) struct Line {
    pub number: u64,
    pub problem: Option<String>,
    pub facts: Vec<(&'static str, String)>,
    /// Who, and what they said.
    pub parts: Vec<(String, String)>,
    pub more: usize,
}

impl Line {
    /// The lines of a preview.
    pub fn of(preview: &Preview, zone: &crate::kernel::time::Zone) -> Vec<Self> {
        preview.lines.iter().map(|(number, read)| Self::one(*number, read, zone)).collect()
    }

    fn one(number: u64, read: &Result<Record, String>, zone: &crate::kernel::time::Zone) -> Self {
        let record = match read {
            Ok(record) => record,
            Err(reason) => return Self { number, problem: Some(reason.clone()), facts: Vec::new(), parts: Vec::new(), more: 0 },
        };
        let people = record.contributors.iter().map(|c| format!("{} ({}, {})", if c.who == "@me" { "you" } else { &c.who }, c.role, count(i64::from(c.share), "share")));
        let facts = vec![
            ("Key", record.key.clone()),
            ("When", record.time.map_or_else(|| "not told".to_owned(), |time| time.long(zone))),
            ("Language", record.language.clone()),
            ("Contributors", people.collect::<Vec<_>>().join("; ")),
            ("Parts and words", format!("{}, {}", count(i64::try_from(record.parts.len()).unwrap_or(0), "part"), count(record.words().1, "word"))),
        ];
        let author = |author: Option<usize>| author.and_then(|a| record.contributors.get(a)).map_or_else(String::new, |c| c.role.clone());
        let parts = record.parts.iter().take(PARTS).map(|part| (author(part.author), excerpt(&part.text))).collect();
        Self { number, problem: None, facts, parts, more: record.parts.len().saturating_sub(PARTS) }
    }
}

/// A number and what it counts.
pub(super) fn count(number: i64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{} {word}s", thousands(number)) }
}

/// The beginning of a text.
pub(super) fn excerpt(text: &str) -> String {
    let line = crate::kernel::text::line(text);
    if line.chars().count() > 240 { line.chars().take(240).chain(" ..".chars()).collect() } else { line }
}

#[derive(Template)]
#[template(path = "records/batches.html")]
struct ListPage {
    frame: Frame,
    here: Here,
    batches: Vec<BatchView>,
    steward: bool,
}

#[derive(Template)]
#[template(path = "records/batch.html")]
struct OpenPage {
    frame: Frame,
    form: Fields,
    here: Here,
    view: BatchView,
    size: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "records/importing.html")]
struct ImportingPage {
    frame: Frame,
    here: Here,
    view: BatchView,
}

#[derive(Template)]
#[template(path = "records/imported.html")]
struct ImportedPage {
    frame: Frame,
    form: Fields,
    here: Here,
    view: BatchView,
    figures: Vec<(String, String)>,
    findings: Vec<Finding>,
    more: bool,
    steward: bool,
}

#[derive(Template)]
#[template(path = "records/basis.html")]
struct BasisPage {
    frame: Frame,
    form: Fields,
    here: Here,
    number: i64,
}

/// All batches for stewards; for others, their own.
pub async fn list(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    let (actor, now) = (hall.actor(), hall.now());
    let (here, batches, steward) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let (me, steward) = (here.member()?.member.clone(), here.member()?.roles.contains(&Role::Steward));
            let batches = records::batch_views(conn, &here.coop.id, (!steward).then_some(&me), 200)?;
            Ok((here, batches, steward))
        })
        .await?;
    let frame = hall.frame("Batches").in_coop(&here, "pool");
    page(&ListPage { frame, here, batches, steward }, Default::default())
}

/// A batch as far as it has come.
pub async fn show(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    batch_page(&hall, here, view, Fields::empty()).await
}

async fn batch_page(hall: &Hall, here: Here, view: BatchView, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame(format!("Batch {}", view.batch.number)).in_coop(&here, "pool").of_form(&form);
    if view.done.is_some() {
        return imported_page(hall, here, view, form).await;
    }
    if view.progress.is_some() {
        return page(&ImportingPage { frame, here, view }, status);
    }
    let mapping = view.batch.mapping.as_deref().and_then(|text| Mapping::parse(text).ok());
    let lines = match mapping {
        Some(mapping) => {
            let preview = records::preview(&hall.app, &here.coop.id, &view.batch.file_name, &view.batch.pieces()?, Some(mapping)).await?;
            Line::of(&preview, &here.coop.zone)
        }
        None => Vec::new(),
    };
    page(&OpenPage { frame, form, size: size(view.batch.bytes), here, view, lines }, status)
}

async fn imported_page(hall: &Hall, here: Here, view: BatchView, form: Fields) -> Answer {
    let (coop, id) = (here.coop.id.clone(), view.batch.id.clone());
    let (findings, each) = hall.app.db.read(move |conn| Ok((records::findings(conn, &coop, &id, None, 0, SHOWN)?, records::contributors_to_a_record(conn, &coop, &id)?))).await?;
    let steward = here.standing.as_ref().is_some_and(|standing| standing.may(Role::Steward));
    let frame = hall.frame(format!("Batch {}", view.batch.number)).in_coop(&here, "pool").of_form(&form);
    let (figures, all) = figures(&view, each);
    let more = all > i64::try_from(findings.len()).unwrap_or(0);
    let status = form.status();
    page(&ImportedPage { frame, form, here, view, figures, findings, more, steward }, status)
}

/// What came of an import, and how many findings there are.
fn figures(view: &BatchView, each: (i64, i64)) -> (Vec<(String, String)>, i64) {
    let Some(done) = &view.done else { return (Vec::new(), 0) };
    let each = if each.0 == each.1 { format!("{} on each record", each.1) } else { format!("{} to {} on a record", each.0, each.1) };
    let rows = [
        (format!("people, {each}"), done.people),
        ("in the pool already".to_owned(), done.known),
        (without_words(&view.batch.kind).to_owned(), done.empty),
        ("exact repeats of text".to_owned(), done.repeats),
        ("known with other words, left as they were".to_owned(), done.changed),
    ];
    let rows = rows.into_iter().filter(|(_, number)| *number > 0).map(|(words, number)| (words, thousands(number))).collect();
    (rows, done.refused + done.changed + done.empty + done.repeats)
}

fn basis_page(hall: &Hall, here: Here, number: i64, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame("On what ground").in_coop(&here, "pool").of_form(&form);
    page(&BasisPage { frame, form, here, number }, status)
}

/// The form for a batch's ground.
pub async fn basis_form(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    let mut form = Fields::empty();
    match view.basis {
        Some(basis) => {
            for (name, value) in [("kind", basis.kind.word()), ("name", &basis.name), ("source", &basis.source), ("body", &basis.body)] {
                form = form.with(name, value);
            }
        }
        None => form = form.with("kind", BasisKind::Consent.word()),
    }
    basis_page(&hall, here, number, form)
}

/// States a batch's ground.
pub async fn ground(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    let kind = form.word("kind", "a ground", BasisKind::parse);
    let (name, source) = (form.optional("name", 200), form.optional("source", 500));
    let body = crate::kernel::text::clean(&form.value("body").replace("\r\n", "\n"));
    if body.chars().count() > 60_000 {
        form.refuse("body", "At most 60,000 characters fit here. Give the licence's text, and where the rest is under its source.");
    }
    let (Some(kind), true) = (kind, form.is_fine()) else { return basis_page(&hall, here, number, form) };
    let basis = Basis { kind, name, source, body };
    let (coop, id, location) = (here.coop.id.clone(), view.batch.id, format!("/c/{slug}/batches/{number}"));
    match hall.act(&form, move |tx, actor| records::ground(tx, actor, &coop, &id, &basis).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            basis_page(&hall, here, number, form)
        }
    }
}

/// Begins a batch's import.
pub async fn begin(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    let (coop, id, location) = (here.coop.id.clone(), view.batch.id.clone(), format!("/c/{slug}/batches/{number}"));
    match hall.act(&form, move |tx, actor| records::begin(tx, actor, &coop, &id).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            batch_page(&hall, here, view, form).await
        }
    }
}

/// Attests a batch as a steward.
pub async fn screen(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    here.with_role(Role::Steward)?;
    let statement = form.text("statement", "What you looked at and what you found", 2_000);
    if form.is_fine() {
        let (coop, id, location) = (here.coop.id.clone(), view.batch.id.clone(), format!("/c/{slug}/batches/{number}"));
        match hall.act(&form, move |tx, actor| records::screen(tx, actor, &coop, &id, &statement).map(|()| location.clone())).await {
            Ok(location) => return see_other(&location),
            Err(error) => form.take(error)?,
        }
    }
    batch_page(&hall, here, view, form).await
}

/// Every finding of a batch as CSV, a page of rows at a time.
pub async fn findings_csv(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (here, view) = here_and_batch(&hall, &slug, number).await?;
    let (db, coop, id) = (hall.app.db.clone(), here.coop.id, view.batch.id);
    let pages = futures_util::stream::try_unfold(Some(0_i64), move |after| {
        let (db, coop, id) = (db.clone(), coop.clone(), id.clone());
        async move {
            let Some(after) = after else { return Ok::<_, std::io::Error>(None) };
            let found = db.read(move |conn| records::findings(conn, &coop, &id, None, after, 2_000)).await.map_err(|cause| std::io::Error::other(cause.to_string()))?;
            let next = found.last().map(|finding| finding.line);
            Ok(Some((Bytes::from(records::findings_csv(&found, after == 0)), next)))
        }
    });
    let name = format!("{}-batch-{number}-findings.csv", here.coop.slug);
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", "text/csv; charset=utf-8"))
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(pages)))
}
