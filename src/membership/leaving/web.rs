//! The page on which a member gives notice.

use crate::error::Result;
use crate::kernel::matter::Bylaws;
use crate::kernel::time::{DAY, Timestamp};
use crate::membership::coops::{self, Here};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

#[derive(Template)]
#[template(path = "leaving/leave.html")]
struct LeavePage {
    frame: Frame,
    form: Fields,
    here: Here,
    number: i64,
    bylaws: Bylaws,
    ends: Timestamp,
}

async fn leave_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, number, bylaws) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let number = here.member()?.number;
            let bylaws = coops::bylaws(conn, &here.coop.id, now)?.1;
            Ok((here, number, bylaws))
        })
        .await?;
    let ends = now.plus(bylaws.leaving_days * DAY);
    let status = form.status();
    let frame = hall.frame("Leave").in_coop(&here, "members").of_form(&form);
    page(&LeavePage { frame, form, here, number, bylaws, ends }, status)
}

/// What leaving means, before it is done.
pub async fn form(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    leave_page(&hall, &slug, Fields::empty()).await
}

/// Gives notice.
pub async fn leave(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    let number = here.member()?.number;
    let reason = form.optional("reason", 500);
    if form.value("sure") != "yes" {
        form.refuse("sure", "Tick that you want to leave.");
    }
    if !form.is_fine() {
        return leave_page(&hall, &slug, form).await;
    }
    let (coop, location) = (here.coop.id, format!("/c/{slug}/members/{number}"));
    let done: Result<String> = hall.act(&form, move |tx, actor| super::leave(tx, actor, &coop, &reason).map(|_| location.clone())).await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            leave_page(&hall, &slug, form).await
        }
    }
}
