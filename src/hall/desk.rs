//! The desk: every queue of a cooperative, what may go wrong, and how its membership grew.

use super::tasks::{self, Place, QUEUES, Task};
use crate::assembly::proposals::tally;
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::membership::coops::{self, Here, Refusal, Role, people};
use crate::platform::db::Conn;
use crate::platform::db::schema::{cancellations, jobs, members, notices, proposals};
use crate::platform::outbox;
use crate::platform::web::charts::{Caption, Chart, Line, Point, line};
use crate::platform::web::{Answer, Frame, Hall, page};
use actix_web::web::Path;
use askama::Template;
use diesel::prelude::*;

/// One queue with what stands in it.
struct Queue {
    name: &'static str,
    tasks: Vec<Task>,
}

#[derive(Template)]
#[template(path = "hall/desk.html")]
struct DeskPage {
    frame: Frame,
    waiting: usize,
    mine: usize,
    queues: Vec<Queue>,
    alarms: Vec<Alarm>,
    mail: outbox::State,
    growth: Chart,
    now: Timestamp,
}

/// Something that may go wrong if nobody acts.
struct Alarm {
    words: String,
    link: String,
}

/// Votes that close within two days and have not reached their quorum.
fn short_of_quorum(conn: &mut Conn, here: &Here, now: Timestamp) -> Result<Vec<Alarm>> {
    type Row = (ProposalId, i64, i64, i64, Timestamp);
    let soon: Vec<Row> = notices::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(notices::coop_id).and(proposals::id.eq(notices::proposal_id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(notices::coop_id).and(cancellations::proposal_id.eq(notices::proposal_id))))
        .filter(notices::coop_id.eq(&here.coop.id).and(cancellations::at.is_null()))
        .filter(notices::opens_at.le(now).and(notices::closes_at.gt(now)).and(notices::closes_at.le(now.plus(2 * DAY))))
        .order(notices::closes_at)
        .select((notices::proposal_id, proposals::number, notices::roll_count, notices::quorum_bp, notices::closes_at))
        .load(conn)?;
    let mut alarms = Vec::new();
    for (proposal, number, roll, quorum_bp, closes) in soon {
        let (voted, needed) = (crate::assembly::proposals::turnout(conn, &here.coop.id, &proposal)?, tally::quorum(roll, quorum_bp));
        if voted < needed {
            let words = format!("{voted} of {roll} have voted on no. {number}; {needed} needed. It closes {}.", closes.relative(now));
            alarms.push(Alarm { words, link: format!("/c/{}/proposals/{number}", here.coop.slug) });
        }
    }
    Ok(alarms)
}

/// Background work of this cooperative that was due ten minutes ago.
fn late_jobs(conn: &mut Conn, here: &Here, now: Timestamp) -> Result<Vec<Alarm>> {
    let late = jobs::table.filter(jobs::coop_id.eq(&here.coop.id).and(jobs::done_at.is_null()).and(jobs::run_at.lt(now.plus(-10 * MINUTE))));
    let count: i64 = late.count().get_result(conn)?;
    let words = format!("{count} pieces of background work are late. Whoever runs this hall has to look.");
    Ok(if count == 0 { Vec::new() } else { vec![Alarm { words, link: format!("/c/{}", here.coop.slug) }] })
}

/// Offices that too few hold for the cooperative to act.
fn thin_offices(conn: &mut Conn, here: &Here, now: Timestamp) -> Result<Vec<Alarm>> {
    let states = people::states(conn, &here.coop.id, now)?;
    let acting = |id| !matches!(states.get(id), Some(coops::State::Suspended | coops::State::Gone));
    let holders = people::holders(conn, &here.coop.id)?;
    let count = |role: Role| holders.iter().filter(|(member, held)| *held == role && acting(member)).count();
    let needs = [
        (Role::Treasurer, 2, "Money moves only by two treasurers, and fewer than two hold the office."),
        (Role::Steward, 2, "Admission takes two stewards where there are two; there is only one."),
        (Role::Scrutineer, 1, "Nobody holds the office of scrutineer: ballots are watched by nobody independent."),
    ];
    let link = format!("/c/{}/bylaws", here.coop.slug);
    Ok(needs.iter().filter(|(role, least, _)| count(*role) < *least).map(|(.., words)| Alarm { words: (*words).to_owned(), link: link.clone() }).collect())
}

/// How many were admitted by the end of each day on which somebody was.
fn growth(conn: &mut Conn, coop: &CoopId, zone: &Zone) -> Result<Chart> {
    let joined: Vec<Timestamp> = members::table.filter(members::coop_id.eq(coop)).order(members::joined_at).select(members::joined_at).load(conn)?;
    let mut points: Vec<Point> = Vec::new();
    for (value, at) in (1..).zip(joined) {
        let label = at.day(zone);
        match points.last_mut().filter(|last| last.label == label) {
            Some(last) => last.value = value,
            None => points.push(Point { at: at.seconds(), label, value }),
        }
    }
    let ends = points.iter().take(1).chain(points.iter().skip(1).last());
    let ticks: Vec<(i64, String)> = ends.map(|point| (point.at, point.label.clone())).collect();
    let caption = Caption { id: "growth", title: "Members admitted", description: "A line that rises by one with each member admitted.", across: "Day", unit: "Members", decimals: 0 };
    Ok(line(&caption, &[Line { label: "members".to_owned(), points, step: true }], &[], &ticks))
}

struct Gathered {
    here: Here,
    tasks: Vec<Task>,
    alarms: Vec<Alarm>,
    mail: outbox::State,
    growth: Chart,
}

fn gather(conn: &mut Conn, actor: &Actor, slug: &str, now: Timestamp) -> Result<Gathered> {
    let here = coops::enter(conn, actor, slug, now)?;
    let reader = here.active()?.clone();
    if reader.roles.is_empty() {
        return Err(Refusal::NeedsOffice.into());
    }
    let tasks = tasks::all(conn, &Place { coop: &here.coop, reader: &reader, now })?;
    let mut alarms = short_of_quorum(conn, &here, now)?;
    alarms.extend(late_jobs(conn, &here, now)?);
    alarms.extend(thin_offices(conn, &here, now)?);
    let mail = outbox::state(conn, Some(&here.coop.id), now.plus(-HOUR))?;
    let growth = growth(conn, &here.coop.id, &here.coop.zone)?;
    Ok(Gathered { here, tasks, alarms, mail, growth })
}

/// The desk of whoever holds an office.
pub async fn desk(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    let (actor, now) = (hall.actor(), hall.now());
    let Gathered { here, tasks, alarms, mail, growth } = hall.app.db.read(move |conn| gather(conn, &actor, &slug, now)).await?;
    let (waiting, mine) = (tasks.iter().filter(|task| !task.queue.is_empty()).count(), tasks.iter().filter(|task| task.mine).count());
    let of = |name: &'static str| Queue { name, tasks: tasks.iter().filter(|task| task.queue == name).cloned().collect() };
    let queues = QUEUES.into_iter().map(of).collect();
    let frame = hall.frame("Desk").in_coop(&here, "desk");
    page(&DeskPage { frame, waiting, mine, queues, alarms, mail, growth, now }, Default::default())
}
