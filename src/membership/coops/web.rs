//! Pages of cooperatives: the list, founding, members, applications and offices.

use super::rules::Role;
use super::{ApplicationRow, Coop, Founding, Here, MemberRow};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::{ApplicationId, Id as _, MemberId};
use crate::kernel::money::Currency;
use crate::kernel::time::Zone;
use crate::platform::web::{Answer, CoopNav, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

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
        self.app.db.read(move |conn| super::enter(conn, &actor, &slug, now)).await
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

#[derive(Template)]
#[template(path = "coops/members.html")]
struct MembersPage {
    frame: Frame,
    form: Fields,
    here: Here,
    members: Vec<(MemberRow, Vec<Role>)>,
    applications: Vec<(ApplicationRow, usize)>,
    roles: Vec<(String, String)>,
    steward: bool,
}

/// All cooperatives of the hall.
pub async fn list(hall: Hall) -> Answer {
    let coops = hall.app.db.read(super::all).await?;
    page(&ListPage { frame: hall.frame("Cooperatives"), coops }, Default::default())
}

fn found_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&FoundPage { frame: hall.frame("Found a cooperative").of_form(&form), form }, status)
}

/// The founding form.
pub async fn found_form(hall: Hall) -> Answer {
    hall.account()?;
    found_page(&hall, Fields::empty().with("currency", "EUR").with("zone", "UTC"))
}

/// Founds a cooperative.
pub async fn found(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let (name, purpose) = (form.line("name", "Name", 80), form.text("purpose", "What it is for", 600));
    let currency = form.word("currency", "a currency by its three letters, for example KES", Currency::parse);
    let zone = form.word("zone", "a time zone, for example Africa/Nairobi", Zone::parse);
    let (Some(currency), Some(zone), true) = (currency, zone, form.is_fine()) else { return found_page(&hall, form) };
    let wish = Founding { name, purpose, currency, zone };
    match hall.act(&form, move |tx, actor| super::found(tx, actor, &wish).map(|coop| format!("/c/{}", coop.slug))).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            found_page(&hall, form)
        }
    }
}

fn evidence() -> Vec<(String, String)> {
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

async fn members_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, rows, holders, applications) = hall
        .app
        .db
        .read(move |conn| {
            let here = super::enter(conn, &actor, &slug, now)?;
            here.member()?;
            let id = &here.coop.id;
            let (rows, holders) = (super::members(conn, id, 0, 1_000)?, super::holders(conn, id)?);
            let applications = super::open_applications(conn, id)?;
            Ok((here, rows, holders, applications))
        })
        .await?;
    let held = |id: &MemberId| holders.iter().filter(|(member, _)| member == id).map(|(_, role)| *role).collect();
    let members = rows.into_iter().map(|row| (held(&row.id), row)).map(|(roles, row)| (row, roles)).collect();
    let steward = here.standing.as_ref().is_some_and(|s| s.may(Role::Steward));
    let status = form.status();
    let frame = hall.frame("Members").in_coop(&here, "members").of_form(&form);
    page(&MembersPage { frame, form, here, members, applications, roles: Role::options(), steward }, status)
}

/// Members and, for stewards, who wants to join.
pub async fn members(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    members_page(&hall, &slug, Fields::empty()).await
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
        return members_page(&hall, &slug, form).await;
    }
    let (coop, location) = (here.coop.id, format!("/c/{slug}/members"));
    match hall.act(&form, move |tx, actor| super::review(tx, actor, &coop, &id, admit, &reason).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            members_page(&hall, &slug, form).await
        }
    }
}

/// Gives or takes an office.
pub async fn roles(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let (member, role) = (form.word("member", "a member", MemberId::parse), form.word("role", "an office", Role::parse));
    let (Some(member), Some(role)) = (member, role) else { return members_page(&hall, &slug, form).await };
    let (take, coop, location) = (form.value("change") == "take", here.coop.id, format!("/c/{slug}/members"));
    let done = hall
        .act(&form, move |tx, actor| {
            let change = if take { super::take_role } else { super::give_role };
            change(tx, actor, &coop, &member, role).map(|()| location.clone())
        })
        .await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            members_page(&hall, &slug, form).await
        }
    }
}
