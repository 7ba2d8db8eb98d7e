//! The ledger as members read it: whole transactions, newest first, each line with what its account
//! held afterwards; and the same as files.

use super::{Account, Posted, export, rules};
use crate::error::Result;
use crate::kernel::digest::hex;
use crate::kernel::ids::{Id as _, TransactionId};
use crate::kernel::time::{DAY, Timestamp};
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use crate::treasury::web::{Link, Place, Whom, look};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Transactions on one page.
const PAGE: i64 = 20;

/// Where a page begins.
#[derive(Deserialize)]
pub struct From {
    before: Option<String>,
}

struct Entry {
    iso: String,
    day: String,
    memo: String,
    by: Option<Link>,
    lines: Vec<Line>,
}

struct Line {
    account: String,
    debit: String,
    credit: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "ledger/pages.html")]
struct LedgerPage {
    frame: Frame,
    place: Place,
    entries: Vec<Entry>,
    older: String,
    newer: String,
    span: String,
}

/// One page of the ledger.
pub async fn pages(hall: Hall, slug: Path<String>, query: Query<From>) -> Answer {
    let before = query.before.as_deref().and_then(place_of);
    let is_first = before.is_none();
    let read = move |conn: &mut _, place: &Place| super::newest(conn, &place.here.coop.id, before.as_ref(), PAGE);
    let (place, (rows, stood)) = look(&hall, &slug, Whom::Members, read).await?;
    let older = rows.first().map(|first| format!("?before={}.{}.{}", first.at.0, first.kind, first.id)).filter(|_| rows.chunk_by(|a, b| a.id == b.id).count() >= usize::try_from(PAGE).unwrap_or(0));
    let entries = entries(&place, &rows, stood);
    let span = match (entries.first(), entries.last()) {
        (Some(newest), Some(oldest)) => format!("{} to {}", oldest.day, newest.day),
        _ => String::new(),
    };
    let newer = if is_first { String::new() } else { format!("/c/{}/ledger", place.slug()) };
    page(&LedgerPage { frame: place.frame(&hall, "Ledger"), entries, older: older.unwrap_or_default(), newer, span, place }, Default::default())
}

/// `1772442000000000.run.0190a0b0-..`: an instant, a kind and a transaction.
fn place_of(text: &str) -> Option<(Timestamp, String, TransactionId)> {
    let (at, rest) = text.split_once('.')?;
    let (kind, id) = rest.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), kind.to_owned(), TransactionId::parse(id)?))
}

/// Transactions, newest first, from postings in the order of time and where their accounts stood before.
fn entries(place: &Place, rows: &[Posted], mut stood: BTreeMap<String, i64>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = rows.chunk_by(|a, b| a.id == b.id).filter_map(|rows| entry(place, rows, &mut stood)).collect();
    entries.reverse();
    entries
}

fn entry(place: &Place, rows: &[Posted], stood: &mut BTreeMap<String, i64>) -> Option<Entry> {
    let first = rows.first()?;
    let mut joined: Vec<(&str, i64, usize)> = Vec::new();
    for row in rows {
        let account = rules::joint(&row.account);
        match joined.iter_mut().find(|(known, ..)| *known == account) {
            Some((_, sum, count)) => (*sum, *count) = (sum.saturating_add(row.amount), *count + 1),
            None => joined.push((account, row.amount, 1)),
        }
    }
    let mut line = |(account, amount, count): (&str, i64, usize)| {
        let balance = stood.entry(account.to_owned()).or_insert(0);
        *balance = balance.saturating_add(amount);
        let size = place.figure(amount.saturating_abs());
        let (debit, credit) = if amount > 0 { (size, String::new()) } else { (String::new(), size) };
        Line { account: phrase(account, count), debit, credit, balance: place.figure(balance.saturating_abs()) }
    };
    let lines = joined.into_iter().map(&mut line).collect();
    Some(Entry { iso: first.at.iso(), day: place.day(first.at), memo: first.memo.clone(), by: first.proposal.map(|number| place.vote(number)), lines })
}

fn phrase(account: &str, count: usize) -> String {
    match (Account::parse(account), count) {
        (Some(account), _) => account.phrase(),
        (None, 1) => "one contributor's account".to_owned(),
        (None, count) => format!("{count} contributors' accounts"),
    }
}

/// A secret of this hall for this cooperative, so that marks in files tell nobody who is who.
fn salt(hall: &Hall, place: &Place) -> Result<String> {
    Ok(hex(&hall.app.secrets.derive(&format!("ledger export {}", place.here.coop.id))?))
}

/// All postings as CSV.
pub async fn csv(hall: Hall, slug: Path<String>) -> Answer {
    let (place, rows) = look(&hall, &slug, Whom::Members, |conn, place| super::everything(conn, &place.here.coop.id)).await?;
    let text = export::csv(&rows, &place.here.coop.zone, &salt(&hall, &place)?);
    attachment(&format!("{}-ledger.csv", place.slug()), "text/csv; charset=utf-8", text)
}

/// All postings in Beancount's language.
pub async fn beancount(hall: Hall, slug: Path<String>) -> Answer {
    let (place, rows) = look(&hall, &slug, Whom::Members, |conn, place| super::everything(conn, &place.here.coop.id)).await?;
    let zone = &place.here.coop.zone;
    // A balance is asserted at the start of a day, so the day after the last posting.
    let until = rows.last().map_or_else(|| hall.now(), |last| last.at).plus(DAY).date(zone);
    let text = export::beancount(&rows, &place.here.coop.name, &until, zone, &salt(&hall, &place)?);
    attachment(&format!("{}-ledger.beancount", place.slug()), "text/plain; charset=utf-8", text)
}
