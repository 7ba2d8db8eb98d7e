//! Lists of negotiations: the cooperative's, for its members, and a buyer's own.

use super::deal::{self, Deal};
use super::rules::{Side, State};
use super::sight::{stamp, waits_for};
use super::store;
use crate::bargaining::buyers::{self, Agent};
use crate::error::Result;
use crate::kernel::ids::{AccountId, CoopId};
use crate::kernel::money::Currency;
use crate::kernel::time::{Timestamp, Zone};
use crate::membership::coops::{self, Coop, Here};
use crate::platform::db::Conn;
use crate::platform::web::charts::{Bar, Caption, Chart, bars};
use crate::platform::web::{Answer, Frame, Hall, page};
use actix_web::web::{Path, Query};
use askama::Template;
use diesel::Queryable;
use serde::Deserialize;

/// One negotiation in a list.
pub struct Row {
    /// Where it is.
    pub link: String,
    /// Its number.
    pub number: i64,
    /// The other party's name, or the cooperative's for a buyer.
    pub party: String,
    /// The corpus.
    pub corpus: String,
    /// The sum on the table.
    pub sum: String,
    /// How far it has come.
    pub state: State,
    /// The stamp's class.
    pub stamp: &'static str,
    /// Whether the reader's side has the word.
    pub waits: bool,
    /// When something last changed on the table.
    pub when: String,
}

fn row(deal: &Deal, coop: &Coop, side: Side, now: Timestamp) -> Row {
    let (what, latest, state) = (&deal.what, &deal.latest, deal.state(now));
    Row {
        link: format!("/c/{}/deals/{}", coop.slug, what.number),
        number: what.number,
        party: if side == Side::Buyer { coop.name.clone() } else { what.buyer.name.clone() },
        corpus: format!("{}, revision {}", what.corpus_name, what.revision_number),
        sum: latest.currency.show(latest.total),
        state,
        stamp: stamp(state),
        waits: waits_for(deal, now) == Some(side),
        when: latest.at.day(&coop.zone),
    }
}

#[derive(Template)]
#[template(path = "offers/deals.html")]
struct DealsPage {
    frame: Frame,
    here: Here,
    rows: Vec<Row>,
    waiting: usize,
    pipeline: Chart,
    older: Option<i64>,
}

/// Which page of the list.
#[derive(Deserialize)]
pub struct From {
    below: Option<i64>,
}

fn pipeline(rows: &[Row]) -> Chart {
    let bar = |state: &State| Bar { label: state.phrase().to_owned(), value: i64::try_from(rows.iter().filter(|row| row.state == *state).count()).unwrap_or(i64::MAX) };
    let all: Vec<Bar> = State::ALL.iter().map(bar).collect();
    let description = format!("How many of the {} negotiations listed here are in each state, from requested to licensed or withdrawn.", rows.len());
    let caption = Caption { id: "pipeline", title: "Negotiations by state", description: &description, across: "State", unit: "Negotiations", decimals: 0 };
    bars(&caption, &all)
}

/// The cooperative's negotiations.
pub async fn deals(hall: Hall, slug: Path<String>, from: Query<From>) -> Answer {
    hall.account()?;
    let (actor, now, below) = (hall.actor(), hall.now(), from.below.unwrap_or(i64::MAX));
    let read = move |conn: &mut Conn| {
        let here = coops::enter(conn, &actor, &slug, now)?;
        here.member()?;
        let deals = deal::of_coop(conn, &here.coop.id, below)?;
        Ok((here, deals))
    };
    let (here, deals) = hall.app.db.read(read).await?;
    let rows: Vec<Row> = deals.iter().map(|deal| row(deal, &here.coop, Side::Coop, now)).collect();
    let full = i64::try_from(rows.len()).is_ok_and(|len| len == store::PAGE);
    let older = rows.last().filter(|_| full).map(|row| row.number);
    let (waiting, pipeline) = (rows.iter().filter(|row| row.waits).count(), pipeline(&rows));
    let frame = hall.frame("Deals").in_coop(&here, "deals");
    page(&DealsPage { frame, here, rows, waiting, pipeline, older }, Default::default())
}

/// A licence in a buyer's list.
#[derive(Clone, Debug, Queryable)]
pub struct Held {
    /// The cooperative's name in addresses, and its name.
    pub coop: (String, String),
    /// The corpus.
    pub corpus: String,
    /// Its number there.
    pub number: i64,
    /// What it cost.
    pub total: i64,
    /// In this currency.
    pub currency: Currency,
    /// When it ends.
    pub ends_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Held {
    /// The price, for people.
    #[must_use]
    pub fn sum(&self) -> String {
        self.currency.show(self.total)
    }
}

#[derive(Template)]
#[template(path = "buyers/home.html")]
struct HomePage {
    frame: Frame,
    agent: Option<Agent>,
    rows: Vec<Row>,
    waiting: usize,
    licences: Vec<Held>,
    now: Timestamp,
    zone: Zone,
}

/// The home of a buyer's people: what waits, negotiations, licences.
pub async fn home(hall: Hall) -> Answer {
    let (account, now) = (hall.account()?, hall.now());
    let read = move |conn: &mut Conn| {
        let Some(agent) = buyers::acting(conn, &account)? else { return Ok((None, Vec::new(), Vec::new())) };
        let (rows, licences) = (of_buyer(conn, &agent, now)?, store::licences_of(conn, &agent.buyer.id)?);
        Ok((Some(agent), rows, licences))
    };
    let (agent, rows, licences) = hall.app.db.read(read).await?;
    let waiting = rows.iter().filter(|row| row.waits).count();
    page(&HomePage { frame: hall.frame("Buying"), agent, rows, waiting, licences, now, zone: Zone::utc() }, Default::default())
}

fn of_buyer(conn: &mut Conn, agent: &Agent, now: Timestamp) -> Result<Vec<Row>> {
    let deals = deal::of_buyer(conn, &agent.buyer.id)?;
    deals.iter().map(|deal| Ok(row(deal, &coops::coop(conn, &deal.what.coop)?, Side::Buyer, now))).collect()
}

/// What waits for somebody who acts for a buyer: cooperative, link, since when.
///
/// # Errors
/// When the database does.
pub fn waiting_for_buyer(conn: &mut Conn, account: &AccountId, now: Timestamp) -> Result<Vec<(String, String, Timestamp)>> {
    let Some(agent) = buyers::acting(conn, account)? else { return Ok(Vec::new()) };
    let mut waiting = Vec::new();
    for deal in deal::of_buyer(conn, &agent.buyer.id)?.into_iter().filter(|deal| waits_for(deal, now) == Some(Side::Buyer)) {
        let coop = coops::coop(conn, &deal.what.coop)?;
        waiting.push((coop.name, format!("/c/{}/deals/{}", coop.slug, deal.what.number), deal.latest.at));
    }
    Ok(waiting)
}

/// Negotiations in which the cooperative has the word: number, buyer, how far, since when.
///
/// # Errors
/// When the database does.
pub fn waiting_for_coop(conn: &mut Conn, coop: &CoopId, now: Timestamp) -> Result<Vec<(i64, String, State, Timestamp)>> {
    let deals = deal::of_coop(conn, coop, i64::MAX)?;
    let row = |deal: Deal| (deal.what.number, deal.what.buyer.name.clone(), deal.state(now), deal.latest.at);
    Ok(deals.into_iter().filter(|deal| waits_for(deal, now) == Some(Side::Coop)).map(row).collect())
}
