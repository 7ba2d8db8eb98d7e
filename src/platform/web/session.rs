//! Browser sessions: an opaque random token in a cookie, only its hash in the database.

use crate::app::App;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::AccountId;
use crate::kernel::time::{DAY, HOUR, Timestamp};
use crate::platform::db::{Conn, each_db};
use crate::platform::db::schema::{accounts, buyer_users, buyers, sessions};
use actix_web::cookie::{Cookie, SameSite};
use diesel::prelude::*;

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie's token.
    pub token: Digest,
    /// Whose.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// Whether the address was confirmed.
    pub verified: bool,
    /// The person's buying organisation, if any.
    pub buyer: Option<String>,
    /// When it was last seen in use.
    pub last_seen: Timestamp,
}

/// Unused this long, a session ends.
pub const IDLE: i64 = 12 * HOUR;
/// This old, a session ends however busy.
pub const COOKIE_LASTS: i64 = 30 * DAY;

/// The cookie's name: with the `__Host-` prefix wherever the hall is reached over TLS.
#[must_use]
pub const fn cookie_name(plain_http: bool) -> &'static str {
    if plain_http { "session" } else { "__Host-session" }
}

/// The cookie that carries a token.
#[must_use]
pub fn cookie(app: &App, token: &str) -> Cookie<'static> {
    let plain = app.config.is_plain_http();
    Cookie::build(cookie_name(plain), token.to_owned()).path("/").http_only(true).secure(!plain).same_site(SameSite::Lax).finish()
}

/// The cookie that ends a session in the browser.
#[must_use]
pub fn ended_cookie(app: &App) -> Cookie<'static> {
    let mut cookie = cookie(app, "");
    cookie.make_removal();
    cookie
}

/// The session a token opens, if it is one, neither idle nor too old.
///
/// # Errors
/// When the database does.
pub(super) fn find(conn: &mut Conn, token: &Digest, now: Timestamp) -> Result<Option<Session>> {
    type Row = (AccountId, String, Option<Timestamp>, Timestamp, Option<String>);
    let found: QueryResult<Row> = each_db!(conn, c => sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .left_join(buyer_users::table.on(buyer_users::account_id.eq(sessions::account_id)))
        .left_join(buyers::table.on(buyers::id.eq(buyer_users::buyer_id)))
        .filter(sessions::token.eq(token).and(sessions::expires_at.gt(now)).and(sessions::last_seen.gt(now.plus(-IDLE))))
        .select((sessions::account_id, accounts::name, accounts::verified_at, sessions::last_seen, buyers::name.nullable()))
        .first(c));
    Ok(found.optional()?.map(|(account, name, verified, last_seen, buyer)| Session { token: token.clone(), account, name, verified: verified.is_some(), buyer, last_seen }))
}
