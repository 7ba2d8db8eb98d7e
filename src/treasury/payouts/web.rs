//! Pages of payment lists for the two people who make and release them, and the page on which a
//! member says where to be paid.

use super::{Details, Method, Payment, Payout, Preview, Verdict, release_act};
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::platform::db::{Conn, Tx};
use crate::platform::web::charts::{Bar, Caption, Chart, share_bar};
use crate::platform::web::{Answer, Fields, Frame, Hall, attachment, page};
use crate::treasury::ledger::{self, Account};
use crate::treasury::people::who;
use crate::treasury::web::{Leaf, Place, Turn, Waiting, Whom, look, ruling, settle, shows, stand};
use actix_web::web::{Path, Query};
use askama::Template;

type Stamp = (&'static str, &'static str);

#[derive(Template)]
#[template(path = "payouts/list.html")]
struct ListPage {
    frame: Frame,
    place: Place,
    form: Fields,
    rows: Vec<(Payout, Stamp)>,
    turn: Turn,
    next: Preview,
    bank: i64,
}

#[derive(Template)]
#[template(path = "payouts/one.html")]
struct OnePage {
    frame: Frame,
    place: Place,
    form: Fields,
    payout: Payout,
    stamp: Stamp,
    /// Member number, where to, how much.
    rows: Vec<(i64, String, String)>,
    changed: usize,
    chart: Option<Chart>,
    facts: Vec<(String, String)>,
    mine: bool,
}

#[derive(Template)]
#[template(path = "payouts/details.html")]
struct DetailsPage {
    frame: Frame,
    place: Place,
    form: Fields,
    now: Option<String>,
}

#[derive(Template)]
#[template(path = "payouts/check.html")]
struct CheckPage {
    frame: Frame,
    place: Place,
    form: Fields,
    facts: Vec<(String, String)>,
}

fn stamp(payout: &Payout) -> Stamp {
    match payout.verdict {
        None => ("waiting", "Listed"),
        Some(Verdict::Released) => ("paid", "Released"),
        Some(Verdict::Discarded) => ("withdrawn", "Discarded"),
    }
}

async fn list_page(hall: &Hall, slug: &str, leaf: Leaf, form: Fields) -> Answer {
    let (offset, limit) = leaf.span();
    let read = move |conn: &mut Conn, place: &Place| {
        let coop = &place.here.coop.id;
        Ok((super::lists(conn, coop, offset, limit)?, super::preview(conn, coop)?, ledger::balance(conn, coop, &Account::Bank)?))
    };
    let (place, (lists, next, bank)) = look(hall, slug, Whom::Officers, read).await?;
    let mut rows: Vec<_> = lists.into_iter().map(|payout| (stamp(&payout), payout)).map(|(stamp, payout)| (payout, stamp)).collect();
    let (turn, status) = (leaf.cut(&mut rows), form.status());
    page(&ListPage { frame: place.frame(hall, "Payments").of_form(&form), place, form, rows, turn, next, bank }, status)
}

/// Payment lists, newest first, and what the next one would hold.
pub async fn list(hall: Hall, slug: Path<String>, leaf: Query<Leaf>) -> Answer {
    list_page(&hall, &slug, *leaf, Fields::empty()).await
}

/// Lists what is owed.
pub async fn make(hall: Hall, slug: Path<String>, form: Fields) -> Answer {
    let (coop, to) = (stand(&hall, &slug, Whom::Treasurers).await?.here.coop.id, slug.clone());
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::list(tx, actor, &coop).map(|number| format!("/c/{to}/payouts/{number}"));
    settle(hall.act(&form, verb).await, form, async |form| list_page(&hall, &slug, Leaf::FIRST, form).await).await
}

/// What a list's page shows besides it.
struct Seen {
    payments: Vec<Payment>,
    changed: usize,
    act: Digest,
    listed_by: String,
    ruled_by: Option<String>,
}

fn seen(conn: &mut Conn, place: &Place, payout: &Payout) -> Result<Seen> {
    let coop = &place.here.coop.id;
    let (payments, changed) = super::payments(conn, coop, payout)?;
    let ruled_by = payout.ruled_by.as_ref().map(|member| who(conn, coop, member)).transpose()?;
    Ok(Seen { payments, changed, act: release_act(conn, coop, payout)?, listed_by: who(conn, coop, &payout.listed_by)?, ruled_by })
}

async fn one_page(hall: &Hall, slug: &str, number: i64, form: Fields) -> Answer {
    let read = move |conn: &mut Conn, place: &Place| {
        let payout = super::find(conn, &place.here.coop.id, number)?;
        Ok((seen(conn, place, &payout)?, payout))
    };
    let (place, (seen, payout)) = look(hall, slug, Whom::Officers, read).await?;
    let status = form.status();
    let form = shows(form, &seen.act);
    let rows = seen.payments.iter().map(|payment| (payment.member, payment.details.masked(), place.figure(payment.amount))).collect();
    let (frame, facts, mine) = (place.frame(hall, format!("Payment list {number}")).of_form(&form), facts(&place, &payout, &seen), place.is_me(&payout.listed_by));
    page(&OnePage { frame, form, stamp: stamp(&payout), rows, changed: seen.changed, chart: chart(&place, &seen.payments), facts, mine, payout, place }, status)
}

/// By which way the money goes.
fn chart(place: &Place, payments: &[Payment]) -> Option<Chart> {
    let of = |method: Method| payments.iter().filter(|p| p.details.method == method).fold(0_i64, |sum, p| sum.saturating_add(p.amount));
    let bars: Vec<Bar> = Method::ALL.iter().map(|method| Bar { label: method.to_string(), value: of(*method) }).collect();
    let words: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.label, place.money(bar.value))).collect();
    let description = format!("{}.", words.join(", "));
    let caption = Caption { id: "ways", title: "By which way it goes", description: &description, across: "Way", unit: place.currency.code(), decimals: place.currency.exponent() };
    (!payments.is_empty()).then(|| share_bar(&caption, &bars))
}

fn facts(place: &Place, payout: &Payout, seen: &Seen) -> Vec<(String, String)> {
    let zone = &place.here.coop.zone;
    let mut rows = vec![("Sum", place.money(payout.total)), ("Listed", format!("{} by {}", payout.at.long(zone), seen.listed_by))];
    rows.extend(ruling(zone, stamp(payout).1, payout.ruled_at, seen.ruled_by.as_ref(), payout.reason.as_ref()));
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One payment list.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    one_page(&hall, &slug, number, Fields::empty()).await
}

/// Releases a list, with the password given for exactly it.
pub async fn release(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let at = Waiting::find(&hall, path, "payouts").await?;
    at.release(&hall, form, super::release, async |form| one_page(&hall, &at.slug, at.number, form).await).await
}

/// Discards a list, with the reason.
pub async fn discard(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let at = Waiting::find(&hall, path, "payouts").await?;
    at.discard(&hall, form, super::discard, async |form| one_page(&hall, &at.slug, at.number, form).await).await
}

/// The file for the bank of a released list.
pub async fn file(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, number) = path.into_inner();
    let (place, file) = look(&hall, &slug, Whom::Officers, move |conn, place| super::file(conn, &place.here.coop.id, number)).await?;
    attachment(&format!("{}-payments-{number}.csv", place.slug()), "text/csv; charset=utf-8", file)
}

async fn details_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (place, now) = look(hall, slug, Whom::EverMembers, |conn, place| super::details(conn, &place.here.coop.id, place.reader()?)).await?;
    let status = form.status();
    let frame = place.frame(hall, "Where I am paid").of_form(&form);
    page(&DetailsPage { frame, place, form, now: now.map(|details| details.masked()) }, status)
}

/// Where the reader is paid, and the form to change it.
pub async fn details(hall: Hall, slug: Path<String>) -> Answer {
    details_page(&hall, &slug, Fields::empty().with("method", Method::Bank.word())).await
}

fn typed(form: &mut Fields) -> Option<Details> {
    let method = form.word("method", "how you want to be paid", Method::parse);
    let (holder, number) = (form.line("holder", "Name on the account", 70), form.line("number", "Number", 60));
    if !form.is_fine() {
        return None;
    }
    match Details::read(method?, &holder, &number) {
        Ok(details) => Some(details),
        Err(refusal) => {
            form.refuse(crate::error::Refusal::field(&refusal).unwrap_or(""), refusal.to_string());
            None
        }
    }
}

/// Shows payment details again to be checked or, with the password given for them, keeps them.
pub async fn set_details(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    let place = stand(&hall, &slug, Whom::EverMembers).await?;
    let details = typed(&mut form);
    let (Some(details), false) = (details, form.value("step") == "change") else { return details_page(&hall, &slug, form).await };
    if form.value("step") != "set" {
        return check_page(&hall, place, &details, form);
    }
    let (coop, to, set) = (place.here.coop.id.clone(), slug.clone(), details.clone());
    let verb = move |tx: &mut Tx<'_>, actor: &Actor| super::set_details(tx, actor, &coop, &set).map(|()| format!("/c/{to}/earnings"));
    settle(hall.confirmed_act(&form, verb).await, form, async |form| check_page(&hall, place, &details, form)).await
}

fn check_page(hall: &Hall, place: Place, details: &Details, form: Fields) -> Answer {
    let rows = [("By", details.method.to_string()), ("Name on the account", details.holder.clone()), ("Number", details.number.clone())];
    let facts = rows.map(|(name, value)| (name.to_owned(), value)).into();
    let (status, form) = (form.status(), shows(form, &details.act()));
    page(&CheckPage { frame: place.frame(hall, "Check where you are paid").of_form(&form), place, form, facts }, status)
}
