//! Another address for an account: confirmed at the new one, told to the old one, and taken back
//! from there within a week.

use super::rules::{Purpose, Refusal};
use super::{signed_in, spend, store, token};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, Id as _};
use crate::kernel::time::{DAY, HOUR};
use crate::platform::db::Tx;
use crate::platform::journal::{self, Chain};
use crate::platform::outbox::{self, Mail};
use serde_json::json;

/// How long the way back from the old address stays open.
const WAY_BACK: i64 = 7 * DAY;

fn mail(tx: &mut Tx<'_>, to: &str, subject: &str, body: String) -> Result<()> {
    outbox::queue(tx, &Mail { coop: None, to: to.to_owned(), subject: subject.to_owned(), body })
}

/// Mails a link to the new address; nothing changes before it is opened and confirmed there. When
/// that address has an account already, it is told so instead, and whoever asks cannot tell.
///
/// # Errors
/// [`Refusal::SameAddress`].
pub fn ask_change(tx: &mut Tx<'_>, actor: &Actor, email: &str, hall_url: &str) -> Result<()> {
    let account = store::by_id(tx, signed_in(actor)?).or_not_found()?;
    if account.email == email {
        return Err(Refusal::SameAddress.into());
    }
    if store::by_email(tx, email)?.is_some() {
        let body = format!("Somebody, perhaps you, wanted to use this address for another account at {hall_url}. It has one already, so nothing was changed.\n");
        return mail(tx, email, "Your account", body);
    }
    let (token, hash) = token();
    store::insert_token(tx, &hash, &account.id, Purpose::Change, email, HOUR)?;
    let body = format!("Confirm that this is to be the address of your account:\n\n{hall_url}/settings/email/confirm?token={token}\n\nThe link works once, for one hour. If you did not ask for it, do nothing.\n");
    mail(tx, email, "Confirm your address", body)
}

/// Takes the new address by its mailed token. Every session but `own` ends, every other mailed link
/// stops working, and the old address gets notice with a link that takes it all back.
///
/// # Errors
/// [`Refusal::Token`], also when somebody else took the address meanwhile.
pub fn change(tx: &mut Tx<'_>, token_text: &str, own: Option<&Digest>, hall_url: &str) -> Result<()> {
    let row = spend(tx, token_text, Purpose::Change)?;
    if store::by_email(tx, &row.email)?.is_some() {
        return Err(Refusal::Token.into());
    }
    let old = store::by_id(tx, &row.account).or_not_found()?.email;
    take(tx, &row.account, &row.email, own)?;
    let (token, hash) = token();
    store::insert_token(tx, &hash, &row.account, Purpose::Undo, &old, WAY_BACK)?;
    let body = format!("The address of your account was changed to another one. Mails no longer come here.\n\nIf that was not you, take it back within a week:\n\n{hall_url}/settings/email/undo?token={token}\n\nThat also signs out every session. Then set a new password.\n");
    mail(tx, &old, "Your account", body)
}

/// Takes the address before back by the token mailed there, and ends every session.
///
/// # Errors
/// [`Refusal::Token`].
pub fn undo_change(tx: &mut Tx<'_>, token_text: &str) -> Result<()> {
    let row = spend(tx, token_text, Purpose::Undo)?;
    if store::by_email(tx, &row.email)?.is_some_and(|other| other.id != row.account) {
        return Err(Refusal::Token.into());
    }
    take(tx, &row.account, &row.email, None)
}

fn take(tx: &mut Tx<'_>, account: &AccountId, email: &str, own: Option<&Digest>) -> Result<()> {
    store::set_email(tx, account, email)?;
    store::delete_sessions(tx, account, own)?;
    store::expire_tokens(tx, account)?;
    journal::append(tx, Chain::Hall, "address_changed", account.as_str(), &json!({}))
}
