//! Pages of a buying organisation about itself: registering, its people, taking up an invitation.
//! What it bargains over stands on its home page, which is the offers'.

use super::rules::registration;
use super::{Agent, User, Wish, store};
use crate::error::Result;
use crate::kernel::ids::{AccountId, Id as _};
use crate::kernel::terms::BuyerClass;
use crate::kernel::time::{Timestamp, Zone};
use crate::platform::web::{Answer, Fields, Frame, Hall, limits, page, see_other};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "buyers/register.html")]
struct RegisterPage {
    frame: Frame,
    form: Fields,
    classes: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "buyers/users.html")]
struct UsersPage {
    frame: Frame,
    form: Fields,
    agent: Agent,
    users: Vec<User>,
    invited: Vec<(String, i64, Timestamp)>,
    zone: Zone,
}

#[derive(Template)]
#[template(path = "buyers/join.html")]
struct JoinPage {
    frame: Frame,
    form: Fields,
}

/// The token of a mailed link.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

fn register_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame("Register a buyer").of_form(&form);
    page(&RegisterPage { frame, form, classes: BuyerClass::options() }, status)
}

/// The form that registers an organisation.
pub async fn register_form(hall: Hall) -> Answer {
    hall.account()?;
    register_page(&hall, Fields::empty().with("class", "commercial"))
}

fn read_wish(form: &mut Fields) -> Option<Wish> {
    let name = form.line("name", "Name of the organisation", 120);
    let country = form.word("country", "a country by its two letters, for example DE", |typed| {
        let code = typed.trim().to_uppercase();
        (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())).then_some(code)
    });
    let registration = registration(&form.line("registration", "Registration number", 60));
    if registration.is_empty() && form.problem("registration").is_none() {
        form.refuse("registration", "Enter the number with its digits and letters.");
    }
    let class = form.word("class", "the kind of buyer", BuyerClass::parse);
    let purpose = form.text("purpose", "What the organisation does", 1_000);
    let (Some(country), Some(class), true) = (country, class, form.is_fine()) else { return None };
    Some(Wish { name, country, registration, class, purpose })
}

/// Registers an organisation.
pub async fn register(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let Some(wish) = read_wish(&mut form) else { return register_page(&hall, form) };
    match hall.act(&form, move |tx, actor| super::register(tx, actor, &wish).map(|_| "/buyer".to_owned())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            register_page(&hall, form)
        }
    }
}

async fn users_page(hall: &Hall, form: Fields) -> Answer {
    let (actor, now) = (hall.actor(), hall.now());
    let (agent, users, invited) = hall
        .app
        .db
        .read(move |conn| {
            let agent = super::agent(conn, &actor)?;
            let (users, invited) = (super::users(conn, &agent.buyer.id)?, store::open_invitations(conn, &agent.buyer.id, now)?);
            Ok((agent, users, invited))
        })
        .await?;
    let status = form.status();
    let frame = hall.frame(format!("Who acts for {}", agent.buyer.name)).of_form(&form);
    page(&UsersPage { frame, form, agent, users, invited, zone: Zone::utc() }, status)
}

/// Who acts for one's organisation.
pub async fn users(hall: Hall) -> Answer {
    hall.account()?;
    users_page(&hall, Fields::empty()).await
}

async fn done(hall: &Hall, answer: Result<String>, mut form: Fields) -> Answer {
    match answer {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            users_page(hall, form).await
        }
    }
}

/// Invites a colleague.
pub async fn invite(hall: Hall, mut form: Fields) -> Answer {
    let account = hall.account()?;
    limits::spend(&hall.app, &format!("mails:{account}"), limits::MAILS).await?;
    let (email, signatory) = (form.email("email"), form.checked("signatory", "yes"));
    if !form.is_fine() {
        return users_page(&hall, form).await;
    }
    let url = hall.app.config.public_url.clone();
    let answer = hall.act(&form, move |tx, actor| super::invite(tx, actor, &email, signatory, &url).map(|()| "/buyer/users".to_owned())).await;
    done(&hall, answer, form).await
}

/// Takes a colleague out.
pub async fn remove(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let Some(whom) = form.word("account", "a colleague", AccountId::parse) else { return users_page(&hall, form).await };
    let answer = hall.act(&form, move |tx, actor| super::remove(tx, actor, &whom).map(|()| "/buyer".to_owned())).await;
    done(&hall, answer, form).await
}

fn join_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&JoinPage { frame: hall.frame("Act for a buyer").of_form(&form), form }, status)
}

/// The page behind an invitation's link; the link alone does nothing.
pub async fn join_form(hall: Hall, link: Query<Link>) -> Answer {
    hall.account()?;
    join_page(&hall, Fields::empty().with("token", &link.token))
}

/// Takes up an invitation.
pub async fn join(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let token = form.value("token").to_owned();
    match hall.act(&form, move |tx, actor| super::join(tx, actor, &token).map(|_| "/buyer".to_owned())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            join_page(&hall, form)
        }
    }
}
