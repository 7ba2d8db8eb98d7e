//! Pages of accounts: sign up, confirm, sign in, reset, settings.

use super::rules::{Refusal, may_be_password, onward};
use super::{OpenSession, Wish};
use crate::app::App;
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use crate::platform::web::passwords::Hasher;
use crate::platform::web::{Answer, Fields, Frame, Hall, cookie, cookie_name, ended_cookie, limits, page, see_other};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
struct SignUpPage {
    frame: Frame,
    form: Fields,
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    frame: Frame,
    form: Fields,
}

/// A page that asks for one thing: an address, a new password, a click.
#[derive(Template)]
#[template(path = "accounts/ask.html")]
struct AskPage {
    frame: Frame,
    form: Fields,
    lede: &'static str,
    action: &'static str,
    ask: Ask,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Email,
    Password,
    Click,
}

/// "Look in your mail", the same for known and unknown addresses.
#[derive(Template)]
#[template(path = "accounts/mailed.html")]
struct MailedPage {
    frame: Frame,
    text: &'static str,
    folder: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/settings.html")]
struct SettingsPage {
    frame: Frame,
    form: Fields,
    email: String,
    verified: bool,
    own: Digest,
    sessions: Vec<OpenSession>,
    now: Timestamp,
}

/// Where to go after signing in, or the token of a mailed link.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    next: String,
    #[serde(default)]
    token: String,
}

fn sign_up_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&SignUpPage { frame: hall.frame("Make an account").of_form(&form), form }, status)
}

/// The sign-up form.
pub async fn sign_up_form(hall: Hall) -> Answer {
    sign_up_page(&hall, Fields::empty())
}

/// Signs somebody up; the answer is the same whether the address is known or not.
pub async fn sign_up(hall: Hall, mut form: Fields) -> Answer {
    limits::spend(&hall.app, &format!("mails:{}", hall.address), limits::MAILS).await?;
    let (name, email) = (form.line("name", "Your name", 80), form.email("email"));
    if let Err(refusal) = may_be_password(form.value("password"), &[&name, &email]) {
        form.refuse("password", refusal.to_string());
    }
    if !form.is_fine() {
        return sign_up_page(&hall, form);
    }
    let wish = Wish { email, name, password: hall.app.hasher.hash(form.value("password")).await? };
    let url = hall.app.config.public_url.clone();
    hall.app.db.write(move |tx| super::sign_up(tx, &wish, &url)).await?;
    see_other("/mailed")
}

/// "Look in your mail."
pub async fn mailed(hall: Hall) -> Answer {
    let folder = hall.app.config.smtp_url.is_none().then(|| hall.app.config.mail_folder.display().to_string());
    page(&MailedPage { frame: hall.frame("Look in your mail"), text: "If the address can be used, a mail is on its way with a link to go on with. It works once.", folder }, Default::default())
}

fn ask_page(hall: &Hall, title: &'static str, lede: &'static str, action: &'static str, ask: Ask, form: Fields) -> Answer {
    let status = form.status();
    page(&AskPage { frame: hall.frame(title).of_form(&form), form, lede, action, ask }, status)
}

fn confirm_page(hall: &Hall, form: Fields) -> Answer {
    ask_page(hall, "Confirm your address", "One click and your address is confirmed. The link alone does nothing, so that a mail scanner cannot use it up.", "/confirm", Ask::Click, form)
}

/// The page behind the mailed link.
pub async fn confirm_form(hall: Hall, link: Query<Link>) -> Answer {
    confirm_page(&hall, Fields::empty().with("token", &link.token))
}

/// Confirms an address.
pub async fn confirm(hall: Hall, mut form: Fields) -> Answer {
    let token = form.value("token").to_owned();
    match hall.app.db.write(move |tx| super::confirm(tx, &token).map(drop)).await {
        Ok(()) => see_other(if hall.session.is_some() { "/home" } else { "/sign-in" }),
        Err(error) => {
            form.take(error)?;
            confirm_page(&hall, form)
        }
    }
}

fn sign_in_page(hall: &Hall, form: Fields) -> Answer {
    let status = form.status();
    page(&SignInPage { frame: hall.frame("Sign in").of_form(&form), form }, status)
}

/// The sign-in form.
pub async fn sign_in_form(hall: Hall, link: Query<Link>) -> Answer {
    sign_in_page(&hall, Fields::empty().with("next", &link.next))
}

/// Signs somebody in: a wrong address costs the same time and words as a wrong password.
pub async fn sign_in(hall: Hall, request: HttpRequest, mut form: Fields) -> Answer {
    let email = form.email("email");
    if !form.is_fine() {
        return sign_in_page(&hall, form);
    }
    match checked_in(&hall, &request, email, form.value("password")).await {
        Ok(token) => {
            let mut answer = see_other(onward(form.value("next")))?;
            answer.add_cookie(&cookie(&hall.app, &token)).map_err(anyhow::Error::from)?;
            Ok(answer)
        }
        Err(error) => {
            form.take(error)?;
            sign_in_page(&hall, form)
        }
    }
}

async fn checked_in(hall: &Hall, request: &HttpRequest, email: String, password: &str) -> Result<String> {
    let app: &App = &hall.app;
    limits::spend(app, &format!("sign-in:{}", hall.address), limits::SIGN_IN_ADDRESS).await?;
    limits::spend(app, &format!("sign-in:{}:{email}", hall.address), limits::SIGN_IN).await?;
    // Guessing from many addresses fills this one; a browser that was signed in before goes past it.
    let device = request.cookie(cookie_name(app.config.is_plain_http())).map(|cookie| Digest::of(cookie.value().as_bytes()));
    let of = email.clone();
    let known = match device {
        Some(device) => app.db.read(move |conn| super::is_known_device(conn, &device, &of)).await?,
        None => false,
    };
    if !known {
        limits::spend(app, &format!("sign-in-account:{email}"), limits::SIGN_IN_ACCOUNT).await?;
    }
    let found = app.db.read(move |conn| super::by_email(conn, &email)).await?;
    let stored = found.as_ref().map_or("", |account| account.password.as_str());
    let matches = app.hasher.matches(password, stored).await?;
    let Some(account) = found.filter(|_| matches) else { return Err(Refusal::Mismatch.into()) };
    let anew = if Hasher::is_stale(&account.password) { Some(app.hasher.hash(password).await?) } else { None };
    let label = label(request);
    let old = hall.session.as_ref().map(|s| s.token.clone());
    app.db
        .write(move |tx| {
            if let Some(anew) = &anew {
                super::rehash(tx, &account.id, anew)?;
            }
            if let Some(old) = &old {
                super::sign_out(tx, old)?;
            }
            super::open_session(tx, &account.id, &label)
        })
        .await
}

/// What a browser says it is, shortened, so that a person recognises it in the list.
fn label(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("unknown");
    crate::kernel::text::line(agent).chars().take(120).collect()
}

/// Ends this session.
pub async fn sign_out(hall: Hall) -> Answer {
    if let Some(session) = hall.session.clone() {
        hall.app.db.write(move |tx| super::sign_out(tx, &session.token)).await?;
    }
    let mut answer = see_other("/")?;
    answer.add_cookie(&ended_cookie(&hall.app)).map_err(anyhow::Error::from)?;
    answer.headers_mut().insert(header::HeaderName::from_static("clear-site-data"), header::HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(answer)
}

fn reset_page(hall: &Hall, form: Fields) -> Answer {
    ask_page(hall, "Ask for a new password", "Give the address of your account. If there is one, a mail with a link is sent to it.", "/reset", Ask::Email, form)
}

/// The form that asks for a reset.
pub async fn reset_form(hall: Hall) -> Answer {
    reset_page(&hall, Fields::empty())
}

/// Mails a reset link, if the address is known.
pub async fn ask_reset(hall: Hall, mut form: Fields) -> Answer {
    limits::spend(&hall.app, &format!("mails:{}", hall.address), limits::MAILS).await?;
    let email = form.email("email");
    if !form.is_fine() {
        return reset_page(&hall, form);
    }
    hall.app.db.write(move |tx| super::note_reset(tx, &email)).await?;
    see_other("/mailed")
}

fn set_page(hall: &Hall, form: Fields) -> Answer {
    ask_page(hall, "Set a new password", "Every session will be signed out. You sign in with the new password afterwards.", "/reset/set", Ask::Password, form)
}

/// The page behind a mailed reset link.
pub async fn set_form(hall: Hall, link: Query<Link>) -> Answer {
    set_page(&hall, Fields::empty().with("token", &link.token))
}

/// Sets a new password by token.
pub async fn set(hall: Hall, mut form: Fields) -> Answer {
    if let Err(refusal) = may_be_password(form.value("password"), &[]) {
        form.refuse("password", refusal.to_string());
        return set_page(&hall, form);
    }
    let (token, password) = (form.value("token").to_owned(), hall.app.hasher.hash(form.value("password")).await?);
    match hall.app.db.write(move |tx| super::reset(tx, &token, &password)).await {
        Ok(()) => see_other("/sign-in"),
        Err(error) => {
            form.take(error)?;
            set_page(&hall, form)
        }
    }
}

async fn settings_page(hall: &Hall, form: Fields) -> Answer {
    let session = hall.session()?.clone();
    let id = session.account.clone();
    let (account, sessions) = hall.app.db.read(move |conn| Ok((super::account(conn, &id)?, super::sessions(conn, &id)?))).await?;
    let status = form.status();
    let frame = hall.frame("Settings").of_form(&form);
    page(&SettingsPage { frame, form, email: account.email, verified: session.verified, own: session.token, sessions, now: hall.now() }, status)
}

/// A person's own settings: address, password, sessions.
pub async fn settings(hall: Hall) -> Answer {
    settings_page(&hall, Fields::empty()).await
}

/// Changes one's password.
pub async fn change_password(hall: Hall, mut form: Fields) -> Answer {
    hall.account()?;
    let session = hall.session()?.clone();
    if let Err(refusal) = may_be_password(form.value("new_password"), &[&session.name]) {
        form.refuse("new_password", refusal.to_string());
        return settings_page(&hall, form).await;
    }
    let password = hall.app.hasher.hash(form.value("new_password")).await?;
    let done = hall.confirmed_act(&form, move |tx, actor| super::change_password(tx, actor, &password, &session.token).map(|()| "/settings".to_owned())).await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            settings_page(&hall, form).await
        }
    }
}

/// Asks for another address: a link goes to the new one.
pub async fn ask_change(hall: Hall, mut form: Fields) -> Answer {
    let account = hall.account()?;
    let email = form.email("email");
    if !form.is_fine() {
        return settings_page(&hall, form).await;
    }
    limits::spend(&hall.app, &format!("address:{account}"), limits::ADDRESS).await?;
    let url = hall.app.config.public_url.clone();
    match hall.confirmed_act(&form, move |tx, actor| super::ask_change(tx, actor, &email, &url).map(|()| "/mailed".to_owned())).await {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            settings_page(&hall, form).await
        }
    }
}

fn change_page(hall: &Hall, form: Fields) -> Answer {
    ask_page(hall, "Use this address", "One click and this is the address of your account. Every other session is signed out, and the address before gets notice.", "/settings/email/confirm", Ask::Click, form)
}

/// The page behind the link mailed to a new address.
pub async fn change_form(hall: Hall, link: Query<Link>) -> Answer {
    change_page(&hall, Fields::empty().with("token", &link.token))
}

/// Takes the new address.
pub async fn change(hall: Hall, mut form: Fields) -> Answer {
    let (token, url) = (form.value("token").to_owned(), hall.app.config.public_url.clone());
    let own = hall.session.as_ref().map(|session| session.token.clone());
    match hall.app.db.write(move |tx| super::change(tx, &token, own.as_ref(), &url)).await {
        Ok(()) => see_other("/settings"),
        Err(error) => {
            form.take(error)?;
            change_page(&hall, form)
        }
    }
}

fn undo_page(hall: &Hall, form: Fields) -> Answer {
    ask_page(hall, "Take my address back", "One click and your account has this address again, and every session is signed out. Then set a new password.", "/settings/email/undo", Ask::Click, form)
}

/// The page behind the link mailed to the address before.
pub async fn undo_form(hall: Hall, link: Query<Link>) -> Answer {
    undo_page(&hall, Fields::empty().with("token", &link.token))
}

/// Takes the address before back.
pub async fn undo(hall: Hall, mut form: Fields) -> Answer {
    let token = form.value("token").to_owned();
    match hall.app.db.write(move |tx| super::undo_change(tx, &token)).await {
        Ok(()) => see_other("/reset"),
        Err(error) => {
            form.take(error)?;
            undo_page(&hall, form)
        }
    }
}

/// Ends one other session, or all others.
pub async fn end_sessions(hall: Hall, form: Fields) -> Answer {
    let session = hall.session()?.clone();
    let one = Digest::parse(form.value("session"));
    // Whoever signed in may sign out, the address confirmed or not.
    let actor = Actor::person(session.account);
    let location = hall
        .act(&form, move |tx, _| {
            match &one {
                Some(one) => super::end_session(tx, &actor, one)?,
                None => super::sign_out_everywhere(tx, &actor, Some(&session.token))?,
            }
            Ok("/settings".to_owned())
        })
        .await?;
    see_other(&location)
}

/// Sends the confirming mail again.
pub async fn ask_again(hall: Hall) -> Answer {
    let id = hall.session()?.account.clone();
    limits::spend(&hall.app, &format!("mails:{}", hall.address), limits::MAILS).await?;
    let url = hall.app.config.public_url.clone();
    hall.app.db.write(move |tx| super::ask_again(tx, &id, &url)).await?;
    see_other("/mailed")
}

