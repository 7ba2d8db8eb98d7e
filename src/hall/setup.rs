//! Setting up an empty hall: a one-time link printed at start makes the first account.

use crate::error::{NotFound, Result};
use crate::kernel::digest::Digest;
use crate::membership::accounts::rules::may_be_password;
use crate::membership::accounts::{self, Wish};
use crate::platform::db::schema::{accounts as people, hall};
use crate::platform::db::{Conn, Db, Tx};
use crate::platform::web::{Answer, Fields, Frame, Hall, cookie, limits, page, see_other};
use actix_web::web::Query;
use askama::Template;
use diesel::prelude::*;
use serde::Deserialize;

const TOKEN: &str = "set-up token";

/// The token of the printed link.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "hall/set_up.html")]
struct SetUpPage {
    frame: Frame,
    form: Fields,
}

/// Whether nobody has an account yet.
///
/// # Errors
/// When the database does.
pub fn is_empty(conn: &mut Conn) -> Result<bool> {
    Ok(people::table.select(people::id).first::<String>(conn).optional()?.is_none())
}

/// A fresh one-time token for an empty hall, to be printed; earlier ones stop working. None when
/// somebody has an account already.
///
/// # Errors
/// When the database does.
pub async fn invite(db: &Db) -> Result<Option<String>> {
    let (token, hash) = accounts::token();
    db.write(move |tx| {
        if !is_empty(tx)? {
            return Ok(None);
        }
        diesel::delete(hall::table.find(TOKEN)).execute(&mut **tx)?;
        diesel::insert_into(hall::table).values((hall::name.eq(TOKEN), hall::value.eq(&hash))).execute(&mut **tx)?;
        Ok(Some(token.clone()))
    })
    .await
}

/// Makes the first account by the one-time token, which is used up.
fn begin(tx: &mut Tx<'_>, token: &str, wish: &Wish) -> Result<String> {
    let stored: Option<Digest> = hall::table.find(TOKEN).select(hall::value).first(&mut **tx).optional()?;
    if stored != Some(Digest::of(token.as_bytes())) || !is_empty(tx)? {
        return Err(NotFound.into());
    }
    diesel::delete(hall::table.find(TOKEN)).execute(&mut **tx)?;
    let account = accounts::make_confirmed(tx, wish)?;
    accounts::open_session(tx, &account, "set-up")
}

fn set_up_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&SetUpPage { frame: hall.frame("Set up this hall").of_form(&form), form }, status)
}

/// The page behind the printed link.
pub async fn form(hall: Hall, link: Query<Link>) -> Answer {
    if !hall.app.db.read(is_empty).await? {
        return see_other("/sign-in");
    }
    set_up_page(&hall, Fields::empty().with("token", &link.token))
}

/// Makes the first account and signs it in.
pub async fn set_up(hall: Hall, mut form: Fields) -> Answer {
    limits::spend(&hall.app, &format!("set-up:{}", hall.address), limits::MAILS).await?;
    let (name, email) = (form.line("name", "Your name", 80), form.email("email"));
    if let Err(refusal) = may_be_password(form.value("password"), &[&name, &email]) {
        form.refuse("password", refusal.to_string());
    }
    if !form.is_fine() {
        return set_up_page(&hall, form);
    }
    let wish = Wish { email, name, password: hall.app.hasher.hash(form.value("password")).await? };
    let token = form.value("token").to_owned();
    let session = hall.app.db.write(move |tx| begin(tx, &token, &wish)).await?;
    let mut answer = see_other("/coops/new")?;
    answer.add_cookie(&cookie(&hall.app, &session)).map_err(anyhow::Error::from)?;
    Ok(answer)
}
