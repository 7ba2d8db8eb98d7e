//! The pages of the assembly: what every one of them reads first, and the list.

pub mod booth;
pub mod drafting;
mod forms;
pub mod record;
pub mod sheet;
mod words;

pub use booth::{ballot, ballot_form, receipt};
pub use drafting::{draft, draft_form, give_notice, new, notice};
pub(crate) use forms::NUMBERS;
pub use record::{board, decision_csv, decision_json, notice_json, voters};
pub use sheet::{answer, cancel, challenge, show};

use super::tally::Outcome;
use super::{Card, Phase, Sheet, Text};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::CoopId;
use crate::kernel::time::{Timestamp, Zone};
use crate::membership::coops::{self, Here, Role};
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Fields, Frame, Hall, page};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

/// A proposal as every page of it needs it.
struct Seen {
    here: Here,
    sheet: Sheet,
    notice: Option<(Text, Digest)>,
    phase: Phase,
    now: Timestamp,
}

impl Seen {
    fn coop(&self) -> &CoopId {
        &self.here.coop.id
    }

    fn zone(&self) -> &Zone {
        &self.here.coop.zone
    }

    /// Address of this proposal or of something below it.
    fn path(&self, rest: &str) -> String {
        format!("/c/{}/proposals/{}{rest}", self.here.coop.slug, self.sheet.card.what.number)
    }

    fn may_run(&self) -> bool {
        let second = super::rules::second_office(self.sheet.card.what.kind);
        self.here.standing.as_ref().is_some_and(|s| s.may(Role::Steward) || s.may(second))
    }

    fn stamp(&self) -> (&'static str, &'static str) {
        stamp(&self.sheet.card, self.now)
    }

    fn frame(&self, hall: &Hall, title: impl Into<String>) -> Frame {
        hall.frame(title).in_coop(&self.here, "proposals")
    }

    /// What stands in the margin: the number and the dates that are there.
    fn margin(&self) -> Vec<String> {
        let dates = self.sheet.card.dates();
        let day = |word: &str, at: Option<Timestamp>| at.map(|at| format!("{word} {}", at.short(self.zone())));
        let (opens, closes) = match self.phase {
            Phase::Noticed => ("opens", "closes"),
            Phase::Open => ("opened", "closes"),
            _ => ("opened", "closed"),
        };
        let rows = [Some(format!("No. {}", self.sheet.card.what.number)), day("noticed", dates.ordered_at), day(opens, dates.opens_at), day(closes, dates.closes_at), day("cancelled", dates.cancelled_at)];
        rows.into_iter().flatten().collect()
    }
}

/// The cooperative and one of its proposals; for members only.
fn enter(conn: &mut Conn, hall: &Hall, slug: &str, number: &str) -> Result<Seen> {
    let now = hall.now();
    let here = coops::enter(conn, &hall.actor(), slug, now)?;
    here.member()?;
    seen(conn, here, number, now)
}

fn seen(conn: &mut Conn, here: Here, number: &str, now: Timestamp) -> Result<Seen> {
    let number: i64 = number.parse().ok().or_not_found()?;
    let id = super::id_of(conn, &here.coop.id, number)?;
    let sheet = super::sheet(conn, &here.coop.id, &id)?;
    let notice = super::notice_of(conn, &here.coop.id, &id)?;
    let phase = sheet.card.phase(now);
    Ok(Seen { here, sheet, notice, phase, now })
}

impl Hall {
    /// Reads one proposal and whatever else a page of it shows, for members.
    async fn of_proposal<T: Send + 'static>(&self, path: &Path<(String, String)>, more: impl FnOnce(&mut Conn, &Seen) -> Result<T> + Send + 'static) -> Result<(Seen, T)> {
        self.account()?;
        let (hall, (slug, number)) = (self.clone(), (**path).clone());
        self.app
            .db
            .read(move |conn| {
                let seen = enter(conn, &hall, &slug, &number)?;
                let more = more(conn, &seen)?;
                Ok((seen, more))
            })
            .await
    }
}

/// Class and words of the stamp that says where a proposal stands.
fn stamp(card: &Card, now: Timestamp) -> (&'static str, &'static str) {
    match (card.phase(now), card.outcome()) {
        (Phase::Draft, _) => ("draft", "Draft"),
        (Phase::Noticing, _) => ("waiting", "Notice on its way"),
        (Phase::Noticed, _) => ("waiting", "Noticed"),
        (Phase::Open, _) => ("open", "Open"),
        (Phase::Counting, _) => ("closed", "Counting"),
        (Phase::Cancelled, _) => ("withdrawn", "Cancelled"),
        (Phase::Decided, _) if card.because().is_some() => ("refused", "Passed, not enacted"),
        (Phase::Decided, _) if card.effect().is_some() => ("passed", "Enacted"),
        (Phase::Decided, Some(Outcome::Passed)) => ("passed", "Passed"),
        (Phase::Decided, Some(Outcome::Rejected)) => ("refused", "Not passed"),
        (Phase::Decided, Some(Outcome::Inquorate)) => ("closed", "Not quorate"),
        (Phase::Decided, _) => ("closed", "Unchanged"),
    }
}

/// One line of the list.
struct Line {
    number: i64,
    title: String,
    kind: &'static str,
    stamp: (&'static str, &'static str),
    when: String,
}

fn line(card: &Card, now: Timestamp) -> Line {
    let dates = card.dates();
    let say = |word: &str, at: Option<Timestamp>| at.map_or_else(String::new, |at| format!("{word} {}", at.relative(now)));
    let when = match card.phase(now) {
        Phase::Draft => say("drafted", Some(card.what.drafted_at)),
        Phase::Noticing => say("noticed", dates.ordered_at),
        Phase::Noticed => say("opens", dates.opens_at),
        Phase::Open => say("closes", dates.closes_at),
        Phase::Counting | Phase::Decided => say("closed", dates.closes_at),
        Phase::Cancelled => say("cancelled", dates.cancelled_at),
    };
    Line { number: card.what.number, title: card.what.title.clone(), kind: card.what.kind.phrase(), stamp: stamp(card, now), when }
}

#[derive(Template)]
#[template(path = "proposals/list.html")]
struct ListPage {
    frame: Frame,
    here: Here,
    lines: Vec<Line>,
    /// Number below which older ones follow.
    older: Option<i64>,
    newest: bool,
    drafts: bool,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Before {
    before: Option<i64>,
}

/// Proposals on one page of the list.
const PAGE: i64 = 50;

/// All proposals, the newest first.
pub async fn list(hall: Hall, slug: Path<String>, before: Query<Before>) -> Answer {
    hall.account()?;
    let (asker, slug, below) = (hall.clone(), slug.into_inner(), before.before.unwrap_or(i64::MAX));
    let read = move |conn: &mut Conn| {
        let here = coops::enter(conn, &asker.actor(), &slug, asker.now())?;
        here.member()?;
        let cards = super::list(conn, &here.coop.id, below, PAGE + 1)?;
        Ok((here, cards))
    };
    let (here, mut cards) = hall.app.db.glance(read).await?;
    let more = cards.len() > 50;
    cards.truncate(50);
    let older = if more { cards.last().map(|card| card.what.number) } else { None };
    let lines = cards.iter().map(|card| line(card, hall.now())).collect();
    let drafts = here.standing.as_ref().is_some_and(|s| s.may(Role::Steward));
    let frame = hall.frame("Proposals").in_coop(&here, "proposals");
    page(&ListPage { frame, here, lines, older, newest: before.before.is_none(), drafts }, Default::default())
}

/// Puts a refusal into the form of the page it came from; what does not belong there passes on.
fn taken(mut form: Fields, error: crate::error::Error) -> Result<Fields> {
    form.take(error)?;
    Ok(form)
}
