//! A negotiation as one reader sees it: who may look, what they may do, the picture of prices
//! against the floor, and the story of what happened.

use super::deal::{self, Acceptance, Ballot, Deal, Refused, Termination, Version};
use super::rules::{Side, State};
use crate::bargaining::buyers;
use crate::bargaining::tariffs::rules::effective;
use crate::bargaining::tariffs::{self, Floor, ModelTerms, in_force};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::money::Rate;
use crate::kernel::terms::{Change, Unit, clauses, diff};
use crate::kernel::time::{Timestamp, Zone};
use crate::membership::coops::{self, Here, Role};
use crate::platform::db::Conn;
use crate::platform::web::charts::{Caption, Chart, Line, Mark, Point, Shape, line};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// One of the buyer's people.
    Buyer {
        /// May sign.
        signatory: bool,
        /// Is also a member, and so may not act.
        conflict: bool,
    },
    /// A member.
    Member {
        /// Holds the office and is not suspended.
        negotiator: bool,
    },
}

/// A negotiation, with what is needed to show it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The cooperative.
    pub here: Here,
    /// The negotiation.
    pub deal: Deal,
    /// Who looks.
    pub reader: Reader,
    /// Every floor there was.
    pub floors: Vec<Floor>,
    /// The terms in force for this class of buyer.
    pub model: Option<ModelTerms>,
    /// When.
    pub now: Timestamp,
}

/// Lets the buyer's people and the cooperative's members look; for others there is nothing.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn look(conn: &mut Conn, actor: &Actor, slug: &str, number: i64, now: Timestamp) -> Result<Seen> {
    let here = coops::enter(conn, actor, slug, now)?;
    let account = actor.account().or_not_found()?;
    let deal = deal::numbered(conn, &here.coop.id, number)?;
    let agent = buyers::acting(conn, account)?.filter(|agent| agent.buyer.id == deal.what.buyer.id);
    let reader = match (agent, &here.standing) {
        (Some(agent), standing) => Reader::Buyer { signatory: agent.signatory, conflict: standing.is_some() },
        (None, Some(standing)) => Reader::Member { negotiator: standing.may(Role::Negotiator) },
        (None, None) => return Err(crate::error::NotFound.into()),
    };
    let floors = tariffs::history(conn, &here.coop.id)?;
    let model = tariffs::terms_at(conn, &here.coop.id, now)?.into_iter().find(|terms| terms.class == deal.what.buyer.class);
    Ok(Seen { here, deal, reader, floors, model, now })
}

/// What a reader may do next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Can {
    /// Put a version on the table.
    pub offer: bool,
    /// Sign the version on the table.
    pub accept: bool,
    /// Put the signed version to members.
    pub put: bool,
    /// End it.
    pub withdraw: bool,
    /// Issue the licence.
    pub issue: bool,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A version came onto the table, with its changes against the one before and what in it goes
    /// beyond the adopted terms.
    Version(Box<Version>, Vec<Change>, Vec<&'static str>),
    /// The floor guard refused a price.
    Refused(Refused),
    /// The buyer signed.
    Accepted(Acceptance),
    /// It was put to members.
    Put(i64),
    /// Members were no longer asked.
    Cancelled(i64, String),
    /// Members decided: number, outcome, explanation.
    Decided(i64, String, String),
    /// The agreement was noted.
    Agreed,
    /// The licence was issued.
    Licensed(i64),
    /// Somebody withdrew.
    Ended(Termination),
}

impl Seen {
    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> State {
        self.deal.state(self.now)
    }

    /// Whether the reader speaks for the buyer.
    #[must_use]
    pub const fn is_buyer(&self) -> bool {
        matches!(self.reader, Reader::Buyer { .. })
    }

    /// Whether the reader speaks for the cooperative.
    #[must_use]
    pub const fn is_negotiator(&self) -> bool {
        matches!(self.reader, Reader::Member { negotiator: true })
    }

    /// What the reader may do next.
    #[must_use]
    pub fn can(&self) -> Can {
        let (course, now, zone) = (&self.deal.course, self.now, &self.here.coop.zone);
        let (buyer, signatory) = match self.reader {
            Reader::Buyer { signatory, conflict: false } => (true, signatory),
            Reader::Buyer { .. } | Reader::Member { .. } => (false, false),
        };
        let coop = self.is_negotiator();
        Can {
            offer: (buyer || coop) && course.may_offer(now).is_ok(),
            accept: signatory && course.may_accept(now).is_ok(),
            put: coop && course.may_put(now).is_ok(),
            withdraw: (buyer || coop) && course.may_withdraw(now, zone).is_ok(),
            issue: coop && self.state() == State::Verified,
        }
    }

    /// The floors that bind the version on the table now: use, floor, least total.
    #[must_use]
    pub fn binding(&self) -> Vec<(Floor, String)> {
        let (sheet, q) = (&self.deal.latest.sheet, &self.deal.what.quantities);
        let binds = |f: &Floor| f.class == sheet.class && sheet.uses.contains(&f.purpose);
        let least = |f: &Floor| f.least(q).map_or_else(|| "too large".to_owned(), |least| f.currency.show(least));
        in_force(&self.floors, self.now).into_iter().filter(binds).map(|f| (f.clone(), least(&f))).collect()
    }

    /// The least total that all binding floors together allow now.
    #[must_use]
    pub fn least(&self) -> Option<String> {
        let latest = &self.deal.latest;
        self.least_at(self.now).map(|least| latest.currency.figure(least))
    }

    /// The sum on the table in every unit: unit, price, quantity.
    #[must_use]
    pub fn in_every_unit(&self) -> Vec<(&'static str, String, String)> {
        let (latest, q) = (&self.deal.latest, &self.deal.what.quantities);
        let floor = |unit: Unit| self.binding().iter().filter(|(f, _)| f.unit == unit).map(|(f, _)| f.rate).max().unwrap_or(Rate(0));
        let price = |unit: Unit| match latest.sheet.price.as_ref().filter(|price| price.unit == unit) {
            Some(price) => Some(price.rate),
            None => effective(latest.total, q.of(unit), floor(unit)),
        };
        let row = |unit: &Unit| Some((unit.phrase(), latest.currency.show_rate(price(*unit)?), tariffs::rules::quantity_words(q, *unit)));
        Unit::ALL.iter().filter_map(row).collect()
    }

    /// The clauses of the version on the table, each with whether it goes beyond the adopted terms.
    #[must_use]
    pub fn clauses(&self) -> Vec<(&'static str, String, bool)> {
        let beyond = self.beyond(&self.deal.latest);
        clauses(&self.deal.latest.sheet).into_iter().map(|c| (c.title, c.text, beyond.contains(&c.title))).collect()
    }

    fn beyond(&self, version: &Version) -> Vec<&'static str> {
        self.model.as_ref().map(|model| version.sheet.beyond(&model.sheet)).unwrap_or_default()
    }

    /// All that happened, the latest first.
    #[must_use]
    pub fn story(&self) -> Vec<(Timestamp, What)> {
        let deal = &self.deal;
        let mut all: Vec<(Timestamp, What)> = Vec::new();
        for (n, version) in deal.versions.iter().enumerate() {
            let before = n.checked_sub(1).and_then(|n| deal.versions.get(n));
            let changes = before.map(|old| diff(&old.sheet, &version.sheet)).unwrap_or_default();
            all.push((version.at, What::Version(Box::new(version.clone()), changes, self.beyond(version))));
        }
        all.extend(deal.refused.iter().map(|r| (r.at, What::Refused(r.clone()))));
        all.extend(deal.acceptances.iter().map(|a| (a.at, What::Accepted(a.clone()))));
        deal.ballots.iter().for_each(|ballot| all.extend(votes(ballot)));
        all.extend(deal.agreement.iter().map(|(_, _, at)| (*at, What::Agreed)));
        all.extend(deal.licence.iter().map(|(number, at, _)| (*at, What::Licensed(*number))));
        all.extend(deal.termination.iter().map(|t| (t.at, What::Ended(t.clone()))));
        // A stable sort: what happened at one instant stays in the order of the protocol.
        all.sort_by_key(|(at, _)| *at);
        all.reverse();
        all
    }

    /// Sums on the table, step by step, against the least the floor allowed at each step.
    #[must_use]
    pub fn ladder(&self) -> Chart {
        let (deal, zone) = (&self.deal, &self.here.coop.zone);
        let steps = steps(deal);
        let label = |n: usize, words: &str, at: Timestamp| format!("{}. {words}, {}", n + 1, at.day(zone));
        let point = |n: usize, words: &str, at: Timestamp, value: i64| Point { at: place(n), label: label(n, words, at), value };
        let of = |side: Side, name: &str| Line {
            label: name.to_owned(),
            points: steps.iter().enumerate().filter(|(_, s)| s.side == side && !s.refused).map(|(n, s)| point(n, &s.words, s.at, s.total)).collect(),
            step: true,
        };
        let floor = Line { label: "floor".to_owned(), points: steps.iter().enumerate().filter_map(|(n, s)| Some(point(n, &s.words, s.at, self.least_at(s.at)?))).collect(), step: true };
        let mark = |(n, s): (usize, &Step)| {
            let shape = if s.refused { Shape::Cross } else { Shape::Dot };
            let series = if s.refused { "refused, below the floor" } else { s.side.phrase() };
            Mark { point: point(n, &s.words, s.at, s.total), series: series.to_owned(), shape, words: String::new() }
        };
        let marks: Vec<Mark> = steps.iter().enumerate().map(mark).collect();
        let ticks: Vec<(i64, String)> = steps.iter().enumerate().map(|(n, s)| (place(n), s.tick.clone())).chain([(place(steps.len()), String::new())]).collect();
        let refused = steps.iter().filter(|s| s.refused).count();
        let description = format!("{} versions and {refused} refused prices, each held against the least total the floors allowed on its day. The latest is {}.", steps.len() - refused, deal.latest.currency.show(deal.latest.total));
        let caption = Caption { id: "ladder", title: "Sums on the table against the floor", description: &description, across: "Step", unit: deal.latest.currency.code(), decimals: deal.latest.currency.exponent() };
        let lines: Vec<Line> = [floor, of(Side::Coop, "cooperative"), of(Side::Buyer, "buyer")].into_iter().filter(|l| !l.points.is_empty()).collect();
        line(&caption, &lines, &marks, &ticks)
    }

    /// The greatest least total of the floors that bound the version on the table at an instant.
    fn least_at(&self, at: Timestamp) -> Option<i64> {
        let (sheet, q) = (&self.deal.latest.sheet, &self.deal.what.quantities);
        let binding = in_force(&self.floors, at).into_iter().filter(|f| f.class == sheet.class && sheet.uses.contains(&f.purpose));
        binding.filter_map(|f| f.least(q)).max()
    }
}

fn place(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn votes(ballot: &Ballot) -> Vec<(Timestamp, What)> {
    let number = ballot.number();
    let cancelled = ballot.cancelled.clone().0.zip(ballot.cancelled.1).map(|(reason, at)| (at, What::Cancelled(number, reason)));
    let (outcome, explanation, at) = ballot.decided.clone();
    let words = ballot.because.clone().or(explanation).unwrap_or_default();
    let decided = outcome.zip(at).map(|(outcome, at)| (at, What::Decided(number, outcome.replace('_', " "), words)));
    [(ballot.of.3, What::Put(number))].into_iter().chain(cancelled).chain(decided).collect()
}

/// One step of the ladder: a version, or a refused price.
struct Step {
    side: Side,
    total: i64,
    at: Timestamp,
    refused: bool,
    words: String,
    tick: String,
}

fn steps(deal: &Deal) -> Vec<Step> {
    let version = |v: &Version| Step { side: v.side, total: v.total, at: v.at, refused: false, words: format!("version {}", v.version), tick: format!("v{}", v.version) };
    let refused = |r: &Refused| Step { side: r.side, total: r.total, at: r.at, refused: true, words: "refused".to_owned(), tick: "\u{d7}".to_owned() };
    let mut steps: Vec<Step> = deal.versions.iter().map(version).chain(deal.refused.iter().map(refused)).collect();
    steps.sort_by_key(|s| s.at);
    steps
}

/// The class of the stamp that shows a state.
#[must_use]
pub const fn stamp(state: State) -> &'static str {
    match state {
        State::Requested | State::Offered => "open",
        State::Accepted => "waiting",
        State::Agreed | State::Verified => "passed",
        State::Finalized => "issued",
        State::Terminated => "withdrawn",
    }
}

/// Who has the word, for lists: both sides' people look for what waits for them.
#[must_use]
pub fn waits_for(deal: &Deal, now: Timestamp) -> Option<Side> {
    match deal.state(now) {
        State::Requested => Some(Side::Coop),
        State::Offered => Some(Side::Buyer),
        State::Accepted if deal.course.vote.is_none() => Some(Side::Coop),
        State::Verified => Some(Side::Coop),
        State::Accepted | State::Agreed | State::Finalized | State::Terminated => None,
    }
}

/// A version's end in words: until when it stands.
#[must_use]
pub fn until(version: &Version, zone: &Zone) -> String {
    version.valid_until.long(zone)
}
