//! Pages of complaints.

use super::{Complaint, rules};
use crate::error::Result;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Here, people};
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// One complaint with the numbers on the cards of those in it.
struct Shown {
    complaint: Complaint,
    by: i64,
    about: Option<i64>,
    answered_by: Option<i64>,
}

#[derive(Template)]
#[template(path = "complaints/list.html")]
struct ListPage {
    frame: Frame,
    form: Fields,
    here: Here,
    complaints: Vec<Complaint>,
    officer: bool,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "complaints/one.html")]
struct OnePage {
    frame: Frame,
    form: Fields,
    here: Here,
    shown: Shown,
    may_answer: bool,
}

fn show(conn: &mut Conn, here: &Here, complaint: Complaint) -> Result<Shown> {
    let coop = &here.coop.id;
    let by = people::number_of(conn, coop, &complaint.member)?;
    let about = complaint.concerns.as_ref().map(|member| people::number_of(conn, coop, member)).transpose()?;
    let answered_by = complaint.answer.as_ref().map(|(_, member, _)| people::number_of(conn, coop, member)).transpose()?;
    Ok(Shown { complaint, by, about, answered_by })
}

async fn list_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, complaints) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let complaints = super::visible(conn, &here.coop.id, here.ever()?)?;
            Ok((here, complaints))
        })
        .await?;
    let officer = here.standing.as_ref().is_some_and(|s| s.is_in() && !s.roles.is_empty());
    let status = form.status();
    let frame = hall.frame("Complaints").in_coop(&here, "members").of_form(&form);
    page(&ListPage { frame, form, here, complaints, officer, now }, status)
}

/// My complaints and, for officers, those that do not concern them.
pub async fn list(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    list_page(&hall, &slug, Fields::empty()).await
}

/// Makes a complaint.
pub async fn complain(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    here.ever()?;
    let about = if form.value("about").trim().is_empty() { None } else { Some(form.number("about", "Number of the member", 1..=9_999_999)) };
    let (subject, body) = (form.line("subject", "What it is about", 120), form.text("body", "The complaint", 10_000));
    if !form.is_fine() {
        return list_page(&hall, &slug, form).await;
    }
    let (coop, base) = (here.coop.id, format!("/c/{slug}/complaints"));
    match hall.act(&form, move |tx, actor| super::complain(tx, actor, &coop, about, &subject, &body).map(|number| format!("{base}/{number}"))).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            list_page(&hall, &slug, form).await
        }
    }
}

async fn one_page(hall: &Hall, slug: &str, number: i64, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, shown) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let complaint = super::one(conn, &here.coop.id, number, here.ever()?)?;
            let shown = show(conn, &here, complaint)?;
            Ok((here, shown))
        })
        .await?;
    let reader = here.standing.as_ref().filter(|s| s.is_in() && !s.roles.is_empty());
    let may_answer = reader.is_some_and(|s| rules::may_answer(&shown.complaint, &s.member).is_ok());
    let status = form.status();
    let frame = hall.frame(format!("Complaint no. {number}")).in_coop(&here, "members").of_form(&form);
    page(&OnePage { frame, form, here, shown, may_answer }, status)
}

/// One complaint and its answer.
pub async fn one(hall: Hall, path: Path<(String, i64)>) -> Answer {
    hall.account()?;
    let (slug, number) = path.into_inner();
    one_page(&hall, &slug, number, Fields::empty()).await
}

/// Answers a complaint.
pub async fn answer(hall: Hall, path: Path<(String, i64)>, mut form: Fields) -> Answer {
    hall.account()?;
    let (slug, number) = path.into_inner();
    let here = hall.here(&slug).await?;
    here.member()?;
    let body = form.text("answer", "The answer", 10_000);
    if !form.is_fine() {
        return one_page(&hall, &slug, number, form).await;
    }
    let (coop, location) = (here.coop.id, format!("/c/{slug}/complaints/{number}"));
    match hall.act(&form, move |tx, actor| super::answer(tx, actor, &coop, number, &body).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            one_page(&hall, &slug, number, form).await
        }
    }
}
