//! A corpus: what it selects, what of that may enter now, its revisions, and freezing another one.

use super::builder::uses;
use crate::error::Result;
use crate::kernel::terms::Use;
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use crate::pool::corpora::{self, Corpus, Count, RevisionView};
use actix_web::web::Path;
use askama::Template;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "corpora/corpus.html")]
struct CorpusPage {
    frame: Frame,
    form: Fields,
    here: Here,
    corpus: Corpus,
    filter: Vec<String>,
    revisions: Vec<RevisionView>,
    count: Count,
    reasons: Vec<(String, i64)>,
    /// The uses the count asks for, in words.
    asked: String,
    uses: Vec<(String, String)>,
    steward: bool,
}

/// What is read of a corpus.
struct Seen {
    here: Here,
    corpus: Corpus,
    revisions: Vec<RevisionView>,
    uses: BTreeSet<Use>,
    count: Count,
}

async fn seen(hall: &Hall, slug: &str, name: &str, asked: BTreeSet<Use>) -> Result<Seen> {
    hall.account()?;
    let (actor, now, slug, name) = (hall.actor(), hall.now(), slug.to_owned(), name.to_owned());
    hall.app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            here.member()?;
            let corpus = corpora::by_slug(conn, &here.coop.id, &name)?;
            let revisions = corpora::revisions(conn, &here.coop.id, &corpus.id)?;
            let last = revisions.first().and_then(|view| serde_json::from_str(&view.revision.uses).ok());
            let uses = if asked.is_empty() { last.unwrap_or_else(|| BTreeSet::from([Use::Finetune])) } else { asked };
            let count = corpora::count(conn, &here.coop.id, &corpus.filter()?, &uses, now)?;
            Ok(Seen { here, corpus, revisions, uses, count })
        })
        .await
}

/// A corpus, for members.
pub async fn show(hall: Hall, path: Path<(String, String)>) -> Answer {
    let (slug, name) = path.into_inner();
    let seen = seen(&hall, &slug, &name, BTreeSet::new()).await?;
    let form = seen.uses.iter().fold(Fields::empty(), |form, purpose| form.with("uses", purpose.word()));
    corpus_page(&hall, seen, form)
}

fn corpus_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let mut reasons: Vec<(String, i64)> = seen.count.reasons.clone().into_iter().collect();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let steward = seen.here.standing.as_ref().is_some_and(|standing| standing.may(Role::Steward));
    let asked = seen.uses.iter().map(|purpose| purpose.phrase()).collect::<Vec<_>>().join(", ");
    let status = form.status();
    let frame = hall.frame(seen.corpus.name.clone()).in_coop(&seen.here, "pool").of_form(&form);
    let filter = seen.corpus.filter()?.words();
    page(&CorpusPage { frame, form, here: seen.here, corpus: seen.corpus, filter, revisions: seen.revisions, count: seen.count, reasons, asked, uses: Use::options(), steward }, status)
}

/// Begins to freeze a revision for the ticked uses.
pub async fn freeze(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let (slug, name) = path.into_inner();
    let asked = uses(&form);
    let seen = seen(&hall, &slug, &name, asked.clone()).await?;
    seen.here.with_role(Role::Steward)?;
    let (coop, id, location) = (seen.here.coop.id.clone(), seen.corpus.id.clone(), format!("/c/{slug}/corpora/{name}"));
    let done = hall.act(&form, move |tx, actor| corpora::freeze(tx, actor, &coop, &id, &asked).map(|revision| format!("{location}/{}", revision.number))).await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            corpus_page(&hall, seen, form)
        }
    }
}
