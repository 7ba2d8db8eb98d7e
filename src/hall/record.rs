//! A cooperative's public record: the journal's heads as they were published, how anybody checks
//! them, and the journal itself as a file.

use crate::app::App;
use crate::error::Result;
use crate::kernel::ids::CoopId;
use crate::membership::coops::{self, Here};
use crate::platform::journal::{self, Chain, Head};
use crate::platform::web::{Answer, Frame, Hall, page as rendered};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use askama::Template;
use futures_util::stream::try_unfold;

#[derive(Template)]
#[template(path = "hall/record.html")]
struct RecordPage {
    frame: Frame,
    here: Here,
    heads: Vec<Head>,
    waiting: i64,
    hall_url: String,
}

/// How many heads the page shows.
const HEADS: i64 = 50;

/// The heads of a cooperative's journal and how to check them.
pub async fn page(hall: Hall, slug: Path<String>) -> Answer {
    let (actor, now) = (hall.actor(), hall.now());
    let (here, heads, (waiting, _)) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let chain = Chain::from(&here.coop.id);
            let heads = journal::heads(conn, &chain, HEADS)?;
            let unlinked = journal::unlinked(conn, &chain, now)?;
            Ok((here, heads, unlinked))
        })
        .await?;
    let frame = hall.frame("The record").in_coop(&here, "record");
    rendered(&RecordPage { frame, here, heads, waiting, hall_url: hall.app.config.public_url.clone() }, Default::default())
}

/// Entries a step of the file reads.
const STEP: i64 = 1_000;

/// The whole journal as JSON lines, entry and link a line, as `guildhall verify journal` reads them.
pub async fn journal_file(hall: Hall, slug: Path<String>) -> Answer {
    let here = hall.here(&slug).await?;
    let name = format!("attachment; filename=\"{}-journal.jsonl\"", here.coop.slug);
    let lines = try_unfold((hall.app.clone(), here.coop.id, 0), |(app, coop, after)| async move { some_lines(app, coop, after).await.map_err(broke_off) });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(Box::pin(lines)))
}

/// A stream cannot turn into a page any more; it breaks off, and the cause is logged.
fn broke_off(error: crate::error::Error) -> std::io::Error {
    tracing::error!(cause = %error, "a journal file broke off");
    std::io::Error::other("broken off")
}

async fn some_lines(app: App, coop: CoopId, after: i64) -> Result<Option<(Bytes, (App, CoopId, i64))>> {
    let chain = Chain::from(&coop);
    let pairs = app.db.read(move |conn| journal::linked(conn, &chain, after, STEP)).await?;
    let Some((_, last)) = pairs.last() else { return Ok(None) };
    let height = last.height;
    let mut text = String::new();
    for pair in &pairs {
        text.push_str(&serde_json::to_string(pair)?);
        text.push('\n');
    }
    Ok(Some((Bytes::from(text), (app, coop, height))))
}
