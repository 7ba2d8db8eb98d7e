//! Pages of invitations: a member's own, and the one behind a mailed link.

use super::Invitation;
use crate::kernel::time::Timestamp;
use crate::membership::coops::web::evidence;
use crate::membership::coops::{self, Here};
use crate::platform::web::{Answer, Fields, Frame, Hall, limits, page, see_other};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "invitations/list.html")]
struct ListPage {
    frame: Frame,
    form: Fields,
    here: Here,
    sent: Vec<Invitation>,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "invitations/accept.html")]
struct AcceptPage {
    frame: Frame,
    form: Fields,
    here: Here,
    inviter: i64,
    evidence: Vec<(String, String)>,
}

/// The token of a mailed link.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

async fn list_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, sent) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let sent = super::sent_by(conn, &here.coop.id, &here.member()?.member)?;
            Ok((here, sent))
        })
        .await?;
    let status = form.status();
    let frame = hall.frame("Invite somebody").in_coop(&here, "members").of_form(&form);
    page(&ListPage { frame, form, here, sent, now }, status)
}

/// A member's own invitations.
pub async fn list(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    list_page(&hall, &slug, Fields::empty()).await
}

/// Invites somebody by mail.
pub async fn invite(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    let account = hall.account()?;
    let here = hall.here(&slug).await?;
    here.active()?;
    limits::spend(&hall.app, &format!("invite:{account}"), limits::MAILS).await?;
    let email = form.email("email");
    if !form.is_fine() {
        return list_page(&hall, &slug, form).await;
    }
    let (coop, location, url) = (here.coop.id, format!("/c/{slug}/invitations"), hall.app.config.public_url.clone());
    match hall.act(&form, move |tx, actor| super::invite(tx, actor, &coop, &email, &url).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            list_page(&hall, &slug, form).await
        }
    }
}

async fn accept_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug, token) = (hall.actor(), hall.now(), slug.to_owned(), form.value("token").to_owned());
    let (here, inviter) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let inviter = super::inviter(conn, &here.coop.id, &token, now)?;
            Ok((here, inviter))
        })
        .await?;
    let status = form.status();
    let frame = hall.frame("You are invited").in_coop(&here, "home").of_form(&form);
    page(&AcceptPage { frame, form, here, inviter, evidence: evidence() }, status)
}

/// The page behind a mailed link; opening it uses nothing up.
pub async fn accept_form(hall: Hall, slug: Path<String>, link: Query<Link>) -> Answer {
    hall.account()?;
    accept_page(&hall, &slug, Fields::empty().with("token", &link.token)).await
}

/// Asks to join by the invitation.
pub async fn accept(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let kind = form.word("evidence", "what you can show", |word| evidence().into_iter().map(|(w, _)| w).find(|w| w == word));
    let note = form.text("note", "A few words about your work", 2_000);
    let (Some(kind), true) = (kind, form.is_fine()) else { return accept_page(&hall, &slug, form).await };
    let (coop, location, token) = (here.coop.id, format!("/c/{slug}"), form.value("token").to_owned());
    match hall.act(&form, move |tx, actor| super::accept(tx, actor, &coop, &token, &kind, &note).map(|_| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            accept_page(&hall, &slug, form).await
        }
    }
}
