//! Pages of cooperatives: the list, founding, members, applications and offices.

use super::rules::{Role, State};
use super::{ApplicationRow, Coop, Founding, Here, MemberRow, people, rulebook};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{ApplicationId, Id as _, MemberId};
use crate::kernel::matter::Bylaws;
use crate::kernel::money::Currency;
use crate::kernel::time::{Timestamp, Zone};
use crate::platform::db::Conn;
use crate::platform::web::{Answer, CoopNav, Fields, Frame, Hall, page, see_other};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

impl Frame {
    /// The same frame within a cooperative, under one of its tabs.
    #[must_use]
    pub fn in_coop(self, here: &Here, section: &'static str) -> Self {
        let standing = here.standing.as_ref();
        let nav = CoopNav {
            slug: here.coop.slug.clone(),
            name: here.coop.name.clone(),
            section,
            member: standing.is_some(),
            desk: standing.is_some_and(|s| s.is_in() && !s.roles.is_empty()),
        };
        self.within(nav, &here.coop.zone)
    }
}

impl Hall {
    /// The cooperative of this address, and how whoever asks stands in it.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is none.
    pub async fn here(&self, slug: &str) -> Result<Here> {
        let (actor, slug, now) = (self.actor(), slug.to_owned(), self.now());
        self.app.db.glance(move |conn| super::enter(conn, &actor, &slug, now)).await
    }
}

#[derive(Template)]
#[template(path = "coops/list.html")]
struct ListPage {
    frame: Frame,
    coops: Vec<(Coop, i64)>,
}

#[derive(Template)]
#[template(path = "coops/found.html")]
struct FoundPage {
    frame: Frame,
    form: Fields,
}

#[derive(Template)]
#[template(path = "coops/apply.html")]
struct ApplyPage {
    frame: Frame,
    form: Fields,
    slug: String,
    name: String,
    evidence: Vec<(String, String)>,
}

/// Somebody who wants to join, as an officer finds it.
struct Asking {
    row: ApplicationRow,
    /// How many officers say yes.
    yeses: usize,
    /// Number of the member who invited.
    inviter: Option<i64>,
    /// Whether the reader is one of those officers.
    seen: bool,
}

#[derive(Template)]
#[template(path = "coops/members.html")]
struct MembersPage {
    frame: Frame,
    form: Fields,
    here: Here,
    count: i64,
    sought: String,
    after: i64,
    more: String,
    /// Row, offices, standing in a word.
    members: Vec<(MemberRow, Vec<Role>, &'static str)>,
    applications: Vec<Asking>,
    steward: bool,
}

#[derive(Template)]
#[template(path = "coops/bylaws.html")]
struct BylawsPage {
    frame: Frame,
    here: Here,
    version: i64,
    current: bool,
    since: Timestamp,
    sentences: Vec<rulebook::Sentence>,
    changes: Vec<rulebook::Change>,
    /// Number, since when, whether a vote adopted it.
    versions: Vec<(i64, Timestamp, bool)>,
    /// Office, its holders by number and name.
    offices: Vec<(Role, Vec<(i64, String)>)>,
}

/// All cooperatives of the hall.
pub async fn list(hall: Hall) -> Answer {
    let now = hall.now();
    let coops = hall.app.db.read(move |conn| super::all_now(conn, now)).await?;
    page(&ListPage { frame: hall.frame("Cooperatives"), coops }, Default::default())
}

fn found_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&FoundPage { frame: hall.frame("Found a cooperative").of_form(&form), form }, status)
}

/// The founding form.
pub async fn found_form(hall: Hall) -> Answer {
    hall.account()?;
    let usual = Bylaws::founding();
    let days = [("notice_days", usual.notice_days), ("voting_days", usual.voting_days), ("complaint_days", usual.complaint_days), ("waiting_days", usual.waiting_days)];
    let form = days.into_iter().fold(Fields::empty(), |form, (name, days)| form.with(name, &days.to_string()));
    found_page(&hall, form.with("currency", "EUR").with("zone", "UTC"))
}

/// The bylaws a founder begins with: the usual ones, with the days that were typed.
fn founding_bylaws(form: &mut Fields) -> Bylaws {
    let usual = Bylaws::founding();
    let mut days = |name, label, least, most, usual| if form.value(name).is_empty() { usual } else { form.number(name, label, least..=most) };
    Bylaws {
        notice_days: days("notice_days", "Days of notice", 0, 90, usual.notice_days),
        voting_days: days("voting_days", "Days of voting", 1, 90, usual.voting_days),
        complaint_days: days("complaint_days", "Days for complaints", 0, 90, usual.complaint_days),
        waiting_days: days("waiting_days", "Waiting days", 0, 365, usual.waiting_days),
        ..usual
    }
}

/// Founds a cooperative.
pub async fn found(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let (name, purpose) = (form.line("name", "Name", 80), form.text("purpose", "What it is for", 600));
    let currency = form.word("currency", "a currency by its three letters, for example KES", Currency::parse);
    let zone = form.word("zone", "a time zone, for example Africa/Nairobi", Zone::parse);
    let bylaws = founding_bylaws(&mut form);
    let (Some(currency), Some(zone), true) = (currency, zone, form.is_fine()) else { return found_page(&hall, form) };
    let wish = Founding { name, purpose, currency, zone, bylaws };
    match hall.act(&form, move |tx, actor| super::found(tx, actor, &wish).map(|coop| format!("/c/{}", coop.slug))).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            found_page(&hall, form)
        }
    }
}

/// The kinds of evidence somebody who wants to join can offer.
#[must_use]
pub fn evidence() -> Vec<(String, String)> {
    let kinds = [("payslip", "A payslip or contract"), ("works_card", "A works card"), ("platform", "My account at a platform"), ("member", "A member who knows me")];
    kinds.iter().map(|(word, phrase)| ((*word).to_owned(), (*phrase).to_owned())).collect()
}

fn apply_page(hall: &Hall, here: &Here, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame("Ask to join").in_coop(here, "home").of_form(&form);
    page(&ApplyPage { frame, form, slug: here.coop.slug.clone(), name: here.coop.name.clone(), evidence: evidence() }, status)
}

/// The form to join.
pub async fn apply_form(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    apply_page(&hall, &here, Fields::empty())
}

/// Asks to join.
pub async fn apply(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let kind = form.word("evidence", "what you can show", |word| evidence().into_iter().map(|(w, _)| w).find(|w| w == word));
    let note = form.text("note", "A few words about your work", 2_000);
    let (Some(kind), true) = (kind, form.is_fine()) else { return apply_page(&hall, &here, form) };
    let (coop, location) = (here.coop.id.clone(), format!("/c/{}", here.coop.slug));
    match hall.act(&form, move |tx, actor| super::apply(tx, actor, &coop, &kind, &note).map(|_| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            apply_page(&hall, &here, form)
        }
    }
}

/// What a reader of the members' list looks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Sought {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: i64,
}

/// Members on one page of the list.
const ROWS: usize = 50;

/// What the members' page shows, read together.
struct Listed {
    here: Here,
    count: i64,
    rows: Vec<MemberRow>,
    standing: Vec<&'static str>,
    holders: Vec<(MemberId, Role)>,
    applications: Vec<Asking>,
}

fn listed(conn: &mut Conn, actor: &Actor, slug: &str, sought: &Sought, now: Timestamp) -> Result<Listed> {
    let here = super::enter(conn, actor, slug, now)?;
    let steward = here.member()?.may(Role::Steward);
    let id = here.coop.id.clone();
    let rows = people::search(conn, &id, &sought.q, sought.after, ROWS + 1)?;
    let states = people::states(conn, &id, now)?;
    let as_admitted = |row: &MemberRow| if row.votes_from > now { State::Waiting } else { State::Active };
    let standing = rows.iter().map(|row| word(states.get(&row.id).copied().unwrap_or_else(|| as_admitted(row)))).collect();
    let mut applications = Vec::new();
    for (row, yeses) in if steward { super::open_applications(conn, &id)? } else { Vec::new() } {
        let inviter = row.invited_by.as_ref().map(|member| people::number_of(conn, &id, member)).transpose()?;
        let seen = people::reviewed_by(conn, &id, &row.id, &here.member()?.member)?;
        applications.push(Asking { row, yeses, inviter, seen });
    }
    Ok(Listed { count: super::count_now(conn, &id, now)?, holders: super::holders(conn, &id)?, here, rows, standing, applications })
}

const fn word(state: State) -> &'static str {
    match state {
        State::Active => "votes",
        State::Waiting => "votes later",
        State::Suspended => "suspended",
        State::Gone => "gone",
    }
}

async fn members_page(hall: &Hall, slug: &str, form: Fields, sought: Sought) -> Answer {
    let (actor, now, slug, asked) = (hall.actor(), hall.now(), slug.to_owned(), sought.clone());
    let listed = hall.app.db.read(move |conn| listed(conn, &actor, &slug, &asked, now)).await?;
    let more = listed.rows.len() > ROWS;
    let held = |id: &MemberId| listed.holders.iter().filter(|(member, _)| member == id).map(|(_, role)| *role).collect();
    let members: Vec<_> = listed.rows.into_iter().zip(listed.standing).take(ROWS).map(|(row, word)| (held(&row.id), row, word)).map(|(roles, row, word)| (row, roles, word)).collect();
    let last = members.last().map_or(0, |(row, ..)| row.number);
    let q = crate::kernel::text::percent(&sought.q);
    let more = if more { format!("/c/{}/members?q={q}&after={last}", listed.here.coop.slug) } else { String::new() };
    let steward = listed.here.standing.as_ref().is_some_and(|s| s.may(Role::Steward));
    let status = form.status();
    let frame = hall.frame("Members").in_coop(&listed.here, "members").of_form(&form);
    let (here, count, applications) = (listed.here, listed.count, listed.applications);
    page(&MembersPage { frame, form, here, count, sought: sought.q, after: sought.after, more, members, applications, steward }, status)
}

/// Members and, for stewards, who wants to join.
pub async fn members(hall: Hall, slug: Path<String>, sought: Query<Sought>) -> Answer {
    hall.account()?;
    members_page(&hall, &slug, Fields::empty(), sought.into_inner()).await
}

/// Which version of the bylaws.
#[derive(Debug, Deserialize)]
pub struct Version {
    version: Option<i64>,
}

/// The bylaws in sentences, with every version there was, and who holds which office.
pub async fn bylaws(hall: Hall, slug: Path<String>, asked: Query<Version>) -> Answer {
    let (actor, now) = (hall.actor(), hall.now());
    let (here, all, offices) = hall
        .app
        .db
        .read(move |conn| {
            let here = super::enter(conn, &actor, &slug, now)?;
            let (all, holders) = (super::bylaws_versions(conn, &here.coop.id)?, people::holders_by_name(conn, &here.coop.id)?);
            let of = |role: &Role| holders.iter().filter(|(held, ..)| held == role).map(|(_, number, name)| (*number, name.clone())).collect();
            let offices = Role::ALL.iter().map(|role| (*role, of(role))).collect();
            Ok((here, all, offices))
        })
        .await?;
    let newest = all.first().map_or(0, |(version, ..)| *version);
    let wanted = asked.version.unwrap_or(newest);
    let at = all.iter().position(|(version, ..)| *version == wanted).or_not_found()?;
    let (version, now_rules, _, since) = all.get(at).or_not_found()?;
    let changes = all.get(at + 1).map_or_else(Vec::new, |(_, before, ..)| rulebook::changes(before, now_rules));
    let frame = hall.frame("Bylaws").in_coop(&here, "bylaws");
    let versions = all.iter().map(|(version, _, proposal, at)| (*version, *at, proposal.is_some())).collect();
    let (version, since, sentences) = (*version, *since, rulebook::sentences(now_rules));
    page(&BylawsPage { frame, here, version, current: version == newest, since, sentences, changes, versions, offices }, Default::default())
}

/// Gives a verdict on an application.
pub async fn review(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    hall.account()?;
    let (slug, id) = path.into_inner();
    let here = hall.here(&slug).await?;
    let id = ApplicationId::parse(&id).or_not_found()?;
    let (admit, reason) = (form.value("verdict") == "admit", form.optional("reason", 500));
    if !admit && reason.is_empty() {
        form.refuse("reason", "Say why: the person will read it.");
        return members_page(&hall, &slug, form, Sought::default()).await;
    }
    let (coop, location) = (here.coop.id, format!("/c/{slug}/members"));
    match hall.act(&form, move |tx, actor| super::review(tx, actor, &coop, &id, admit, &reason).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            members_page(&hall, &slug, form, Sought::default()).await
        }
    }
}

/// Gives or takes an office.
pub async fn roles(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let (member, role) = (form.word("member", "a member", MemberId::parse), form.word("role", "an office", Role::parse));
    let (Some(member), Some(role)) = (member, role) else { return members_page(&hall, &slug, form, Sought::default()).await };
    let (take, coop, to) = (form.value("change") == "take", here.coop.id, slug.to_string());
    let done = hall
        .act(&form, move |tx, actor| {
            let change = if take { super::take_role } else { super::give_role };
            change(tx, actor, &coop, &member, role)?;
            Ok(format!("/c/{to}/members/{}", people::number_of(tx, &coop, &member)?))
        })
        .await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            members_page(&hall, &slug, form, Sought::default()).await
        }
    }
}
