//! What anybody sees of the corpora: a list, a data sheet each with a few records where their ground
//! allows showing them, and the manifest to check it all by. Numbers of people, never names.

use super::revision::charts;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::CoopId;
use crate::kernel::terms::Use;
use crate::membership::coops::{self, Here};
use crate::platform::db::Conn;
use crate::platform::web::charts::Chart;
use crate::platform::web::{Answer, Frame, Hall, page, plain};
use crate::pool::corpora::{self, Corpus, Freeze, Manifest};
use crate::pool::records::canonical::Content;
use crate::pool::records::shelf::{self, Row};
use crate::pool::records::Gate;
use actix_web::web::Path;
use askama::Template;
use std::collections::BTreeSet;

/// Records of a sample, among how many it is looked for, and parts shown of each.
const SAMPLE: usize = 3;
const LOOKED_AT: i64 = 1_000;
const PARTS: usize = 8;

#[derive(Template)]
#[template(path = "corpora/catalogue.html")]
struct CataloguePage {
    frame: Frame,
    here: Here,
    corpora: Vec<(Corpus, i64, Freeze, Manifest)>,
}

/// A record of the sample: its kind and language, and who said what.
struct Shown {
    kind: String,
    language: String,
    parts: Vec<(String, String)>,
    more: usize,
}

#[derive(Template)]
#[template(path = "corpora/sheet.html")]
struct SheetPage {
    frame: Frame,
    here: Here,
    corpus: Corpus,
    number: i64,
    freeze: Freeze,
    manifest: Manifest,
    charts: Vec<Chart>,
    sample: Vec<Shown>,
    /// Other frozen revisions.
    earlier: Vec<i64>,
}

/// The newest frozen revision of a corpus, and the numbers of the others.
fn newest(conn: &mut Conn, coop: &CoopId, corpus: &Corpus) -> Result<Option<(corpora::Revision, Freeze, Vec<i64>)>> {
    let mut frozen = corpora::revisions(conn, coop, &corpus.id)?.into_iter().filter_map(|view| Some((view.revision, view.frozen?)));
    let Some((revision, freeze)) = frozen.next() else { return Ok(None) };
    Ok(Some((revision, freeze, frozen.map(|(earlier, _)| earlier.number).collect())))
}

/// All corpora that have a frozen revision.
pub async fn list(hall: Hall, slug: Path<String>) -> Answer {
    let (actor, now) = (hall.actor(), hall.now());
    let (here, corpora) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let mut rows = Vec::new();
            for corpus in corpora::all(conn, &here.coop.id)? {
                if let Some((revision, freeze, _)) = newest(conn, &here.coop.id, &corpus)? {
                    let manifest = freeze.manifest()?;
                    rows.push((corpus, revision.number, freeze, manifest));
                }
            }
            Ok((here, rows))
        })
        .await?;
    let frame = hall.frame("Catalogue").in_coop(&here, "catalogue");
    page(&CataloguePage { frame, here, corpora }, Default::default())
}

/// The data sheet of a corpus.
pub async fn sheet(hall: Hall, path: Path<(String, String)>) -> Answer {
    let ((slug, name), actor, now) = (path.into_inner(), hall.actor(), hall.now());
    let (here, corpus, (revision, freeze, earlier), rows) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let corpus = corpora::by_slug(conn, &here.coop.id, &name)?;
            let newest = newest(conn, &here.coop.id, &corpus)?.or_not_found()?;
            let rows = corpora::first_records(conn, &here.coop.id, &newest.0.id, LOOKED_AT)?;
            let judged = Gate::at(conn, &here.coop.id, now)?.judge(conn, &here.coop.id, &rows, &BTreeSet::from([Use::Display]))?;
            let rows: Vec<Row> = rows.into_iter().zip(judged).filter(|(_, answer)| answer.is_ok()).map(|(row, _)| row).take(SAMPLE).collect();
            Ok((here, corpus, newest, rows))
        })
        .await?;
    let sample = sample(&hall, &here.coop.id, &rows).await?;
    let manifest = freeze.manifest()?;
    let frame = hall.frame(corpus.name.clone()).in_coop(&here, "catalogue");
    let charts = charts(&manifest);
    page(&SheetPage { frame, here, corpus, number: revision.number, freeze, manifest, charts, sample, earlier }, Default::default())
}

async fn sample(hall: &Hall, coop: &CoopId, rows: &[Row]) -> Result<Vec<Shown>> {
    let mut sample = Vec::new();
    for row in rows {
        sample.push(shown(&shelf::content(&hall.app.blobs, coop, row).await?));
    }
    Ok(sample)
}

fn shown(content: &Content) -> Shown {
    let role = |author: Option<usize>| author.and_then(|a| content.contributors.get(a)).map_or_else(|| "somebody else".to_owned(), |c| c.role.clone());
    let text = |text: &str| if text.chars().count() > 600 { text.chars().take(600).chain(" ..".chars()).collect() } else { text.to_owned() };
    Shown {
        kind: content.kind.replace('_', " "),
        language: content.language.clone(),
        parts: content.parts.iter().take(PARTS).map(|part| (role(part.author), text(&part.text))).collect(),
        more: content.parts.len().saturating_sub(PARTS),
    }
}

/// The manifest of a frozen revision, byte for byte as it was hashed.
pub async fn manifest(hall: Hall, path: Path<(String, String, i64)>) -> Answer {
    let ((slug, name, number), actor, now) = (path.into_inner(), hall.actor(), hall.now());
    let text = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let corpus = corpora::by_slug(conn, &here.coop.id, &name)?;
            Ok(corpora::numbered(conn, &here.coop.id, &corpus.id, number)?.frozen.or_not_found()?.manifest)
        })
        .await?;
    plain("application/json", text)
}
