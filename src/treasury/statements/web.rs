//! A member's own statement: what came in, what was taken off by which vote, what came to them and
//! what was sent, in words and numbers, for paper and as a file.

use super::rules::in_units;
use super::{Share, Statement};
use crate::error::OrNotFound as _;
use crate::kernel::money::percent;
use crate::platform::db::Conn;
use crate::platform::web::charts::{Bar, Caption, Chart, Stack, stacked_bars, waterfall};
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use crate::treasury::ledger::export::cell;
use crate::treasury::payouts::{self, Details, Verdict};
use crate::treasury::web::{Leaf, Place, Turn, Whom, look};
use actix_web::web::{Path, Query};
use askama::Template;
use std::fmt::Write as _;

/// Receipts in the picture at most.
const DRAWN: usize = 6;

#[derive(Template)]
#[template(path = "statements/mine.html")]
struct MinePage {
    frame: Frame,
    place: Place,
    statement: Statement,
    details: Option<String>,
    chart: Option<Chart>,
    shares: Vec<Share>,
    turn: Turn,
    /// List, day, stamp, amount.
    sent: Vec<(i64, String, (&'static str, &'static str), String)>,
    today: String,
}

#[derive(Template)]
#[template(path = "statements/one.html")]
struct OnePage {
    frame: Frame,
    place: Place,
    share: Share,
    steps: Vec<Step>,
    chart: Chart,
    exact: String,
    /// What else came to the reader in this run under another name.
    more: Vec<Share>,
}

/// One line of the working: what is done, and what is left.
struct Step {
    words: String,
    amount: String,
}

fn read(conn: &mut Conn, place: &Place) -> crate::error::Result<(Statement, Option<Details>)> {
    let (coop, member) = (&place.here.coop.id, place.reader()?);
    Ok((super::statement(conn, coop, member)?, payouts::details(conn, coop, member)?))
}

/// The reader's statement over everything.
pub async fn mine(hall: Hall, slug: Path<String>, leaf: Query<Leaf>) -> Answer {
    let (place, (statement, details)) = look(&hall, &slug, Whom::EverMembers, read).await?;
    let (offset, limit) = leaf.span();
    let count = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let mut shares: Vec<Share> = statement.shares.iter().skip(count(offset)).take(count(limit)).cloned().collect();
    let (turn, chart, sent) = (leaf.cut(&mut shares), chart(&place, &statement.shares), sent(&place, &statement));
    let (frame, today) = (place.frame(&hall, "My earnings"), place.day(hall.now()));
    page(&MinePage { frame, statement, details: details.map(|d| d.masked()), chart, shares, turn, sent, today, place }, Default::default())
}

fn sent(place: &Place, statement: &Statement) -> Vec<(i64, String, (&'static str, &'static str), String)> {
    let stamp = |verdict| match verdict {
        None => ("waiting", "Listed"),
        Some(Verdict::Released) => ("paid", "Sent"),
        Some(Verdict::Discarded) => ("withdrawn", "Discarded"),
    };
    statement.sent.iter().map(|s| (s.list, place.day(s.at), stamp(s.verdict), place.figure(s.amount))).collect()
}

/// The newest receipts, each cut into costs, reserve, others' part and the reader's.
fn chart(place: &Place, shares: &[Share]) -> Option<Chart> {
    let stack = |share: &Share| {
        let (working, mine) = (&share.working, share.share);
        Stack { label: format!("Receipt {}, {}", share.receipt, share.buyer), values: vec![mine, working.rest.saturating_sub(mine), working.reserve, working.costs] }
    };
    let stacks: Vec<Stack> = shares.iter().take(DRAWN).map(stack).collect();
    let words: Vec<String> = shares.iter().take(DRAWN).map(|s| format!("{} of {} from receipt {}", place.money(s.share), place.money(s.amount), s.receipt)).collect();
    let description = format!("My part: {}.", words.join("; "));
    let caption = Caption { id: "mine", title: "My part of each receipt", description: &description, across: "Receipt", unit: place.currency.code(), decimals: place.currency.exponent() };
    (!stacks.is_empty()).then(|| stacked_bars(&caption, &["My part", "Other contributors", "Reserve", "Running costs"].map(str::to_owned), &stacks))
}

/// How the reader's share of one run was worked out.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    let (slug, run) = path.into_inner();
    let (place, (statement, _)) = look(&hall, &slug, Whom::EverMembers, read).await?;
    let mut shares: Vec<Share> = statement.shares.into_iter().filter(|share| share.run == run).collect();
    shares.reverse();
    let (share, more) = (shares.pop().or_not_found()?, shares);
    let exact = in_units(&share.working.exact, place.currency.exponent());
    let (frame, chart, steps) = (place.frame(&hall, format!("My part of run {run}")), fall(&place, &share), steps(&place, &share));
    page(&OnePage { frame, steps, chart, exact, share, more, place }, Default::default())
}

fn fall(place: &Place, share: &Share) -> Chart {
    let bar = |label: &str, value| Bar { label: label.to_owned(), value };
    let working = &share.working;
    let parts = [
        bar("Running costs", working.costs),
        bar("Strike and solidarity reserve", working.reserve),
        bar("Other contributors", working.rest.saturating_sub(share.share)),
        bar("My part", share.share),
    ];
    let description = format!(
        "{} came in; {} went to running costs, {} to the reserve, {} to other contributors and {} to me.",
        place.money(share.amount),
        place.money(working.costs),
        place.money(working.reserve),
        place.money(working.rest.saturating_sub(share.share)),
        place.money(share.share)
    );
    let title = format!("From receipt {} to me", share.receipt);
    let caption = Caption { id: "fall", title: &title, description: &description, across: "Step", unit: place.currency.code(), decimals: place.currency.exponent() };
    waterfall(&caption, &bar("Came in", share.amount), &parts)
}

fn steps(place: &Place, share: &Share) -> Vec<Step> {
    let (working, split) = (&share.working, &share.split);
    let step = |words: String, minor| Step { words, amount: place.figure(minor) };
    let mut steps = vec![
        step(format!("{} paid for licence no. {}", share.buyer, share.licence), share.amount),
        step(format!("{} to running costs", percent(split.costs_bp)), working.costs.saturating_neg()),
        step(format!("{} to the strike and solidarity reserve", percent(split.reserve_bp)), working.reserve.saturating_neg()),
        step("left for contributors".to_owned(), working.rest),
    ];
    let basis = |b: &super::rules::Basis| Step { words: format!("{} of it {}: {} of {} is mine", b.part, b.by, b.mine, b.all), amount: String::new() };
    steps.extend(working.bases.iter().map(basis));
    steps
}

/// The statement as CSV: one line a share, then one line a payment.
pub async fn csv(hall: Hall, slug: Path<String>) -> Answer {
    let (place, (statement, _)) = look(&hall, &slug, Whom::EverMembers, read).await?;
    let (money, zone) = (|minor| place.currency.plain(minor), &place.here.coop.zone);
    let mut out = "what,day,run,receipt,received_on,licence,buyer,corpus,revision,split_vote,receipt_amount,costs,reserve,contributors,my_exact_part,amount,currency\r\n".to_owned();
    for s in &statement.shares {
        let (exact, w) = (in_units(&s.working.exact, place.currency.exponent()), &s.working);
        let (buyer, corpus) = (cell(&s.buyer), cell(&s.corpus));
        let _ = write!(out, "share,{},{},{},{},{},{buyer},{corpus},{},{},", s.at.date(zone), s.run, s.receipt, s.received_on, s.licence, s.revision, s.proposal);
        let _ = write!(out, "{},{},{},{},{exact},{},{}\r\n", money(s.amount), money(w.costs), money(w.reserve), money(w.rest), money(s.share), place.currency);
    }
    for s in &statement.sent {
        let what = s.verdict.map_or("listed", |verdict| if verdict == Verdict::Released { "sent" } else { "discarded" });
        let _ = write!(out, "{what} on list {},{},,,,,,,,,,,,,,{},{}\r\n", s.list, s.at.date(zone), money(s.amount), place.currency);
    }
    attachment(&format!("{}-earnings.csv", place.slug()), "text/csv; charset=utf-8", out)
}
