//! The public page of the books, and the same as a file.

use super::{Books, Shared};
use crate::kernel::matter::Split;
use crate::kernel::money::percent;
use crate::platform::web::charts::{Bar, Caption, Chart, Stack, flow, stacked_bars};
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use crate::treasury::entries::Line;
use crate::treasury::ledger::export::cell;
use crate::treasury::web::{Link, Place, Whom, look};
use actix_web::web::Path;
use askama::Template;
use std::fmt::Write as _;

/// One line of the table: to whom, by which vote, how much.
pub struct Row {
    /// To whom.
    pub to: String,
    /// The vote that set it.
    pub by: Option<Link>,
    /// Minor units, written.
    pub amount: String,
}

#[derive(Template)]
#[template(path = "books/totals.html")]
struct BooksPage {
    frame: Frame,
    place: Place,
    books: Books,
    flow: Chart,
    rows: Vec<Row>,
    budgets: Option<Chart>,
    /// Name, votes, figures with their heads.
    lines: Vec<(String, Vec<Link>, [(&'static str, String); 4])>,
}

/// The public totals.
pub async fn totals(hall: Hall, slug: Path<String>) -> Answer {
    let (place, books) = look(&hall, &slug, Whom::Anybody, |conn, place| super::totals(conn, &place.here.coop.id)).await?;
    let (flow, rows, budgets) = (flow_chart(&place, &books), rows(&place, &books), budget_chart(&place, &books.budgets.iter().map(|b| (b.name.clone(), b.line)).collect::<Vec<_>>()));
    let line = |b: &super::Budget| (b.name.clone(), b.votes.iter().map(|n| place.vote(*n)).collect(), [("Voted", b.line.voted), ("Spent", b.line.spent), ("Waiting", b.line.waiting), ("Left", b.line.left())].map(|(head, minor)| (head, place.figure(minor))));
    let lines = books.budgets.iter().map(line).collect();
    page(&BooksPage { frame: place.frame(&hall, "Books"), flow, rows, budgets, lines, books, place }, Default::default())
}

/// The same totals as CSV.
pub async fn csv(hall: Hall, slug: Path<String>) -> Answer {
    let (place, books) = look(&hall, &slug, Whom::Anybody, |conn, place| super::totals(conn, &place.here.coop.id)).await?;
    let mut out = "what,decided_by_proposal,amount,currency\r\n".to_owned();
    for (to, by, minor) in movements(&books) {
        let by = by.map_or_else(String::new, |number| number.to_string());
        let _ = write!(out, "{},{by},{},{}\r\n", cell(&to), place.currency.plain(minor), place.currency);
    }
    attachment(&format!("{}-books.csv", place.slug()), "text/csv; charset=utf-8", out)
}

/// Where money came from and went, each with the number of the vote that set it.
fn movements(books: &Books) -> Vec<(String, Option<i64>, i64)> {
    let mut all = vec![("Payments for licences".to_owned(), None, books.received)];
    let mut more = |what: &str, minor: i64| if minor != 0 { all.push((what.to_owned(), None, minor)) };
    more("Paid back to buyers", books.refunded.saturating_neg());
    more("There before these books", books.opening);
    for shared in &books.shared {
        let rest = shared.amount.saturating_sub(shared.costs).saturating_sub(shared.reserve);
        let part = |what: &str, bp, minor| (format!("{what}, {}", percent(bp)), Some(shared.proposal), minor);
        all.push(part("Running costs", shared.split.costs_bp, shared.costs));
        all.push(part("Strike and solidarity reserve", shared.split.reserve_bp, shared.reserve));
        all.push((format!("Contributors, {}", by_parts(&shared.split)), Some(shared.proposal), rest));
    }
    all.push(("Not shared out yet".to_owned(), None, books.now.unsplit));
    all
}

/// The rule of a split's parts in words: `40% equal part, 60% by words`.
#[must_use]
pub fn by_parts(split: &Split) -> String {
    let parts: Vec<String> = split.parts.iter().filter(|(_, bp)| **bp > 0).map(|(by, bp)| format!("{} {}", percent(*bp), by.phrase())).collect();
    parts.join(", ")
}

fn rows(place: &Place, books: &Books) -> Vec<Row> {
    let shared = |s: &Shared| {
        let rest = s.amount.saturating_sub(s.costs).saturating_sub(s.reserve);
        let row = |to: String, minor| Row { to, by: Some(place.vote(s.proposal)), amount: place.figure(minor) };
        [
            row(format!("Running costs, {}", percent(s.split.costs_bp)), s.costs),
            row(format!("Strike and solidarity reserve, {}", percent(s.split.reserve_bp)), s.reserve),
            row(format!("Contributors: {}", by_parts(&s.split)), rest),
        ]
    };
    books.shared.iter().flat_map(shared).collect()
}

fn flow_chart(place: &Place, books: &Books) -> Chart {
    let bar = |label: &str, value| Bar { label: label.to_owned(), value };
    let now = &books.now;
    let groups = [
        vec![bar("Contributors, sent", books.sent), bar("Contributors, waiting to be sent", now.members)],
        vec![bar("Costs, spent", books.spent), bar("Costs, set aside", now.costs)],
        vec![bar("Strike and solidarity reserve", now.reserve)],
        vec![bar("Not shared out yet", now.unsplit)],
    ];
    let description = format!(
        "{} came in. {} went to contributors, of which {} was sent; {} to running costs; {} to the reserve; {} is not shared out yet.",
        place.money(books.came_in()),
        place.money(books.to_members()),
        place.money(books.sent),
        place.money(now.costs.saturating_add(books.spent)),
        place.money(now.reserve),
        place.money(now.unsplit)
    );
    let title = format!("Where {} went", place.money(books.came_in()));
    let caption = Caption { id: "flow", title: &title, description: &description, across: "What became of it", unit: place.currency.code(), decimals: place.currency.exponent() };
    flow(&caption, "Came in", &groups)
}

/// Used and left of budget lines.
#[must_use]
pub fn budget_chart(place: &Place, lines: &[(String, Line)]) -> Option<Chart> {
    if lines.is_empty() {
        return None;
    }
    let stack = |(name, line): &(String, Line)| Stack { label: name.clone(), values: vec![line.spent, line.waiting, line.left()] };
    let stacks: Vec<Stack> = lines.iter().map(stack).collect();
    let description = "For each budget line what was spent, what waits for a second person, and what is left of the sum members voted for.";
    let caption = Caption { id: "budgets", title: "Budget lines", description, across: "Line", unit: place.currency.code(), decimals: place.currency.exponent() };
    Some(stacked_bars(&caption, &["Spent", "Waiting", "Left"].map(str::to_owned), &stacks))
}
