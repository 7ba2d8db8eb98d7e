//! Pages of receipts: the list, one receipt with where its money went, and recording a payment in
//! two steps - type it, then read it again and give the password for exactly that.

use super::{Checked, Licensed, Payment, Receipt, State};
use crate::error::Result;
use crate::kernel::ids::CoopId;
use crate::platform::db::Conn;
use crate::platform::web::charts::{Bar, Caption, Chart, waterfall};
use crate::platform::web::{Answer, Fields, Frame, Hall, page};
use crate::treasury::books::web::Row;
use crate::treasury::people::who;
use crate::treasury::splits;
use crate::treasury::web::{Leaf, Link, Place, Turn, Whom, look, settle, shows, stand};
use actix_web::web::{Path, Query};
use askama::Template;

#[derive(Template)]
#[template(path = "receipts/list.html")]
struct ListPage {
    frame: Frame,
    place: Place,
    rows: Vec<(Receipt, Stamp)>,
    turn: Turn,
}

#[derive(Template)]
#[template(path = "receipts/new.html")]
struct NewPage {
    frame: Frame,
    place: Place,
    form: Fields,
    licences: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "receipts/check.html")]
struct CheckPage {
    frame: Frame,
    place: Place,
    form: Fields,
    facts: Vec<(String, String)>,
    amount: String,
}

#[derive(Template)]
#[template(path = "receipts/one.html")]
struct OnePage {
    frame: Frame,
    place: Place,
    receipt: Receipt,
    stamp: Stamp,
    recorded_by: String,
    rows: Vec<Row>,
    chart: Option<Chart>,
    /// Whether it can be shared out now.
    waits: bool,
    mine: Option<String>,
}

/// How a receipt stands, as a stamp with where to read more.
pub struct Stamp {
    /// Class of the stamp.
    pub class: &'static str,
    /// Its words.
    pub words: &'static str,
    /// The run or entry that did it.
    pub at: Option<Link>,
    run: Option<i64>,
}

fn stamp(place: &Place, state: &State) -> Stamp {
    let run = |n: i64| Some(place.link(format!("run {n}"), &format!("runs/{n}")));
    let entry = |n: i64| Some(place.link(format!("entry {n}"), &format!("entries/{n}")));
    match *state {
        State::Waiting => Stamp { class: "open", words: "Not shared out", at: None, run: None },
        State::Proposed(n) => Stamp { class: "waiting", words: "Proposed", at: run(n), run: Some(n) },
        State::Shared(n) => Stamp { class: "paid", words: "Shared out", at: run(n), run: Some(n) },
        State::Refunding(n) => Stamp { class: "waiting", words: "Refund proposed", at: entry(n), run: None },
        State::Refunded(n) => Stamp { class: "withdrawn", words: "Paid back", at: entry(n), run: None },
    }
}

/// Receipts, newest first.
pub async fn list(hall: Hall, slug: Path<String>, leaf: Query<Leaf>) -> Answer {
    let (offset, limit) = leaf.span();
    let read = move |conn: &mut Conn, place: &Place| {
        let receipts = super::list(conn, &place.here.coop.id, offset, limit)?;
        receipts.into_iter().map(|receipt| super::state(conn, &place.here.coop.id, &receipt.id).map(|state| (receipt, stamp(place, &state)))).collect::<Result<Vec<_>>>()
    };
    let (place, mut rows) = look(&hall, &slug, Whom::Members, read).await?;
    let turn = leaf.cut(&mut rows);
    page(&ListPage { frame: place.frame(&hall, "Receipts"), place, rows, turn }, Default::default())
}

async fn new_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (place, licences) = look(hall, slug, Whom::Treasurers, |conn, place| super::licences(conn, &place.here.coop.id)).await?;
    let words = |l: &Licensed| format!("No. {}, {}: {} of {} received", l.number, l.buyer, place.figure(l.received), place.money(l.total));
    let licences = licences.iter().map(|l| (l.number.to_string(), words(l))).collect();
    let status = form.status();
    page(&NewPage { frame: place.frame(hall, "Record a payment").of_form(&form), place, form, licences }, status)
}

/// The form for a payment.
pub async fn new(hall: Hall, slug: Path<String>) -> Answer {
    new_page(&hall, &slug, Fields::empty()).await
}

fn check_page(hall: &Hall, place: Place, payment: &Payment, checked: &Checked, form: Fields) -> Answer {
    let amount = place.money(payment.amount);
    let rows = [
        ("Licence", format!("no. {}", payment.licence)),
        ("Paid by", checked.buyer.clone()),
        ("Amount", amount.clone()),
        ("Reference", payment.reference.clone()),
        ("Arrived on", payment.received_on.clone()),
    ];
    let facts = rows.map(|(name, value)| (name.to_owned(), value)).into();
    let (status, form) = (form.status(), shows(form, &payment.act()));
    page(&CheckPage { frame: place.frame(hall, "Check the payment").of_form(&form), place, form, facts, amount }, status)
}

fn payment(form: &mut Fields, place: &Place) -> Payment {
    Payment {
        licence: form.number("licence", "Licence", 1..=i64::MAX),
        amount: form.amount("amount", &place.currency),
        reference: form.line("reference", "Reference on the bank statement", 140),
        received_on: form.line("received_on", "Day it arrived", 10),
    }
}

/// Shows a payment again to be checked or, with the password given for it, records it.
pub async fn record(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    let place = stand(&hall, &slug, Whom::Treasurers).await?;
    let payment = payment(&mut form, &place);
    if !form.is_fine() || form.value("step") == "change" {
        return new_page(&hall, &slug, form).await;
    }
    let (coop, now, typed) = (place.here.coop.id.clone(), hall.now(), payment.clone());
    let checked = match hall.app.db.read(move |conn| super::check(conn, &coop, &typed, now)).await {
        Ok(checked) => checked,
        refused => return settle(refused.map(|_| String::new()), form, async |form| new_page(&hall, &slug, form).await).await,
    };
    if form.value("step") != "record" {
        return check_page(&hall, place, &payment, &checked, form);
    }
    let done = confirm(&hall, place.here.coop.id.clone(), &slug, payment.clone(), &form).await;
    settle(done, form, async |form| check_page(&hall, place, &payment, &checked, form)).await
}

async fn confirm(hall: &Hall, coop: CoopId, slug: &str, payment: Payment, form: &Fields) -> Result<String> {
    let slug = slug.to_owned();
    hall.confirmed_act(form, move |tx, actor| super::record(tx, actor, &coop, &payment).map(|number| format!("/c/{slug}/receipts/{number}"))).await
}

/// One receipt, and where every cent of it went.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let read = move |conn: &mut Conn, place: &Place| {
        let coop = &place.here.coop.id;
        let receipt = super::find(conn, coop, number)?;
        let stamp = stamp(place, &super::state(conn, coop, &receipt.id)?);
        let run = stamp.run.map(|run| splits::find(conn, coop, run)).transpose()?;
        let mine = match &run {
            Some(run) => splits::views::part_of(conn, coop, run, &place.here.member()?.member)?,
            None => None,
        };
        Ok((who(conn, coop, &receipt.recorded_by)?, receipt, stamp, run, mine))
    };
    let (place, (recorded_by, receipt, stamp, run, mine)) = look(&hall, &slug, Whom::Members, read).await?;
    let rows = run.as_ref().map(|run| splits::web::rows(&place, run)).transpose()?.unwrap_or_default();
    let chart = run.as_ref().map(|run| chart(&place, run, mine)).transpose()?;
    let frame = place.frame(&hall, format!("Receipt {number}"));
    let waits = stamp.class == "open";
    let mine = mine.map(|minor| place.money(minor));
    page(&OnePage { frame, receipt, stamp, recorded_by, rows, chart, waits, mine, place }, Default::default())
}

/// From the receipt to what members got, the reader's part apart from the others'.
///
/// # Errors
/// When the stored split makes no sense.
pub fn chart(place: &Place, run: &splits::Run, mine: Option<i64>) -> Result<Chart> {
    let (costs, reserve, rest) = splits::views::parts(run)?;
    let bar = |label: &str, value| Bar { label: label.to_owned(), value };
    let mut parts = vec![bar("Running costs", costs), bar("Strike and solidarity reserve", reserve)];
    match mine {
        Some(mine) => parts.extend([bar("Other contributors", rest.saturating_sub(mine)), bar("My part", mine)]),
        None => parts.push(bar("Contributors", rest)),
    }
    let title = format!("Receipt {}: where {} went", run.receipt, place.money(run.amount));
    let words: Vec<String> = parts.iter().map(|part| format!("{} {}", place.money(part.value), part.label)).collect();
    let description = format!("{} came in. {}.", place.money(run.amount), words.join(", "));
    let caption = Caption { id: "receipt", title: &title, description: &description, across: "What became of it", unit: place.currency.code(), decimals: place.currency.exponent() };
    Ok(waterfall(&caption, &bar("Came in", run.amount), &parts))
}
