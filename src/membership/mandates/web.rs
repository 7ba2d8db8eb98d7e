//! A member's page of mandates and consents: one row a use, each given or withdrawn by a click.

use super::rules::{Kind, State, state};
use crate::kernel::terms::Use;
use crate::membership::coops::{self, Here};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// One use and how both things stand for it.
struct Row {
    purpose: Use,
    cells: Vec<Cell>,
}

struct Cell {
    kind: Kind,
    given: bool,
    words: String,
}

#[derive(Template)]
#[template(path = "mandates/mine.html")]
struct MinePage {
    frame: Frame,
    form: Fields,
    here: Here,
    rows: Vec<Row>,
    notice_days: i64,
}

async fn mine_page(hall: &Hall, slug: &str, form: Fields) -> Answer {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let (here, given, bylaws) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let given = super::given_by(conn, &here.coop.id, &here.ever()?.member)?;
            let bylaws = coops::bylaws(conn, &here.coop.id, now)?.1;
            Ok((here, given, bylaws))
        })
        .await?;
    let cell = |kind: &Kind, purpose: Use| {
        let state = state(&given, *kind, purpose, now);
        let words = match state {
            State::Given => "Given".to_owned(),
            State::Ending(at) => format!("Withdrawn, ends {}", at.day(&here.coop.zone)),
            State::Absent => "Not given".to_owned(),
        };
        Cell { kind: *kind, given: state == State::Given, words }
    };
    let rows = Use::ALL.iter().map(|purpose| Row { purpose: *purpose, cells: Kind::ALL.iter().map(|kind| cell(kind, *purpose)).collect() }).collect();
    let status = form.status();
    let frame = hall.frame("What my work may be used for").in_coop(&here, "members").of_form(&form);
    page(&MinePage { frame, form, here, rows, notice_days: bylaws.mandate_days }, status)
}

/// My mandates and consents.
pub async fn mine(hall: Hall, slug: Path<String>) -> Answer {
    hall.account()?;
    mine_page(&hall, &slug, Fields::empty()).await
}

/// Gives or withdraws one.
pub async fn change(hall: Hall, slug: Path<String>, mut form: Fields) -> Answer {
    hall.account()?;
    let here = hall.here(&slug).await?;
    here.ever()?;
    let (kind, purpose) = (form.word("kind", "mandate or consent", Kind::parse), form.word("use", "a use", Use::parse));
    let (Some(kind), Some(purpose)) = (kind, purpose) else { return mine_page(&hall, &slug, form).await };
    let (give, coop, location) = (form.value("change") == "give", here.coop.id, format!("/c/{slug}/mandate"));
    let done = hall
        .act(&form, move |tx, actor| {
            if give {
                super::give(tx, actor, &coop, kind, purpose)?;
            } else {
                super::withdraw(tx, actor, &coop, kind, purpose)?;
            }
            Ok(location.clone())
        })
        .await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            mine_page(&hall, &slug, form).await
        }
    }
}
