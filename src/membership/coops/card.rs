//! A member's card: who it is, what happened to their standing, and what may be done about it.

use super::conduct::{self, Event};
use super::rules::{Role, Standing, State};
use super::store::MemberRow;
use super::{Here, people, standing};
use crate::error::{NotFound, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::{Conn, Tx};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// One line of the history; the reason only for whom it concerns and for officers.
struct Line {
    at: Timestamp,
    effective_at: Timestamp,
    what: String,
    by: i64,
    reason: Option<String>,
}

/// What the reader may do about this member.
#[derive(Default)]
struct May {
    suspend: bool,
    propose: bool,
    second: bool,
    reinstate: bool,
    rule: bool,
    appeal: bool,
    offices: bool,
    leave: bool,
}

#[derive(Template)]
#[template(path = "coops/card.html")]
struct CardPage {
    frame: Frame,
    form: Fields,
    here: Here,
    row: MemberRow,
    state: State,
    own: bool,
    /// Each office, and whether the member holds it.
    offices: Vec<(Role, bool)>,
    /// The offices held, as words with commas.
    held: String,
    lines: Vec<Line>,
    may: May,
}

impl CardPage {
    /// The colour and word of the stamp.
    const fn stamp(&self) -> (&'static str, &'static str) {
        match self.state {
            State::Active => ("kept", "Member"),
            State::Waiting => ("waiting", "Votes later"),
            State::Suspended => ("refused", "Suspended"),
            State::Gone => ("closed", "Not a member"),
        }
    }

    /// Where an act on this member is sent.
    fn address(&self, act: &str) -> String {
        format!("/c/{}/members/{}/{act}", self.here.coop.slug, self.row.number)
    }
}

struct Card {
    here: Here,
    row: MemberRow,
    state: State,
    roles: Vec<Role>,
    history: Vec<Event>,
    numbers: Vec<i64>,
}

fn read(conn: &mut Conn, actor: &Actor, slug: &str, number: i64, now: Timestamp) -> Result<Card> {
    let here = super::enter(conn, actor, slug, now)?;
    let reader = here.ever()?;
    // Whoever is gone sees their own card and nobody else's.
    if here.standing.is_none() && reader.number != number {
        return Err(NotFound.into());
    }
    let coop = here.coop.id.clone();
    let row = people::row(conn, &coop, number)?;
    let history = standing::history(conn, &coop, &row.id)?;
    let state = standing::state_of(&history, row.votes_from, now);
    let roles = people::holders(conn, &coop)?.into_iter().filter(|(member, _)| *member == row.id).map(|(_, role)| role).collect();
    let numbers = history.iter().map(|event| people::number_of(conn, &coop, &event.by)).collect::<Result<_>>()?;
    Ok(Card { here, row, state, roles, history, numbers })
}

fn may(reader: &Standing, member: &MemberId, state: State, history: &[Event], now: Timestamp) -> May {
    let (steward, officer) = (reader.may(Role::Steward), reader.is_in() && !reader.roles.is_empty());
    let (by, own) = (&reader.member, reader.member == *member);
    May {
        suspend: steward && conduct::may_suspend(by, member, state).is_ok(),
        propose: steward && conduct::may_propose(by, member, state, history, now).is_ok(),
        second: officer && conduct::may_second(by, member, history, now).is_ok(),
        reinstate: steward && conduct::may_reinstate(by, member, state).is_ok(),
        rule: officer && conduct::may_rule(by, member, history).is_ok(),
        appeal: own && conduct::may_appeal(history, now).is_ok(),
        offices: steward && !matches!(state, State::Suspended | State::Gone),
        leave: own && state != State::Gone && conduct::may_leave(history).is_ok(),
    }
}

async fn card_page(hall: &Hall, slug: &str, number: i64, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let card = hall.app.db.read(move |conn| read(conn, &actor, &slug, number, now)).await?;
    let reader = card.here.ever()?;
    let own = reader.member == card.row.id;
    let may = may(reader, &card.row.id, card.state, &card.history, now);
    let reasons = own || !reader.roles.is_empty();
    let line = |(event, by): (Event, i64)| Line {
        at: event.at,
        effective_at: event.effective_at,
        what: event.kind.phrase().to_owned(),
        by,
        reason: reasons.then_some(event.reason),
    };
    let lines = card.history.into_iter().zip(card.numbers).rev().map(line).collect();
    let offices = Role::ALL.iter().map(|role| (*role, card.roles.contains(role))).collect();
    let held = card.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let status = form.status();
    let frame = hall.frame(format!("Member no. {number}")).in_coop(&card.here, "members").of_form(&form);
    page(&CardPage { frame, form, here: card.here, row: card.row, state: card.state, own, offices, held, lines, may }, status)
}

/// A member's card; for members, and one's own for whoever is gone.
pub async fn card(hall: Hall, path: Path<(String, i64)>) -> Answer {
    hall.account()?;
    let (slug, number) = path.into_inner();
    card_page(&hall, &slug, number, Fields::empty()).await
}

/// One act about one member, with its reason in writing.
async fn act_on(hall: Hall, path: Path<(String, i64)>, mut form: Fields, verb: impl Fn(&mut Tx<'_>, &Actor, &CoopId, i64, &str) -> Result<()> + Send + 'static) -> Answer {
    hall.account()?;
    let (slug, number) = path.into_inner();
    let here = hall.here(&slug).await?;
    here.ever()?;
    let reason = form.text("reason", "Your reason, which the member will read", 2_000);
    if !form.is_fine() {
        return card_page(&hall, &slug, number, form).await;
    }
    let (coop, location) = (here.coop.id, format!("/c/{slug}/members/{number}"));
    match hall.act(&form, move |tx, actor| verb(tx, actor, &coop, number, &reason).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            card_page(&hall, &slug, number, form).await
        }
    }
}

/// Suspends.
pub async fn suspend(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    act_on(hall, path, form, standing::suspend).await
}

/// Lifts a suspension.
pub async fn reinstate(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    act_on(hall, path, form, standing::reinstate).await
}

/// Proposes to put the member out, or agrees to it as the second officer.
pub async fn expel(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let second = form.value("step") == "second";
    act_on(hall, path, form, if second { standing::second_expulsion } else { standing::propose_expulsion }).await
}

/// Appeals, on one's own card.
pub async fn appeal(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    act_on(hall, path, form, |tx, actor, coop, number, words| {
        if super::ever(tx, actor, coop)?.number == number { standing::appeal(tx, actor, coop, words) } else { Err(NotFound.into()) }
    })
    .await
}

/// Rules on an appeal.
pub async fn rule(hall: Hall, path: Path<(String, i64)>, form: Fields) -> Answer {
    let uphold = form.value("verdict") == "uphold";
    act_on(hall, path, form, move |tx, actor, coop, number, reason| standing::rule_appeal(tx, actor, coop, number, uphold, reason)).await
}
