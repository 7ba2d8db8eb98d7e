//! One act from one form: the verb in one transaction, once however often the form is sent, and,
//! where money, licences or floors are at stake, only with the password given for exactly this.

use super::hall::Hall;
use super::{Fields, limits};
use crate::error::{Refusal, Result};
use crate::kernel::actor::{Actor, Confirmation, Person};
use crate::kernel::digest::Digest;
use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, form_keys};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;

/// A form's key came back with other content.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("This form was already sent with other answers. Open the page anew before sending it again.")]
pub struct KeyUsed;

impl Refusal for KeyUsed {
    fn status(&self) -> u16 {
        409
    }
}

/// The password given to confirm an act was not right.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("That is not your password. Nothing was done. Enter your password to confirm.")]
pub struct WrongPassword;

impl Refusal for WrongPassword {
    fn field(&self) -> Option<&'static str> {
        Some("password")
    }
}

impl Hall {
    /// Runs a verb in one write transaction and answers where to look next. The form's key makes a
    /// double submit one act: same key and content, the first answer; other content, [`KeyUsed`].
    ///
    /// # Errors
    /// Whatever the verb answers.
    pub async fn act(&self, form: &Fields, verb: impl Fn(&mut Tx<'_>, &Actor) -> Result<String> + Send + 'static) -> Result<String> {
        self.act_as(self.actor(), form, verb).await
    }

    /// The same with the password checked first. `shown` is the digest of the act as the page
    /// showed it (its hidden field `act`); the verb compares it with what is stored now.
    ///
    /// # Errors
    /// [`WrongPassword`], a full queue of password checks, or whatever the verb answers.
    pub async fn confirmed_act(&self, form: &Fields, verb: impl Fn(&mut Tx<'_>, &Actor) -> Result<String> + Send + 'static) -> Result<String> {
        let account = self.account()?;
        limits::spend(&self.app, &format!("confirm:{account}"), limits::CONFIRM).await?;
        let of = account.clone();
        let stored = self.app.db.glance(move |conn| password_of(conn, &of)).await?;
        if !self.app.hasher.matches(form.value("password"), &stored).await? {
            return Err(WrongPassword.into());
        }
        let shown = Digest::parse(form.value("act")).unwrap_or_else(|| Digest::of(b"nothing"));
        let confirmation = Some(Confirmation { act: shown, at: self.now() });
        self.act_as(Actor::Person(Person { account, confirmation }), form, verb).await
    }

    async fn act_as(&self, actor: Actor, form: &Fields, verb: impl Fn(&mut Tx<'_>, &Actor) -> Result<String> + Send + 'static) -> Result<String> {
        let owner = self.session.as_ref().map_or_else(|| Digest::of(b"visitor"), |s| s.token.clone());
        let (key, path) = (form.key().to_owned(), self.path.clone());
        let body = Digest::of_parts(&[path.as_bytes(), form.body().as_str().as_bytes()]);
        self.app
            .db
            .write(move |tx| {
                if key.is_empty() {
                    return verb(tx, &actor);
                }
                if let Some((earlier, location)) = earlier(tx, &owner, &key)? {
                    return if earlier == body { Ok(location) } else { Err(KeyUsed.into()) };
                }
                let location = verb(tx, &actor)?;
                remember(tx, &owner, &key, &body, &location)?;
                Ok(location)
            })
            .await
    }
}

fn earlier(conn: &mut Conn, owner: &Digest, key: &str) -> Result<Option<(Digest, String)>> {
    Ok(form_keys::table.find((owner, key)).select((form_keys::body, form_keys::location)).first(conn).optional()?)
}

fn remember(tx: &mut Tx<'_>, owner: &Digest, key: &str, body: &Digest, location: &str) -> Result<()> {
    let now: Timestamp = tx.now();
    diesel::insert_into(form_keys::table)
        .values((form_keys::owner.eq(owner), form_keys::key.eq(key), form_keys::body.eq(body), form_keys::location.eq(location), form_keys::at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

fn password_of(conn: &mut Conn, account: &AccountId) -> Result<String> {
    Ok(accounts::table.find(account).select(accounts::password).first(conn)?)
}
