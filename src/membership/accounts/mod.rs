//! People and how they prove to be themselves: sign-up with a confirmed address, sign-in, sessions,
//! reset. No answer tells whether an address is known; tokens are kept as hashes and used once.

mod address;
pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::{Digest, hex};
use crate::kernel::ids::{AccountId, Id as _};
use crate::kernel::time::{DAY, HOUR, Timestamp};
use crate::platform::db::{Conn, Db, Tx};
use crate::platform::jobs;
use crate::platform::journal::{self, Chain};
use crate::platform::outbox::{self, Mail};
use crate::platform::web::COOKIE_LASTS;
pub use address::{ask_change, change, undo_change};
pub use rules::{Purpose, Refusal};
use serde_json::json;
pub use store::{Account, OpenSession};

/// A person who wants an account, the password already hashed.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Address in its compared form.
    pub email: String,
    /// Name as the person gives it.
    pub name: String,
    /// PHC string.
    pub password: String,
}

/// A token to put into a mail or a cookie; only its hash is kept.
#[must_use]
pub fn token() -> (String, Digest) {
    let token = hex(&crate::platform::db::random::<24>());
    let hash = Digest::of(token.as_bytes());
    (token, hash)
}

/// Makes an account and mails a link that confirms its address; when the address is known already,
/// mails that instead. The caller cannot tell which.
///
/// # Errors
/// When the database does.
pub fn sign_up(tx: &mut Tx<'_>, wish: &Wish, hall_url: &str) -> Result<()> {
    if store::by_email(tx, &wish.email)?.is_some() {
        let body = format!("Somebody, perhaps you, wanted to make an account at {hall_url} with this address. There is one already.\n\nSign in: {hall_url}/sign-in\nForgotten password: {hall_url}/reset\n\nIf it was not you, nothing has changed.\n");
        return outbox::queue(tx, &Mail { coop: None, to: wish.email.clone(), subject: "Your account".to_owned(), body });
    }
    let id: AccountId = tx.fresh();
    store::insert(tx, &id, wish)?;
    journal::append(tx, Chain::Hall, "account_made", id.as_str(), &json!({}))?;
    mail_confirmation(tx, &id, &wish.email, hall_url)
}

fn mail_confirmation(tx: &mut Tx<'_>, id: &AccountId, email: &str, hall_url: &str) -> Result<()> {
    let (token, hash) = token();
    store::insert_token(tx, &hash, id, Purpose::Verify, email, 3 * DAY)?;
    let body = format!("Confirm that this is your address:\n\n{hall_url}/confirm?token={token}\n\nThe link works once, for three days. If you did not ask for it, do nothing.\n");
    outbox::queue(tx, &Mail { coop: None, to: email.to_owned(), subject: "Confirm your address".to_owned(), body })
}

/// Sends the confirming mail again.
///
/// # Errors
/// When the account is confirmed already, or the database fails.
pub fn ask_again(tx: &mut Tx<'_>, id: &AccountId, hall_url: &str) -> Result<()> {
    let account = store::by_id(tx, id).or_not_found()?;
    if account.verified_at.is_some() {
        return Err(Refusal::AlreadyConfirmed.into());
    }
    mail_confirmation(tx, id, &account.email, hall_url)
}

/// Confirms the address a token was mailed to.
///
/// # Errors
/// [`Refusal::Token`] when it was used, is too old or never was.
pub fn confirm(tx: &mut Tx<'_>, token: &str) -> Result<AccountId> {
    let account = spend_token(tx, token, Purpose::Verify)?;
    store::verify(tx, &account)?;
    journal::append(tx, Chain::Hall, "address_confirmed", account.as_str(), &json!({}))?;
    Ok(account)
}

fn spend_token(tx: &mut Tx<'_>, token: &str, purpose: Purpose) -> Result<AccountId> {
    spend(tx, token, purpose).map(|row| row.account)
}

fn spend(tx: &mut Tx<'_>, token: &str, purpose: Purpose) -> Result<store::TokenRow> {
    let hash = Digest::of(token.as_bytes());
    let row = store::token(tx, &hash)?.ok_or(Refusal::Token)?;
    rules::may_use(&row, purpose, tx.now())?;
    store::use_token(tx, &hash)?;
    Ok(row)
}

/// Opens a session for an account and answers the cookie's token. Whoever calls this has checked
/// the password, or is a test.
///
/// # Errors
/// When the database does.
pub fn open_session(tx: &mut Tx<'_>, account: &AccountId, label: &str) -> Result<String> {
    let (token, hash) = token();
    let expires = tx.now().plus(COOKIE_LASTS);
    store::insert_session(tx, &hash, account, label, expires)?;
    journal::append(tx, Chain::Hall, "signed_in", account.as_str(), &json!({}))?;
    Ok(token)
}

/// Ends one session.
///
/// # Errors
/// When the database does.
pub fn sign_out(tx: &mut Tx<'_>, session: &Digest) -> Result<()> {
    Ok(store::delete_session(tx, session)?)
}

/// Ends one session of one's own, named by the start of its hash.
///
/// # Errors
/// When there is none such.
pub fn end_session(tx: &mut Tx<'_>, actor: &Actor, session: &Digest) -> Result<()> {
    let account = signed_in(actor)?;
    if store::sessions(tx, account)?.iter().any(|s| s.token == *session) {
        store::delete_session(tx, session)?;
    }
    Ok(())
}

/// Ends every session of a person but, if given, the one at hand.
///
/// # Errors
/// When the database does.
pub fn sign_out_everywhere(tx: &mut Tx<'_>, actor: &Actor, but: Option<&Digest>) -> Result<()> {
    let account = signed_in(actor)?;
    store::delete_sessions(tx, account, but)?;
    journal::append(tx, Chain::Hall, "signed_out_everywhere", account.as_str(), &json!({}))
}

/// Ends every session of the person with this address, as whoever runs the hall may; answers how many.
///
/// # Errors
/// [`crate::error::NotFound`] when the address has no account.
pub fn sign_out_by_address(tx: &mut Tx<'_>, email: &str) -> Result<usize> {
    let account = store::by_email(tx, &crate::kernel::text::email(email).unwrap_or_default())?.or_not_found()?.id;
    let open = store::sessions(tx, &account)?.len();
    store::delete_sessions(tx, &account, None)?;
    journal::append(tx, Chain::Hall, "signed_out_everywhere", account.as_str(), &json!({}))?;
    Ok(open)
}

/// The job that mails a link for a new password; its payload is the address.
pub const RESET: &str = "ask_reset";

/// Notes that somebody asks for a new password. Whether the address is known is looked up by a job:
/// here it would show in the time an answer takes.
///
/// # Errors
/// When the database does.
pub fn note_reset(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    let now = tx.now();
    jobs::queue(tx, None, RESET, &email, now).map(drop)
}

/// Mails a link that sets a new password, if the address is known.
///
/// # Errors
/// When the database does.
pub fn ask_reset(tx: &mut Tx<'_>, email: &str, hall_url: &str) -> Result<()> {
    let Some(account) = store::by_email(tx, email)? else { return Ok(()) };
    let (token, hash) = token();
    store::insert_token(tx, &hash, &account.id, Purpose::Reset, email, HOUR)?;
    let body = format!("Set a new password:\n\n{hall_url}/reset/set?token={token}\n\nThe link works once, for one hour. If you did not ask for it, do nothing: your password stays.\n");
    outbox::queue(tx, &Mail { coop: None, to: email.to_owned(), subject: "Set a new password".to_owned(), body })
}

/// Sets a new password by a mailed token and ends every session. Nobody is signed in by it.
///
/// # Errors
/// [`Refusal::Token`].
pub fn reset(tx: &mut Tx<'_>, token: &str, password: &str) -> Result<()> {
    let account = spend_token(tx, token, Purpose::Reset)?;
    store::verify(tx, &account)?;
    new_password(tx, &account, password, None)
}

/// Sets a new password for oneself and ends every other session.
///
/// # Errors
/// When the database does.
pub fn change_password(tx: &mut Tx<'_>, actor: &Actor, password: &str, session: &Digest) -> Result<()> {
    let account = signed_in(actor)?.clone();
    new_password(tx, &account, password, Some(session))
}

fn new_password(tx: &mut Tx<'_>, account: &AccountId, password: &str, but: Option<&Digest>) -> Result<()> {
    store::set_password(tx, account, password)?;
    store::delete_sessions(tx, account, but)?;
    store::expire_tokens(tx, account)?;
    let email = store::by_id(tx, account).or_not_found()?.email;
    journal::append(tx, Chain::Hall, "password_changed", account.as_str(), &json!({}))?;
    let body = "Your password was changed and every other session signed out.\n\nIf that was not you, set a new password at once and write to whoever runs this hall.\n".to_owned();
    outbox::queue(tx, &Mail { coop: None, to: email, subject: "Your account".to_owned(), body })
}

/// Replaces a stored hash by a costlier one of the same password, at sign-in.
///
/// # Errors
/// When the database does.
pub fn rehash(tx: &mut Tx<'_>, account: &AccountId, password: &str) -> Result<()> {
    Ok(store::set_password(tx, account, password)?)
}

/// Makes a confirmed account at once: the founder's by the one-time link, the demo's and the tests'.
///
/// # Errors
/// [`Refusal::Known`] when the address has one.
pub fn make_confirmed(tx: &mut Tx<'_>, wish: &Wish) -> Result<AccountId> {
    if store::by_email(tx, &wish.email)?.is_some() {
        return Err(Refusal::Known.into());
    }
    let id: AccountId = tx.fresh();
    store::insert(tx, &id, wish)?;
    store::verify(tx, &id)?;
    journal::append(tx, Chain::Hall, "account_made", id.as_str(), &json!({}))?;
    Ok(id)
}

/// Makes an account for somebody whom an imported cooperative names, under the id it had there
/// where that is free. It has no password and no confirmed address: both come with a reset by mail.
///
/// # Errors
/// [`Refusal::Known`] when the address has an account.
pub fn adopt(tx: &mut Tx<'_>, id: Option<AccountId>, email: &str, name: &str) -> Result<AccountId> {
    if store::by_email(tx, email)?.is_some() {
        return Err(Refusal::Known.into());
    }
    let free = id.filter(|id| store::by_id(tx, id).is_err());
    let id = free.unwrap_or_else(|| tx.fresh());
    store::insert(tx, &id, &Wish { email: email.to_owned(), name: name.to_owned(), password: String::new() })?;
    journal::append(tx, Chain::Hall, "account_made", id.as_str(), &json!({}))?;
    Ok(id)
}

/// The account of an address, for sign-in.
///
/// # Errors
/// When the database does.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>> {
    Ok(store::by_email(conn, email)?)
}

/// Whether a browser's cookie once opened a session of this address: guessing elsewhere must not
/// lock its owner out here.
///
/// # Errors
/// When the database does.
pub fn is_known_device(conn: &mut Conn, cookie: &Digest, email: &str) -> Result<bool> {
    Ok(store::opened_for(conn, cookie)?.as_deref() == Some(email))
}

/// An account.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn account(conn: &mut Conn, id: &AccountId) -> Result<Account> {
    store::by_id(conn, id).or_not_found()
}

/// A person's open sessions, the latest first.
///
/// # Errors
/// When the database does.
pub fn sessions(conn: &mut Conn, id: &AccountId) -> Result<Vec<OpenSession>> {
    Ok(store::sessions(conn, id)?)
}

/// Puts off the idle end of sessions seen in use; outside any request.
///
/// # Errors
/// When the database does.
pub async fn touch_sessions(db: &Db, seen: Vec<(Digest, Timestamp)>) -> Result<()> {
    for some in seen.chunks(500).map(<[_]>::to_vec) {
        db.for_jobs().write(move |tx| Ok(store::touch(tx, &some)?)).await?;
    }
    Ok(())
}

/// The account behind an actor who must be a person.
///
/// # Errors
/// [`Refusal::SignIn`] for visitors and the hall itself.
pub fn signed_in(actor: &Actor) -> Result<&AccountId, Refusal> {
    actor.account().ok_or(Refusal::SignIn)
}
