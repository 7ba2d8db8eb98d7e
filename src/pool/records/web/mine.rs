//! My pool: my records with what they may be used for, what the pool holds, and my uploads.

use super::figures;
use crate::kernel::ids::{Id as _, RecordId};
use crate::kernel::terms::Use;
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::charts::Chart;
use crate::platform::web::{Answer, Frame, Hall, page};
use crate::pool::records::rules::{Facts, may_enter};
use crate::pool::records::shelf::Row;
use crate::pool::records::{self, Gate};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Records on a page.
const PAGE: i64 = 25;

/// From which record on.
#[derive(Deserialize)]
pub struct From {
    #[serde(default)]
    after: String,
}

/// A record of mine.
struct Mine {
    row: Row,
    /// For how many uses it may enter a corpus.
    uses: usize,
    /// Why not for all of them.
    why: String,
}

impl Mine {
    fn of(row: Row, facts: &Facts) -> Self {
        let reasons: Vec<_> = Use::ALL.iter().map(|purpose| may_enter(facts, &BTreeSet::from([*purpose]))).collect();
        let uses = reasons.iter().filter(|answer| answer.is_ok()).count();
        let why = reasons.into_iter().find_map(Result::err).and_then(|reasons| reasons.first().map(ToString::to_string)).unwrap_or_default();
        Self { row, uses, why }
    }
}

#[derive(Template)]
#[template(path = "records/mine.html")]
struct MinePage {
    frame: Frame,
    here: Here,
    records: i64,
    words: i64,
    all: i64,
    people: (i64, i64),
    mine: Vec<Mine>,
    more: String,
    first: bool,
    composition: Chart,
    months: Option<Chart>,
    /// Batches to attest and claims to answer, for stewards.
    waiting: (i64, i64),
    of: usize,
}

/// My records, and the pool they are part of.
pub async fn show(hall: Hall, slug: Path<String>, from: Query<From>) -> Answer {
    hall.account()?;
    let (actor, now, after) = (hall.actor(), hall.now(), RecordId::parse(&from.after));
    let first = after.is_none();
    let frame = hall.frame("Pool");
    let shown = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let standing = here.member()?.clone();
            let coop = &here.coop.id;
            let (records, words) = records::part_of(conn, coop, &standing.member)?;
            let rows = records::records_of(conn, coop, &standing.member, after.as_ref(), PAGE)?;
            let more = if rows.len() >= usize::try_from(PAGE).unwrap_or(0) { rows.last().map_or_else(String::new, |row| row.id.to_string()) } else { String::new() };
            let facts = Gate::at(conn, coop, now)?.facts_of(conn, coop, &rows)?;
            let mine = rows.into_iter().zip(&facts).map(|(row, facts)| Mine::of(row, facts)).collect();
            let kinds = records::composition(conn, coop)?;
            let uploads = records::uploads_of(conn, coop, &standing.member)?;
            let months = (!uploads.is_empty()).then(|| figures::by_month(&uploads, &here.coop.zone));
            let waiting = if standing.may(Role::Steward) { records::waiting(conn, coop)? } else { (0, 0) };
            Ok(MinePage {
                frame: frame.in_coop(&here, "pool"),
                records,
                words,
                all: kinds.iter().map(|(_, records, _)| records).sum(),
                people: records::people(conn, coop)?,
                mine,
                more,
                first,
                composition: figures::composition(&kinds),
                months,
                waiting,
                of: Use::ALL.len(),
                here,
            })
        })
        .await?;
    page(&shown, Default::default())
}
