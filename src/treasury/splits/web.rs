//! Pages of runs: the list, what a run would do, one run, and the two persons' acts on it.

use super::spread::spread;
use super::views::{self, Seen};
use super::{Run, Verdict, release_act};
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::matter::Split;
use crate::kernel::money::percent;
use crate::platform::db::{Conn, Tx};
use crate::platform::web::charts::{Bar, Caption, Chart, histogram};
use crate::platform::web::{Answer, Fields, Frame, Hall, attachment, page};
use crate::treasury::books::web::{Row, by_parts};
use crate::treasury::web::{Leaf, Place, Turn, Waiting, Whom, look, ruling, settle, shows, stand};
use actix_web::web::{Path, Query};
use askama::Template;

#[derive(Template)]
#[template(path = "runs/list.html")]
struct ListPage {
    frame: Frame,
    place: Place,
    rows: Vec<(Run, (&'static str, &'static str))>,
    turn: Turn,
}

#[derive(Template)]
#[template(path = "runs/prepare.html")]
struct PreparePage {
    frame: Frame,
    place: Place,
    form: Fields,
    receipt: i64,
    amount: i64,
    rows: Vec<Row>,
    chart: Option<Chart>,
    people: i64,
}

#[derive(Template)]
#[template(path = "runs/one.html")]
struct OnePage {
    frame: Frame,
    place: Place,
    form: Fields,
    run: Run,
    stamp: (&'static str, &'static str),
    rows: Vec<Row>,
    chart: Option<Chart>,
    seen: Seen,
    facts: Vec<(String, String)>,
    /// Whether the reader may be the second person.
    may_release: bool,
    mine: Option<String>,
}

fn stamp(run: &Run) -> (&'static str, &'static str) {
    match run.verdict {
        None => ("waiting", "Proposed"),
        Some(Verdict::Released) => ("paid", "Released"),
        Some(Verdict::Discarded) => ("withdrawn", "Discarded"),
    }
}

/// Runs, newest first.
pub async fn list(hall: Hall, slug: Path<String>, leaf: Query<Leaf>) -> Answer {
    let (offset, limit) = leaf.span();
    let read = move |conn: &mut Conn, place: &Place| super::list(conn, &place.here.coop.id, offset, limit);
    let (place, runs) = look(&hall, &slug, Whom::Members, read).await?;
    let mut rows: Vec<_> = runs.into_iter().map(|run| (stamp(&run), run)).map(|(stamp, run)| (run, stamp)).collect();
    let turn = leaf.cut(&mut rows);
    page(&ListPage { frame: place.frame(&hall, "Runs"), place, rows, turn }, Default::default())
}

/// Costs, reserve and contributors of a run, each with the vote that set it.
///
/// # Errors
/// When the stored split makes no sense.
pub fn rows(place: &Place, run: &Run) -> Result<Vec<Row>> {
    split_rows(place, &views::split(run)?, run.proposal, run.amount)
}

fn split_rows(place: &Place, split: &Split, vote: i64, amount: i64) -> Result<Vec<Row>> {
    let (costs, reserve, rest) = super::rules::deduct(amount, split)?;
    let row = |to: String, minor| Row { to, by: Some(place.vote(vote)), amount: place.figure(minor) };
    Ok(vec![
        row(format!("Running costs, {}", percent(split.costs_bp)), costs),
        row(format!("Strike and solidarity reserve, {}", percent(split.reserve_bp)), reserve),
        row(format!("Contributors: {}", by_parts(split)), rest),
    ])
}

/// How many contributors get how much.
fn chart(place: &Place, amounts: &[i64]) -> Option<Chart> {
    let spread = spread(amounts)?;
    let short = |minor: i64| place.figure(minor).trim_end_matches(".00").to_owned();
    let bins: Vec<Bar> = spread.classes.iter().map(|class| Bar { label: format!("{}+", short(class.from)), value: class.people }).collect();
    let description = format!(
        "{} contributors. The least is {}, half of them get at least {}, the most is {}.",
        spread.people,
        place.money(spread.least),
        place.money(spread.middle),
        place.money(spread.most)
    );
    let title = format!("How many contributors get how much, in {}", place.currency);
    let caption = Caption { id: "spread", title: &title, description: &description, across: "From", unit: "Contributors", decimals: 0 };
    Some(histogram(&caption, &bins))
}

async fn prepare_page(hall: &Hall, slug: &str, receipt: i64, form: Fields) -> Answer {
    let read = move |conn: &mut Conn, place: &Place| views::preview(conn, &place.here.coop.id, receipt);
    let (place, run) = look(hall, slug, Whom::Treasurers, read).await?;
    let amounts: Vec<i64> = run.amounts().collect();
    let ((split, vote), amount) = (run.split(), run.amount());
    let (rows, chart) = (split_rows(&place, split, vote, amount)?, chart(&place, &amounts));
    let (frame, status) = (place.frame(hall, format!("Run of receipt {receipt}")).of_form(&form), form.status());
    let people = i64::try_from(amounts.len()).unwrap_or(i64::MAX);
    page(&PreparePage { frame, place, form, receipt, amount, rows, chart, people }, status)
}

/// What the run of a receipt would do.
pub async fn prepare(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, receipt) = path.into_inner();
    prepare_page(&hall, &slug, receipt, Fields::empty()).await
}

/// Proposes the run of a receipt.
pub async fn propose(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    let place = stand(&hall, &slug, Whom::Treasurers).await?;
    let receipt = form.number("receipt", "Receipt", 1..=i64::MAX);
    let (coop, of) = (place.here.coop.id.clone(), place.here.coop.id);
    let prepared = hall.app.db.read(move |conn| super::prepare(conn, &of, receipt)).await?;
    let to = slug.clone();
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::propose(tx, actor, &coop, &prepared).map(|number| format!("/c/{to}/runs/{number}"));
    settle(hall.act(&form, verb).await, form, async |form| prepare_page(&hall, &slug, receipt, form).await).await
}

async fn one_page(hall: &Hall, slug: &str, number: i64, form: Fields) -> Answer {
    let read = move |conn: &mut Conn, place: &Place| {
        let run = super::find(conn, &place.here.coop.id, number)?;
        let seen = views::seen(conn, &place.here.coop.id, &run, &place.here.member()?.member)?;
        Ok((run, seen))
    };
    let (place, (run, seen)) = look(hall, slug, Whom::Members, read).await?;
    let (rows, chart, facts) = (rows(&place, &run)?, chart(&place, &seen.amounts), facts(&place, &run, &seen));
    let status = form.status();
    let form = shows(form, &release_act(&run));
    let may_release = place.officer && run.verdict.is_none() && !place.is_me(&run.proposed_by) && seen.progress.written >= run.lines;
    let mine = seen.mine.map(|minor| place.money(minor));
    let frame = place.frame(hall, format!("Run {number}")).of_form(&form);
    page(&OnePage { frame, form, stamp: stamp(&run), rows, chart, facts, may_release, mine, seen, run, place }, status)
}

fn facts(place: &Place, run: &Run, seen: &Seen) -> Vec<(String, String)> {
    let mut rows = vec![
        ("Receipt", format!("no. {} for licence no. {}", run.receipt, run.licence)),
        ("Split adopted by", format!("vote no. {}", run.proposal)),
        ("Contributors", (run.lines - 2).to_string()),
        ("Proposed", format!("{} by {}", run.at.long(&place.here.coop.zone), seen.proposed_by)),
    ];
    rows.extend(ruling(&place.here.coop.zone, stamp(run).1, run.ruled_at, seen.ruled_by.as_ref(), run.reason.as_ref()));
    let (sum, names) = seen.unclaimed;
    if names > 0 {
        rows.push(("Held for names nobody has claimed", format!("{} for {names}", place.money(sum))));
    }
    rows.extend([("Worked out from", run.input_hash.to_string()), ("What came out", run.output_hash.to_string())]);
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One run.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    one_page(&hall, &slug, number, Fields::empty()).await
}

/// Releases a run, with the password given for exactly it.
pub async fn release(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let at = Waiting::find(&hall, path, "runs").await?;
    at.release(&hall, form, super::release, async |form| one_page(&hall, &at.slug, at.number, form).await).await
}

/// Discards a run, with the reason.
pub async fn discard(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let at = Waiting::find(&hall, path, "runs").await?;
    at.discard(&hall, form, super::discard, async |form| one_page(&hall, &at.slug, at.number, form).await).await
}

/// The run as the file that anybody replays.
pub async fn file(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (place, file) = look(&hall, &slug, Whom::Members, move |conn, place| super::file(conn, &place.here.coop.id, number)).await?;
    attachment(&format!("{}-run-{number}.json", place.slug()), "application/json", serde_json::to_string(&file)?)
}
