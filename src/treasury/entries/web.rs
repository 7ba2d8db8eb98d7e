//! Pages of entries made by hand: the list with the budget lines, the form for each kind, one entry
//! and the second person's acts on it.

use super::rules::OPENING_LINES;
use super::{Entry, Kind, Line, Verdict, Wish, act};
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::money::Currency;
use crate::platform::db::{Conn, Tx};
use crate::platform::web::charts::Chart;
use crate::platform::web::{Answer, Fields, Frame, Hall, page};
use crate::treasury::books::web::budget_chart;
use crate::treasury::people::who;
use crate::treasury::receipts;
use crate::treasury::web::{Leaf, Place, Turn, Whom, look, settle, shows, stand};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "entries/list.html")]
struct ListPage {
    frame: Frame,
    place: Place,
    rows: Vec<(Entry, Stamp)>,
    turn: Turn,
    budgets: Option<Chart>,
}

#[derive(Template)]
#[template(path = "entries/new.html")]
struct NewPage {
    frame: Frame,
    place: Place,
    form: Fields,
    kind: Kind,
    /// Choices of budget lines or funds.
    lines: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "entries/one.html")]
struct OnePage {
    frame: Frame,
    place: Place,
    form: Fields,
    entry: Entry,
    stamp: Stamp,
    seen: Seen,
    facts: Vec<(String, String)>,
    budget: Option<Chart>,
    mine: bool,
}

/// What an entry's page shows besides it.
struct Seen {
    receipt: Option<i64>,
    proposed_by: String,
    ruled_by: Option<String>,
    line: Option<Line>,
}

type Stamp = (&'static str, &'static str);

fn stamp(entry: &Entry) -> Stamp {
    match entry.verdict {
        None => ("waiting", "Proposed"),
        Some(Verdict::Approved) => ("passed", "Approved"),
        Some(Verdict::Refused) => ("refused", "Refused"),
    }
}

/// Entries, newest first, and what budget lines have left.
pub async fn list(hall: Hall, slug: Path<String>, leaf: Query<Leaf>) -> Answer {
    let (offset, limit) = leaf.span();
    let read = move |conn: &mut Conn, place: &Place| {
        let coop = &place.here.coop.id;
        Ok((super::list(conn, coop, offset, limit)?, super::lines(conn, coop)?))
    };
    let (place, (entries, lines)) = look(&hall, &slug, Whom::Members, read).await?;
    let mut rows: Vec<_> = entries.into_iter().map(|entry| (stamp(&entry), entry)).map(|(stamp, entry)| (entry, stamp)).collect();
    let turn = leaf.cut(&mut rows);
    page(&ListPage { frame: place.frame(&hall, "Entries"), budgets: budget_chart(&place, &lines), place, rows, turn }, Default::default())
}

/// What kind of entry is begun, and for which receipt.
#[derive(Deserialize)]
pub struct Begin {
    kind: Option<String>,
    receipt: Option<i64>,
}

async fn new_page(hall: &Hall, slug: &str, kind: Kind, form: Fields) -> Answer {
    let (place, lines) = look(hall, slug, Whom::Treasurers, |conn, place| super::lines(conn, &place.here.coop.id)).await?;
    let lines = match kind {
        Kind::Expense => lines.into_iter().map(|(name, line)| (name.clone(), left(&name, &line, &place.currency))).collect(),
        Kind::Opening => OPENING_LINES.iter().zip(["Running costs", "Strike and solidarity reserve"]).map(|(word, words)| ((*word).to_owned(), words.to_owned())).collect(),
        Kind::Refund => Vec::new(),
    };
    let status = form.status();
    page(&NewPage { frame: place.frame(hall, "Propose an entry").of_form(&form), place, form, kind, lines }, status)
}

fn left(name: &str, line: &Line, currency: &Currency) -> String {
    format!("{name}: {} left of {}", currency.show(line.left()), currency.figure(line.voted))
}

/// The form for one kind of entry.
pub async fn new(hall: Hall, slug: Path<String>, begin: Query<Begin>) -> Answer {
    let kind = begin.kind.as_deref().and_then(Kind::parse).unwrap_or(Kind::Expense);
    let receipt = begin.receipt.map_or_else(String::new, |number| number.to_string());
    new_page(&hall, &slug, kind, Fields::empty().with("receipt", &receipt)).await
}

fn wish(form: &mut Fields, kind: Kind, currency: &Currency) -> Wish {
    let (line, amount, receipt) = match kind {
        Kind::Refund => (String::new(), 0, Some(form.number("receipt", "Receipt", 1..=i64::MAX))),
        Kind::Opening => (form.line("line", "Running costs or reserve", 80), form.amount("amount", currency), None),
        Kind::Expense => (form.line("line", "Budget line", 80), form.amount("amount", currency), None),
    };
    Wish { kind, line, amount, memo: form.line("memo", "What for", 200), receipt }
}

/// Proposes an entry.
pub async fn propose(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    let place = stand(&hall, &slug, Whom::Treasurers).await?;
    let Some(kind) = form.word("kind", "what kind of entry", Kind::parse) else { return new_page(&hall, &slug, Kind::Expense, form).await };
    let wish = wish(&mut form, kind, &place.currency);
    if !form.is_fine() {
        return new_page(&hall, &slug, kind, form).await;
    }
    let (coop, to) = (place.here.coop.id, slug.clone());
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::propose(tx, actor, &coop, &wish).map(|number| format!("/c/{to}/entries/{number}"));
    settle(hall.act(&form, verb).await, form, async |form| new_page(&hall, &slug, kind, form).await).await
}

fn seen(conn: &mut Conn, place: &Place, entry: &Entry) -> Result<Seen> {
    let coop = &place.here.coop.id;
    Ok(Seen {
        receipt: entry.receipt.as_ref().map(|id| receipts::number_of(conn, coop, id)).transpose()?,
        proposed_by: who(conn, coop, &entry.proposed_by)?,
        ruled_by: entry.ruled_by.as_ref().map(|member| who(conn, coop, member)).transpose()?,
        line: if entry.kind == Kind::Expense { Some(super::line(conn, coop, &entry.line)?) } else { None },
    })
}

async fn one_page(hall: &Hall, slug: &str, number: i64, form: Fields) -> Answer {
    let read = move |conn: &mut Conn, place: &Place| {
        let entry = super::find(conn, &place.here.coop.id, number)?;
        Ok((seen(conn, place, &entry)?, entry))
    };
    let (place, (seen, entry)) = look(hall, slug, Whom::Members, read).await?;
    let status = form.status();
    let form = shows(form, &act(entry.number, entry.kind, &entry.line, entry.amount, &entry.memo));
    let budget = seen.line.and_then(|line| budget_chart(&place, &[(entry.line.clone(), line)]));
    let (frame, facts, mine) = (place.frame(hall, format!("Entry {number}")).of_form(&form), facts(&place, &entry, &seen), place.is_me(&entry.proposed_by));
    page(&OnePage { frame, form, stamp: stamp(&entry), seen, facts, budget, mine, entry, place }, status)
}

fn facts(place: &Place, entry: &Entry, seen: &Seen) -> Vec<(String, String)> {
    let zone = &place.here.coop.zone;
    let mut rows = vec![("Kind", entry.kind.to_string()), ("Amount", place.money(entry.amount))];
    match (entry.kind, entry.line.as_str()) {
        (Kind::Expense, line) => rows.push(("Budget line", line.to_owned())),
        (Kind::Opening, "reserve") => rows.push(("Belongs to", "the reserve".to_owned())),
        (Kind::Opening, _) => rows.push(("Belongs to", "running costs".to_owned())),
        (Kind::Refund, _) => {}
    }
    rows.extend([("What for", entry.memo.clone()), ("Proposed", format!("{} by {}", entry.at.long(zone), seen.proposed_by))]);
    if let (Some(at), Some(by)) = (entry.ruled_at, &seen.ruled_by) {
        rows.push((stamp(entry).1, format!("{} by {by}", at.long(zone))));
    }
    if let Some(reason) = entry.reason.as_ref().filter(|reason| !reason.is_empty()) {
        rows.push(("Reason", reason.clone()));
    }
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One entry.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    one_page(&hall, &slug, number, Fields::empty()).await
}

/// Approves an entry, with the password given for exactly it.
pub async fn approve(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (coop, to) = (stand(&hall, &slug, Whom::Officers).await?.here.coop.id, slug.clone());
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::approve(tx, actor, &coop, number).map(|()| format!("/c/{to}/entries/{number}"));
    settle(hall.confirmed_act(&form, verb).await, form, async |form| one_page(&hall, &slug, number, form).await).await
}

/// Refuses an entry, with the reason.
pub async fn refuse(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    let (slug, number) = path.into_inner();
    let (coop, to) = (stand(&hall, &slug, Whom::Officers).await?.here.coop.id, slug.clone());
    let reason = form.optional("reason", 500);
    if !form.is_fine() {
        return one_page(&hall, &slug, number, form).await;
    }
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::refuse(tx, actor, &coop, number, &reason).map(|()| format!("/c/{to}/entries/{number}"));
    settle(hall.act(&form, verb).await, form, async |form| one_page(&hall, &slug, number, form).await).await
}
