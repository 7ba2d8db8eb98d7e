//! A revision: its freeze under way, or everything about it once it is frozen, with the proof that a
//! record of mine is in.

use super::figures;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{Id as _, RecordId};
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::charts::Chart;
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use crate::pool::corpora::{self, Corpus, Freeze, Inclusion, Manifest, RevisionView};
use crate::pool::records::canonical::salt_text;
use crate::pool::records::{self, shelf};
use actix_web::web::Path;
use askama::Template;
use serde::Serialize;
use serde_json::value::RawValue;

/// Records of mine shown at most.
const MINE: i64 = 12;

#[derive(Template)]
#[template(path = "corpora/freezing.html")]
struct FreezingPage {
    frame: Frame,
    here: Here,
    corpus: Corpus,
    number: i64,
    selected: i64,
    abandoned: Option<String>,
}

#[derive(Template)]
#[template(path = "corpora/revision.html")]
struct RevisionPage {
    frame: Frame,
    here: Here,
    corpus: Corpus,
    number: i64,
    freeze: Freeze,
    manifest: Manifest,
    barred: i64,
    mine: Vec<(RecordId, String)>,
    charts: Vec<Chart>,
}

/// What is read of a revision.
struct Seen {
    here: Here,
    corpus: Corpus,
    view: RevisionView,
    selected: i64,
    barred: i64,
    mine: Vec<(RecordId, String)>,
}

async fn seen(hall: &Hall, slug: &str, name: &str, number: i64) -> Result<Seen> {
    hall.account()?;
    let (actor, now, slug, name) = (hall.actor(), hall.now(), slug.to_owned(), name.to_owned());
    hall.app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let me = here.member()?.member.clone();
            let coop = &here.coop.id;
            let corpus = corpora::by_slug(conn, coop, &name)?;
            let view = corpora::numbered(conn, coop, &corpus.id, number)?;
            let id = &view.revision.id;
            let barred = if view.frozen.is_some() { corpora::barred(conn, coop, id, now)? } else { 0 };
            let (selected, mine) = (corpora::selected_so_far(conn, coop, id)?, corpora::of_member(conn, coop, id, &me, MINE)?);
            Ok(Seen { here, corpus, view, selected, barred, mine })
        })
        .await
}

/// A revision, for members.
pub async fn show(hall: Hall, path: Path<(String, String, i64)>) -> Answer {
    let (slug, name, number) = path.into_inner();
    let Seen { here, corpus, view, selected, barred, mine } = seen(&hall, &slug, &name, number).await?;
    let frame = hall.frame(format!("{}, revision {number}", corpus.name)).in_coop(&here, "pool");
    let Some(freeze) = view.frozen else {
        return page(&FreezingPage { frame, here, corpus, number, selected, abandoned: view.abandoned }, Default::default());
    };
    let manifest = freeze.manifest()?;
    let charts = charts(&manifest);
    page(&RevisionPage { frame, here, corpus, number, freeze, manifest, barred, mine, charts }, Default::default())
}

/// Length, languages, and kinds where there are several.
pub(super) fn charts(manifest: &Manifest) -> Vec<Chart> {
    let mut charts = vec![figures::lengths(manifest), figures::languages(manifest)];
    if manifest.kinds.len() > 1 {
        charts.push(figures::kinds(manifest));
    }
    charts
}

/// A proof as a file: checked with SHA-256 alone.
#[derive(Serialize)]
struct Proof<'a> {
    cooperative: &'a str,
    corpus: &'a str,
    revision: i64,
    manifest: &'a Digest,
    #[serde(flatten)]
    inclusion: Inclusion,
    how: &'a str,
    salt: String,
    record: &'a RawValue,
}

/// The proof that a record is in a revision, for its contributors and the stewards.
pub async fn proof(hall: Hall, path: Path<(String, String, i64, String)>) -> Answer {
    let (slug, name, number, id) = path.into_inner();
    let id = RecordId::parse(&id).or_not_found()?;
    let Seen { here, corpus, view, .. } = seen(&hall, &slug, &name, number).await?;
    let freeze = view.frozen.or_not_found()?;
    let (coop, me, revision, record) = (here.coop.id.clone(), here.member()?.clone(), view.revision.id, id.clone());
    let (row, inclusion) = hall
        .app
        .db
        .read(move |conn| {
            let (row, holders, _, out) = records::record_view(conn, &coop, &record)?;
            let mine = holders.iter().any(|holder| holder.member.as_ref() == Some(&me.member));
            if out.is_some() || !(mine || me.roles.contains(&Role::Steward)) {
                return Err(NotFound.into());
            }
            Ok((row, corpora::prove(conn, &coop, &revision, &record)?))
        })
        .await?;
    let content = shelf::content(&hall.app.blobs, &here.coop.id, &row).await?.bytes()?;
    let record: &RawValue = serde_json::from_str(&content)?;
    let proof = Proof { cooperative: &slug, corpus: &corpus.slug, revision: number, manifest: &freeze.manifest_hash, inclusion, how: corpora::LEAF, salt: salt_text(&row.salt), record };
    attachment(&format!("proof-{}-{number}-{id}.json", corpus.slug), "application/json", serde_json::to_vec_pretty(&proof)?)
}
