//! The tables of accounts, sessions and mailed tokens.

use super::Wish;
use super::rules::Purpose;
use crate::kernel::digest::Digest;
use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{account_tokens, accounts, sessions};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A person's account.
#[derive(Clone, Debug, Queryable)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Address in its compared form.
    pub email: String,
    /// Name.
    pub name: String,
    /// PHC string.
    pub password: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the address was confirmed.
    pub verified_at: Option<Timestamp>,
}

/// An open session, for the list a person sees.
#[derive(Clone, Debug, Queryable)]
pub struct OpenSession {
    /// Hash of its token.
    pub token: Digest,
    /// What the browser said it is.
    pub label: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last seen in use.
    pub last_seen: Timestamp,
}

/// A mailed token.
#[derive(Clone, Debug, Queryable)]
pub struct TokenRow {
    pub(super) account: AccountId,
    pub(super) purpose: Purpose,
    pub(super) email: String,
    pub(super) expires_at: Timestamp,
    pub(super) used_at: Option<Timestamp>,
}

pub(super) fn insert(tx: &mut Tx<'_>, id: &AccountId, wish: &Wish) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(accounts::table)
        .values((accounts::id.eq(id), accounts::email.eq(&wish.email), accounts::name.eq(&wish.name), accounts::password.eq(&wish.password), accounts::created_at.eq(now)))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn by_email(conn: &mut Conn, email: &str) -> QueryResult<Option<Account>> {
    accounts::table.filter(accounts::email.eq(email)).first(conn).optional()
}

pub(super) fn by_id(conn: &mut Conn, id: &AccountId) -> QueryResult<Account> {
    accounts::table.find(id).first(conn)
}

pub(super) fn verify(tx: &mut Tx<'_>, id: &AccountId) -> QueryResult<()> {
    let now = tx.now();
    diesel::update(accounts::table.find(id).filter(accounts::verified_at.is_null())).set(accounts::verified_at.eq(Some(now))).execute(&mut **tx).map(drop)
}

pub(super) fn set_password(tx: &mut Tx<'_>, id: &AccountId, password: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::password.eq(password)).execute(&mut **tx).map(drop)
}

pub(super) fn set_email(tx: &mut Tx<'_>, id: &AccountId, email: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::email.eq(email)).execute(&mut **tx).map(drop)
}

/// Whose session this token once opened, ended by time or not.
pub(super) fn opened_for(conn: &mut Conn, token: &Digest) -> QueryResult<Option<String>> {
    sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::token.eq(token))
        .select(accounts::email)
        .first(conn)
        .optional()
}

pub(super) fn insert_token(tx: &mut Tx<'_>, hash: &Digest, account: &AccountId, purpose: Purpose, email: &str, lasts: i64) -> QueryResult<()> {
    let expires = tx.now().plus(lasts);
    diesel::insert_into(account_tokens::table)
        .values((
            account_tokens::token.eq(hash),
            account_tokens::account_id.eq(account),
            account_tokens::purpose.eq(purpose),
            account_tokens::email.eq(email),
            account_tokens::expires_at.eq(expires),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn token(conn: &mut Conn, hash: &Digest) -> QueryResult<Option<TokenRow>> {
    account_tokens::table
        .find(hash)
        .select((account_tokens::account_id, account_tokens::purpose, account_tokens::email, account_tokens::expires_at, account_tokens::used_at))
        .first(conn)
        .optional()
}

pub(super) fn use_token(tx: &mut Tx<'_>, hash: &Digest) -> QueryResult<()> {
    let now = tx.now();
    diesel::update(account_tokens::table.find(hash)).set(account_tokens::used_at.eq(Some(now))).execute(&mut **tx).map(drop)
}

/// Spends every open token but the ways back: whoever took an account over must not close those.
pub(super) fn expire_tokens(tx: &mut Tx<'_>, account: &AccountId) -> QueryResult<()> {
    let now = tx.now();
    let open = account_tokens::account_id.eq(account).and(account_tokens::used_at.is_null()).and(account_tokens::purpose.ne(Purpose::Undo));
    diesel::update(account_tokens::table.filter(open))
        .set(account_tokens::used_at.eq(Some(now)))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn insert_session(tx: &mut Tx<'_>, hash: &Digest, account: &AccountId, label: &str, expires: Timestamp) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(sessions::table)
        .values((
            sessions::token.eq(hash),
            sessions::account_id.eq(account),
            sessions::label.eq(label),
            sessions::created_at.eq(now),
            sessions::last_seen.eq(now),
            sessions::expires_at.eq(expires),
        ))
        .execute(&mut **tx)
        .map(drop)
}

pub(super) fn sessions(conn: &mut Conn, account: &AccountId) -> QueryResult<Vec<OpenSession>> {
    sessions::table
        .filter(sessions::account_id.eq(account))
        .order(sessions::last_seen.desc())
        .limit(100)
        .select((sessions::token, sessions::label, sessions::created_at, sessions::last_seen))
        .load(conn)
}

pub(super) fn delete_session(tx: &mut Tx<'_>, hash: &Digest) -> QueryResult<()> {
    diesel::delete(sessions::table.find(hash)).execute(&mut **tx).map(drop)
}

pub(super) fn delete_sessions(tx: &mut Tx<'_>, account: &AccountId, but: Option<&Digest>) -> QueryResult<()> {
    let all = sessions::table.filter(sessions::account_id.eq(account));
    match but {
        Some(but) => diesel::delete(all.filter(sessions::token.ne(but))).execute(&mut **tx).map(drop),
        None => diesel::delete(all).execute(&mut **tx).map(drop),
    }
}

pub(super) fn touch(tx: &mut Tx<'_>, seen: &[(Digest, Timestamp)]) -> QueryResult<()> {
    for (token, at) in seen {
        diesel::update(sessions::table.find(token).filter(sessions::last_seen.lt(*at))).set(sessions::last_seen.eq(*at)).execute(&mut **tx)?;
    }
    Ok(())
}
